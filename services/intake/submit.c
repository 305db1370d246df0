// SPDX-License-Identifier: Apache-2.0
// Everything personal is sealed or hashed here; what leaves this file in the clear is redacted.
#include "submit.h"

#include "contact_spelling.h"

#include "common/deadline.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/proposal.h"
#include "common/redaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTACT_HASHES 3

enum rc submit_prepare(const struct submit *submit, const struct region *region,
                       const struct submission *submission, const char *source,
                       const char *sender_key, int64_t now_ms, struct submission_run *run,
                       struct error *error) {
    struct receipt *receipt = &run->receipt;
    struct deadline deadline;
    struct policy_case about;
    int64_t received = submission->received_at_ms != 0 ? submission->received_at_ms : now_ms;
    if (!region_case(region, submission->institution, &about)) {
        return submission_unknown_institution(error);
    }
    bool promised = deadline_compute(region->policies, region->policy_count, &about,
                                     "first_response", received, &deadline);
    ident_case_id(submit->derive_key, submission->institution, source, sender_key,
                  receipt->case_id);
    ident_tracking_code(submit->derive_key, receipt->case_id, receipt->tracking_code);
    ident_pin(submit->derive_key, receipt->tracking_code, receipt->pin);
    receipt->received_at_ms = received;
    receipt->promised_at_ms = promised ? deadline.due_at_ms : 0;
    return submission_digest(submission, receipt->content_sha256, error);
}

static void run_claims(struct submit *submit, struct submission_run *const *runs, size_t count,
                       void (*decide)(struct store *, struct claim *, size_t)) {
    struct claim claims[STORE_CLAIMS];
    for (size_t i = 0; i < count; i++) {
        const struct receipt *receipt = &runs[i]->receipt;
        claims[i] = (struct claim){.case_id = receipt->case_id,
                                   .digest = receipt->content_sha256,
                                   .received_at_ms = receipt->received_at_ms,
                                   .promised_at_ms = receipt->promised_at_ms,
                                   .verdict = runs[i]->claim};
    }
    decide(submit->store, claims, count);
    for (size_t i = 0; i < count; i++) {
        runs[i]->claim = claims[i].verdict;
        runs[i]->unproven = claims[i].unproven;
        runs[i]->receipt.received_at_ms = claims[i].received_at_ms;
        runs[i]->receipt.promised_at_ms = claims[i].promised_at_ms;
    }
}

void submit_claim(struct submit *submit, struct submission_run *const *runs, size_t count) {
    run_claims(submit, runs, count, store_claim);
}

void submit_confirm(struct submit *submit, struct submission_run *const *runs, size_t count) {
    run_claims(submit, runs, count, store_confirm);
}

static void settle_done(struct store *store, struct claim *claims, size_t count) {
    store_settle(store, claims, count, true);
}

static void settle_given_back(struct store *store, struct claim *claims, size_t count) {
    store_settle(store, claims, count, false);
}

void submit_settle(struct submit *submit, struct submission_run *const *runs, size_t count,
                   bool done) {
    run_claims(submit, runs, count, done ? settle_done : settle_given_back);
}

static json_t *content_to_json(const struct submission *submission) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", submission->name, "phone",
                     submission->phone, "email", submission->email, "address", submission->address,
                     "identity_number", submission->identity_number, "hours", submission->hours,
                     "narrative", submission->narrative, "request", submission->request);
}

// What only the bureau opens. The message borrows from parts, which the caller frees.
struct sealed_parts {
    struct seal_content keys;
    unsigned char *ciphertext;
    unsigned char *contact;
    size_t contact_size;
    unsigned char hashes[CONTACT_HASHES][SEAL_HASH_SIZE];
    ProtobufCBinaryData hash_views[CONTACT_HASHES];
    Redress__V1__SealedContent message;
};

