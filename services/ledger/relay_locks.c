// SPDX-License-Identifier: Apache-2.0
#include "relay_locks.h"

#include "common/clock.h"

#include <string.h>

#define ANY_EVERY_MS 2000
#define WANTED_EVERY_MS 100
#define LEFT_MS 10000 // what was given up is its new owner's for so long, even before it comes
#define LOCK_SPACE 0x72656c79 // "rely": class id of the advisory locks

static const char take_locks[] =
    "SELECT shard FROM unnest($1::int[]) AS s(shard) WHERE pg_try_advisory_lock($2, shard)";
static const char give_locks[] =
    "SELECT shard FROM unnest($1::int[]) AS s(shard) WHERE pg_advisory_unlock($2, shard)";

static bool is_wanted(relay_shards wanted, int shard) { return (wanted >> shard & 1) != 0; }

static void add_shards(struct pg_parameters *parameters, const bool chosen[RELAY_SHARDS]) {
    struct pg_array shards;
    pg_array_begin(&shards, PG_INT4);
    for (int i = 0; i < RELAY_SHARDS; i++) {
        if (chosen[i]) {
            pg_array_number(&shards, i);
        }
    }
    pg_add_array(parameters, &shards);
}

void relay_locks_add(const struct relay_locks *locks, struct pg_parameters *parameters) {
    add_shards(parameters, locks->held);
}

// Session locks vanish with the connection.
static void follow_session(struct relay_locks *locks, const struct pg *pg) {
    if (pg_session(pg) != locks->session) {
        *locks = (struct relay_locks){.session = pg_session(pg)};
    }
}

// Sets those chosen that the statement confirms.
static enum rc set_held(struct relay_locks *locks, const char *sql, const bool chosen[RELAY_SHARDS],
                        bool held, struct pg *pg, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    add_shards(&parameters, chosen);
    pg_add_int4(&parameters, LOCK_SPACE);
    enum rc rc = pg_run(pg, sql, &parameters, &result, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(result); row++) {
        locks->held[pg_get_number(result, row, 0)] = held;
    }
    PQclear(result);
    return rc;
}

static bool is_time(int64_t since_ms, int64_t now_ms, int64_t wait_ms) {
    return since_ms == 0 || now_ms - since_ms >= wait_ms;
}

enum rc relay_locks_take(struct relay_locks *locks, relay_shards wanted, struct pg *pg,
                         struct error *error) {
    int64_t now_ms = clock_monotonic_ms();
    bool tried[RELAY_SHARDS] = {false};
    bool some = false;
    follow_session(locks, pg);
    bool any =
        is_time(locks->tried_ms, now_ms, ANY_EVERY_MS) && is_time(locks->given_ms, now_ms, LEFT_MS);
    if (!any && !is_time(locks->tried_ms, now_ms, WANTED_EVERY_MS)) {
        return RC_OK;
    }
    for (int i = 0; i < RELAY_SHARDS; i++) {
        tried[i] = !locks->held[i] && (any || is_wanted(wanted, i));
        some |= tried[i];
    }
    locks->tried_ms = now_ms;
    return some ? set_held(locks, take_locks, tried, true, pg, error) : RC_OK;
}

bool relay_locks_too_many(const struct relay_locks *locks, relay_shards wanted) {
    bool many = false;
    for (int i = 0; i < RELAY_SHARDS; i++) {
        many |= locks->held[i] && !is_wanted(wanted, i);
    }
    return wanted != 0 && many;
}

enum rc relay_locks_give(struct relay_locks *locks, relay_shards wanted, struct pg *pg,
                         struct error *error) {
    bool given[RELAY_SHARDS];
    for (int i = 0; i < RELAY_SHARDS; i++) {
        given[i] = locks->held[i] && !is_wanted(wanted, i);
    }
    locks->given_ms = clock_monotonic_ms();
    return set_held(locks, give_locks, given, false, pg, error);
}
