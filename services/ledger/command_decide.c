// SPDX-License-Identifier: Apache-2.0
// One command under its case's lock: repeated? → If-Match → policies → the rules.
#include "command_turn.h"

#include "case_json.h"
#include "case_procedures.h"
#include "cluster.h"
#include "command_access.h"
#include "command_repeat.h"
#include "permission.h"
#include "plans.h"
#include "query.h"
#include "unit_grants.h"

#include "common/clock.h"
#include "common/entity_tag.h"

#include <stdio.h>
#include <string.h>

static enum rc coded(struct error *error, enum rc rc, const char *code, const char *text) {
    error_set(error, rc, "%s", text);
    snprintf(error->code, sizeof error->code, "%s", code);
    return rc;
}

// Who can't see the case can't know its version.
static enum rc check_version(const struct case_state *state, const struct command_request *request,
                             const struct case_command *command, struct error *error) {
    const char *if_match = request->if_match;
    bool outside = (permission_of(request->kind)->outside & command->actor->roles) != 0;
    char version[CASE_VERSION_SIZE];
    if (outside) {
        return RC_OK;
    }
    if (if_match == NULL) {
        coded(error, RC_CONFLICT, "precondition-required",
              "If-Match with the case's ETag is needed");
        snprintf(error->field, sizeof error->field, "If-Match");
        return RC_CONFLICT;
    }
    case_version(state, version);
    return entity_tag_matches(if_match, version)
               ? RC_OK
               : coded(error, RC_CONFLICT, "stale", "the case has changed; read it again");
}

static enum rc refusal_rc(const char *code) {
    static const struct {
        const char *code;
        enum rc rc;
    } verdicts[] = {{"role-not-allowed", RC_FORBIDDEN}, {"not-your-unit", RC_FORBIDDEN},
                    {"not-your-region", RC_FORBIDDEN},  {"emergency-only", RC_FORBIDDEN},
                    {"not-approved", RC_FORBIDDEN},     {"not-your-level", RC_FORBIDDEN},
                    {CASE_NOT_CONDUCTED, RC_FORBIDDEN}, {"case-not-found", RC_NOT_FOUND}};
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (strcmp(code, verdicts[i].code) == 0) {
            return verdicts[i].rc;
        }
    }
    return RC_CONFLICT;
}

static enum rc read_offer(struct command_turn *turn, const struct case_state *state,
                          ProtobufCMessage **message, struct error *error) {
    if (state->offers == 0) {
        return RC_OK;
    }
    enum rc rc = query_offer(turn->pg, state->case_id, turn->command.entry.sha256, message, error);
    turn->command.offer = (const Redress__V1__EvidenceOffered *)*message;
    return rc;
}

static enum rc read_extension(struct command_turn *turn, const struct case_state *state,
                              ProtobufCMessage **message, struct error *error) {
    if (state->extension.clock[0] == '\0') {
        return RC_OK;
    }
    enum rc rc = query_fact(turn->pg, state->case_id, state->extension.sequence,
                            FACT_EXTENSION_REQUESTED, message, error);
    turn->command.request = (const Redress__V1__ExtensionRequested *)*message;
    return rc;
}

// An earlier fact that the command is about. Free *message with fact_release.
static enum rc read_asked(struct command_turn *turn, const struct case_state *state,
                          ProtobufCMessage **message, struct error *error) {
    if (turn->request.kind == INPUT_DECIDE_EXTENSION) {
        return read_extension(turn, state, message, error);
    }
    return turn->request.kind == INPUT_REGISTER_EVIDENCE ? read_offer(turn, state, message, error)
                                                         : RC_OK;
}

