// SPDX-License-Identifier: Apache-2.0
// One request: what can be asked of it, and its one answer.
#include "http_private.h"

#include "common/clock.h"
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_request *http_request_new(struct http_server *server, struct MHD_Connection *connection,
                                      const char *method, const char *path) {
    struct http_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    request->server = server;
    request->connection = connection;
    request->method = strdup(method);
    request->path = strdup(path);
    request->references = 2;
    request->started_ms = clock_monotonic_ms();
    pthread_mutex_init(&request->lock, NULL);
    if (request->method == NULL || request->path == NULL) {
        free(request->method);
        free(request->path);
        free(request);
        return NULL;
    }
    pthread_mutex_lock(&server->lock);
    request->next = server->requests;
    if (request->next != NULL) {
        request->next->previous = request;
    }
    server->requests = request;
    pthread_mutex_unlock(&server->lock);
    return request;
}

static void unlink_request(struct http_request *request) {
    pthread_mutex_lock(&request->server->lock);
    if (request->previous != NULL) {
        request->previous->next = request->next;
    } else {
        request->server->requests = request->next;
    }
    if (request->next != NULL) {
        request->next->previous = request->previous;
    }
    pthread_mutex_unlock(&request->server->lock);
}

void http_request_release(struct http_request *request) {
    pthread_mutex_lock(&request->lock);
    bool last = --request->references == 0;
    pthread_mutex_unlock(&request->lock);
    if (!last) {
        return;
    }
    unlink_request(request);
    if (request->response != NULL) {
        MHD_destroy_response(request->response);
    }
    for (size_t i = 0; i < HTTP_PATH_VALUES; i++) {
        free(request->values[i]);
    }
    if (request->body != NULL) {
        explicit_bzero(request->body, request->body_size); // a submission in the clear
    }
    free(request->body);
    free(request->path);
    free(request->method);
    pthread_mutex_destroy(&request->lock);
    free(request);
}

const char *http_method(const struct http_request *request) { return request->method; }

const char *http_path(const struct http_request *request) { return request->path; }

const char *http_header(const struct http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_query(const struct http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_body(const struct http_request *request, size_t *size) {
    *size = request->body_size;
    return request->body == NULL ? "" : request->body;
}

struct query_check {
    const char *const *names;
    struct error *error;
    enum rc rc;
};

static enum MHD_Result check_query(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    (void)kind;
    struct query_check *check = context;
    for (const char *const *known = check->names; *known != NULL; known++) {
        if (strcmp(*known, name) == 0) {
            if (value == NULL || !text_is_clean(value, strlen(value)) || strlen(value) > 256) {
                check->rc = error_field(check->error, "out-of-bounds", name,
                                        "%s must have 1 to 256 bytes of clean UTF-8", name);
            }
            return check->rc == RC_OK ? MHD_YES : MHD_NO;
        }
    }
    char shown[40];
    snprintf(shown, sizeof shown, "%s", name);
    if (!text_is_clean(shown, strlen(shown))) {
        snprintf(shown, sizeof shown, "query");
    }
    check->rc = error_field(check->error, "unknown-parameter", shown,
                            "there is no query parameter %s", shown);
    return MHD_NO;
}

enum rc http_query_only(const struct http_request *request, const char *const *names,
                        struct error *error) {
    struct query_check check = {.names = names, .error = error, .rc = RC_OK};
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_query, &check);
    return check.rc;
}

void http_set_header(struct http_request *request, const char *name, const char *value) {
    if (request->header_count == HTTP_EXTRA_HEADERS) {
        return;
    }
    snprintf(request->headers[request->header_count].name, 32, "%s", name);
    snprintf(request->headers[request->header_count].value, 256, "%s", value);
    request->header_count++;
}

// The first answer counts. Releases the answerer's reference.
static void answer(struct http_request *request, unsigned status, struct MHD_Response *response) {
    pthread_mutex_lock(&request->lock);
    bool first = !request->answered;
    if (first) {
        request->answered = true;
        request->status = status;
        request->response = response;
        if (request->suspended) {
            request->suspended = false;
            MHD_resume_connection(request->connection);
        }
    }
    pthread_mutex_unlock(&request->lock);
    if (!first) {
        MHD_destroy_response(response);
    }
    http_request_release(request);
}

static void add_headers(struct http_request *request, struct MHD_Response *response,
                        unsigned status, const char *type) {
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    bool retry = false;
    for (size_t i = 0; i < request->header_count; i++) {
        MHD_add_response_header(response, request->headers[i].name, request->headers[i].value);
        retry = retry || strcmp(request->headers[i].name, "Retry-After") == 0;
    }
    if ((status == 503 || status == 429) && !retry) {
        MHD_add_response_header(response, "Retry-After", "1");
    }
}

void http_reply_response(struct http_request *request, unsigned status, const char *content_type,
                         struct MHD_Response *response) {
    add_headers(request, response, status, content_type);
    answer(request, status, response);
}

void http_reply(struct http_request *request, unsigned status, const char *content_type,
                const void *body, size_t size) {
    http_reply_response(request, status, content_type,
                        MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY));
}

