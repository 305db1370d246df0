// SPDX-License-Identifier: Apache-2.0
// What a case is and what may happen to it: pure rules, no I/O, time is a parameter. The state is
// the fold of the case's facts; nothing but case_apply changes it.
#pragma once

#include "case_cluster.h"
#include "case_hands.h"
#include "case_input.h"
#include "case_levels.h"
#include "case_parts.h"
#include "case_reached.h"
#include "case_reveals.h"
#include "case_visits.h"
#include "fact.h"

#include "common/limit.h"
#include "common/milestone.h"
#include "common/role.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_DIGEST_SIZE 16
// Room for the most clocks that one case can have: by the packs, a petition has eight (acceptance,
// first response, objection, resolution, request of a review and of another, review, re-review);
// sign-for and call-back; progress and four visits; an escalation for each alarm; one for each
// order, co-handler and improvement; the rest for what regions and commitments add.
#define CASE_CLOCKS (20 + CASE_ALARMS + CASE_ORDERS + CASE_CO_HANDLERS + CASE_IMPROVEMENTS)
#define CASE_IMPROVEMENTS 8
#define CASE_PART_UNITS_SIZE ((CASE_CO_HANDLERS + CASE_IMPROVEMENTS) * CASE_CODE_SIZE)
#define CASE_CHANGES 16 // pauses and extensions of the runs that clocks are in
#define CASE_ALARMS 18
#define CASE_ALARMS_RESERVED 6 // of these, for what must be told: a crisis, a broken glass
#define CASE_ALARMS_URGENT 3   // of those, for what nobody has taken yet: a P1, an R3, an R4
#define CASE_MESSAGES 200      // of the complainant
#define CASE_OFFERS 100        // pieces that the complainant offers
// Most facts that one input can cause.
#define CASE_FACTS (8 + CASE_CLOCKS + CASE_ORDERS + CASE_ALARMS)
#define CASE_SITUATIONS_SIZE 129
#define CASE_ADVERSE_EFFECT "adverse-effect" // a situation that the ledger itself knows
#define CASE_CONFLICTS (2 * CASE_PERSONS)    // those named in the case, and as many declared ones

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
    CLOCK_STATE_STOPPED,
    CLOCK_STATE_PAUSED
};

#define CASE_WARNS 4 // DEADLINE_WARNS

struct case_clock {
    char name[33];
    uint32_t version;
    int64_t started_at_ms;
    int64_t warn_at_ms[CASE_WARNS]; // each later than the one before
    uint32_t warn_count;
    uint32_t warned;   // how many of these points this run has been warned of; the next one's place
    int64_t due_at_ms; // while paused: at the latest
    enum case_clock_state state;
    enum milestone stops_on; // MILESTONE_COUNT: nothing that is said of it
    bool lapses;             // its end is no breach
    bool provisional;
    bool displaced;          // stopped because its rule begins later now, or none holds
    uint64_t based_on;       // the latest fact that its terms followed from
    uint64_t armed_sequence; // of the fact that explains the terms
    char restarted_on[CASE_CODE_SIZE];
    char policy_version[CASE_CODE_SIZE];
    char calendar_version[CASE_CODE_SIZE];
};

// A pause or an extension of the run that a clock is in.
struct case_change {
    char clock[33];
    char ground[CASE_CODE_SIZE]; // "": an extension
    int64_t from_ms;
    int64_t to_ms;    // 0: the pause lasts
    int64_t until_ms; // when the pause ends of itself
    bool alone;       // of this clock, by a command of its own: the case goes on
    struct limit limit;
};

// An extension that was asked for and not decided yet.
struct case_extension {
    char clock[33];    // "": none
    uint64_t sequence; // of the request
    char requester[CASE_CODE_SIZE];
};

