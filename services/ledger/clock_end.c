// SPDX-License-Identifier: Apache-2.0
#include "clock_end.h"

#include "case_visits.h"
#include "workflow.h"

#include <string.h>

// What ended a run may be what begins the next one.
static int64_t since_of(const Redress__V1__ClockTerms *terms) {
    return terms->started_at_ms + (terms->restarted_on[0] != '\0');
}

// Whoever is at risk again is visited from the beginning; 0: not yet.
static int64_t visit_at(const struct case_state *state, const Redress__V1__ClockTerms *terms) {
    unsigned number = case_visit_of(terms->name);
    int64_t started = terms->started_at_ms;
    int64_t at = number == 0 ? 0 : case_reached_since(state, MILESTONE_VISIT_DONE, started, number);
    int64_t again = case_reached_since(state, MILESTONE_CRISIS_CONFIRMED, started + 1, 1);
    return again == 0 || at <= again ? at : 0;
}

// What it waits for happened since it began.
static bool is_reached(const struct case_state *state, const Redress__V1__ClockTerms *terms) {
    enum milestone stop = milestone_read(terms->stops_on);
    if (stop == MILESTONE_COUNT) {
        return false;
    }
    if (stop == MILESTONE_VISIT_DONE) {
        return case_visit_is_done(state, terms->name) || visit_at(state, terms) != 0;
    }
    if (stop == MILESTONE_REVIEW_REQUESTED && state->reviews > 0) {
        return true; // each level reviews once: there is nothing left to ask for
    }
    if (stop == MILESTONE_PROGRESS_TOLD && !workflow_awaits_reply(state->status)) {
        return true;
    }
    return state->reached_at_ms[stop] != 0 && state->reached_at_ms[stop] >= since_of(terms);
}

// Whether it can only happen after a reply.
static bool follows_reply(enum milestone stop) {
    static const uint64_t follow =
        MILESTONE_BIT(MILESTONE_FOLLOW_UP_DONE) | MILESTONE_BIT(MILESTONE_CASE_CLOSED) |
        MILESTONE_BIT(MILESTONE_REVIEW_REQUESTED) | MILESTONE_BIT(MILESTONE_RE_REVIEW_REQUESTED);
    return stop != MILESTONE_COUNT && (follow & MILESTONE_BIT(stop)) != 0;
}

bool clock_is_of_last_reply(const struct case_state *state, enum milestone stop,
                            int64_t started_at_ms) {
    return follows_reply(stop) && state->replied_at_ms != 0 &&
           started_at_ms >= state->replied_at_ms;
}

// Likewise of a reply in a round that has ended.
static bool is_of_former_reply(const struct case_state *state, enum milestone stop,
                               int64_t started_at_ms) {
    return follows_reply(stop) && state->first_replied_at_ms != 0 &&
           started_at_ms >= state->first_replied_at_ms && started_at_ms < state->restarted_at_ms;
}

static bool is_superseded(const struct case_state *state, const Redress__V1__ClockTerms *terms) {
    enum milestone stop = milestone_read(terms->stops_on);
    return is_of_former_reply(state, stop, terms->started_at_ms) ||
           (workflow_awaits_reply(state->status) &&
            clock_is_of_last_reply(state, stop, terms->started_at_ms));
}

// A visit is owed to a person, whatever became of the case, while somebody can still make it.
static bool may_run(const struct case_state *state, enum milestone stop) {
    bool visitable = stop == MILESTONE_VISIT_DONE &&
                     workflow_find(state->status, INPUT_VISIT, WHEN_ALWAYS) != NULL &&
                     !state->erased;
    return visitable || workflow_is_open(state->status);
}

// A closure ended all that had begun, but for what is owed to a person.
static bool is_of_before_closure(const struct case_state *state,
                                 const Redress__V1__ClockTerms *terms) {
    return terms->started_at_ms < state->reached_at_ms[MILESTONE_CASE_CLOSED] &&
           milestone_read(terms->stops_on) != MILESTONE_VISIT_DONE;
}

// Nobody waits for progress of what was replied to, until it is handled again.
static bool began_for_nothing(const struct case_state *state,
                              const Redress__V1__ClockTerms *terms) {
    int64_t started = terms->started_at_ms;
    int64_t replied = case_reached_until(state, MILESTONE_CASE_REPLIED, started);
    return milestone_read(terms->stops_on) == MILESTONE_PROGRESS_TOLD && replied != 0 &&
           replied >= case_reached_until(state, CASE_RESTARTED, started);
}

static uint64_t known_of(const Redress__V1__ArmClock *arm) {
    return arm->terms->based_on != 0 ? arm->terms->based_on : arm->known_sequence;
}

// Likewise any other end, but for what an assessment of after that has found.
static bool is_of_before_end(const struct case_state *state, const Redress__V1__ArmClock *arm) {
    bool found_after = case_reign_of(state, known_of(arm)).from_ms >= state->ended_at_ms;
    return arm->terms->started_at_ms < state->ended_at_ms && !found_after &&
           milestone_read(arm->terms->stops_on) != MILESTONE_VISIT_DONE;
}

static bool has_come(const struct case_state *state, const Redress__V1__ArmClock *arm) {
    const Redress__V1__ClockTerms *terms = arm->terms;
    if (case_is_part_clock(terms->name)) {
        return !case_part_waits(state, terms->name);
    }
    return !may_run(state, milestone_read(terms->stops_on)) || is_reached(state, terms) ||
           is_of_before_closure(state, terms) || is_of_before_end(state, arm) ||
           is_superseded(state, terms) || began_for_nothing(state, terms);
}

