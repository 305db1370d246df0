// SPDX-License-Identifier: Apache-2.0
// A whole case as one signed JSON object that anyone can check offline: every fact with its bytes,
// the chain over them, the list of evidence. Written in one form only (compact, keys in order), so
// that the signature covers each byte; what is recomputed depends on no machine's zone. Sealed
// content is not in it: it is in no fact. Nor is any other case that its reader does not see: a
// fact that names one has how many ("withheld") and the SHA-256 of its bytes instead of them.
#pragma once

#include "case.h"

#include <jansson.h>

#define EXPORT_FACTS 20000                // most facts of a bundle
#define EXPORT_PAYLOAD (16 * 1024 * 1024) // most bytes of their payloads
#define EXPORT_LIMIT (64 * 1024 * 1024)   // most bytes of a bundle
#define EXPORT_FORMAT "redress-case-export-v1"

// One stored fact. Borrowed.
struct export_fact {
    uint64_t sequence;
    const char *type; // "redress.v1.CaseRegistered"
    const void *payload;
    size_t size;
    const unsigned char *previous; // 32 bytes
    const unsigned char *hash;     // 32 bytes
};

// What a bundle says of itself beside the facts. Borrowed texts.
struct export_head {
    const struct case_state *state;
    int64_t exported_at_ms;
    const char *exported_by;         // subject
    const struct case_actor *reader; // who is told of other cases what they may see
};

// Begins a bundle; the caller owns it.
json_t *export_begin(const struct export_head *head);
// Appends the next fact and, where it is one, the evidence.
MUST_CHECK enum rc export_add(json_t *bundle, const struct export_fact *fact, struct error *error);
// Takes the bytes of a fact out that name so many cases which the reader does not see, and puts
// their SHA-256 there, by which the chain still holds. Its data must name them no more.
MUST_CHECK enum rc export_withhold(json_t *fact, size_t names, struct error *error);
// Ends it: the signature. secret_key has 64 bytes (Ed25519).
MUST_CHECK enum rc export_sign(json_t *bundle, const unsigned char secret_key[64],
                               struct error *error);
// The only form that a bundle is written in, without a line end; the caller frees it.
char *export_text(const json_t *bundle);

// What was found in a bundle that is genuine.
struct export_found {
    char case_id[37];
    size_t facts;
    size_t evidence;
    size_t withheld; // facts whose bytes are not in it
    char head[65];   // hash of the last fact
};

// RC_INVALID, and what is wrong where: "form", "signature", "chain", "digest", "evidence", "state".
MUST_CHECK enum rc export_check(const char *text, size_t size, const unsigned char public_key[32],
                                struct export_found *found, struct error *error);
