// SPDX-License-Identifier: Apache-2.0
// A submission is answered from its delivery report, as intake does, but for everything else.
#include "floor.h"

#include "common/http.h"
#include "common/ident.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 20000

struct floor_door {
    struct bus_producer *producer;
    struct http_server *http;
    _Atomic uint64_t number;
    uint64_t run; // tells the ids of two runs apart
};

struct waiting {
    struct http_request *request;
    char case_id[IDENT_UUID_SIZE];
};

static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    struct waiting *waiting = opaque;
    (void)reason;
    char body[64];
    int size = snprintf(body, sizeof body, "{\"case_id\":\"%s\"}", waiting->case_id);
    http_reply(waiting->request, outcome == BUS_DELIVERED ? 202 : 503, "application/json", body,
               (size_t)size);
    free(waiting);
}

static void post(struct http_request *request, void *context) {
    struct floor_door *door = context;
    struct waiting *waiting = malloc(sizeof *waiting);
    struct error error;
    char number[48];
    size_t size = 0;
    const char *body = http_body(request, &size);
    if (waiting == NULL) {
        error_set(&error, RC_INTERNAL, "out of memory");
        http_reply_problem(request, 0, &error);
        return;
    }
    snprintf(number, sizeof number, "%llu-%llu", (unsigned long long)door->run,
             (unsigned long long)atomic_fetch_add(&door->number, 1));
    ident_uuid_from((const char *const[]){"floor", number, NULL}, waiting->case_id);
    struct envelope envelope = {.type = "redress.v1.SubmitCase", .source = "floor", .time_ms = 1};
    memcpy(envelope.id, waiting->case_id, sizeof waiting->case_id);
    memcpy(envelope.subject, waiting->case_id, sizeof waiting->case_id);
    const struct bus_message message = {.topic = FLOOR_PROPOSALS,
                                        .key = waiting->case_id,
                                        .key_size = 36,
                                        .value = body,
                                        .value_size = size,
                                        .envelope = &envelope};
    waiting->request = http_defer(request, ANSWER_MS);
    if (bus_publish(door->producer, &message, on_report, waiting, &error) != RC_OK) {
        http_reply_problem(waiting->request, 0, &error);
        free(waiting);
    }
}

static const struct http_route routes[] = {{"POST", "/v1/submissions", post, 0}};

enum rc floor_door_start(struct floor_door **out, const struct floor_options *options,
                         struct error *error) {
    struct floor_door *door = calloc(1, sizeof *door);
    *out = door;
    if (door == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    door->run = (uint64_t)random() << 20 ^ (uint64_t)(uintptr_t)door;
    const struct bus_settings bus = {options->brokers, "redress-floor", NULL, 2, false};
    enum rc rc = bus_producer_new(&door->producer, &bus, error);
    const struct http_options http = {.bind = "127.0.0.1",
                                      .port = options->port,
                                      .routes = routes,
                                      .route_count = 1,
                                      .context = door};
    return rc == RC_OK ? http_server_start(&door->http, &http, error) : rc;
}

void floor_door_free(struct floor_door *door) {
    if (door == NULL) {
        return;
    }
    http_server_free(door->http);
    bus_producer_free(door->producer);
    free(door);
}
