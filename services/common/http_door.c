// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd's time-out starts again with every byte. Here a head, a body and the reading of an
// answer has one time in all; who needs longer is cut (slowloris). And who waits longest, idle or
// slow, is cut as well where there are too many connections or too many bytes of unfinished bodies,
// so that a newcomer always finds room. nginx does the same with its idle connections.
#include "common/clock.h"
#include "http_private.h"

#include <stdlib.h>
#include <sys/socket.h>

#define BODIES_BYTES (32 * 1024 * 1024) // of unfinished bodies, of one server

// In its loop's list while the client is to do something.
struct http_door {
    struct http_loop *loop;
    int socket;
    bool listed;
    int64_t since_ms;
    size_t held; // bytes of an unfinished body
    struct http_door *elder;
    struct http_door *younger;
};

// The list's functions are called with its lock.
static void take_off(struct http_door *door) {
    struct http_doors *doors = &door->loop->doors;
    if (door->listed) {
        *(door->elder == NULL ? &doors->eldest : &door->elder->younger) = door->younger;
        *(door->younger == NULL ? &doors->youngest : &door->younger->elder) = door->elder;
        door->listed = false;
    }
    atomic_fetch_sub(&door->loop->server->held, door->held);
    door->held = 0;
}

static void put_last(struct http_door *door) {
    struct http_doors *doors = &door->loop->doors;
    door->since_ms = clock_monotonic_ms();
    door->elder = doors->youngest;
    door->younger = NULL;
    *(door->elder == NULL ? &doors->eldest : &door->elder->younger) = door;
    doors->youngest = door;
    door->listed = true;
}

// The loop sees the end of the connection and closes it.
static void cut(struct http_door *door) {
    take_off(door);
    shutdown(door->socket, SHUT_RDWR);
    metric_add(&http_stats[HTTP_STAT_CUT], 1);
}

static void begin(struct http_loop *loop, struct http_door *door) {
    pthread_mutex_lock(&loop->doors.lock);
    if (++loop->doors.connections > loop->doors.crowded && loop->doors.eldest != NULL) {
        cut(loop->doors.eldest);
    }
    put_last(door);
    pthread_mutex_unlock(&loop->doors.lock);
    metric_add(&http_stats[HTTP_STAT_CONNECTIONS], 1);
}

static void end(struct http_loop *loop, struct http_door *door) {
    pthread_mutex_lock(&loop->doors.lock);
    take_off(door);
    loop->doors.connections--;
    pthread_mutex_unlock(&loop->doors.lock);
    metric_add(&http_stats[HTTP_STAT_CONNECTIONS], -1);
    free(door);
}

// The socket is open from the first notice to the end of the second.
void http_door_notify(void *context, struct MHD_Connection *connection, void **slot,
                      enum MHD_ConnectionNotificationCode code) {
    struct http_loop *loop = context;
    struct http_door *door = *slot;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        door = info == NULL ? NULL : calloc(1, sizeof *door);
        *slot = door;
        if (door != NULL) {
            door->loop = loop;
            door->socket = info->connect_fd;
            begin(loop, door);
        }
    } else if (door != NULL) {
        end(loop, door);
        *slot = NULL;
    }
}

struct http_door *http_door_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

void http_door_open(struct http_door *door) {
    if (door != NULL) {
        pthread_mutex_lock(&door->loop->doors.lock);
        take_off(door);
        put_last(door);
        pthread_mutex_unlock(&door->loop->doors.lock);
    }
}

void http_door_shut(struct http_door *door) {
    if (door != NULL) {
        pthread_mutex_lock(&door->loop->doors.lock);
        take_off(door);
        pthread_mutex_unlock(&door->loop->doors.lock);
    }
}

// The eldest who holds bytes, or NULL; called with the list's lock.
static struct http_door *eldest_holder(const struct http_doors *doors) {
    struct http_door *door = doors->eldest;
    while (door != NULL && door->held == 0) {
        door = door->younger;
    }
    return door;
}

// Of all loops, so that nobody is cut for standing alone in one. Between the two looks another
// thread may have cut it; then its loop's next one goes, if the bytes are still too many.
static void cut_eldest_holder(struct http_server *server) {
    struct http_doors *chosen = NULL;
    int64_t since_ms = INT64_MAX;
    for (unsigned i = 0; i < HTTP_LOOPS; i++) {
        struct http_doors *doors = &server->loops[i].doors;
        pthread_mutex_lock(&doors->lock);
        const struct http_door *door = eldest_holder(doors);
        if (door != NULL && door->since_ms < since_ms) {
            since_ms = door->since_ms;
            chosen = doors;
        }
        pthread_mutex_unlock(&doors->lock);
    }
    if (chosen == NULL) {
        return;
    }
    pthread_mutex_lock(&chosen->lock);
    struct http_door *door = eldest_holder(chosen);
    if (door != NULL && atomic_load(&server->held) > BODIES_BYTES) {
        cut(door);
    }
    pthread_mutex_unlock(&chosen->lock);
}

void http_door_hold(struct http_door *door, size_t bytes) {
    if (door == NULL) {
        return;
    }
    struct http_server *server = door->loop->server;
    pthread_mutex_lock(&door->loop->doors.lock);
    bool listed = door->listed; // else it is cut already
    door->held += listed ? bytes : 0;
    bool full = listed && atomic_fetch_add(&server->held, bytes) + bytes > BODIES_BYTES;
    pthread_mutex_unlock(&door->loop->doors.lock);
    if (full) {
        cut_eldest_holder(server);
    }
}

void http_doors_tick(struct http_server *server, int64_t now_ms) {
    for (unsigned i = 0; i < HTTP_LOOPS; i++) {
        struct http_doors *doors = &server->loops[i].doors;
        pthread_mutex_lock(&doors->lock);
        while (doors->eldest != NULL &&
               now_ms - doors->eldest->since_ms > server->options.read_ms) {
            cut(doors->eldest);
        }
        pthread_mutex_unlock(&doors->lock);
    }
}
