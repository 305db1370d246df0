// SPDX-License-Identifier: Apache-2.0
#include "http.h"

#include "faults.h"

#include "common/http.h"
#include "common/http_client.h"

#include <stdlib.h>
#include <string.h>

struct http_client {
    int64_t timeout_ms;
};

enum rc http_client_new(struct http_client **client, const char *base_url, const char *bearer_token,
                        int64_t timeout_ms, struct error *error) {
    (void)base_url;
    (void)bearer_token;
    *client = calloc(1, sizeof **client);
    if (*client == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a client");
    }
    (*client)->timeout_ms = timeout_ms;
    return RC_OK;
}

void http_client_free(struct http_client *client) { free(client); }

struct process *http_find_ledger(void) {
    size_t from = sim_below((uint32_t)sim.process_count);
    for (size_t i = 0; i < sim.process_count; i++) {
        struct process *process = &sim.processes[(from + i) % sim.process_count];
        if (strcmp(process->program->name, "ledger") == 0 && process->running && !process->dead &&
            !sim_is_frozen(process)) {
            return process;
        }
    }
    return NULL;
}

enum rc http_client_json(struct http_client *client, const char *method, const char *path,
                         const json_t *body, const char *const *headers, long *status,
                         json_t **answer, struct error *error) {
    (void)client;
    (void)method;
    (void)body;
    (void)headers;
    *answer = NULL;
    bool good = sim_io(path);
    struct process *ledger = good && !faults_is_down(FAULT_LEDGER_AWAY) ? http_find_ledger() : NULL;
    if (ledger == NULL) {
        return error_set(error, RC_UNAVAILABLE, "nothing answers");
    }
    struct process *self = sim_enter(ledger);
    int incarnation = ledger->incarnation;
    enum rc rc = ledger_answer(ledger, path, status, answer, error);
    bool cut = ledger->dead || ledger->incarnation != incarnation;
    sim_enter(self);
    if (rc == RC_OK && (cut || !sim_io("the ledger's answer"))) {
        json_decref(*answer);
        *answer = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "the connection was cut");
    }
    return rc;
}

// The server's side, as far as the ledger's internal routes use it.

const char *http_header(const struct http_request *request, const char *name) {
    (void)request;
    return strcmp(name, "Authorization") == 0 ? "Bearer " HTTP_TOKEN : NULL;
}

const char *http_path_value(const struct http_request *request, const char *name) {
    (void)name;
    return request->path_value;
}

const char *http_query(const struct http_request *request, const char *name) {
    const char *value = strcmp(name, "after") == 0 ? request->after : request->limit;
    return value[0] == '\0' ? NULL : value;
}

enum rc http_query_only(const struct http_request *request, const char *const *names,
                        struct error *error) {
    (void)request;
    (void)names;
    (void)error;
    return RC_OK;
}

void http_set_header(struct http_request *request, const char *name, const char *value) {
    (void)request;
    (void)name;
    (void)value;
}

void http_reply_json(struct http_request *request, unsigned status, json_t *body) {
    request->status = status;
    request->body = body;
}

void http_reply_problem(struct http_request *request, unsigned status, const struct error *error) {
    http_reply_problem_with(request, status, error, NULL);
}

void http_reply_problem_with(struct http_request *request, unsigned status,
                             const struct error *error, json_t *members) {
    json_decref(members);
    request->status = status != 0                   ? status
                      : error->rc == RC_NOT_FOUND   ? 404
                      : error->rc == RC_UNAVAILABLE ? 503
                                                    : 400;
}
