// SPDX-License-Identifier: Apache-2.0
// sla-timer: arms, warns and breaches the clocks of the region's policies.
#include "calendar_watch.h"
#include "config.h"
#include "consumer.h"
#include "firing.h"
#include "routes.h"
#include "stats.h"

#include <stdlib.h>

struct state {
    struct region_book *regions;
    struct bus_producer *producer;
    struct firing *firing;
    struct consumer *consumer;
    struct http_server *http;
};

static enum rc check(const void *context, struct error *error) {
    const struct sla_timer_config *config = context;
    struct region *region = NULL;
    struct calendar_watch watch;
    enum rc rc = calendar_watch_read(config->calendar_missing_from, &watch, error);
    rc = rc == RC_OK ? region_load(&region, config->service.region_directory, error) : rc;
    region_free(region);
    return rc;
}

static enum rc start_loops(struct state *state, const struct sla_timer_config *config,
                           struct error *error) {
    const struct bus_settings bus = {config->service.kafka_brokers, "redress-sla-timer",
                                     config->service.all, 5, false};
    enum rc rc = bus_producer_new(&state->producer, &bus, error);
    const struct firing_options firing = {
        config->redis_host,           (int)config->redis_port, config->ledger_url,
        config->service_token,        state->producer,         state->regions,
        config->calendar_missing_from};
    rc = rc == RC_OK ? firing_start(&state->firing, &firing, error) : rc;
    const struct consumer_options consumer = {
        bus,          config->redis_host, (int)config->redis_port, state->regions, state->producer,
        state->firing};
    return rc == RC_OK ? consumer_start(&state->consumer, &consumer, error) : rc;
}

static enum rc start(const void *context, void **out, struct error *error) {
    const struct sla_timer_config *config = context;
    struct state *state = calloc(1, sizeof *state);
    *out = state;
    if (state == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    enum rc rc = region_book_load(&state->regions, config->service.region_directory,
                                  &rulebook_options, error);
    const struct http_options http = {.bind = config->service.http_bind,
                                      .port = (uint16_t)config->service.http_port,
                                      .routes = sla_timer_routes,
                                      .route_count = sla_timer_route_count,
                                      .context = state->regions};
    rc = rc == RC_OK ? start_loops(state, config, error) : rc;
    return rc == RC_OK ? http_server_start(&state->http, &http, error) : rc;
}

static bool ready(void *context, struct error *why) {
    struct state *state = context;
    return bus_producer_ready(state->producer, why) && consumer_ready(state->consumer, why) &&
           firing_ready(state->firing, why);
}

static enum rc reload(void *context, struct error *error) {
    struct state *state = context;
    enum rc rc = region_book_reload(state->regions, error);
    if (rc == RC_OK) {
        firing_review(state->firing);
    }
    return rc;
}

static void drain(void *state) { http_server_drain(((struct state *)state)->http); }

static void stop(void *context) {
    struct state *state = context;
    if (state == NULL) {
        return;
    }
    http_server_free(state->http);
    consumer_free(state->consumer);
    firing_free(state->firing);
    bus_producer_free(state->producer);
    region_book_free(state->regions);
    free(state);
}

int main(int argc, char **argv) {
    const struct service service = {
        .name = "sla-timer",
        .purpose = "arms, warns and breaches the clocks of the region's policies",
        .options = sla_timer_options,
        .option_count = sla_timer_option_count,
        .config_size = sizeof(struct sla_timer_config),
        .metrics = sla_timer_stats,
        .metric_count = STAT_COUNT,
        .check = check,
        .start = start,
        .ready = ready,
        .reload = reload,
        .drain = drain,
        .stop = stop,
    };
    return service_main(&service, argc, argv);
}
