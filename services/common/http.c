// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd's callbacks. A request is read whole, checked, dispatched once and answered once;
// while it waits its connection is suspended.
#include "common/http.h"

#include "common/clock.h"
#include "http_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BODY_LIMIT (128 * 1024)
#define CONNECTIONS 2048
#define EVENT_THREADS 2
#define WORKERS 4
#define WORKER_LIMIT 32
#define WORKER_QUEUE 1024
// A wait of longer is no burst any more (RFC 8289, 3.2): newcomers get 503 then.
#define WORKER_WAIT_MS 100
#define WORKER_SURE 64 // so many wait however long: a stall of the database alone refuses few
#define READ_MS 30000
#define DRAIN_MS 5000
#define LAST_MS 1000

static enum MHD_Result queue_answer(struct http_request *request) {
    struct MHD_Response *response = request->response;
    if (response == NULL) {
        return MHD_NO; // out of memory: the connection is closed
    }
    if (request->close || atomic_load(&request->server->draining)) {
        MHD_add_response_header(response, "Connection", "close");
    }
    request->response = NULL;
    if (request->route == NULL || (request->route->flags & HTTP_STREAM) == 0) {
        http_door_open(
            request->door); // it has a time to be read; a stream bounds its reader itself
    }
    enum MHD_Result result = http_queue(request->connection, request->status, response);
    MHD_destroy_response(response);
    return result;
}

static void refuse(struct http_request *request, unsigned status, const struct error *error,
                   bool close) {
    request->close = close;
    http_reply_problem(request, status, error);
}

// Everything that can be said before the body is read. False when the request is answered.
static bool accept_head(struct http_request *request, const char *version) {
    struct error error;
    unsigned status = 400;
    if (http_headers_check(request, version, &status, &error) != RC_OK) {
        refuse(request, status, &error, true);
        return false;
    }
    enum rc rc = http_route_find(request, &error);
    if (rc == RC_INVALID) {
        http_set_header(request, "Allow", error.field);
        error.field[0] = '\0';
        if (strcmp(request->method, "OPTIONS") == 0) {
            http_reply(request, 204, "text/plain", "", 0);
            return false;
        }
        refuse(request, 405, &error, false);
        return false;
    }
    if (rc != RC_OK) {
        refuse(request, 0, &error, false);
        return false;
    }
    return true;
}

static void take_body(struct http_request *request, const char *data, size_t size) {
    size_t limit = request->server->options.body_limit;
    request->body_seen += size;
    if (request->body_seen > limit) {
        return; // counted, not kept: answered with 413 at the end
    }
    char *grown = realloc(request->body, request->body_size + size + 1);
    if (grown == NULL) {
        request->body_lost = true;
        return;
    }
    memcpy(grown + request->body_size, data, size);
    request->body = grown;
    request->body_size += size;
    http_door_hold(request->door, size);
    grown[request->body_size] = '\0';
}

static bool is_json(const char *type) {
    static const char json[] = "application/json";
    return type != NULL && strncasecmp(type, json, sizeof json - 1) == 0 &&
           strchr("; \t", type[sizeof json - 1]) != NULL; // or the end
}

static bool accept_body(struct http_request *request) {
    struct error error;
    if (http_has_trailers(request)) {
        error_field(&error, "bad-header", "trailers", "trailers are not taken");
        refuse(request, 400, &error, true);
        return false;
    }
    if (request->body_seen > request->server->options.body_limit) {
        error_field(&error, "too-large", "body", "the body may have %zu bytes",
                    request->server->options.body_limit);
        refuse(request, 413, &error, true);
        return false;
    }
    if (request->body_lost) {
        error_set(&error, RC_UNAVAILABLE, "there is no memory for the body now");
        refuse(request, 503, &error, true);
        return false;
    }
    if (request->body_size == 0) {
        return true;
    }
    if (request->route->flags & HTTP_NO_BODY) {
        error_field(&error, "unexpected-body", "body", "this request has no body");
        refuse(request, 400, &error, false);
        return false;
    }
    if (!is_json(http_header(request, "Content-Type"))) {
        error_field(&error, "unsupported-media-type", "Content-Type",
                    "the body must be application/json");
        refuse(request, 415, &error, false);
        return false;
    }
    return true;
}

