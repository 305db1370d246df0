// SPDX-License-Identifier: Apache-2.0
// From the preliminary check to the reply. The state, role and guards were judged before.
#include "decide.h"

#include "earlier.h"
#include "finding.h"

#include <string.h>

void decide_accept(const struct context *context) {
    decide_fact(context, FACT_CASE_ACCEPTED)->body.accepted.note =
        (char *)context->input->of.command->text;
}

// What is told of the earlier case is how far it is: one that nobody took up has no progress, and
// nobody is told of another's, unless a person confirmed that both are of one matter.
static bool may_refer_to(const struct context *context, const struct case_state *earlier,
                         bool shares_contact) {
    if (!earlier_has_progress(earlier)) {
        decide_refusal_of(context, "earlier_case", "earlier-not-taken-up",
                          "earlier_case must be a case that is or was taken up, not erased");
        return false;
    }
    if (earlier_right_of(context->state, earlier, shares_contact) == EARLIER_NONE) {
        decide_refusal_of(
            context, "earlier_case", "other-complainant",
            "earlier_case is not known to be the same complainant's; merge them first "
            "if it is the same matter");
        return false;
    }
    return true;
}

void decide_refuse(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *earlier = command->relation.earlier;
    if (earlier != NULL && !may_refer_to(context, earlier, command->relation.shares_contact)) {
        return;
    }
    Redress__V1__CaseNotAccepted *body =
        &decide_fact(context, FACT_CASE_NOT_ACCEPTED)->body.not_accepted;
    body->ground = (Redress__V1__NotAcceptedGround)command->outcome;
    body->right_route = (char *)command->detail;
    body->note = (char *)command->text;
    if (earlier != NULL) {
        body->earlier_case_id = (char *)earlier->case_id;
        body->earlier_status = (char *)case_status_name(earlier->status);
        body->earlier_received_at_ms = earlier->received_at_ms;
    }
}

void decide_redirect(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = decide_fact(context, FACT_CASE_REDIRECTED);
    fact->body.redirected.authority = (char *)command->detail;
    fact->body.redirected.note = (char *)command->text;
}

// Of a crisis it was a grave one, whatever it was thought to be; what was alarmed may not have been
// confirmed in the hurry, or not at all since the case had ended. A bodily emergency is none.
static uint32_t rescued_from(const struct case_state *state) {
    const uint32_t grave = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3;
    uint32_t known = state->alarmed_danger >= grave && state->alarmed_danger > state->crisis
                         ? state->alarmed_danger
                         : state->crisis;
    return known > REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0 && known < grave ? grave : known;
}

void decide_transfer(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = decide_fact(context, FACT_CASE_TRANSFERRED_TO_EMERGENCY);
    fact->body.transferred.service = (char *)command->detail;
    fact->body.transferred.note = (char *)command->text;
    fact->body.transferred.follow_up_attempts = command->attempts;
    fact->traits.crisis = (Redress__V1__CrisisLevel)rescued_from(context->state);
}

void decide_resolve(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = decide_fact(context, FACT_CASE_RESOLVED_ON_SPOT);
    fact->body.resolved_on_spot.resolution = (char *)command->text;
    fact->body.resolved_on_spot.acting_for = (char *)case_acts_for(context->state, command->actor);
}

static bool refused_for_same_unit(const struct context *context, enum case_status status,
                                  const char *text) {
    const struct case_state *state = context->state;
    bool same =
        state->status == status && strcmp(state->unit, context->input->of.command->unit) == 0;
    if (same) {
        decide_refusal(context, "same-unit", text);
    }
    return same;
}

// The unit's clock would begin anew, and silence would not count.
static bool waits_for(const struct context *context, enum case_status status) {
    return refused_for_same_unit(context, status,
                                 "the unit has the case already; it is to sign for it");
}

// What was returned goes elsewhere; only a designation overrules the return.
static bool was_returned(const struct context *context) {
    return refused_for_same_unit(context, CASE_RETURN_REQUESTED,
                                 "the unit returned the case; it can only be designated");
}

