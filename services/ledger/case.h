// SPDX-License-Identifier: Apache-2.0
// What a case is and what may happen to it: pure rules, no I/O, time is a parameter. The state is
// the fold of the case's facts; nothing but case_apply changes it.
#pragma once

#include "case_parts.h"
#include "fact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_CLOCKS (12 + CASE_ORDERS + CASE_CO_HANDLERS)
#define CASE_ALARMS 8
#define CASE_MESSAGES 200                          // of the complainant
#define CASE_OFFERS 100                          // pieces that the complainant offers
#define CASE_FACTS (8 + CASE_CLOCKS + CASE_ORDERS) // most facts that one input can cause

enum case_status { // in the order of a case's way; workflow.c says what leads where
    CASE_NONE,
    CASE_RECEIVED,
    CASE_TRIAGED,
    CASE_NOT_ACCEPTED,
    CASE_REDIRECTED,
    CASE_EMERGENCY_TRANSFERRED,
    CASE_ACCEPTED,
    CASE_RESOLVED_ON_SPOT,
    CASE_DISPATCHED,
    CASE_RETURN_REQUESTED,
    CASE_DESIGNATED,
    CASE_SIGNED,
    CASE_INVESTIGATING,
    CASE_SUSPENDED,
    CASE_DECIDED,
    CASE_REPLIED,
    CASE_FOLLOW_UP,
    CASE_REWORK,
    CASE_CLOSED,
    CASE_REVIEW,
    CASE_RE_REVIEW,
    CASE_FINAL,
    CASE_WITHDRAWN,
    CASE_TERMINATED,
    CASE_ARCHIVED,
    CASE_STATUS_COUNT
};

enum case_clock_state {
    CLOCK_STATE_RUNNING,
    CLOCK_STATE_WARNED,
    CLOCK_STATE_BREACHED,
    CLOCK_STATE_STOPPED
};

struct case_clock {
    char name[33];
    uint32_t version;
    int64_t started_at_ms;
    int64_t warn_at_ms; // 0: never
    int64_t due_at_ms;
    enum case_clock_state state;
};

struct case_alarm {
    char alarm_id[37];
    uint32_t ordinal;
    uint32_t kind; // Redress__V1__AlarmKind
    char clock[33];
    uint32_t level; // rungs climbed
    bool acknowledged;
};

struct case_state {
    char case_id[37];
    uint64_t sequence; // of its last fact
    unsigned char hash[32];
    char tenant[33];
    enum case_status status;
    char tracking_code[16];
    unsigned char content_sha256[32];
    uint32_t channel;
    char category[CASE_CODE_SIZE];
    char subject[CASE_CODE_SIZE];
    uint32_t urgency; // in force; 0 not assessed
    uint32_t crisis;
    uint32_t person_urgency; // as a person set it; 0 none did
    uint32_t person_crisis;
    char unit[CASE_CODE_SIZE];
    char handler[CASE_CODE_SIZE];
    uint32_t outcome;
    int64_t received_at_ms;
    int64_t promised_at_ms;
    bool anonymous;
    bool contactable;
    bool urgent_alarmed;
    uint32_t rating;             // 0 not rated
    uint32_t returns;            // how often a unit gave it back
    uint32_t follow_up_attempts; // failed ones after which it may be closed, by the policy
    uint32_t failed_follow_ups;  // since the last reply
    uint32_t reviews;            // decided
    bool followed_up;            // somebody was reached since the last reply, or rated it
    bool closed_before;
    uint32_t rounds;                       // of handling that ended in a rework or a reopening
    uint32_t messages;                     // that the complainant sent
    uint32_t offers;                     // pieces that the complainant offered
    char decider[CASE_CODE_SIZE];          // who decided it last
    char previous_handler[CASE_CODE_SIZE]; // who may not have it again; "" nobody
    char suspension_ground[CASE_CODE_SIZE];
    char termination_requester[CASE_CODE_SIZE]; // "" nobody asked
    int64_t first_response_at_ms;
    int64_t replied_at_ms;
    int64_t closed_at_ms;
    int64_t updated_at_ms;
    char language[8];
    struct case_clock clocks[CASE_CLOCKS];
    size_t clock_count;
    struct case_alarm alarms[CASE_ALARMS];
    size_t alarm_count;
    uint32_t alarm_ordinal; // of the last alarm
    struct case_parts parts;
};

