// SPDX-License-Identifier: Apache-2.0
// What is decided on: a proposal, or a command of a staff user with what that user may do.
#pragma once

#include "case_cluster.h"
#include "case_parts.h"

#include "redress/v1/facts.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum input_kind {
    INPUT_SUBMIT,
    INPUT_ASSESS,
    INPUT_ARM_CLOCK,
    INPUT_WARN_CLOCK,
    INPUT_BREACH_CLOCK,
    INPUT_END_CLOCK,
    INPUT_RECORD_DELIVERY,
    INPUT_RECORD_FEEDBACK,
    INPUT_RECORD_MESSAGE,
    INPUT_OFFER_EVIDENCE,
    INPUT_WITHDRAW_CASE, // the complainant does it; staff: INPUT_WITHDRAW
    INPUT_REOPEN_CASE,   // likewise
    INPUT_NOTE_REPEAT,
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
    INPUT_REQUEST_REVEAL,
    INPUT_APPROVE_REVEAL,
    INPUT_DECLARE_CONFLICT,
    INPUT_ERASE,
    INPUT_GRANT,
    INPUT_BREAK_GLASS,
    INPUT_MESSAGE,
    INPUT_REQUEST_EXTENSION,
    INPUT_DECIDE_EXTENSION,
    INPUT_PAUSE_CLOCK,
    INPUT_RESUME_CLOCK,
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
    INPUT_REPORT_PROGRESS,
    INPUT_VISIT,
    INPUT_OPEN_IMPROVEMENT,
    INPUT_COMPLETE_IMPROVEMENT,
    INPUT_RECORD_MEDIATION,
    INPUT_MERGE,
    INPUT_UNMERGE,
    INPUT_KIND_COUNT
};

// What somebody may do for a time beyond their token (permission.h).
struct case_grant {
    unsigned roles;            // bits of enum role
    char case_id[37];          // "": for a unit's cases
    char unit[CASE_CODE_SIZE]; // "": for one case
    bool glass;                // a broken one
};

struct case_actor {
    const char *subject;
    unsigned roles;           // bits of enum role
    const char *const *units; // unit codes
    size_t unit_count;
    const char *tenants; // institutions in scope, separated by commas; NULL: any
    bool region;         // the scope is the whole region
    const struct case_grant *grants;
    size_t grant_count;
};

// What the case's policy makes of one of its clocks under a command.
struct case_plan {
    Redress__V1__ClockTerms *terms; // that hold then; while it rests: at the latest
    int64_t until_ms;               // a pause: when it ends of itself
};

// What a staff user asks for. Texts are borrowed and already bounded.
struct case_command {
    const struct case_actor *actor;
    const char *text;       // note, reply, findings, comment or reason
    const char *unit;       // dispatch, designate: to; return: proposed; decide: found responsible
    const char *detail;     // right route, authority, service, ground or measure
    const char *alarm_id;   // acknowledge
    const char *category;   // set assessment; NULL keeps
    const char *subject;    // set assessment; NULL keeps
    uint32_t outcome;       // decide; review: its result; refuse, reopen: the ground
    uint32_t changed_to;    // decide review: the outcome that it changes the decision to; 0: none
    uint32_t attempts;      // reply, emergency: follow-ups that the policy asks for
    uint32_t score;         // follow-up; 0 not given
    bool reached;           // follow-up
    bool solved;            // follow-up
    uint32_t urgency;       // set assessment; 0 keeps
    uint32_t crisis;        // set assessment; 0 keeps
    const char *situations; // set assessment; NULL keeps
    const char *clock;      // request extension, pause clock, resume clock
    const char *plan;       // request extension: what will be done until then
    const char *value_unit; // request extension: "working_days"
    uint32_t value;         // request extension
    bool granted;           // decide extension
    const Redress__V1__ExtensionRequested *request; // decide extension: what was asked for
    bool keeps_last_day;                            // decide extension: by the rule
    const Redress__V1__EvidenceOffered
        *offer;              // register evidence: the complainant's of it; NULL: none
    int64_t visit_due_ms[2]; // visit: of the one before and of this one, where the policies promise
                             // it and no clock of it is armed yet; 0
    const struct case_plan *plans; // pauses, resumptions, decide extension: by the policy
    size_t plan_count;
    const char *staff; // declare conflict: whose; grant: to whom; approve reveal: whose
    unsigned role;     // grant
    int64_t until_ms;  // grant, break glass
    struct case_entry entry;
    struct case_relation relation;
};

// One proposal or command. Borrows everything.
struct case_input {
    enum input_kind kind;
    const char *cause_id;              // 36 characters
    const unsigned char *cause_digest; // CASE_DIGEST_SIZE bytes of a command; NULL: a proposal
    const char *actor;                 // a service's name or a staff user's subject
    const char *traceparent;  // W3C trace context, carried to the facts; NULL where there is none
    const char *unstaffed_to; // the unit that is told where nobody can act after this; NULL
    const char *unsupervised_to; // likewise where nobody can supervise; NULL
    const char *unhandled_to;    // likewise where a grant has ended by which somebody could; NULL
    int64_t handled_until_ms;    // who takes it: by grants alone, the last of which ends then; 0
    int64_t supervised_until_ms; // after this by grants alone, the last of which ends then; 0
    // Of a case that rests or rested, or of which a clock rests alone (plans_of_rest). An
    // assessment: the rule for what it finds knows no such pause of the case, and by which terms
    // clocks run on. A clock that is armed: how it rests, and how it runs on.
    bool waits_in_vain;
    const struct case_plan *plans;
    size_t plan_count;
    union {
        const Redress__V1__SubmitCase *submit;
        const Redress__V1__AssessCase *assess;
        const Redress__V1__ArmClock *arm;
        const Redress__V1__WarnClock *warn;
        const Redress__V1__BreachClock *breach;
        const Redress__V1__EndClock *end;
        const Redress__V1__RecordDelivery *delivery;
        const Redress__V1__RecordFeedback *feedback;
        const Redress__V1__RecordMessage *message;
        const Redress__V1__OfferEvidence *evidence;
        const Redress__V1__WithdrawCase *withdraw;
        const Redress__V1__ReopenCase *reopen;
        const Redress__V1__NoteRepeat *repeat;
        const struct case_command *command;
    } of;
};
