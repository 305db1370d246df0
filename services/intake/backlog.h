// SPDX-License-Identifier: Apache-2.0
// How far the ledger and triage are behind, and how many submissions may come in because of it. Who
// is down, or catching up after that, is no reason to refuse anybody: Kafka keeps what comes. Who
// is behind and does not catch up is: more comes than can be carried, and what nobody has assessed
// yet may be urgent.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

#define BACKLOG_STEP_MS 500

// What one look at the ledger showed, and what came in since the last.
struct backlog_look {
    bool known;            // it answered
    int64_t lag;           // proposals that it has not applied; below 0: unknown
    int64_t delay_ms;      // how old those are that it applies now
    int64_t unassessed;    // cases that wait for their assessment; how far it is off is unknown
    int64_t assessment_ms; // how long the cases assessed now had waited for it; 0: unknown
    int64_t admitted;      // submissions in the last step
};

// Of one ledger's partitions: where its URL is a balancer's, looks at several in turn show no
// growth and bound nothing.
struct backlog_growth {
    int64_t last;  // at the last look
    int looks;     // in a row at which it grew
    int64_t least; // so far; since when it is no less:
    int standing;  // looks; 0: not watched
};

struct backlog_state {
    struct backlog_growth lag;
    struct backlog_growth unassessed;
    int64_t budget; // submissions a step; 0: without bound
};

// The rule, pure.
void backlog_step(struct backlog_state *state, const struct backlog_look *look);

struct backlog;
struct backlog_options {
    const char *ledger_url;
    const char *service_token;
};
// Starts the thread that looks.
MUST_CHECK enum rc backlog_start(struct backlog **backlog, const struct backlog_options *options,
                                 struct error *error);
// Counts one submission; RC_UNAVAILABLE when this step's are used up. Never blocks.
MUST_CHECK enum rc backlog_admit(struct backlog *backlog, struct error *error);
void backlog_free(struct backlog *backlog);
