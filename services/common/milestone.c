// SPDX-License-Identifier: Apache-2.0
// One row a fact: what packs call it.
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
    [MILESTONE_MEDIATION_ANSWERED] = "mediation_answered",
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
    [MILESTONE_RESOLUTION_OVERDUE] = "resolution_overdue",
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

static bool is_at_stage(const ProtobufCMessage *fact, unsigned stages) {
    unsigned stage = (unsigned)((const Redress__V1__MediationRecorded *)fact)->stage;
    return stage < 32 && (stages & 1U << stage) != 0;
}

#define STAGE(name) (1U << REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_##name)
static bool is_mediation_requested(const ProtobufCMessage *fact) {
    return is_at_stage(fact, STAGE(REQUESTED));
}

static bool is_mediation_accepted(const ProtobufCMessage *fact) {
    return is_at_stage(fact, STAGE(ACCEPTED));
}

static bool is_mediation_answered(const ProtobufCMessage *fact) {
    return is_at_stage(fact, STAGE(ACCEPTED) | STAGE(DECLINED) | STAGE(FAILED));
}

static bool is_mediation_ended(const ProtobufCMessage *fact) {
    return is_at_stage(fact, STAGE(AGREED) | STAGE(FAILED));
}

static bool is_resolution(const ProtobufCMessage *fact) {
    return strcmp(((const Redress__V1__ClockBreached *)fact)->name, "resolution") == 0;
}

struct condition {
    uint64_t bit;
    bool (*holds)(const ProtobufCMessage *);
};

// What a fact is: always, and only if something in it holds.
struct meaning {
    const ProtobufCMessageDescriptor *fact;
    uint64_t always;
    const struct condition *sometimes; // ends with {0}; NULL: none
};

#define FACT(name) &redress__v1__##name##__descriptor
#define IS(name) MILESTONE_BIT(MILESTONE_##name)
#define SOMETIMES(...) ((const struct condition[]){__VA_ARGS__, {0}})
// The most frequent facts first.
static const struct meaning meanings[] = {
    {FACT(case_registered), IS(CASE_REGISTERED), NULL},
    {FACT(case_assessed), IS(CASE_ASSESSED),
     SOMETIMES({IS(CASE_IS_MAJOR), is_major}, {IS(CRISIS_CONFIRMED), is_confirmed})},
    {FACT(case_accepted), IS(CASE_ACCEPTED) | IS(COMPLAINANT_TOLD), NULL},
    {FACT(case_transferred_to_emergency),
     IS(COMPLAINANT_TOLD) | IS(RESCUE_CONFIRMED) | IS(CRISIS_CONFIRMED), NULL},
    {FACT(case_dispatched), IS(CASE_DISPATCHED) | IS(OBJECTION_ANSWERED), NULL},
    {FACT(case_designated), IS(CASE_DISPATCHED) | IS(OBJECTION_ANSWERED), NULL},
    {FACT(case_signed), IS(CASE_SIGNED) | IS(DISPATCH_ANSWERED), NULL},
    {FACT(return_requested), IS(DISPATCH_ANSWERED) | IS(OBJECTION_RAISED), NULL},
    {FACT(case_decided), IS(CASE_DECIDED), NULL},
    {FACT(case_replied), IS(CASE_REPLIED) | IS(COMPLAINANT_TOLD) | IS(PROGRESS_TOLD),
     SOMETIMES({IS(RE_REVIEW_OPEN), is_reviewed})},
    {FACT(progress_told), IS(PROGRESS_TOLD), NULL},
    {FACT(follow_up_visited), 0, SOMETIMES({IS(VISIT_DONE), is_visited})},
    {FACT(case_closed), IS(CASE_CLOSED), NULL},
    {FACT(review_requested), IS(REVIEW_REQUESTED), NULL},
    {FACT(final_review_requested), IS(RE_REVIEW_REQUESTED), NULL},
    {FACT(review_decided), 0,
     SOMETIMES({IS(REVIEW_DECIDED), is_not_final}, {IS(RE_REVIEW_OPEN), is_upheld_or_changed},
               {IS(RE_REVIEW_DECIDED), is_final})},
    {FACT(follow_up_recorded), 0, SOMETIMES({IS(FOLLOW_UP_DONE), is_reached})},
    {FACT(feedback_recorded), IS(FOLLOW_UP_DONE), NULL},
    {FACT(mediation_recorded), 0,
     SOMETIMES({IS(MEDIATION_REQUESTED), is_mediation_requested},
               {IS(MEDIATION_ACCEPTED), is_mediation_accepted},
               {IS(MEDIATION_ANSWERED), is_mediation_answered},
               {IS(MEDIATION_ENDED), is_mediation_ended})},
    {FACT(clock_breached), 0, SOMETIMES({IS(RESOLUTION_OVERDUE), is_resolution})},
};
#define MEANINGS (sizeof meanings / sizeof meanings[0])

const char *milestone_name(enum milestone milestone) { return names[milestone]; }

enum milestone milestone_read(const char *name) {
    enum milestone milestone = name[0] == '\0' ? MILESTONE_COUNT : 0; // clocks that nothing stops
    while (milestone < MILESTONE_COUNT && strcmp(names[milestone], name) != 0) {
        milestone++;
    }
    return milestone;
}

bool milestone_is_told(enum milestone milestone) {
    return milestone < MILESTONE_CALL_OFFERED || milestone > MILESTONE_FOLLOW_UP_DUE;
}

// What it may be, beside what it always is.
static uint64_t may_be(const struct meaning *meaning) {
    uint64_t may = meaning->always;
    const struct condition *at = meaning->sometimes;
    for (; at != NULL && at->holds != NULL; at++) {
        may |= at->bit;
    }
    return may;
}

bool milestone_implies(enum milestone one, enum milestone other) {
    uint64_t both = ~UINT64_C(0);
    bool told = false;
    for (size_t i = 0; one < MILESTONE_COUNT && i < MEANINGS; i++) {
        if ((may_be(&meanings[i]) & MILESTONE_BIT(one)) != 0) {
            both &= meanings[i].always | MILESTONE_BIT(one);
            told = true;
        }
    }
    return told && other < MILESTONE_COUNT && (both & MILESTONE_BIT(other)) != 0;
}

static uint64_t milestones_in(const struct meaning *meaning, const ProtobufCMessage *fact) {
    uint64_t found = meaning->always;
    const struct condition *at = meaning->sometimes;
    for (; at != NULL && at->holds != NULL; at++) {
        found |= at->holds(fact) ? at->bit : 0;
    }
    return found;
}

uint64_t milestones_of(const ProtobufCMessage *fact) {
    for (size_t i = 0; i < MEANINGS; i++) {
        if (meanings[i].fact == fact->descriptor) {
            return milestones_in(&meanings[i], fact);
        }
    }
    return 0;
}
