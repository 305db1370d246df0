// SPDX-License-Identifier: Apache-2.0
// triage: says how urgent a new case is and what it is about.
#include "config.h"
#include "consumer.h"
#include "index.h"
#include "routes.h"
#include "stats.h"
#include "triage.h"

#include <stdlib.h>

#define REDIS_TIMEOUT_MS 1000
#define REDIS_CONNECTIONS 4

struct state {
    struct region *region;
    struct triage triage;
    struct consumer *consumer;
    struct index *index;
    struct routes_context routes;
    struct http_server *http;
};

static enum rc check(const void *context, struct error *error) {
    const struct triage_config *config = context;
    struct region *region = NULL;
    struct triage triage = {.lexicon = NULL};
    enum rc rc = region_load(&region, config->service.region_directory, error);
    rc = rc == RC_OK ? triage_init(&triage, region, error) : rc;
    triage_close(&triage);
    region_free(region);
    return rc;
}

static enum rc start_loops(struct state *state, const struct triage_config *config,
                           struct error *error) {
    const struct bus_settings bus = {config->service.kafka_brokers, "redress-triage",
                                     config->service.all, 25, false};
    const struct index_options index = {
        .bus = bus,
        .redis_host = config->redis_host,
        .redis_port = (int)config->redis_port,
        .ledger_url = config->ledger_url,
        .service_token = config->service_token,
    };
    enum rc rc = consumer_start(&state->consumer, &bus, &state->triage, error);
    return rc == RC_OK ? index_start(&state->index, &index, error) : rc;
}

static enum rc start_http(struct state *state, const struct triage_config *config,
                          struct error *error) {
    const struct http_options http = {.bind = config->service.http_bind,
                                      .port = (uint16_t)config->service.http_port,
                                      .routes = triage_routes,
                                      .route_count = triage_route_count,
                                      .context = &state->routes};
    enum rc rc = redis_pool_new(&state->routes.redis, config->redis_host, (int)config->redis_port,
                                REDIS_TIMEOUT_MS, REDIS_CONNECTIONS, error);
    state->routes.triage = &state->triage;
    state->routes.service_token = config->service_token;
    return rc == RC_OK ? http_server_start(&state->http, &http, error) : rc;
}

static enum rc start(const void *context, void **out, struct error *error) {
    const struct triage_config *config = context;
    struct state *state = calloc(1, sizeof *state);
    *out = state;
    if (state == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    enum rc rc = region_load(&state->region, config->service.region_directory, error);
    rc = rc == RC_OK ? triage_init(&state->triage, state->region, error) : rc;
    rc = rc == RC_OK ? start_loops(state, config, error) : rc;
    return rc == RC_OK ? start_http(state, config, error) : rc;
}

static bool ready(void *state, struct error *why) {
    return consumer_ready(((struct state *)state)->consumer, why);
}

static void drain(void *state) { http_server_drain(((struct state *)state)->http); }

static void stop(void *context) {
    struct state *state = context;
    if (state == NULL) {
        return;
    }
    http_server_free(state->http);
    redis_pool_free(state->routes.redis);
    index_free(state->index);
    consumer_free(state->consumer);
    triage_close(&state->triage);
    region_free(state->region);
    free(state);
}

int main(int argc, char **argv) {
    const struct service service = {
        .name = "triage",
        .purpose = "says how urgent a new case is and what it is about",
        .options = triage_options,
        .option_count = triage_option_count,
        .config_size = sizeof(struct triage_config),
        .metrics = triage_stats,
        .metric_count = STAT_COUNT,
        .check = check,
        .start = start,
        .ready = ready,
        .drain = drain,
        .stop = stop,
    };
    return service_main(&service, argc, argv);
}