static enum rc seal_identity(struct submit *submit, const struct submission *submission,
                             const char *case_id, struct sealed_parts *parts, struct error *error) {
    json_t *json = content_to_json(submission);
    char *plain = json_text(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(json);
    size_t size = plain == NULL ? 0 : strlen(plain);
    parts->ciphertext = malloc(size + SEAL_TAG_SIZE);
    if (plain == NULL || parts->ciphertext == NULL) {
        free(plain);
        return error_set(error, RC_INTERNAL, "out of memory for sealing");
    }
    // JSON writes a control character in six bytes: short texts can become too long for the vault.
    enum rc rc =
        size + SEAL_TAG_SIZE > SEAL_CONTENT_LIMIT
            ? error_field(error, "not-processable", "narrative",
                          "the submission needs more than %d bytes to seal", SEAL_CONTENT_LIMIT)
            : RC_OK;
    rc = rc == RC_OK ? seal_content(&submit->bureau, case_id, plain, size, &parts->keys,
                                    parts->ciphertext, error)
                     : rc;
    seal_wipe(plain, size);
    free(plain);
    redress__v1__sealed_content__init(&parts->message);
    parts->message.sealed_key = (ProtobufCBinaryData){SEAL_SEALED_KEY_SIZE, parts->keys.sealed_key};
    parts->message.nonce = (ProtobufCBinaryData){SEAL_NONCE_SIZE, parts->keys.nonce};
    parts->message.ciphertext = (ProtobufCBinaryData){size + SEAL_TAG_SIZE, parts->ciphertext};
    return rc;
}

// Only who left an e-mail or a telephone number can be told anything.
static enum rc seal_contact(struct submit *submit, const struct submission *submission,
                            struct sealed_parts *parts, struct error *error) {
    Redress__V1__Contact contact = REDRESS__V1__CONTACT__INIT;
    if (submission->anonymous || (submission->email[0] == '\0' && submission->phone[0] == '\0')) {
        return RC_OK;
    }
    contact.email = (char *)submission->email;
    contact.phone = (char *)submission->phone;
    contact.name = (char *)submission->name;
    contact.language = (char *)submission->language;
    contact.hours = (char *)submission->hours;
    size_t size = redress__v1__contact__get_packed_size(&contact);
    uint8_t *plain = malloc(size);
    parts->contact = malloc(size + SEAL_BOX_OVERHEAD);
    if (plain == NULL || parts->contact == NULL) {
        free(plain);
        return error_set(error, RC_INTERNAL, "out of memory for sealing");
    }
    redress__v1__contact__pack(&contact, plain);
    enum rc rc = seal_box(&submit->notification, plain, size, parts->contact, error);
    parts->contact_size = size + SEAL_BOX_OVERHEAD;
    seal_wipe(plain, size);
    free(plain);
    return rc;
}

static size_t hash_contacts(const struct submit *submit, const struct submission *submission,
                            struct sealed_parts *parts) {
    const struct {
        const char *kind;
        const char *text;
        void (*spell)(const char *, char *);
    } contacts[CONTACT_HASHES] = {
        {"phone", submission->phone, contact_spelling_phone},
        {"email", submission->email, contact_spelling_email},
        {"identity", submission->identity_number, contact_spelling_identity}};
    size_t count = 0;
    for (size_t i = 0; i < CONTACT_HASHES; i++) {
        char normal[CONTACT_SPELLING_SIZE];
        contacts[i].spell(contacts[i].text, normal);
        if (normal[0] != '\0') {
            seal_keyed_hash(submit->derive_key, "redress-contact-v1",
                            (const char *const[]){contacts[i].kind, normal, NULL},
                            parts->hashes[count]);
            parts->hash_views[count] = (ProtobufCBinaryData){SEAL_HASH_SIZE, parts->hashes[count]};
            count++;
        }
        seal_wipe(normal, sizeof normal);
    }
    return count;
}

static char *redact(const struct submission *submission, const char *text) {
    const struct redaction_known known[] = {{submission->name, REDACTION_NAME},
                                            {submission->address, REDACTION_ADDRESS},
                                            {submission->phone, REDACTION_CONTACT},
                                            {submission->email, REDACTION_CONTACT},
                                            {submission->identity_number, REDACTION_CONTACT},
                                            {NULL, NULL}};
    return redaction_apply(text, known);
}

// Bounds of the contract; marks can make a text longer than it came.
static void cut(char *text, size_t most) {
    size_t size = strlen(text);
    if (size <= most) {
        return;
    }
    while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80) {
        most--;
    }
    text[most] = '\0';
}

