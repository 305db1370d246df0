// SPDX-License-Identifier: Apache-2.0
#include "fake_request.h"

#include "common/envelope.h"
#include "common/json.h"

#include <jansson.h>
#include <string.h>

#define PAIRS 8
#define VALUES 4

struct pair {
    char *name; // owned; the value lies behind its end
    const char *value;
};

struct http_request {
    const struct http_route *route;
    char *values[VALUES];
    struct pair headers[PAIRS];
    size_t header_count;
    struct pair queries[PAIRS];
    size_t query_count;
    char *body;
    size_t body_size;
    bool deferred;
    struct fake_answer answer;
};

static void add_pair(struct pair *pairs, size_t *count, char *line, const char *between) {
    char *value = strstr(line, between);
    if (value == NULL || *count == PAIRS) {
        free(line);
        return;
    }
    *value = '\0';
    pairs[(*count)++] = (struct pair){line, value + strlen(between)};
}

static void read_pairs(struct http_request *request, struct fuzz_input *input) {
    for (char *line; input->left > 0 && (line = fuzz_line(input)) != NULL;) {
        if (line[0] == '\0') {
            free(line);
            return;
        }
        if (line[0] == '?') {
            add_pair(request->queries, &request->query_count, line, "=");
        } else {
            add_pair(request->headers, &request->header_count, line, ": ");
        }
    }
}

static struct http_request *new_request(const struct http_route *routes, size_t count,
                                        struct fuzz_input *input) {
    struct http_request *request = calloc(1, sizeof *request);
    FUZZ_CHECK(request != NULL);
    request->route = &routes[(size_t)(fuzz_byte(input) - '0') % count];
    size_t value = 0;
    for (const char *at = request->route->path; (at = strchr(at, '{')) != NULL; at++) {
        request->values[value++] = fuzz_line(input);
    }
    read_pairs(request, input);
    if (!(request->route->flags & HTTP_NO_BODY)) {
        request->body = fuzz_rest(input, &request->body_size);
    }
    return request;
}

static void free_request(struct http_request *request) {
    for (size_t i = 0; i < VALUES; i++) {
        free(request->values[i]);
    }
    for (size_t i = 0; i < PAIRS; i++) {
        free(request->headers[i].name);
        free(request->queries[i].name);
    }
    free(request->body);
    free(request);
}

struct fake_answer fake_request_run(const struct http_route *routes, size_t count, void *context,
                                    const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct http_request *request = new_request(routes, count, &input);
    request->route->handler(request, context);
    FUZZ_CHECK(request->answer.status != 0 || request->deferred);
    struct fake_answer answer = request->answer;
    free_request(request);
    return answer;
}

__typeof__(http_header) __wrap_http_header;
__typeof__(http_traceparent) __wrap_http_traceparent;
__typeof__(http_query) __wrap_http_query;
__typeof__(http_path_value) __wrap_http_path_value;
__typeof__(http_body) __wrap_http_body;
__typeof__(http_query_only) __wrap_http_query_only;
__typeof__(http_set_header) __wrap_http_set_header;
__typeof__(http_reply) __wrap_http_reply;
__typeof__(http_reply_json) __wrap_http_reply_json;
__typeof__(http_reply_problem) __wrap_http_reply_problem;
__typeof__(http_reply_problem_with) __wrap_http_reply_problem_with;
__typeof__(http_defer) __wrap_http_defer;
__typeof__(http_gather) __wrap_http_gather;
__typeof__(http_stream_begin) __wrap_http_stream_begin;

size_t __wrap_http_gather(struct http_request *request, struct http_request **others, size_t room) {
    FUZZ_CHECK((request->route->flags & HTTP_GATHERED) != 0 && others != NULL && room > 0);
    return 0;
}

const char *__wrap_http_header(const struct http_request *request, const char *name) {
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

const char *__wrap_http_traceparent(const struct http_request *request) {
    const char *traceparent = __wrap_http_header(request, "traceparent");
    return envelope_trace_fits(traceparent) ? traceparent : NULL;
}

const char *__wrap_http_query(const struct http_request *request, const char *name) {
    for (size_t i = 0; i < request->query_count; i++) {
        if (strcmp(request->queries[i].name + 1, name) == 0) {
            return request->queries[i].value;
        }
    }
    return NULL;
}

const char *__wrap_http_path_value(const struct http_request *request, const char *name) {
    size_t size = strlen(name);
    const char *at = request->route->path;
    for (size_t i = 0; (at = strchr(at, '{')) != NULL; i++, at++) {
        if (strncmp(at + 1, name, size) == 0 && at[1 + size] == '}') {
            return request->values[i];
        }
    }
    return NULL;
}

const char *__wrap_http_body(const struct http_request *request, size_t *size) {
    *size = request->body_size;
    return request->body == NULL ? "" : request->body;
}

// The real one has a target of its own (http.c); here only what it lets pass matters.
enum rc __wrap_http_query_only(const struct http_request *request, const char *const *names,
                               struct error *error) {
    for (size_t i = 0; i < request->query_count; i++) {
        const char *value = request->queries[i].value;
        bool known = false;
        for (const char *const *name = names; *name != NULL; name++) {
            known = known || strcmp(*name, request->queries[i].name + 1) == 0;
        }
        if (!known || strlen(value) > 256 || !text_is_clean(value, strlen(value))) {
            return error_field(error, "unknown-parameter", "query", "a bad query parameter");
        }
    }
    return RC_OK;
}

void __wrap_http_set_header(struct http_request *request, const char *name, const char *value) {
    (void)request;
    FUZZ_CHECK(strlen(name) < 32 && strlen(value) < 256);
    FUZZ_CHECK(strpbrk(value, "\r\n") == NULL);
}

static void answer(struct http_request *request, unsigned status) {
    FUZZ_CHECK(request->answer.status == 0);
    request->answer.status = status;
}

void __wrap_http_reply(struct http_request *request, unsigned status, const char *content_type,
                       const void *body, size_t size) {
    FUZZ_CHECK(content_type != NULL && (body != NULL || size == 0));
    answer(request, status);
}

void __wrap_http_reply_json(struct http_request *request, unsigned status, json_t *body) {
    FUZZ_CHECK(body != NULL);
    char *text = json_dumps(body, JSON_COMPACT);
    FUZZ_CHECK(text != NULL);
    free(text);
    json_decref(body);
    answer(request, status);
}

void __wrap_http_reply_problem(struct http_request *request, unsigned status,
                               const struct error *error) {
    FUZZ_CHECK(error->rc > RC_OK && error->rc < RC_INTERNAL);
    FUZZ_CHECK(strnlen(error->text, sizeof error->text) < sizeof error->text);
    FUZZ_CHECK(error->text[0] != '\0' && status != 500);
    answer(request, status == 0 ? 400 : status);
    memcpy(request->answer.code, error->code, sizeof request->answer.code);
}

void __wrap_http_reply_problem_with(struct http_request *request, unsigned status,
                                    const struct error *error, json_t *members) {
    json_decref(members);
    __wrap_http_reply_problem(request, status, error);
}

struct http_request *__wrap_http_defer(struct http_request *request, int64_t timeout_ms) {
    FUZZ_CHECK(timeout_ms > 0);
    request->deferred = true;
    return request;
}

struct http_stream *__wrap_http_stream_begin(struct http_request *request) {
    answer(request, 200);
    return (struct http_stream *)request;
}
