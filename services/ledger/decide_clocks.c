// SPDX-License-Identifier: Apache-2.0
// Clocks: what sla-timer proposes, judged by the terms that are armed.
#include "decide.h"

#include "workflow.h"

#include <stdio.h>
#include <string.h>

static bool waits_for_nothing(const struct case_state *state, const char *clock) {
    if (case_is_part_clock(clock)) {
        return !case_part_waits(state, clock);
    }
    if (!workflow_is_open(state->status)) {
        return true;
    }
    if (strcmp(clock, "first_response") == 0) {
        return state->first_response_at_ms != 0;
    }
    return strcmp(clock, "resolution") == 0 && state->status >= CASE_REPLIED &&
           state->status != CASE_REWORK;
}

// A clock "escalation-<ordinal>" runs for that alarm, while nobody has acknowledged it.
static const struct case_alarm *alarm_of_clock(const struct case_state *state, const char *clock) {
    unsigned ordinal = 0;
    if (sscanf(clock, "escalation-%u", &ordinal) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (state->alarms[i].ordinal == ordinal) {
            return &state->alarms[i];
        }
    }
    return NULL;
}

bool decide_is_escalation(const char *clock) { return strncmp(clock, "escalation-", 11) == 0; }

static bool same_terms(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    return clock != NULL && clock->started_at_ms == terms->started_at_ms &&
           clock->due_at_ms == terms->due_at_ms && clock->warn_at_ms == terms->warn_at_ms;
}

// A breached clock stays breached, so that escalation is never reset; a rework or a reopening
// begins another run, which starts later.
static bool run_is_over(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    return clock != NULL && !case_clock_runs(clock) && terms->started_at_ms <= clock->started_at_ms;
}

void decide_arm(const struct context *context) {
    Redress__V1__ClockTerms *terms = context->input->of.arm->terms;
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_clock_find(state, terms->name);
    if (decide_is_escalation(terms->name)) {
        const struct case_alarm *alarm = alarm_of_clock(state, terms->name);
        if (alarm == NULL || alarm->acknowledged || case_clock_runs(clock)) {
            return;
        }
    } else if (waits_for_nothing(state, terms->name) || same_terms(clock, terms) ||
               run_is_over(clock, terms)) {
        return;
    }
    if (clock == NULL && state->clock_count == CASE_CLOCKS) {
        decide_refusal(context, "too-many-clocks", "the case has no room for another clock");
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CLOCK_ARMED);
    terms->version = clock == NULL ? 1 : clock->version + 1;
    fact->body.clock_armed.terms = terms;
}

void decide_warn(const struct context *context) {
    const Redress__V1__WarnClock *warn = context->input->of.warn;
    const struct case_clock *clock = case_clock_find(context->state, warn->name);
    if (clock == NULL || clock->version != warn->version || clock->warn_at_ms == 0 ||
        clock->state != CLOCK_STATE_RUNNING || context->now_ms < clock->warn_at_ms) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CLOCK_WARNED);
    fact->body.clock_warned.name = (char *)clock->name;
    fact->body.clock_warned.version = clock->version;
    fact->body.clock_warned.due_at_ms = clock->due_at_ms;
    fact->body.clock_warned.unit = (char *)context->state->unit;
}

static void escalate(const struct context *context, const struct case_clock *clock) {
    const struct case_alarm *alarm = alarm_of_clock(context->state, clock->name);
    if (alarm == NULL || alarm->acknowledged) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CASE_ESCALATED);
    fact->body.escalated.level = clock->version;
    fact->body.escalated.alarm_id = (char *)alarm->alarm_id;
    fact->body.escalated.clock = (char *)alarm->clock;
    fact->body.escalated.ordinal = alarm->ordinal;
    fact->body.escalated.unit = (char *)context->state->unit;
}

void decide_breach(const struct context *context) {
    const Redress__V1__BreachClock *breach = context->input->of.breach;
    const struct case_clock *clock = case_clock_find(context->state, breach->name);
    if (!case_clock_runs(clock) || clock->version != breach->version ||
        context->now_ms < clock->due_at_ms) {
        return;
    }
    if (decide_is_escalation(clock->name)) {
        escalate(context, clock);
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CLOCK_BREACHED);
    fact->body.clock_breached.name = (char *)clock->name;
    fact->body.clock_breached.version = clock->version;
    fact->body.clock_breached.due_at_ms = clock->due_at_ms;
    decide_alarm(context, REDRESS__V1__ALARM_KIND__ALARM_KIND_BREACH, clock->name);
}
