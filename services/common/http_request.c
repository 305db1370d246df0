// SPDX-License-Identifier: Apache-2.0
// One request: what can be asked of it, and its one answer.
#include "http_private.h"

#include "common/clock.h"
#include "common/envelope.h"
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_request *http_request_new(struct http_loop *loop, struct MHD_Connection *connection,
                                      const char *method, const char *path) {
    struct http_server *server = loop->server;
    struct http_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    request->server = server;
    request->loop = loop;
    request->connection = connection;
    request->method = strdup(method);
    request->path = strdup(path);
    request->references = 2;
    request->door = http_door_of(connection);
    pthread_mutex_init(&request->lock, NULL);
    if (request->method == NULL || request->path == NULL) {
        pthread_mutex_destroy(&request->lock);
        free(request->method);
        free(request->path);
        free(request);
        return NULL;
    }
    atomic_fetch_add(&server->references, 1);
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
    struct http_server *server = request->server;
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
    http_server_release(server);
}

struct http_request *http_request_take(struct http_server *server, int64_t late_at_ms) {
    struct http_request *taken = NULL;
    pthread_mutex_lock(&server->lock);
    for (struct http_request *request = server->requests; request != NULL && taken == NULL;
         request = request->next) {
        bool late = request->deadline_ms != 0 && request->deadline_ms <= late_at_ms;
        if (!request->begun || (late_at_ms != 0 && !late)) {
            continue;
        }
        pthread_mutex_lock(&request->lock);
        // Without references it waits for the list's lock, to leave the list.
        if (!request->answered && request->references > 0) {
            request->references++;
            taken = request;
        }
        pthread_mutex_unlock(&request->lock);
    }
    pthread_mutex_unlock(&server->lock);
    return taken;
}

const char *http_method(const struct http_request *request) { return request->method; }

const char *http_path(const struct http_request *request) { return request->path; }

const char *http_header(const struct http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_traceparent(const struct http_request *request) {
    const char *traceparent = http_header(request, "traceparent");
    return envelope_trace_fits(traceparent) ? traceparent : NULL;
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
    uint64_t seen; // a bit a name
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
            uint64_t bit = UINT64_C(1) << ((known - check->names) & 63);
            if (check->rc == RC_OK && (check->seen & bit) != 0) {
                check->rc = error_field(check->error, "repeated-parameter", name,
                                        "%s stands there twice", name);
            }
            check->seen |= bit;
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
            http_loop_resume(request->loop, request->connection);
        }
    }
    pthread_mutex_unlock(&request->lock);
    if (!first && response != NULL) {
        MHD_destroy_response(response);
    }
    http_request_release(request);
}

static void add_common(struct MHD_Response *response, unsigned status, const char *type) {
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == 401) {
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    }
}

static void add_headers(struct http_request *request, struct MHD_Response *response,
                        unsigned status, const char *type) {
    add_common(response, status, type);
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
    if (response != NULL) {
        add_headers(request, response, status, content_type);
    }
    answer(request, status, response);
}

void http_reply(struct http_request *request, unsigned status, const char *content_type,
                const void *body, size_t size) {
    http_reply_response(request, status, content_type,
                        MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY));
}

struct http_request *http_defer(struct http_request *request, int64_t timeout_ms) {
    pthread_mutex_lock(&request->server->lock);
    request->deadline_ms = clock_monotonic_ms() + timeout_ms;
    pthread_mutex_unlock(&request->server->lock);
    return request;
}

void http_reply_for(struct http_request *request, unsigned status, const char *problem) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(problem), (void *)problem, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        add_common(response, status, "application/problem+json");
        MHD_add_response_header(response, "Retry-After", "1");
    }
    answer(request, status, response);
}
