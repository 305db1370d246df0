// SPDX-License-Identifier: Apache-2.0
// What Redis answers triage's index: a digit picks the call, then one block for each connection.
// 's' takes the rest as the bytes of a sketch.
#include "fake_net.h"

#include "store.h"

#include "common/clock.h"
#include "common/ident.h"

#include <stdlib.h>
#include <string.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

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

static enum rc candidates(struct redis *redis, struct error *error) {
    struct similar_case *cases = calloc(1 + STORE_CANDIDATES, sizeof *cases);
    struct similar_match matches[4];
    size_t count = 0;
    bool known = false;
    FUZZ_CHECK(cases != NULL);
    enum rc rc = store_candidates(redis, CASE_ID, "first-hospital,bureau", &cases[0], cases + 1,
                                  &count, &known, error);
    FUZZ_CHECK(count <= STORE_CANDIDATES && (known || count == 0));
    for (size_t i = 1; i <= count; i++) {
        FUZZ_CHECK(ident_is_uuid(cases[i].case_id) && cases[i].hash_count <= SIMILAR_HASHES);
        FUZZ_CHECK(clock_is_time(cases[i].received_at_ms));
    }
    size_t found = known ? similar_rank(&cases[0], cases + 1, count, matches, 4) : 0;
    for (size_t i = 0; i < found; i++) {
        FUZZ_CHECK(matches[i].score_permille <= 1000 && matches[i].narrative_permille <= 1000);
        FUZZ_CHECK(i == 0 || matches[i].score_permille <= matches[i - 1].score_permille);
    }
    free(cases);
    return rc;
}

static enum rc repeats(struct redis *redis, struct error *error) {
    struct store_repeat found[STORE_REPEATS];
    size_t count = 0;
    enum rc rc = store_repeats(redis, CASE_ID, found, &count, error);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(ident_is_uuid(found[i].case_id) && found[i].earlier > 0);
    }
    return rc;
}

static enum rc put(struct redis *redis, struct error *error) {
    struct similar_case entry = {
        .case_id = CASE_ID, .tenant = "bureau", .received_at_ms = 1000, .hash_count = 1};
    similarity_sketch_text(&entry.sketch, "waiting", 7);
    return store_put(redis, &entry, 2000, error);
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
    fake_net_begin(input.at, input.left);
    FUZZ_CHECK(redis_new(&redis, "127.0.0.1", 1, 1000, &error) == RC_OK);
    if (call == '0') {
        rc = candidates(redis, &error);
    } else if (call == '1') {
        rc = repeats(redis, &error);
    } else if (call == '2') {
        rc = put(redis, &error);
    } else {
        rc = store_is_whole(redis, &whole, &error);
    }
    FUZZ_CHECK(rc == RC_OK || ((rc == RC_UNAVAILABLE || rc == RC_INTERNAL) && error.text[0] != 0));
    redis_free(redis);
    fake_net_end();
    return 0;
}
