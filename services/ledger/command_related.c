// SPDX-License-Identifier: Apache-2.0
// Scope first, under row-level security: what this user can't see does not exist.
#include "command_related.h"

#include "earlier.h"
#include "permission.h"
#include "query.h"

#include "common/ident.h"

#include <string.h>

static enum rc unknown(struct error *error, const char *field) {
    return error_field(error, "unknown-code", field, "%s names no case that this user sees", field);
}

// A case id or a tracking code.
static enum rc see_other(struct pg *pg, const struct access *access, const char *field,
                         const char *name, struct case_state *other, struct error *error) {
    char case_id[37] = "";
    enum rc rc = RC_OK;
    if (ident_is_uuid(name)) {
        memcpy(case_id, name, sizeof case_id);
    } else {
        rc = query_case_id(pg, name, case_id, error);
    }
    rc = rc == RC_OK ? query_state(pg, &access->actor, case_id, other, error) : rc;
    return rc == RC_NOT_FOUND ? unknown(error, field) : rc;
}

// A cluster with members that the user does not see is not theirs to move.
static enum rc see_members(struct pg *pg, const struct access *access,
                           const struct command_related *related, struct error *error) {
    enum rc rc = RC_OK;
    struct case_state member;
    for (size_t i = 0; i < related->count && rc == RC_OK; i++) {
        rc = query_state(pg, &access->actor, related->ids[i], &member, error);
    }
    if (rc == RC_NOT_FOUND) {
        error_fill(error, RC_FORBIDDEN, "not-your-cluster", "",
                   "the cluster has cases that are not this user's to move");
        rc = RC_FORBIDDEN;
    }
    return rc;
}

// Both are locked, so that no two cases are refused for the sake of each other.
static enum rc relate_earlier(struct pg *pg, const struct access *access,
                              struct case_command *command, struct command_related *related,
                              struct error *error) {
    bool same =
        command->outcome == REDRESS__V1__NOT_ACCEPTED_GROUND__NOT_ACCEPTED_GROUND_SAME_MATTER;
    if (same != (command->relation.with != NULL)) {
        return error_field(error, same ? "missing" : "unexpected", "earlier_case",
                           same ? "earlier_case must name the case of the same matter"
                                : "earlier_case belongs to the ground same_matter");
    }
    if (!same) {
        return RC_OK;
    }
    enum rc rc =
        see_other(pg, access, "earlier_case", command->relation.with, &related->other, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (strcmp(related->other.case_id, related->target.case_id) == 0) {
        return error_field(error, "unknown-code", "earlier_case",
                           "earlier_case must be another case");
    }
    command->relation.earlier = &related->other;
    related->ids[related->count++] = related->other.case_id;
    return earlier_shares_contact(pg, related->target.case_id, related->other.case_id,
                                  &command->relation.shares_contact, error);
}

bool command_reaches_outside(const struct access *access, enum input_kind kind) {
    return (permission_of(kind)->outside & access->actor.roles) != 0;
}

static enum rc relate(struct pg *pg, const struct access *access,
                      const struct command_request *request, struct case_command *command,
                      struct command_related *related, struct error *error) {
    if (command_reaches_outside(access, request->kind)) {
        return RC_OK;
    }
    enum rc rc = query_state(pg, &access->actor, request->case_id, &related->target, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (cluster_may_lose_its_lead(request->kind)) {
        // Whether it leads may change until it is locked; passing the lead takes no right on them.
        related->count = cluster_cases(&related->target, NULL, related->ids);
    }
    if (request->kind == INPUT_REFUSE) {
        return relate_earlier(pg, access, command, related, error);
    }
    if (request->kind != INPUT_MERGE && request->kind != INPUT_UNMERGE) {
        return RC_OK;
    }
    bool merges = request->kind == INPUT_MERGE;
    if (merges) {
        rc = see_other(pg, access, "with", command->relation.with, &related->other, error);
        command->relation.with = related->other.case_id;
    }
    if (rc != RC_OK) {
        return rc;
    }
    related->count = cluster_cases(&related->target, merges ? &related->other : NULL, related->ids);
    return see_members(pg, access, related, error);
}

enum rc command_relate(struct pg *pg, struct access *access, const struct command_request *request,
                       struct case_command *command, struct command_related *related,
                       struct error *error) {
    related->ids[0] = request->case_id;
    related->count = 1;
    memset(&related->other, 0, sizeof related->other);
    enum rc rc = query_begin(pg, access, error);
    rc = rc == RC_OK ? relate(pg, access, request, command, related, error) : rc;
    scope_end(pg);
    return rc;
}
