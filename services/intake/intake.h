// SPDX-License-Identifier: Apache-2.0
// What a submission is and whether it is good: pure, for HTTP and Kafka alike.
#pragma once

#include "common/error.h"
#include "common/region.h"
#include "common/seal.h"

#include "redress/v1/inbound.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define INTAKE_FUTURE_MS (5 * 60 * 1000) // how far ahead a sender's clock may be

// One submission; texts are borrowed from the JSON object or protobuf message, absent ones are "".
struct submission {
    const char *institution;
    uint32_t channel; // Redress__V1__Channel
    const char *category;
    const char *narrative;
    const char *request;
    int64_t received_at_ms; // 0: now
    bool anonymous;
    const char *name;
    const char *phone;
    const char *email;
    const char *address;
    const char *identity_number;
    const char *language; // "zh-CN" or "en"
    const char *hours;    // when to tell, "09:00-17:30"; "": at any time
    const char *on_behalf_relation;
};

// RC_INVALID names the field; error->code "unknown-code", "contradiction" … are for 422, those of
// json_bind for 400.
MUST_CHECK enum rc submission_from_json(const json_t *body, struct submission *submission,
                                        struct error *error);
MUST_CHECK enum rc submission_from_message(const Redress__V1__ExternalComplaint *message,
                                           struct submission *submission, struct error *error);
// What both share: codes of the region, contradictions, times.
MUST_CHECK enum rc submission_check(const struct submission *submission,
                                    const struct region *region, int64_t now_ms,
                                    struct error *error);
// RC_INVALID, "unknown-code".
enum rc submission_unknown_institution(struct error *error);
// SHA-256 over every field, normalised (Unicode NFC), so that the same submission in another
// notation is the same. RC_INTERNAL when out of memory.
MUST_CHECK enum rc submission_digest(const struct submission *submission,
                                     unsigned char digest[SEAL_HASH_SIZE], struct error *error);
