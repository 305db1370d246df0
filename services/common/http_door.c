// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd's time-out starts again with every byte. Here a head, and then a body, has one time
// in all; who needs longer is cut (slowloris).
#include "common/clock.h"
#include "http_private.h"

#include <stdlib.h>
#include <sys/socket.h>

struct http_door {
    int socket;
    _Atomic int64_t since_ms; // 0: a handler is at work
    struct http_door *previous;
    struct http_door *next;
};

static void add(struct http_server *server, struct http_door *door) {
    pthread_mutex_lock(&server->door_lock);
    door->next = server->doors;
    if (door->next != NULL) {
        door->next->previous = door;
    }
    server->doors = door;
    pthread_mutex_unlock(&server->door_lock);
}

static void drop(struct http_server *server, struct http_door *door) {
    pthread_mutex_lock(&server->door_lock);
    if (door->previous != NULL) {
        door->previous->next = door->next;
    } else {
        server->doors = door->next;
    }
    if (door->next != NULL) {
        door->next->previous = door->previous;
    }
    pthread_mutex_unlock(&server->door_lock);
    free(door);
}

// The socket is open from the first notice to the end of the second.
void http_door_notify(void *server, struct MHD_Connection *connection, void **slot,
                      enum MHD_ConnectionNotificationCode code) {
    struct http_door *door = *slot;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        door = info == NULL ? NULL : calloc(1, sizeof *door);
        *slot = door;
        if (door != NULL) {
            door->socket = info->connect_fd;
            http_door_open(door);
            add(server, door);
        }
    } else if (door != NULL) {
        drop(server, door);
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
        atomic_store(&door->since_ms, clock_monotonic_ms());
    }
}

void http_door_shut(struct http_door *door) {
    if (door != NULL) {
        atomic_store(&door->since_ms, 0);
    }
}

void http_doors_tick(struct http_server *server, int64_t now_ms) {
    pthread_mutex_lock(&server->door_lock);
    for (struct http_door *door = server->doors; door != NULL; door = door->next) {
        int64_t since = atomic_load(&door->since_ms);
        if (since != 0 && now_ms - since > server->options.read_ms) {
            shutdown(door->socket, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&server->door_lock);
}
