// SPDX-License-Identifier: Apache-2.0
// Candidates for a merge, as far as the ledger's user sees: of institutions, and of units and cases
// that were granted to them.
#include "routes.h"
#include "store.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/scope.h"
#include "common/service_token.h"

#include <stdlib.h>

#define MOST 20
#define CASES_SIZE 4096

struct question {
    const char *case_id;
    const char *institutions;
    const char *units;
    const char *cases;
};

static const struct json_field fields[] = {
    JSON_FIELD(JSON_FIELD_TEXT, struct question, case_id, "case_id", true, 36, 36),
    JSON_FIELD(JSON_FIELD_TEXT, struct question, institutions, "institutions", true, 1, SCOPE_SIZE),
    JSON_FIELD(JSON_FIELD_TEXT, struct question, units, "units", false, 0, CASES_SIZE),
    JSON_FIELD(JSON_FIELD_TEXT, struct question, cases, "cases", false, 0, CASES_SIZE),
};

static json_t *match_to_json(const struct similar_match *match) {
    return json_pack("{s:s, s:i, s:i, s:b, s:b, s:b, s:i}", "case_id", match->of->case_id,
                     "score_permille", (int)match->score_permille, "narrative_permille",
                     (int)match->narrative_permille, "same_contact", match->same_contact,
                     "same_category", match->same_category, "same_unit", match->same_unit,
                     "days_apart", (int)match->days_apart);
}

static json_t *rank(const struct store_answer *answer) {
    struct similar_match matches[MOST];
    json_t *items = json_array();
    size_t found = similar_rank(&answer->self, answer->cases, answer->count, matches, MOST);
    for (size_t i = 0; i < found; i++) {
        json_array_append_new(items, match_to_json(&matches[i]));
    }
    return items;
}

static enum rc find(const struct routes_context *routes, const struct question *question,
                    json_t **answer, struct error *error) {
    struct redis *redis = NULL;
    struct store_answer *found = calloc(1, sizeof *found);
    const struct store_question asked = {
        .case_id = question->case_id,
        .scope = {question->institutions, question->units, question->cases},
        .now_ms = clock_wall_ms(),
    };
    if (found == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for candidates");
    }
    enum rc rc = redis_pool_take(routes->redis, &redis, error);
    if (rc == RC_OK) {
        rc = store_candidates(redis, &asked, found, error);
        redis_pool_give(routes->redis, redis);
    }
    if (rc == RC_OK) {
        *answer = json_pack("{s:b, s:o}", "known", found->known, "items",
                            found->known ? rank(found) : json_array());
    }
    free(found);
    return rc;
}

void routes_similar(struct http_request *request, void *context) {
    const struct routes_context *routes = context;
    struct question question = {.units = "", .cases = ""};
    struct error error;
    size_t size = 0;
    json_t *body = NULL;
    json_t *answer = NULL;
    if (!service_token_fits(request, routes->service_token, &error)) {
        http_reply_problem(request, 401, &error);
        return;
    }
    const char *text = http_body(request, &size);
    enum rc rc = json_read_object(text, size, &body, &error);
    rc = rc == RC_OK ? json_bind(body, "", fields, 4, &question, &error) : rc;
    if (rc == RC_OK && !ident_is_uuid(question.case_id)) {
        rc = error_field(&error, "bad-uuid", "case_id", "case_id is not a UUID");
    }
    rc = rc == RC_OK ? find(routes, &question, &answer, &error) : rc;
    json_decref(body);
    if (rc != RC_OK) {
        http_reply_problem(request, 0, &error);
        return;
    }
    http_reply_json(request, 200, answer);
}
