// SPDX-License-Identifier: Apache-2.0
// A fact as the SLA timer reads it: a digit that picks its type, then the value. What goes into the
// index must come out of it again.
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
    static const char *const types[] = {
        "redress.v1.CaseRegistered", "redress.v1.CaseAssessed",  "redress.v1.AlarmRaised",
        "redress.v1.CaseEscalated",  "redress.v1.ClockArmed",    "redress.v1.ClockBreached",
        "redress.v1.ClockStopped",   "redress.v1.CaseCommented", "redress.v1.ClockPaused",
        "redress.v1.CaseDispatched", "redress.v1.ClockWarned",
    };
    FUZZ_CHECK(fake_bus_feed(BUS_TOPIC_FACTS, types, 11, data, size) == RC_OK);
    published_fits_the_ledger();
    fake_bus_clear();
    return 0;
}
