// SPDX-License-Identifier: Apache-2.0
// What all deciders do alike.
#include "decide.h"

#include "workflow.h"

#include "common/ident.h"

#include <stdio.h>
#include <string.h>

#define SATISFIED_FROM 3 // of 5

void decide_refusal(const struct context *context, const char *code, const char *text) {
    context->decision->verdict = CASE_DECIDED_REFUSAL;
    context->decision->code = code;
    context->decision->text = text;
}

struct fact *decide_fact(const struct context *context, enum fact_kind kind) {
    struct case_decision *decision = context->decision;
    struct fact *fact = &decision->facts[decision->count++];
    fact_init(fact, kind);
    fact->meta.case_id = (char *)context->state->case_id;
    fact->meta.tenant = (char *)context->state->tenant;
    fact->meta.decided_at_ms = context->now_ms;
    fact->meta.actor = (char *)context->input->actor;
    fact->meta.cause_id = (char *)context->input->cause_id;
    decision->verdict = CASE_DECIDED_FACTS;
    return fact;
}

// A clock that was breached has told so already and needs no stop.
void decide_stop(const struct context *context, const struct case_clock *clock) {
    if (!case_clock_runs(clock)) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CLOCK_STOPPED);
    fact->body.clock_stopped.name = (char *)clock->name;
    fact->body.clock_stopped.version = clock->version;
}

void decide_stop_named(const struct context *context, const char *name) {
    decide_stop(context, case_clock_find(context->state, name));
}

static bool alarm_room(const struct case_state *state) { return state->alarm_count < CASE_ALARMS; }

// The unit is given, because a dispatch in the same decision may have changed it.
void decide_alarm(const struct context *context, Redress__V1__AlarmKind kind, const char *clock) {
    const struct case_state *state = context->state;
    if (!alarm_room(state)) {
        return;
    }
    char ordinal[16];
    snprintf(ordinal, sizeof ordinal, "%u", state->alarm_ordinal + 1);
    ident_uuid_from((const char *const[]){"alarm", state->case_id, ordinal, NULL},
                    context->decision->alarm_id);
    struct fact *fact = decide_fact(context, FACT_ALARM_RAISED);
    fact->body.alarm_raised.alarm_id = context->decision->alarm_id;
    fact->body.alarm_raised.kind = kind;
    fact->body.alarm_raised.clock = (char *)clock;
    fact->body.alarm_raised.ordinal = state->alarm_ordinal + 1;
    fact->body.alarm_raised.unit = (char *)state->unit;
}

void decide_stop_all(const struct context *context) {
    const struct case_state *state = context->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const char *name = state->clocks[i].name;
        if (!decide_is_escalation(name) && strncmp(name, "supervision-", 12) != 0) {
            decide_stop(context, &state->clocks[i]);
        }
    }
}

static bool is_urgent(uint32_t urgency, uint32_t crisis) {
    return urgency == REDRESS__V1__URGENCY__URGENCY_P1 ||
           crisis >= REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3;
}

void decide_urgent_alarm(const struct context *context, uint32_t urgency, uint32_t crisis) {
    if (is_urgent(urgency, crisis) && !context->state->urgent_alarmed &&
        workflow_is_open(context->state->status)) {
        decide_alarm(context, REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT, "");
    }
}

bool decide_is_dissatisfied(bool solved, uint32_t score) {
    return !solved || (score != 0 && score < SATISFIED_FROM);
}

const char *decide_clock_name(const struct context *context, const char *prefix, uint32_t number) {
    char *name = context->decision->clock_name;
    snprintf(name, sizeof context->decision->clock_name, "%s-%u", prefix, number);
    return name;
}

void decide_rework(const struct context *context, const char *reason) {
    struct fact *fact = decide_fact(context, FACT_REWORK_ORDERED);
    fact->body.rework.reason = (char *)reason;
    fact->body.rework.previous_handler = (char *)context->state->handler;
    fact->body.rework.unit = (char *)context->state->unit;
}