enum input_kind {
    INPUT_SUBMIT,
    INPUT_ASSESS,
    INPUT_ARM_CLOCK,
    INPUT_WARN_CLOCK,
    INPUT_BREACH_CLOCK,
    INPUT_RECORD_DELIVERY,
    INPUT_RECORD_FEEDBACK,
    INPUT_RECORD_MESSAGE,
    INPUT_OFFER_EVIDENCE,
    INPUT_WITHDRAW_CASE, // the complainant does it; staff: INPUT_WITHDRAW
    INPUT_REOPEN_CASE,   // likewise
    INPUT_PROPOSAL_COUNT,
    INPUT_ACCEPT = INPUT_PROPOSAL_COUNT,
    INPUT_REFUSE,
    INPUT_REDIRECT,
    INPUT_TRANSFER_EMERGENCY,
    INPUT_RESOLVE_ON_SPOT,
    INPUT_DISPATCH,
    INPUT_REQUEST_RETURN,
    INPUT_DESIGNATE,
    INPUT_SIGN,
    INPUT_INVESTIGATE,
    INPUT_SUSPEND,
    INPUT_RESUME,
    INPUT_DECIDE,
    INPUT_REPLY,
    INPUT_FOLLOW_UP,
    INPUT_REWORK,
    INPUT_CLOSE,
    INPUT_REOPEN,
    INPUT_REVIEW,
    INPUT_RE_REVIEW,
    INPUT_DECIDE_REVIEW,
    INPUT_WITHDRAW,
    INPUT_REQUEST_TERMINATION,
    INPUT_TERMINATE,
    INPUT_ARCHIVE,
    INPUT_ACKNOWLEDGE,
    INPUT_COMMENT,
    INPUT_SET_ASSESSMENT,
    INPUT_REVEAL,
    INPUT_MESSAGE,
    INPUT_SUPERVISE,
    INPUT_ANSWER_SUPERVISION,
    INPUT_LIFT_SUPERVISION,
    INPUT_CONCERN_PERSON,
    INPUT_RAISE_ALLEGATION,
    INPUT_DECIDE_ALLEGATION,
    INPUT_RECORD_AUTHORITY,
    INPUT_FORM_TEAM,
    INPUT_REGISTER_EVIDENCE,
    INPUT_ADD_CO_HANDLER,
    INPUT_REPORT_STAGE,
    INPUT_ANSWER_CO_HANDLING,
    INPUT_KIND_COUNT
};

// Roles of the staff user who commands, as bits.
enum case_role {
    ROLE_OPERATOR = 1,
    ROLE_HANDLER = 2,
    ROLE_SUPERVISOR = 4,
    ROLE_AUDITOR = 8,
    ROLE_ADMINISTRATOR = 16,
    ROLE_REVIEWER = 32
};

struct case_actor {
    const char *subject;
    unsigned roles;           // bits of enum case_role
    const char *const *units; // unit codes
    size_t unit_count;
};

// What a staff user asks for. Texts are borrowed and already bounded.
struct case_command {
    const struct case_actor *actor;
    const char *text;     // note, reply, findings, comment or reason
    const char *unit;     // dispatch, designate: to; return: proposed; decide: found responsible
    const char *detail;   // right route, authority, service, ground or measure
    const char *alarm_id; // acknowledge
    const char *category; // set assessment; NULL keeps
    const char *subject;  // set assessment; NULL keeps
    uint32_t outcome;     // decide; review: its result; refuse, reopen: the ground
    uint32_t attempts;    // reply: follow-ups that the policy asks for
    uint32_t score;       // follow-up; 0 not given
    bool reached;         // follow-up
    bool solved;          // follow-up
    uint32_t urgency;     // set assessment; 0 keeps
    uint32_t crisis;      // set assessment; 0 keeps
    struct case_entry entry;
};

// One proposal or command. Borrows everything.
struct case_input {
    enum input_kind kind;
    const char *cause_id;    // 36 characters
    const char *actor;       // a service's name or a staff user's subject
    const char *traceparent; // W3C trace context, carried to the facts; NULL where there is none
    union {
        const Redress__V1__SubmitCase *submit;
        const Redress__V1__AssessCase *assess;
        const Redress__V1__ArmClock *arm;
        const Redress__V1__WarnClock *warn;
        const Redress__V1__BreachClock *breach;
        const Redress__V1__RecordDelivery *delivery;
        const Redress__V1__RecordFeedback *feedback;
        const Redress__V1__RecordMessage *message;
        const Redress__V1__OfferEvidence *evidence;
        const Redress__V1__WithdrawCase *withdraw;
        const Redress__V1__ReopenCase *reopen;
        const struct case_command *command;
    } of;
};

enum case_verdict {
    CASE_DECIDED_FACTS,   // facts holds what is now true
    CASE_DECIDED_NOTHING, // a repeat or superseded: nothing to say
    CASE_DECIDED_REFUSAL, // code tells the rule
};

struct case_decision {
    enum case_verdict verdict;
    const char *code; // of a refusal, "not-rateable"; constant
    const char *text; // the same for people, English; constant
    struct fact facts[CASE_FACTS];
    size_t count;
    char alarm_id[37];   // storage that facts borrow
    char clock_name[33]; // storage that facts borrow
};

// Decides. The facts borrow from state, input and decision, and have no sequence yet.
void case_decide(const struct case_state *state, const struct case_input *input, int64_t now_ms,
                 struct case_decision *decision);

// Folds one fact into the state; sequence and hash are the caller's to set.
void case_apply(struct case_state *state, const struct fact *fact);

// "received", "dispatched" …
const char *case_status_name(enum case_status status);
// CASE_NONE for an unknown name.
enum case_status case_status_read(const char *name);
const struct case_clock *case_clock_find(const struct case_state *state, const char *name);
const struct case_alarm *case_alarm_find(const struct case_state *state, const char *alarm_id);
// Armed and not yet breached or stopped; false for NULL.
bool case_clock_runs(const struct case_clock *clock);
bool case_has_open_alarm(const struct case_state *state);
// Number of the closure that the present round of handling leads to, or led to; 1 and up.
uint32_t case_closure(const struct case_state *state);
