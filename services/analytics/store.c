// SPDX-License-Identifier: Apache-2.0
// Measures and handlings; what the measures add up to is in sums.c.
#include "store.h"

#include "sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEASURE_COLUMNS 28
#define STATEMENTS (5 + SUMS_STATEMENTS) // of one save, at most

static const char load_measures[] =
    "SELECT case_id, sequence, tenant, category, unit, received_at, accepted_at, first_due_at, "
    "first_response_at, resolution_due_at, replied_at, closed_at, first_closed_at, ended, others, "
    "merged, earlier, supervised, ratings, satisfied, closures, answered, solved, covered, answer, "
    "run_replied_at, was_late FROM measures "
    "WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE";

#define MEASURES_FROM                                                                              \
    "FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], "       \
    "$7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], "                \
    "$11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::int[], " \
    "$16::int[], $17::bool[], $18::int[], $19::bool[], $20::int[], $21::int[], $22::int[], "       \
    "$23::int[], $24::int[], $25::int[], $26::int[], $27::timestamptz[], $28::bool[]) AS b(c, s, " \
    "t, g, d, u, r, a, fd, fr, rd, re, cl, fc, en, ot, me, ea, su, ra, sa, cs, an, so, co, aw, "   \
    "rr, wl) "

// Where another process counted the case meanwhile this fails: what was loaded is of before.
static const char insert_measures[] =
    "INSERT INTO measures (case_id, sequence, tenant, category, day, unit, received_at, "
    "accepted_at, first_due_at, first_response_at, resolution_due_at, replied_at, closed_at, "
    "first_closed_at, ended, others, merged, earlier, supervised, ratings, satisfied, closures, "
    "answered, solved, covered, answer, run_replied_at, was_late) "
    "SELECT c, s, t, g, d::date, u, r, a, fd, fr, rd, re, cl, "
    "fc, en, ot, me, ea, su, ra, sa, cs, an, so, co, aw, rr, wl " MEASURES_FROM;

static const char update_measures[] =
    "UPDATE measures SET sequence = s, category = g, unit = u, accepted_at = a, "
    "first_due_at = fd, first_response_at = fr, resolution_due_at = rd, replied_at = re, "
    "closed_at = cl, first_closed_at = fc, ended = en, others = ot, merged = me, earlier = ea, "
    "supervised = su, ratings = ra, satisfied = sa, closures = cs, answered = an, solved = so, "
    "covered = co, answer = aw, run_replied_at = rr, was_late = wl " MEASURES_FROM
    "WHERE case_id = c";

static const char save_hashes[] = "INSERT INTO contact_hashes (hash, case_id, tenant) "
                                  "SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::text[]) "
                                  "ON CONFLICT DO NOTHING";

// What was erased is nobody's any more.
static const char erase_hashes[] = "DELETE FROM contact_hashes WHERE case_id = ANY($1::uuid[])";

static const char add_handlings[] =
    "INSERT INTO handlings AS o (tenant, unit, category, day, kind, facts) "
    "SELECT t, u, g, d::date, k, count(*) FROM unnest($1::text[], $2::text[], $3::text[], "
    "$4::text[], $5::text[]) AS x(t, u, g, d, k) GROUP BY t, u, g, d, k ORDER BY t, u, g, d, k "
    "ON CONFLICT (day, tenant, unit, category, kind) DO UPDATE SET facts = o.facts + "
    "excluded.facts";

static void read_rounds(const PGresult *result, int row, struct measure_rounds *rounds) {
    rounds->ratings = (uint32_t)pg_get_number(result, row, 18);
    rounds->satisfied = (uint32_t)pg_get_number(result, row, 19);
    rounds->closures = (uint32_t)pg_get_number(result, row, 20);
    rounds->answered = (uint32_t)pg_get_number(result, row, 21);
    rounds->solved = (uint32_t)pg_get_number(result, row, 22);
    rounds->covered = (uint32_t)pg_get_number(result, row, 23);
    rounds->answer = (enum measure_answer)pg_get_number(result, row, 24);
}

