// SPDX-License-Identifier: Apache-2.0
// What Redis answers triage's index: a digit picks the call, then one block for each connection.
// 's' takes the rest as the bytes of a sketch, 'c' as those of a case of the index.
#include "fake_net.h"

#include "card.h"
#include "store.h"

#include "common/clock.h"
#include "common/ident.h"

#include <stdlib.h>
#include <string.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW_MS INT64_C(1770000000000)

// A sketch that reads packs to the very bytes that it was read from.
static void read_sketch(const struct fuzz_input *input) {
    struct similarity_sketch sketch;
    unsigned char packed[SIMILARITY_PACKED_MOST];
    if (similarity_unpack(input->at, input->left, &sketch, NULL) != RC_OK) {
        return;
    }
    FUZZ_CHECK(similarity_pack(&sketch, packed) == input->left);
    FUZZ_CHECK(memcmp(packed, input->at, input->left) == 0);
    FUZZ_CHECK(similarity_permille(&sketch, &sketch) <= 1000);
}

// A case that is read packs to the very bytes that it was read from.
static void read_card(const struct fuzz_input *input) {
    struct similar_case entry = {.case_id = CASE_ID};
    unsigned char packed[CARD_MOST];
    if (card_unpack(input->at, input->left, &entry, NULL) != RC_OK) {
        return;
    }
    FUZZ_CHECK(entry.hash_count <= SIMILAR_HASHES && clock_is_time(entry.received_at_ms));
    FUZZ_CHECK(card_pack(&entry, packed) == input->left);
    FUZZ_CHECK(memcmp(packed, input->at, input->left) == 0);
}

static enum rc candidates(struct redis *redis, struct error *error) {
    struct store_answer *answer = calloc(1, sizeof *answer);
    struct similar_match matches[4];
    const struct store_question question = {
        .case_id = CASE_ID, .scope = {"first-hospital,bureau", "", ""}, .now_ms = NOW_MS};
    FUZZ_CHECK(answer != NULL);
    enum rc rc = store_candidates(redis, &question, answer, error);
    FUZZ_CHECK(answer->count <= STORE_CANDIDATES && (answer->known || answer->count == 0));
    for (size_t i = 0; i < answer->count; i++) {
        FUZZ_CHECK(ident_is_uuid(answer->cases[i].case_id));
        FUZZ_CHECK(answer->cases[i].hash_count <= SIMILAR_HASHES);
        FUZZ_CHECK(clock_is_time(answer->cases[i].received_at_ms));
    }
    size_t found = answer->known && rc == RC_OK
                       ? similar_rank(&answer->self, answer->cases, answer->count, matches, 4)
                       : 0;
    for (size_t i = 0; i < found; i++) {
        FUZZ_CHECK(matches[i].score_permille <= 1000 && matches[i].narrative_permille <= 1000);
        FUZZ_CHECK(i == 0 || matches[i].score_permille <= matches[i - 1].score_permille);
    }
    free(answer);
    return rc;
}

static struct similar_case a_case(void) {
    struct similar_case entry = {
        .case_id = CASE_ID, .tenant = "bureau", .received_at_ms = NOW_MS, .hash_count = 1};
    similar_read(&entry, "waiting");
    return entry;
}

static enum rc repeats(struct redis *redis, struct error *error) {
    const struct similar_case entry = a_case();
    struct store_repeats found;
    enum rc rc = store_repeats(redis, (const struct similar_case *const[]){&entry}, 1, NOW_MS,
                               &found, error);
    for (size_t i = 0; i < found.count; i++) {
        FUZZ_CHECK(ident_is_uuid(found.all[i].case_id) && found.all[i].earlier > 0);
    }
    free(found.all);
    return rc;
}

// One that came and one that is in.
static enum rc apply(struct redis *redis, struct error *error) {
    const struct similar_case entry = a_case();
    const struct store_change changes[] = {
        {.case_id = CASE_ID, .entry = &entry},
        {.case_id = "11234567-89ab-8def-8123-456789abcdef", .category = "fees", .unit = "desk"},
    };
    return store_apply(redis, changes, 2, NOW_MS, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct redis *redis = NULL;
    struct error error = {.text = ""};
    enum rc rc = RC_OK;
    bool whole = false;
    uint8_t call = fuzz_byte(&input);
    if (call == 's') {
        read_sketch(&input);
        return 0;
    }
    if (call == 'c') {
        read_card(&input);
        return 0;
    }
    fake_net_begin(input.at, input.left);
    FUZZ_CHECK(redis_new(&redis, "127.0.0.1", 1, 1000, &error) == RC_OK);
    if (call == '0') {
        rc = candidates(redis, &error);
    } else if (call == '1') {
        rc = repeats(redis, &error);
    } else if (call == '2') {
        rc = apply(redis, &error);
    } else {
        rc = store_is_whole(redis, &whole, &error);
    }
    FUZZ_CHECK(rc == RC_OK || ((rc == RC_UNAVAILABLE || rc == RC_INTERNAL) && error.text[0] != 0));
    redis_free(redis);
    fake_net_end();
    return 0;
}
