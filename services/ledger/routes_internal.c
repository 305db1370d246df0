// SPDX-License-Identifier: Apache-2.0
// For the platform's own services, behind one shared bearer token.
#include "case_json.h"
#include "consumer.h"
#include "earlier.h"
#include "ledger.h"
#include "query.h"
#include "routes.h"
#include "workflow.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/seal.h"
#include "common/service_token.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_MOST 1000

// A connection for a request with the right token; answers and returns NULL otherwise.
static struct pg *begin(struct http_request *request, struct ledger *ledger) {
    struct error error;
    struct pg *pg = NULL;
    if (!service_token_fits(request, ledger->config->service_token, &error)) {
        http_reply_problem(request, 401, &error);
    } else if (pg_pool_take(ledger->pool, &pg, &error) != RC_OK) {
        http_reply_problem(request, 0, &error);
    }
    return pg;
}

static void finish(struct http_request *request, struct ledger *ledger, struct pg *pg, enum rc rc,
                   json_t *body, const struct error *error) {
    pg_pool_give(ledger->pool, pg);
    if (rc != RC_OK) {
        http_reply_problem(request, 0, error);
        return;
    }
    http_reply_json(request, 200, body);
}

static bool allows(const struct case_state *state, enum input_kind kind) {
    return workflow_refusal(state, kind) == NULL;
}

static json_t *state_body(const struct case_state *state, const char *reply) {
    char digest[65];
    seal_hex(state->content_sha256, sizeof state->content_sha256, digest);
    json_t *body = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s*}", "case_id", state->case_id,
        "tracking_code", state->tracking_code, "institution", state->tenant, "content_sha256",
        digest, "status", case_status_name(state->status), "received_at_ms",
        (json_int_t)state->received_at_ms, "promised_at_ms", (json_int_t)state->promised_at_ms,
        "updated_at_ms", (json_int_t)state->updated_at_ms, "sequence", (json_int_t)state->sequence,
        "reply", reply);
    const struct {
        const char *name;
        bool value;
    } flags[] = {
        {"replied", state->replied_at_ms != 0},
        {"rated", state->rating != 0},
        {"rateable", state->rating == 0 && allows(state, INPUT_RECORD_FEEDBACK)},
        {"writable", allows(state, INPUT_RECORD_MESSAGE)},
        {"withdrawable", allows(state, INPUT_WITHDRAW_CASE)},
        {"reopenable", allows(state, INPUT_REOPEN_CASE)},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        json_object_set_new(body, flags[i].name, json_boolean(flags[i].value));
    }
    json_object_set_new(body, "closure", json_integer(case_closure(state)));
    return body;
}

// Left out where there is none.
static void set_code(json_t *body, const char *name, const char *code) {
    if (code != NULL && code[0] != '\0') {
        json_object_set_new(body, name, json_string(code));
    }
}

// What is asked for beside the case, NULL: nothing. cause: "known" tells whether the case has a
// fact of it, "refused" the code where that is a refusal. sha256: whether this evidence is taken.
struct asked {
    const char *cause, *sha256;
};

static struct asked asked_by(const struct http_request *request) {
    return (struct asked){http_query(request, "cause"), http_query(request, "sha256")};
}

static enum rc check_asked(const struct http_request *request, const struct asked *asked,
                           struct error *error) {
    static const char *const names[] = {"cause", "sha256", NULL};
    enum rc rc = http_query_only(request, names, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (asked->cause != NULL && !ident_is_uuid(asked->cause)) {
        return error_field(error, "bad-uuid", "cause", "cause is no UUID");
    }
    return asked->sha256 == NULL ||
                   (strlen(asked->sha256) == 64 && strspn(asked->sha256, "0123456789abcdef") == 64)
               ? RC_OK
               : error_field(error, "out-of-bounds", "sha256", "sha256 must be lower-case hex");
}

static enum rc case_body(struct pg *pg, const char *case_id, const struct asked *asked,
                         json_t **body, struct error *error) {
    struct case_state state;
    struct query_cause cause = {.known = false};
    char *reply = NULL;
    json_t *reveals = NULL;
    enum rc rc = query_state(pg, NULL, case_id, &state, error);
    rc = rc == RC_OK ? query_reply(pg, case_id, &reply, error) : rc;
    if (rc == RC_OK && state.reveals > 0) {
        rc = query_reveals(pg, case_id, &reveals, error);
    }
    if (rc == RC_OK && asked->cause != NULL) {
        rc = query_cause(pg, case_id, asked->cause, &cause, error);
    }
    if (rc == RC_OK) {
        *body = state_body(&state, reply);
        json_object_set_new(*body, "known", json_boolean(cause.known));
        set_code(*body, "refused", cause.refused);
        set_code(*body, "message_refusal", case_message_refusal(&state));
        set_code(*body, "evidence_refusal", case_offer_refusal(&state, asked->sha256));
        json_object_set_new(*body, "erased", json_boolean(state.erased));
        json_object_set(*body, "reveals", reveals);
        rc = earlier_tell(pg, &state, *body, error);
    }
    json_decref(reveals);
    free(reply);
    return rc;
}

void routes_internal_case(struct http_request *request, void *context) {
    struct error error;
    json_t *body = NULL;
    const char *case_id = http_path_value(request, "case_id");
    const struct asked asked = asked_by(request);
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = check_asked(request, &asked, &error);
    if (rc == RC_OK) {
        rc = ident_is_uuid(case_id) ? case_body(pg, case_id, &asked, &body, &error)
                                    : error_set(&error, RC_NOT_FOUND, "there is no such case");
    }
    finish(request, context, pg, rc, body, &error);
}

void routes_internal_by_code(struct http_request *request, void *context) {
    struct error error;
    json_t *body = NULL;
    char case_id[37];
    const struct asked asked = asked_by(request);
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = check_asked(request, &asked, &error);
    rc = rc == RC_OK ? query_case_id(pg, http_path_value(request, "code"), case_id, &error) : rc;
    rc = rc == RC_OK ? case_body(pg, case_id, &asked, &body, &error) : rc;
    finish(request, context, pg, rc, body, &error);
}

static enum rc read_limit(const struct http_request *request, int64_t *limit, struct error *error) {
    static const struct http_number asked = {"limit", PAGE_MOST, 1, PAGE_MOST};
    return http_query_number(request, &asked, limit, error);
}

// Lists take both; what none of them knows is refused.
static enum rc read_page(const struct http_request *request, int64_t *limit, struct error *error) {
    static const char *const names[] = {"after", "limit", NULL};
    enum rc rc = http_query_only(request, names, error);
    return rc == RC_OK ? read_limit(request, limit, error) : rc;
}

static enum rc read_nothing(const struct http_request *request, struct error *error) {
    static const char *const names[] = {NULL};
    return http_query_only(request, names, error);
}

// Of the region's own clocks too, which query_dialogue does not know.
static void title_clocks(struct ledger *ledger, const char *language, const json_t *page) {
    const struct region_edition *edition = region_book_hold(ledger->regions);
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(page, "items"), index, item) {
        const char *clock = json_string_value(json_object_get(item, "clock"));
        if (clock != NULL) {
            const char *title = region_clock_title(edition->region, clock, language);
            json_object_set_new(item, "clock_title", json_string(title));
        }
    }
    region_book_release(edition);
}

