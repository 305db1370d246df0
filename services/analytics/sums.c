// SPDX-License-Identifier: Apache-2.0
// A batch's differences are added up here, so that a row of sums is written once a batch, and in
// the order of their keys, so that two consumers never wait for each other in a circle.
#include "sums.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000LL
#define ROWS_A_CASE 4 // two signs, two dues

struct sum {
    const char *tenant; // borrowed from the tallies; so the category
    const char *category;
    int64_t day; // of receipt, since 1970; so the day something is due
    int64_t key; // a day that something is due, or seconds
    int64_t counts[COUNT_KINDS];
};

struct sheet {
    struct sum *sums;
    size_t count;
};

#define DAY_OF(column) "date '1970-01-01' + " column

static const char add_counts[] =
    "INSERT INTO daily AS o (tenant, category, day, received, accepted, not_accepted, given_up, "
    "first_closed, closed, responded, responded_on_time, replied, replied_on_time, rated, "
    "satisfied, solved, merged, repeated, supervised, covered, answered, closures) "
    "SELECT t, g, " DAY_OF(
        "d") ", a, b, c, e, f, h, i, j, k, l, m, n, o, p, q, r, s, v, w "
             "FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], "
             "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
             "$11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], "
             "$16::bigint[], "
             "$17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], "
             "$22::bigint[]) "
             "AS x(t, g, d, a, b, c, e, f, h, i, j, k, l, m, n, o, p, q, r, s, v, w) "
             "ON CONFLICT (day, tenant, category) DO UPDATE SET "
             "received = o.received + excluded.received, accepted = o.accepted + "
             "excluded.accepted, "
             "not_accepted = o.not_accepted + excluded.not_accepted, "
             "given_up = o.given_up + excluded.given_up, "
             "first_closed = o.first_closed + excluded.first_closed, "
             "closed = o.closed + excluded.closed, responded = o.responded + excluded.responded, "
             "responded_on_time = o.responded_on_time + excluded.responded_on_time, "
             "replied = o.replied + excluded.replied, "
             "replied_on_time = o.replied_on_time + excluded.replied_on_time, "
             "rated = o.rated + excluded.rated, satisfied = o.satisfied + excluded.satisfied, "
             "solved = o.solved + excluded.solved, merged = o.merged + excluded.merged, "
             "repeated = o.repeated + excluded.repeated, supervised = o.supervised + "
             "excluded.supervised, covered = o.covered + excluded.covered, "
             "answered = o.answered + excluded.answered, closures = o.closures + "
             "excluded.closures";

static const char add_seconds[] =
    "INSERT INTO response_seconds AS o (tenant, category, day, seconds, cases) "
    "SELECT t, g, " DAY_OF("d") ", s, n FROM unnest($1::text[], $2::text[], $3::int[], "
                                "$4::bigint[], $5::bigint[]) AS x(t, g, d, s, n) "
                                "ON CONFLICT (day, tenant, category, seconds) DO UPDATE SET cases "
                                "= o.cases + excluded.cases";

static const char add_classes[] =
    "INSERT INTO response_classes AS o (tenant, day, class, cases) "
    "SELECT t, " DAY_OF(
        "d") ", response_class(s), sum(n) FROM unnest($1::text[], $2::int[], "
             "$3::bigint[], $4::bigint[]) AS x(t, d, s, n) GROUP BY 1, 2, 3 HAVING sum(n) <> 0 "
             "ORDER BY 1, 2, 3 "
             "ON CONFLICT (day, tenant, class) DO UPDATE SET cases = o.cases + excluded.cases";

static const char add_months[] =
    "INSERT INTO response_months AS o (tenant, month, class, cases) "
    "SELECT t, date_trunc('month', " DAY_OF(
        "d") ")::date, response_class(s), sum(n) "
             "FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS x(t, d, s, n) "
             "GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3 "
             "ON CONFLICT (month, tenant, class) DO UPDATE SET cases = o.cases + excluded.cases";

static const char add_dues[] =
    "INSERT INTO due_days AS o (tenant, day, due_day, unresponded, owed, on_time, overdue) "
    "SELECT t, " DAY_OF("d") ", " DAY_OF(
        "u::int") ", a, b, c, e FROM unnest($1::text[], "
                  "$2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], "
                  "$7::bigint[]) "
                  "AS x(t, d, u, a, b, c, e) ON CONFLICT (day, tenant, due_day) DO UPDATE SET "
                  "unresponded = o.unresponded + excluded.unresponded, owed = o.owed + "
                  "excluded.owed, "
                  "on_time = o.on_time + excluded.on_time, overdue = o.overdue + excluded.overdue";

// Cases of one complainant lie in any partition: of two consumers that change both sides of a
// repeat the later one must see what the earlier one wrote. Rows behind this lock are written last
// and by nobody else, so that it closes no circle.
static const char lock_repeats[] = "SELECT pg_advisory_xact_lock(hashtext('redress repeats'))";

