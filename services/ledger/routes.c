// SPDX-License-Identifier: Apache-2.0
// What staff read: token → scope → query → JSON. Each handler answers exactly once.
#include "routes.h"

#include "case_json.h"
#include "command_access.h"
#include "permission.h"
#include "query.h"
#include "routes_private.h"
#include "similar.h"
#include "stream.h"

#include "common/clock.h"
#include "common/field.h"
#include "common/ident.h"
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 50

void routes_problem_with(struct http_request *request, const struct error *error, json_t *members) {
    static const struct {
        const char *code;
        unsigned status;
    } statuses[] = {{"unauthorized", 401}, {"stale", 412},        {"precondition-required", 428},
                    {"unknown-code", 422}, {"does-not-fit", 422}, {"idempotency-key-reused", 422}};
    unsigned status = 0;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        status = strcmp(error->code, statuses[i].code) == 0 ? statuses[i].status : status;
    }
    if (error->rc == RC_INTERNAL) {
        log_error("request failed", LOG_STR("reason", error->text));
    }
    http_reply_problem_with(request, status, error, members);
}

void routes_problem(struct http_request *request, const struct error *error) {
    routes_problem_with(request, error, NULL);
}

// A staff read: who asks, a connection, a transaction in their scope.
struct read {
    struct ledger *ledger;
    struct access access;
    struct pg *pg;
};

static enum rc read_begin(struct read *read, struct http_request *request, void *context,
                          enum role_view view, struct error *error) {
    memset(read, 0, sizeof *read);
    read->ledger = context;
    enum rc rc =
        access_read(&read->access, request, read->ledger->keys, read->ledger->regions, error);
    rc = rc == RC_OK ? access_may_view(&read->access, view, error) : rc;
    if (rc == RC_OK) {
        rc = pg_pool_take(read->ledger->pool, &read->pg, error);
    }
    return rc == RC_OK ? query_begin(read->pg, &read->access, error) : rc;
}

static void read_end(struct read *read) {
    if (read->pg != NULL) {
        scope_end(read->pg);
        pg_pool_give(read->ledger->pool, read->pg);
    }
    access_free(&read->access);
}

static enum rc read_limit(const struct http_request *request, int64_t *limit, struct error *error) {
    static const struct http_number asked = {"limit", PAGE, 1, QUERY_PAGE_MOST};
    return http_query_number(request, &asked, limit, error);
}

// A code, of so many characters at most; NULL where it is not asked for.
static enum rc read_code(const struct http_request *request, const char *name, size_t most,
                         const char **code, struct error *error) {
    *code = http_query(request, name);
    size_t characters = 0;
    for (const char *at = *code; at != NULL && *at != '\0'; at++) {
        characters += ((unsigned char)*at & 0xc0) != 0x80;
    }
    return *code == NULL || (characters >= 1 && characters <= most)
               ? RC_OK
               : error_field(error, "out-of-bounds", name, "%s must have 1 to %zu characters", name,
                             most);
}

static enum rc read_flag(const struct http_request *request, const char *name, bool *flag,
                         struct error *error) {
    const char *text = http_query(request, name);
    *flag = text != NULL;
    return text == NULL || strcmp(text, "true") == 0
               ? RC_OK
               : error_field(error, "out-of-bounds", name, "%s may only be true", name);
}

static enum rc read_filter(const struct http_request *request, const struct region *region,
                           struct query_filter *filter, struct error *error) {
    static const char *const names[] = {"status",  "institution", "category", "unit",
                                        "urgency", "alarm",       "breached", "extended",
                                        "after",   "limit",       NULL};
    const char *urgency = http_query(request, "urgency");
    *filter = (struct query_filter){.status = http_query(request, "status"),
                                    .category = http_query(request, "category"),
                                    .after = http_query(request, "after")};
    enum rc rc = http_query_only(request, names, error);
    rc = rc == RC_OK ? read_limit(request, &filter->limit, error) : rc;
    rc = rc == RC_OK ? read_code(request, "institution", 32, &filter->institution, error) : rc;
    rc = rc == RC_OK ? read_code(request, "unit", 64, &filter->unit, error) : rc;
    rc = rc == RC_OK ? read_flag(request, "alarm", &filter->open_alarm, error) : rc;
    rc = rc == RC_OK ? read_flag(request, "breached", &filter->breached, error) : rc;
    rc = rc == RC_OK ? read_flag(request, "extended", &filter->extended, error) : rc;
    if (rc == RC_OK && filter->status != NULL && case_status_read(filter->status) == CASE_NONE) {
        rc = error_field(error, "out-of-bounds", "status", "there is no such status");
    }
    // No institution or unit is refused here: one that is absent and one that is none of the
    // caller's have the same empty answer.
    if (rc == RC_OK && filter->category != NULL &&
        region_category(region, filter->category) == NULL) {
        rc = error_field(error, "out-of-bounds", "category", "there is no such category");
    }
    if (rc == RC_OK && urgency != NULL && (filter->urgency = urgency_read(urgency)) == 0) {
        rc = error_field(error, "out-of-bounds", "urgency", "urgency must be P1 to P4");
    }
    return rc;
}

