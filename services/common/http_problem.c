// SPDX-License-Identifier: Apache-2.0
// JSON answers and problems (RFC 9457).
#include "common/json.h"
#include "common/log.h"
#include "http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
static char *clean_text(const char *text) {
    size_t size = strlen(text);
    for (size_t cut = 0; cut < 4 && cut < size && !text_is_clean(text, size - cut); cut++) {
        if (text_is_clean(text, size - cut - 1)) {
            return strndup(text, size - cut - 1);
        }
    }
    return strdup(text_is_clean(text, size) ? text : "");
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
    char *clean = clean_text(detail);
    json_t *body =
        json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", title_of(status), "status",
                  (int)status, "code", code, "detail", clean == NULL ? "" : clean);
    free(clean);
    char *field = clean_text(error->field);
    if (body != NULL && field != NULL && field[0] != '\0') {
        json_object_set_new(body, "field", json_string(field));
    }
    free(field);
    if (body != NULL && members != NULL) {
        json_object_update_missing(body, members);
    }
    json_decref(members);
    if (status == 500) {
        log_error("request failed", LOG_STR("code", code), LOG_STR("reason", error->text));
    }
    reply_dump(request, status, "application/problem+json", body);
}