static void read_measure(const PGresult *result, int row, struct measure *measure) {
    pg_get_uuid(result, row, 0, measure->case_id);
    measure->sequence = (uint64_t)pg_get_number(result, row, 1);
    snprintf(measure->tenant, sizeof measure->tenant, "%s", pg_get_text(result, row, 2));
    snprintf(measure->category, sizeof measure->category, "%s", pg_get_text(result, row, 3));
    snprintf(measure->unit, sizeof measure->unit, "%s", pg_get_text(result, row, 4));
    measure->received_at_ms = pg_get_time(result, row, 5);
    measure->accepted_at_ms = pg_get_time(result, row, 6);
    measure->first_due_at_ms = pg_get_time(result, row, 7);
    measure->first_response_at_ms = pg_get_time(result, row, 8);
    measure->resolution_due_at_ms = pg_get_time(result, row, 9);
    measure->replied_at_ms = pg_get_time(result, row, 10);
    measure->closed_at_ms = pg_get_time(result, row, 11);
    measure->first_closed_at_ms = pg_get_time(result, row, 12);
    measure->end = (enum measure_end)pg_get_number(result, row, 13);
    measure->others = (uint32_t)pg_get_number(result, row, 14);
    measure->merged = pg_get_number(result, row, 15) != 0;
    measure->earlier = (uint32_t)pg_get_number(result, row, 16);
    measure->supervised = pg_get_number(result, row, 17) != 0;
    read_rounds(result, row, &measure->rounds);
    measure->run_replied_at_ms = pg_get_time(result, row, 25);
    measure->was_late = pg_get_number(result, row, 26) != 0;
}

static int compare(const void *key, const void *entry) {
    return strcmp(key, ((const struct tally *)entry)->after.case_id);
}

enum rc store_load(struct pg *pg, struct tally *tallies, size_t count, struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array ids;
    PGresult *result = NULL;
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&ids, tallies[i].after.case_id);
    }
    pg_add_array(&parameters, &ids);
    enum rc rc = pg_run(pg, load_measures, &parameters, &result, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(result); row++) {
        struct measure measure = {.sequence = 0};
        read_measure(result, row, &measure);
        struct tally *tally = bsearch(measure.case_id, tallies, count, sizeof *tallies, compare);
        if (tally != NULL) {
            tally->before = measure;
            tally->after = measure;
        }
    }
    PQclear(result);
    return rc;
}

static void day_text(int64_t ms, int32_t zone_offset_s, char day[16]) {
    time_t local = (time_t)(ms / 1000 + zone_offset_s);
    struct tm date;
    gmtime_r(&local, &date);
    strftime(day, 16, "%Y-%m-%d", &date);
}

static bool moved(const struct tally *tally) {
    return tally->after.sequence != tally->before.sequence;
}

static void begin_arrays(struct pg_array *arrays, const enum pg_element *types, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_array_begin(&arrays[i], types[i]);
    }
}

struct queue { // of one save
    struct pg *pg;
    size_t statements;
};

// A statement over nothing is left out.
static enum rc queue_arrays(struct queue *queue, const char *sql, struct pg_array *arrays,
                            size_t count, struct error *error) {
    struct pg_parameters parameters = {0};
    bool empty = arrays[0].count == 0;
    for (size_t i = 0; i < count; i++) {
        pg_add_array(&parameters, &arrays[i]);
    }
    if (empty) {
        pg_parameters_free(&parameters);
        return RC_OK;
    }
    queue->statements++;
    return pg_queue(queue->pg, sql, &parameters, error);
}

static void add_rounds(struct pg_array a[7], const struct measure_rounds *rounds) {
    pg_array_number(&a[0], rounds->ratings);
    pg_array_number(&a[1], rounds->satisfied);
    pg_array_number(&a[2], rounds->closures);
    pg_array_number(&a[3], rounds->answered);
    pg_array_number(&a[4], rounds->solved);
    pg_array_number(&a[5], rounds->covered);
    pg_array_number(&a[6], rounds->answer);
}

static void add_measure(struct pg_array a[MEASURE_COLUMNS], const struct measure *measure,
                        int32_t zone) {
    char day[16];
    day_text(measure->received_at_ms, zone, day);
    pg_array_uuid(&a[0], measure->case_id);
    pg_array_number(&a[1], (int64_t)measure->sequence);
    pg_array_text(&a[2], measure->tenant);
    pg_array_text(&a[3], measure->category);
    pg_array_text(&a[4], day);
    pg_array_text(&a[5], measure->unit);
    pg_array_number(&a[6], measure->received_at_ms);
    pg_array_number(&a[7], measure->accepted_at_ms);
    pg_array_number(&a[8], measure->first_due_at_ms);
    pg_array_number(&a[9], measure->first_response_at_ms);
    pg_array_number(&a[10], measure->resolution_due_at_ms);
    pg_array_number(&a[11], measure->replied_at_ms);
    pg_array_number(&a[12], measure->closed_at_ms);
    pg_array_number(&a[13], measure->first_closed_at_ms);
    pg_array_number(&a[14], measure->end);
    pg_array_number(&a[15], measure->others);
    pg_array_number(&a[16], measure->merged);
    pg_array_number(&a[17], measure->earlier);
    pg_array_number(&a[18], measure->supervised);
    add_rounds(&a[19], &measure->rounds);
    pg_array_number(&a[26], measure->run_replied_at_ms);
    pg_array_number(&a[27], measure->was_late);
}