// Judged anew are the cases that changed, those that repeated one of them, and those that now do.
static const char judge_repeats[] =
    "WITH suspects AS (SELECT unnest($1::uuid[]) AS case_id "
    "UNION SELECT case_id FROM repeats WHERE earlier = ANY($1::uuid[]) "
    "UNION SELECT m.case_id FROM measures e JOIN contact_hashes g ON g.case_id = e.case_id "
    "JOIN contact_hashes h ON h.hash = g.hash AND h.case_id <> g.case_id "
    "JOIN measures m ON m.case_id = h.case_id WHERE e.case_id = ANY($1::uuid[]) AND "
    "m.accepted_at IS NOT NULL AND e.tenant = m.tenant AND e.unit = m.unit AND "
    "e.category = m.category AND e.closed_at <= m.received_at AND "
    "e.closed_at > m.received_at - interval '90 days'), "
    "judged AS MATERIALIZED (SELECT m.case_id, m.tenant, m.day, o.earlier AS before, "
    "(SELECT e.case_id FROM contact_hashes h JOIN contact_hashes g ON g.hash = h.hash AND "
    "g.case_id <> h.case_id JOIN measures e ON e.case_id = g.case_id WHERE h.case_id = m.case_id "
    "AND m.accepted_at IS NOT NULL AND e.tenant = m.tenant AND e.unit = m.unit AND "
    "e.category = m.category AND e.closed_at <= m.received_at AND "
    "e.closed_at > m.received_at - interval '90 days' LIMIT 1) AS after "
    "FROM suspects JOIN measures m USING (case_id) LEFT JOIN repeats o USING (case_id)), "
    "kept AS (INSERT INTO repeats AS o (case_id, earlier) SELECT case_id, after FROM judged "
    "WHERE before IS DISTINCT FROM after ON CONFLICT (case_id) DO UPDATE SET earlier = "
    "excluded.earlier) "
    "INSERT INTO repeat_days AS o (tenant, day, cases) SELECT tenant, day, "
    "count(after) - count(before) FROM judged GROUP BY tenant, day "
    "HAVING count(after) <> count(before) "
    "ON CONFLICT (day, tenant) DO UPDATE SET cases = o.cases + excluded.cases";

static int64_t day_of(int64_t ms) { return ms / DAY_MS - (ms % DAY_MS < 0); }

static int compare(const void *left, const void *right) {
    const struct sum *a = left;
    const struct sum *b = right;
    int order = strcmp(a->tenant, b->tenant);
    order = order == 0 ? strcmp(a->category, b->category) : order;
    order = order == 0 ? (a->day > b->day) - (a->day < b->day) : order;
    return order == 0 ? (a->key > b->key) - (a->key < b->key) : order;
}

// Leaves one sum a key, in their order, and none that changes nothing.
static void sheet_add_up(struct sheet *sheet) {
    size_t kept = 0;
    qsort(sheet->sums, sheet->count, sizeof sheet->sums[0], compare);
    for (size_t i = 0; i < sheet->count;) {
        struct sum sum = sheet->sums[i];
        int64_t differs = 0;
        for (i++; i < sheet->count && compare(&sum, &sheet->sums[i]) == 0; i++) {
            for (size_t k = 0; k < COUNT_KINDS; k++) {
                sum.counts[k] += sheet->sums[i].counts[k];
            }
        }
        for (size_t k = 0; k < COUNT_KINDS; k++) {
            differs |= sum.counts[k];
        }
        if (differs != 0) {
            sheet->sums[kept++] = sum;
        }
    }
    sheet->count = kept;
}

static void sheet_note(struct sheet *sheet, const struct sum *key, const int64_t *counts,
                       size_t kinds, int sign) {
    struct sum *sum = &sheet->sums[sheet->count++];
    *sum = *key;
    for (size_t i = 0; i < kinds; i++) {
        sum->counts[i] = sign * counts[i];
    }
}

struct sheets {
    struct sheet counts;
    struct sheet seconds;
    struct sheet dues;
};

static void note_dues(struct sheet *sheet, const struct measure *measure, struct sum key,
                      const int64_t dues[DUE_KINDS], int sign) {
    const int64_t first[DUE_KINDS] = {[DUE_UNRESPONDED] = dues[DUE_UNRESPONDED]};
    const int64_t resolution[DUE_KINDS] = {[DUE_OWED] = dues[DUE_OWED],
                                           [DUE_ON_TIME] = dues[DUE_ON_TIME],
                                           [DUE_OVERDUE] = dues[DUE_OVERDUE]};
    key.category = "";
    if (dues[DUE_UNRESPONDED] != 0) {
        key.key = day_of(measure->first_due_at_ms);
        sheet_note(sheet, &key, first, DUE_KINDS, sign);
    }
    if (dues[DUE_OWED] != 0) {
        key.key = day_of(measure->resolution_due_at_ms);
        sheet_note(sheet, &key, resolution, DUE_KINDS, sign);
    }
}

