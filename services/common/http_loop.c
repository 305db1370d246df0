// SPDX-License-Identifier: Apache-2.0
// The event threads. libmicrohttpd 0.9.75 takes 128 events at a time, and after exactly 128 its own
// epoll thread waits for more before it handles them: until something else happens on that thread,
// or 15 s. A pool makes that rarer only (measured: two threads stall at 300 connections). So each
// thread here has a daemon without threads and waits by itself; MHD_run never waits.
#include "http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024
#define IDLE_S 15
#define MEMORY (24 * 1024) // of a connection: head and buffers; all of it is touched
#define WAIT_MS 250        // how late draining and stopping are noticed

static void wake(struct http_loop *loop) {
    if (!atomic_exchange(&loop->woken, true)) {
        uint64_t one = 1;
        ssize_t written = write(loop->wake, &one, sizeof one);
        (void)written; // it can't fail: the counter is drained before woken is false
    }
}

// libmicrohttpd tells its own threads only.
void http_loop_resume(struct http_loop *loop, struct MHD_Connection *connection) {
    MHD_resume_connection(connection);
    wake(loop);
}

void http_loops_wake(struct http_server *server) {
    for (unsigned i = 0; i < server->loop_count; i++) {
        wake(&server->loops[i]);
    }
}

static void clear_wake(struct http_loop *loop) {
    uint64_t count;
    ssize_t size = read(loop->wake, &count, sizeof count);
    (void)size;
    atomic_store(&loop->woken, false);
}

// In the loop's own thread, for epoll may hold the socket until then.
static void stop_listening(struct http_loop *loop) {
    MHD_socket listening = MHD_quiesce_daemon(loop->daemon);
    if (listening != MHD_INVALID_SOCKET) {
        close(listening);
    }
    loop->listening = false;
    atomic_fetch_sub(&loop->server->listening, 1);
}

static void *run(void *argument) {
    struct http_loop *loop = argument;
    struct pollfd entries[] = {
        {.fd = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
         .events = POLLIN},
        {.fd = loop->wake, .events = POLLIN}};
    while (!atomic_load(&loop->server->loops_end)) {
        MHD_UNSIGNED_LONG_LONG least = WAIT_MS;
        if (MHD_get_timeout(loop->daemon, &least) != MHD_YES || least > WAIT_MS) {
            least = WAIT_MS;
        }
        poll(entries, 2, (int)least);
        if (entries[1].revents != 0) {
            clear_wake(loop);
        }
        MHD_run(loop->daemon);
        if (loop->listening && atomic_load(&loop->server->draining)) {
            stop_listening(loop);
        }
    }
    return NULL;
}

// Of a socket that all threads shared, whichever woke first took the most newcomers: it cut who was
// idle while the others had room. So each has one of its own, and the kernel spreads connections
// over them. The first has the port before others may share it: one that is taken stays an error,
// also of two servers that start at once.
static bool listen_on(int listening, const struct sockaddr_in *address, bool first) {
    int on = 1;
    const struct sockaddr *name = (const struct sockaddr *)address;
    if (setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
        return false;
    }
    if (!first && setsockopt(listening, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
        return false;
    }
    if (bind(listening, name, sizeof *address) != 0 || listen(listening, BACKLOG) != 0) {
        return false;
    }
    return !first || setsockopt(listening, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

static enum rc open_socket(const struct http_options *options, bool first, int *listening,
                           struct error *error) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    if (inet_pton(AF_INET, options->bind, &address.sin_addr) != 1) {
        return error_field(error, "bad-address", "http.bind", "%s is not an IPv4 address",
                           options->bind);
    }
    *listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*listening >= 0 && listen_on(*listening, &address, first)) {
        return RC_OK;
    }
    enum rc rc = error_set(error, RC_UNAVAILABLE, "cannot listen on %s:%u: %s", options->bind,
                           options->port, strerror(errno));
    if (*listening >= 0) {
        close(*listening);
    }
    return rc;
}

// Takes the socket over.
static enum rc start_loop(struct http_server *server, int listening, struct error *error) {
    struct http_loop *loop = &server->loops[server->loop_count];
    unsigned connections = server->options.connections / server->options.event_threads;
    connections = connections < 8 ? 8 : connections;
    loop->server = server;
    loop->doors.crowded = connections - connections / 8;
    loop->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->wake < 0) {
        close(listening);
        return error_set(error, RC_UNAVAILABLE, "no descriptor left for an event thread");
    }
    loop->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, http_on_access, loop,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)MEMORY, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, http_door_notify, loop, MHD_OPTION_UNESCAPE_CALLBACK,
        http_unescape, NULL, MHD_OPTION_END);
    if (loop->daemon == NULL) {
        close(loop->wake);
        close(listening);
        return error_set(error, RC_UNAVAILABLE, "the HTTP server does not start");
    }
    loop->listening = true;
    atomic_fetch_add(&server->listening, 1);
    if (pthread_create(&loop->thread, NULL, run, loop) != 0) {
        MHD_stop_daemon(loop->daemon);
        close(loop->wake);
        atomic_fetch_sub(&server->listening, 1);
        return error_set(error, RC_INTERNAL, "a thread of the HTTP server does not start");
    }
    server->loop_count++;
    return RC_OK;
}

enum rc http_loops_start(struct http_server *server, struct error *error) {
    enum rc rc = RC_OK;
    for (unsigned i = 0; i < server->options.event_threads && rc == RC_OK; i++) {
        int listening = -1;
        rc = open_socket(&server->options, i == 0, &listening, error);
        rc = rc == RC_OK ? start_loop(server, listening, error) : rc;
    }
    return rc;
}

void http_loops_stop(struct http_server *server) {
    atomic_store(&server->loops_end, true);
    http_loops_wake(server);
    for (unsigned i = 0; i < server->loop_count; i++) {
        pthread_join(server->loops[i].thread, NULL);
        MHD_stop_daemon(server->loops[i].daemon);
    }
}

// After the last one who could wake them.
void http_loops_free(struct http_server *server) {
    for (unsigned i = 0; i < server->loop_count; i++) {
        close(server->loops[i].wake);
    }
}
