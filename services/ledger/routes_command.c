// SPDX-License-Identifier: Apache-2.0
// What staff do: token → command → the case as it is then. Answers exactly once.
#include "routes_private.h"

#include "case_json.h"
#include "command.h"
#include "command_access.h"
#include "permission.h"

#include "common/json.h"

#include <string.h>

enum rc routes_read_body(const struct http_request *request, json_t **body, struct error *error) {
    size_t size = 0;
    const char *text = http_body(request, &size);
    if (size == 0) {
        *body = json_object();
        return RC_OK;
    }
    return json_read_object(text, size, body, error);
}

enum rc routes_read_key(const struct http_request *request, const char **key, struct error *error) {
    *key = http_header(request, "Idempotency-Key");
    size_t size = *key == NULL ? 0 : strlen(*key);
    return size >= 1 && size <= 128 && text_is_clean(*key, size)
               ? RC_OK
               : error_field(error, size == 0 ? "missing" : "out-of-bounds", "Idempotency-Key",
                             "Idempotency-Key must have 1 to 128 bytes");
}

static enum rc command_of(struct http_request *request, struct ledger *ledger,
                          struct access *access, struct command_request *command,
                          struct command_result *result, struct error *error) {
    json_t *body = NULL;
    enum rc rc = routes_path_case(request, &command->case_id, error);
    rc = rc == RC_OK ? routes_read_key(request, &command->idempotency_key, error) : rc;
    rc = rc == RC_OK ? routes_read_body(request, &body, error) : rc;
    if (rc == RC_OK) {
        command->if_match = http_header(request, "If-Match");
        command->traceparent = http_traceparent(request);
        command->body = body;
        rc = command_run(ledger, access, command, result, error);
    }
    json_decref(body);
    return rc;
}

static void answer_command(struct http_request *request, struct ledger *ledger,
                           struct access *access, const struct command_request *command,
                           const struct command_result *result) {
    struct error error;
    json_t *json = case_to_json(&result->state, NULL, &access->actor, access->edition->region);
    if (command->kind == INPUT_REVEAL) {
        json_t *content = NULL;
        access_add_reveal(access);
        if (command_reveal(ledger, access, command->case_id, &content, &error) != RC_OK) {
            json_decref(json);
            routes_problem(request, &error);
            return;
        }
        json_object_set_new(json, "revealed", content);
    }
    routes_set_etag(request, &result->state);
    http_reply_json(request, 200, json);
}

static void run_command(struct http_request *request, void *context, enum input_kind kind) {
    struct ledger *ledger = context;
    struct command_request command = {.kind = kind};
    struct command_result result = {0};
    struct access access;
    struct error error;
    enum rc rc = access_read(&access, request, ledger->keys, ledger->regions, &error);
    rc = rc == RC_OK ? command_of(request, ledger, &access, &command, &result, &error) : rc;
    if (rc == RC_OK) {
        answer_command(request, ledger, &access, &command, &result);
    } else if (result.refused) { // what is allowed instead
        routes_problem_with(
            request, &error,
            json_pack("{s:o}", "actions",
                      case_actions(&result.state, &access.actor, access.edition->region)));
    } else {
        routes_problem(request, &error);
    }
    access_free(&access);
}

void routes_command(struct http_request *request, void *context) {
    struct error error;
    enum input_kind kind = case_command_read(http_path_value(request, "command"));
    if (kind < INPUT_KIND_COUNT) {
        run_command(request, context, kind);
        return;
    }
    error_set(&error, RC_NOT_FOUND, "there is no such command");
    http_reply_problem(request, 0, &error);
}
