// SPDX-License-Identifier: Apache-2.0
// Folding facts into the state: one short function a fact, one table that picks it. A fact is
// already true, so nothing here can refuse; what does not fit is cut to the state's bounds.
#include "apply.h"
#include "apply_access.h"
#include "apply_alarms.h"
#include "apply_cluster.h"
#include "apply_parts.h"
#include "apply_promises.h"
#include "decide.h"

#include "workflow.h"

#include "common/danger.h"

#include <stdio.h>
#include <string.h>

static void copy_hash(unsigned char target[32], const ProtobufCBinaryData *source) {
    if (source->len == 32) {
        memcpy(target, source->data, 32);
    }
}

static void apply_registered(struct case_state *state, const struct fact *fact) {
    const Redress__V1__CaseRegistered *body = &fact->body.registered;
    COPY(state->case_id, fact->meta.case_id);
    COPY(state->tenant, fact->meta.tenant);
    COPY(state->tracking_code, body->tracking_code);
    COPY(state->category, body->category);
    COPY(state->language, body->language);
    copy_hash(state->content_sha256, &body->content_sha256);
    state->channel = (uint32_t)body->channel;
    state->received_at_ms = body->received_at_ms;
    state->promised_at_ms = body->promised_at_ms;
    state->anonymous = body->anonymous;
    state->contactable = body->contactable;
    state->parts.on_behalf = body->on_behalf_relation[0] != '\0';
}

// Of a crisis: from the beginning.
static void begin_visits(struct case_state *state) {
    state->visits = 0;
    state->failed_visits = 0;
}

// What is over and comes again is news, but where its alarm waits for somebody all the while.
static void note_danger(struct case_state *state) {
    uint32_t danger = danger_of(state->urgency, state->crisis);
    uint32_t waits = case_danger_that_waits(state);
    uint32_t known = waits > state->alarmed_danger ? waits : state->alarmed_danger;
    state->alarmed_danger = danger < known ? danger : known;
}

static void apply_assessed(struct case_state *state, const struct fact *fact) {
    const Redress__V1__CaseAssessed *body = &fact->body.assessed;
    COPY(state->category, body->category);
    COPY(state->subject, body->subject);
    COPY(state->situations, body->situations);
    state->urgency = (uint32_t)body->urgency;
    state->crisis = (uint32_t)body->crisis;
    note_danger(state);
    state->assessed_sequence = fact->meta.sequence;
    if (body->lexicon_version[0] == '\0') { // a person did it
        state->person_urgency = state->urgency;
        state->person_crisis = state->crisis;
    }
    if (body->crisis_confirmed) {
        begin_visits(state);
    }
}

static void apply_mediation(struct case_state *state, const struct fact *fact) {
    state->mediation = (uint32_t)fact->body.mediation_recorded.stage;
    state->parts.revision++;
}

static void note_first_response(struct case_state *state, const struct fact *fact) {
    if (state->first_response_at_ms == 0) {
        state->first_response_at_ms = fact->meta.decided_at_ms;
    }
}

static void apply_accepted(struct case_state *state, const struct fact *fact) {
    note_first_response(state, fact);
}

static void apply_dispatched(struct case_state *state, const struct fact *fact) {
    COPY(state->unit, fact->body.dispatched.unit);
    state->handler[0] = '\0';
}

static void apply_return_requested(struct case_state *state, const struct fact *fact) {
    state->returns = fact->body.return_requested.returns;
    case_note_returned(state, fact->body.return_requested.unit);
}

static void apply_designated(struct case_state *state, const struct fact *fact) {
    COPY(state->unit, fact->body.designated.unit);
    case_note_designated(state, fact->body.designated.unit);
    state->handler[0] = '\0';
}

static void apply_signed(struct case_state *state, const struct fact *fact) {
    COPY(state->handler, fact->body.signed_for.handler);
    state->handled_until_ms = fact->body.signed_for.handled_until_ms;
    case_note_hand(state, state->handler, CASE_HANDLED);
}

// Whose handler lost it has another one as soon as somebody goes on.
static void apply_investigation_started(struct case_state *state, const struct fact *fact) {
    if (state->handler[0] == '\0') {
        COPY(state->handler, fact->meta.actor);
        state->handled_until_ms = fact->body.investigation_started.handled_until_ms;
    }
    case_note_hand(state, fact->meta.actor, CASE_HANDLED);
}

