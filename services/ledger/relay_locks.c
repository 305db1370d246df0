// SPDX-License-Identifier: Apache-2.0
#include "relay_locks.h"

#include "common/clock.h"

#define WANTED_EVERY_MS 250
#define ANY_EVERY_MS 2000     // also after some were given up
#define KEPT_MS 5000          // what nobody wants is served so long, and given up again
#define LOCK_SPACE 0x72656c79 // "rely": class id of the advisory locks

static const char take_locks[] =
    "SELECT shard FROM unnest($1::int[]) AS s(shard) WHERE pg_try_advisory_lock($2, shard)";
static const char give_locks[] =
    "SELECT shard FROM unnest($1::int[]) AS s(shard) WHERE pg_advisory_unlock($2, shard)";

static void add_shards(struct pg_parameters *parameters, relay_shards shards) {
    struct pg_array numbers;
    pg_array_begin(&numbers, PG_INT4);
    for (int i = 0; i < RELAY_SHARDS; i++) {
        if ((shards >> i & 1) != 0) {
            pg_array_number(&numbers, i);
        }
    }
    pg_add_array(parameters, &numbers);
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

// Those of the shards that the statement confirms.
static enum rc ask(const char *sql, relay_shards shards, struct pg *pg, relay_shards *confirmed,
                   struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    add_shards(&parameters, shards);
    pg_add_int4(&parameters, LOCK_SPACE);
    enum rc rc = pg_run(pg, sql, &parameters, &result, error);
    *confirmed = 0;
    for (int row = 0; rc == RC_OK && row < PQntuples(result); row++) {
        *confirmed |= 1U << pg_get_number(result, row, 0);
    }
    PQclear(result);
    return rc;
}

static bool is_time(int64_t since_ms, int64_t now_ms, int64_t wait_ms) {
    return since_ms == 0 || now_ms - since_ms >= wait_ms;
}

static enum rc try_shards(struct relay_locks *locks, relay_shards shards, struct pg *pg,
                          struct error *error) {
    relay_shards taken = 0;
    enum rc rc = (shards & ~locks->held) == 0
                     ? RC_OK
                     : ask(take_locks, shards & ~locks->held, pg, &taken, error);
    for (int i = 0; i < RELAY_SHARDS; i++) {
        locks->since_ms[i] = (taken >> i & 1) != 0 ? clock_monotonic_ms() : locks->since_ms[i];
    }
    locks->held |= taken;
    return rc;
}

enum rc relay_locks_take(struct relay_locks *locks, relay_shards wanted, struct pg *pg,
                         struct error *error) {
    int64_t now_ms = clock_monotonic_ms();
    follow_session(locks, pg);
    if (is_time(locks->any_ms, now_ms, ANY_EVERY_MS) &&
        is_time(locks->given_ms, now_ms, ANY_EVERY_MS)) {
        locks->any_ms = now_ms;
        return try_shards(locks, RELAY_ALL, pg, error);
    }
    if (is_time(locks->wanted_ms, now_ms, WANTED_EVERY_MS)) {
        locks->wanted_ms = now_ms;
        return try_shards(locks, wanted & RELAY_ALL, pg, error);
    }
    return RC_OK;
}

relay_shards relay_locks_of_others(const struct relay_locks *locks, relay_shards wanted,
                                   int64_t now_ms) {
    relay_shards others = wanted == RELAY_UNKNOWN ? 0 : locks->held & ~wanted;
    for (int i = 0; i < RELAY_SHARDS; i++) {
        if (now_ms - locks->since_ms[i] < KEPT_MS) {
            others &= ~(1U << i);
        }
    }
    return others;
}

enum rc relay_locks_give(struct relay_locks *locks, relay_shards shards, struct pg *pg,
                         struct error *error) {
    relay_shards confirmed = 0; // what is not was not held
    enum rc rc = ask(give_locks, shards, pg, &confirmed, error);
    locks->held &= rc == RC_OK ? ~shards : locks->held;
    locks->given_ms = clock_monotonic_ms();
    return rc;
}
