// SPDX-License-Identifier: Apache-2.0
// Scope first, under row-level security. Users take turns within one read-only transaction; turns
// of one user that follow each other share their part of it.
#include "command_turn.h"

#include "permission.h"
#include "query.h"
#include "state_codec.h"

#include <stdlib.h>
#include <string.h>

#define STATEMENTS (2 + COMMAND_TURNS * QUERY_READER_STATEMENTS)

// A user's statements in the pipeline, and the turns that they are for.
struct part {
    size_t first_turn;
    size_t turn_count;
    size_t first_statement;
};

static bool reads_alike(const struct access *one, const struct access *other) {
    return strcmp(one->actor.subject, other->actor.subject) == 0 &&
           strcmp(one->tenants, other->tenants) == 0 && strcmp(one->views, other->views) == 0 &&
           one->actor.roles == other->actor.roles;
}

static size_t part_up(struct command_turn *const *turns, size_t count, struct part *parts) {
    size_t part_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !reads_alike(turns[i - 1]->access, turns[i]->access)) {
            parts[part_count] = (struct part){i, 0, 1 + part_count * QUERY_READER_STATEMENTS};
            part_count++;
        }
        parts[part_count - 1].turn_count++;
    }
    return part_count;
}

static enum rc queue_part(struct pg *pg, struct command_turn *const *turns, const struct part *part,
                          struct error *error) {
    const char *ids[COMMAND_TURNS];
    for (size_t i = 0; i < part->turn_count; i++) {
        ids[i] = turns[part->first_turn + i]->request.case_id;
    }
    return query_queue_reader(pg, turns[part->first_turn]->access, ids, part->turn_count, error);
}

static enum rc not_seen(struct command_turn *turn) {
    error_fill(&turn->error, RC_NOT_FOUND, "case-not-found", "", "there is no such case");
    return RC_NOT_FOUND;
}

// The row of the turn's case; -1: row-level security hides it, or there is none.
static int find_row(const PGresult *states, const char *case_id) {
    for (int row = 0; row < PQntuples(states); row++) {
        char found[37];
        pg_get_uuid(states, row, 0, found);
        if (strcmp(found, case_id) == 0) {
            return row;
        }
    }
    return -1;
}

static enum rc judge(struct command_turn *turn, const PGresult *states, struct case_state *room,
                     struct error *error) {
    size_t size = 0;
    int row = find_row(states, turn->request.case_id);
    if (command_reaches_outside(turn->access, turn->request.kind)) {
        return RC_OK;
    }
    if (row < 0) {
        turn->rc = not_seen(turn);
        return RC_OK;
    }
    const void *bytes = pg_get_bytes(states, row, 1, &size);
    enum rc rc = state_unpack(bytes, size, room, error);
    if (rc == RC_OK && SCOPE_FILTERED && !case_sees(room, &turn->access->actor)) {
        turn->rc = not_seen(turn);
    }
    return rc;
}

static enum rc judge_part(struct command_turn *const *turns, const struct part *part,
                          PGresult *const *results, struct case_state *room, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < part->turn_count && rc == RC_OK; i++) {
        struct command_turn *turn = turns[part->first_turn + i];
        query_take_grants(results[part->first_statement + 1], turn->access);
        rc = judge(turn, results[part->first_statement + 2], room, error);
    }
    return rc;
}

static enum rc exchange(struct pg *pg, struct command_turn *const *turns, const struct part *parts,
                        size_t count, PGresult **results, struct error *error) {
    struct pg_parameters begin = {0};
    struct pg_parameters end = {0};
    enum rc rc = pg_queue(pg, "BEGIN READ ONLY", &begin, error);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = queue_part(pg, turns, &parts[i], error);
    }
    rc = rc == RC_OK ? pg_queue(pg, "ROLLBACK", &end, error) : rc;
    return rc == RC_OK ? pg_collect(pg, results, 2 + count * QUERY_READER_STATEMENTS, error) : rc;
}

enum rc command_see(struct pg *pg, struct command_turn *const *turns, size_t count,
                    struct error *error) {
    struct part parts[COMMAND_TURNS];
    PGresult *results[STATEMENTS] = {NULL};
    size_t part_count = part_up(turns, count, parts);
    struct case_state *room = malloc(sizeof *room);
    enum rc rc = room == NULL ? error_set(error, RC_INTERNAL, "out of memory for a case")
                              : exchange(pg, turns, parts, part_count, results, error);
    for (size_t i = 0; i < part_count && rc == RC_OK; i++) {
        rc = judge_part(turns, &parts[i], results, room, error);
    }
    if (rc != RC_OK) {
        pg_rollback(pg); // what failed before its end left the transaction open
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        PQclear(results[i]);
    }
    free(room);
    return rc;
}
