// SPDX-License-Identifier: Apache-2.0
// Facts (facts.h) as triage reads them: to assess a text, and for the index of cases.
#include "facts.h"
#include "published.h"
#include "regions.h"

#include "changes.h"
#include "consumer.h"
#include "rulebook.h"

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    static struct region_book *regions;
    const struct bus_settings bus = {.brokers = ""};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(region_book_borrow(&regions, regions_example(), &rulebook_options, &error) == RC_OK);
    FUZZ_CHECK(consumer_start(&consumer, &bus, regions, &error) == RC_OK);
    return 0;
}

// What the index would be told: a change for each case at most, and of an erased one nothing else.
static void check_changes(void) {
    struct changes *changes = NULL;
    struct error error;
    size_t count = 0;
    size_t callers = 0;
    FUZZ_CHECK(changes_new(&changes, &error) == RC_OK);
    for (size_t i = 0; i < facts_count(); i++) {
        FUZZ_CHECK(changes_take(changes, &facts_records()[i], &error) == RC_OK);
    }
    const struct store_change *all = changes_all(changes, &count);
    FUZZ_CHECK(count <= facts_count());
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(!all[i].erased || all[i].entry == NULL);
        FUZZ_CHECK(changes_trace(changes, all[i].case_id)[0] == '\0');
    }
    const struct similar_case *const *who = changes_callers(changes, &callers);
    for (size_t i = 0; i < callers; i++) {
        FUZZ_CHECK(who[i]->hash_count > 0 && who[i]->hash_count <= SIMILAR_HASHES);
    }
    changes_free(changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    FUZZ_CHECK(facts_feed(data, size) == RC_OK);
    published_fits_the_ledger();
    check_changes();
    facts_clear();
    return 0;
}
