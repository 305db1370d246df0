// SPDX-License-Identifier: Apache-2.0
// Threads for handlers that wait for a database, and the timekeeper for answers that do not come.
#include "http_private.h"

#include "common/clock.h"

#define TICK_MS 250

bool http_worker_push(struct http_request *request) {
    struct http_server *server = request->server;
    pthread_mutex_lock(&server->lock);
    bool room = server->queue_count < server->options.worker_queue && !server->stopping;
    if (room) {
        request->queued = NULL;
        if (server->queue_last != NULL) {
            server->queue_last->queued = request;
        } else {
            server->queue_first = request;
        }
        server->queue_last = request;
        server->queue_count++;
        pthread_cond_signal(&server->work);
    }
    pthread_mutex_unlock(&server->lock);
    return room;
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
        server->queue_count--;
    }
    pthread_mutex_unlock(&server->lock);
    return request;
}

void *http_worker_run(void *argument) {
    struct http_server *server = argument;
    for (struct http_request *request; (request = pop(server)) != NULL;) {
        request->route->handler(request, server->options.context);
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
