// SPDX-License-Identifier: Apache-2.0
// Grants on a unit's cases, through the staff API.
#include "cases.h"

#include "common/clock.h"

#include <curl/curl.h>
#include <stdio.h>

static int call(const struct arguments *arguments, const char *method, const json_t *body,
                const char *const *headers) {
    struct error error;
    struct http_client *client = NULL;
    char path[256];
    long status = 0;
    json_t *answer = NULL;
    char *unit = curl_easy_escape(NULL, arguments->positional[0], 0);
    snprintf(path, sizeof path, "/v1/units/%.200s/grants", unit == NULL ? "" : unit);
    curl_free(unit);
    enum rc rc = open_ledger(arguments, &client, &error);
    rc = rc == RC_OK
             ? http_client_json(client, method, path, body, headers, &status, &answer, &error)
             : rc;
    rc = rc == RC_OK ? check_status(status, answer, &error) : rc;
    http_client_free(client);
    if (rc != RC_OK) {
        json_decref(answer);
        return fail(&error);
    }
    print_json(answer);
    return EXIT_GOOD;
}

int grant_list(const struct arguments *arguments) { return call(arguments, "GET", NULL, NULL); }

int grant_unit(const struct arguments *arguments) {
    static const char *const names[] = {"staff", "role", "until", "reason"};
    char key_header[192];
    char default_key[48];
    json_t *body = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = argument(arguments, names[i], NULL, NULL);
        if (value != NULL) { // what is missing the ledger names
            json_object_set_new(body, names[i], json_string(value));
        }
    }
    snprintf(default_key, sizeof default_key, "redressctl-%lld", (long long)clock_wall_ms());
    snprintf(key_header, sizeof key_header, "Idempotency-Key: %.128s",
             argument(arguments, "key", NULL, default_key));
    const char *const headers[] = {key_header, NULL};
    int code = call(arguments, "POST", body, headers);
    json_decref(body);
    return code;
}
