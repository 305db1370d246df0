// SPDX-License-Identifier: Apache-2.0
// One row a kind: its fields, its condition, its proposal.
#include "dialogue.h"

#include "common/json.h"
#include "common/proposal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define FIELDS 4
#define TEXT_MOST 12000 // bytes after redaction, as the contract bounds them
#define SHORT_MOST 3000
#define TEBIBYTE (1LL << 40)

#define TEXT(member, name, required, least, most)                                                  \
    JSON_FIELD(JSON_FIELD_TEXT, struct dialogue, member, name, required, least, most)

static enum rc send_message(struct submit *, const struct dialogue *, char *text,
                            const Redress__V1__ProposalMeta *, const char *traceparent,
                            struct error *);
static enum rc send_evidence(struct submit *, const struct dialogue *, char *text,
                             const Redress__V1__ProposalMeta *, const char *traceparent,
                             struct error *);
static enum rc send_withdrawal(struct submit *, const struct dialogue *, char *text,
                               const Redress__V1__ProposalMeta *, const char *traceparent,
                               struct error *);
static enum rc send_reopening(struct submit *, const struct dialogue *, char *text,
                              const Redress__V1__ProposalMeta *, const char *traceparent,
                              struct error *);

static const struct kind {
    const char *name;
    const char *condition; // what of the ledger's status must be true
    const char *refusal;   // and what names a reason that it is not taken; NULL: nothing
    struct json_field fields[FIELDS];
    size_t field_count;
    size_t text_most;
    enum rc (*send)(struct submit *, const struct dialogue *, char *,
                    const Redress__V1__ProposalMeta *, const char *, struct error *);
} kinds[DIALOGUE_KIND_COUNT] = {
    [DIALOGUE_MESSAGE] = {"message",
                          "writable",
                          "message_refusal",
                          {TEXT(text, "text", true, 1, 8000)},
                          1,
                          TEXT_MOST,
                          send_message},
    [DIALOGUE_EVIDENCE] = {"evidence",
                           "writable",
                           "evidence_refusal",
                           {TEXT(sha256, "sha256", true, 64, 64),
                            TEXT(media_type, "media_type", true, 3, 100),
                            JSON_FIELD(JSON_FIELD_NUMBER, struct dialogue, size, "size", true, 1,
                                       TEBIBYTE),
                            TEXT(text, "note", false, 0, 2000)},
                           4,
                           SHORT_MOST,
                           send_evidence},
    [DIALOGUE_WITHDRAWAL] = {"withdrawal",
                             "withdrawable",
                             NULL,
                             {TEXT(text, "reason", true, 1, 2000)},
                             1,
                             SHORT_MOST,
                             send_withdrawal},
    [DIALOGUE_REOPENING] = {"reopening",
                            "reopenable",
                            NULL,
                            {TEXT(ground, "ground", true, 1, 32),
                             TEXT(text, "reason", true, 1, 2000)},
                            2,
                            SHORT_MOST,
                            send_reopening},
};

const char *dialogue_name(enum dialogue_kind kind) { return kinds[kind].name; }

static enum rc conflict(struct error *error, const char *code, const char *text) {
    error_fill(error, RC_CONFLICT, code, "", "%s", text);
    return RC_CONFLICT;
}

// Codes of the ledger; an evidence's digest is a field.
static enum rc refuse(const char *code, struct error *error) {
    static const char *const texts[][3] = {
        {"too-many-messages", "", "the case has all the messages it can take"},
        {"too-much-evidence", "", "the case has all the evidence it can list"},
        {"already-registered", "sha256", "evidence with this digest is registered already"},
        {"already-offered", "sha256", "evidence with this digest was offered before"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (strcmp(texts[i][0], code) == 0) {
            error_fill(error, RC_CONFLICT, code, texts[i][1], "%s", texts[i][2]);
            return RC_CONFLICT;
        }
    }
    return conflict(error, code, "the rules did not let this become true");
}

enum rc dialogue_judge(enum dialogue_kind kind, const json_t *status, bool *decided,
                       struct error *error) {
    const struct kind *row = &kinds[kind];
    const char *refused = json_string_value(json_object_get(status, "refused"));
    const char *name = json_string_value(json_object_get(status, "status"));
    *decided = json_is_true(json_object_get(status, "known"));
    if (refused != NULL) {
        return refuse(refused, error);
    }
    if (*decided) {
        return RC_OK;
    }
    if (json_is_true(json_object_get(status, row->condition))) {
        const char *code =
            row->refusal == NULL ? NULL : json_string_value(json_object_get(status, row->refusal));
        return code == NULL ? RC_OK : refuse(code, error);
    }
    if (json_is_true(json_object_get(status, "erased"))) {
        return conflict(error, "erased",
                        "what the case held was erased, and it can't be carried "
                        "on; a new complaint can");
    }
    error_fill(error, RC_CONFLICT, "wrong-state", "", "a case that is %s is not %s",
               name == NULL ? "" : name, row->condition);
    return RC_CONFLICT;
}

// RFC 6838: two names of these characters with one slash between them.
static bool is_media_type(const char *text) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&^_.+-";
    size_t type = strspn(text, allowed);
    size_t subtype = text[type] == '/' ? strspn(text + type + 1, allowed) : 0;
    return type > 0 && subtype > 0 && text[type + 1 + subtype] == '\0';
}

static enum rc check_evidence(const struct dialogue *dialogue, struct error *error) {
    if (strspn(dialogue->sha256, "0123456789abcdef") != 64) {
        return error_field(error, "out-of-bounds", "sha256",
                           "sha256 must have 64 characters of lower-case hex");
    }
    return is_media_type(dialogue->media_type) ? RC_OK
                                               : error_field(error, "out-of-bounds", "media_type",
                                                             "media_type must be a media type");
}

