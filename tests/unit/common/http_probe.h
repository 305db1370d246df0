// SPDX-License-Identifier: Apache-2.0
// A server on a free port and a client that sends exactly the given bytes.
#pragma once

#include "common/clock.h"
#include "common/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct http_server *probe_server;
static uint16_t probe_port;

static inline struct sockaddr_in probe_address(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline uint16_t probe_free_port(void) {
    struct sockaddr_in address = probe_address(0);
    socklen_t size = sizeof address;
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(socket_, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(socket_, (struct sockaddr *)&address, &size), 0);
    close(socket_);
    return ntohs(address.sin_port);
}

static inline void probe_start(struct http_options options) {
    struct error error = {.text = ""};
    signal(SIGPIPE, SIG_IGN);
    probe_port = probe_free_port();
    options.bind = "127.0.0.1";
    options.port = probe_port;
    if (http_server_start(&probe_server, &options, &error) != RC_OK) {
        fail_msg("%s", error.text);
    }
}

static inline int probe_connect(void) {
    struct sockaddr_in address = probe_address(probe_port);
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(socket_, (struct sockaddr *)&address, sizeof address) != 0) {
        close(socket_);
        return -1;
    }
    return socket_;
}

static inline void probe_send(int socket_, const void *bytes, size_t size) {
    for (size_t sent = 0; sent < size;) {
        ssize_t now = send(socket_, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
        if (now <= 0) {
            return; // the server has closed; what it said is judged
        }
        sent += (size_t)now;
    }
}

// Reads until the text has come, the server closes or the time is over; true when closed. The
// answer ends with NUL.
static inline bool probe_read(int socket_, char *answer, size_t room, const char *until,
                              int wait_ms) {
    size_t used = 0;
    int64_t end = clock_monotonic_ms() + wait_ms;
    answer[0] = '\0';
    while (used + 1 < room && (until == NULL || strstr(answer, until) == NULL)) {
        struct pollfd entry = {.fd = socket_, .events = POLLIN};
        int64_t left = end - clock_monotonic_ms();
        if (left <= 0 || poll(&entry, 1, (int)left) <= 0) {
            return false;
        }
        ssize_t now = recv(socket_, answer + used, room - used - 1, 0);
        if (now <= 0) {
            return true;
        }
        used += (size_t)now;
        answer[used] = '\0';
    }
    return false;
}

static inline int probe_status(const char *answer) {
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static inline size_t probe_answers(const char *answer) {
    size_t count = 0;
    for (const char *at = answer; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++) {
        count += at[9] >= '1' && at[9] <= '5' && at[12] == ' ';
    }
    return count;
}