static void apply_decided(struct case_state *state, const struct fact *fact) {
    state->outcome = (uint32_t)fact->body.decided.outcome;
    COPY(state->decider, fact->meta.actor);
    COPY(state->decided_for, fact->body.decided.acting_for);
    case_note_hand(state, fact->meta.actor, CASE_JUDGED);
}

// Settling it at once decides it: nobody reviews that of their own, nor does it again.
static void apply_resolved_on_spot(struct case_state *state, const struct fact *fact) {
    COPY(state->decider, fact->meta.actor);
    COPY(state->decided_for, fact->body.resolved_on_spot.acting_for);
    case_note_hand(state, fact->meta.actor, CASE_JUDGED);
}

static void apply_replied(struct case_state *state, const struct fact *fact) {
    state->replied_at_ms = fact->meta.decided_at_ms;
    if (state->first_replied_at_ms == 0) {
        state->first_replied_at_ms = state->replied_at_ms;
    }
    state->follow_up_attempts = fact->body.replied.follow_up_attempts;
    state->failed_follow_ups = 0;
    state->followed_up = false;
    note_first_response(state, fact);
}

static void apply_feedback(struct case_state *state, const struct fact *fact) {
    state->rating = fact->body.feedback.overall;
    state->followed_up = true;
}

static void apply_closed(struct case_state *state, const struct fact *fact) {
    state->closed_at_ms = fact->meta.decided_at_ms;
    state->closed_before = true;
}

static void apply_suspended(struct case_state *state, const struct fact *fact) {
    case_note_reached(state, CASE_RESTED, fact->meta.decided_at_ms);
    COPY(state->rested_on, fact->body.suspended.ground);
}

static void apply_resumed(struct case_state *state, const struct fact *fact) {
    state->ran_on_at_ms = fact->meta.decided_at_ms;
}

// A person found it so, and knows of the danger.
static void note_rescue(struct case_state *state, uint32_t crisis) {
    uint32_t danger = danger_of(state->urgency, crisis);
    state->crisis = crisis > state->crisis ? crisis : state->crisis;
    state->person_crisis = crisis > state->person_crisis ? crisis : state->person_crisis;
    state->alarmed_danger = danger > state->alarmed_danger ? danger : state->alarmed_danger;
}

static void apply_transferred(struct case_state *state, const struct fact *fact) {
    note_rescue(state, (uint32_t)fact->traits.crisis);
    begin_visits(state);
    state->follow_up_attempts = fact->body.transferred.follow_up_attempts;
    state->failed_follow_ups = 0;
    state->followed_up = false;
    note_first_response(state, fact);
}

static void apply_follow_up(struct case_state *state, const struct fact *fact) {
    const Redress__V1__FollowUpRecorded *body = &fact->body.follow_up;
    if (body->reached) { // who says that it is not settled has not agreed to a closure
        state->followed_up = !decide_is_dissatisfied(body->solved, body->score);
    } else {
        state->failed_follow_ups++;
    }
}

// Who took the alarm of a crisis may be gone by now; one that still waits goes on.
static void forget_urgent_alarm(struct case_state *state) {
    state->alarmed_danger = case_danger_that_waits(state);
}

// Each closure is rated once: what is done again can be rated again.
static void begin_again(struct case_state *state, bool bars) {
    if (state->closed_at_ms != 0) {
        forget_urgent_alarm(state);
    }
    state->rounds++;
    case_end_round(state, bars);
    state->rating = 0;
    state->outcome = 0; // it is decided anew
    state->closed_at_ms = 0;
    state->handler[0] = '\0';
    state->termination_requester[0] = '\0'; // what was asked of the round before
    apply_forget_extension(state, NULL);
    memset(state->cluster.same_as, 0, sizeof state->cluster.same_as);
    apply_parts_again(state);
}

static void note_restart(struct case_state *state, const struct fact *fact, const char *ground) {
    case_note_reached(state, CASE_RESTARTED, fact->meta.decided_at_ms);
    snprintf(state->restarted_on, sizeof state->restarted_on, "%s", ground);
}

