// SPDX-License-Identifier: Apache-2.0
// What the parts of the HTTP server share; nobody else includes it.
#pragma once

#include "common/admission.h"
#include "common/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#define HTTP_PATH_VALUES 4
#define HTTP_EXTRA_HEADERS 4
#define HTTP_LOOPS 16 // event threads at most

struct http_request {
    struct http_server *server;
    struct http_loop *loop;
    struct MHD_Connection *connection;
    char *path;   // owned
    char *method; // owned
    const struct http_route *route;
    char *values[HTTP_PATH_VALUES]; // of the route's {names}, owned
    char *body;                     // owned, ends with NUL
    size_t body_size;
    size_t body_seen; // bytes that came, also beyond the limit
    bool body_lost;   // out of memory for a part of it
    struct http_door *door;
    bool begun;      // a handler has it, or had it; guarded by the server's lock
    bool dispatched; // the same, for the event thread
    struct {
        char name[32];
        char value[256];
    } headers[HTTP_EXTRA_HEADERS];
    size_t header_count;

    pthread_mutex_t lock; // guards what follows
    int references;       // one of the connection, one of whoever answers
    bool answered;
    bool suspended;
    bool completed; // the connection is done with it
    bool close;
    unsigned status;
    struct MHD_Response *response;
    int64_t deadline_ms; // 0: none; guarded by the server's lock

    struct http_request *previous; // the server's list, guarded by its lock
    struct http_request *next;
    struct http_request *queued;    // worker queue
    struct admission_ticket ticket; // while it is there
};

// Connections whose client is to do something, by how long; see http_door.c.
struct http_doors {
    pthread_mutex_t lock; // held alone
    struct http_door *eldest;
    struct http_door *youngest;
    unsigned connections; // all of the loop
    unsigned crowded;     // beyond so many the eldest is cut for a newcomer
};

struct http_loop {
    struct http_server *server;
    struct http_doors doors;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int wake; // eventfd
    _Atomic bool woken;
    bool listening;
};

// Requests that wait for a worker, eldest first.
struct http_queue {
    struct http_request *first;
    struct http_request *last;
};

struct http_server {
    struct http_options options;
    struct http_loop loops[HTTP_LOOPS];
    unsigned loop_count;
    _Atomic unsigned listening; // loops that still do
    _Atomic bool loops_end;
    _Atomic int references; // the owner's and one of each request: a late answer may outlive it
    _Atomic bool draining;
    _Atomic size_t held;        // bytes of unfinished bodies
    struct admission admission; // of requests that wait for a worker
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct http_request *requests;
    struct http_queue waiting;
    struct http_queue gathered; // those of HTTP_GATHERED
    unsigned gathering;         // workers in a handler of HTTP_GATHERED
    struct http_stream *streams;
    unsigned stream_count;
    pthread_t threads[33]; // workers, then the timekeeper
    unsigned thread_count;
    bool stopping;
};

struct http_request *http_request_new(struct http_loop *loop, struct MHD_Connection *connection,
                                      const char *method, const char *path);
void http_request_release(struct http_request *request);
void http_server_release(struct http_server *server);
// Any request that a handler has and nobody has answered, or, with a time, one that is later than
// its deadline; with a reference of its own. NULL when there is none.
struct http_request *http_request_take(struct http_server *server, int64_t late_at_ms);
// Answers in place of whoever should have; without the headers that were set.
void http_reply_for(struct http_request *request, unsigned status, const char *problem);
// Answers with a response made elsewhere; takes it over.
void http_reply_response(struct http_request *request, unsigned status, const char *content_type,
                         struct MHD_Response *response);

// Finds the route and fills the path's values; RC_NOT_FOUND, RC_INVALID with the allowed methods in
// error->field for a wrong method, or RC_UNAVAILABLE when out of memory.
MUST_CHECK enum rc http_route_find(struct http_request *request, struct error *error);
// Refuses what is ambiguous about headers and framing. *status is set where it is not 400.
MUST_CHECK enum rc http_headers_check(const struct http_request *request, const char *version,
                                      unsigned *status, struct error *error);

// libmicrohttpd's MHD_queue_response; see http_refusal.c for why it is not called by its name.
enum MHD_Result http_queue(struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response);
bool http_has_trailers(const struct http_request *request);
size_t http_unescape(void *context, struct MHD_Connection *connection, char *text);

// A connection while its client sends a head or a body or reads an answer: each has a time, however
// slowly bytes drip.
void http_door_notify(void *loop, struct MHD_Connection *connection, void **door,
                      enum MHD_ConnectionNotificationCode code);
struct http_door *http_door_of(struct MHD_Connection *connection);
void http_door_open(struct http_door *door); // the client is to do something from now on
void http_door_shut(struct http_door *door); // it waits for us
void http_door_hold(struct http_door *door, size_t bytes); // more of an unfinished body is kept
void http_doors_tick(struct http_server *server, int64_t now_ms);

MUST_CHECK enum rc http_loops_start(struct http_server *server, struct error *error);
void http_loops_stop(struct http_server *server);
void http_loops_free(struct http_server *server);
// Continues a suspended connection; from any thread, never blocks.
void http_loop_resume(struct http_loop *loop, struct MHD_Connection *connection);
void http_loops_wake(struct http_server *server);
enum MHD_Result http_on_access(void *loop, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state);
void http_on_completed(void *server, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code);

// RC_UNAVAILABLE when too many wait, or too long; nothing is taken then.
MUST_CHECK enum rc http_worker_push(struct http_request *request, struct error *error);
void *http_worker_run(void *server);
// Answers deferred requests that are late and keeps streams alive, four times a second.
void *http_timekeeper_run(void *server);
void http_streams_tick(struct http_server *server, int64_t now_ms);
void http_streams_cut(struct http_server *server);
void http_streams_forget(struct http_server *server);
