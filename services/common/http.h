// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server (libmicrohttpd under event threads of our own) with a route table.
// Requests are bounded before a handler sees them: header size, body size, time, connections;
// ambiguous framing (two Content-Lengths, length with chunked, missing Host) is 400 and close.
// Errors are RFC 9457 problems. Every request is answered exactly once.
#pragma once

#include "common/error.h"
#include "common/metrics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_server;
struct http_request; // valid until it is answered
struct http_stream;

typedef void (*http_handler)(struct http_request *request, void *context);

enum http_flag {
    HTTP_BLOCKING = 1, // runs on a worker thread, may wait for a database; else on an event thread
    HTTP_NO_BODY = 2,  // a body is 400
    HTTP_STREAM = 4,   // answers with http_stream_begin
    HTTP_GATHERED = 8, // with HTTP_BLOCKING: its handler calls http_gather
};

// "{name}" stands for one path segment. An unknown path is 404, a wrong method 405 with Allow.
struct http_route {
    const char *method;
    const char *path;
    http_handler handler;
    unsigned flags;
};

struct http_options {
    const char *bind;
    uint16_t port;
    const struct http_route *routes; // borrowed
    size_t route_count;
    void *context;           // handed to each handler
    size_t body_limit;       // bytes; 0 means 128 KiB. Above it 413
    unsigned event_threads;  // 0 means 2, at most 16
    unsigned worker_threads; // for HTTP_BLOCKING; 0 means 4
    unsigned gatherers;      // of these in handlers of HTTP_GATHERED at once; 0 means half of them
    unsigned worker_queue;   // waiting blocking requests, above it 503; 0 means 1024
    unsigned connections;    // near it who is idle or slow longest is cut; 0 means 2048
    int64_t read_ms;         // for a head or a body to come, an answer to go; 0 means 30 s
};

// All servers of the process together, for metrics_register.
enum http_stat { HTTP_STAT_CONNECTIONS, HTTP_STAT_CUT, HTTP_STAT_SHED, HTTP_STAT_COUNT };
extern struct metric http_stats[HTTP_STAT_COUNT];

MUST_CHECK enum rc http_server_start(struct http_server **server,
                                     const struct http_options *options, struct error *error);
// Stops listening and lets requests finish for 5 s; who is deferred then gets 504. Then free, which
// waits for running handlers and answers 503 to whoever is left; a http_reply after it is harmless.
void http_server_drain(struct http_server *server);
void http_server_free(struct http_server *server);

// Borrowed from the request. NULL when absent. Header names without case.
const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request);
const char *http_header(const struct http_request *request, const char *name);
const char *http_query(const struct http_request *request, const char *name);
// The caller's trace context; NULL where there is none that envelope_trace_fits.
const char *http_traceparent(const struct http_request *request);
const char *http_path_value(const struct http_request *request, const char *name);
const char *http_body(const struct http_request *request, size_t *size);
// Refuses any query parameter that the NULL-ended list does not name; RC_INVALID names it.
MUST_CHECK enum rc http_query_only(const struct http_request *request, const char *const *names,
                                   struct error *error);
// A number that a request may give.
struct http_number {
    const char *name;
    int64_t usual; // where it does not
    int64_t least, most;
};
// Decimal digits alone, within the bounds; RC_INVALID names it.
MUST_CHECK enum rc http_query_number(const struct http_request *request,
                                     const struct http_number *asked, int64_t *number,
                                     struct error *error);
// The digits that a text begins with, which must be so many; false for others, or too many to fit.
bool http_read_digits(const char *text, size_t size, int64_t *number);

// Takes up to room requests that wait for this route's handler off its queue, eldest first: the
// caller, a handler of HTTP_GATHERED, answers them too. What costs the same for many is done once.
size_t http_gather(struct http_request *request, struct http_request **others, size_t room);

// Sends a header with the answer; before it. Values are copied.
void http_set_header(struct http_request *request, const char *name, const char *value);

// Answers. From any thread, once; the request is gone afterwards.
void http_reply(struct http_request *request, unsigned status, const char *content_type,
                const void *body, size_t size);
// Takes the reference of body.
void http_reply_json(struct http_request *request, unsigned status, json_t *body);
// RFC 9457; status 0 derives it from error->rc: 400, 404, 409, 403, 503 (Retry-After: 1), 500.
void http_reply_problem(struct http_request *request, unsigned status, const struct error *error);
// The same with members of the problem's own kind beside RFC 9457's. Takes their reference.
void http_reply_problem_with(struct http_request *request, unsigned status,
                             const struct error *error, json_t *members);

// The handler returns without an answer; it comes later from another thread. After timeout_ms the
// server answers 504 by itself; then a late http_reply is ignored. Call it before the handler
// returns and before the other thread can answer. The other thread only sets headers and answers:
// what is borrowed from the request may be gone by then.
struct http_request *http_defer(struct http_request *request, int64_t timeout_ms);

// Server-sent events. Begins the answer; the stream stays valid until http_stream_end, also when
// the client has left. NULL when there are too many (1,024): the request is answered with 503.
struct http_stream *http_stream_begin(struct http_request *request);
// Queues text (bounded to 256 KiB; a slow client is cut). False when the client is gone.
bool http_stream_send(struct http_stream *stream, const char *text, size_t size);
void http_stream_end(struct http_stream *stream);
