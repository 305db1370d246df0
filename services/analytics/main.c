// SPDX-License-Identifier: Apache-2.0
// analytics: counts facts and answers with indicators.
#include "config.h"
#include "consumer.h"
#include "routes.h"
#include "stats.h"

#include <stdlib.h>

struct state {
    struct region_book *regions;
    struct jwt_keys *keys;
    struct consumer *consumer;
    struct routes_context routes;
    struct http_server *http;
};

static const struct region_book_options book_options = {
    .read = &analytics_stats[STAT_REGION_READ], .refused = &analytics_stats[STAT_REGION_REFUSED]};

static enum rc check(const void *context, struct error *error) {
    const struct analytics_config *config = context;
    struct region *region = NULL;
    enum rc rc = region_load(&region, config->service.region_directory, error);
    region_free(region);
    return rc;
}

static enum rc start(const void *context, void **out, struct error *error) {
    const struct analytics_config *config = context;
    struct state *state = calloc(1, sizeof *state);
    *out = state;
    if (state == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    enum rc rc =
        region_book_load(&state->regions, config->service.region_directory, &book_options, error);
    rc = rc == RC_OK ? jwt_keys_load(&state->keys, config->staff_jwks, config->staff_issuer,
                                     config->staff_audience, error)
                     : rc;
    const struct consumer_options consumer = {
        {config->service.kafka_brokers, "redress-analytics", config->service.all, 5, false},
        config->postgres_url,
        state->regions};
    rc = rc == RC_OK ? consumer_start(&state->consumer, &consumer, error) : rc;
    rc = rc == RC_OK ? pg_pool_new(&state->routes.pool, config->postgres_url,
                                   "redress-analytics api", "analytics", 4, error)
                     : rc;
    state->routes.regions = state->regions;
    state->routes.keys = state->keys;
    const struct http_options http = {.bind = config->service.http_bind,
                                      .port = (uint16_t)config->service.http_port,
                                      .routes = analytics_routes,
                                      .route_count = analytics_route_count,
                                      .context = &state->routes};
    return rc == RC_OK ? http_server_start(&state->http, &http, error) : rc;
}

static bool ready(void *state, struct error *why) {
    return consumer_ready(((struct state *)state)->consumer, why);
}

static enum rc reload(void *state, struct error *error) {
    return region_book_reload(((struct state *)state)->regions, error);
}

static void drain(void *state) { http_server_drain(((struct state *)state)->http); }

static void stop(void *context) {
    struct state *state = context;
    if (state == NULL) {
        return;
    }
    http_server_free(state->http);
    pg_pool_free(state->routes.pool);
    consumer_free(state->consumer);
    jwt_keys_free(state->keys);
    region_book_free(state->regions);
    free(state);
}

int main(int argc, char **argv) {
    const struct service service = {
        .name = "analytics",
        .purpose = "counts facts and answers with indicators",
        .options = analytics_options,
        .option_count = analytics_option_count,
        .config_size = sizeof(struct analytics_config),
        .metrics = analytics_stats,
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
