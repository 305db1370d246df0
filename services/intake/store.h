// SPDX-License-Identifier: Apache-2.0
// Idempotency: Redis is the fast path, the ledger the truth. Losing Redis costs latency, never an
// answer that differs from the first.
#pragma once

#include "common/error.h"
#include "common/seal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_options {
    const char *redis_host;
    int redis_port;
    const char *ledger_url;
    const char *service_token;
    size_t connections;
    const char *instance; // for memory.h; NULL: there is no other instance
};

#define STORE_CLAIMS 100 // at once: what Redis does in one go stays short

enum claim_verdict {
    CLAIM_NEW,     // ours to submit, with the times in the claim (kept from a first try)
    CLAIM_DONE,    // submitted before; the times are those of the first answer
    CLAIM_BUSY,    // another request submits it right now
    CLAIM_OTHER,   // the key was used for another content
    CLAIM_UNKNOWN, // neither Redis nor the ledger can tell, or not before another's attempt ends
};

// One submission; times in and out, verdict out. Texts are borrowed.
struct claim {
    const char *case_id;
    const unsigned char *digest; // SEAL_HASH_SIZE
    int64_t received_at_ms;
    int64_t promised_at_ms;
    enum claim_verdict verdict;
    // Redis forgot and the ledger may lag behind Kafka: where it is new, only store_confirm, once
    // it is published, tells whose content became the case.
    bool unproven;
};

MUST_CHECK enum rc store_new(struct store **store, const struct store_options *options,
                             struct error *error);
void store_free(struct store *store);

// Decides about up to STORE_CLAIMS submissions, in their order.
void store_claim(struct store *store, struct claim *claims, size_t count);
// Waits until the ledger has the cases of these published submissions: CLAIM_NEW where this
// submission became the case, CLAIM_DONE with the first times where the same one did before,
// CLAIM_OTHER where another content did, CLAIM_UNKNOWN where the ledger does not tell within 5 s,
// or the service ends.
void store_confirm(struct store *store, struct claim *claims, size_t count);
// These submissions are in Kafka (done) or certainly not (given back). Those whose claim Redis lost
// meanwhile, or that end while it does not remember everything, so that another attempt may have
// become the case, come back unproven.
void store_settle(struct store *store, struct claim *claims, size_t count, bool done);

// The ledger's view of a case by tracking code; RC_NOT_FOUND, RC_UNAVAILABLE. cause: a proposal's
// id, of which the answer's "known" tells whether the ledger has decided it, and "refused" for what
// reason it did not take it; NULL. sha256: evidence, of which "evidence_refusal" is told; NULL.
MUST_CHECK enum rc store_status(struct store *store, const char *tracking_code, const char *cause,
                                const char *sha256, json_t **status, struct error *error);
// The same by case id.
MUST_CHECK enum rc store_case(struct store *store, const char *case_id, const char *cause,
                              json_t **status, struct error *error);
// {items, next}: what was said about a case after a sequence, as the ledger lists it.
MUST_CHECK enum rc store_dialogue(struct store *store, const char *tracking_code, int64_t after,
                                  int64_t limit, json_t **page, struct error *error);
// Whether an idempotency key, here an id that was made of it, was used with this body alone, as far
// as Redis remembers; true where it can't tell.
bool store_same_body(struct store *store, const char *key_id,
                     const unsigned char digest[SEAL_HASH_SIZE]);

enum rating_verdict {
    RATING_OURS,      // this proposal is the first to rate the closure, or that one again
    RATING_IN_FLIGHT, // another is being handed over right now
    RATING_TAKEN,     // another was handed over
};

// As far as Redis remembers; RATING_OURS where it can't tell: then the ledger's word alone counts,
// which comes later. What is not settled within 30 s was cut off, and is anybody's.
enum rating_verdict store_rate_claim(struct store *store, const char *case_id, uint32_t closure,
                                     const char *proposal_id);
// The rating is in Kafka (done), or another may be given.
void store_rate_settle(struct store *store, const char *case_id, uint32_t closure,
                       const char *proposal_id, bool done);

// ms until a PIN for this code is looked at again; 0: now. Without Redis by what this process saw.
int64_t store_pin_wait_ms(struct store *store, const char *tracking_code);
void store_pin_wrong(struct store *store, const char *tracking_code);
