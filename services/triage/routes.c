// SPDX-License-Identifier: Apache-2.0
// What-if: the assessment that a text would get.
#include "routes.h"

#include "rulebook.h"

#include "common/json.h"

#include <string.h>

struct question {
    const char *text;
    const char *institution;
    const char *category;
};

static const struct json_field fields[] = {
    JSON_FIELD(JSON_FIELD_TEXT, struct question, text, "text", true, 1, TRIAGE_TEXT_LIMIT),
    JSON_FIELD(JSON_FIELD_TEXT, struct question, institution, "institution", false, 0, 32),
    JSON_FIELD(JSON_FIELD_TEXT, struct question, category, "category", false, 0, 64),
};

static json_t *reasons_to_json(const struct assessment *assessment) {
    json_t *list = json_array();
    for (size_t i = 0; i < assessment->reason_count; i++) {
        const struct triage_reason *reason = &assessment->reasons[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:i, s:i, s:s}", "rule", reason->rule, "term",
                                        reason->term, "offset", (int)reason->offset, "length",
                                        (int)reason->length, "guard", reason->guard));
    }
    return list;
}

static enum rc check_codes(const struct triage *triage, const struct question *question,
                           struct error *error) {
    if (question->institution[0] != '\0' &&
        region_institution(triage->region, question->institution) == NULL) {
        return error_field(error, "unknown-code", "institution", "institution names nothing");
    }
    if (question->category[0] != '\0' &&
        region_category(triage->region, question->category) == NULL) {
        return error_field(error, "unknown-code", "category", "category names nothing");
    }
    return RC_OK;
}

static json_t *to_json(const struct triage *triage, const struct assessment *assessment) {
    static const char *const urgencies[] = {"", "P1", "P2", "P3", "P4"};
    static const char *const crises[] = {"", "R0", "R1", "R2", "R3", "R4"};
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:s}", "category", assessment->category,
                     "subject", assessment->subject, "urgency", urgencies[assessment->urgency],
                     "crisis", crises[assessment->crisis], "confidence_permille",
                     (int)assessment->confidence_permille, "reasons", reasons_to_json(assessment),
                     "lexicon_version", triage->lexicon_version);
}

static enum rc assess(const struct triage *triage, const struct question *question, json_t **answer,
                      struct error *error) {
    struct assessment assessment;
    enum rc rc = check_codes(triage, question, error);
    rc = rc == RC_OK ? triage_assess(triage, question->text, question->institution,
                                     question->category, &assessment, error)
                     : rc;
    *answer = rc == RC_OK ? to_json(triage, &assessment) : NULL;
    return rc;
}

static void post_assess(struct http_request *request, void *context) {
    const struct routes_context *routes = context;
    struct question question = {.institution = "", .category = ""};
    struct error error;
    size_t size = 0;
    json_t *body = NULL;
    json_t *answer = NULL;
    const char *text = http_body(request, &size);
    enum rc rc = json_read_object(text, size, &body, &error);
    rc = rc == RC_OK ? json_bind(body, "", fields, 3, &question, &error) : rc;
    const struct region_edition *edition = region_book_hold(routes->regions);
    rc = rc == RC_OK ? assess(rulebook_of(edition), &question, &answer, &error) : rc;
    region_book_release(edition);
    json_decref(body);
    if (rc != RC_OK) {
        http_reply_problem(request, strcmp(error.code, "unknown-code") == 0 ? 422 : 0, &error);
        return;
    }
    http_reply_json(request, 200, answer);
}

const struct http_route triage_routes[] = {
    {"POST", "/v1/assess", post_assess, HTTP_BLOCKING},
    {"POST", "/internal/v1/similar", routes_similar, HTTP_BLOCKING},
};
const size_t triage_route_count = sizeof triage_routes / sizeof triage_routes[0];