struct case_alarm {
    char alarm_id[37];
    uint32_t ordinal;
    uint32_t kind; // Redress__V1__AlarmKind
    char clock[33];
    uint32_t level; // rungs climbed
    bool acknowledged;
    char unit[CASE_CODE_SIZE]; // whose ladder it climbs; "": the case's own unit's
    uint32_t danger;           // that it was raised for; 0: none, or before the ledger kept it
    char reviewers_of[33];     // of a review's clock: the institution that owed it; ""
};

struct case_improvement {       // its number is its place and 1
    char owner[CASE_CODE_SIZE]; // unit
    int64_t due_at_ms;
    bool done;
    int64_t done_at_ms; // 0: not yet, or before the ledger kept it
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
    uint32_t alarmed_danger;     // the worst that alarmed in this round and is not over; 0: none
    uint32_t rating;             // 0 not rated
    uint32_t returns;            // how often a unit gave it back
    uint32_t follow_up_attempts; // failed ones after which it may be closed, by the policy
    uint32_t failed_follow_ups;  // since the last reply
    uint32_t reviews;            // decided
    bool followed_up;            // somebody was reached since the last reply, or rated it
    bool closed_before;
    uint32_t visits;        // of this crisis, that took place or were declined
    uint32_t failed_visits; // since then
    uint32_t mediation;     // Redress__V1__MediationStage
    struct case_improvement improvements[CASE_IMPROVEMENTS];
    size_t improvement_count;
    int64_t first_replied_at_ms;                // 0: not yet, or before the ledger kept it
    int64_t restarted_at_ms;                    // the last rework or reopening; 0: none
    char restarted_on[16];                      // the ground on which clocks begin again then
    uint32_t rounds;                            // of handling that ended in a rework or a reopening
    uint32_t messages;                          // that the complainant sent
    uint32_t offers;                            // pieces that the complainant offered
    unsigned char offered[CASE_OFFERS][32];     // their SHA-256
    size_t offered_count;                       // fewer than offers in states of before
    char decider[CASE_CODE_SIZE];               // who decided it last
    char reviewer[CASE_CODE_SIZE];              // who decided its review; "" nobody
    char decided_for[33];                       // the level that decided it last (case_levels.h)
    char reviewed_for[33];                      // and the one that reviewed it last; "" none
    char previous_handler[CASE_CODE_SIZE];      // whom the last rework took it from; "" nobody
    struct case_hands hands;                    // all who may not have it again, or not review it
    char rested_on[CASE_CODE_SIZE];             // the ground of the last suspension
    char termination_requester[CASE_CODE_SIZE]; // "" nobody asked
    int64_t first_response_at_ms;
    int64_t replied_at_ms;
    int64_t closed_at_ms;
    int64_t updated_at_ms;
    char language[8];
    char situations[CASE_SITUATIONS_SIZE];  // as packs call them, separated by commas
    uint64_t assessed_sequence;             // of the last assessment; 0: none
    uint64_t turn_sequence;                 // of the last fact that an ETag names; 0: none
    int64_t reached_at_ms[MILESTONE_COUNT]; // last time; 0: never
    int64_t ended_at_ms;                    // likewise; 0, too, before the ledger kept it
    int64_t rested_at_ms;                   // likewise
    int64_t ran_on_at_ms;                   // likewise: when the last suspension ended
    struct case_reached reached_before[CASE_REACHED_BEFORE]; // by time
    size_t reached_before_count;
    struct case_extension extension;
    struct case_change changes[CASE_CHANGES];
    size_t change_count;
    struct case_clock clocks[CASE_CLOCKS];
    size_t clock_count;
    struct case_alarm alarms[CASE_ALARMS];
    size_t alarm_count;
    uint32_t alarm_ordinal; // of the last alarm
    struct case_parts parts;
    char conflicts[CASE_CONFLICTS][CASE_CODE_SIZE]; // subjects for whom the case does not exist
    size_t conflict_count;
    struct case_reveals reveal_requests; // of who asked to see the sealed content, and may, once
    uint32_t reveals;                    // how often it was seen
    bool erased;                         // nothing sealed is left
    int64_t supervised_until_ms; // when the last grant ends by which alone people supervise it; 0
    int64_t handled_until_ms;    // when the last grant ends by which alone its handler has it; 0
    int64_t looked_at_ms;        // when it was last looked whether grants on it have ended
    // By the policy, never stored; whoever asks case_permits sets these (command_access.h).
    int64_t asked_at_ms; // when they were asked: what has ended of itself by then holds no more
    bool reveal_needs_approval;
    bool review_too_late;         // the time to ask for the next review is over
    int64_t appeal_until_ms;      // of the time to ask for a review; 0: none is set, or over
    uint32_t visit_attempts;      // failed ones after which a late visit is owed no more; 0: never
    unsigned extension_denied_to; // roles that may not decide the extension that is asked for
    struct case_line line;        // the institutions above it
    struct case_cluster cluster;
};

