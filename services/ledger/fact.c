// SPDX-License-Identifier: Apache-2.0
// One table says which message each kind of fact is; everything else follows from it.
#include "fact.h"

#include "common/protobuf.h"

#include <stdlib.h>
#include <string.h>

static const ProtobufCMessageDescriptor *const descriptors[FACT_KIND_COUNT] = {
    [FACT_CASE_REGISTERED] = &redress__v1__case_registered__descriptor,
    [FACT_CASE_ASSESSED] = &redress__v1__case_assessed__descriptor,
    [FACT_CASE_ACCEPTED] = &redress__v1__case_accepted__descriptor,
    [FACT_CASE_DISPATCHED] = &redress__v1__case_dispatched__descriptor,
    [FACT_CASE_SIGNED] = &redress__v1__case_signed__descriptor,
    [FACT_CASE_DECIDED] = &redress__v1__case_decided__descriptor,
    [FACT_CASE_REPLIED] = &redress__v1__case_replied__descriptor,
    [FACT_FEEDBACK_RECORDED] = &redress__v1__feedback_recorded__descriptor,
    [FACT_CASE_CLOSED] = &redress__v1__case_closed__descriptor,
    [FACT_CASE_NOT_ACCEPTED] = &redress__v1__case_not_accepted__descriptor,
    [FACT_CASE_REDIRECTED] = &redress__v1__case_redirected__descriptor,
    [FACT_CASE_TRANSFERRED_TO_EMERGENCY] = &redress__v1__case_transferred_to_emergency__descriptor,
    [FACT_CASE_RESOLVED_ON_SPOT] = &redress__v1__case_resolved_on_spot__descriptor,
    [FACT_RETURN_REQUESTED] = &redress__v1__return_requested__descriptor,
    [FACT_CASE_DESIGNATED] = &redress__v1__case_designated__descriptor,
    [FACT_INVESTIGATION_STARTED] = &redress__v1__investigation_started__descriptor,
    [FACT_CASE_SUSPENDED] = &redress__v1__case_suspended__descriptor,
    [FACT_CASE_RESUMED] = &redress__v1__case_resumed__descriptor,
    [FACT_FOLLOW_UP_RECORDED] = &redress__v1__follow_up_recorded__descriptor,
    [FACT_REWORK_ORDERED] = &redress__v1__rework_ordered__descriptor,
    [FACT_CASE_REOPENED] = &redress__v1__case_reopened__descriptor,
    [FACT_REVIEW_REQUESTED] = &redress__v1__review_requested__descriptor,
    [FACT_FINAL_REVIEW_REQUESTED] = &redress__v1__final_review_requested__descriptor,
    [FACT_REVIEW_DECIDED] = &redress__v1__review_decided__descriptor,
    [FACT_CASE_WITHDRAWN] = &redress__v1__case_withdrawn__descriptor,
    [FACT_TERMINATION_REQUESTED] = &redress__v1__termination_requested__descriptor,
    [FACT_CASE_TERMINATED] = &redress__v1__case_terminated__descriptor,
    [FACT_CASE_ARCHIVED] = &redress__v1__case_archived__descriptor,
    [FACT_MESSAGE_RECEIVED] = &redress__v1__message_received__descriptor,
    [FACT_MESSAGE_SENT] = &redress__v1__message_sent__descriptor,
    [FACT_EVIDENCE_OFFERED] = &redress__v1__evidence_offered__descriptor,
    [FACT_PROGRESS_TOLD] = &redress__v1__progress_told__descriptor,
    [FACT_FOLLOW_UP_VISITED] = &redress__v1__follow_up_visited__descriptor,
    [FACT_IMPROVEMENT_OPENED] = &redress__v1__improvement_opened__descriptor,
    [FACT_IMPROVEMENT_DONE] = &redress__v1__improvement_done__descriptor,
    [FACT_CASE_COMMENTED] = &redress__v1__case_commented__descriptor,
    [FACT_CASE_REVEALED] = &redress__v1__case_revealed__descriptor,
    [FACT_REVEAL_REQUESTED] = &redress__v1__reveal_requested__descriptor,
    [FACT_REVEAL_APPROVED] = &redress__v1__reveal_approved__descriptor,
    [FACT_CONFLICT_DECLARED] = &redress__v1__conflict_declared__descriptor,
    [FACT_CONTENT_ERASED] = &redress__v1__content_erased__descriptor,
    [FACT_ACCESS_GRANTED] = &redress__v1__access_granted__descriptor,
    [FACT_GLASS_BROKEN] = &redress__v1__glass_broken__descriptor,
    [FACT_CLOCK_ARMED] = &redress__v1__clock_armed__descriptor,
    [FACT_CLOCK_WARNED] = &redress__v1__clock_warned__descriptor,
    [FACT_CLOCK_BREACHED] = &redress__v1__clock_breached__descriptor,
    [FACT_CLOCK_STOPPED] = &redress__v1__clock_stopped__descriptor,
    [FACT_CASE_ESCALATED] = &redress__v1__case_escalated__descriptor,
    [FACT_ALARM_RAISED] = &redress__v1__alarm_raised__descriptor,
    [FACT_ALARM_ACKNOWLEDGED] = &redress__v1__alarm_acknowledged__descriptor,
    [FACT_DELIVERY_RECORDED] = &redress__v1__delivery_recorded__descriptor,
    [FACT_PROPOSAL_REFUSED] = &redress__v1__proposal_refused__descriptor,
    [FACT_CLOCK_PAUSED] = &redress__v1__clock_paused__descriptor,
    [FACT_EXTENSION_REQUESTED] = &redress__v1__extension_requested__descriptor,
    [FACT_EXTENSION_DECIDED] = &redress__v1__extension_decided__descriptor,
    [FACT_SUPERVISION_ORDERED] = &redress__v1__supervision_ordered__descriptor,
    [FACT_SUPERVISION_ANSWERED] = &redress__v1__supervision_answered__descriptor,
    [FACT_SUPERVISION_LIFTED] = &redress__v1__supervision_lifted__descriptor,
    [FACT_PERSON_CONCERNED] = &redress__v1__person_concerned__descriptor,
    [FACT_ALLEGATION_RAISED] = &redress__v1__allegation_raised__descriptor,
    [FACT_ALLEGATION_DECIDED] = &redress__v1__allegation_decided__descriptor,
    [FACT_AUTHORITY_RECORDED] = &redress__v1__authority_recorded__descriptor,
    [FACT_TEAM_FORMED] = &redress__v1__team_formed__descriptor,
    [FACT_EVIDENCE_REGISTERED] = &redress__v1__evidence_registered__descriptor,
    [FACT_CO_HANDLER_ADDED] = &redress__v1__co_handler_added__descriptor,
    [FACT_CO_HANDLER_ANSWERED] = &redress__v1__co_handler_answered__descriptor,
    [FACT_STAGE_REPORTED] = &redress__v1__stage_reported__descriptor,
    [FACT_REPEAT_RECOGNISED] = &redress__v1__repeat_recognised__descriptor,
    [FACT_CASE_MERGED] = &redress__v1__case_merged__descriptor,
    [FACT_CASE_UNMERGED] = &redress__v1__case_unmerged__descriptor,
    [FACT_MEDIATION_RECORDED] = &redress__v1__mediation_recorded__descriptor,
};

