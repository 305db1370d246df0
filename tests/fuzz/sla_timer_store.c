// SPDX-License-Identifier: Apache-2.0
// What Redis answers the SLA timer: a digit picks the call, then one block for each connection.
#include "fake_net.h"

#include "store.h"

#include "common/ident.h"

#include <string.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

static void claim(struct redis *redis) {
    struct store_due due[STORE_CLAIM_MOST];
    struct error error = {.text = ""};
    size_t count = 0;
    bool complete = false;
    enum rc rc = store_claim(redis, due, &count, &complete, &error);
    FUZZ_CHECK(rc == RC_OK || (error.text[0] != '\0' && count == 0));
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(ident_is_uuid(due[i].entry.case_id) && due[i].entry.name[0] != '\0');
        FUZZ_CHECK(strlen(due[i].member) < TIMER_MEMBER_SIZE);
    }
}

static enum rc put(struct redis *redis, struct error *error) {
    struct store_batch batch;
    store_batch_begin(&batch, redis);
    enum rc rc = store_put(&batch, CASE_ID, "resolution", 2, 5, 6, error);
    return rc == RC_OK ? store_batch_end(&batch, error) : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct redis *redis = NULL;
    struct error error = {.text = ""};
    enum rc rc = RC_OK;
    int64_t skew = 0;
    uint8_t call = fuzz_byte(&input);
    fake_net_begin(input.at, input.left);
    FUZZ_CHECK(redis_new(&redis, "127.0.0.1", 1, 1000, &error) == RC_OK);
    if (call == '0') {
        claim(redis);
    } else if (call == '1') {
        rc = put(redis, &error);
    } else if (call == '2') {
        rc = store_skew(redis, &skew, &error);
    } else {
        rc = store_begin_rebuild(redis, &error);
    }
    FUZZ_CHECK(rc == RC_OK || ((rc == RC_UNAVAILABLE || rc == RC_INTERNAL) && error.text[0] != 0));
    redis_free(redis);
    fake_net_end();
    return 0;
}