static void dispatch(struct http_request *request) {
    struct error error;
    pthread_mutex_lock(&request->server->lock);
    bool open = !request->server->stopping;
    request->begun = open;
    pthread_mutex_unlock(&request->server->lock);
    http_door_shut(request->door);
    request->dispatched = true;
    if (!open) {
        error_set(&error, RC_UNAVAILABLE, "the service is stopping");
        http_reply_problem(request, 503, &error);
    } else if (!(request->route->flags & HTTP_BLOCKING)) {
        request->route->handler(request, request->server->options.context);
    } else if (http_worker_push(request, &error) != RC_OK) {
        http_reply_problem(request, 503, &error);
    }
}

// Sends the answer if there is one, else suspends until it comes.
static enum MHD_Result answer_or_wait(struct http_request *request) {
    enum MHD_Result result = MHD_YES;
    pthread_mutex_lock(&request->lock);
    if (request->answered) {
        result = queue_answer(request);
    } else {
        request->suspended = true;
        MHD_suspend_connection(request->connection);
    }
    pthread_mutex_unlock(&request->lock);
    return result;
}

enum MHD_Result http_on_access(void *loop, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state) {
    struct http_request *request = *state;
    if (request == NULL) {
        request = http_request_new(loop, connection, method, url);
        *state = request;
        if (request == NULL) {
            return MHD_NO;
        }
        if (!accept_head(request, version)) {
            request->dispatched = true; // it has its answer
            return answer_or_wait(request);
        }
        http_door_open(request->door);
        return MHD_YES;
    }
    if (*size > 0) {
        take_body(request, data, *size);
        *size = 0;
        // Somewhat too much is read to its end and gets its 413; much too much is cut.
        return request->body_seen > 4 * request->server->options.body_limit ? MHD_NO : MHD_YES;
    }
    if (!request->dispatched && accept_body(request)) {
        dispatch(request);
    }
    request->dispatched = true;
    return answer_or_wait(request);
}

void http_on_completed(void *context, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code) {
    (void)context;
    (void)connection;
    (void)code;
    struct http_request *request = *state;
    if (request == NULL) {
        return;
    }
    http_door_open(request->door); // for the next head
    if (!request->dispatched) {
        http_request_release(request); // nobody will answer it
    }
    pthread_mutex_lock(&request->lock);
    request->completed = true;
    pthread_mutex_unlock(&request->lock);
    http_request_release(request);
    *state = NULL;
}

// Half of the descriptors stay for everything else.
static unsigned bound_connections(unsigned wanted) {
    struct rlimit limit;
    bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return known && limit.rlim_cur / 2 < wanted ? (unsigned)(limit.rlim_cur / 2) : wanted;
}

static void set_defaults(struct http_options *options) {
    options->body_limit = options->body_limit == 0 ? BODY_LIMIT : options->body_limit;
    options->event_threads = options->event_threads == 0 ? EVENT_THREADS : options->event_threads;
    options->event_threads =
        options->event_threads > HTTP_LOOPS ? HTTP_LOOPS : options->event_threads;
    options->worker_threads = options->worker_threads == 0 ? WORKERS : options->worker_threads;
    options->worker_threads =
        options->worker_threads > WORKER_LIMIT ? WORKER_LIMIT : options->worker_threads;
    options->gatherers =
        options->gatherers == 0 ? (options->worker_threads + 1) / 2 : options->gatherers;
    options->worker_queue = options->worker_queue == 0 ? WORKER_QUEUE : options->worker_queue;
    options->read_ms = options->read_ms == 0 ? READ_MS : options->read_ms;
    options->connections =
        bound_connections(options->connections == 0 ? CONNECTIONS : options->connections);
}