// Kinds that milestone.c or a restart names, and alarms, which a crisis tells otherwise; a
// registration says all of it in its body.
static const bool traits[FACT_KIND_COUNT] = {
    [FACT_CASE_ASSESSED] = true,
    [FACT_CASE_ACCEPTED] = true,
    [FACT_CASE_TRANSFERRED_TO_EMERGENCY] = true,
    [FACT_CASE_DISPATCHED] = true,
    [FACT_CASE_DESIGNATED] = true,
    [FACT_CASE_SIGNED] = true,
    [FACT_RETURN_REQUESTED] = true,
    [FACT_CASE_DECIDED] = true,
    [FACT_CASE_REPLIED] = true,
    [FACT_REVIEW_REQUESTED] = true,
    [FACT_FINAL_REVIEW_REQUESTED] = true,
    [FACT_REVIEW_DECIDED] = true,
    [FACT_FOLLOW_UP_RECORDED] = true,
    [FACT_FEEDBACK_RECORDED] = true,
    [FACT_REWORK_ORDERED] = true,
    [FACT_CASE_REOPENED] = true,
    [FACT_SUPERVISION_ORDERED] = true,
    [FACT_CO_HANDLER_ADDED] = true,
    [FACT_PROGRESS_TOLD] = true,
    [FACT_FOLLOW_UP_VISITED] = true,
    [FACT_IMPROVEMENT_OPENED] = true,
    [FACT_MEDIATION_RECORDED] = true,
    [FACT_CLOCK_BREACHED] = true, // of a resolution: see milestone.c
    [FACT_ALARM_RAISED] = true,
    [FACT_CASE_ESCALATED] = true,
};

