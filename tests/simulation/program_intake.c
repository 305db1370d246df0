// SPDX-License-Identifier: Apache-2.0
// intake: its pipeline behind the HTTP door, and its consumer.
#include "common/redaction.h"
#include "consumer.h"
#include "http.h"
#include "pipeline.h"
#include "submit.h"
#include "world.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct submit submit;
    struct pipeline *pipeline;
    struct consumer *consumer;
};

// As routes_conclude does, without HTTP. Whoever's server died heard nothing.
static void conclude(void *context, const struct submit *submit,
                     const struct pipeline_outcome *outcome) {
    struct intake_client *client = context;
    (void)submit;
    bool heard = !sim_process()->dead;
    memcpy(client->case_id, outcome->run->receipt.case_id, sizeof client->case_id);
    memcpy(client->digest, outcome->run->receipt.content_sha256, 32);
    client->received_at_ms = outcome->run->receipt.received_at_ms;
    snprintf(client->code, sizeof client->code, "%s", outcome->error->code);
    client->outcome = !heard                       ? INTAKE_UNKNOWN
                      : outcome->rc == RC_OK       ? INTAKE_TAKEN
                      : outcome->rc == RC_INVALID  ? INTAKE_REFUSED
                      : outcome->rc == RC_CONFLICT ? INTAKE_BUSY
                                                   : INTAKE_UNKNOWN;
    sim_wake(client, true);
}

static bool start(struct process *process, void **out) {
    struct error error;
    struct state *state = calloc(1, sizeof *state);
    *out = state;
    if (state == NULL) {
        abort();
    }
    const struct bus_settings bus = {"simulated", "redress-intake", NULL, 2, false};
    char instance[24];
    snprintf(instance, sizeof instance, "intake-%d", process->number);
    const struct store_options store = {"", 0, "", HTTP_TOKEN, 2, instance};
    const struct pipeline_options pipeline = {.submit = &state->submit,
                                              .source = "web",
                                              .limits = {64, 1 << 20, 8, 2000},
                                              .concluded = conclude};
    state->submit.region = world.region;
    memcpy(state->submit.derive_key, world.derive_key, sizeof world.derive_key);
    memcpy(state->submit.receipt_key, world.receipt_key, sizeof world.receipt_key);
    seal_reader_init(&state->submit.bureau, world.bureau_public);
    seal_reader_init(&state->submit.notification, world.notification_public);
    enum rc rc = store_new(&state->submit.store, &store, &error);
    rc = rc == RC_OK ? bus_producer_new(&state->submit.producer, &bus, &error) : rc;
    rc = rc == RC_OK ? pipeline_start(&state->pipeline, &pipeline, &error) : rc;
    rc = rc == RC_OK ? consumer_start(&state->consumer, &bus, &state->submit, &error) : rc;
    return rc == RC_OK;
}

static void stop(void *context) {
    struct state *state = context;
    consumer_free(state->consumer);
    pipeline_free(state->pipeline);
    bus_producer_free(state->submit.producer);
    store_free(state->submit.store);
    free(state);
}

const struct sim_program intake_program = {"intake", start, stop};

enum rc intake_prepare(struct error *error) { return redaction_init(error); }

void intake_submit(struct process *process, struct intake_client *client) {
    struct state *state = process->state;
    struct submission submission;
    struct error error = {.code = ""};
    enum rc rc = submission_from_json(client->body, &submission, &error);
    rc = rc == RC_OK ? submission_check(&submission, world.region, clock_wall_ms(), &error) : rc;
    if (rc != RC_OK) {
        fprintf(stderr, "a simulated client sends a bad submission: %s\n", error.text);
        abort();
    }
    client->outcome = 0;
    if (pipeline_push(state->pipeline, client, json_incref(client->body), 256, &submission,
                      client->key, NULL, &error) != RC_OK) {
        client->outcome = INTAKE_UNKNOWN;
    }
}
