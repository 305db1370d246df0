// SPDX-License-Identifier: Apache-2.0
// redact and read the bodies → see the cases in scope → lock → decide each → write → commit. Where
// a shared transaction fails, each command of it gets one of its own.
#include "command.h"

#include "command_body.h"
#include "command_repeat.h"
#include "command_turn.h"
#include "permission.h"
#include "staff_texts.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/ident.h"

#include <stdio.h>
#include <string.h>

// For the rest of a batch, one by one; nobody waits longer for a thread either.
#define ALONE_MS 1500

static enum rc read_turn(struct command_turn *turn) {
    const struct command_request *request = &turn->request;
    const struct access *access = turn->access;
    turn->region = access->edition->region;
    turn->asked.actor = &access->actor;
    enum rc rc = staff_texts_redact(request->kind, request->body, &turn->error);
    rc = rc == RC_OK ? command_body_read(turn->region, request, &turn->asked, turn->situations,
                                         &turn->error)
                     : rc;
    rc = rc == RC_OK ? command_digest(request, turn->digest, &turn->error) : rc;
    ident_uuid_from((const char *const[]){"command", access->actor.subject, request->case_id,
                                          case_command_name(request->kind),
                                          request->idempotency_key, NULL},
                    turn->cause_id);
    return rc;
}

static void begin_attempt(struct command_turn *turn, struct pg *pg) {
    turn->pg = pg;
    turn->left = false;
    turn->command = turn->asked;
    turn->input = (struct case_input){.kind = turn->request.kind,
                                      .cause_id = turn->cause_id,
                                      .actor = turn->access->actor.subject,
                                      .cause_digest = turn->digest,
                                      .traceparent = turn->request.traceparent,
                                      .of.command = &turn->command};
}

// What names or touches other cases, or shows what is sealed.
static bool stands_alone(const struct command_turn *turn) {
    enum input_kind kind = turn->request.kind;
    return kind == INPUT_MERGE || kind == INPUT_UNMERGE || kind == INPUT_REVEAL ||
           cluster_may_lose_its_lead(kind);
}

static enum rc lock_and_load(struct pg *pg, struct command_turn *const *turns, size_t count,
                             const struct command_related *related, struct work *work,
                             struct error *error) {
    const char *ids[COMMAND_TURNS];
    struct work_cause causes[COMMAND_TURNS];
    bool already = false;
    for (size_t i = 0; i < count; i++) {
        ids[i] = turns[i]->request.case_id;
        snprintf(causes[i].case_id, sizeof causes[i].case_id, "%s", ids[i]);
        snprintf(causes[i].cause_id, sizeof causes[i].cause_id, "%s", turns[i]->cause_id);
    }
    enum rc rc = related == NULL ? work_begin(work, ids, count, error)
                                 : work_begin(work, related->ids, related->count, error);
    work->passes_held = count > 1;
    return rc == RC_OK ? store_begin(pg, NULL, 0, work, causes, count, &already, error) : rc;
}

// Also where there is no such case: alone it is told so.
static bool is_left(const struct work *work, const struct command_turn *turn) {
    return work->passes_held && work_find(work, turn->request.case_id)->state.status == CASE_NONE;
}

// *good tells how many were not refused.
static enum rc decide_all(struct command_turn *const *turns, size_t count, struct work *work,
                          size_t *good, struct error *error) {
    *good = 0;
    for (size_t i = 0; i < count; i++) {
        struct command_turn *turn = turns[i];
        turn->left = is_left(work, turn);
        if (turn->left) {
            continue;
        }
        turn->rc = command_decide(turn, work);
        if (turn->rc == RC_INTERNAL || turn->rc == RC_UNAVAILABLE) {
            enum rc rc = turn->rc;
            *error = turn->error;
            turn->rc = RC_OK;
            return rc;
        }
        *good += turn->rc == RC_OK;
    }
    return RC_OK;
}

static enum rc transact(struct pg *pg, struct command_turn *const *turns, size_t count,
                        const struct command_related *related, struct error *error) {
    struct work work;
    size_t good = 0;
    enum rc rc = lock_and_load(pg, turns, count, related, &work, error);
    rc = rc == RC_OK ? decide_all(turns, count, &work, &good, error) : rc;
    rc = rc == RC_OK && good > 0 ? store_write(pg, &work, error) : rc;
    if (rc != RC_OK || good == 0) {
        pg_rollback(pg);
    }
    work_free(&work);
    return rc;
}

static enum rc attempt_alone(struct pg *pg, struct command_turn *turn, struct error *error) {
    struct command_related related;
    enum rc rc = command_relate(pg, turn->access, &turn->request, &turn->command, &related, error);
    return rc == RC_OK ? transact(pg, &turn, 1, &related, error) : rc;
}

