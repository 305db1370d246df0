// SPDX-License-Identifier: Apache-2.0
// Facts (facts.h) as the SLA timer reads them. What goes into the index must come out of it again.
#include "facts.h"
#include "published.h"
#include "regions.h"

#include "consumer.h"
#include "rulebook.h"
#include "store.h"

#include <string.h>

__typeof__(store_put) __wrap_store_put;
__typeof__(store_put_pause) __wrap_store_put_pause;
__typeof__(store_remove) __wrap_store_remove;

static void check_entry(const char *case_id, const char *name, uint32_t version) {
    struct timer_entry entry = {.version = version, .kind = TIMER_BREACH};
    struct timer_entry read;
    char member[TIMER_MEMBER_SIZE];
    snprintf(entry.case_id, sizeof entry.case_id, "%s", case_id);
    snprintf(entry.name, sizeof entry.name, "%s", name);
    timer_entry_write(&entry, member);
    if (timer_entry_read(member, &read)) {
        FUZZ_CHECK(read.version == version && read.kind == TIMER_BREACH &&
                   strcmp(read.name, entry.name) == 0);
    }
}

enum rc __wrap_store_put(struct store_batch *batch, const char *case_id, const char *name,
                         uint32_t version, int64_t warn_at_ms, int64_t due_at_ms,
                         struct error *error) {
    (void)batch;
    (void)warn_at_ms;
    (void)due_at_ms;
    (void)error;
    check_entry(case_id, name, version);
    return RC_OK;
}

enum rc __wrap_store_put_pause(struct store_batch *batch, const char *case_id, const char *name,
                               uint32_t version, int64_t until_ms, struct error *error) {
    (void)batch;
    (void)until_ms;
    (void)error;
    check_entry(case_id, name, version);
    return RC_OK;
}

enum rc __wrap_store_remove(struct store_batch *batch, const char *case_id, const char *name,
                            uint32_t version, struct error *error) {
    (void)batch;
    (void)error;
    check_entry(case_id, name, version);
    return RC_OK;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    static struct region_book *regions;
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(region_book_borrow(&regions, regions_example(), &rulebook_options, &error) == RC_OK);
    const struct consumer_options options = {.redis_host = "", .regions = regions};
    FUZZ_CHECK(consumer_start(&consumer, &options, &error) == RC_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    FUZZ_CHECK(facts_feed(data, size) == RC_OK);
    published_fits_the_ledger();
    facts_clear();
    return 0;
}