static void note_measure(struct sheets *sheets, const struct measure *measure, int sign,
                         int32_t zone_offset_s) {
    static const int64_t one = 1;
    struct contribution contribution;
    if (measure->sequence == 0) {
        return;
    }
    measure_contribution(measure, &contribution);
    struct sum key = {.tenant = measure->tenant,
                      .category = measure->category,
                      .day = day_of(measure->received_at_ms + zone_offset_s * 1000LL)};
    sheet_note(&sheets->counts, &key, contribution.counts, COUNT_KINDS, sign);
    note_dues(&sheets->dues, measure, key, contribution.dues, sign);
    if (contribution.response_seconds >= 0) {
        key.key = contribution.response_seconds;
        sheet_note(&sheets->seconds, &key, &one, 1, sign);
    }
}

struct shape { // of a statement's arrays: tenant, category, day, key, counts
    const char *sql;
    bool by_category;
    bool by_key;
    size_t kinds;
};

static void add_texts(struct pg_parameters *parameters, const struct sheet *sheet, bool category) {
    struct pg_array array;
    pg_array_begin(&array, PG_TEXT);
    for (size_t i = 0; i < sheet->count; i++) {
        pg_array_text(&array, category ? sheet->sums[i].category : sheet->sums[i].tenant);
    }
    pg_add_array(parameters, &array);
}

// offset: of an int64_t in a sum.
static void add_numbers(struct pg_parameters *parameters, const struct sheet *sheet,
                        enum pg_element element, size_t offset) {
    struct pg_array array;
    pg_array_begin(&array, element);
    for (size_t i = 0; i < sheet->count; i++) {
        int64_t number;
        memcpy(&number, (const char *)&sheet->sums[i] + offset, sizeof number);
        pg_array_number(&array, number);
    }
    pg_add_array(parameters, &array);
}

static enum rc queue_sheet(struct pg *pg, const struct sheet *sheet, const struct shape *shape,
                           size_t *statements, struct error *error) {
    struct pg_parameters parameters = {0};
    if (sheet->count == 0) {
        return RC_OK;
    }
    add_texts(&parameters, sheet, false);
    if (shape->by_category) {
        add_texts(&parameters, sheet, true);
    }
    add_numbers(&parameters, sheet, PG_INT4, offsetof(struct sum, day));
    if (shape->by_key) {
        add_numbers(&parameters, sheet, PG_INT8, offsetof(struct sum, key));
    }
    for (size_t i = 0; i < shape->kinds; i++) {
        add_numbers(&parameters, sheet, PG_INT8,
                    offsetof(struct sum, counts) + i * sizeof(int64_t));
    }
    (*statements)++;
    return pg_queue(pg, shape->sql, &parameters, error);
}

static enum rc queue_sheets(struct pg *pg, struct sheets *sheets, size_t *statements,
                            struct error *error) {
    const struct {
        struct sheet *sheet;
        struct shape shape;
    } all[] = {
        {&sheets->counts, {add_counts, true, false, COUNT_KINDS}},
        {&sheets->seconds, {add_seconds, true, true, 1}},
        {&sheets->seconds, {add_classes, false, true, 1}},
        {&sheets->seconds, {add_months, false, true, 1}},
        {&sheets->dues, {add_dues, false, true, DUE_KINDS}},
    };
    sheet_add_up(&sheets->counts);
    sheet_add_up(&sheets->seconds);
    sheet_add_up(&sheets->dues);
    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < sizeof all / sizeof all[0]; i++) {
        rc = queue_sheet(pg, all[i].sheet, &all[i].shape, statements, error);
    }
    return rc;
}

static bool moved(const struct tally *tally) {
    return tally->after.sequence != tally->before.sequence;
}

static enum rc queue_repeats(struct pg *pg, const struct changes *changes, size_t *statements,
                             struct error *error) {
    struct pg_parameters none = {0};
    struct pg_parameters parameters = {0};
    struct pg_array ids;
    size_t count = 0;
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < changes->tally_count; i++) {
        const struct tally *tally = &changes->tallies[i];
        if (moved(tally) && measure_changes_repeats(&tally->before, &tally->after)) {
            pg_array_uuid(&ids, tally->after.case_id);
            count++;
        }
    }
    pg_add_array(&parameters, &ids);
    if (count == 0) {
        pg_parameters_free(&parameters);
        return RC_OK;
    }
    *statements += 2;
    enum rc rc = pg_queue(pg, lock_repeats, &none, error);
    enum rc judged = pg_queue(pg, judge_repeats, &parameters, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? judged : rc;
}

enum rc sums_queue(struct pg *pg, const struct changes *changes, int32_t zone_offset_s,
                   size_t *statements, struct error *error) {
    size_t most = changes->tally_count * ROWS_A_CASE + 1;
    struct sum *room = calloc(most * 3, sizeof *room);
    struct sheets sheets = {{room, 0}, {room + most, 0}, {room + 2 * most, 0}};
    if (room == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for sums");
    }
    for (size_t i = 0; i < changes->tally_count; i++) {
        const struct tally *tally = &changes->tallies[i];
        if (moved(tally)) {
            note_measure(&sheets, &tally->before, -1, zone_offset_s);
            note_measure(&sheets, &tally->after, 1, zone_offset_s);
        }
    }
    enum rc rc = queue_sheets(pg, &sheets, statements, error);
    free(room);
    return rc == RC_OK ? queue_repeats(pg, changes, statements, error) : rc;
}
