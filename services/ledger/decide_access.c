// SPDX-License-Identifier: Apache-2.0
// Who knows of a case and who the complainant is: reveals, conflicts, erasure, grants.
#include "decide.h"

#include "permission.h"

#include <stdio.h>
#include <string.h>

static const struct case_command *command_of(const struct context *context) {
    return context->input->of.command;
}

// The role by which the user may: the complainant is told of it, not of the name.
static const char *acting_role(const struct context *context) {
    const struct case_actor *actor = command_of(context)->actor;
    unsigned acting = permission_acts_by(context->state, context->input->kind, actor);
    return acting == 0 ? "" : role_name(acting & ~(acting - 1)); // the lowest bit
}

void decide_reveal(const struct context *context) {
    Redress__V1__CaseRevealed *body = &decide_fact(context, FACT_CASE_REVEALED)->body.revealed;
    body->reason = (char *)command_of(context)->text;
    body->role = (char *)acting_role(context);
}

void decide_request_reveal(const struct context *context) {
    if (!case_reveal_has_room(&context->state->reveal_requests, context->input->actor,
                              context->now_ms)) {
        decide_refusal(context, "too-many-reveals",
                       "8 people asked to see the content and have not seen it yet");
        return;
    }
    decide_fact(context, FACT_REVEAL_REQUESTED)->body.reveal_requested.reason =
        (char *)command_of(context)->text;
}

// It names whom it lets see, so that it can't meet another's request.
void decide_approve_reveal(const struct context *context) {
    const struct case_command *command = command_of(context);
    const struct case_reveal *request =
        case_reveal_find(&context->state->reveal_requests, command->staff);
    if (request == NULL || request->approved_until_ms != 0) {
        decide_refusal(context, "reveal-not-requested", "this person did not ask, or not again");
        return;
    }
    if (strcmp(command->staff, context->input->actor) == 0) {
        decide_refusal_of(context, "staff", "own-request", "another person approves it");
        return;
    }
    struct fact *fact = decide_fact(context, FACT_REVEAL_APPROVED);
    fact->body.reveal_approved.staff = (char *)command->staff;
    fact->body.reveal_approved.note = (char *)command->text;
}

void decide_conflict(const struct context *context) {
    const struct case_command *command = command_of(context);
    struct case_decision *decision = context->decision;
    unsigned roles = permission_acts_by(context->state, INPUT_SUPERVISE, command->actor);
    if (strcmp(command->staff, command->actor->subject) != 0 && (roles & ROLE_SUPERVISOR) == 0) {
        decide_refusal(context, "role-not-allowed",
                       "only a supervisor declares another's conflict");
        return;
    }
    if (case_in_conflict(context->state, command->staff)) {
        decide_refusal(context, "already-declared", "this conflict is known");
        return;
    }
    if (context->state->conflict_count >= CASE_PERSONS + context->state->parts.person_count) {
        decide_refusal(context, "too-many-conflicts", "the case has as many as it can have");
        return;
    }
    decision->withheld_from[decision->withheld_count++] = (char *)command->staff;
    struct fact *fact = decide_fact(context, FACT_CONFLICT_DECLARED);
    fact->body.conflict.staff = (char *)command->staff;
    fact->body.conflict.reason = (char *)command->text;
    fact->body.conflict.supervised_until_ms = context->input->supervised_until_ms;
    decide_unstaffed(context);
}

void decide_erase(const struct context *context) {
    decide_fact(context, FACT_CONTENT_ERASED)->body.erased.reason =
        (char *)command_of(context)->text;
}

void decide_grant(const struct context *context) {
    const struct case_command *command = command_of(context);
    if (strcmp(command->staff, command->actor->subject) == 0) {
        decide_refusal(context, "own-grant", "nobody grants access to themselves");
        return;
    }
    if (case_in_conflict(context->state, command->staff)) {
        decide_refusal(context, "in-conflict", "for this person the case does not exist");
        return;
    }
    struct fact *fact = decide_fact(context, FACT_ACCESS_GRANTED);
    fact->body.granted.staff = (char *)command->staff;
    fact->body.granted.role = (char *)role_name(command->role);
    fact->body.granted.until_ms = command->until_ms;
    fact->body.granted.reason = (char *)command->text;
}

void decide_break_glass(const struct context *context) {
    const struct case_command *command = command_of(context);
    struct case_decision *decision = context->decision;
    unsigned roles = command->actor->roles & permission_of(context->input->kind)->roles;
    if (!case_has_alarm_room(context->state, 0, CASE_ALARMS_URGENT)) {
        decide_refusal(context, "alarms-open", "nobody has acknowledged this case's alarms yet");
        return;
    }
    role_write(roles, decision->roles, sizeof decision->roles);
    struct fact *fact = decide_fact(context, FACT_GLASS_BROKEN);
    fact->body.glass_broken.roles = decision->roles;
    fact->body.glass_broken.until_ms = command->until_ms;
    fact->body.glass_broken.reason = (char *)command->text;
    fact->body.glass_broken.unit = (char *)context->state->unit;
    decide_alarm(context, REDRESS__V1__ALARM_KIND__ALARM_KIND_GLASS_BROKEN);
}
