// SPDX-License-Identifier: Apache-2.0
// What staff do: token → command → the case as it is then. Requests that wait share a transaction;
// each is answered exactly once.
#include "routes_private.h"

#include "case_json.h"
#include "command.h"
#include "command_access.h"
#include "permission.h"

#include "common/json.h"

#include <stdlib.h>
#include <string.h>

enum rc routes_read_body(const struct http_request *request, json_t **body, struct error *error) {
    size_t size = 0;
    const char *text = http_body(request, &size);
    if (size == 0) {
        *body = json_object();
        return json_whole(error);
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

// A request on its way to its answer.
struct visit {
    struct http_request *request;
    struct access access;
    json_t *body;
    struct command_turn turn;
};

static enum rc read_visit(struct visit *visit, struct ledger *ledger, struct error *error) {
    struct http_request *request = visit->request;
    struct command_request *command = &visit->turn.request;
    command->kind = case_command_read(http_path_value(request, "command"));
    if (command->kind >= INPUT_KIND_COUNT) {
        return error_set(error, RC_NOT_FOUND, "there is no such command");
    }
    enum rc rc = access_read(&visit->access, request, ledger->keys, ledger->regions, error);
    rc = rc == RC_OK ? routes_path_case(request, &command->case_id, error) : rc;
    rc = rc == RC_OK ? routes_read_key(request, &command->idempotency_key, error) : rc;
    rc = rc == RC_OK ? routes_read_body(request, &visit->body, error) : rc;
    command->if_match = http_header(request, "If-Match");
    command->traceparent = http_traceparent(request);
    command->body = visit->body;
    visit->turn.access = &visit->access;
    return rc;
}

static void answer_done(struct visit *visit, struct ledger *ledger) {
    struct error error;
    struct access *access = &visit->access;
    const struct case_state *state = &visit->turn.result.state;
    json_t *json = case_to_json(state, NULL, &access->actor, access->edition->region);
    routes_limit_actions(ledger, access, state, json_object_get(json, "actions"));
    if (visit->turn.request.kind == INPUT_REVEAL) {
        json_t *content = NULL;
        access_add_reveal(access);
        if (command_reveal(ledger, &visit->turn, &content, &error) != RC_OK) {
            json_decref(json);
            routes_problem(visit->request, &error);
            return;
        }
        json_object_set_new(json, "revealed", content);
    }
    routes_set_etag(visit->request, state);
    http_reply_json(visit->request, 200, json);
}

static void answer(struct visit *visit, struct ledger *ledger) {
    const struct command_turn *turn = &visit->turn;
    if (turn->rc == RC_OK) {
        answer_done(visit, ledger);
    } else if (turn->result.refused) { // what is allowed instead
        json_t *actions =
            case_actions(&turn->result.state, &visit->access.actor, visit->access.edition->region);
        routes_limit_actions(ledger, &visit->access, &turn->result.state, actions);
        routes_problem_with(visit->request, &turn->error, json_pack("{s:o}", "actions", actions));
    } else {
        routes_problem(visit->request, &turn->error);
    }
}

static void free_visit(struct visit *visit) {
    json_decref(visit->body);
    access_free(&visit->access);
    free(visit);
}

// NULL where the request is answered already.
static struct visit *begin_visit(struct http_request *request, struct ledger *ledger) {
    struct error error;
    struct visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL) {
        error_set(&error, RC_UNAVAILABLE, "there is no memory for a command now");
        routes_problem(request, &error);
        return NULL;
    }
    visit->request = request;
    if (read_visit(visit, ledger, &error) != RC_OK) {
        routes_problem(request, &error);
        free_visit(visit);
        return NULL;
    }
    return visit;
}

void routes_command(struct http_request *request, void *context) {
    struct ledger *ledger = context;
    struct http_request *requests[COMMAND_TURNS] = {request};
    struct visit *visits[COMMAND_TURNS];
    struct command_turn *turns[COMMAND_TURNS];
    size_t count = 0;
    size_t request_count = 1 + http_gather(request, requests + 1, COMMAND_TURNS - 1);
    for (size_t i = 0; i < request_count; i++) {
        visits[count] = begin_visit(requests[i], ledger);
        if (visits[count] != NULL) {
            turns[count] = &visits[count]->turn;
            count++;
        }
    }
    command_run_all(ledger, turns, count);
    for (size_t i = 0; i < count; i++) {
        answer(visits[i], ledger);
        free_visit(visits[i]);
    }
}
