// SPDX-License-Identifier: Apache-2.0
// notification: tells people what happened to a case.
#include "config.h"
#include "consumer.h"
#include "routes.h"
#include "sender.h"
#include "stats.h"

#include "common/seal.h"

#include <stdlib.h>

#define SENDERS_MOST 16

struct state {
    struct region_book *regions;
    struct bus_producer *producer;
    struct consumer *consumer;
    struct sender *senders[SENDERS_MOST];
    struct routes_context routes;
    struct http_server *http;
};

static const struct region_book_options book_options = {
    .read = &notification_stats[STAT_REGION_READ],
    .refused = &notification_stats[STAT_REGION_REFUSED]};

static enum rc check(const void *context, struct error *error) {
    const struct notification_config *config = context;
    struct region *region = NULL;
    unsigned char key[32];
    enum rc rc = seal_init(error);
    rc = rc == RC_OK ? region_load(&region, config->service.region_directory, error) : rc;
    rc = rc == RC_OK ? seal_key_read(config->notification_secret, "keys.notification_secret", key,
                                     sizeof key, error)
                     : rc;
    rc = rc == RC_OK
             ? seal_key_read(config->satisfaction_key, "keys.satisfaction", key, sizeof key, error)
             : rc;
    seal_wipe(key, sizeof key);
    region_free(region);
    return rc;
}

static enum rc start_loops(struct state *state, const struct notification_config *config,
                           struct error *error) {
    const struct bus_settings bus = {config->service.kafka_brokers, "redress-notification",
                                     config->service.all, 20, false};
    struct sender_options sender = {.postgres_url = config->postgres_url,
                                    .smtp_url = config->smtp_url,
                                    .smtp_from = config->smtp_from,
                                    .webhook_secret = config->webhook_secret,
                                    .attempts = config->attempts,
                                    .attempt = {.webhook_url = config->webhook_url,
                                                .satisfaction_url = config->satisfaction_url,
                                                .satisfaction_days = config->satisfaction_days},
                                    .regions = state->regions};
    enum rc rc = seal_key_read(config->notification_secret, "keys.notification_secret",
                               sender.attempt.contacts.secret_key,
                               sizeof sender.attempt.contacts.secret_key, error);
    rc = rc == RC_OK ? seal_key_read(config->satisfaction_key, "keys.satisfaction",
                                     sender.attempt.satisfaction_key,
                                     sizeof sender.attempt.satisfaction_key, error)
                     : rc;
    rc = rc == RC_OK ? bus_producer_new(&state->producer, &bus, error) : rc;
    const struct consumer_options consumer = {bus,
                                              config->postgres_url,
                                              state->regions,
                                              state->producer,
                                              config->quiet_begin_hour,
                                              config->quiet_end_hour,
                                              config->hourly_most};
    sender.producer = state->producer;
    rc = rc == RC_OK ? consumer_start(&state->consumer, &consumer, error) : rc;
    for (int64_t i = 0; i < config->senders && rc == RC_OK; i++) {
        sender.reports = i == 0;
        rc = sender_start(&state->senders[i], &sender, error);
    }
    seal_wipe(&sender, sizeof sender);
    return rc;
}

static enum rc start(const void *context, void **out, struct error *error) {
    const struct notification_config *config = context;
    struct state *state = calloc(1, sizeof *state);
    *out = state;
    if (state == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    enum rc rc = seal_init(error);
    rc = rc == RC_OK ? region_book_load(&state->regions, config->service.region_directory,
                                        &book_options, error)
                     : rc;
    rc = rc == RC_OK ? start_loops(state, config, error) : rc;
    rc = rc == RC_OK ? pg_pool_new(&state->routes.pool, config->postgres_url,
                                   "redress-notification api", "notification", 2, error)
                     : rc;
    state->routes.regions = state->regions;
    state->routes.service_token = config->service_token;
    const struct http_options http = {.bind = config->service.http_bind,
                                      .port = (uint16_t)config->service.http_port,
                                      .routes = notification_routes,
                                      .route_count = notification_route_count,
                                      .context = &state->routes,
                                      .worker_threads = 2};
    return rc == RC_OK ? http_server_start(&state->http, &http, error) : rc;
}

static bool ready(void *context, struct error *why) {
    struct state *state = context;
    for (size_t i = 0; i < SENDERS_MOST && state->senders[i] != NULL; i++) {
        if (!sender_ready(state->senders[i], why)) {
            return false;
        }
    }
    return bus_producer_ready(state->producer, why) && consumer_ready(state->consumer, why);
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
    for (size_t i = 0; i < SENDERS_MOST; i++) {
        sender_free(state->senders[i]);
    }
    consumer_free(state->consumer);
    bus_producer_free(state->producer);
    region_book_free(state->regions);
    free(state);
}

int main(int argc, char **argv) {
    const struct service service = {
        .name = "notification",
        .purpose = "tells people what happened to a case",
        .options = notification_options,
        .option_count = notification_option_count,
        .config_size = sizeof(struct notification_config),
        .metrics = notification_stats,
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