void decide_dispatch(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    if (waits_for(context, CASE_DISPATCHED) || was_returned(context)) {
        return;
    }
    if (case_was_returned_by(context->state, command->unit)) { // nor by way of another unit
        decide_refusal(context, "returned-before",
                       "the unit returned the case in this round; it can only be designated");
        return;
    }
    if (context->state->status == CASE_SUSPENDED) { // who waited can't go on
        decide_resume(context);
    }
    struct fact *fact = decide_fact(context, FACT_CASE_DISPATCHED);
    fact->body.dispatched.unit = (char *)command->unit;
    fact->body.dispatched.note = (char *)command->text;
    decide_lead(context, command->unit);
    decide_unstaffed(context);
}

void decide_return(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    if (strcmp(context->state->unit, command->unit) == 0) {
        decide_refusal(context, "proposes-itself", "a return proposes another unit");
        return;
    }
    if (!case_has_room_for_return(context->state)) {
        decide_refusal(context, "returns-full",
                       "too many units returned the case in this round; the bureau designates one");
        return;
    }
    Redress__V1__ReturnRequested *body =
        &decide_fact(context, FACT_RETURN_REQUESTED)->body.return_requested;
    body->unit = (char *)context->state->unit;
    body->reason = (char *)command->text;
    body->proposed_unit = (char *)command->unit;
    body->returns = context->state->returns + 1;
}

void decide_designate(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    // Designated again only to another unit, where the first has nobody who may act.
    if (waits_for(context, CASE_DESIGNATED)) {
        return;
    }
    if (context->state->hands.designated_count == CASE_DESIGNATIONS &&
        !case_was_designated(context->state, command->unit)) {
        decide_refusal(context, "too-many-designations", "at most 8 units are designated");
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CASE_DESIGNATED);
    fact->body.designated.unit = (char *)command->unit;
    fact->body.designated.note = (char *)command->text;
    decide_lead(context, command->unit);
    decide_unstaffed(context);
}

void decide_sign(const struct context *context) {
    struct fact *fact = decide_fact(context, FACT_CASE_SIGNED);
    fact->body.signed_for.unit = (char *)context->state->unit;
    fact->body.signed_for.handler = (char *)context->input->actor;
    fact->body.signed_for.handled_until_ms = context->input->handled_until_ms;
}

void decide_investigate(const struct context *context) {
    decide_fact(context, FACT_INVESTIGATION_STARTED)->body.investigation_started.handled_until_ms =
        context->input->handled_until_ms;
}

void decide_outcome(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    if (case_answers_missing(context->state) && command->entry.reason[0] == '\0') {
        decide_refusal(context, "co-handler-missing",
                       "a co-handler has not answered; deciding without it needs a reason");
        return;
    }
    const char *contradiction = finding_contradiction(command->outcome, &context->state->parts);
    if (contradiction != NULL) {
        decide_refusal_of(context, "outcome", "contradicts-allegations", contradiction);
        return;
    }
    if (context->state->status == CASE_SIGNED) { // deciding at once begins the investigation too
        decide_investigate(context);
    }
    struct fact *fact = decide_fact(context, FACT_CASE_DECIDED);
    fact->body.decided.outcome = (Redress__V1__Outcome)command->outcome;
    fact->body.decided.responsible_unit = (char *)command->unit;
    fact->body.decided.findings = (char *)command->text;
    fact->body.decided.measure = (char *)command->detail;
    fact->body.decided.missing_answers_reason = (char *)command->entry.reason;
    fact->body.decided.acting_for = (char *)case_acts_for(context->state, command->actor);
    decide_stop_co_handling(context);
}

void decide_reply(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = decide_fact(context, FACT_CASE_REPLIED);
    fact->body.replied.reply = (char *)command->text;
    fact->body.replied.follow_up_attempts = command->attempts;
    fact->body.replied.closure = case_closure(context->state);
    fact->body.replied.reviewed = context->state->reviews > 0;
}
