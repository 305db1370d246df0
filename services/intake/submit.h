// SPDX-License-Identifier: Apache-2.0
// From a good submission to the proposal that Kafka gets and the receipt that its sender gets.
#pragma once

#include "intake.h"
#include "store.h"

#include "common/bus.h"
#include "common/receipt.h"

struct submit {
    const struct region *region;
    struct store *store;
    struct bus_producer *producer;
    unsigned char derive_key[32];
    unsigned char receipt_key[64];
    unsigned char bureau_public[32];
    unsigned char notification_public[32];
};

// One submission on its way.
struct submission_run {
    struct receipt receipt;
    enum claim claim;
};

// Derives the ids and claims the key: afterwards run->claim tells what to do.
MUST_CHECK enum rc submit_claim(const struct submit *submit, const struct submission *submission,
                                const char *source, const char *sender_key, int64_t now_ms,
                                struct submission_run *run, struct error *error);
// Redacts, seals and hands the proposal to Kafka; wait tells the outcome (bus_wait_end).
MUST_CHECK enum rc submit_publish(const struct submit *submit, const struct submission *submission,
                                  const char *source, const struct submission_run *run,
                                  const char *traceparent, struct bus_wait *wait,
                                  struct error *error);
// Proposes a rating; comment is redacted here.
MUST_CHECK enum rc submit_feedback(const struct submit *submit, const char *case_id,
                                   const char *tenant, const char *key,
                                   Redress__V1__RecordFeedback *feedback, struct error *error);
