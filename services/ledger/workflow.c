// SPDX-License-Identifier: Apache-2.0
// DOMAIN: states, row by row.
#include "workflow.h"

#include "permission.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define FROM(status) WORKFLOW_FROM(CASE_##status)
#define FROM_NEW (FROM(RECEIVED) | FROM(TRIAGED))
#define FROM_REPLIED (FROM(REPLIED) | FROM(FOLLOW_UP))
#define FROM_OPEN                                                                                  \
    (FROM_NEW | FROM(EMERGENCY_TRANSFERRED) | FROM(ACCEPTED) | FROM(RESOLVED_ON_SPOT) |            \
     FROM(DISPATCHED) | FROM(RETURN_REQUESTED) | FROM(DESIGNATED) | FROM(SIGNED) |                 \
     FROM(INVESTIGATING) | FROM(SUSPENDED) | FROM(DECIDED) | FROM_REPLIED | FROM(REWORK) |         \
     FROM(REVIEW) | FROM(RE_REVIEW))
#define FROM_ENDED                                                                                 \
    (FROM(NOT_ACCEPTED) | FROM(REDIRECTED) | FROM(CLOSED) | FROM(FINAL) | FROM(WITHDRAWN) |        \
     FROM(TERMINATED))
#define FROM_IN_HAND                                                                               \
    (FROM(DISPATCHED) | FROM(RETURN_REQUESTED) | FROM(DESIGNATED) | FROM(SIGNED) |                 \
     FROM(INVESTIGATING) | FROM(SUSPENDED))
#define FROM_UNDECIDED                                                                             \
    (FROM_NEW | FROM(EMERGENCY_TRANSFERRED) | FROM(ACCEPTED) | FROM_IN_HAND | FROM(REWORK))
