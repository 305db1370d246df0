// SPDX-License-Identifier: Apache-2.0
// What Redis and the ledger answer intake: a digit picks the call, then one block for each
// connection that it opens, Redis' first.
#include "fake_net.h"
#include "regions.h"

#include "store.h"

#include <string.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

static const unsigned char digest[SEAL_HASH_SIZE] = {1};

static void claim(struct store *store) {
    struct claim claims[2] = {{.case_id = CASE_ID, .digest = digest},
                              {.case_id = CASE_ID, .digest = digest}};
    store_claim(store, claims, 2);
    for (size_t i = 0; i < 2; i++) {
        FUZZ_CHECK((unsigned)claims[i].verdict <= CLAIM_UNKNOWN);
    }
}

static void ask_status(struct store *store) {
    struct error error = {.text = ""};
    json_t *status = NULL;
    enum rc rc = store_status(store, "7F3K9QW2XM4TP", NULL, NULL, &status, &error);
    FUZZ_CHECK((rc == RC_OK) == (status != NULL));
    FUZZ_CHECK(rc == RC_OK || rc == RC_NOT_FOUND || rc == RC_UNAVAILABLE);
    json_decref(status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct store_options options = {.redis_host = "127.0.0.1",
                                          .redis_port = 1,
                                          .ledger_url = "http://127.0.0.1:1",
                                          .service_token = "t",
                                          .connections = 1};
    struct fuzz_input input = {data, size};
    struct store *store = NULL;
    struct error error;
    (void)regions_example(); // quiets the log
    uint8_t call = fuzz_byte(&input);
    fake_net_begin(input.at, input.left);
    FUZZ_CHECK(store_new(&store, &options, &error) == RC_OK);
    if (call == '0') {
        claim(store);
    } else if (call == '1') {
        ask_status(store);
    } else if (call == '2') {
        FUZZ_CHECK(store_pin_wait_ms(store, "7F3K9QW2XM4TP") >= 0);
        store_pin_wrong(store, "7F3K9QW2XM4TP");
    } else {
        struct claim claim = {.case_id = CASE_ID, .digest = digest, .received_at_ms = 1};
        store_settle(store, &claim, 1, true);
    }
    store_free(store);
    fake_net_end();
    return 0;
}
