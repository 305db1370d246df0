// SPDX-License-Identifier: Apache-2.0
// Candidates for a merge, of the institutions that the ledger's user sees.
#include "routes.h"
#include "store.h"

#include "common/ident.h"
#include "common/json.h"
#include "common/scope.h"
#include "common/service_token.h"

#include <stdlib.h>

#define MOST 20

struct question {
    const char *case_id;
    const char *institutions;
};

static const struct json_field fields[] = {
    JSON_FIELD(JSON_FIELD_TEXT, struct question, case_id, "case_id", true, 36, 36),
    JSON_FIELD(JSON_FIELD_TEXT, struct question, institutions, "institutions", true, 1, SCOPE_SIZE),
};

// Too large for a stack.
struct search {
    struct similar_case self;
    struct similar_case cases[STORE_CANDIDATES];
};

static json_t *match_to_json(const struct similar_match *match) {
    return json_pack("{s:s, s:i, s:i, s:b, s:b, s:b, s:i}", "case_id", match->of->case_id,
                     "score_permille", (int)match->score_permille, "narrative_permille",
                     (int)match->narrative_permille, "same_contact", match->same_contact,
                     "same_category", match->same_category, "same_unit", match->same_unit,
                     "days_apart", (int)match->days_apart);
}

static json_t *rank(const struct search *search, size_t count) {
    struct similar_match matches[MOST];
    json_t *items = json_array();
    size_t found = similar_rank(&search->self, search->cases, count, matches, MOST);
    for (size_t i = 0; i < found; i++) {
        json_array_append_new(items, match_to_json(&matches[i]));
    }
    return items;
}

static enum rc find(const struct routes_context *routes, const struct question *question,
                    json_t **answer, struct error *error) {
    struct redis *redis = NULL;
    struct search *search = calloc(1, sizeof *search);
    size_t count = 0;
    bool known = false;
    if (search == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for candidates");
    }
    enum rc rc = redis_pool_take(routes->redis, &redis, error);
    if (rc == RC_OK) {
        rc = store_candidates(redis, question->case_id, question->institutions, &search->self,
                              search->cases, &count, &known, error);
        redis_pool_give(routes->redis, redis);
    }
    if (rc == RC_OK) {
        *answer = json_pack("{s:b, s:o}", "known", known, "items",
                            known ? rank(search, count) : json_array());
    }
    free(search);
    return rc;
}

void routes_similar(struct http_request *request, void *context) {
    const struct routes_context *routes = context;
    struct question question = {NULL, NULL};
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
    rc = rc == RC_OK ? json_bind(body, "", fields, 2, &question, &error) : rc;
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
