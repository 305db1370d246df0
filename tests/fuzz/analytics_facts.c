// SPDX-License-Identifier: Apache-2.0
// Facts (facts.h) as analytics counts them. A case whose first fact here isn't its first one was
// registered before, and is known up to there: so each fact counts, whatever its type.
#include "facts.h"
#include "regions.h"

#include "consumer.h"
#include "store.h"

#include <string.h>

__typeof__(store_load) __wrap_store_load;
__typeof__(store_save) __wrap_store_save;

static const struct measure registered = {.tenant = "first-hospital",
                                          .category = "other",
                                          .unit = "first-hospital.nursing",
                                          .received_at_ms = INT64_C(1770000000000),
                                          .first_due_at_ms = INT64_C(1770100000000),
                                          .resolution_due_at_ms = INT64_C(1771000000000)};

enum rc __wrap_store_load(struct pg *pg, struct tally *tallies, size_t count, struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(count <= facts_count());
    for (size_t i = 0; i < count; i++) {
        uint64_t first = facts_first_sequence(tallies[i].after.case_id);
        if (first > 1) {
            struct measure measure = registered;
            memcpy(measure.case_id, tallies[i].after.case_id, sizeof measure.case_id);
            measure.sequence = first - 1;
            tallies[i].before = tallies[i].after = measure;
        }
    }
    return RC_OK;
}

// A case counts once, its rounds as often as there were any; no part is more than its whole.
static void check_counts(const int64_t counts[COUNT_KINDS]) {
    const struct {
        enum count part, whole;
    } parts[] = {{COUNT_SATISFIED, COUNT_RATED},
                 {COUNT_SOLVED, COUNT_ANSWERED},
                 {COUNT_COVERED, COUNT_ANSWERED},
                 {COUNT_RESPONDED_ON_TIME, COUNT_RESPONDED},
                 {COUNT_REPLIED_ON_TIME, COUNT_REPLIED}};
    for (enum count kind = 0; kind < COUNT_KINDS; kind++) {
        bool of_rounds = kind == COUNT_RATED || kind == COUNT_SATISFIED || kind == COUNT_SOLVED ||
                         kind == COUNT_COVERED || kind == COUNT_ANSWERED || kind == COUNT_CLOSURES;
        FUZZ_CHECK(counts[kind] >= 0 && counts[kind] <= (of_rounds ? FACTS_MOST : 1));
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        FUZZ_CHECK(counts[parts[i].part] <= counts[parts[i].whole]);
    }
}

enum rc __wrap_store_save(struct pg *pg, const struct changes *changes, int32_t zone_offset_s,
                          struct error *error) {
    const struct tally *tallies = changes->tallies;
    (void)pg;
    (void)zone_offset_s;
    (void)error;
    for (size_t i = 0; i < changes->tally_count; i++) {
        struct contribution contribution;
        measure_contribution(&tallies[i].after, &contribution);
        check_counts(contribution.counts);
        FUZZ_CHECK(contribution.response_seconds >= -1);
        FUZZ_CHECK(contribution.dues[DUE_ON_TIME] + contribution.dues[DUE_OVERDUE] <=
                   contribution.dues[DUE_OWED]);
        FUZZ_CHECK(tallies[i].after.hash_count <= MEASURE_HASHES);
    }
    FUZZ_CHECK(changes->handling_count <= facts_count());
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
    FUZZ_CHECK(facts_feed(data, size) == RC_OK);
    facts_clear();
    return 0;
}