static void list_cases(struct http_request *request, void *context) {
    struct query_filter filter;
    struct error error;
    struct read read;
    json_t *page = NULL;
    enum rc rc = read_begin(&read, request, context, VIEW_LIST, &error);
    rc = rc == RC_OK ? read_filter(request, read.access.edition->region, &filter, &error) : rc;
    filter.actor = &read.access.actor;
    rc = rc == RC_OK ? query_cases(read.pg, &filter, &page, &error) : rc;
    read_end(&read);
    if (rc != RC_OK) {
        routes_problem(request, &error);
        return;
    }
    http_reply_json(request, 200, page);
}

enum rc routes_path_case(const struct http_request *request, const char **case_id,
                         struct error *error) {
    *case_id = http_path_value(request, "case_id");
    if (ident_is_uuid(*case_id)) {
        return RC_OK;
    }
    error_set(error, RC_NOT_FOUND, "there is no such case");
    snprintf(error->code, sizeof error->code, "case-not-found");
    return RC_NOT_FOUND;
}

void routes_set_etag(struct http_request *request, const struct case_state *state) {
    char version[CASE_VERSION_SIZE];
    char quoted[CASE_VERSION_SIZE + 4];
    case_version(state, version);
    snprintf(quoted, sizeof quoted, "\"%s\"", version);
    http_set_header(request, "ETag", quoted);
}

static enum rc add_cluster(const struct read *read, const struct case_state *state, json_t *json,
                           struct error *error) {
    json_t *members = NULL;
    enum rc rc = routes_read_cluster(read->pg, &read->access.actor, state,
                                     json_object_get(json, "actions"), &members, error);
    unsigned roles = permission_roles_on(state, &read->access.actor);
    if (state->cluster.other_count == 0 || (field_roles(NULL, "cluster") & roles) == 0) {
        json_decref(members);
        return rc;
    }
    json_object_set_new(json, "cluster", members == NULL ? json_array() : members);
    return rc;
}

static void show_case(struct http_request *request, void *context) {
    struct case_state state;
    struct error error;
    struct read read;
    const char *case_id = NULL;
    ProtobufCMessage *message = NULL;
    json_t *json = NULL;
    enum rc rc = read_begin(&read, request, context, VIEW_SHOW, &error);
    rc = rc == RC_OK ? routes_path_case(request, &case_id, &error) : rc;
    rc = rc == RC_OK ? query_state(read.pg, &read.access.actor, case_id, &state, &error) : rc;
    rc = rc == RC_OK ? query_registered(read.pg, case_id, &message, &error) : rc;
    if (rc == RC_OK) {
        access_ask_policy(read.access.edition->region, &state, clock_wall_ms());
        json = case_to_json(&state, (const Redress__V1__CaseRegistered *)message,
                            &read.access.actor, read.access.edition->region);
        rc = query_explain(read.pg, &state, json_object_get(json, "clocks"), &error);
        rc = rc == RC_OK ? add_cluster(&read, &state, json, &error) : rc;
    }
    fact_release(message);
    read_end(&read);
    if (rc != RC_OK) {
        json_decref(json);
        routes_problem(request, &error);
        return;
    }
    routes_set_etag(request, &state);
    http_reply_json(request, 200, json);
}

static void show_timeline(struct http_request *request, void *context) {
    static const char *const names[] = {"after", "limit", NULL};
    static const struct http_number sequence = {"after", 0, 0, INT64_MAX};
    struct case_state state;
    struct error error;
    struct read read;
    const char *case_id = NULL;
    json_t *page = NULL;
    int64_t limit = 0;
    int64_t after = 0;
    enum rc rc = read_begin(&read, request, context, VIEW_TIMELINE, &error);
    rc = rc == RC_OK ? http_query_only(request, names, &error) : rc;
    rc = rc == RC_OK ? read_limit(request, &limit, &error) : rc;
    rc = rc == RC_OK ? http_query_number(request, &sequence, &after, &error) : rc;
    rc = rc == RC_OK ? routes_path_case(request, &case_id, &error) : rc;
    rc = rc == RC_OK ? query_state(read.pg, &read.access.actor, case_id, &state, &error) : rc;
    rc = rc == RC_OK
             ? query_timeline(read.pg, case_id, permission_roles_on(&state, &read.access.actor),
                              after, limit, &page, &error)
             : rc;
    rc = rc == RC_OK ? query_hide_unseen(read.pg, &read.access.actor, page, &error) : rc;
    read_end(&read);
    if (rc != RC_OK) {
        json_decref(page);
        routes_problem(request, &error);
        return;
    }
    http_reply_json(request, 200, page);
}

static void show_similar(struct http_request *request, void *context) {
    static const char *const names[] = {NULL};
    struct ledger *ledger = context;
    struct access access;
    struct error error;
    const char *case_id = NULL;
    json_t *answer = NULL;
    enum rc rc = access_read(&access, request, ledger->keys, ledger->regions, &error);
    rc = rc == RC_OK ? access_may_view(&access, VIEW_SIMILAR, &error) : rc;
    rc = rc == RC_OK ? http_query_only(request, names, &error) : rc;
    rc = rc == RC_OK ? routes_path_case(request, &case_id, &error) : rc;
    rc = rc == RC_OK ? similar_find(ledger, &access, case_id, &answer, &error) : rc;
    access_free(&access);
    if (rc != RC_OK) {
        routes_problem(request, &error);
        return;
    }
    http_reply_json(request, 200, answer);
}