// Of the cases that were not known before, or of the others.
static enum rc queue_measures(struct queue *queue, const struct changes *changes, bool fresh,
                              int32_t zone, struct error *error) {
    static const enum pg_element types[MEASURE_COLUMNS] = {
        PG_UUID, PG_INT8, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TIME, PG_TIME, PG_TIME, PG_TIME,
        PG_TIME, PG_TIME, PG_TIME, PG_TIME, PG_INT4, PG_INT4, PG_BOOL, PG_INT4, PG_BOOL, PG_INT4,
        PG_INT4, PG_INT4, PG_INT4, PG_INT4, PG_INT4, PG_INT4, PG_TIME, PG_BOOL};
    struct pg_array a[MEASURE_COLUMNS];
    begin_arrays(a, types, MEASURE_COLUMNS);
    for (size_t i = 0; i < changes->tally_count; i++) {
        const struct tally *tally = &changes->tallies[i];
        if (moved(tally) && (tally->before.sequence == 0) == fresh) {
            add_measure(a, &tally->after, zone);
        }
    }
    return queue_arrays(queue, fresh ? insert_measures : update_measures, a, MEASURE_COLUMNS,
                        error);
}

static enum rc queue_hashes(struct queue *queue, const struct tally *tallies, size_t count,
                            struct error *error) {
    static const enum pg_element types[3] = {PG_BYTES, PG_UUID, PG_TEXT};
    struct pg_array a[3];
    begin_arrays(a, types, 3);
    for (size_t i = 0; i < count; i++) {
        for (size_t h = 0; h < tallies[i].after.hash_count; h++) {
            pg_array_bytes(&a[0], tallies[i].after.hashes[h], 32);
            pg_array_uuid(&a[1], tallies[i].after.case_id);
            pg_array_text(&a[2], tallies[i].after.tenant);
        }
    }
    return queue_arrays(queue, save_hashes, a, 3, error);
}

static enum rc queue_erasures(struct queue *queue, const struct tally *tallies, size_t count,
                              struct error *error) {
    static const enum pg_element types[1] = {PG_UUID};
    struct pg_array ids;
    begin_arrays(&ids, types, 1);
    for (size_t i = 0; i < count; i++) {
        if (tallies[i].after.erased) {
            pg_array_uuid(&ids, tallies[i].after.case_id);
        }
    }
    return queue_arrays(queue, erase_hashes, &ids, 1, error);
}

static enum rc queue_handlings(struct queue *queue, const struct handling *handlings, size_t count,
                               int32_t zone, struct error *error) {
    static const enum pg_element types[5] = {PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT};
    static const char *const kinds[HANDLING_KINDS] = {"dispatched", "returned", "reworked",
                                                      "reopened", "supervised"};
    struct pg_array a[5];
    begin_arrays(a, types, 5);
    for (size_t i = 0; i < count; i++) {
        char day[16];
        day_text(handlings[i].received_at_ms, zone, day);
        pg_array_text(&a[0], handlings[i].tenant);
        pg_array_text(&a[1], handlings[i].unit);
        pg_array_text(&a[2], handlings[i].category);
        pg_array_text(&a[3], day);
        pg_array_text(&a[4], kinds[handlings[i].kind]);
    }
    return queue_arrays(queue, add_handlings, a, 5, error);
}

enum rc store_save(struct pg *pg, const struct changes *changes, int32_t zone_offset_s,
                   struct error *error) {
    const struct tally *tallies = changes->tallies;
    size_t count = changes->tally_count;
    struct queue queue = {pg, 0};
    enum rc rc = queue_measures(&queue, changes, false, zone_offset_s, error);
    rc = rc == RC_OK ? queue_measures(&queue, changes, true, zone_offset_s, error) : rc;
    rc = rc == RC_OK ? queue_hashes(&queue, tallies, count, error) : rc;
    rc = rc == RC_OK ? queue_erasures(&queue, tallies, count, error) : rc;
    rc = rc == RC_OK ? queue_handlings(&queue, changes->handlings, changes->handling_count,
                                       zone_offset_s, error)
                     : rc;
    rc = rc == RC_OK ? sums_queue(pg, changes, zone_offset_s, &queue.statements, error) : rc;
    PGresult *results[STATEMENTS] = {NULL};
    // A batch of repeats alone changes nothing.
    rc =
        rc == RC_OK && queue.statements > 0 ? pg_collect(pg, results, queue.statements, error) : rc;
    for (size_t i = 0; i < STATEMENTS; i++) {
        PQclear(results[i]);
    }
    return rc;
}
