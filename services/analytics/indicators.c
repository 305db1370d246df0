// SPDX-License-Identifier: Apache-2.0
#include "indicators.h"

#include "common/scope.h"

// The application's wall; row-level security is the other one. Without this one the tenants come
// from every table, so that each table's policy stands alone too.
#ifdef REDRESS_TEST_WITHOUT_TENANT_FILTER
#define SCOPE_ROWS                                                                                 \
    "SELECT tenant FROM daily WHERE $3::text IS NOT NULL UNION SELECT tenant FROM measures "       \
    "UNION SELECT tenant FROM due_days UNION SELECT tenant FROM handlings "                        \
    "UNION SELECT tenant FROM repeat_days UNION SELECT tenant FROM response_classes "              \
    "UNION SELECT tenant FROM response_months UNION SELECT tenant FROM response_seconds"
#else
#define SCOPE_ROWS "SELECT unnest(string_to_array($3, ',')) AS tenant"
#endif

static const char read_totals[] =
    "WITH scope AS (" SCOPE_ROWS "), "
    "totals AS (SELECT coalesce(sum(received), 0)::bigint AS received, "
    "coalesce(sum(accepted), 0)::bigint AS accepted, coalesce(sum(closed), 0)::bigint AS closed, "
    "coalesce(sum(not_accepted), 0)::bigint AS not_accepted, "
    "coalesce(sum(given_up), 0)::bigint AS given_up, "
    "coalesce(sum(first_closed), 0)::bigint AS first_closed, "
    "coalesce(sum(replied), 0)::bigint AS replied, "
    "coalesce(sum(responded), 0)::bigint AS responded, "
    "coalesce(sum(responded_on_time), 0)::bigint AS responded_on_time, "
    "coalesce(sum(rated), 0)::bigint AS rated, coalesce(sum(satisfied), 0)::bigint AS satisfied, "
    "coalesce(sum(solved), 0)::bigint AS solved, coalesce(sum(merged), 0)::bigint AS merged, "
    "coalesce(sum(repeated), 0)::bigint AS repeated, "
    "coalesce(sum(supervised), 0)::bigint AS supervised, "
    "coalesce(sum(covered), 0)::bigint AS covered, "
    "coalesce(sum(answered), 0)::bigint AS answered, "
    "coalesce(sum(closures), 0)::bigint AS closures FROM daily JOIN scope USING (tenant) "
    "WHERE day BETWEEN $1::text::date AND $2::text::date), "
    // Whole days from their sums; the one in which the moment lies from its cases.
    "edges AS (SELECT $4::timestamptz AS now, $5::timestamptz AS until, "
    "($4::timestamptz AT TIME ZONE 'UTC')::date AS now_day, "
    "($5::timestamptz AT TIME ZONE 'UTC')::date AS until_day, "
    "date_trunc('day', $4::timestamptz, 'UTC') AS now_begin, "
    "date_trunc('day', $5::timestamptz, 'UTC') AS until_begin), "
    "past AS (SELECT coalesce(sum(unresponded) FILTER (WHERE due_day < now_day), 0) "
    "AS unresponded, coalesce(sum(overdue) FILTER (WHERE due_day < now_day), 0) AS overdue, "
    "coalesce(sum(owed) FILTER (WHERE due_day < until_day), 0) AS due, "
    "coalesce(sum(on_time) FILTER (WHERE due_day < until_day), 0) AS on_time "
    "FROM due_days JOIN scope USING (tenant) CROSS JOIN edges "
    "WHERE day BETWEEN $1::text::date AND $2::text::date), "
    "unresponded AS (SELECT count(*) AS cases FROM measures JOIN scope USING (tenant) WHERE "
    "first_due_at BETWEEN (SELECT now_begin FROM edges) AND $4 AND first_response_at IS NULL AND "
    "day BETWEEN $1::text::date AND $2::text::date AND ended = 0 AND NOT merged), "
    "overdue AS (SELECT count(*) AS cases FROM measures JOIN scope USING (tenant) WHERE "
    "resolution_due_at BETWEEN (SELECT now_begin FROM edges) AND $4 AND run_replied_at IS NULL AND "
    "closed_at IS NULL AND day BETWEEN $1::text::date AND $2::text::date AND ended = 0 AND "
    "NOT merged), "
    "due AS (SELECT count(*) AS cases, count(*) FILTER (WHERE NOT was_late AND run_replied_at <= "
    "resolution_due_at) AS on_time FROM measures JOIN scope USING (tenant) WHERE resolution_due_at "
    "BETWEEN "
    "(SELECT until_begin FROM edges) AND $5 AND day BETWEEN $1::text::date AND $2::text::date AND "
    "ended = 0 AND NOT merged), "
    "handled AS (SELECT coalesce(sum(facts) FILTER (WHERE kind = 'dispatched'), 0)::bigint "
    "AS dispatched, coalesce(sum(facts) FILTER (WHERE kind = 'returned'), 0)::bigint AS returned, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'reworked'), 0)::bigint AS reworked, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'reopened'), 0)::bigint AS reopened "
    "FROM handlings JOIN scope USING (tenant) WHERE day BETWEEN $1::text::date AND "
    "$2::text::date), "
    "again AS (SELECT coalesce(sum(cases), 0)::bigint AS repeats FROM repeat_days "
    "JOIN scope USING (tenant) WHERE day BETWEEN $1::text::date AND $2::text::date), "
    // Nearest rank: first the class that holds it, from whole months and the days around them;
    // then the second within the class.
    "around AS (SELECT date_trunc('month', $1::text::date + interval '1 month' - interval "
    "'1 day')::date AS first, date_trunc('month', $2::text::date + interval '1 day')::date AS "
    "after), "
    "months AS (SELECT CASE WHEN first < after THEN first ELSE $2::text::date + 1 END AS first, "
    "CASE WHEN first < after THEN after ELSE $2::text::date + 1 END AS after FROM around), "
    "held AS (SELECT class, cases FROM response_months JOIN scope USING (tenant) "
    "WHERE month >= (SELECT first FROM months) AND month < (SELECT after FROM months) UNION ALL "
    "SELECT class, cases FROM response_classes JOIN scope USING (tenant) "
    "WHERE day >= $1::text::date AND day < (SELECT first FROM months) UNION ALL "
    "SELECT class, cases FROM response_classes JOIN scope USING (tenant) "
    "WHERE day >= (SELECT after FROM months) AND day <= $2::text::date), "
    "classes AS (SELECT class, sum(cases::int) AS cases FROM held GROUP BY class "
    "HAVING sum(cases::int) > 0), "
    "ranks AS (SELECT class, cases, sum(cases) OVER (ORDER BY class) AS upto, "
    "sum(cases) OVER () AS total FROM classes), "
    "wanted AS MATERIALIZED (SELECT DISTINCT ON (part) part, ceil(total * part) - (upto - cases) "
    "AS rank, response_class_begin(class) AS begin, response_class_begin(class + 1) AS after "
    "FROM ranks, (VALUES (0.5), (0.9)) AS p(part) WHERE upto >= ceil(total * part) "
    "ORDER BY part, class), "
    "days AS MATERIALIZED (SELECT DISTINCT day, tenant FROM daily JOIN scope USING (tenant) "
    "WHERE day BETWEEN $1::text::date AND $2::text::date), "
    "times AS (SELECT part, seconds, rank, sum(cases::int) OVER (PARTITION BY part ORDER BY "
    "seconds) "
    "AS upto FROM wanted w CROSS JOIN days d CROSS JOIN LATERAL (SELECT seconds, cases FROM "
    "response_seconds r WHERE r.day = d.day AND r.tenant = d.tenant AND r.seconds >= w.begin AND "
    "r.seconds < w.after OFFSET 0) AS r), "
    "quantiles AS (SELECT min(seconds) FILTER (WHERE part = 0.5) AS median, "
    "min(seconds) FILTER (WHERE part = 0.9) AS p90 FROM times WHERE upto >= rank) "
    "SELECT received, accepted, closed, responded, responded_on_time, rated, satisfied, solved, "
    "(past.unresponded + unresponded.cases)::bigint, (past.overdue + overdue.cases)::bigint, "
    "(past.due + due.cases)::bigint, "
    "(past.on_time + due.on_time)::bigint, repeats, coalesce(median, -1)::bigint, coalesce(p90, "
    "-1)::bigint, not_accepted, given_up, first_closed, replied, dispatched, returned, reworked, "
    "reopened, supervised, merged, repeated, covered, answered, closures FROM totals, "
    "past, unresponded, overdue, due, handled, again, quantiles";

