// SPDX-License-Identifier: Apache-2.0
// Clocks: what sla-timer proposes, judged by the terms that are armed.
#include "decide.h"

#include "case_visits.h"
#include "clock_end.h"
#include "workflow.h"

#include "common/escalation.h"

#include <stdio.h>
#include <string.h>

// A promise that runs is not put off by whoever touches the case: only brought forward.
static bool puts_off(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    return case_is_promise(clock) && case_clock_is_open(clock) &&
           terms->due_at_ms >= clock->due_at_ms;
}

// It ran then, and was breached: what promised the same again did not put it off.
static bool was_put_off(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    return clock != NULL && case_is_promise(clock) && terms->due_at_ms >= clock->due_at_ms &&
           (terms->started_at_ms <= clock->due_at_ms || terms->based_on == clock->based_on);
}

static int64_t warn_at(const Redress__V1__ClockTerms *terms, size_t place) {
    return place == 0 ? terms->warn_at_ms : terms->later_warns_at_ms[place - 1];
}

static uint32_t warn_count(const Redress__V1__ClockTerms *terms) {
    return terms->warn_at_ms == 0 ? 0 : 1 + (uint32_t)terms->n_later_warns_at_ms;
}

// Points that have passed may lie elsewhere now: nobody is warned of them again.
static bool same_warns(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    bool same = clock->warn_count == warn_count(terms);
    for (uint32_t i = clock->warned; i < clock->warn_count && same; i++) {
        same = clock->warn_at_ms[i] == warn_at(terms, i);
    }
    return same;
}

static bool same_terms(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    return clock->started_at_ms == terms->started_at_ms && clock->due_at_ms == terms->due_at_ms &&
           same_warns(clock, terms) && clock->provisional == (terms->provisional != 0) &&
           clock->lapses == (terms->lapses != 0) &&
           clock->stops_on == milestone_read(terms->stops_on);
}

// Terms that follow from an assessment: of a run that goes on, whose changes they know, or of one
// that no rule let go on. It may begin later, by what was reached meanwhile; earlier only where it
// never began again. By other rules it may have begun again with the last rework or reopening.
static bool is_assessed_in_vain(const struct case_state *state, const struct case_clock *clock,
                                const Redress__V1__ArmClock *arm) {
    bool known = clock->displaced || arm->known_changes == case_clock_changes(state, clock->name);
    bool later = arm->terms->started_at_ms > clock->started_at_ms;
    if (later && arm->terms->restarted_on[0] != '\0') {
        return case_pause_find(state, clock->name) != NULL;
    }
    if (!known || !(clock->displaced || case_clock_runs(clock))) {
        return true; // what rests is counted again when it runs again; what was breached stays so
    }
    if (arm->terms->started_at_ms < clock->started_at_ms) {
        return clock->restarted_on[0] != '\0';
    }
    return !clock->displaced && same_terms(clock, arm->terms);
}

// What was breached is not begun anew because the case is accepted: only a rework, a reopening or
// what begins it again and again does that.
static bool begins_once(const struct case_state *state, const struct case_clock *clock) {
    return clock->state == CLOCK_STATE_BREACHED && clock->started_at_ms == state->received_at_ms &&
           state->reached_at_ms[MILESTONE_CASE_CLOSED] == 0;
}

static bool is_amendment(const Redress__V1__ArmClock *arm) {
    return strcmp(arm->reason, "amended") == 0;
}

// Terms for a clock that exists. A breached clock stays breached, so that escalation is never
// reset; a rework or a reopening begins another run, which starts later. A pause ends only by a
// resumption, and once its cap is used up; an amendment leaves it. Terms that were computed before
// the last change of the run know nothing of it.
static bool is_outdated(const struct context *context, const struct case_clock *clock) {
    const Redress__V1__ArmClock *arm = context->input->of.arm;
    const struct case_change *pause = case_pause_find(context->state, clock->name);
    if (puts_off(clock, arm->terms) ||
        (arm->terms->based_on != 0 && arm->terms->based_on < clock->based_on)) {
        return true;
    }
    if (pause != NULL && strcmp(arm->reason, "resumed") == 0) { // it may begin elsewhere now
        return arm->replaces_version != clock->version || context->now_ms < pause->until_ms;
    }
    if (arm->replaces_version != 0 && arm->replaces_version != clock->version) {
        return true;
    }
    if (strcmp(arm->reason, "assessed") == 0) {
        return is_assessed_in_vain(context->state, clock, arm);
    }
    if (clock->displaced || arm->terms->started_at_ms != clock->started_at_ms) {
        return arm->terms->started_at_ms <= clock->started_at_ms ||
               (arm->terms->restarted_on[0] == '\0' && begins_once(context->state, clock));
    }
    if (pause != NULL && is_amendment(arm)) { // an extension of what rests is no version
        return arm->replaces_version == 0 || same_terms(clock, arm->terms) ||
               arm->known_changes != case_clock_changes(context->state, clock->name);
    }
    return !case_clock_runs(clock) || same_terms(clock, arm->terms) ||
           (arm->replaces_version == 0 && case_clock_was_changed(context->state, clock->name));
}