static void apply_rework(struct case_state *state, const struct fact *fact) {
    COPY(state->previous_handler, fact->body.rework.previous_handler);
    begin_again(state, true);
    note_restart(state, fact, "rework");
}

// Whom the answer did not satisfy gets it from somebody else; new facts bar nobody.
static void apply_reopened(struct case_state *state, const struct fact *fact) {
    bool bars =
        fact->body.reopened.ground == REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_DISSATISFIED;
    COPY(state->previous_handler, bars ? state->handler : "");
    begin_again(state, bars);
    forget_urgent_alarm(state);
    note_restart(state, fact, bars ? "rework" : "new-facts");
}

static void apply_review_decided(struct case_state *state, const struct fact *fact) {
    if (state->reviews == 0) {
        COPY(state->reviewer, fact->meta.actor);
    }
    if (fact->body.review_decided.outcome != REDRESS__V1__OUTCOME__OUTCOME_UNSPECIFIED) {
        state->outcome = (uint32_t)fact->body.review_decided.outcome;
    }
    state->reviews++;
    COPY(state->reviewed_for, fact->body.review_decided.acting_for);
    case_note_hand(state, fact->meta.actor, CASE_REVIEWED);
}

static void apply_message_received(struct case_state *state, const struct fact *fact) {
    (void)fact;
    state->messages++;
}

static void apply_evidence_offered(struct case_state *state, const struct fact *fact) {
    state->offers++;
    if (state->offered_count < CASE_OFFERS &&
        case_read_digest(fact->body.evidence_offered.sha256,
                         state->offered[state->offered_count])) {
        state->offered_count++;
    }
}

static void apply_termination_requested(struct case_state *state, const struct fact *fact) {
    COPY(state->termination_requester, fact->meta.actor);
}

static void (*const appliers[FACT_KIND_COUNT])(struct case_state *, const struct fact *) = {
    [FACT_CASE_REGISTERED] = apply_registered,
    [FACT_CASE_ASSESSED] = apply_assessed,
    [FACT_CASE_ACCEPTED] = apply_accepted,
    [FACT_CASE_DISPATCHED] = apply_dispatched,
    [FACT_CASE_SIGNED] = apply_signed,
    [FACT_INVESTIGATION_STARTED] = apply_investigation_started,
    [FACT_CASE_DECIDED] = apply_decided,
    [FACT_CASE_RESOLVED_ON_SPOT] = apply_resolved_on_spot,
    [FACT_CASE_REPLIED] = apply_replied,
    [FACT_FEEDBACK_RECORDED] = apply_feedback,
    [FACT_CASE_CLOSED] = apply_closed,
    [FACT_RETURN_REQUESTED] = apply_return_requested,
    [FACT_CASE_DESIGNATED] = apply_designated,
    [FACT_CASE_TRANSFERRED_TO_EMERGENCY] = apply_transferred,
    [FACT_CASE_SUSPENDED] = apply_suspended,
    [FACT_CASE_RESUMED] = apply_resumed,
    [FACT_FOLLOW_UP_RECORDED] = apply_follow_up,
    [FACT_REWORK_ORDERED] = apply_rework,
    [FACT_CASE_REOPENED] = apply_reopened,
    [FACT_REVIEW_DECIDED] = apply_review_decided,
    [FACT_TERMINATION_REQUESTED] = apply_termination_requested,
    [FACT_CASE_REVEALED] = apply_revealed,
    [FACT_REVEAL_REQUESTED] = apply_reveal_requested,
    [FACT_REVEAL_APPROVED] = apply_reveal_approved,
    [FACT_CONFLICT_DECLARED] = apply_conflict,
    [FACT_CONTENT_ERASED] = apply_erased,
    [FACT_MESSAGE_RECEIVED] = apply_message_received,
    [FACT_EVIDENCE_OFFERED] = apply_evidence_offered,
    [FACT_FOLLOW_UP_VISITED] = apply_visited,
    [FACT_IMPROVEMENT_OPENED] = apply_improvement_opened,
    [FACT_IMPROVEMENT_DONE] = apply_improvement_done,
    [FACT_CLOCK_ARMED] = apply_clock_armed,
    [FACT_CLOCK_WARNED] = apply_clock_warned,
    [FACT_CLOCK_BREACHED] = apply_clock_breached,
    [FACT_CLOCK_STOPPED] = apply_clock_stopped,
    [FACT_CASE_ESCALATED] = apply_escalated,
    [FACT_ALARM_RAISED] = apply_alarm_raised,
    [FACT_ALARM_ACKNOWLEDGED] = apply_alarm_acknowledged,
    [FACT_CLOCK_PAUSED] = apply_clock_paused,
    [FACT_EXTENSION_REQUESTED] = apply_extension_requested,
    [FACT_EXTENSION_DECIDED] = apply_extension_decided,
    [FACT_SUPERVISION_ORDERED] = apply_supervision_ordered,
    [FACT_SUPERVISION_ANSWERED] = apply_supervision_answered,
    [FACT_SUPERVISION_LIFTED] = apply_supervision_lifted,
    [FACT_PERSON_CONCERNED] = apply_person_concerned,
    [FACT_ALLEGATION_RAISED] = apply_allegation_raised,
    [FACT_ALLEGATION_DECIDED] = apply_allegation_decided,
    [FACT_AUTHORITY_RECORDED] = apply_authority_recorded,
    [FACT_TEAM_FORMED] = apply_team_formed,
    [FACT_EVIDENCE_REGISTERED] = apply_evidence_registered,
    [FACT_CO_HANDLER_ADDED] = apply_co_handler_added,
    [FACT_CO_HANDLER_ANSWERED] = apply_co_handler_answered,
    [FACT_STAGE_REPORTED] = apply_stage_reported,
    [FACT_CASE_NOT_ACCEPTED] = apply_not_accepted,
    [FACT_REPEAT_RECOGNISED] = apply_repeat_recognised,
    [FACT_CASE_MERGED] = apply_merged,
    [FACT_CASE_UNMERGED] = apply_unmerged,
    [FACT_MEDIATION_RECORDED] = apply_mediation,
};

