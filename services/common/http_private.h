// SPDX-License-Identifier: Apache-2.0
// What the parts of the HTTP server share; nobody else includes it.
#pragma once

#include "common/http.h"

#include <microhttpd.h>
#include <pthread.h>

#define HTTP_PATH_VALUES 4
#define HTTP_EXTRA_HEADERS 4

struct http_request {
    struct http_server *server;
    struct MHD_Connection *connection;
    char *path;   // owned
    char *method; // owned
    const struct http_route *route;
    char *values[HTTP_PATH_VALUES]; // of the route's {names}, owned
    char *body;                     // owned, ends with NUL
    size_t body_size;
    size_t body_seen; // bytes that came, also beyond the limit
    bool dispatched;
    int64_t started_ms;
    struct {
        char name[32];
        char value[256];
    } headers[HTTP_EXTRA_HEADERS];
    size_t header_count;

    pthread_mutex_t lock; // guards what follows
    int references;       // one of the connection, one of whoever answers
    bool answered;
    bool suspended;
    bool close;
    unsigned status;
    struct MHD_Response *response;
    int64_t deadline_ms; // 0: none

    struct http_request *previous; // server's list, guarded by its lock
    struct http_request *next;
    struct http_request *queued; // worker queue
};

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct http_request *requests;
    struct http_request *queue_first;
    struct http_request *queue_last;
    unsigned queue_count;
    struct http_stream *streams;
    pthread_t threads[33]; // workers, then the timekeeper
    unsigned thread_count;
    bool stopping;
};

struct http_request *http_request_new(struct http_server *server, struct MHD_Connection *connection,
                                      const char *method, const char *path);
void http_request_release(struct http_request *request);
// Answers with a response made elsewhere; takes it over.
void http_reply_response(struct http_request *request, unsigned status, const char *content_type,
                         struct MHD_Response *response);

// Finds the route and fills the path's values; RC_NOT_FOUND, or RC_INVALID with the allowed methods
// in error->field for a wrong method.
MUST_CHECK enum rc http_route_find(struct http_request *request, struct error *error);
// Refuses what is ambiguous about headers and framing. *status is set where it is not 400.
MUST_CHECK enum rc http_headers_check(const struct http_request *request, unsigned *status,
                                      struct error *error);

bool http_worker_push(struct http_request *request);
void *http_worker_run(void *server);
// Answers deferred requests that are late and keeps streams alive, four times a second.
void *http_timekeeper_run(void *server);
void http_streams_tick(struct http_server *server, int64_t now_ms);
void http_streams_cut(struct http_server *server);
