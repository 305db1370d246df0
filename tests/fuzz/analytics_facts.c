// SPDX-License-Identifier: Apache-2.0
// A fact as analytics counts it: a digit that picks its type, then the value. The case's measures
// before it are those of nothing.
#include "fake_bus.h"
#include "regions.h"

#include "consumer.h"
#include "store.h"

#include <string.h>

__typeof__(store_load) __wrap_store_load;
__typeof__(store_save) __wrap_store_save;

enum rc __wrap_store_load(struct pg *pg, struct tally *tallies, size_t count, struct error *error) {
    (void)pg;
    (void)tallies;
    (void)error;
    FUZZ_CHECK(count <= 1);
    return RC_OK;
}

// One case contributes at most one to each count.
enum rc __wrap_store_save(struct pg *pg, const struct changes *changes, int32_t zone_offset_s,
                          struct error *error) {
    const struct tally *tallies = changes->tallies;
    (void)pg;
    (void)zone_offset_s;
    (void)error;
    for (size_t i = 0; i < changes->tally_count; i++) {
        struct contribution contribution;
        measure_contribution(&tallies[i].after, &contribution);
        for (size_t kind = 0; kind < COUNT_KINDS; kind++) {
            FUZZ_CHECK(contribution.counts[kind] == 0 || contribution.counts[kind] == 1);
        }
        FUZZ_CHECK(contribution.response_seconds >= -1);
        FUZZ_CHECK(tallies[i].after.hash_count <= MEASURE_HASHES);
    }
    FUZZ_CHECK(changes->handling_count <= 1);
    for (size_t i = 0; i < changes->handling_count; i++) {
        FUZZ_CHECK(changes->handlings[i].kind < HANDLING_KINDS);
    }
    return RC_OK;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    const struct consumer_options options = {.postgres_url = "", .regions = regions_book()};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(consumer_start(&consumer, &options, &error) == RC_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const types[] = {
        "redress.v1.CaseRegistered",  "redress.v1.CaseAssessed",     "redress.v1.CaseAccepted",
        "redress.v1.CaseDispatched",  "redress.v1.CaseReplied",      "redress.v1.CaseClosed",
        "redress.v1.ClockArmed",      "redress.v1.FeedbackRecorded", "redress.v1.CaseCommented",
        "redress.v1.ReturnRequested",
    };
    FUZZ_CHECK(fake_bus_feed(BUS_TOPIC_FACTS, types, 10, data, size) == RC_OK);
    fake_bus_clear();
    return 0;
}
