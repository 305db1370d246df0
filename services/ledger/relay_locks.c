// SPDX-License-Identifier: Apache-2.0
#include "relay_locks.h"

#include "common/clock.h"

#include <string.h>

#define LOCK_EVERY_MS 2000
#define LOCK_SPACE 0x72656c79 // "rely": class id of the advisory locks

static const char take_locks[] =
    "SELECT shard FROM generate_series(0, $1 - 1) AS shard "
    "WHERE NOT shard = ANY($2::int[]) AND pg_try_advisory_lock($3, shard)";

void relay_locks_add(const struct relay_locks *locks, struct pg_parameters *parameters) {
    struct pg_array shards;
    pg_array_begin(&shards, PG_INT4);
    for (int i = 0; i < RELAY_SHARDS; i++) {
        if (locks->held[i]) {
            pg_array_number(&shards, i);
        }
    }
    pg_add_array(parameters, &shards);
}

// Session locks vanish with the connection.
static void follow_session(struct relay_locks *locks, const struct pg *pg) {
    if (pg_session(pg) != locks->session) {
        locks->session = pg_session(pg);
        memset(locks->held, 0, sizeof locks->held);
        locks->tried_ms = 0;
    }
}

enum rc relay_locks_take(struct relay_locks *locks, struct pg *pg, struct error *error) {
    int64_t now = clock_monotonic_ms();
    follow_session(locks, pg);
    if (locks->tried_ms != 0 && now - locks->tried_ms < LOCK_EVERY_MS) {
        return RC_OK;
    }
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_int4(&parameters, RELAY_SHARDS);
    relay_locks_add(locks, &parameters);
    pg_add_int4(&parameters, LOCK_SPACE);
    enum rc rc = pg_run(pg, take_locks, &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        locks->held[pg_get_number(result, row, 0)] = true;
    }
    PQclear(result);
    locks->tried_ms = now;
    return RC_OK;
}