bool fact_has_traits(enum fact_kind kind) { return traits[kind]; }

static const bool quiet[FACT_KIND_COUNT] = {
    [FACT_CLOCK_ARMED] = true,  [FACT_CLOCK_WARNED] = true,      [FACT_CLOCK_STOPPED] = true,
    [FACT_ALARM_RAISED] = true, [FACT_DELIVERY_RECORDED] = true,
};

bool fact_is_quiet(enum fact_kind kind) { return quiet[kind]; }

// Every fact message begins with its meta, as in each message of facts.proto.
struct fact_header {
    ProtobufCMessage base;
    Redress__V1__FactMeta *meta;
};

void fact_init(struct fact *fact, enum fact_kind kind) {
    fact->kind = kind;
    redress__v1__fact_meta__init(&fact->meta);
    redress__v1__case_traits__init(&fact->traits);
    protobuf_c_message_init(descriptors[kind], &fact->body);
}

const char *fact_type(enum fact_kind kind) { return descriptors[kind]->name; }

enum fact_kind fact_kind_of(const char *type) {
    enum fact_kind kind = 0;
    while (kind < FACT_KIND_COUNT && strcmp(descriptors[kind]->name, type) != 0) {
        kind++;
    }
    return kind;
}

uint8_t *fact_pack(struct fact *fact, size_t *size) {
    fact->body.header.meta = &fact->meta;
    fact->meta.traits = traits[fact->kind] ? &fact->traits : NULL;
    *size = protobuf_c_message_get_packed_size(&fact->body.base);
    uint8_t *bytes = malloc(*size + 1);
    if (bytes != NULL) {
        protobuf_c_message_pack(&fact->body.base, bytes);
    }
    return bytes;
}

enum rc fact_unpack_or_none(enum fact_kind kind, const uint8_t *bytes, size_t size,
                            struct fact *fact, ProtobufCMessage **message, struct error *error) {
    enum rc rc = protobuf_unpack(descriptors[kind], bytes, size, message, error);
    if (rc == RC_INTERNAL) {
        return rc;
    }
    const struct fact_header *header = (const struct fact_header *)*message;
    if (header == NULL || header->meta == NULL) {
        fact_release(*message);
        *message = NULL;
        return RC_OK;
    }
    fact->kind = kind;
    fact->meta = *header->meta;
    redress__v1__case_traits__init(&fact->traits);
    if (header->meta->traits != NULL) {
        fact->traits = *header->meta->traits;
    }
    memcpy(&fact->body, *message, descriptors[kind]->sizeof_message);
    return RC_OK;
}

enum rc fact_unpack(enum fact_kind kind, const uint8_t *bytes, size_t size, struct fact *fact,
                    ProtobufCMessage **message, struct error *error) {
    enum rc rc = fact_unpack_or_none(kind, bytes, size, fact, message, error);
    return rc != RC_OK || *message != NULL
               ? rc
               : error_set(error, RC_INTERNAL, "a stored %s does not decode", fact_type(kind));
}

void fact_release(ProtobufCMessage *message) { protobuf_free(message); }