static enum rc apply(struct command_turn *turn, struct work *work, int64_t now_ms,
                     struct error *error) {
    struct case_decision decision;
    struct work_case *target = work_find(work, turn->request.case_id);
    bool together = turn->request.kind == INPUT_MERGE || turn->request.kind == INPUT_UNMERGE;
    enum rc rc = together ? cluster_apply(work, target, &turn->input, now_ms, &decision, error)
                          : work_apply(work, target, &turn->input, now_ms, &decision, error);
    if (rc == RC_OK && decision.verdict == CASE_DECIDED_FACTS) {
        turn->result.sequence = decision.facts[0].meta.sequence;
        rc = cluster_pass_lead(work, target, &turn->input, now_ms, error);
    }
    turn->result.refused = rc == RC_OK && decision.verdict == CASE_DECIDED_REFUSAL;
    if (turn->result.refused) {
        rc = coded(error, refusal_rc(decision.code), decision.code, decision.text);
        snprintf(error->field, sizeof error->field, "%s", decision.field);
        turn->result.refused = rc == RC_CONFLICT;
    }
    return rc;
}

// Policies are asked only of what the case's state and the user's role allow: apply says the rest.
static bool is_permitted(const struct command_turn *turn, const struct case_state *state) {
    return case_permits(state, turn->request.kind, turn->command.actor) == NULL;
}

// A repeat shows what is sealed to nobody who may not see it any more, and is there for an answer
// that was lost: no second look.
static enum rc check_repeat(struct command_turn *turn, const struct case_state *state,
                            int64_t now_ms, struct error *error) {
    bool reveals = turn->request.kind == INPUT_REVEAL;
    const char *code = reveals ? case_permits(state, INPUT_REVEAL, turn->command.actor) : NULL;
    struct command_done done = {0};
    if (code != NULL) {
        return coded(error, refusal_rc(code), code, case_refusal_text(code));
    }
    enum rc rc = command_is_same(turn->pg, &turn->input, turn->request.case_id, &done, error);
    turn->result.sequence = done.sequence;
    return rc == RC_OK && reveals && !case_reveal_shows_again(done.at_ms, now_ms)
               ? coded(error, RC_CONFLICT, "reveal-over",
                       "what this key showed is shown again for 10 minutes; use another key")
               : rc;
}

// What the case's policy refuses is refused of the case, as what its state does.
static enum rc plan(struct command_turn *turn, struct plans *plans, const struct case_state *state,
                    int64_t now_ms, struct error *error) {
    enum rc rc =
        plans_make(plans, turn->region, state, turn->request.kind, &turn->command, now_ms, error);
    if (rc == RC_OK && turn->request.kind == INPUT_SET_ASSESSMENT) {
        rc = plans_of_rest(plans, turn->region, state, &turn->input, now_ms, error);
    }
    turn->result.refused = rc == RC_CONFLICT || rc == RC_INVALID;
    return rc;
}

// As it is under its lock.
static void see_earlier(struct command_turn *turn, const struct work *work) {
    const struct case_state **earlier = &turn->command.relation.earlier;
    *earlier = *earlier == NULL ? NULL : &work_find(work, (*earlier)->case_id)->state;
}

enum rc command_decide(struct command_turn *turn, struct work *work) {
    struct error *error = &turn->error;
    struct plans plans = {.count = 0};
    struct work_case *target = work_find(work, turn->request.case_id);
    ProtobufCMessage *asked = NULL;
    int64_t now_ms = clock_wall_ms();
    see_earlier(turn, work);
    turn->result.repeated = work_has_cause(work, target, turn->input.cause_id);
    access_ask_policy(turn->region, &target->state, now_ms);
    bool ask = !turn->result.repeated && is_permitted(turn, &target->state);
    enum rc rc = turn->result.repeated
                     ? check_repeat(turn, &target->state, now_ms, error)
                     : check_version(&target->state, &turn->request, &turn->command, error);
    rc = rc == RC_OK && ask ? read_asked(turn, &target->state, &asked, error) : rc;
    rc = rc == RC_OK && ask
             ? unit_grants_look(turn->pg, turn->region, &target->state, &turn->input, now_ms, error)
             : rc;
    rc = rc == RC_OK && ask ? plan(turn, &plans, &target->state, now_ms, error) : rc;
    turn->result.state = target->state; // a refusal tells what is allowed in it
    rc = rc == RC_OK ? apply(turn, work, now_ms, error) : rc;
    plans_free(&plans);
    fact_release(asked);
    if (rc == RC_OK) {
        turn->result.state = target->state;
        access_ask_policy(turn->region, &turn->result.state, now_ms); // it may have become another
    }
    return rc;
}