enum column { // of that row
    RECEIVED,
    ACCEPTED,
    CLOSED,
    RESPONDED,
    RESPONDED_ON_TIME,
    RATED,
    SATISFIED,
    SOLVED,
    UNRESPONDED,
    OVERDUE,
    DUE,
    ON_TIME,
    REPEATS,
    MEDIAN,
    P90,
    NOT_ACCEPTED,
    GIVEN_UP,
    FIRST_CLOSED,
    REPLIED,
    DISPATCHED,
    RETURNED,
    REWORKED,
    REOPENED,
    SUPERVISED,
    MERGED,
    REPEATED,
    COVERED,
    ANSWERED,
    CLOSURES,
    COLUMNS
};

// Shares are null where nothing counts: no case is neither good nor bad.
static json_t *share(int64_t part, int64_t whole) {
    return whole == 0 ? json_null() : json_real((double)part / (double)whole);
}

static json_t *seconds_or_null(int64_t seconds) {
    return seconds < 0 ? json_null() : json_integer(seconds);
}

static json_t *counts_to_json(const int64_t n[COLUMNS]) {
    int64_t ended = n[CLOSED] + n[NOT_ACCEPTED] + n[GIVEN_UP];
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                     "received", (json_int_t)n[RECEIVED], "accepted", (json_int_t)n[ACCEPTED],
                     "not_accepted", (json_int_t)n[NOT_ACCEPTED], "given_up",
                     (json_int_t)n[GIVEN_UP], "first_closed", (json_int_t)n[FIRST_CLOSED], "closed",
                     (json_int_t)n[CLOSED], "open", (json_int_t)(n[RECEIVED] - ended), "overdue",
                     (json_int_t)n[OVERDUE], "rated", (json_int_t)n[RATED], "merged",
                     (json_int_t)n[MERGED], "repeated", (json_int_t)n[REPEATED], "answered",
                     (json_int_t)n[ANSWERED], "closures", (json_int_t)n[CLOSURES]);
}

