// SPDX-License-Identifier: Apache-2.0
// Threads for handlers that wait for a database, and the timekeeper for answers that do not come.
#include "http_private.h"

#include "common/clock.h"

#define TICK_MS 250
#define STALE_MS 1500

enum rc http_worker_push(struct http_request *request, struct error *error) {
    struct http_server *server = request->server;
    enum rc rc = admission_enter(&server->admission, &request->ticket, request->body_size,
                                 clock_monotonic_ms(), error);
    if (rc != RC_OK) {
        metric_add(&http_stats[HTTP_STAT_SHED], 1);
        return rc;
    }
    pthread_mutex_lock(&server->lock);
    bool open = !server->stopping;
    if (open) {
        request->queued = NULL;
        if (server->queue_last != NULL) {
            server->queue_last->queued = request;
        } else {
            server->queue_first = request;
        }
        server->queue_last = request;
        pthread_cond_signal(&server->work);
    }
    pthread_mutex_unlock(&server->lock);
    if (!open) {
        admission_leave(&server->admission, &request->ticket);
        return error_set(error, RC_UNAVAILABLE, "the service is stopping");
    }
    return RC_OK;
}

static struct http_request *pop(struct http_server *server) {
    pthread_mutex_lock(&server->lock);
    while (server->queue_first == NULL && !server->stopping) {
        pthread_cond_wait(&server->work, &server->lock);
    }
    struct http_request *request = server->queue_first;
    if (request != NULL) {
        server->queue_first = request->queued;
        server->queue_last = request->queued == NULL ? NULL : server->queue_last;
    }
    pthread_mutex_unlock(&server->lock);
    return request;
}

// A request that waited so long that its client may have given up is not begun any more.
static void handle(struct http_server *server, struct http_request *request) {
    int64_t waited_ms = clock_monotonic_ms() - request->ticket.since_ms;
    admission_leave(&server->admission, &request->ticket);
    if (waited_ms <= STALE_MS) {
        request->route->handler(request, server->options.context);
        return;
    }
    struct error error;
    error_set(&error, RC_UNAVAILABLE, "no thread was free in time");
    metric_add(&http_stats[HTTP_STAT_SHED], 1);
    http_reply_problem(request, 503, &error);
}

void *http_worker_run(void *argument) {
    struct http_server *server = argument;
    for (struct http_request *request; (request = pop(server)) != NULL;) {
        handle(server, request);
    }
    return NULL;
}

static const char late_problem[] =
    "{\"type\":\"https://redress.example/problems/unknown-outcome\",\"title\":\"Gateway Timeout\","
    "\"status\":504,\"code\":\"unknown-outcome\",\"detail\":\"no answer came in time; the outcome "
    "is "
    "unknown, repeat with the same key\"}";

void *http_timekeeper_run(void *argument) {
    struct http_server *server = argument;
    for (bool stopping = false; !stopping;) {
        clock_sleep_ms(TICK_MS);
        int64_t now = clock_monotonic_ms();
        for (struct http_request *request; (request = http_request_take(server, now)) != NULL;) {
            http_reply_for(request, 504, late_problem);
        }
        http_streams_tick(server, now);
        http_doors_tick(server, now);
        pthread_mutex_lock(&server->lock);
        stopping = server->stopping;
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}
