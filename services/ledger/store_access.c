// SPDX-License-Identifier: Apache-2.0
// Nothing is queued where nothing is to be written, which is nearly always.
#include "store_access.h"

#include "common/ident.h"

#include <stdio.h>

#define GRANT_COLUMNS 9

static const char insert_conflicts[] =
    "INSERT INTO conflicts (subject, case_id) SELECT * FROM unnest($1::text[], $2::uuid[]) "
    "ON CONFLICT DO NOTHING";

static const char insert_grants[] =
    "INSERT INTO grants (grant_id, subject, roles, case_id, until, reason, granted_by, granted_at, "
    "glass) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], "
    "$6::text[], $7::text[], $8::timestamptz[], $9::bool[])";

static const char delete_vault[] = "DELETE FROM vault WHERE case_id = ANY ($1::uuid[])";

static bool has_conflict(const struct work_case *entry) {
    return entry->state.conflict_count > entry->conflict_count_before;
}
static bool has_grant(const struct work_case *entry) { return entry->grant.subject != NULL; }
static bool is_erased(const struct work_case *entry) { return entry->erased; }

static bool any(const struct work *work, bool (*has)(const struct work_case *)) {
    for (size_t i = 0; i < work->case_count; i++) {
        if (has(&work->cases[i])) {
            return true;
        }
    }
    return false;
}

static enum rc queue_conflicts(struct pg *pg, const struct work *work, struct error *error) {
    struct pg_array subjects, cases;
    struct pg_parameters parameters = {0};
    pg_array_begin(&subjects, PG_TEXT);
    pg_array_begin(&cases, PG_UUID);
    for (size_t i = 0; i < work->case_count; i++) {
        const struct work_case *entry = &work->cases[i];
        for (size_t c = entry->conflict_count_before; c < entry->state.conflict_count; c++) {
            pg_array_text(&subjects, entry->state.conflicts[c]);
            pg_array_uuid(&cases, entry->state.case_id);
        }
    }
    pg_add_array(&parameters, &subjects);
    pg_add_array(&parameters, &cases);
    return pg_queue(pg, insert_conflicts, &parameters, error);
}

// The event that gave it says who gave it and when.
static const struct work_event *event_of(const struct work *work, const struct work_case *entry) {
    size_t place = 0;
    while (place + 1 < work->event_count && work->events[place].of != entry) {
        place++;
    }
    return &work->events[place];
}

static enum rc queue_grants(struct pg *pg, const struct work *work, struct error *error) {
    static const enum pg_element types[GRANT_COLUMNS] = {
        PG_UUID, PG_TEXT, PG_TEXT, PG_UUID, PG_TIME, PG_TEXT, PG_TEXT, PG_TIME, PG_BOOL};
    struct pg_array a[GRANT_COLUMNS];
    struct pg_parameters parameters = {0};
    for (size_t i = 0; i < GRANT_COLUMNS; i++) {
        pg_array_begin(&a[i], types[i]);
    }
    for (size_t i = 0; i < work->case_count; i++) {
        const struct work_case *entry = &work->cases[i];
        if (!has_grant(entry)) {
            continue;
        }
        const struct work_event *event = event_of(work, entry);
        char id[IDENT_UUID_SIZE];
        ident_uuid_from((const char *const[]){"grant", entry->state.case_id, event->cause_id, NULL},
                        id);
        pg_array_uuid(&a[0], id);
        pg_array_text(&a[1], entry->grant.subject);
        pg_array_text(&a[2], entry->grant.roles);
        pg_array_uuid(&a[3], entry->state.case_id);
        pg_array_number(&a[4], entry->grant.until_ms);
        pg_array_text(&a[5], entry->grant.reason);
        pg_array_text(&a[6], event->actor);
        pg_array_number(&a[7], event->decided_at_ms);
        pg_array_number(&a[8], entry->grant.glass);
    }
    for (size_t i = 0; i < GRANT_COLUMNS; i++) {
        pg_add_array(&parameters, &a[i]);
    }
    return pg_queue(pg, insert_grants, &parameters, error);
}

static enum rc queue_erasures(struct pg *pg, const struct work *work, struct error *error) {
    struct pg_array cases;
    struct pg_parameters parameters = {0};
    pg_array_begin(&cases, PG_UUID);
    for (size_t i = 0; i < work->case_count; i++) {
        if (work->cases[i].erased) {
            pg_array_uuid(&cases, work->cases[i].state.case_id);
        }
    }
    pg_add_array(&parameters, &cases);
    return pg_queue(pg, delete_vault, &parameters, error);
}

enum rc store_queue_access(struct pg *pg, const struct work *work, size_t *queued,
                           struct error *error) {
    static const struct {
        bool (*has)(const struct work_case *);
        enum rc (*queue)(struct pg *, const struct work *, struct error *);
    } steps[STORE_ACCESS_STATEMENTS] = {
        {has_conflict, queue_conflicts}, {has_grant, queue_grants}, {is_erased, queue_erasures}};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < STORE_ACCESS_STATEMENTS && rc == RC_OK; i++) {
        if (any(work, steps[i].has)) {
            rc = steps[i].queue(pg, work, error);
            *queued += rc == RC_OK;
        }
    }
    return rc;
}