enum case_verdict {
    CASE_DECIDED_FACTS,   // facts holds what is now true
    CASE_DECIDED_NOTHING, // a repeat or superseded: nothing to say
    CASE_DECIDED_REFUSAL, // code tells the rule
};

struct case_decision {
    enum case_verdict verdict;
    const char *code;  // of a refusal, "not-rateable"; constant
    const char *text;  // the same for people, English; constant
    const char *field; // of the command's body that is wrong; constant, "": none in particular
    struct fact facts[CASE_FACTS];
    size_t count;
    char alarm_ids[CASE_ALARMS][37];         // storage that facts borrow
    uint32_t alarm_count;                    // raised by this decision
    char clock_name[33];                     // storage that facts borrow
    Redress__V1__ClockRun runs[CASE_CLOCKS]; // storage that facts borrow
    Redress__V1__ClockRun *run_list[CASE_CLOCKS];
    Redress__V1__ClockChange changes[CASE_CHANGES];
    Redress__V1__ClockChange *change_list[CASE_CHANGES];
    Redress__V1__ClockTerms visits[CASE_CLOCKS];            // storage that facts borrow
    Redress__V1__CaseTraits traits;                         // storage that facts borrow
    Redress__V1__MilestoneReached reached[MILESTONE_COUNT]; // storage that facts borrow
    Redress__V1__MilestoneReached *reached_list[MILESTONE_COUNT];
    char roles[96];                          // storage that facts borrow
    char *decided_by[CASE_HANDS];            // storage that facts borrow
    char *withheld_from[CASE_CONFLICTS + 1]; // storage that facts borrow
    size_t withheld_count;
};

// Why no further message, or this evidence (sha256 NULL: none at all), is taken of the complainant
// whatever the case's state; NULL: it is. In decide_contact.c.
const char *case_message_refusal(const struct case_state *state);
const char *case_offer_refusal(const struct case_state *state, const char *sha256);

// Decides. The facts borrow from state, input and decision, and have no sequence yet.
void case_decide(const struct case_state *state, const struct case_input *input, int64_t now_ms,
                 struct case_decision *decision);

// A member of a cluster leads it from now on, or no more, because this input ended the case that
// led; whatever the input's actor may do elsewhere. Borrows likewise.
void case_decide_lead(const struct case_state *state, const struct case_input *input, bool leads,
                      int64_t now_ms, struct case_decision *decision);

// What a refusal's code means, for people; English, constant.
const char *case_refusal_text(const char *code);

// Folds one fact into the state; sequence and hash are the caller's to set.
void case_apply(struct case_state *state, const struct fact *fact);

