// SPDX-License-Identifier: Apache-2.0
#include "fake_net.h"

#include <curl/curl.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAMS 32

static struct fuzz_input peers;
static int open_ends[STREAMS];
static size_t open_count;

void fake_net_begin(const uint8_t *data, size_t size) { peers = (struct fuzz_input){data, size}; }

void fake_net_end(void) {
    while (open_count > 0) {
        close(open_ends[--open_count]);
    }
}

// The peer's end stays open, so that what is written to it goes nowhere but fails neither.
static int connect_peer(void) {
    size_t size = 0;
    if (peers.left == 0 || open_count == STREAMS) {
        return -1;
    }
    const uint8_t *answer = fuzz_block(&peers, &size);
    struct fuzz_stream stream = fuzz_stream_open(answer, size);
    FUZZ_CHECK(shutdown(stream.ours, SHUT_WR) == 0);
    open_ends[open_count++] = stream.ours;
    return stream.theirs;
}

__typeof__(redisConnectWithTimeout) __wrap_redisConnectWithTimeout;
CURLcode __wrap_curl_easy_perform(CURL *curl);
CURLcode __real_curl_easy_perform(CURL *curl);

redisContext *__wrap_redisConnectWithTimeout(const char *host, int port, struct timeval timeout) {
    (void)host;
    (void)port;
    (void)timeout;
    int peer = connect_peer();
    return peer < 0 ? NULL : redisConnectFd(peer);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
    (void)context;
    (void)purpose;
    (void)address;
    int peer = connect_peer();
    return peer < 0 ? CURL_SOCKET_BAD : peer;
}

static int is_connected(void *context, curl_socket_t socket, curlsocktype purpose) {
    (void)context;
    (void)socket;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

CURLcode __wrap_curl_easy_perform(CURL *curl) {
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, is_connected);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    return __real_curl_easy_perform(curl);
}
