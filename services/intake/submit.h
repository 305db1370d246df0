// SPDX-License-Identifier: Apache-2.0
// From a good submission to the proposal that Kafka gets and the receipt that its sender gets.
#pragma once

#include "intake.h"
#include "store.h"

#include "common/bus.h"
#include "common/receipt.h"
#include "common/region_book.h"

struct submit {
    struct region_book *regions;
    struct store *store;
    struct bus_producer *producer;
    unsigned char derive_key[32];
    unsigned char receipt_key[64];
    unsigned char satisfaction_key[32];
    struct seal_reader bureau;
    struct seal_reader notification;
};

// One submission on its way.
struct submission_run {
    struct receipt receipt;
    enum claim_verdict claim;
    bool unproven; // submit_confirm is needed before it is answered
};

// Derives the ids and the promise; pure. RC_INVALID where the region has no such institution (any
// more): the files may have changed since the submission was checked.
MUST_CHECK enum rc submit_prepare(const struct submit *submit, const struct region *region,
                                  const struct submission *submission, const char *source,
                                  const char *sender_key, int64_t now_ms,
                                  struct submission_run *run, struct error *error);
// Claims the keys of up to STORE_CLAIMS runs at once: afterwards each run's claim tells what to do.
void submit_claim(struct submit *submit, struct submission_run *const *runs, size_t count);
// Lets the ledger tell of up to STORE_CLAIMS published runs that are unproven what became of them.
void submit_confirm(struct submit *submit, struct submission_run *const *runs, size_t count);
// Tells Redis that up to STORE_CLAIMS runs are in Kafka (done), or that they are not and may be
// tried again. Those whose claim Redis lost meanwhile come back unproven.
void submit_settle(struct submit *submit, struct submission_run *const *runs, size_t count,
                   bool done);
// Redacts, seals and hands the proposal to Kafka; delivered tells the outcome, unless this fails.
MUST_CHECK enum rc submit_publish(struct submit *submit, const struct submission *submission,
                                  const char *source, const struct submission_run *run,
                                  const char *traceparent, bus_delivered delivered, void *opaque,
                                  struct error *error);
// Proposes a rating; comment is redacted here. Waits for Kafka, as submit_proposal.
MUST_CHECK enum rc submit_feedback(const struct submit *submit, const char *case_id,
                                   const char *tenant, const char *proposal_id,
                                   Redress__V1__RecordFeedback *feedback, struct error *error);
// A fresh text without personal data, of at most so many bytes; the caller frees it. NULL when out
// of memory.
char *submit_redacted(const char *text, size_t most);
// Hands a proposal to Kafka and waits until it is there.
MUST_CHECK enum rc submit_proposal(const struct submit *submit, const ProtobufCMessage *message,
                                   const Redress__V1__ProposalMeta *meta, const char *traceparent,
                                   struct error *error);
