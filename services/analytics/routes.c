// SPDX-License-Identifier: Apache-2.0
// Indicators of a period, for the institutions in the scope of who asks.
#include "routes.h"

#include "indicators.h"

#include "common/clock.h"
#include "common/role.h"
#include "common/scope.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS 86400000LL

static enum rc read_day(const struct http_request *request, const char *name, const char **day,
                        int64_t *begin_ms, struct error *error) {
    char text[CLOCK_TEXT_SIZE];
    *day = http_query(request, name);
    if (*day == NULL || strlen(*day) != 10) {
        return error_field(error, *day == NULL ? "missing" : "bad-date", name,
                           "%s must be a date such as 2026-02-13", name);
    }
    snprintf(text, sizeof text, "%sT00:00:00Z", *day);
    return clock_parse(text, begin_ms, NULL) == RC_OK
               ? RC_OK
               : error_field(error, "bad-date", name, "%s must be a date such as 2026-02-13", name);
}

// The scope of the token, or the one institution asked for if it lies in it. What is out of scope
// looks like what does not exist.
static enum rc narrow(const struct http_request *request, struct indicator_query *query,
                      struct error *error) {
    const char *wanted = http_query(request, "institution");
    query->asked = wanted == NULL ? query->scope : wanted;
    return wanted == NULL || !SCOPE_FILTERED || scope_contains(query->scope, wanted)
               ? RC_OK
               : error_field(error, "unknown-code", "institution", "institution names nothing");
}

static enum rc read_query(const struct http_request *request, int32_t zone_offset_s,
                          struct indicator_query *query, struct error *error) {
    static const char *const names[] = {"from", "to", "institution", NULL};
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    enum rc rc = http_query_only(request, names, error);
    rc = rc == RC_OK ? read_day(request, "from", &query->from, &from_ms, error) : rc;
    rc = rc == RC_OK ? read_day(request, "to", &query->to, &to_ms, error) : rc;
    if (rc == RC_OK && to_ms < from_ms) {
        rc = error_field(error, "out-of-bounds", "to", "to may not lie before from");
    }
    query->now_ms = clock_wall_ms();
    query->period_end_ms = to_ms + DAY_MS - zone_offset_s * 1000LL;
    if (query->period_end_ms > query->now_ms) {
        query->period_end_ms = query->now_ms;
    }
    return rc;
}

typedef enum rc (*reader)(struct pg *, const struct indicator_query *, json_t **, struct error *);

static void answer_period(struct http_request *request, const struct routes_context *routes,
                          reader read) {
    struct indicator_query query = {0};
    struct error error;
    struct pg *pg = NULL;
    json_t *claims = NULL;
    json_t *answer = NULL;
    char scope[SCOPE_SIZE];
    enum rc rc = jwt_verify(routes->keys, http_header(request, "Authorization"), clock_wall_ms(),
                            &claims, &error);
    if (rc != RC_OK) {
        http_reply_problem(request, rc == RC_FORBIDDEN ? 401 : 0, &error);
        return;
    }
    const struct region_edition *edition = region_book_hold(routes->regions);
    int32_t zone_offset_s = edition->region->zone_offset_s;
    scope_read(claims, edition->region, scope);
    region_book_release(edition);
    unsigned roles = role_read_claim(json_object_get(claims, "roles"));
    json_decref(claims);
    if (!role_may_view(roles, VIEW_INDICATORS)) {
        error_set(&error, RC_FORBIDDEN, "no role of this user may see indicators");
        snprintf(error.code, sizeof error.code, "role-not-allowed");
        http_reply_problem(request, 403, &error);
        return;
    }
    query.scope = scope;
    rc = read_query(request, zone_offset_s, &query, &error);
    rc = rc == RC_OK ? narrow(request, &query, &error) : rc;
    rc = rc == RC_OK ? pg_pool_take(routes->pool, &pg, &error) : rc;
    rc = rc == RC_OK ? read(pg, &query, &answer, &error) : rc;
    if (pg != NULL) {
        pg_pool_give(routes->pool, pg);
    }
    if (rc != RC_OK) {
        http_reply_problem(request, strcmp(error.code, "unknown-code") == 0 ? 422 : 0, &error);
        return;
    }
    json_object_set_new(answer, "from", json_string(query.from));
    json_object_set_new(answer, "to", json_string(query.to));
    http_reply_json(request, 200, answer);
}

static void get_indicators(struct http_request *request, void *context) {
    answer_period(request, context, indicators_read);
}

static void get_units(struct http_request *request, void *context) {
    answer_period(request, context, indicators_read_units);
}

const struct http_route analytics_routes[] = {
    {"GET", "/v1/indicators", get_indicators, HTTP_BLOCKING | HTTP_NO_BODY},
    {"GET", "/v1/indicators/units", get_units, HTTP_BLOCKING | HTTP_NO_BODY}};
const size_t analytics_route_count = sizeof analytics_routes / sizeof analytics_routes[0];