static json_t *row_to_json(const PGresult *result) {
    int64_t n[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        n[i] = pg_get_number(result, 0, i);
    }
    const struct {
        const char *name;
        int64_t part;
        int64_t whole;
    } shares[] = {
        {"response_rate", n[RESPONDED_ON_TIME], n[RESPONDED] + n[UNRESPONDED]},
        {"on_time_rate", n[ON_TIME], n[DUE]},
        {"satisfaction_rate", n[SATISFIED], n[RATED]},
        {"resolution_rate", n[SOLVED], n[ANSWERED]},
        {"follow_up_coverage", n[COVERED], n[CLOSURES]},
        {"repeat_rate", n[REPEATS], n[ACCEPTED]},
        {"returned_rate", n[RETURNED], n[DISPATCHED]},
        {"rework_rate", n[REWORKED], n[REPLIED]},
        {"reopened_rate", n[REOPENED], n[FIRST_CLOSED]},
        {"supervised_rate", n[SUPERVISED], n[ACCEPTED]},
    };
    json_t *json = counts_to_json(n);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        json_object_set_new(json, shares[i].name, share(shares[i].part, shares[i].whole));
    }
    json_object_set_new(json, "first_response_median_seconds", seconds_or_null(n[MEDIAN]));
    json_object_set_new(json, "first_response_p90_seconds", seconds_or_null(n[P90]));
    return json;
}

static const char read_units[] =
    "WITH scope AS (" SCOPE_ROWS ") SELECT tenant, unit, category, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'dispatched'), 0)::bigint, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'returned'), 0)::bigint, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'reworked'), 0)::bigint, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'reopened'), 0)::bigint, "
    "coalesce(sum(facts) FILTER (WHERE kind = 'supervised'), 0)::bigint "
    "FROM handlings JOIN scope USING (tenant) WHERE day BETWEEN $1::text::date AND $2::text::date "
    "GROUP BY tenant, unit, category ORDER BY tenant, unit, category";

static json_t *units_to_json(const PGresult *result) {
    json_t *items = json_array();
    for (int row = 0; row < PQntuples(result); row++) {
        json_array_append_new(
            items, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "institution",
                             pg_get_text(result, row, 0), "unit", pg_get_text(result, row, 1),
                             "category", pg_get_text(result, row, 2), "dispatched",
                             (json_int_t)pg_get_number(result, row, 3), "returned",
                             (json_int_t)pg_get_number(result, row, 4), "reworked",
                             (json_int_t)pg_get_number(result, row, 5), "reopened",
                             (json_int_t)pg_get_number(result, row, 6), "supervised",
                             (json_int_t)pg_get_number(result, row, 7)));
    }
    return json_pack("{s:o}", "items", items);
}

// Runs one statement as a reader in the query's scope.
static enum rc read(struct pg *pg, const struct indicator_query *query, const char *sql,
                    struct pg_parameters *parameters, PGresult **result, struct error *error) {
    const struct scope_reader reader = {query->scope, "", "indicators", false};
    enum rc rc = scope_begin(pg, "redress_analytics_api", &reader, error);
    if (rc == RC_OK) {
        rc = pg_run(pg, sql, parameters, result, error);
    } else {
        pg_parameters_free(parameters);
    }
    scope_end(pg);
    return rc;
}

static void add_period(const struct indicator_query *query, struct pg_parameters *parameters) {
    pg_add_text(parameters, query->from);
    pg_add_text(parameters, query->to);
    pg_add_text(parameters, query->asked);
}

enum rc indicators_read(struct pg *pg, const struct indicator_query *query, json_t **indicators,
                        struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    add_period(query, &parameters);
    pg_add_time(&parameters, query->now_ms);
    pg_add_time(&parameters, query->period_end_ms);
    enum rc rc = read(pg, query, read_totals, &parameters, &result, error);
    if (rc == RC_OK) {
        *indicators = row_to_json(result);
        PQclear(result);
    }
    return rc;
}

enum rc indicators_read_units(struct pg *pg, const struct indicator_query *query, json_t **units,
                              struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    add_period(query, &parameters);
    enum rc rc = read(pg, query, read_units, &parameters, &result, error);
    if (rc == RC_OK) {
        *units = units_to_json(result);
        PQclear(result);
    }
    return rc;
}
