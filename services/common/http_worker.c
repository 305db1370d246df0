// SPDX-License-Identifier: Apache-2.0
// Threads for handlers that wait for a database, and the timekeeper for answers that do not come.
#include "http_private.h"

#include "common/clock.h"

#define TICK_MS 250
#define STALE_MS 1500

static void append(struct http_queue *queue, struct http_request *request) {
    request->queued = NULL;
    *(queue->last == NULL ? &queue->first : &queue->last->queued) = request;
    queue->last = request;
}

static struct http_request *take_first(struct http_queue *queue) {
    struct http_request *request = queue->first;
    queue->first = request->queued;
    queue->last = queue->first == NULL ? NULL : queue->last;
    return request;
}

static bool is_gathered(const struct http_request *request) {
    return (request->route->flags & HTTP_GATHERED) != 0;
}

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
        append(is_gathered(request) ? &server->gathered : &server->waiting, request);
        pthread_cond_signal(&server->work);
    }
    pthread_mutex_unlock(&server->lock);
    if (!open) {
        admission_leave(&server->admission, &request->ticket);
        return error_set(error, RC_UNAVAILABLE, "the service is stopping");
    }
    return RC_OK;
}

// The queue whose first may be begun and is eldest; NULL: none may.
static struct http_queue *next_queue(struct http_server *server) {
    const struct http_request *one = server->waiting.first;
    const struct http_request *other =
        server->gathering < server->options.gatherers ? server->gathered.first : NULL;
    if (other == NULL) {
        return one == NULL ? NULL : &server->waiting;
    }
    return one == NULL || other->ticket.since_ms < one->ticket.since_ms ? &server->gathered
                                                                        : &server->waiting;
}

// NULL when the server stops and nothing waits any more.
static struct http_request *pop(struct http_server *server) {
    struct http_queue *queue = NULL;
    pthread_mutex_lock(&server->lock);
    while ((queue = next_queue(server)) == NULL &&
           !(server->stopping && server->gathered.first == NULL)) {
        pthread_cond_wait(&server->work, &server->lock);
    }
    struct http_request *request = queue == NULL ? NULL : take_first(queue);
    server->gathering += queue == &server->gathered;
    pthread_mutex_unlock(&server->lock);
    return request;
}

static void end_gathering(struct http_server *server) {
    pthread_mutex_lock(&server->lock);
    server->gathering--;
    if (server->stopping) {
        pthread_cond_broadcast(&server->work); // for whoever waited for this queue to be empty
    } else {
        pthread_cond_signal(&server->work);
    }
    pthread_mutex_unlock(&server->lock);
}

// A request that waited so long that its client may have given up is not begun any more: it is
// answered here.
static bool is_fresh(struct http_server *server, struct http_request *request) {
    int64_t waited_ms = clock_monotonic_ms() - request->ticket.since_ms;
    admission_leave(&server->admission, &request->ticket);
    if (waited_ms <= STALE_MS) {
        return true;
    }
    struct error error;
    error_set(&error, RC_UNAVAILABLE, "no thread was free in time");
    metric_add(&http_stats[HTTP_STAT_SHED], 1);
    http_reply_problem(request, 503, &error);
    return false;
}

static struct http_request *pop_alike(struct http_server *server, const struct http_route *route) {
    struct http_request *request = NULL;
    pthread_mutex_lock(&server->lock);
    if (server->gathered.first != NULL && server->gathered.first->route == route) {
        request = take_first(&server->gathered);
    }
    pthread_mutex_unlock(&server->lock);
    return request;
}

size_t http_gather(struct http_request *request, struct http_request **others, size_t room) {
    struct http_server *server = request->server;
    size_t count = 0;
    while (count < room && (others[count] = pop_alike(server, request->route)) != NULL) {
        count += is_fresh(server, others[count]);
    }
    return count;
}

void *http_worker_run(void *argument) {
    struct http_server *server = argument;
    for (struct http_request *request; (request = pop(server)) != NULL;) {
        bool gathers = is_gathered(request);
        if (is_fresh(server, request)) {
            request->route->handler(request, server->options.context);
        }
        if (gathers) {
            end_gathering(server);
        }
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
