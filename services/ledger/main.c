// SPDX-License-Identifier: Apache-2.0
// ledger: the one authority. Proposals and staff commands in, facts out.
#include "consumer.h"
#include "ledger.h"
#include "routes.h"
#include "stats.h"
#include "store.h"
#include "stream.h"

#include "common/redaction.h"
#include "common/seal.h"

#include <stdlib.h>

static const struct region_book_options book_options = {
    .read = &ledger_stats[STAT_REGION_READ], .refused = &ledger_stats[STAT_REGION_REFUSED]};

static enum rc check(const void *context, struct error *error) {
    const struct ledger_config *config = context;
    struct region *region = NULL;
    unsigned char key[64];
    enum rc rc = seal_init(error);
    rc = rc == RC_OK ? region_load(&region, config->service.region_directory, error) : rc;
    rc = rc == RC_OK ? seal_key_read(config->bureau_secret, "keys.bureau_secret", key, 32, error)
                     : rc;
    rc = rc == RC_OK ? seal_key_read(config->export_secret, "keys.export_secret", key, 64, error)
                     : rc;
    seal_wipe(key, sizeof key);
    region_free(region);
    return rc;
}

// Half of the request threads take commands.
static enum rc start_commands(struct ledger *ledger, const struct ledger_config *config,
                              struct error *error) {
    enum rc rc = pg_pool_new(&ledger->commands, config->postgres_url, "redress-ledger commands",
                             "ledger", (size_t)(config->connections + 1) / 2, error);
    return rc == RC_OK ? pg_pool_plan_by_keys(ledger->commands, error) : rc;
}

static enum rc start_consumers(struct ledger *ledger, const struct bus_settings *bus,
                               struct error *error) {
    struct consumer_options options = {.postgres_url = ledger->config->postgres_url,
                                       .bus = *bus,
                                       .instance_id = ledger->config->instance_id,
                                       .relay = ledger->relay,
                                       .regions = ledger->regions};
    enum rc rc = bus_producer_new(&ledger->dead_letters, bus, error);
    options.producer = ledger->dead_letters;
    rc = rc == RC_OK ? consumer_start(&ledger->consumer, &options, error) : rc;
    options.urgent = true;
    return rc == RC_OK ? consumer_start(&ledger->urgent, &options, error) : rc;
}

static enum rc start_http(struct ledger *ledger, struct error *error) {
    const struct http_options options = {.bind = ledger->config->service.http_bind,
                                         .port = (uint16_t)ledger->config->service.http_port,
                                         .routes = ledger_routes,
                                         .route_count = ledger_route_count,
                                         .context = ledger,
                                         .worker_threads = (unsigned)ledger->config->connections};
    return http_server_start(&ledger->http, &options, error);
}

static enum rc start(const void *context, void **state, struct error *error) {
    const struct ledger_config *config = context;
    struct ledger *ledger = seal_alloc(sizeof *ledger); // it holds keys
    *state = ledger;
    if (ledger == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    ledger->config = config;
    const struct bus_settings bus = {config->service.kafka_brokers, "redress-ledger",
                                     config->service.all, 1, false};
    struct relay_options relay = {config->postgres_url, bus};
    relay.bus.gapless = true;
    enum rc rc = seal_key_read(config->bureau_secret, "keys.bureau_secret", ledger->bureau_secret,
                               sizeof ledger->bureau_secret, error);
    rc = rc == RC_OK ? seal_key_read(config->export_secret, "keys.export_secret",
                                     ledger->export_secret, sizeof ledger->export_secret, error)
                     : rc;
    rc = rc == RC_OK ? redaction_init(error) : rc;
    rc = rc == RC_OK ? region_book_load(&ledger->regions, config->service.region_directory,
                                        &book_options, error)
                     : rc;
    rc = rc == RC_OK ? jwt_keys_load(&ledger->keys, config->staff_jwks, config->staff_issuer,
                                     config->staff_audience, error)
                     : rc;
    rc = rc == RC_OK ? pg_pool_new(&ledger->pool, config->postgres_url, "redress-ledger api",
                                   "ledger", (size_t)config->connections, error)
                     : rc;
    rc = rc == RC_OK ? start_commands(ledger, config, error) : rc;
    rc = rc == RC_OK ? relay_start(&ledger->relay, &relay, error) : rc;
    rc = rc == RC_OK ? start_consumers(ledger, &bus, error) : rc;
    rc = rc == RC_OK ? stream_start(&ledger->stream, &bus, error) : rc;
    return rc == RC_OK ? start_http(ledger, error) : rc;
}

static bool ready(void *state, struct error *why) {
    struct ledger *ledger = state;
    return consumer_ready(ledger->consumer, why) && consumer_ready(ledger->urgent, why) &&
           relay_ready(ledger->relay, why);
}

static enum rc reload(void *state, struct error *error) {
    return region_book_reload(((struct ledger *)state)->regions, error);
}

static void drain(void *state) { http_server_drain(((struct ledger *)state)->http); }

static void stop(void *state) {
    struct ledger *ledger = state;
    if (ledger == NULL) {
        return;
    }
    http_server_free(ledger->http);
    stream_free(ledger->stream);
    consumer_free(ledger->urgent);
    consumer_free(ledger->consumer);
    bus_producer_free(ledger->dead_letters);
    relay_free(ledger->relay);
    pg_pool_free(ledger->commands);
    pg_pool_free(ledger->pool);
    jwt_keys_free(ledger->keys);
    region_book_free(ledger->regions);
    redaction_close();
    seal_free(ledger);
}

int main(int argc, char **argv) {
    const struct service service = {
        .name = "ledger",
        .purpose = "keeps the one authoritative record of every case",
        .options = ledger_options,
        .option_count = ledger_option_count,
        .config_size = sizeof(struct ledger_config),
        .metrics = ledger_stats,
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