static void reply_dump(struct http_request *request, unsigned status, const char *type,
                       json_t *body) {
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (text == NULL) {
        static const char empty[] = "{}";
        http_reply(request, 500, "application/problem+json", empty, sizeof empty - 1);
        return;
    }
    http_reply(request, status, type, text, strlen(text));
    free(text);
}

void http_reply_json(struct http_request *request, unsigned status, json_t *body) {
    reply_dump(request, status, "application/json", body);
}

// One row a verdict.
static const struct verdict {
    enum rc rc;
    unsigned status;
    const char *code;
} verdicts[] = {
    {RC_INVALID, 400, "invalid"},         {RC_NOT_FOUND, 404, "not-found"},
    {RC_CONFLICT, 409, "conflict"},       {RC_FORBIDDEN, 403, "forbidden"},
    {RC_UNAVAILABLE, 503, "unavailable"}, {RC_INTERNAL, 500, "internal"},
};

static const char *title_of(unsigned status) {
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {{400, "Bad Request"},
                  {401, "Unauthorized"},
                  {403, "Forbidden"},
                  {404, "Not Found"},
                  {405, "Method Not Allowed"},
                  {409, "Conflict"},
                  {412, "Precondition Failed"},
                  {413, "Content Too Large"},
                  {415, "Unsupported Media Type"},
                  {422, "Unprocessable Content"},
                  {428, "Precondition Required"},
                  {429, "Too Many Requests"},
                  {500, "Internal Server Error"},
                  {503, "Service Unavailable"},
                  {504, "Gateway Timeout"}};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (titles[i].status == status) {
            return titles[i].title;
        }
    }
    return "Error";
}

void http_reply_problem(struct http_request *request, unsigned status, const struct error *error) {
    const struct verdict *verdict = &verdicts[sizeof verdicts / sizeof verdicts[0] - 1];
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (verdicts[i].rc == error->rc) {
            verdict = &verdicts[i];
        }
    }
    status = status == 0 ? verdict->status : status;
    const char *code = error->code[0] == '\0' ? verdict->code : error->code;
    // What went wrong inside is for the log, not for the caller.
    const char *detail = status == 500 ? "an internal error; it has been logged" : error->text;
    char type[128];
    snprintf(type, sizeof type, "https://redress.example/problems/%s", code);
    json_t *body = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", title_of(status),
                             "status", (int)status, "code", code, "detail", detail);
    if (body != NULL && error->field[0] != '\0') {
        json_object_set_new(body, "field", json_string(error->field));
    }
    reply_dump(request, status, "application/problem+json", body);
}

struct http_request *http_defer(struct http_request *request, int64_t timeout_ms) {
    pthread_mutex_lock(&request->server->lock);
    request->deadline_ms = clock_monotonic_ms() + timeout_ms;
    pthread_mutex_unlock(&request->server->lock);
    return request;
}
