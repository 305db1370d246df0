// SPDX-License-Identifier: Apache-2.0
// sla-timer: its firing loop and its consumer.
#include "consumer.h"
#include "firing.h"
#include "http.h"
#include "rulebook.h"
#include "world.h"

#include <stdlib.h>

struct state {
    struct region_book *regions;
    struct bus_producer *producer;
    struct firing *firing;
    struct consumer *consumer;
};

static bool start(struct process *process, void **out) {
    struct error error;
    struct state *state = calloc(1, sizeof *state);
    (void)process;
    *out = state;
    if (state == NULL) {
        abort();
    }
    const struct bus_settings bus = {"simulated", "redress-sla-timer", NULL, 0, false};
    enum rc rc = region_book_borrow(&state->regions, world.region, &rulebook_options, &error);
    rc = rc == RC_OK ? bus_producer_new(&state->producer, &bus, &error) : rc;
    const struct firing_options firing = {
        "", 0, "", HTTP_TOKEN, state->producer, state->regions, "12-01"};
    rc = rc == RC_OK ? firing_start(&state->firing, &firing, &error) : rc;
    const struct consumer_options consumer = {bus,          "", 0, state->regions, state->producer,
                                              state->firing};
    rc = rc == RC_OK ? consumer_start(&state->consumer, &consumer, &error) : rc;
    return rc == RC_OK;
}

static void stop(void *context) {
    struct state *state = context;
    consumer_free(state->consumer);
    firing_free(state->firing);
    bus_producer_free(state->producer);
    region_book_free(state->regions);
    free(state);
}

const struct sim_program sla_timer_program = {"sla-timer", start, stop};