// A due time that has passed is never amended, and none is amended into the past.
static bool amends_the_past(const struct context *context, const struct case_clock *clock) {
    const Redress__V1__ArmClock *arm = context->input->of.arm;
    return is_amendment(arm) && (clock == NULL || clock->due_at_ms <= context->now_ms ||
                                 arm->terms->due_at_ms <= context->now_ms);
}

// Of a run whose terms change, nobody is warned twice of the same point: the n-th is not told again
// where that has passed too. One that is put off into the future is another point.
static uint32_t warns_passed(const struct context *context, const struct case_clock *clock,
                             const Redress__V1__ClockTerms *terms) {
    uint32_t passed = 0;
    while (passed < clock->warned && passed < warn_count(terms) &&
           warn_at(terms, passed) <= context->now_ms) {
        passed++;
    }
    return passed;
}

Redress__V1__ClockArmed *decide_armed(const struct context *context, const struct case_clock *clock,
                                      Redress__V1__ClockTerms *terms, const char *reason) {
    Redress__V1__ClockArmed *body = &decide_fact(context, FACT_CLOCK_ARMED)->body.clock_armed;
    bool same_run = clock != NULL && clock->started_at_ms == terms->started_at_ms;
    terms->version = clock == NULL ? 1 : clock->version + 1;
    terms->warns_passed = 0;
    body->terms = terms;
    body->reason = (char *)reason;
    if (!same_run) {
        return body;
    }
    body->previous_due_at_ms = clock->due_at_ms;
    body->previous_policy_version = (char *)clock->policy_version;
    body->previous_calendar_version = (char *)clock->calendar_version;
    terms->warns_passed = warns_passed(context, clock, terms);
    return body;
}

static bool alarm_waits(const struct case_state *state, const char *clock) {
    const struct case_alarm *alarm = case_alarm_of_clock(state, clock);
    return alarm != NULL && !alarm->acknowledged && !case_clock_runs(case_clock_find(state, clock));
}

enum want {
    WANT_NOTHING, // outdated, or ended in time
    WANT_RUN,
    WANT_BREACH // it ended too late, before anybody armed it
};

static enum want judge(const struct context *context, const struct case_clock *clock) {
    const Redress__V1__ArmClock *arm = context->input->of.arm;
    const struct case_state *state = context->state;
    if (escalation_is(arm->terms->name)) {
        return alarm_waits(state, arm->terms->name) ? WANT_RUN : WANT_NOTHING;
    }
    if (amends_the_past(context, clock) || (clock != NULL && is_outdated(context, clock))) {
        return WANT_NOTHING;
    }
    enum clock_end end = clock_end_of(state, arm);
    bool runs = clock != NULL && case_clock_is_open(clock) &&
                clock->started_at_ms >= arm->terms->started_at_ms;
    if (end == CLOCK_END_NONE || (end == CLOCK_END_NONE_YET && runs)) {
        return WANT_RUN;
    }
    return end == CLOCK_END_IN_TIME || runs || was_put_off(clock, arm->terms) ? WANT_NOTHING
                                                                              : WANT_BREACH;
}

void decide_arm(const struct context *context) {
    const Redress__V1__ArmClock *arm = context->input->of.arm;
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_clock_find(state, arm->terms->name);
    enum want want = judge(context, clock);
    if (want == WANT_NOTHING) {
        return;
    }
    if (clock == NULL && case_place_for_clock(state) == CASE_CLOCKS) {
        decide_refusal(context, "too-many-clocks", "the case has no room for another clock");
        return;
    }
    const struct case_change *pause = clock == NULL ? NULL : case_pause_find(state, clock->name);
    if (pause != NULL && is_amendment(arm)) {
        decide_amended_pause(context, clock, pause, arm->terms);
    } else {
        Redress__V1__ClockArmed *body = decide_armed(context, clock, arm->terms, arm->reason);
        decide_tell_overtaken(context, body);
        if (pause != NULL && pause->alone && strcmp(arm->reason, "resumed") == 0) {
            decide_tell_alone(context, pause, "", body);
        }
    }
    if (want == WANT_BREACH) {
        decide_breached_terms(context, arm->terms);
    } else {
        decide_pause_armed(context, arm->terms);
    }
}

static uint64_t reached_by(const struct case_decision *decision) {
    uint64_t reached = 0;
    for (size_t i = 0; i < decision->count; i++) {
        reached |= milestones_of(&decision->facts[i].body.base);
    }
    return reached;
}

