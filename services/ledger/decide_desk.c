// SPDX-License-Identifier: Apache-2.0
// What staff do beside a case's way, but for assessments.
#include "decide.h"

#include "permission.h"

#include <stdio.h>

// Nobody who is reviewed keeps the alarm of that review from those who owe it, and are told of it:
// the institution that reviews, and those above.
static bool is_theirs(const struct case_state *state, const struct case_actor *actor,
                      const struct case_alarm *alarm) {
    return case_clock_is_of_reviewers(state, alarm->clock)
               ? case_stands_at(state, actor, alarm->reviewers_of) &&
                     !case_has_judged(state, actor->subject)
               : !permission_reviews_alone(state, actor);
}

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
    if (alarm->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_GLASS_BROKEN &&
        permission_by_glass_alone(state, context->input->of.command->actor)) {
        decide_refusal(context, "emergency-only", "who broke the glass does not take its alarm");
        return;
    }
    if (!is_theirs(state, context->input->of.command->actor, alarm)) {
        decide_refusal_of(context, "alarm_id", "not-your-unit",
                          "the institution that reviews takes a review's alarm, not who decided "
                          "the case; reviewers take no other");
        return;
    }
    if (!permission_of_whole(state, context->input->kind, context->input->of.command->actor) &&
        !permission_acts_for(state, context->input->of.command->actor, alarm->unit)) {
        decide_refusal_of(context, "alarm_id", "not-your-unit",
                          "another unit is told of this alarm");
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
