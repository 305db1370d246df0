// SPDX-License-Identifier: Apache-2.0
// JSON answers and problems (RFC 9457).
#include "common/json.h"
#include "common/log.h"
#include "http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE sizeof(((struct error *)NULL)->text)

#define NO_MEMORY(status, title, code, detail)                                                     \
    "{\"type\":\"https://redress.example/problems/" code "\",\"title\":\"" title                   \
    "\",\"status\":" status ",\"code\":\"" code "\",\"detail\":\"" detail "\"}"

// An answer that lacks memory is none, nor is a refusal: its reason may follow from what is
// missing. What was asked for may have been done by then, unless it was to be refused.
static void reply_no_memory(struct http_request *request, unsigned status) {
    bool refused = (status >= 400 && status < 500) || status == 503;
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    if (refused || reads) {
        http_reply_for(request, 503,
                       NO_MEMORY("503", "Service Unavailable", "unavailable",
                                 "there is no memory for the answer now"));
        return;
    }
    http_reply_for(request, 504,
                   NO_MEMORY("504", "Gateway Timeout", "unknown-outcome",
                             "there is no memory for the answer now; the outcome is unknown, "
                             "repeat with the same key"));
}

static void reply_dump(struct http_request *request, unsigned status, const char *type,
                       json_t *body) {
    char *text = json_dumps(body, JSON_COMPACT);
    bool whole = json_whole(NULL) == RC_OK;
    json_decref(body);
    if (!whole) {
        free(text);
        reply_no_memory(request, status);
        return;
    }
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
                  {410, "Gone"},
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

// An error's text is cut to its size, perhaps within a character, and JSON takes whole ones only.
static const char *clean_text(const char *text, char clean[TEXT_SIZE]) {
    size_t size = strlen(text);
    size_t cut = 0;
    while (cut < 4 && cut < size && !text_is_clean(text, size - cut)) {
        cut++;
    }
    size = text_is_clean(text, size - cut) ? size - cut : 0;
    memcpy(clean, text, size);
    clean[size] = '\0';
    return clean;
}

void http_reply_problem(struct http_request *request, unsigned status, const struct error *error) {
    http_reply_problem_with(request, status, error, NULL);
}

void http_reply_problem_with(struct http_request *request, unsigned status,
                             const struct error *error, json_t *members) {
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
    char clean[TEXT_SIZE];
    json_t *body =
        json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", title_of(status), "status",
                  (int)status, "code", code, "detail", clean_text(detail, clean));
    const char *field = clean_text(error->field, clean);
    if (field[0] != '\0') {
        json_object_set_new(body, "field", json_string(field));
    }
    if (body != NULL && members != NULL) {
        json_object_update_missing(body, members);
    }
    json_decref(members);
    if (status == 500) {
        log_error("request failed", LOG_STR("code", code), LOG_STR("reason", error->text));
    }
    reply_dump(request, status, "application/problem+json", body);
}