static enum rc read_ground(struct dialogue *dialogue, struct error *error) {
    static const char *const grounds[] = {"", "new_facts", "dissatisfied"};
    for (uint32_t i = 1; i < COUNT(grounds); i++) {
        if (strcmp(grounds[i], dialogue->ground) == 0) {
            dialogue->ground_code = i;
            return RC_OK;
        }
    }
    return error_field(error, "unknown-code", "ground", "ground names none that exists");
}

enum rc dialogue_read(enum dialogue_kind kind, const json_t *body, struct dialogue *dialogue,
                      struct error *error) {
    const struct kind *row = &kinds[kind];
    *dialogue =
        (struct dialogue){.kind = kind, .text = "", .sha256 = "", .media_type = "", .ground = ""};
    enum rc rc = json_bind(body, "", row->fields, row->field_count, dialogue, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (kind == DIALOGUE_EVIDENCE) {
        return check_evidence(dialogue, error);
    }
    if (text_is_blank(dialogue->text)) {
        const char *field = row->fields[row->field_count - 1].name;
        return error_field(error, "out-of-bounds", field, "%s is blank", field);
    }
    return kind == DIALOGUE_REOPENING ? read_ground(dialogue, error) : RC_OK;
}

void dialogue_digest(const struct dialogue *dialogue, unsigned char digest[SEAL_HASH_SIZE]) {
    crypto_hash_sha256_state state;
    char size[24];
    snprintf(size, sizeof size, "%" PRId64, dialogue->size);
    const char *const parts[] = {kinds[dialogue->kind].name, dialogue->text,   dialogue->sha256,
                                 dialogue->media_type,       dialogue->ground, size};
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < COUNT(parts); i++) { // each with its end, which parts them
        crypto_hash_sha256_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
    }
    crypto_hash_sha256_final(&state, digest);
}

static enum rc send_message(struct submit *submit, const struct dialogue *dialogue, char *text,
                            const Redress__V1__ProposalMeta *meta, const char *traceparent,
                            struct error *error) {
    Redress__V1__RecordMessage message = REDRESS__V1__RECORD_MESSAGE__INIT;
    Redress__V1__SealedContent sealed = REDRESS__V1__SEALED_CONTENT__INIT;
    struct seal_content keys;
    size_t size = strlen(dialogue->text);
    unsigned char *ciphertext = malloc(size + SEAL_TAG_SIZE);
    if (ciphertext == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for sealing");
    }
    enum rc rc = seal_content(&submit->bureau, meta->case_id, dialogue->text, size, &keys,
                              ciphertext, error);
    if (rc == RC_OK) {
        sealed.sealed_key = (ProtobufCBinaryData){SEAL_SEALED_KEY_SIZE, keys.sealed_key};
        sealed.nonce = (ProtobufCBinaryData){SEAL_NONCE_SIZE, keys.nonce};
        sealed.ciphertext = (ProtobufCBinaryData){size + SEAL_TAG_SIZE, ciphertext};
        message.meta = (Redress__V1__ProposalMeta *)meta;
        message.text = text;
        message.sealed = &sealed;
        rc = submit_proposal(submit, &message.base, meta, traceparent, error);
    }
    free(ciphertext);
    return rc;
}

static enum rc send_evidence(struct submit *submit, const struct dialogue *dialogue, char *text,
                             const Redress__V1__ProposalMeta *meta, const char *traceparent,
                             struct error *error) {
    Redress__V1__OfferEvidence message = REDRESS__V1__OFFER_EVIDENCE__INIT;
    message.meta = (Redress__V1__ProposalMeta *)meta;
    message.sha256 = (char *)dialogue->sha256;
    message.media_type = (char *)dialogue->media_type;
    message.size = (uint64_t)dialogue->size;
    message.note = text;
    return submit_proposal(submit, &message.base, meta, traceparent, error);
}

static enum rc send_withdrawal(struct submit *submit, const struct dialogue *dialogue, char *text,
                               const Redress__V1__ProposalMeta *meta, const char *traceparent,
                               struct error *error) {
    Redress__V1__WithdrawCase message = REDRESS__V1__WITHDRAW_CASE__INIT;
    (void)dialogue;
    message.meta = (Redress__V1__ProposalMeta *)meta;
    message.reason = text;
    return submit_proposal(submit, &message.base, meta, traceparent, error);
}

static enum rc send_reopening(struct submit *submit, const struct dialogue *dialogue, char *text,
                              const Redress__V1__ProposalMeta *meta, const char *traceparent,
                              struct error *error) {
    Redress__V1__ReopenCase message = REDRESS__V1__REOPEN_CASE__INIT;
    message.meta = (Redress__V1__ProposalMeta *)meta;
    message.ground = (Redress__V1__ReopenGround)dialogue->ground_code;
    message.reason = text;
    return submit_proposal(submit, &message.base, meta, traceparent, error);
}

enum rc dialogue_send(struct submit *submit, const struct dialogue *dialogue, const char *case_id,
                      const char *tenant, const char *proposal_id, const char *traceparent,
                      struct error *error) {
    const struct kind *row = &kinds[dialogue->kind];
    Redress__V1__ProposalMeta meta;
    char *text = submit_redacted(dialogue->text, row->text_most);
    if (text == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for redaction");
    }
    proposal_meta(&meta, case_id, tenant, proposal_id, "intake");
    enum rc rc = row->send(submit, dialogue, text, &meta, traceparent, error);
    free(text);
    return rc;
}