// Of two times, 0 being none.
static int64_t earlier(int64_t one, int64_t other) {
    return other != 0 && (one == 0 || other < one) ? other : one;
}

// What had begun it happened again, and began it anew. Nobody says what that was, but when. An
// assessment is none of it, whose terms know it; what else most answers are is so only by itself.
static int64_t begun_again_at(const struct case_state *state,
                              const Redress__V1__ClockTerms *terms) {
    static const uint64_t answers =
        MILESTONE_BIT(MILESTONE_COMPLAINANT_TOLD) | MILESTONE_BIT(MILESTONE_PROGRESS_TOLD);
    int64_t started = terms->started_at_ms;
    int64_t again[2] = {0};
    bool alone = true;
    for (uint32_t m = MILESTONE_CASE_ASSESSED + 1; m < MILESTONE_COUNT; m++) {
        if (case_reached_since(state, m, started, 1) == started) {
            bool answer = (answers & MILESTONE_BIT(m)) != 0;
            alone = alone && answer;
            again[answer] = earlier(again[answer], case_reached_since(state, m, started + 1, 1));
        }
    }
    return again[alone];
}

static int64_t case_clock_at(const struct case_state *state, const Redress__V1__ClockTerms *terms) {
    enum milestone stop = milestone_read(terms->stops_on);
    int64_t since = since_of(terms);
    int64_t at = earlier(case_reached_since(state, CASE_WAY_ENDED, since, 1),
                         case_reached_since(state, MILESTONE_CASE_CLOSED, since, 1));
    if (stop != MILESTONE_COUNT) {
        at = earlier(at, case_reached_since(state, stop, since, 1));
    }
    if (follows_reply(stop) || terms->restarted_on[0] != '\0') {
        at = earlier(at, case_reached_since(state, CASE_RESTARTED, since, 1));
    }
    at = terms->started_at_ms == state->received_at_ms ? at
                                                       : earlier(at, begun_again_at(state, terms));
    return began_for_nothing(state, terms) ? 0 : at;
}

// The first end of a run that is over; 0: the state does not know.
static int64_t end_at(const struct case_state *state, const Redress__V1__ClockTerms *terms) {
    if (case_is_part_clock(terms->name)) {
        return case_part_ended_at(state, terms->name, terms->started_at_ms);
    }
    return milestone_read(terms->stops_on) == MILESTONE_VISIT_DONE ? visit_at(state, terms)
                                                                   : case_clock_at(state, terms);
}

// What no policy set, and visits, no assessment counts again and no pause puts off.
static bool is_counted_again(const Redress__V1__ClockTerms *terms) {
    return terms->policy_version[0] != '\0' &&
           milestone_read(terms->stops_on) != MILESTONE_VISIT_DONE;
}

// By a command of its own, which the case's suspensions tell nothing of.
static bool rested_alone(const struct case_state *state, const Redress__V1__ClockTerms *terms,
                         int64_t until_ms) {
    bool rested = false;
    for (size_t i = 0; i < state->change_count && !rested; i++) {
        const struct case_change *change = &state->changes[i];
        rested = change->alone && strcmp(change->clock, terms->name) == 0 &&
                 change->from_ms >= terms->started_at_ms && change->from_ms <= until_ms;
    }
    return rested;
}

// When it would have been breached, had it run: when it was due, or when an assessment of later
// found that it had been. False where these terms can't tell: another assessment before that gave
// it other terms, a pause put it off.
static bool find_breach(const struct case_state *state, const Redress__V1__ArmClock *arm,
                        int64_t *at_ms) {
    const Redress__V1__ClockTerms *terms = arm->terms;
    struct case_reign reign = case_reign_of(state, known_of(arm));
    *at_ms = terms->due_at_ms;
    if (terms->lapses || !case_remembers(state, terms->started_at_ms)) {
        return false;
    }
    if (!is_counted_again(terms)) {
        return true;
    }
    *at_ms = reign.from_ms > *at_ms ? reign.from_ms : *at_ms;
    int64_t rested_ms = case_reached_since(state, CASE_RESTED, terms->started_at_ms, 1);
    return (reign.to_ms == 0 || reign.to_ms > *at_ms) && (rested_ms == 0 || rested_ms > *at_ms) &&
           !rested_alone(state, terms, *at_ms);
}

// An assessment came that these terms don't know: they held before, or never.
static bool is_overtaken(const struct case_state *state, const Redress__V1__ArmClock *arm) {
    return is_counted_again(arm->terms) && case_reign_of(state, known_of(arm)).to_ms != 0;
}

enum clock_end clock_end_of(const struct case_state *state, const Redress__V1__ArmClock *arm) {
    int64_t breach_ms = 0;
    bool known = find_breach(state, arm, &breach_ms);
    int64_t at_ms = end_at(state, arm->terms);
    if (has_come(state, arm)) {
        return known && at_ms > breach_ms ? CLOCK_END_LATE : CLOCK_END_IN_TIME;
    }
    bool was = at_ms == 0 ? is_overtaken(state, arm) : at_ms > breach_ms;
    return known && was ? CLOCK_END_NONE_YET : CLOCK_END_NONE;
}
