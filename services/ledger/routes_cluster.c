// SPDX-License-Identifier: Apache-2.0
// What a cluster leaves to a user: asked for each answer that names actions, read or command.
#include "routes_private.h"

#include "case_json.h"
#include "permission.h"
#include "query.h"

#include "common/field.h"
#include "common/scope.h"

enum rc routes_read_cluster(struct pg *pg, const struct case_actor *actor,
                            const struct case_state *state, json_t *actions, json_t **members,
                            struct error *error) {
    const char *ids[CASE_CLUSTER];
    struct query_seen seen = {NULL, 0};
    *members = NULL;
    if (state->cluster.other_count == 0) {
        return RC_OK;
    }
    for (size_t i = 0; i < state->cluster.other_count; i++) {
        ids[i] = state->cluster.others[i];
    }
    enum rc rc = query_seen(pg, actor, ids, state->cluster.other_count, &seen, error);
    case_limit_actions(actions, state, seen.movable);
    *members = seen.items;
    return rc;
}

void routes_limit_actions(struct ledger *ledger, struct access *access,
                          const struct case_state *state, json_t *actions) {
    struct error ignored;
    struct pg *pg = NULL;
    json_t *members = NULL;
    if (state->cluster.other_count == 0) {
        return;
    }
    enum rc rc = pg_pool_take(ledger->pool, &pg, &ignored);
    rc = rc == RC_OK ? query_begin(pg, access, &ignored) : rc;
    rc = rc == RC_OK ? routes_read_cluster(pg, &access->actor, state, actions, &members, &ignored)
                     : rc;
    if (pg != NULL) {
        scope_end(pg);
        pg_pool_give(ledger->pool, pg);
    }
    json_decref(members);
    if (rc != RC_OK) { // what can't be looked at is not offered; the command is done
        case_limit_actions(actions, state, 0);
    }
}