static void note_milestones(struct case_state *state, const struct fact *fact) {
    uint64_t reached = milestones_of(&fact->body.base);
    for (uint32_t i = 0; reached != 0; i++, reached >>= 1) {
        if ((reached & 1) != 0) {
            case_note_reached(state, i, fact->meta.decided_at_ms);
        }
    }
}

// What moves no case, yet is what another person decides on next. None comes back as it was.
static const bool turns[FACT_KIND_COUNT] = {
    [FACT_CASE_ASSESSED] = true,
    [FACT_EXTENSION_REQUESTED] = true,
    [FACT_REVEAL_REQUESTED] = true,
    [FACT_EXTENSION_DECIDED] = true,
    [FACT_REVEAL_APPROVED] = true,
    [FACT_TERMINATION_REQUESTED] = true,
    [FACT_CASE_TRANSFERRED_TO_EMERGENCY] = true, // also of a case in hand, which it moves nowhere
};

// Facts beside which no ended grant is told: of one input for several cases, or of a refused one.
static bool looks_at_grants(enum fact_kind kind) {
    return kind != FACT_CASE_MERGED && kind != FACT_CASE_UNMERGED && kind != FACT_PROPOSAL_REFUSED;
}

void case_apply(struct case_state *state, const struct fact *fact) {
    state->updated_at_ms = fact->meta.decided_at_ms;
    if (looks_at_grants(fact->kind)) {
        state->looked_at_ms = fact->meta.decided_at_ms;
    }
    if (turns[fact->kind] || workflow_moves(state->status, fact->kind)) {
        state->turn_sequence = fact->meta.sequence;
    }
    bool was_open = workflow_is_open(state->status);
    state->status = workflow_next(state->status, fact->kind);
    if (!workflow_is_open(state->status)) { // nor is an end of a later review asked for by this
        state->termination_requester[0] = '\0';
    }
    if (was_open && !workflow_is_open(state->status)) {
        case_note_reached(state, CASE_WAY_ENDED, fact->meta.decided_at_ms);
    }
    note_milestones(state, fact);
    if (appliers[fact->kind] != NULL) {
        appliers[fact->kind](state, fact);
    }
}
