// SPDX-License-Identifier: Apache-2.0
// What a row of the workflow asks for beside role and state: one function a guard, one table.
#include "workflow.h"

#include "case_procedures.h"
#include "permission.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define REGION_ONLY "only who has the whole region may"

static bool alarm_open(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return case_has_open_alarm(state);
}

static bool other_handler(const struct case_state *state, const struct case_actor *actor) {
    return !case_is_barred(state, actor->subject);
}

static bool hand_room(const struct case_state *state, const struct case_actor *actor) {
    return case_has_room_for(state, actor->subject);
}

static bool of_bureau(const struct case_state *state, const struct case_actor *actor) {
    (void)state;
    return actor->region;
}

static bool merged(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->cluster.other_count > 0;
}

static bool followed_up(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->followed_up || (state->follow_up_attempts != 0 &&
                                  state->failed_follow_ups >= state->follow_up_attempts);
}

static bool not_reviewed(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->reviews == 0;
}

static bool reviewed(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->reviews == 1;
}

static bool not_decider(const struct case_state *state, const struct case_actor *actor) {
    return !case_has_decided(state, actor->subject);
}

static bool level_above(const struct case_state *state, const struct case_actor *actor) {
    return case_stands_above(state, actor);
}

static bool not_designated(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_was_designated(state, state->unit);
}

// Whom the bureau designated is not rid of the case by losing its handler.
static bool unhandled(const struct case_state *state, const struct case_actor *actor) {
    return state->handler[0] == '\0' && (actor->region || !case_was_designated(state, state->unit));
}

// Who is in conflict by now is not the other of the two that it takes.
static bool termination_requested(const struct case_state *state, const struct case_actor *actor) {
    return state->termination_requester[0] != '\0' &&
           strcmp(state->termination_requester, actor->subject) != 0 &&
           !case_in_conflict(state, state->termination_requester);
}

static bool extension_requested(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->extension.clock[0] != '\0';
}

// Whose word the law asks for; not every role that the table of roles names.
static bool extension_role(const struct case_state *state, const struct case_actor *actor) {
    unsigned roles = permission_acts_by(state, INPUT_DECIDE_EXTENSION, actor);
    return (roles & ~state->extension_denied_to) != 0;
}

static bool improvement_open(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    for (size_t i = 0; i < state->improvement_count; i++) {
        if (!state->improvements[i].done) {
            return true;
        }
    }
    return false;
}

static bool not_erased(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !state->erased;
}

static bool appeal_over(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->appeal_until_ms == 0;
}

static bool reveal_approved(const struct case_state *state, const struct case_actor *actor) {
    const struct case_reveal *request = case_reveal_find(&state->reveal_requests, actor->subject);
    return !state->reveal_needs_approval ||
           (request != NULL && case_reveal_is_approved(request, state->asked_at_ms));
}

static bool reveal_requested(const struct case_state *state, const struct case_actor *actor) {
    return case_reveal_waits(&state->reveal_requests, actor->subject);
}

static bool visits_done(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_owes_visits(state);
}

static bool crisis_taken(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_crisis_waits(state);
}

static bool not_in_mediation(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_is_in_mediation(state);
}

static bool not_supervised(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_is_supervised(state);
}

// While no unit has the case, the desk answers.
static bool order_to_answer(const struct case_state *state, const struct case_actor *actor) {
    unsigned roles = permission_acts_by(state, INPUT_ANSWER_SUPERVISION, actor);
    bool own =
        state->unit[0] == '\0' ? (roles & ROLE_OPERATOR) != 0 : permission_handles(state, actor);
    return own && case_has_order_to_answer(state);
}

static bool order_to_lift(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return case_has_order_to_lift(state);
}

static bool order_of_region(const struct case_state *state, const struct case_actor *actor) {
    return actor->region || case_has_order_below_region_to_lift(state);
}

static bool order_level(const struct case_state *state, const struct case_actor *actor) {
    return case_has_order_to_lift_by(state, actor);
}

// A review is about the institution, which therefore ends none and does over nothing of what it
// decided.
static bool review_of_region(const struct case_state *state, const struct case_actor *actor) {
    bool reviewed = state->status == CASE_CLOSED && state->reviews > 0;
    return actor->region ||
           (state->status != CASE_REVIEW && state->status != CASE_RE_REVIEW && !reviewed);
}

static bool review_in_time(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !state->review_too_late;
}

// A unit objects to what was dispatched to it in the time of the clock that lapses.
static bool objection_in_time(const struct case_state *state, const struct case_actor *actor) {
    const struct case_clock *clock = case_clock_find(state, "objection");
    (void)actor;
    return clock == NULL || !clock->lapses || clock->displaced ||
           clock->started_at_ms < state->reached_at_ms[MILESTONE_CASE_DISPATCHED] ||
           state->asked_at_ms < clock->due_at_ms;
}

static bool procedure(const struct case_state *state, const struct case_actor *actor) {
    return case_conducts_any(state, actor);
}

static bool allegations_decided(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return case_allegations_decided(state);
}

static bool has_person(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->parts.person_count > 0;
}

static bool has_allegation(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->parts.allegation_count > 0;
}

static bool co_handler(const struct case_state *state, const struct case_actor *actor) {
    return case_co_handler_of(state, actor) != 0;
}

static bool on_behalf(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->parts.on_behalf;
}

