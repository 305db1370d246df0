// SPDX-License-Identifier: Apache-2.0
// The bounds of each proposal stand in tables beside its fields; protobuf-c checks none of them.
#include "proposal.h"

#include "common/bus.h"
#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/protobuf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// One text field: offset of its char * in the message, bounds in bytes.
struct text_bound {
    const char *name;
    size_t offset;
    size_t least;
    size_t most;
};

struct number_bound {
    const char *name;
    size_t offset; // of a 32-bit integer or enum
    uint32_t least;
    uint32_t most;
};

#define EVIDENCE_MOST (UINT64_C(1) << 40)
#define MAX_TEXTS 8
#define MAX_NUMBERS 6

struct proposal_kind {
    const ProtobufCMessageDescriptor *descriptor;
    struct text_bound texts[MAX_TEXTS];
    struct number_bound numbers[MAX_NUMBERS];
    enum rc (*check)(const ProtobufCMessage *message, struct error *error);
};

#define TEXT(type, field, least_, most_)                                                           \
    { #field, offsetof(Redress__V1__##type, field), least_, most_ }
#define NUMBER(type, field, least_, most_)                                                         \
    { #field, offsetof(Redress__V1__##type, field), least_, most_ }

static enum rc wrong(struct error *error, const char *field, const char *what) {
    return error_field(error, "out-of-bounds", field, "%s %s", field, what);
}

static enum rc check_sealed(const Redress__V1__SealedContent *sealed, struct error *error) {
    return sealed == NULL || sealed->sealed_key.len != SEAL_SEALED_KEY_SIZE ||
                   sealed->nonce.len != SEAL_NONCE_SIZE || sealed->ciphertext.len < SEAL_TAG_SIZE ||
                   sealed->ciphertext.len > SEAL_CONTENT_LIMIT
               ? wrong(error, "sealed", "must hold the sealed content")
               : RC_OK;
}

static enum rc check_submit(const ProtobufCMessage *message, struct error *error) {
    const Redress__V1__SubmitCase *submit = (const Redress__V1__SubmitCase *)message;
    if (submit->content_sha256.len != 32) {
        return wrong(error, "content_sha256", "must have 32 bytes");
    }
    if (!clock_is_time(submit->received_at_ms)) {
        return wrong(error, "received_at_ms", "must be a time");
    }
    if (submit->promised_at_ms != 0 && !clock_is_time(submit->promised_at_ms)) {
        return wrong(error, "promised_at_ms", "must be a time or absent");
    }
    if (submit->n_contact_hashes > 3) {
        return wrong(error, "contact_hashes", "may have 3 entries");
    }
    for (size_t i = 0; i < submit->n_contact_hashes; i++) {
        if (submit->contact_hashes[i].len != 32) {
            return wrong(error, "contact_hashes", "must have 32 bytes each");
        }
    }
    if (submit->sealed_contact.len > 2000) {
        return wrong(error, "sealed_contact", "may have 2,000 bytes");
    }
    return check_sealed(submit->sealed, error);
}

static enum rc check_message(const ProtobufCMessage *message, struct error *error) {
    return check_sealed(((const Redress__V1__RecordMessage *)message)->sealed, error);
}

static enum rc check_evidence(const ProtobufCMessage *message, struct error *error) {
    const Redress__V1__OfferEvidence *offer = (const Redress__V1__OfferEvidence *)message;
    if (strspn(offer->sha256, "0123456789abcdef") != 64) {
        return wrong(error, "sha256", "must be lower-case hex");
    }
    return offer->size >= 1 && offer->size <= EVIDENCE_MOST
               ? RC_OK
               : wrong(error, "size", "must be from 1 byte to 1 TiB");
}

static enum rc check_assess(const ProtobufCMessage *message, struct error *error) {
    const Redress__V1__AssessCase *assess = (const Redress__V1__AssessCase *)message;
    if (assess->n_reasons > 32) {
        return wrong(error, "reasons", "may have 32 entries");
    }
    return RC_OK;
}

static bool are_warns(const Redress__V1__ClockTerms *terms) {
    int64_t before = terms->warn_at_ms;
    bool fits = before >= 0 && before <= terms->due_at_ms &&
                terms->n_later_warns_at_ms < CASE_WARNS &&
                (before != 0 || terms->n_later_warns_at_ms == 0);
    for (size_t i = 0; i < terms->n_later_warns_at_ms && fits; i++) {
        int64_t at = terms->later_warns_at_ms[i];
        fits = at > before && at <= terms->due_at_ms;
        before = at;
    }
    return fits;
}

static enum rc check_arm(const ProtobufCMessage *message, struct error *error) {
    const Redress__V1__ClockTerms *terms = ((const Redress__V1__ArmClock *)message)->terms;
    if (terms == NULL || strlen(terms->name) == 0 || strlen(terms->name) > 32) {
        return wrong(error, "terms.name", "must have 1 to 32 bytes");
    }
    if (terms->due_at_ms <= terms->started_at_ms || !clock_is_time(terms->started_at_ms) ||
        !clock_is_time(terms->due_at_ms)) {
        return wrong(error, "terms.due_at_ms", "must lie after the start");
    }
    if (!are_warns(terms)) {
        return wrong(error, "terms.warn_at_ms",
                     "at most 4 points, each later than the one before, none after the due time");
    }
    if (strlen(terms->policy_version) > 64 || strlen(terms->calendar_version) > 64 ||
        terms->n_explanation > 16) {
        return wrong(error, "terms", "has a text that is too long");
    }
    return RC_OK;
}

// Order of enum input_kind.
static const struct proposal_kind kinds[INPUT_PROPOSAL_COUNT] = {
    [INPUT_SUBMIT] = {&redress__v1__submit_case__descriptor,
                      {TEXT(SubmitCase, source, 1, 64), TEXT(SubmitCase, tracking_code, 13, 13),
                       TEXT(SubmitCase, category, 0, 64), TEXT(SubmitCase, narrative, 1, 27000),
                       TEXT(SubmitCase, request, 0, 4000),
                       TEXT(SubmitCase, on_behalf_relation, 0, 64),
                       TEXT(SubmitCase, language, 2, 7)},
                      {NUMBER(SubmitCase, channel, 1, 8)},
                      check_submit},
    [INPUT_ASSESS] = {&redress__v1__assess_case__descriptor,
                      {TEXT(AssessCase, category, 1, 64), TEXT(AssessCase, subject, 0, 64),
                       TEXT(AssessCase, lexicon_version, 1, 64)},
                      {NUMBER(AssessCase, urgency, 1, 4), NUMBER(AssessCase, crisis, 1, 5),
                       NUMBER(AssessCase, confidence_permille, 0, 1000)},
                      check_assess},
    [INPUT_ARM_CLOCK] = {&redress__v1__arm_clock__descriptor, {{0}}, {{0}}, check_arm},
    [INPUT_WARN_CLOCK] = {&redress__v1__warn_clock__descriptor,
                          {TEXT(WarnClock, name, 1, 32)},
                          {NUMBER(WarnClock, version, 1, UINT32_MAX)},
                          NULL},
    [INPUT_BREACH_CLOCK] = {&redress__v1__breach_clock__descriptor,
                            {TEXT(BreachClock, name, 1, 32)},
                            {NUMBER(BreachClock, version, 1, UINT32_MAX)},
                            NULL},
    [INPUT_END_CLOCK] = {&redress__v1__end_clock__descriptor,
                         {TEXT(EndClock, name, 1, 32), TEXT(EndClock, begins_on, 0, 32),
                          TEXT(EndClock, policy_version, 0, 64)},
                         {{0}},
                         NULL},
    [INPUT_RECORD_DELIVERY] =
        {&redress__v1__record_delivery__descriptor,
         {TEXT(RecordDelivery, delivery_id, 36, 36), TEXT(RecordDelivery, channel, 1, 16),
          TEXT(RecordDelivery, recipient, 1, 80), TEXT(RecordDelivery, template_, 1, 64),
          TEXT(RecordDelivery, failure, 0, 64)},
         {NUMBER(RecordDelivery, state, 1, 2), NUMBER(RecordDelivery, attempts, 1, 1000)},
         NULL},
    [INPUT_RECORD_FEEDBACK] = {&redress__v1__record_feedback__descriptor,
                               {TEXT(RecordFeedback, comment, 0, 4000)},
                               {NUMBER(RecordFeedback, overall, 1, 5),
                                NUMBER(RecordFeedback, timeliness, 0, 5),
                                NUMBER(RecordFeedback, attitude, 0, 5)},
                               NULL},
    [INPUT_RECORD_MESSAGE] = {&redress__v1__record_message__descriptor,
                              {TEXT(RecordMessage, text, 1, 12000)},
                              {{0}},
                              check_message},
    [INPUT_OFFER_EVIDENCE] = {&redress__v1__offer_evidence__descriptor,
                              {TEXT(OfferEvidence, sha256, 64, 64),
                               TEXT(OfferEvidence, media_type, 3, 100),
                               TEXT(OfferEvidence, note, 0, 3000)},
                              {{0}},
                              check_evidence},
    [INPUT_WITHDRAW_CASE] = {&redress__v1__withdraw_case__descriptor,
                             {TEXT(WithdrawCase, reason, 1, 3000)},
                             {{0}},
                             NULL},
    [INPUT_REOPEN_CASE] = {&redress__v1__reopen_case__descriptor,
                           {TEXT(ReopenCase, reason, 1, 3000)},
                           {NUMBER(ReopenCase, ground, 1, 2)},
                           NULL},
    [INPUT_NOTE_REPEAT] = {&redress__v1__note_repeat__descriptor,
                           {{0}},
                           {NUMBER(NoteRepeat, earlier, 1, 1000000)},
                           NULL},
};

// A text that is not clean could be neither shown nor handed on; the tables name the short ones
// only.
static bool is_clean(const ProtobufCMessage *message) {
    bool clean = true;
    for (unsigned i = 0; i < message->descriptor->n_fields && clean; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *at = (const char *)message + field->offset;
        bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        size_t count = 1;
        if (repeated) {
            memcpy(&count, (const char *)message + field->quantifier_offset, sizeof count);
            at = *(const char *const *)(const void *)at;
        }
        for (size_t n = 0; n < count && clean; n++, at += sizeof(char *)) {
            if (field->type == PROTOBUF_C_TYPE_STRING) {
                const char *text = *(char *const *)(const void *)at;
                clean = text_is_clean(text, strlen(text));
            } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
                const ProtobufCMessage *inner = *(ProtobufCMessage *const *)at;
                clean = inner == NULL || is_clean(inner);
            } else {
                break;
            }
        }
    }
    return clean;
}

static enum rc check_text(const char *value, const struct text_bound *bound, struct error *error) {
    size_t size = strlen(value);
    if (size < bound->least || size > bound->most) {
        return error_field(error, "out-of-bounds", bound->name, "%s must have %zu to %zu bytes",
                           bound->name, bound->least, bound->most);
    }
    if (!text_is_clean(value, size)) {
        return error_field(error, "bad-utf-8", bound->name, "%s is not clean UTF-8", bound->name);
    }
    return RC_OK;
}

static enum rc check_bounds(const struct proposal_kind *kind, const ProtobufCMessage *message,
                            struct error *error) {
    const char *base = (const char *)message;
    for (size_t i = 0; i < MAX_TEXTS && kind->texts[i].name != NULL; i++) {
        const char *value = *(char *const *)(base + kind->texts[i].offset);
        enum rc rc = check_text(value, &kind->texts[i], error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    for (size_t i = 0; i < MAX_NUMBERS && kind->numbers[i].name != NULL; i++) {
        const struct number_bound *bound = &kind->numbers[i];
        uint32_t value;
        memcpy(&value, base + bound->offset, sizeof value);
        if (value < bound->least || value > bound->most) {
            return error_field(error, "out-of-bounds", bound->name,
                               "%s must be from %" PRIu32 " to %" PRIu32, bound->name, bound->least,
                               bound->most);
        }
    }
    return kind->check == NULL ? RC_OK : kind->check(message, error);
}

static enum rc check_meta(const Redress__V1__ProposalMeta *meta, const void *key, size_t key_size,
                          struct error *error) {
    static const struct text_bound bounds[] = {
        {"meta.tenant", offsetof(Redress__V1__ProposalMeta, tenant), 1, 32},
        {"meta.source", offsetof(Redress__V1__ProposalMeta, source), 1, 32}};
    if (meta == NULL) {
        return error_field(error, "missing", "meta", "meta is missing");
    }
    if (!ident_is_uuid(meta->proposal_id)) {
        return error_field(error, "bad-uuid", "meta.proposal_id", "proposal_id is not a UUID");
    }
    if (!ident_is_uuid(meta->case_id)) {
        return error_field(error, "bad-uuid", "meta.case_id", "case_id is not a UUID");
    }
    if (key_size != 36 || memcmp(key, meta->case_id, 36) != 0) {
        return error_field(error, "key-differs", "meta.case_id",
                           "the message's key is not its case id");
    }
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        enum rc rc =
            check_text(*(char *const *)((const char *)meta + bounds[i].offset), &bounds[i], error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

// Every proposal message begins with its meta, as in each message of proposals.proto.
struct proposal_header {
    ProtobufCMessage base;
    Redress__V1__ProposalMeta *meta;
};

static enum input_kind kind_of(const char *type) {
    enum input_kind kind = 0;
    while (kind < INPUT_PROPOSAL_COUNT && strcmp(kinds[kind].descriptor->name, type) != 0) {
        kind++;
    }
    return kind;
}

static void fill(struct proposal *proposal, enum input_kind kind) {
    const struct proposal_header *header = (const struct proposal_header *)proposal->message;
    proposal->case_id = header->meta->case_id;
    proposal->tenant = header->meta->tenant;
    proposal->input.kind = kind;
    proposal->input.cause_id = header->meta->proposal_id;
    proposal->input.actor = header->meta->source;
    // All members of the union are pointers to a message.
    proposal->input.of.submit = (const Redress__V1__SubmitCase *)proposal->message;
}

enum rc proposal_read(const char *type, const void *key, size_t key_size, const uint8_t *value,
                      size_t size, struct proposal *proposal, struct error *error) {
    memset(proposal, 0, sizeof *proposal);
    enum input_kind kind = kind_of(type);
    if (kind == INPUT_PROPOSAL_COUNT) {
        return error_field(error, "unknown-type", "ce_type", "ce_type names no proposal");
    }
    if (value == NULL || size > BUS_VALUE_LIMIT) {
        return error_field(error, "out-of-bounds", "value", "a proposal has 1 to %d bytes",
                           BUS_VALUE_LIMIT);
    }
    enum rc rc = protobuf_unpack(kinds[kind].descriptor, value, size, &proposal->message, error);
    if (rc != RC_OK) {
        return rc;
    }
    const struct proposal_header *header = (const struct proposal_header *)proposal->message;
    rc = check_meta(header->meta, key, key_size, error);
    if (rc == RC_OK) {
        rc = check_bounds(&kinds[kind], proposal->message, error);
    }
    if (rc == RC_OK && !is_clean(proposal->message)) {
        rc = error_field(error, "bad-utf-8", "value", "a text is not clean UTF-8");
    }
    if (rc != RC_OK) {
        proposal_free(proposal);
        return rc;
    }
    fill(proposal, kind);
    return RC_OK;
}

void proposal_free(struct proposal *proposal) {
    protobuf_free(proposal->message);
    proposal->message = NULL;
}