static enum rc send_case(struct submit *submit, const struct submission *submission,
                         const char *source, const struct submission_run *run,
                         struct sealed_parts *parts, char *narrative, char *request,
                         const char *traceparent, bus_delivered delivered, void *opaque,
                         struct error *error) {
    const struct receipt *receipt = &run->receipt;
    Redress__V1__ProposalMeta meta;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    ProtobufCBinaryData *hashes = parts->hash_views;
    char digest[65];
    char proposal_id[IDENT_UUID_SIZE];
    seal_hex(receipt->content_sha256, SEAL_HASH_SIZE, digest);
    ident_uuid_from((const char *const[]){"submit", receipt->case_id, digest, NULL}, proposal_id);
    proposal_meta(&meta, receipt->case_id, submission->institution, proposal_id, "intake");
    message.meta = &meta;
    message.source = (char *)source;
    message.content_sha256 =
        (ProtobufCBinaryData){SEAL_HASH_SIZE, (uint8_t *)receipt->content_sha256};
    message.tracking_code = (char *)receipt->tracking_code;
    message.channel = (Redress__V1__Channel)submission->channel;
    message.category = (char *)submission->category;
    message.narrative = narrative;
    message.request = request;
    message.received_at_ms = receipt->received_at_ms;
    message.promised_at_ms = receipt->promised_at_ms;
    message.anonymous = submission->anonymous;
    message.on_behalf_relation = (char *)submission->on_behalf_relation;
    message.n_contact_hashes = hash_contacts(submit, submission, parts);
    message.contact_hashes = hashes;
    message.sealed = &parts->message;
    message.sealed_contact = (ProtobufCBinaryData){parts->contact_size, parts->contact};
    message.language = (char *)submission->language;
    return proposal_send(submit->producer, &message.base, &meta, traceparent, delivered, opaque,
                         error);
}

enum rc submit_publish(struct submit *submit, const struct submission *submission,
                       const char *source, const struct submission_run *run,
                       const char *traceparent, bus_delivered delivered, void *opaque,
                       struct error *error) {
    struct sealed_parts parts = {.ciphertext = NULL};
    char *narrative = redact(submission, submission->narrative);
    char *request = redact(submission, submission->request);
    enum rc rc = narrative == NULL || request == NULL
                     ? error_set(error, RC_INTERNAL, "out of memory for redaction")
                     : RC_OK;
    if (rc == RC_OK && narrative[0] == '\0') {
        rc = error_field(error, "not-processable", "narrative", "narrative can't be redacted");
    }
    rc = rc == RC_OK ? seal_identity(submit, submission, run->receipt.case_id, &parts, error) : rc;
    rc = rc == RC_OK ? seal_contact(submit, submission, &parts, error) : rc;
    if (rc == RC_OK) {
        cut(narrative, 27000);
        cut(request, 4000);
        rc = send_case(submit, submission, source, run, &parts, narrative, request, traceparent,
                       delivered, opaque, error);
    }
    free(narrative);
    free(request);
    free(parts.ciphertext);
    free(parts.contact);
    return rc;
}

char *submit_redacted(const char *text, size_t most) {
    static const struct redaction_known nothing[] = {{NULL, NULL}};
    char *redacted = redaction_apply(text, nothing);
    if (redacted != NULL) {
        cut(redacted, most);
    }
    return redacted;
}

enum rc submit_proposal(const struct submit *submit, const ProtobufCMessage *message,
                        const Redress__V1__ProposalMeta *meta, const char *traceparent,
                        struct error *error) {
    struct bus_wait wait;
    bus_wait_init(&wait);
    enum rc rc = proposal_publish(submit->producer, message, meta, traceparent, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

enum rc submit_feedback(const struct submit *submit, const char *case_id, const char *tenant,
                        const char *proposal_id, Redress__V1__RecordFeedback *feedback,
                        struct error *error) {
    Redress__V1__ProposalMeta meta;
    char *comment = submit_redacted(feedback->comment, 4000);
    if (comment == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for redaction");
    }
    proposal_meta(&meta, case_id, tenant, proposal_id, "intake");
    feedback->meta = &meta;
    feedback->comment = comment;
    enum rc rc = submit_proposal(submit, &feedback->base, &meta, NULL, error);
    free(comment);
    return rc;
}
