// SPDX-License-Identifier: Apache-2.0
// Server-sent events. The connection is suspended while there is nothing to send; a heartbeat finds
// out that the client has left.
#include "http_private.h"

#include "common/clock.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_LIMIT (256 * 1024)
#define HEARTBEAT_MS 15000
#define STREAM_LIMIT 1024

struct http_stream {
    struct http_server *server; // with a reference, for the loop
    struct http_loop *loop;
    struct MHD_Connection *connection;
    pthread_mutex_t lock;
    int references; // the connection, the server's list, the application
    char *buffer;
    size_t size;
    bool suspended;
    bool ended; // by the application or a slow client
    bool gone;  // the connection is closed
    int64_t sent_ms;
    struct http_stream *next;
};

static void release(struct http_stream *stream) {
    pthread_mutex_lock(&stream->lock);
    bool last = --stream->references == 0;
    pthread_mutex_unlock(&stream->lock);
    if (last) {
        http_server_release(stream->server);
        pthread_mutex_destroy(&stream->lock);
        free(stream->buffer);
        free(stream);
    }
}

static void wake(struct http_stream *stream) {
    if (stream->suspended && !stream->gone) {
        stream->suspended = false;
        http_loop_resume(stream->loop, stream->connection);
    }
}

static ssize_t read_stream(void *context, uint64_t position, char *target, size_t room) {
    (void)position;
    struct http_stream *stream = context;
    pthread_mutex_lock(&stream->lock);
    ssize_t given = (ssize_t)(stream->size < room ? stream->size : room);
    if (given > 0) {
        memcpy(target, stream->buffer, (size_t)given);
        stream->size -= (size_t)given;
        memmove(stream->buffer, stream->buffer + given, stream->size);
    } else if (stream->ended) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
    }
    pthread_mutex_unlock(&stream->lock);
    return given;
}

static void on_gone(void *context) {
    struct http_stream *stream = context;
    pthread_mutex_lock(&stream->lock);
    stream->gone = true;
    pthread_mutex_unlock(&stream->lock);
    release(stream);
}

static bool append(struct http_stream *stream, const char *text, size_t size) {
    if (stream->gone || stream->ended) {
        return false;
    }
    char *grown =
        stream->size + size > BUFFER_LIMIT ? NULL : realloc(stream->buffer, stream->size + size);
    if (grown == NULL) {
        stream->ended = true; // too slow to follow
        wake(stream);
        return false;
    }
    memcpy(grown + stream->size, text, size);
    stream->buffer = grown;
    stream->size += size;
    stream->sent_ms = clock_monotonic_ms();
    wake(stream);
    return true;
}

static bool take_place(struct http_server *server) {
    pthread_mutex_lock(&server->lock);
    bool room = server->stream_count < STREAM_LIMIT;
    server->stream_count += room ? 1 : 0;
    pthread_mutex_unlock(&server->lock);
    return room;
}

static struct http_stream *refuse(struct http_request *request) {
    struct error error;
    error_set(&error, RC_UNAVAILABLE, "too many streams are open");
    http_reply_problem(request, 503, &error);
    return NULL;
}

struct http_stream *http_stream_begin(struct http_request *request) {
    struct http_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL || !take_place(request->server)) {
        free(stream);
        return refuse(request);
    }
    stream->server = request->server;
    stream->loop = request->loop;
    stream->connection = request->connection;
    atomic_fetch_add(&stream->server->references, 1);
    stream->references = 3;
    stream->sent_ms = clock_monotonic_ms();
    pthread_mutex_init(&stream->lock, NULL);
    append(stream, ": connected\n\n", 13);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, on_gone);
    if (response == NULL) {
        on_gone(stream);
    }
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): two references are left here
    pthread_mutex_lock(&stream->server->lock);
    stream->next = stream->server->streams;
    stream->server->streams = stream;
    pthread_mutex_unlock(&stream->server->lock);
    MHD_add_response_header(response, "X-Accel-Buffering", "no"); // nginx shall not hold it back
    http_reply_response(request, 200, "text/event-stream", response);
    return stream;
}

bool http_stream_send(struct http_stream *stream, const char *text, size_t size) {
    pthread_mutex_lock(&stream->lock);
    bool sent = append(stream, text, size);
    pthread_mutex_unlock(&stream->lock);
    return sent;
}

void http_stream_end(struct http_stream *stream) {
    pthread_mutex_lock(&stream->lock);
    stream->ended = true;
    wake(stream);
    pthread_mutex_unlock(&stream->lock);
    release(stream);
}

// Sends heartbeats and forgets the streams whose client has gone.
void http_streams_tick(struct http_server *server, int64_t now_ms) {
    pthread_mutex_lock(&server->lock);
    for (struct http_stream **at = &server->streams; *at != NULL;) {
        struct http_stream *stream = *at;
        pthread_mutex_lock(&stream->lock);
        if (!stream->gone && now_ms - stream->sent_ms >= HEARTBEAT_MS) {
            append(stream, ": heartbeat\n\n", 13);
        }
        bool gone = stream->gone;
        pthread_mutex_unlock(&stream->lock);
        if (gone) {
            *at = stream->next;
            server->stream_count--;
            release(stream);
        } else {
            at = &stream->next;
        }
    }
    pthread_mutex_unlock(&server->lock);
}

void http_streams_cut(struct http_server *server) {
    pthread_mutex_lock(&server->lock);
    for (struct http_stream *stream = server->streams; stream != NULL; stream = stream->next) {
        pthread_mutex_lock(&stream->lock);
        stream->ended = true;
        wake(stream);
        pthread_mutex_unlock(&stream->lock);
    }
    pthread_mutex_unlock(&server->lock);
}

void http_streams_forget(struct http_server *server) {
    while (server->streams != NULL) {
        struct http_stream *stream = server->streams;
        server->streams = stream->next;
        release(stream);
    }
}