// One transaction. Its failure is that of all which have no reason of their own.
static enum rc attempt(struct pg *pg, struct command_turn *const *turns, size_t count,
                       struct error *error) {
    struct command_turn *seen[COMMAND_TURNS];
    size_t seen_count = 0;
    for (size_t i = 0; i < count; i++) {
        begin_attempt(turns[i], pg);
    }
    if (stands_alone(turns[0])) {
        return attempt_alone(pg, turns[0], error);
    }
    enum rc rc = command_see(pg, turns, count, error);
    for (size_t i = 0; i < count; i++) {
        if (turns[i]->rc == RC_OK) {
            seen[seen_count++] = turns[i];
        }
    }
    return rc == RC_OK && seen_count > 0 ? transact(pg, seen, seen_count, NULL, error) : rc;
}

static void fail(struct command_turn *turn, enum rc rc, const struct error *error) {
    if (turn->rc == RC_OK && rc != RC_OK) {
        turn->rc = rc;
        turn->error = *error;
    }
}

// Whether it may have been one of them that all failed for; not where the server does not serve,
// nor where nobody knows whether it did.
static bool may_go_alone(enum rc rc, const struct error *error) {
    const char *code = error->code;
    return rc == RC_INTERNAL ||
           (code[0] != '\0' && strncmp(code, "08", 2) != 0 && strncmp(code, "53", 2) != 0 &&
            strncmp(code, "57P", 3) != 0 && strncmp(code, "25P03", 5) != 0);
}

static void run_each(struct pg *pg, struct command_turn *const *turns, size_t count,
                     const struct error *reason) {
    int64_t until_ms = clock_monotonic_ms() + ALONE_MS;
    for (size_t i = 0; i < count; i++) {
        struct error error = *reason;
        enum rc rc = clock_monotonic_ms() > until_ms ? reason->rc : pg_ensure(pg, &error);
        rc = rc == RC_OK ? attempt(pg, &turns[i], 1, &error) : rc;
        fail(turns[i], rc, &error);
    }
}

// Those of a round that are to be tried alone: after a failure all that were not refused.
static size_t find_left(struct command_turn *const *turns, size_t count, bool failed,
                        struct command_turn **left) {
    size_t left_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (turns[i]->rc == RC_OK && (failed || turns[i]->left)) {
            left[left_count++] = turns[i];
        }
    }
    return left_count;
}

static void run_round(struct pg *pg, struct command_turn *const *turns, size_t count) {
    struct command_turn *left[COMMAND_TURNS];
    struct error error;
    error_set(&error, RC_UNAVAILABLE, "others work on the case");
    enum rc rc = attempt(pg, turns, count, &error);
    if (rc == RC_OK || (count > 1 && may_go_alone(rc, &error))) {
        run_each(pg, left, find_left(turns, count, rc != RC_OK, left), &error);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        fail(turns[i], rc, &error);
    }
}

static bool has_case(struct command_turn *const *round, size_t count, const char *case_id) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(round[i]->request.case_id, case_id) == 0) {
            return true;
        }
    }
    return false;
}

// The next ones that can share a transaction: no two of one case, none before what stands alone.
static size_t next_round(struct command_turn *const *turns, size_t count,
                         struct command_turn **round) {
    size_t size = 0;
    for (size_t i = 0; i < count && size < COMMAND_TURNS; i++) {
        bool alone = stands_alone(turns[i]);
        if (turns[i]->taken || has_case(round, size, turns[i]->request.case_id)) {
            continue;
        }
        if (alone && size > 0) {
            break;
        }
        round[size++] = turns[i];
        turns[i]->taken = true;
        if (alone) {
            break;
        }
    }
    return size;
}

static void run_rounds(struct ledger *ledger, struct command_turn *const *turns, size_t count) {
    struct command_turn *round[COMMAND_TURNS];
    size_t size = 0;
    while ((size = next_round(turns, count, round)) > 0) {
        struct pg *pg = NULL;
        struct error error;
        enum rc rc = pg_pool_take(ledger->commands, &pg, &error);
        if (rc == RC_OK) {
            run_round(pg, round, size);
            pg_pool_give(ledger->commands, pg);
        }
        for (size_t i = 0; i < size; i++) {
            fail(round[i], rc, &error);
        }
    }
}

void command_run_all(struct ledger *ledger, struct command_turn *const *turns, size_t count) {
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        turns[i]->rc = read_turn(turns[i]);
        turns[i]->taken = turns[i]->rc != RC_OK;
    }
    run_rounds(ledger, turns, count);
    for (size_t i = 0; i < count; i++) {
        bool good = turns[i]->rc == RC_OK;
        metric_add(&ledger_stats[good ? STAT_COMMANDS_DONE : STAT_COMMANDS_REFUSED], 1);
        done += good;
    }
    if (done > 0) {
        relay_wake(ledger->relay);
    }
}
