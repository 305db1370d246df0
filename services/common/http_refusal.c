// SPDX-License-Identifier: Apache-2.0
// What libmicrohttpd refuses by itself, before any handler runs, as RFC 9457 problems.
//
// It has no hook for these answers: it makes them of HTML; where a Content-Length is no number it
// sends their head twice; where there are more query parameters than it has memory for it never
// answers. But it queues them with its own public MHD_queue_response, and as every ELF library it
// finds that function by name, the program's first (symbol interposition). So the function of that
// name here gets the library's own answers, and them only, for ours call the library's
// (http_queue). The one here writes the problem to the socket and shuts it down. The library goes
// on as it would have, for its callers still use the connection, but into a dead socket. A library
// linked with -Bsymbolic would not come by: then the answers are HTML again, and test_http says so.
#include "http_private.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

typedef enum MHD_Result (*queue_function)(struct MHD_Connection *, unsigned, struct MHD_Response *);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static queue_function library_queue;

static void find_library(void) {
    *(void **)&library_queue = dlsym(RTLD_NEXT, "MHD_queue_response");
}

enum MHD_Result http_queue(struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response) {
    pthread_once(&once, find_library);
    return library_queue == NULL ? MHD_NO : library_queue(connection, status, response);
}

// One row a status that libmicrohttpd gives.
static const struct refusal {
    unsigned status;
    const char *title;
    const char *code;
    const char *detail;
} refusals[] = {
    {400, "Bad Request", "malformed", "this is not a well-formed HTTP request"},
    {413, "Content Too Large", "too-large", "the body or a chunk of it is too large"},
    {414, "URI Too Long", "uri-too-long", "the request line is too long"},
    {431, "Request Header Fields Too Large", "headers-too-large", "the headers are too large"},
    {500, "Internal Server Error", "internal", "an internal error"},
    {505, "HTTP Version Not Supported", "http-version", "only HTTP/1.0 and HTTP/1.1 are spoken"},
};

static const struct refusal *refusal_of(unsigned status) {
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (refusals[i].status == status) {
            return &refusals[i];
        }
    }
    return &refusals[0];
}

static size_t write_problem(const struct refusal *refusal, char *text, size_t room) {
    char body[512];
    int size =
        snprintf(body, sizeof body,
                 "{\"type\":\"https://redress.example/problems/%s\",\"title\":\"%s\",\"status\":%u,"
                 "\"code\":\"%s\",\"detail\":\"%s\"}",
                 refusal->code, refusal->title, refusal->status, refusal->code, refusal->detail);
    size = snprintf(text, room,
                    "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %d\r\n"
                    "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"
                    "X-Content-Type-Options: nosniff\r\n\r\n%s",
                    refusal->status, refusal->title, size, body);
    return size < 0 || (size_t)size >= room ? 0 : (size_t)size;
}

// What the client has sent beyond is read away, a bounded part of it: closing over unread bytes is
// a reset, which may overtake the answer.
static void discard(int socket) {
    char bytes[4096];
    for (int i = 0; i < 32 && recv(socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0; i++) {
    }
}

// Called by libmicrohttpd only, on the connection's event thread. The answer before was sent whole,
// for one request is handled at a time.
__attribute__((visibility("default"))) enum MHD_Result
MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                   struct MHD_Response *response) {
    char text[1024];
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) {
        size_t size = write_problem(refusal_of(status), text, sizeof text);
        ssize_t sent = send(info->connect_fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent; // who does not take a kilobyte gets nothing
        discard(info->connect_fd);
        shutdown(info->connect_fd, SHUT_RDWR);
    }
    return http_queue(connection, status, response);
}
