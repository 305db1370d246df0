// SPDX-License-Identifier: Apache-2.0
// A fact in memory, whatever its type, and its bytes. Pure.
#pragma once

#include "common/error.h"

#include "redress/v1/facts.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact_kind {
    FACT_CASE_REGISTERED,
    FACT_CASE_ASSESSED,
    FACT_CASE_ACCEPTED,
    FACT_CASE_DISPATCHED,
    FACT_CASE_SIGNED,
    FACT_CASE_DECIDED,
    FACT_CASE_REPLIED,
    FACT_FEEDBACK_RECORDED,
    FACT_CASE_CLOSED,
    FACT_CASE_NOT_ACCEPTED,
    FACT_CASE_REDIRECTED,
    FACT_CASE_TRANSFERRED_TO_EMERGENCY,
    FACT_CASE_RESOLVED_ON_SPOT,
    FACT_RETURN_REQUESTED,
    FACT_CASE_DESIGNATED,
    FACT_INVESTIGATION_STARTED,
    FACT_CASE_SUSPENDED,
    FACT_CASE_RESUMED,
    FACT_FOLLOW_UP_RECORDED,
    FACT_REWORK_ORDERED,
    FACT_CASE_REOPENED,
    FACT_REVIEW_REQUESTED,
    FACT_FINAL_REVIEW_REQUESTED,
    FACT_REVIEW_DECIDED,
    FACT_CASE_WITHDRAWN,
    FACT_TERMINATION_REQUESTED,
    FACT_CASE_TERMINATED,
    FACT_CASE_ARCHIVED,
    FACT_MESSAGE_RECEIVED,
    FACT_MESSAGE_SENT,
    FACT_EVIDENCE_OFFERED,
    FACT_PROGRESS_TOLD,
    FACT_FOLLOW_UP_VISITED,
    FACT_IMPROVEMENT_OPENED,
    FACT_IMPROVEMENT_DONE,
    FACT_CASE_COMMENTED,
    FACT_CASE_REVEALED,
    FACT_REVEAL_REQUESTED,
    FACT_REVEAL_APPROVED,
    FACT_CONFLICT_DECLARED,
    FACT_CONTENT_ERASED,
    FACT_ACCESS_GRANTED,
    FACT_GLASS_BROKEN,
    FACT_CLOCK_ARMED,
    FACT_CLOCK_WARNED,
    FACT_CLOCK_BREACHED,
    FACT_CLOCK_STOPPED,
    FACT_CASE_ESCALATED,
    FACT_ALARM_RAISED,
    FACT_ALARM_ACKNOWLEDGED,
    FACT_DELIVERY_RECORDED,
    FACT_PROPOSAL_REFUSED,
    FACT_CLOCK_PAUSED,
    FACT_EXTENSION_REQUESTED,
    FACT_EXTENSION_DECIDED,
    FACT_SUPERVISION_ORDERED,
    FACT_SUPERVISION_ANSWERED,
    FACT_SUPERVISION_LIFTED,
    FACT_PERSON_CONCERNED,
    FACT_ALLEGATION_RAISED,
    FACT_ALLEGATION_DECIDED,
    FACT_AUTHORITY_RECORDED,
    FACT_TEAM_FORMED,
    FACT_EVIDENCE_REGISTERED,
    FACT_CO_HANDLER_ADDED,
    FACT_CO_HANDLER_ANSWERED,
    FACT_STAGE_REPORTED,
    FACT_REPEAT_RECOGNISED,
    FACT_CASE_MERGED,
    FACT_CASE_UNMERGED,
    FACT_MEDIATION_RECORDED,
    FACT_KIND_COUNT
};