void routes_internal_dialogue(struct http_request *request, void *context) {
    static const struct http_number sequence = {"after", 0, 0, INT64_MAX};
    struct error error;
    json_t *body = NULL;
    char case_id[37];
    int64_t limit = 0;
    int64_t after = 0;
    struct case_state state;
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = read_page(request, &limit, &error);
    rc = rc == RC_OK ? http_query_number(request, &sequence, &after, &error) : rc;
    rc = rc == RC_OK ? query_case_id(pg, http_path_value(request, "code"), case_id, &error) : rc;
    rc = rc == RC_OK ? query_state(pg, NULL, case_id, &state, &error) : rc;
    rc = rc == RC_OK ? query_dialogue(pg, &state, after, limit, &body, &error) : rc;
    if (rc == RC_OK) {
        title_clocks(context, state.language, body);
    }
    finish(request, context, pg, rc, body, &error);
}

// A page of what a query gives, after where the last page ended.
static void answer_page(struct http_request *request, void *context,
                        enum rc (*query)(struct pg *, const char *, int64_t, json_t **,
                                         struct error *)) {
    struct error error;
    json_t *body = NULL;
    int64_t limit = 0;
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = read_page(request, &limit, &error);
    rc = rc == RC_OK ? query(pg, http_query(request, "after"), limit, &body, &error) : rc;
    finish(request, context, pg, rc, body, &error);
}

void routes_internal_clocks(struct http_request *request, void *context) {
    answer_page(request, context, query_clocks);
}

void routes_internal_runs(struct http_request *request, void *context) {
    answer_page(request, context, query_runs);
}

void routes_internal_case_runs(struct http_request *request, void *context) {
    struct error error;
    json_t *body = NULL;
    const char *case_id = http_path_value(request, "case_id");
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = read_nothing(request, &error);
    if (rc == RC_OK) {
        rc = ident_is_uuid(case_id) ? query_runs_of(pg, case_id, &body, &error)
                                    : error_set(&error, RC_NOT_FOUND, "there is no such case");
    }
    finish(request, context, pg, rc, body, &error);
}

void routes_internal_narratives(struct http_request *request, void *context) {
    answer_page(request, context, query_narratives);
}

void routes_internal_overdue(struct http_request *request, void *context) {
    static const char *const names[] = {"limit", NULL};
    struct error error;
    json_t *body = NULL;
    int64_t limit = 0;
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = http_query_only(request, names, &error);
    rc = rc == RC_OK ? read_limit(request, &limit, &error) : rc;
    rc = rc == RC_OK ? query_overdue(pg, clock_wall_ms(), limit, &body, &error) : rc;
    finish(request, context, pg, rc, body, &error);
}

// For intake, many times a second; answered on an event thread, so that it is answered under load.
void routes_internal_load(struct http_request *request, void *context) {
    struct ledger *ledger = context;
    struct error error;
    struct consumer_load load = {.lag = 0};
    if (!service_token_fits(request, ledger->config->service_token, &error)) {
        http_reply_problem(request, 401, &error);
        return;
    }
    consumer_load_add(ledger->consumer, &load);
    consumer_load_add(ledger->urgent, &load);
    http_reply_json(request, 200,
                    json_pack("{s:I, s:I, s:I, s:I}", "lag", (json_int_t)load.lag, "delay_ms",
                              (json_int_t)load.delay_ms, "unassessed", (json_int_t)load.unassessed,
                              "assessment_ms", (json_int_t)load.assessment_ms));
}

void routes_internal_summary(struct http_request *request, void *context) {
    struct error error;
    json_t *body = NULL;
    struct pg *pg = begin(request, context);
    if (pg == NULL) {
        return;
    }
    enum rc rc = read_nothing(request, &error);
    rc = rc == RC_OK ? query_summary(pg, &body, &error) : rc;
    finish(request, context, pg, rc, body, &error);
}