void decide_stop_reached(const struct context *context) {
    const struct case_state *state = context->state;
    uint64_t reached = reached_by(context->decision);
    for (size_t i = 0; reached != 0 && i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        // One visit is not the next one too.
        bool later = case_is_visit(clock) && case_visit_of(clock->name) > state->visits + 1;
        if ((reached & MILESTONE_BIT(clock->stops_on)) != 0 && !later) {
            decide_stop(context, clock);
        }
    }
}

void decide_stop_unreachable(const struct context *context) {
    const struct case_state *state = context->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        if (clock_is_of_last_reply(state, clock->stops_on, clock->started_at_ms)) {
            decide_stop(context, clock);
        }
    }
}

// A rule that begins elsewhere ends the first run alone, and one that lets nothing begin again the
// run that did. Where none holds any more, nothing goes on but a visit, which is owed to a person.
static bool ends_by(const struct case_clock *clock, const Redress__V1__EndClock *end) {
    if (!case_clock_is_open(clock) || case_is_visit(clock)) {
        return false;
    }
    bool begins = end->begins_on[0] != '\0';
    bool holds = end->policy_version[0] != '\0';
    bool again = clock->restarted_on[0] != '\0';
    bool same = !case_is_promise(clock) && clock->started_at_ms == end->started_at_ms;
    return !holds || (same && again != begins);
}

void decide_end(const struct context *context) {
    const Redress__V1__EndClock *end = context->input->of.end;
    const struct case_clock *clock = case_clock_find(context->state, end->name);
    if (!ends_by(clock, end) || end->based_on < clock->based_on) {
        return;
    }
    decide_stopped(context, clock);
    Redress__V1__ClockStopped *body = &context->decision->facts[0].body.clock_stopped;
    body->displaced = true;
    body->begins_on = end->begins_on;
    body->policy_version = end->policy_version;
    body->based_on = end->based_on;
}

void decide_warn(const struct context *context) {
    const Redress__V1__WarnClock *warn = context->input->of.warn;
    const struct case_clock *clock = case_clock_find(context->state, warn->name);
    if (clock == NULL) {
        return;
    }
    int64_t next = case_clock_next_warn(clock);
    if (!case_clock_runs(clock) || clock->version != warn->version || next == 0 ||
        context->now_ms < next || (warn->warn_at_ms != 0 && warn->warn_at_ms != next)) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CLOCK_WARNED);
    fact->body.clock_warned.name = (char *)clock->name;
    fact->body.clock_warned.version = clock->version;
    fact->body.clock_warned.due_at_ms = clock->due_at_ms;
    fact->body.clock_warned.unit = (char *)case_clock_unit(context->state, clock->name);
    fact->body.clock_warned.ordinal = clock->warned + 1;
    fact->body.clock_warned.next_warn_at_ms =
        clock->warned + 1 < clock->warn_count ? clock->warn_at_ms[clock->warned + 1] : 0;
    struct reviewers reviewers = decide_reviewers_of_clock(context, clock->name);
    fact->body.clock_warned.reviewers_of = reviewers.of;
    fact->body.clock_warned.n_decided_by = reviewers.decided_count;
    fact->body.clock_warned.decided_by = reviewers.decided_by;
}

static void escalate(const struct context *context, const struct case_clock *clock) {
    const struct case_alarm *alarm = case_alarm_of_clock(context->state, clock->name);
    if (alarm == NULL || alarm->acknowledged) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CASE_ESCALATED);
    fact->body.escalated.level = clock->version;
    fact->body.escalated.alarm_id = (char *)alarm->alarm_id;
    fact->body.escalated.clock = (char *)alarm->clock;
    fact->body.escalated.ordinal = alarm->ordinal;
    fact->body.escalated.policy_version = (char *)clock->policy_version;
    // The review may be over by now; alarms of before do not say whose it was.
    fact->body.escalated.reviewers_of = alarm->reviewers_of[0] != '\0'
                                            ? (char *)alarm->reviewers_of
                                            : decide_reviewers_of_clock(context, alarm->clock).of;
    if (alarm->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT &&
        !workflow_is_open(context->state->status)) { // of what was written after the end
        fact->traits.urgency = REDRESS__V1__URGENCY__URGENCY_P1;
        fact->traits.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4;
    }
    fact->body.escalated.unit =
        (char *)(alarm->unit[0] == '\0' ? context->state->unit : alarm->unit);
}

void decide_breach(const struct context *context) {
    const Redress__V1__BreachClock *breach = context->input->of.breach;
    const struct case_clock *clock = case_clock_find(context->state, breach->name);
    if (!case_clock_runs(clock) || clock->version != breach->version ||
        context->now_ms < clock->due_at_ms) {
        return;
    }
    if (escalation_is(clock->name)) {
        escalate(context, clock);
        return;
    }
    if (clock->lapses) { // nobody owed anything
        decide_stopped(context, clock);
        context->decision->facts[0].body.clock_stopped.lapsed = true;
        return;
    }
    decide_breached(context, clock);
}
