// SPDX-License-Identifier: Apache-2.0
// What the ledger tells about a case.
#include "store_private.h"

#include "common/http_client.h"

#include <inttypes.h>
#include <stdio.h>

enum rc store_ask_ledger(struct store *store, const char *path, long *status, json_t **answer,
                         struct error *error) {
    struct http_client *client = NULL;
    enum rc rc = pool_take(&store->ledger, (void **)&client, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = http_client_json(client, "GET", path, NULL, NULL, status, answer, error);
    pool_give(&store->ledger, client);
    if (rc == RC_OK && *status != 200 && *status != 404) {
        json_decref(*answer);
        *answer = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "the ledger answered with status %ld", *status);
    }
    return rc;
}

// A path with what is asked for behind it.
static enum rc ask_case(struct store *store, const char *path, json_t **answer,
                        struct error *error) {
    long code = 0;
    enum rc rc = store_ask_ledger(store, path, &code, answer, error);
    if (rc == RC_OK && code == 404) {
        json_decref(*answer);
        *answer = NULL;
        rc = error_set(error, RC_NOT_FOUND, "no case has this tracking code and PIN");
    }
    return rc;
}

#define CASES "/internal/v1/cases/"
#define BY_CODE CASES "by-tracking-code/"

enum rc store_status(struct store *store, const char *tracking_code, const char *cause,
                     const char *sha256, json_t **status, struct error *error) {
    char path[240];
    snprintf(path, sizeof path, BY_CODE "%s%s%s%s%s", tracking_code,
             cause == NULL ? "" : "?cause=", cause == NULL ? "" : cause,
             sha256 == NULL  ? ""
             : cause == NULL ? "?sha256="
                             : "&sha256=",
             sha256 == NULL ? "" : sha256);
    return ask_case(store, path, status, error);
}

enum rc store_case(struct store *store, const char *case_id, const char *cause, json_t **status,
                   struct error *error) {
    char path[160];
    snprintf(path, sizeof path, CASES "%s%s%s", case_id,
             cause == NULL ? "" : "?cause=", cause == NULL ? "" : cause);
    return ask_case(store, path, status, error);
}

enum rc store_dialogue(struct store *store, const char *tracking_code, int64_t after, int64_t limit,
                       json_t **page, struct error *error) {
    char path[160];
    snprintf(path, sizeof path, BY_CODE "%s/dialogue?after=%" PRId64 "&limit=%" PRId64,
             tracking_code, after, limit);
    return ask_case(store, path, page, error);
}