struct fact {
    enum fact_kind kind;
    Redress__V1__FactMeta meta; // body's meta points here while packing
    Redress__V1__CaseTraits
        traits; // meta's traits point here while packing, of kinds that have any
    union {
        ProtobufCMessage base;
        struct { // every fact message begins with its meta
            ProtobufCMessage base;
            Redress__V1__FactMeta *meta;
        } header;
        Redress__V1__CaseRegistered registered;
        Redress__V1__CaseAssessed assessed;
        Redress__V1__CaseAccepted accepted;
        Redress__V1__CaseDispatched dispatched;
        Redress__V1__CaseSigned signed_for;
        Redress__V1__CaseDecided decided;
        Redress__V1__CaseReplied replied;
        Redress__V1__FeedbackRecorded feedback;
        Redress__V1__CaseClosed closed;
        Redress__V1__CaseNotAccepted not_accepted;
        Redress__V1__CaseRedirected redirected;
        Redress__V1__CaseTransferredToEmergency transferred;
        Redress__V1__CaseResolvedOnSpot resolved_on_spot;
        Redress__V1__ReturnRequested return_requested;
        Redress__V1__CaseDesignated designated;
        Redress__V1__InvestigationStarted investigation_started;
        Redress__V1__CaseSuspended suspended;
        Redress__V1__CaseResumed resumed;
        Redress__V1__FollowUpRecorded follow_up;
        Redress__V1__ReworkOrdered rework;
        Redress__V1__CaseReopened reopened;
        Redress__V1__ReviewRequested review_requested;
        Redress__V1__FinalReviewRequested final_review_requested;
        Redress__V1__ReviewDecided review_decided;
        Redress__V1__CaseWithdrawn withdrawn;
        Redress__V1__TerminationRequested termination_requested;
        Redress__V1__CaseTerminated terminated;
        Redress__V1__CaseArchived archived;
        Redress__V1__MessageReceived message_received;
        Redress__V1__MessageSent message_sent;
        Redress__V1__EvidenceOffered evidence_offered;
        Redress__V1__ProgressTold progress_told;
        Redress__V1__FollowUpVisited follow_up_visited;
        Redress__V1__ImprovementOpened improvement_opened;
        Redress__V1__ImprovementDone improvement_done;
        Redress__V1__CaseCommented commented;
        Redress__V1__CaseRevealed revealed;
        Redress__V1__RevealRequested reveal_requested;
        Redress__V1__RevealApproved reveal_approved;
        Redress__V1__ConflictDeclared conflict;
        Redress__V1__ContentErased erased;
        Redress__V1__AccessGranted granted;
        Redress__V1__GlassBroken glass_broken;
        Redress__V1__ClockArmed clock_armed;
        Redress__V1__ClockWarned clock_warned;
        Redress__V1__ClockBreached clock_breached;
        Redress__V1__ClockStopped clock_stopped;
        Redress__V1__CaseEscalated escalated;
        Redress__V1__AlarmRaised alarm_raised;
        Redress__V1__AlarmAcknowledged alarm_acknowledged;
        Redress__V1__DeliveryRecorded delivery;
        Redress__V1__ProposalRefused refused;
        Redress__V1__ClockPaused clock_paused;
        Redress__V1__ExtensionRequested extension_requested;
        Redress__V1__ExtensionDecided extension_decided;
        Redress__V1__SupervisionOrdered supervision_ordered;
        Redress__V1__SupervisionAnswered supervision_answered;
        Redress__V1__SupervisionLifted supervision_lifted;
        Redress__V1__PersonConcerned person_concerned;
        Redress__V1__AllegationRaised allegation_raised;
        Redress__V1__AllegationDecided allegation_decided;
        Redress__V1__AuthorityRecorded authority_recorded;
        Redress__V1__TeamFormed team_formed;
        Redress__V1__EvidenceRegistered evidence_registered;
        Redress__V1__CoHandlerAdded co_handler_added;
        Redress__V1__CoHandlerAnswered co_handler_answered;
        Redress__V1__StageReported stage_reported;
        Redress__V1__RepeatRecognised repeat_recognised;
        Redress__V1__CaseMerged merged;
        Redress__V1__CaseUnmerged unmerged;
        Redress__V1__MediationRecorded mediation_recorded;
    } body;
};

// An empty fact of a kind.
void fact_init(struct fact *fact, enum fact_kind kind);

// Whether facts of this kind may start a clock, and so carry the case's traits.
bool fact_has_traits(enum fact_kind kind);
// Of the most frequent kinds: no milestone, and nothing follows from it by rule, so that whoever
// decides need not look for that.
bool fact_is_quiet(enum fact_kind kind);
// "redress.v1.CaseRegistered".
const char *fact_type(enum fact_kind kind);
// FACT_KIND_COUNT for an unknown type.
enum fact_kind fact_kind_of(const char *type);

// Bytes as stored and published; the caller frees them. NULL when out of memory.
uint8_t *fact_pack(struct fact *fact, size_t *size);

// Reads stored bytes. The message owns what fact borrows; free it with fact_release. RC_INTERNAL,
// and *message is NULL.
MUST_CHECK enum rc fact_unpack(enum fact_kind kind, const uint8_t *bytes, size_t size,
                               struct fact *fact, ProtobufCMessage **message, struct error *error);
// For what shows as much as can be read: RC_OK, and *message is NULL, where the bytes do not
// decode; RC_INTERNAL where there is no memory.
MUST_CHECK enum rc fact_unpack_or_none(enum fact_kind kind, const uint8_t *bytes, size_t size,
                                       struct fact *fact, ProtobufCMessage **message,
                                       struct error *error);
void fact_release(ProtobufCMessage *message);