#define GUARD_HANDLES (GUARD_OTHER_HANDLER | GUARD_HAND_ROOM)
#define GUARD_REVIEWS (GUARD_NOT_DECIDER | GUARD_HAND_ROOM)
#define FROM_SUPERVISED ((FROM_OPEN & ~(FROM(REVIEW) | FROM(RE_REVIEW))) | FROM(NOT_ACCEPTED))
#define FROM_ANY (FROM_OPEN | FROM_ENDED | FROM(ARCHIVED))
#define STAYS CASE_NONE
#define ROW(command, from, guards, when, to, ...)                                                  \
    {                                                                                              \
        INPUT_##command, from, guards, when, to, COUNT(((enum fact_kind[]){__VA_ARGS__})), {       \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

// clang-format off
const struct workflow_row workflow_rows[] = {
    // What services propose.
    ROW(SUBMIT, FROM(NONE), 0, WHEN_ALWAYS, CASE_RECEIVED, FACT_CASE_REGISTERED),
    ROW(ASSESS, FROM(RECEIVED), 0, WHEN_ALWAYS, CASE_TRIAGED, FACT_CASE_ASSESSED),
    ROW(ASSESS, FROM_OPEN & ~FROM(RECEIVED), 0, WHEN_ALWAYS, STAYS, FACT_CASE_ASSESSED),
    ROW(RECORD_FEEDBACK, FROM_REPLIED | FROM(CLOSED), 0, WHEN_ALWAYS, STAYS, FACT_FEEDBACK_RECORDED),
    ROW(RECORD_FEEDBACK, FROM_REPLIED | FROM(CLOSED), 0, WHEN_DISSATISFIED, CASE_REWORK, FACT_FEEDBACK_RECORDED, FACT_REWORK_ORDERED),
    // What the complainant does by tracking code and PIN.
    ROW(RECORD_MESSAGE, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_MESSAGE_RECEIVED),
    ROW(OFFER_EVIDENCE, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_EVIDENCE_OFFERED),
    ROW(WITHDRAW_CASE, FROM_OPEN, 0, WHEN_ALWAYS, CASE_WITHDRAWN, FACT_CASE_WITHDRAWN),
    ROW(REOPEN_CASE, FROM(CLOSED) | FROM(NOT_ACCEPTED), 0, WHEN_ALWAYS, CASE_TRIAGED, FACT_CASE_REOPENED),
    // Preliminary check: is it ours, is it urgent, is it settled at once?
    ROW(ACCEPT, FROM_NEW | FROM(EMERGENCY_TRANSFERRED), 0, WHEN_ALWAYS, CASE_ACCEPTED, FACT_CASE_ACCEPTED),
    ROW(REFUSE, FROM_NEW, 0, WHEN_ALWAYS, CASE_NOT_ACCEPTED, FACT_CASE_NOT_ACCEPTED),
    ROW(REDIRECT, FROM_NEW, 0, WHEN_ALWAYS, CASE_REDIRECTED, FACT_CASE_REDIRECTED),
    ROW(TRANSFER_EMERGENCY, FROM_NEW, 0, WHEN_ALWAYS, CASE_EMERGENCY_TRANSFERRED, FACT_CASE_TRANSFERRED_TO_EMERGENCY),
    ROW(RESOLVE_ON_SPOT, FROM(ACCEPTED), GUARD_ALLEGATIONS_DECIDED | GUARD_HAND_ROOM, WHEN_ALWAYS, CASE_RESOLVED_ON_SPOT, FACT_CASE_RESOLVED_ON_SPOT),
    // Dispatch: whose is it?
    ROW(DISPATCH, FROM(ACCEPTED) | FROM(DISPATCHED) | FROM(REWORK), 0, WHEN_ALWAYS, CASE_DISPATCHED, FACT_CASE_DISPATCHED),
    ROW(DISPATCH, FROM(RETURN_REQUESTED), GUARD_BUREAU, WHEN_ALWAYS, CASE_DISPATCHED, FACT_CASE_DISPATCHED),
    ROW(DISPATCH, FROM(SIGNED) | FROM(INVESTIGATING), GUARD_UNHANDLED, WHEN_ALWAYS, CASE_DISPATCHED, FACT_CASE_DISPATCHED),
    ROW(DISPATCH, FROM(SUSPENDED), GUARD_UNHANDLED, WHEN_ALWAYS, CASE_DISPATCHED, FACT_CASE_RESUMED, FACT_CASE_DISPATCHED),
    ROW(REQUEST_RETURN, FROM(DISPATCHED), GUARD_NOT_DESIGNATED, WHEN_ALWAYS, CASE_RETURN_REQUESTED, FACT_RETURN_REQUESTED),
    ROW(DESIGNATE, FROM(DISPATCHED) | FROM(RETURN_REQUESTED) | FROM(DESIGNATED), GUARD_BUREAU, WHEN_ALWAYS, CASE_DESIGNATED, FACT_CASE_DESIGNATED),
    ROW(SIGN, FROM(DISPATCHED) | FROM(DESIGNATED) | FROM(REWORK), GUARD_HANDLES, WHEN_ALWAYS, CASE_SIGNED, FACT_CASE_SIGNED),
    // Investigation and decision.
    ROW(INVESTIGATE, FROM(SIGNED), GUARD_HANDLES, WHEN_ALWAYS, CASE_INVESTIGATING, FACT_INVESTIGATION_STARTED),
    ROW(SUSPEND, FROM(INVESTIGATING), 0, WHEN_ALWAYS, CASE_SUSPENDED, FACT_CASE_SUSPENDED),
    ROW(RESUME, FROM(SUSPENDED), 0, WHEN_ALWAYS, CASE_INVESTIGATING, FACT_CASE_RESUMED),
    ROW(DECIDE, FROM(SIGNED), GUARD_HANDLES | GUARD_ALLEGATIONS_DECIDED, WHEN_ALWAYS, CASE_DECIDED, FACT_INVESTIGATION_STARTED, FACT_CASE_DECIDED),
    ROW(DECIDE, FROM(INVESTIGATING), GUARD_HANDLES | GUARD_ALLEGATIONS_DECIDED, WHEN_ALWAYS, CASE_DECIDED, FACT_CASE_DECIDED),
    ROW(REPLY, FROM(DECIDED) | FROM(RESOLVED_ON_SPOT), 0, WHEN_ALWAYS, CASE_REPLIED, FACT_CASE_REPLIED),
    // Closure survives evidence.
    ROW(FOLLOW_UP, FROM_REPLIED | FROM(EMERGENCY_TRANSFERRED), 0, WHEN_ALWAYS, CASE_FOLLOW_UP, FACT_FOLLOW_UP_RECORDED),
    ROW(FOLLOW_UP, FROM_REPLIED | FROM(EMERGENCY_TRANSFERRED), 0, WHEN_DISSATISFIED, CASE_REWORK, FACT_FOLLOW_UP_RECORDED, FACT_REWORK_ORDERED),
    ROW(REWORK, FROM_REPLIED | FROM(CLOSED), 0, WHEN_ALWAYS, CASE_REWORK, FACT_REWORK_ORDERED),
    ROW(CLOSE, FROM_REPLIED, GUARD_FOLLOWED_UP | GUARD_NOT_SUPERVISED, WHEN_ALWAYS, CASE_CLOSED, FACT_CASE_CLOSED),
    ROW(REOPEN, FROM(CLOSED) | FROM(NOT_ACCEPTED), 0, WHEN_ALWAYS, CASE_TRIAGED, FACT_CASE_REOPENED),
    // Review: the next level up, each once, then final.
    ROW(REVIEW, FROM(CLOSED), GUARD_NOT_REVIEWED, WHEN_ALWAYS, CASE_REVIEW, FACT_REVIEW_REQUESTED),
    ROW(RE_REVIEW, FROM(CLOSED), GUARD_REVIEWED, WHEN_ALWAYS, CASE_RE_REVIEW, FACT_FINAL_REVIEW_REQUESTED),
    ROW(DECIDE_REVIEW, FROM(REVIEW), GUARD_REVIEWS, WHEN_ALWAYS, CASE_CLOSED, FACT_REVIEW_DECIDED),
    ROW(DECIDE_REVIEW, FROM(REVIEW), GUARD_REVIEWS, WHEN_RETURNED, CASE_REWORK, FACT_REVIEW_DECIDED, FACT_REWORK_ORDERED),
    ROW(DECIDE_REVIEW, FROM(RE_REVIEW), GUARD_REVIEWS, WHEN_ALWAYS, CASE_FINAL, FACT_REVIEW_DECIDED),
    // Ends without a decision, and the archive.
    ROW(WITHDRAW, FROM_OPEN, 0, WHEN_ALWAYS, CASE_WITHDRAWN, FACT_CASE_WITHDRAWN),
    ROW(REQUEST_TERMINATION, FROM_OPEN, 0, WHEN_ALWAYS, STAYS, FACT_TERMINATION_REQUESTED),
    ROW(TERMINATE, FROM_OPEN, GUARD_TERMINATION_REQUESTED | GUARD_NOT_SUPERVISED, WHEN_ALWAYS, CASE_TERMINATED, FACT_CASE_TERMINATED),
    ROW(ARCHIVE, FROM_ENDED, GUARD_NOT_SUPERVISED | GUARD_APPEAL_OVER, WHEN_ALWAYS, CASE_ARCHIVED, FACT_CASE_ARCHIVED),
    // What moves nothing.
    ROW(SET_ASSESSMENT, FROM(RECEIVED), 0, WHEN_ALWAYS, CASE_TRIAGED, FACT_CASE_ASSESSED),
    ROW(SET_ASSESSMENT, FROM_OPEN & ~FROM(RECEIVED), 0, WHEN_ALWAYS, STAYS, FACT_CASE_ASSESSED),
    ROW(ACKNOWLEDGE, FROM_ANY, GUARD_OPEN_ALARM, WHEN_ALWAYS, STAYS, FACT_ALARM_ACKNOWLEDGED),
    ROW(COMMENT, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_CASE_COMMENTED),
    ROW(REPORT_PROGRESS, FROM_OPEN & ~FROM_NEW, 0, WHEN_ALWAYS, STAYS, FACT_PROGRESS_TOLD),
    ROW(VISIT, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_FOLLOW_UP_VISITED),
    ROW(OPEN_IMPROVEMENT, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_IMPROVEMENT_OPENED),
    ROW(COMPLETE_IMPROVEMENT, FROM_ANY & ~FROM(ARCHIVED), GUARD_IMPROVEMENT_OPEN, WHEN_ALWAYS, STAYS, FACT_IMPROVEMENT_DONE),
    ROW(MESSAGE, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_MESSAGE_SENT),
    ROW(REQUEST_EXTENSION, FROM_OPEN, 0, WHEN_ALWAYS, STAYS, FACT_EXTENSION_REQUESTED),
    ROW(DECIDE_EXTENSION, FROM_OPEN, GUARD_EXTENSION_REQUESTED | GUARD_EXTENSION_ROLE, WHEN_ALWAYS, STAYS, FACT_EXTENSION_DECIDED),
    // Who knows of it, and who the complainant is.
    ROW(REVEAL, FROM_ANY, GUARD_NOT_ERASED | GUARD_REVEAL_APPROVED, WHEN_ALWAYS, STAYS, FACT_CASE_REVEALED),
    ROW(REQUEST_REVEAL, FROM_ANY, GUARD_NOT_ERASED, WHEN_ALWAYS, STAYS, FACT_REVEAL_REQUESTED),
    ROW(APPROVE_REVEAL, FROM_ANY, GUARD_NOT_ERASED | GUARD_REVEAL_REQUESTED, WHEN_ALWAYS, STAYS, FACT_REVEAL_APPROVED),
    ROW(DECLARE_CONFLICT, FROM_ANY, 0, WHEN_ALWAYS, STAYS, FACT_CONFLICT_DECLARED),
    ROW(ERASE, FROM_ENDED | FROM(ARCHIVED), GUARD_NOT_ERASED | GUARD_NOT_SUPERVISED | GUARD_APPEAL_OVER, WHEN_ALWAYS, STAYS, FACT_CONTENT_ERASED),
    ROW(GRANT, FROM_ANY, 0, WHEN_ALWAYS, STAYS, FACT_ACCESS_GRANTED),
    ROW(BREAK_GLASS, FROM_ANY, 0, WHEN_ALWAYS, STAYS, FACT_GLASS_BROKEN),
    // Persons, allegations, evidence.
    ROW(CONCERN_PERSON, FROM_UNDECIDED, 0, WHEN_ALWAYS, STAYS, FACT_PERSON_CONCERNED),
    ROW(RAISE_ALLEGATION, FROM_UNDECIDED, GUARD_HAS_PERSON, WHEN_ALWAYS, STAYS, FACT_ALLEGATION_RAISED),
    ROW(DECIDE_ALLEGATION, FROM(SIGNED) | FROM(INVESTIGATING), GUARD_HANDLES | GUARD_HAS_ALLEGATION, WHEN_ALWAYS, STAYS, FACT_ALLEGATION_DECIDED),
    ROW(RECORD_AUTHORITY, FROM_OPEN, GUARD_ON_BEHALF, WHEN_ALWAYS, STAYS, FACT_AUTHORITY_RECORDED),
    ROW(FORM_TEAM, FROM_UNDECIDED, 0, WHEN_ALWAYS, STAYS, FACT_TEAM_FORMED),
    ROW(REGISTER_EVIDENCE, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_EVIDENCE_REGISTERED),
    // Joint handling: each co-handler answers the lead.
    ROW(ADD_CO_HANDLER, FROM_IN_HAND, 0, WHEN_ALWAYS, STAYS, FACT_CO_HANDLER_ADDED),
    ROW(REPORT_STAGE, FROM_IN_HAND, GUARD_CO_HANDLER, WHEN_ALWAYS, STAYS, FACT_STAGE_REPORTED),
    ROW(ANSWER_CO_HANDLING, FROM_IN_HAND, GUARD_CO_HANDLER, WHEN_ALWAYS, STAYS, FACT_CO_HANDLER_ANSWERED),
    // Supervision: an order is its own entity; what raises one by rule stands in decide_supervision.c.
    ROW(SUPERVISE, FROM_SUPERVISED, 0, WHEN_ALWAYS, STAYS, FACT_SUPERVISION_ORDERED),
    ROW(ANSWER_SUPERVISION, FROM_SUPERVISED, GUARD_ORDER_TO_ANSWER, WHEN_ALWAYS, STAYS, FACT_SUPERVISION_ANSWERED),
    ROW(LIFT_SUPERVISION, FROM_SUPERVISED, GUARD_ORDER_TO_LIFT, WHEN_ALWAYS, STAYS, FACT_SUPERVISION_LIFTED),
    // Cases of one matter, and people who come again.
    ROW(NOTE_REPEAT, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_REPEAT_RECOGNISED),
    ROW(MERGE, FROM_ANY & ~FROM(ARCHIVED), 0, WHEN_ALWAYS, STAYS, FACT_CASE_MERGED),
    // Whom an archived case is of one matter with changes nothing of it: it holds up no cluster.
    ROW(MERGE, FROM(ARCHIVED), GUARD_MERGED, WHEN_ALWAYS, STAYS, FACT_CASE_MERGED),
    ROW(UNMERGE, FROM_ANY, GUARD_MERGED, WHEN_ALWAYS, STAYS, FACT_CASE_UNMERGED),
};
// clang-format on
const size_t workflow_row_count = COUNT(workflow_rows);

const struct workflow_row *workflow_find(enum case_status from, enum input_kind command,
                                         enum workflow_when when) {
    for (size_t i = 0; i < COUNT(workflow_rows); i++) {
        const struct workflow_row *row = &workflow_rows[i];
        if (row->command == command && row->when == when && (row->from & WORKFLOW_FROM(from))) {
            return row;
        }
    }
    return NULL;
}

// A row of several facts passes through the rows of each of them, which the tests check.
enum case_status workflow_next(enum case_status from, enum fact_kind fact) {
    for (size_t i = 0; i < COUNT(workflow_rows); i++) {
        const struct workflow_row *row = &workflow_rows[i];
        if (row->fact_count == 1 && row->facts[0] == fact && (row->from & WORKFLOW_FROM(from))) {
            return row->to == STAYS ? from : row->to;
        }
    }
    return from;
}

bool workflow_is_open(enum case_status status) { return (FROM_OPEN & WORKFLOW_FROM(status)) != 0; }

bool workflow_is_in_hand(enum case_status status) {
    return (FROM_IN_HAND & WORKFLOW_FROM(status)) != 0;
}

bool workflow_awaits_reply(enum case_status status) {
    return ((FROM_UNDECIDED | FROM(RESOLVED_ON_SPOT) | FROM(DECIDED)) & WORKFLOW_FROM(status)) != 0;
}

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

static bool not_designated(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_was_designated(state, state->unit);
}

static bool unhandled(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->handler[0] == '\0';
}

static bool termination_requested(const struct case_state *state, const struct case_actor *actor) {
    return state->termination_requester[0] != '\0' &&
           strcmp(state->termination_requester, actor->subject) != 0;
}

static bool extension_requested(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return state->extension.clock[0] != '\0';
}

// Whose word the law asks for; not every role that the table of roles names.
static bool extension_role(const struct case_state *state, const struct case_actor *actor) {
    unsigned roles =
        permission_roles_on(state, actor) & permission_of(INPUT_DECIDE_EXTENSION)->roles;
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
    return !state->reveal_needs_approval ||
           (state->reveal_approved && strcmp(state->reveal_requester, actor->subject) == 0);
}

static bool reveal_requested(const struct case_state *state, const struct case_actor *actor) {
    return state->reveal_requester[0] != '\0' && !state->reveal_approved &&
           strcmp(state->reveal_requester, actor->subject) != 0;
}

static bool not_supervised(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return !case_is_supervised(state);
}

// While no unit has the case, the desk answers.
static bool order_to_answer(const struct case_state *state, const struct case_actor *actor) {
    bool own = state->unit[0] == '\0' ? (permission_roles_on(state, actor) & ROLE_OPERATOR) != 0
                                      : permission_handles(state, actor);
    return own && case_has_order_to_answer(state);
}

static bool order_to_lift(const struct case_state *state, const struct case_actor *actor) {
    (void)actor;
    return case_has_order_to_lift(state);
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
    enum workflow_guard guard;
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
    {GUARD_UNHANDLED, unhandled, "handled", "a handler has the case"},
    {GUARD_FOLLOWED_UP, followed_up, "no-follow-up",
     "the complainant was not asked yet, nor tried as often as the policy asks for"},
    {GUARD_NOT_REVIEWED, not_reviewed, "already-reviewed", "each level reviews a case once"},
    {GUARD_REVIEWED, reviewed, "not-reviewed", "the level below has not reviewed the case"},
    {GUARD_NOT_DECIDER, not_decider, "own-decision",
     "nobody reviews a case that they decided anything of"},
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
     "the policy wants another supervisor's approval first: request-reveal"},
    {GUARD_REVEAL_REQUESTED, reveal_requested, "reveal-not-requested",
     "another person must have asked to see the content"},
    {GUARD_MERGED, merged, "not-merged", "the case is of no cluster"},
    {GUARD_NOT_SUPERVISED, not_supervised, "supervised",
     "a supervision order is open; it must be answered and lifted first"},
    {GUARD_ORDER_TO_ANSWER, order_to_answer, "no-order-to-answer",
     "no supervision order waits for an answer of this user's unit"},
    {GUARD_ORDER_TO_LIFT, order_to_lift, "no-answered-order",
     "no open supervision order has its answer yet"},
    {GUARD_ALLEGATIONS_DECIDED, allegations_decided, "allegation-undecided",
     "each allegation must be decided first"},
    {GUARD_HAS_PERSON, has_person, "no-person", "the case names no person concerned yet"},
    {GUARD_HAS_ALLEGATION, has_allegation, "no-allegation", "the case has no allegation"},
    {GUARD_CO_HANDLER, co_handler, "not-co-handler",
     "no unit of this user is a co-handler whose answer is missing"},
    {GUARD_ON_BEHALF, on_behalf, "not-on-behalf", "nobody complains on behalf of another here"},
};

static size_t guard_place(enum workflow_guard guard) {
    size_t place = 0;
    while (place + 1 < COUNT(guards) && guards[place].guard != guard) {
        place++;
    }
    return place;
}

const char *workflow_guard_code(enum workflow_guard guard) {
    return guards[guard_place(guard)].code;
}

const char *workflow_code_text(const char *code) {
    for (size_t i = 0; i < COUNT(guards); i++) {
        if (strcmp(guards[i].code, code) == 0) {
            return guards[i].text;
        }
    }
    return "there is no such case";
}

unsigned workflow_broken_guard(const struct workflow_row *row, const struct case_state *state,
                               const struct case_actor *actor) {
    for (size_t i = 0; i < COUNT(guards) && row->guards != 0; i++) {
        if ((row->guards & guards[i].guard) != 0 && !guards[i].holds(state, actor)) {
            return guards[i].guard;
        }
    }
    return 0;
}