static const struct {
    uint64_t guard;
    bool (*holds)(const struct case_state *, const struct case_actor *);
    const char *code;
    const char *text;
} guards[] = {
    {GUARD_OPEN_ALARM, alarm_open, "no-open-alarm",
     "the case has no alarm that waits for a person"},
    {GUARD_OTHER_HANDLER, other_handler, "handled-before",
     "a rework goes to somebody who had no hand in the case before"},
    {GUARD_HAND_ROOM, hand_room, "too-many-hands",
     "as many people had a hand in the case as it can take note of"},
    {GUARD_BUREAU, of_bureau, "bureau-decides",
     "whose a returned case is, the bureau decides: who has the whole region"},
    {GUARD_NOT_DESIGNATED, not_designated, "designated-before",
     "the unit was designated for this case and may not return it"},
    {GUARD_UNHANDLED, unhandled, "handled",
     "a handler has the case, or its unit was designated and the bureau decides"},
    {GUARD_FOLLOWED_UP, followed_up, "no-follow-up",
     "the complainant was not asked yet, nor tried as often as the policy asks for"},
    {GUARD_NOT_REVIEWED, not_reviewed, "already-reviewed", "each level reviews a case once"},
    {GUARD_REVIEWED, reviewed, "not-reviewed", "the level below has not reviewed the case"},
    {GUARD_NOT_DECIDER, not_decider, "own-decision",
     "nobody reviews a case that they decided anything of"},
    {GUARD_LEVEL_ABOVE, level_above, "level-below",
     "a level above the one that decided the case, or reviewed it, decides the review"},
    {GUARD_TERMINATION_REQUESTED, termination_requested, "termination-not-requested",
     "another person must have asked for the end"},
    {GUARD_EXTENSION_REQUESTED, extension_requested, "no-extension-open",
     "nobody asked for an extension"},
    {GUARD_EXTENSION_ROLE, extension_role, "not-approved",
     "the policy names another role that decides this extension"},
    {GUARD_IMPROVEMENT_OPEN, improvement_open, "no-improvement-open",
     "no improvement waits to be made"},
    {GUARD_NOT_ERASED, not_erased, "erased", "the sealed content was erased"},
    {GUARD_APPEAL_OVER, appeal_over, "appeal-open",
     "the time in which a review may be asked for is not over"},
    {GUARD_REVEAL_APPROVED, reveal_approved, "reveal-not-approved",
     "the policy wants another supervisor's approval first, within the last 24 hours: "
     "request-reveal"},
    {GUARD_REVEAL_REQUESTED, reveal_requested, "reveal-not-requested",
     "another person must have asked to see the content"},
    {GUARD_MERGED, merged, "not-merged", "the case is of no cluster"},
    {GUARD_NOT_SUPERVISED, not_supervised, "supervised",
     "a supervision order is open; it must be answered and lifted first"},
    {GUARD_VISITS_DONE, visits_done, "visits-due",
     "a visit after a crisis is still owed; it must take place, be declined, or be late and tried"},
    {GUARD_CRISIS_TAKEN, crisis_taken, "crisis-alarm-open",
     "nobody has taken the alarm of a crisis yet: acknowledge"},
    {GUARD_NOT_IN_MEDIATION, not_in_mediation, "in-mediation",
     "a mediation is under way: record-mediation tells how it ended"},
    {GUARD_ORDER_TO_ANSWER, order_to_answer, "no-order-to-answer",
     "no supervision order waits for an answer of this user's unit"},
    {GUARD_ORDER_TO_LIFT, order_to_lift, "no-answered-order",
     "no open supervision order has its answer yet"},
    {GUARD_ORDER_OF_REGION, order_of_region, "not-your-region", REGION_ONLY},
    {GUARD_ORDER_LEVEL, order_level, "not-your-level",
     "the level that issued an order lifts it, or one above"},
    {GUARD_REVIEW_OF_REGION, review_of_region, "not-your-region", REGION_ONLY},
    {GUARD_REVIEW_IN_TIME, review_in_time, "too-late-for-review",
     "the time in which a review may be asked for is over"},
    {GUARD_OBJECTION_IN_TIME, objection_in_time, "too-late-to-object",
     "the time in which the unit may object is over"},
    {GUARD_PROCEDURE, procedure, CASE_NOT_CONDUCTED,
     "who may suspend a case pauses its mediation, who may decide its review that review"},
    {GUARD_ALLEGATIONS_DECIDED, allegations_decided, "allegation-undecided",
     "each allegation must be decided first"},
    {GUARD_HAS_PERSON, has_person, "no-person", "the case names no person concerned yet"},
    {GUARD_HAS_ALLEGATION, has_allegation, "no-allegation", "the case has no allegation"},
    {GUARD_CO_HANDLER, co_handler, "not-co-handler",
     "no unit of this user is a co-handler whose answer is missing"},
    {GUARD_ON_BEHALF, on_behalf, "not-on-behalf", "nobody complains on behalf of another here"},
};

static size_t guard_place(uint64_t guard) {
    size_t place = 0;
    while (place + 1 < COUNT(guards) && guards[place].guard != guard) {
        place++;
    }
    return place;
}

const char *workflow_guard_code(uint64_t guard) { return guards[guard_place(guard)].code; }

const char *workflow_code_text(const char *code) {
    for (size_t i = 0; i < COUNT(guards); i++) {
        if (strcmp(guards[i].code, code) == 0) {
            return guards[i].text;
        }
    }
    return "there is no such case";
}

uint64_t workflow_broken_guard(const struct workflow_row *row, const struct case_state *state,
                               const struct case_actor *actor) {
    for (size_t i = 0; i < COUNT(guards) && row->guards != 0; i++) {
        if ((row->guards & guards[i].guard) != 0 && !guards[i].holds(state, actor)) {
            return guards[i].guard;
        }
    }
    return 0;
}
