// SPDX-License-Identifier: Apache-2.0
// One row a fact and what packs call it.
#include "common/milestone.h"

#include "redress/v1/facts.pb-c.h"

#include <stddef.h>
#include <string.h>

static const char *const names[MILESTONE_COUNT] = {
    [MILESTONE_CASE_REGISTERED] = "case_registered",
    [MILESTONE_CASE_ASSESSED] = "case_assessed",
    [MILESTONE_CASE_ACCEPTED] = "case_accepted",
    [MILESTONE_CASE_DISPATCHED] = "case_dispatched",
    [MILESTONE_CASE_SIGNED] = "case_signed",
    [MILESTONE_CASE_DECIDED] = "case_decided",
    [MILESTONE_CASE_REPLIED] = "case_replied",
    [MILESTONE_CASE_CLOSED] = "case_closed",
    [MILESTONE_COMPLAINANT_TOLD] = "complainant_told",
    [MILESTONE_DISPATCH_ANSWERED] = "dispatch_answered",
    [MILESTONE_OBJECTION_RAISED] = "objection_raised",
    [MILESTONE_OBJECTION_ANSWERED] = "objection_answered",
    [MILESTONE_REVIEW_REQUESTED] = "review_requested",
    [MILESTONE_REVIEW_DECIDED] = "review_decided",
    [MILESTONE_RE_REVIEW_REQUESTED] = "re_review_requested",
    [MILESTONE_RE_REVIEW_DECIDED] = "re_review_decided",
    [MILESTONE_FOLLOW_UP_DONE] = "follow_up_done",
    [MILESTONE_RESCUE_CONFIRMED] = "rescue_confirmed",
    [MILESTONE_INTERIM_LETTER_SENT] = "interim_letter_sent",
    [MILESTONE_MEDIATION_REQUESTED] = "mediation_requested",
    [MILESTONE_MEDIATION_ACCEPTED] = "mediation_accepted",
    [MILESTONE_MEDIATION_ENDED] = "mediation_ended",
    [MILESTONE_CALL_OFFERED] = "call_offered",
    [MILESTONE_CALL_ANSWERED] = "call_answered",
    [MILESTONE_CALL_ENDED] = "call_ended",
    [MILESTONE_FOLLOW_UP_DUE] = "follow_up_due",
    [MILESTONE_SUPERVISION_ORDERED] = "supervision_ordered",
    [MILESTONE_SUPERVISION_ANSWERED] = "supervision_answered",
    [MILESTONE_CO_HANDLER_ADDED] = "co_handler_added",
    [MILESTONE_CO_HANDLER_ANSWERED] = "co_handler_answered",
    [MILESTONE_CASE_IS_MAJOR] = "case_is_major",
    [MILESTONE_PROGRESS_TOLD] = "progress_told",
    [MILESTONE_CRISIS_CONFIRMED] = "crisis_confirmed",
    [MILESTONE_VISIT_DONE] = "visit_done",
    [MILESTONE_RE_REVIEW_OPEN] = "re_review_open",
};

static bool is_final(const ProtobufCMessage *fact) {
    return ((const Redress__V1__ReviewDecided *)fact)->final;
}

static bool is_not_final(const ProtobufCMessage *fact) { return !is_final(fact); }

// What is sent back is done again first; its reply opens the next level.
static bool is_upheld_or_changed(const ProtobufCMessage *fact) {
    return !is_final(fact) && ((const Redress__V1__ReviewDecided *)fact)->result !=
                                  REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED;
}

static bool is_reviewed(const ProtobufCMessage *fact) {
    return ((const Redress__V1__CaseReplied *)fact)->reviewed;
}

static bool is_reached(const ProtobufCMessage *fact) {
    return ((const Redress__V1__FollowUpRecorded *)fact)->reached;
}

static bool is_major(const ProtobufCMessage *fact) {
    return ((const Redress__V1__CaseAssessed *)fact)->became_major;
}

static bool is_confirmed(const ProtobufCMessage *fact) {
    return ((const Redress__V1__CaseAssessed *)fact)->crisis_confirmed;
}