static enum rc make_bundle(const struct read *read, const char *case_id, json_t **bundle,
                           struct error *error) {
    struct case_state state;
    enum rc rc = query_state(read->pg, &read->access.actor, case_id, &state, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (!role_may_view(permission_roles_on(&state, &read->access.actor), VIEW_EXPORT)) {
        error_fill(error, RC_FORBIDDEN, "role-not-allowed", "",
                   "a case is exported by a supervisor or an auditor");
        return RC_FORBIDDEN;
    }
    if (permission_by_glass_alone(&state, &read->access.actor)) { // reads it, takes nothing away
        error_fill(error, RC_FORBIDDEN, "emergency-only", "", "%s",
                   case_refusal_text("emergency-only"));
        return RC_FORBIDDEN;
    }
    const struct export_head head = {&state, clock_wall_ms(), read->access.actor.subject,
                                     &read->access.actor};
    *bundle = export_begin(&head);
    rc = *bundle == NULL ? error_set(error, RC_INTERNAL, "out of memory for a bundle") : RC_OK;
    rc = rc == RC_OK ? query_export(read->pg, &head, *bundle, error) : rc;
    return rc == RC_OK ? export_sign(*bundle, read->ledger->export_secret, error) : rc;
}

static void export_case(struct http_request *request, void *context) {
    struct error error;
    struct read read;
    const char *case_id = NULL;
    json_t *bundle = NULL;
    enum rc rc = read_begin(&read, request, context, VIEW_EXPORT, &error);
    rc = rc == RC_OK ? routes_path_case(request, &case_id, &error) : rc;
    rc = rc == RC_OK ? make_bundle(&read, case_id, &bundle, &error) : rc;
    if (rc == RC_OK) {
        log_info("case exported", LOG_STR("case", case_id),
                 LOG_STR("by", read.access.actor.subject));
    }
    read_end(&read);
    char *text = rc == RC_OK ? export_text(bundle) : NULL;
    json_decref(bundle);
    rc = rc == RC_OK && text == NULL ? error_set(&error, RC_INTERNAL, "out of memory") : rc;
    if (rc != RC_OK) {
        routes_problem(request, &error);
        return;
    }
    http_reply(request, 200, "application/json", text, strlen(text));
    free(text);
}

static void listen_changes(struct http_request *request, void *context) {
    struct ledger *ledger = context;
    struct access access;
    struct error error;
    enum rc rc = access_read(&access, request, ledger->keys, ledger->regions, &error);
    rc = rc == RC_OK ? access_may_view(&access, VIEW_CHANGES, &error) : rc;
    if (rc != RC_OK) {
        access_free(&access);
        routes_problem(request, &error);
        return;
    }
    stream_listen(ledger->stream, request, &access);
    access_free(&access);
}

#define READ (HTTP_BLOCKING | HTTP_NO_BODY)
const struct http_route ledger_routes[] = {
    {"GET", "/v1/cases", list_cases, READ},
    {"GET", "/v1/cases/{case_id}", show_case, READ},
    {"GET", "/v1/cases/{case_id}/timeline", show_timeline, READ},
    {"POST", "/v1/cases/{case_id}/{command}", routes_command, HTTP_BLOCKING | HTTP_GATHERED},
    {"GET", "/v1/changes", listen_changes, HTTP_NO_BODY | HTTP_STREAM},
    {"GET", "/internal/v1/cases/{case_id}", routes_internal_case, READ},
    {"GET", "/internal/v1/cases/by-tracking-code/{code}", routes_internal_by_code, READ},
    {"GET", "/internal/v1/clocks", routes_internal_clocks, READ},
    {"GET", "/internal/v1/clocks/runs", routes_internal_runs, READ},
    {"GET", "/internal/v1/cases/{case_id}/clocks", routes_internal_case_runs, READ},
    {"GET", "/internal/v1/clocks/overdue", routes_internal_overdue, READ},
    {"GET", "/internal/v1/summary", routes_internal_summary, READ},
    {"GET", "/internal/v1/load", routes_internal_load, HTTP_NO_BODY},
    {"GET", "/internal/v1/cases/by-tracking-code/{code}/dialogue", routes_internal_dialogue, READ},
    {"GET", "/v1/cases/{case_id}/export", export_case, READ},
    {"GET", "/v1/cases/{case_id}/similar", show_similar, READ},
    {"GET", "/internal/v1/narratives", routes_internal_narratives, READ},
    {"POST", "/v1/units/{unit}/grants", routes_grant_unit, HTTP_BLOCKING},
    {"GET", "/v1/units/{unit}/grants", routes_list_grants, READ},
};
const size_t ledger_route_count = sizeof ledger_routes / sizeof ledger_routes[0];
