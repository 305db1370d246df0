// SPDX-License-Identifier: Apache-2.0
// What staff do beside a case's way.
#include "decide.h"

#include <stdio.h>

void decide_acknowledge(const struct context *context) {
    const struct case_state *state = context->state;
    const struct case_alarm *alarm = case_alarm_find(state, context->input->of.command->alarm_id);
    if (alarm == NULL) {
        decide_refusal(context, "unknown-alarm", "the case has no such alarm");
        return;
    }
    if (alarm->acknowledged) {
        decide_refusal(context, "already-acknowledged", "a person has this alarm already");
        return;
    }
    decide_fact(context, FACT_ALARM_ACKNOWLEDGED)->body.alarm_acknowledged.alarm_id =
        (char *)alarm->alarm_id;
    snprintf(context->decision->clock_name, sizeof context->decision->clock_name, "escalation-%u",
             alarm->ordinal);
    decide_stop_named(context, context->decision->clock_name);
}

void decide_comment(const struct context *context) {
    decide_fact(context, FACT_CASE_COMMENTED)->body.commented.comment =
        (char *)context->input->of.command->text;
}

void decide_set_assessment(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    uint32_t urgency = command->urgency != 0 ? command->urgency : state->urgency;
    uint32_t crisis = command->crisis != 0 ? command->crisis : state->crisis;
    const char *category = command->category != NULL ? command->category : state->category;
    struct fact *fact = decide_fact(context, FACT_CASE_ASSESSED);
    Redress__V1__CaseAssessed *body = &fact->body.assessed;
    body->category = (char *)category;
    body->subject = (char *)(command->subject != NULL    ? command->subject
                             : command->category != NULL ? ""
                                                         : state->subject);
    body->urgency = urgency != 0 ? (Redress__V1__Urgency)urgency : REDRESS__V1__URGENCY__URGENCY_P3;
    body->crisis = (Redress__V1__CrisisLevel)crisis;
    body->reason = (char *)command->text;
    body->confidence_permille = 1000;
    body->received_at_ms = state->received_at_ms;
    body->situations =
        (char *)(command->situations != NULL ? command->situations : state->situations);
    decide_list_runs(context, body);
    decide_promised(context, body);
    fact->traits.category = body->category;
    fact->traits.urgency = body->urgency;
    fact->traits.crisis = body->crisis;
    fact->traits.situations = body->situations;
    decide_urgent_alarm(context, urgency, crisis);
}