// "received", "dispatched" …
const char *case_status_name(enum case_status status);
// CASE_NONE for an unknown name.
enum case_status case_status_read(const char *name);
const struct case_clock *case_clock_find(const struct case_state *state, const char *name);
const struct case_alarm *case_alarm_find(const struct case_state *state, const char *alarm_id);
// The clock whose deadline the case is held to: its resolution, before that is armed its first
// response; NULL before any is armed.
const struct case_clock *case_clock_held_to(const struct case_state *state);
// NULL where the clock is none or the alarm is gone.
const struct case_alarm *case_alarm_of_clock(const struct case_state *state, const char *clock);
// Where another clock finds room: the place of an alarm's that made room for another alarm, else a
// new one; CASE_CLOCKS: nowhere.
size_t case_place_for_clock(const struct case_state *state);
// The next warn point of a clock; 0 after the last.
int64_t case_clock_next_warn(const struct case_clock *clock);
// Armed and not yet breached or stopped, nor paused; false for NULL.
bool case_clock_runs(const struct case_clock *clock);
// It runs or is paused; false for NULL.
bool case_clock_is_open(const struct case_clock *clock);
// Since when a run rests that is paused at a moment: the case's suspension, or its own beginning in
// it. At most the moment, which it is where the state does not know.
int64_t case_rests_since(const struct case_state *state, int64_t started_at_ms, int64_t at_ms);
// When a run that began to rest at a moment runs on: with the case, though that may be noticed
// later. At most the moment that it is noticed.
int64_t case_rests_until(const struct case_state *state, int64_t since_ms, int64_t at_ms);
// "": the case is not suspended.
const char *case_suspension_ground(const struct case_state *state);
// The pause that a clock is in; NULL where it is in none.
const struct case_change *case_pause_find(const struct case_state *state, const char *clock);
// Whether the clock rests by a command of its own; false for NULL.
bool case_clock_rests_alone(const struct case_state *state, const struct case_clock *clock);
// Whether a change is one of the run that the clock is in. One of before its beginning counts again
// where an assessment lets the run begin earlier.
bool case_change_counts(const struct case_clock *clock, const struct case_change *change);
// How often the run that a clock is in was paused or extended.
size_t case_clock_changes(const struct case_state *state, const char *name);
// Whether it was at all.
bool case_clock_was_changed(const struct case_state *state, const char *name);
bool case_clock_was_extended(const struct case_state *state, const char *name);
// A review's, or that of a review of one, by what stops it where it is armed: reviewers owe it, not
// the unit that had the case.
bool case_clock_is_of_reviewers(const struct case_state *state, const char *name);
// A progress message or a visit: what runs is never put off, only brought forward.
bool case_is_promise(const struct case_clock *clock);
bool case_has_open_alarm(const struct case_state *state);
// Asked for, or under way: not ended yet.
bool case_is_in_mediation(const struct case_state *state);
// P1 and P2: progress is told of such a case.
bool case_urgency_is_major(uint32_t urgency);
// The flag MAJOR: by its urgency, or a special team looks at a major dispute.
bool case_is_major(const struct case_state *state);
// The flag OVERDUE: a clock of it was breached and has not begun again since.
bool case_is_overdue(const struct case_state *state);
// The flag EXTENDED: a clock that is open was granted an extension.
bool case_is_extended(const struct case_state *state);
// Another alarm takes the place of one that somebody has. taken: places that others of the same
// decision take; kept: those that it leaves free.
bool case_has_alarm_room(const struct case_state *state, size_t taken, size_t kept);
// The worst danger (danger.h) whose alarm nobody has taken yet; 0: none. Alarms of before the
// ledger kept it are of an urgent case.
uint32_t case_danger_that_waits(const struct case_state *state);
// Whether that is a crisis: whoever could be reached by the case may be about to die.
bool case_crisis_waits(const struct case_state *state);
// Whether the case is settled, so that a panel may score it.
bool case_is_closed(enum case_status status);
// Whether the case does not exist for this subject.
bool case_in_conflict(const struct case_state *state, const char *subject);
// Takes note of a conflict of interest, and the case from them if they handle it, or their place in
// its special team; what is beyond CASE_CONFLICTS is not kept.
void case_add_conflict(struct case_state *state, const char *subject);
// Number of the closure that the present round of handling leads to, or led to; 1 and up.
uint32_t case_closure(const struct case_state *state);