static enum rc start_thread(struct http_server *server, void *(*run)(void *), struct error *error) {
    if (pthread_create(&server->threads[server->thread_count], NULL, run, server) != 0) {
        return error_set(error, RC_INTERNAL, "a thread of the HTTP server does not start");
    }
    server->thread_count++;
    return RC_OK;
}

enum rc http_server_start(struct http_server **out, const struct http_options *options,
                          struct error *error) {
    struct http_server *server = calloc(1, sizeof *server);
    *out = server;
    if (server == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the HTTP server");
    }
    server->options = *options;
    set_defaults(&server->options);
    atomic_store(&server->references, 1);
    pthread_mutex_init(&server->lock, NULL);
    for (unsigned i = 0; i < HTTP_LOOPS; i++) {
        pthread_mutex_init(&server->loops[i].doors.lock, NULL);
    }
    admission_init(&server->admission,
                   &(struct admission_limits){server->options.worker_queue, SIZE_MAX, WORKER_SURE,
                                              WORKER_WAIT_MS});
    pthread_cond_init(&server->work, NULL);
    enum rc rc = start_thread(server, http_timekeeper_run, error);
    for (unsigned i = 0; i < server->options.worker_threads && rc == RC_OK; i++) {
        rc = start_thread(server, http_worker_run, error);
    }
    return rc == RC_OK ? http_loops_start(server, error) : rc;
}

// Whether a client still waits. Who never comes to answer holds nobody up.
static bool has_requests(struct http_server *server) {
    bool any = false;
    pthread_mutex_lock(&server->lock);
    for (struct http_request *request = server->requests; request != NULL && !any;
         request = request->next) {
        pthread_mutex_lock(&request->lock);
        any = !request->completed;
        pthread_mutex_unlock(&request->lock);
    }
    pthread_mutex_unlock(&server->lock);
    return any;
}

static void wait_for_clients(struct http_server *server, int64_t most_ms) {
    int64_t until = clock_monotonic_ms() + most_ms;
    while ((atomic_load(&server->listening) > 0 || has_requests(server)) &&
           clock_monotonic_ms() < until) {
        clock_sleep_ms(20);
    }
}

void http_server_drain(struct http_server *server) {
    if (server == NULL || atomic_exchange(&server->draining, true)) {
        return;
    }
    http_loops_wake(server);
    http_streams_cut(server);
    wait_for_clients(server, DRAIN_MS);
    // Who is deferred is late now. Running handlers still borrow from their requests and finish.
    pthread_mutex_lock(&server->lock);
    for (struct http_request *request = server->requests; request != NULL;
         request = request->next) {
        request->deadline_ms = request->deadline_ms == 0 ? 0 : 1;
    }
    pthread_mutex_unlock(&server->lock);
    wait_for_clients(server, LAST_MS);
}

void http_server_release(struct http_server *server) {
    if (atomic_fetch_sub(&server->references, 1) == 1) {
        http_loops_free(server);
        pthread_cond_destroy(&server->work);
        admission_close(&server->admission);
        for (unsigned i = 0; i < HTTP_LOOPS; i++) {
            pthread_mutex_destroy(&server->loops[i].doors.lock);
        }
        pthread_mutex_destroy(&server->lock);
        free(server);
    }
}

void http_server_free(struct http_server *server) {
    static const char stopped[] =
        "{\"type\":\"https://redress.example/problems/unavailable\",\"title\":\"Service "
        "Unavailable\",\"status\":503,\"code\":\"unavailable\",\"detail\":\"the service stops\"}";
    if (server == NULL) {
        return;
    }
    http_server_drain(server);
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->work);
    pthread_mutex_unlock(&server->lock);
    for (unsigned i = 0; i < server->thread_count; i++) {
        pthread_join(server->threads[i], NULL);
    }
    // No suspended connection may meet MHD_stop_daemon.
    for (struct http_request *request; (request = http_request_take(server, 0)) != NULL;) {
        http_reply_for(request, 503, stopped);
    }
    http_streams_cut(server);
    wait_for_clients(server, LAST_MS);
    http_loops_stop(server);
    http_streams_forget(server);
    http_server_release(server);
}
