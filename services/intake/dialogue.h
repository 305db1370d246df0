// SPDX-License-Identifier: Apache-2.0
// What a complainant sends about a case after its submission: messages, evidence, a withdrawal, a
// wish to reopen it. From a good body to the proposal that Kafka gets.
#pragma once

#include "submit.h"

#include <stdbool.h>

enum dialogue_kind {
    DIALOGUE_MESSAGE,
    DIALOGUE_EVIDENCE,
    DIALOGUE_WITHDRAWAL,
    DIALOGUE_REOPENING,
    DIALOGUE_KIND_COUNT
};

// Texts are borrowed from the JSON object.
struct dialogue {
    enum dialogue_kind kind;
    const char *text;       // message, note or reason; "" for no note
    const char *sha256;     // of evidence
    const char *media_type; // of evidence
    int64_t size;           // of evidence
    const char *ground;     // of a reopening
    uint32_t ground_code;   // Redress__V1__ReopenGround
};

// RC_INVALID names the field; code "unknown-code" is for 422, the others for 400. Pure.
MUST_CHECK enum rc dialogue_read(enum dialogue_kind kind, const json_t *body,
                                 struct dialogue *dialogue, struct error *error);
// "message", "evidence" …
const char *dialogue_name(enum dialogue_kind kind);
// Whether the ledger's status of the case lets it be; RC_CONFLICT says for what reason not.
// decided: the ledger has taken this very thing before. Pure; the ledger judges again.
MUST_CHECK enum rc dialogue_judge(enum dialogue_kind kind, const json_t *status, bool *decided,
                                  struct error *error);
// SHA-256 over every field.
void dialogue_digest(const struct dialogue *dialogue, unsigned char digest[SEAL_HASH_SIZE]);
// Redacts, seals and proposes it; waits for Kafka.
MUST_CHECK enum rc dialogue_send(struct submit *submit, const struct dialogue *dialogue,
                                 const char *case_id, const char *tenant, const char *proposal_id,
                                 const char *traceparent, struct error *error);
