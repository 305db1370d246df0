// SPDX-License-Identifier: Apache-2.0
// intake: takes submissions in over HTTP and Kafka, seals what is personal, proposes cases.
#include "common/redaction.h"
#include "config.h"
#include "consumer.h"
#include "pipeline.h"
#include "routes.h"
#include "stats.h"
#include "submit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOST_ROOM 200
#define INSTANCE_ROOM 224
// Beyond any of these 503: they are well within the 2 s that a client may wait at most.
#define INSIDE_COUNT 2048
#define INSIDE_BYTES (16 * 1024 * 1024)
#define INSIDE_SURE 64
#define INSIDE_WAIT_MS 500

struct intake {
    struct region *region;
    struct submit submit;
    struct consumer *consumer;
    struct pipeline *pipeline;
    struct backlog *backlog;
    struct routes routes;
    struct http_server *http;
};

static enum rc read_keys(const struct intake_config *config, struct submit *submit,
                         struct error *error) {
    unsigned char bureau[SEAL_KEY_SIZE];
    unsigned char notification[SEAL_KEY_SIZE];
    const struct {
        const char *text, *name;
        unsigned char *key;
        size_t size;
    } keys[] = {{config->derive_key, "keys.derive", submit->derive_key, 32},
                {config->receipt_key, "keys.receipt", submit->receipt_key, 64},
                {config->satisfaction_key, "keys.satisfaction", submit->satisfaction_key, 32},
                {config->bureau_public, "keys.bureau_public", bureau, 32},
                {config->notification_public, "keys.notification_public", notification, 32}};
    enum rc rc = seal_init(error);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && rc == RC_OK; i++) {
        rc = seal_key_read(keys[i].text, keys[i].name, keys[i].key, keys[i].size, error);
    }
    if (rc == RC_OK) {
        seal_reader_init(&submit->bureau, bureau);
        seal_reader_init(&submit->notification, notification);
    }
    return rc;
}

static enum rc check(const void *context, struct error *error) {
    const struct intake_config *config = context;
    struct submit submit;
    struct region *region = NULL;
    enum rc rc = read_keys(config, &submit, error);
    seal_wipe(&submit, sizeof submit);
    rc = rc == RC_OK ? region_load(&region, config->service.region_directory, error) : rc;
    region_free(region);
    return rc;
}

static enum rc start_edges(struct intake *intake, const struct intake_config *config,
                           struct error *error) {
    const struct bus_settings bus = {config->service.kafka_brokers, "redress-intake",
                                     config->service.all, 2, false};
    const struct http_options http = {.bind = config->service.http_bind,
                                      .port = (uint16_t)config->service.http_port,
                                      .routes = intake_routes,
                                      .route_count = intake_route_count,
                                      .context = &intake->routes,
                                      .worker_threads = (unsigned)config->workers};
    const struct pipeline_options pipeline = {
        &intake->submit,
        "web",
        {INSIDE_COUNT, INSIDE_BYTES, INSIDE_SURE, INSIDE_WAIT_MS},
        routes_conclude};
    const struct backlog_options backlog = {config->ledger_url, config->service_token};
    enum rc rc = bus_producer_new(&intake->submit.producer, &bus, error);
    rc = rc == RC_OK ? pipeline_start(&intake->pipeline, &pipeline, error) : rc;
    rc = rc == RC_OK ? backlog_start(&intake->backlog, &backlog, error) : rc;
    intake->routes = (struct routes){&intake->submit, intake->pipeline, intake->backlog};
    rc = rc == RC_OK ? consumer_start(&intake->consumer, &bus, &intake->submit, error) : rc;
    return rc == RC_OK ? http_server_start(&intake->http, &http, error) : rc;
}

// One process listens on a host's port, also after a restart.
static void name_instance(const struct intake_config *config, char name[INSTANCE_ROOM]) {
    char host[HOST_ROOM] = "";
    gethostname(host, sizeof host - 1);
    snprintf(name, INSTANCE_ROOM, "%s:%" PRId64, host, config->service.http_port);
}

static enum rc start(const void *context, void **state, struct error *error) {
    const struct intake_config *config = context;
    struct intake *intake = seal_alloc(sizeof *intake); // it holds keys
    *state = intake;
    if (intake == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    char instance[INSTANCE_ROOM];
    name_instance(config, instance);
    const struct store_options store = {config->redis_host,      (int)config->redis_port,
                                        config->ledger_url,      config->service_token,
                                        (size_t)config->workers, instance};
    enum rc rc = read_keys(config, &intake->submit, error);
    rc = rc == RC_OK ? region_load(&intake->region, config->service.region_directory, error) : rc;
    intake->submit.region = intake->region;
    rc = rc == RC_OK ? redaction_init(error) : rc;
    rc = rc == RC_OK ? store_new(&intake->submit.store, &store, error) : rc;
    return rc == RC_OK ? start_edges(intake, config, error) : rc;
}

static bool ready(void *state, struct error *why) {
    struct intake *intake = state;
    return bus_producer_ready(intake->submit.producer, why) &&
           consumer_ready(intake->consumer, why);
}

static void drain(void *state) { http_server_drain(((struct intake *)state)->http); }

static void stop(void *state) {
    struct intake *intake = state;
    if (intake == NULL) {
        return;
    }
    http_server_free(intake->http);
    backlog_free(intake->backlog);
    consumer_free(intake->consumer);
    pipeline_free(intake->pipeline);
    bus_producer_free(intake->submit.producer);
    store_free(intake->submit.store);
    redaction_close();
    region_free(intake->region);
    seal_free(intake);
}

int main(int argc, char **argv) {
    const struct service service = {
        .name = "intake",
        .purpose = "takes submissions in and seals what is personal",
        .options = intake_options,
        .option_count = intake_option_count,
        .config_size = sizeof(struct intake_config),
        .metrics = intake_stats,
        .metric_count = STAT_COUNT,
        .check = check,
        .start = start,
        .ready = ready,
        .drain = drain,
        .stop = stop,
    };
    return service_main(&service, argc, argv);
}