static bool is_visited(const ProtobufCMessage *fact) {
    return ((const Redress__V1__FollowUpVisited *)fact)->outcome !=
           REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE;
}

#define FACT(name) &redress__v1__##name##__descriptor
static const struct {
    const ProtobufCMessageDescriptor *fact;
    enum milestone milestone;
    bool (*holds)(const ProtobufCMessage *); // NULL: always
} rows[] = {
    {FACT(case_registered), MILESTONE_CASE_REGISTERED, NULL},
    {FACT(case_assessed), MILESTONE_CASE_ASSESSED, NULL},
    {FACT(case_assessed), MILESTONE_CASE_IS_MAJOR, is_major},
    {FACT(case_assessed), MILESTONE_CRISIS_CONFIRMED, is_confirmed},
    {FACT(case_accepted), MILESTONE_CASE_ACCEPTED, NULL},
    {FACT(case_accepted), MILESTONE_COMPLAINANT_TOLD, NULL},
    {FACT(case_transferred_to_emergency), MILESTONE_COMPLAINANT_TOLD, NULL},
    {FACT(case_transferred_to_emergency), MILESTONE_RESCUE_CONFIRMED, NULL},
    {FACT(case_transferred_to_emergency), MILESTONE_CRISIS_CONFIRMED, NULL},
    {FACT(case_dispatched), MILESTONE_CASE_DISPATCHED, NULL},
    {FACT(case_dispatched), MILESTONE_OBJECTION_ANSWERED, NULL},
    {FACT(case_designated), MILESTONE_CASE_DISPATCHED, NULL},
    {FACT(case_designated), MILESTONE_OBJECTION_ANSWERED, NULL},
    {FACT(case_signed), MILESTONE_CASE_SIGNED, NULL},
    {FACT(case_signed), MILESTONE_DISPATCH_ANSWERED, NULL},
    {FACT(return_requested), MILESTONE_DISPATCH_ANSWERED, NULL},
    {FACT(return_requested), MILESTONE_OBJECTION_RAISED, NULL},
    {FACT(case_decided), MILESTONE_CASE_DECIDED, NULL},
    {FACT(case_replied), MILESTONE_CASE_REPLIED, NULL},
    {FACT(case_replied), MILESTONE_COMPLAINANT_TOLD, NULL},
    {FACT(case_replied), MILESTONE_PROGRESS_TOLD, NULL},
    {FACT(progress_told), MILESTONE_PROGRESS_TOLD, NULL},
    {FACT(follow_up_visited), MILESTONE_VISIT_DONE, is_visited},
    {FACT(case_closed), MILESTONE_CASE_CLOSED, NULL},
    {FACT(review_requested), MILESTONE_REVIEW_REQUESTED, NULL},
    {FACT(review_decided), MILESTONE_REVIEW_DECIDED, is_not_final},
    {FACT(review_decided), MILESTONE_RE_REVIEW_OPEN, is_upheld_or_changed},
    {FACT(case_replied), MILESTONE_RE_REVIEW_OPEN, is_reviewed},
    {FACT(final_review_requested), MILESTONE_RE_REVIEW_REQUESTED, NULL},
    {FACT(review_decided), MILESTONE_RE_REVIEW_DECIDED, is_final},
    {FACT(follow_up_recorded), MILESTONE_FOLLOW_UP_DONE, is_reached},
    {FACT(feedback_recorded), MILESTONE_FOLLOW_UP_DONE, NULL},
};

const char *milestone_name(enum milestone milestone) { return names[milestone]; }

enum milestone milestone_read(const char *name) {
    enum milestone milestone = 0;
    while (milestone < MILESTONE_COUNT && strcmp(names[milestone], name) != 0) {
        milestone++;
    }
    return milestone;
}

uint64_t milestones_of(const ProtobufCMessage *fact) {
    uint64_t found = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].fact == fact->descriptor && (rows[i].holds == NULL || rows[i].holds(fact))) {
            found |= MILESTONE_BIT(rows[i].milestone);
        }
    }
    return found;
}
