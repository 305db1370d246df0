// SPDX-License-Identifier: Apache-2.0
// The bytes that a client sends on one connection, through libmicrohttpd and our callbacks to
// handlers that look at everything. The server has one event loop, which runs here.
#include "fuzz.h"

#include "common/http_private.h"
#include "common/json.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MOST 4096
#define QUIET_TURNS 16 // after so many without an answer nothing more comes

static unsigned handled;

static void check_text(const char *text) { FUZZ_CHECK(text == NULL || strlen(text) < 65536); }

static void echo(struct http_request *request, void *context) {
    static const char *const names[] = {"after", "limit", NULL};
    struct error error;
    size_t size = 0;
    (void)context;
    handled++;
    const char *body = http_body(request, &size);
    FUZZ_CHECK(body != NULL && size <= BODY_MOST && body[size] == '\0');
    FUZZ_CHECK(http_method(request)[0] != '\0' && http_path(request)[0] == '/');
    check_text(http_header(request, "Idempotency-Key"));
    check_text(http_traceparent(request));
    check_text(http_query(request, "after"));
    const char *code = http_path_value(request, "code");
    FUZZ_CHECK(code == NULL || (code[0] != '\0' && strchr(code, '/') == NULL));
    enum rc rc = http_query_only(request, names, &error);
    json_t *json = NULL;
    rc = rc == RC_OK && size > 0 ? json_read_object(body, size, &json, &error) : rc;
    if (rc != RC_OK) {
        FUZZ_CHECK(rc == RC_INVALID);
        http_reply_problem(request, 0, &error);
    } else {
        http_reply_json(request, 200, json == NULL ? json_object() : json_incref(json));
    }
    json_decref(json);
}

static void listen_on(struct http_request *request, void *context) {
    (void)context;
    handled++;
    struct http_stream *stream = http_stream_begin(request);
    FUZZ_CHECK(stream != NULL);
    http_stream_send(stream, "data: 1\n\n", 9);
    http_stream_end(stream);
}

static const struct http_route routes[] = {
    {"GET", "/v1/cases", echo, HTTP_NO_BODY},
    {"GET", "/v1/cases/{code}", echo, HTTP_BLOCKING | HTTP_NO_BODY},
    {"POST", "/v1/cases/{code}/note/{nth}", echo, HTTP_BLOCKING},
    {"POST", "/v1/cases", echo, 0},
    {"GET", "/v1/changes", listen_on, HTTP_NO_BODY | HTTP_STREAM},
};

static struct http_server server = {.options = {.routes = routes,
                                                .route_count = sizeof routes / sizeof routes[0],
                                                .body_limit = BODY_MOST,
                                                .worker_queue = 16,
                                                .read_ms = 60000}};

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    atomic_store(&server.references, 1);
    pthread_mutex_init(&server.lock, NULL);
    pthread_mutex_init(&server.loops[0].doors.lock, NULL);
    server.loops[0].doors.crowded = 64;
    pthread_cond_init(&server.work, NULL);
    server.loops[0].server = &server;
    server.loops[0].wake = -1;
    atomic_store(&server.loops[0].woken, true); // nobody waits for it
    // What http_loop.c gives it, but for the socket that it listens on.
    server.loops[0].daemon =
        MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                         http_on_access, &server.loops[0], MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)24576, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, NULL,
                         MHD_OPTION_NOTIFY_CONNECTION, http_door_notify, &server.loops[0],
                         MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, NULL, MHD_OPTION_END);
    FUZZ_CHECK(server.loops[0].daemon != NULL);
    return 0;
}

// What the workers do with what waits for them.
static void work(void) {
    server.stopping = true;
    http_worker_run(&server);
    server.stopping = false;
}

// Adds up how much was answered.
static void drain(int socket, size_t *answered) {
    char answers[65536];
    for (ssize_t size; (size = recv(socket, answers, sizeof answers, MSG_DONTWAIT)) > 0;) {
        FUZZ_CHECK(*answered > 0 || (size >= 9 && memcmp(answers, "HTTP/1.", 7) == 0));
        *answered += (size_t)size;
    }
}

static bool has_connection(void) {
    return MHD_get_daemon_info(server.loops[0].daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
               ->num_connections > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_stream stream = fuzz_stream_open(data, size);
    handled = 0;
    FUZZ_CHECK(MHD_add_connection(server.loops[0].daemon, stream.theirs, NULL, 0) == MHD_YES);
    size_t answered = 0;
    size_t before = 0;
    for (int quiet = 0; quiet < QUIET_TURNS && has_connection(); quiet++) {
        MHD_run(server.loops[0].daemon);
        work();
        drain(stream.ours, &answered);
        quiet = answered > before ? 0 : quiet;
        before = answered;
    }
    close(stream.ours);
    while (has_connection()) {
        MHD_run(server.loops[0].daemon);
    }
    http_streams_tick(&server, 0);
    FUZZ_CHECK(server.requests == NULL && server.loops[0].doors.eldest == NULL &&
               server.streams == NULL);
    FUZZ_CHECK(handled == 0 || answered > 0);
    FUZZ_CHECK(atomic_load(&server.references) == 1);
    return 0;
}
