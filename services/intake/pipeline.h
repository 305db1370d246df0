// SPDX-License-Identifier: Apache-2.0
// Submissions over HTTP from their arrival to their outcome, in batches that form by themselves:
// what waits is claimed in one call to Redis and goes to Kafka together; what Kafka confirmed is
// settled together. No thread waits for one submission.
#pragma once

#include "submit.h"

#include "common/admission.h"

struct pipeline;

struct pipeline_outcome {
    const struct submission_run *run;
    enum rc rc; // RC_OK, RC_INVALID, RC_UNAVAILABLE, RC_INTERNAL
    const struct error *error;
    int64_t started_ms; // monotonic, when it was pushed
};

// Called once for each submission taken, on a thread of the pipeline.
typedef void (*pipeline_concluded)(void *client, const struct submit *submit,
                                   const struct pipeline_outcome *outcome);

struct pipeline_options {
    struct submit *submit; // borrowed
    const char *source;    // of the submissions, "web"
    struct admission_limits limits;
    pipeline_concluded concluded;
};

MUST_CHECK enum rc pipeline_start(struct pipeline **pipeline,
                                  const struct pipeline_options *options, struct error *error);
// Whether one more of so many bytes could come in now; RC_UNAVAILABLE tells why not.
MUST_CHECK enum rc pipeline_admits(struct pipeline *pipeline, size_t size, struct error *error);
// Takes a checked submission of so many bytes in; body owns what it borrows and is taken over, also
// when this fails. RC_UNAVAILABLE when the limits forbid it: nothing is concluded then.
MUST_CHECK enum rc pipeline_push(struct pipeline *pipeline, void *client, json_t *body, size_t size,
                                 const struct submission *submission, const char *key,
                                 const char *traceparent, struct error *error);
// Concludes everything that was taken, then ends; Kafka's delivery time-out bounds it.
void pipeline_free(struct pipeline *pipeline);
