// SPDX-License-Identifier: Apache-2.0
// A server with room for few connections: who is idle or slow longest makes room, who waits for an
// answer does not; half bodies together are bounded. Nobody is cut in one thread while another has
// room.
#include "http_probe.h"

#include "common/http_private.h"

#include <stdatomic.h>

#define ROOM 32            // connections
#define CROWD 200          // clients
#define PATIENCE_MS 300000 // of both sides: a slow machine, a sanitizer

static struct http_request *_Atomic held;

static void now(struct http_request *request, void *context) {
    (void)context;
    http_reply(request, 200, "text/plain", "now", 3);
}

static void hold(struct http_request *request, void *context) {
    (void)context;
    http_defer(request, 60000);
    held = request;
}

static atomic_bool busy;

static void occupy(struct http_request *request, void *context) {
    (void)context;
    busy = true;
    while (busy) {
        clock_sleep_ms(1);
    }
    http_reply(request, 200, "text/plain", "free", 4);
}

static const struct http_route ROUTES[] = {
    {"GET", "/occupy", occupy, HTTP_NO_BODY},
    {"GET", "/now", now, HTTP_NO_BODY},
    {"GET", "/hold", hold, HTTP_NO_BODY},
    {"POST", "/now", now, 0},
};

static int start(void **state, unsigned connections, size_t body_limit) {
    (void)state;
    held = NULL;
    probe_start((struct http_options){.routes = ROUTES,
                                      .route_count = COUNT(ROUTES),
                                      .connections = connections,
                                      .read_ms = PATIENCE_MS,
                                      .body_limit = body_limit});
    return 0;
}

static int start_small(void **state) { return start(state, ROOM, 0); }

static int start_usual(void **state) { return start(state, 0, 0); }

static int start_for_large_bodies(void **state) { return start(state, 0, 16 * 1024 * 1024); }

static int stop(void **state) {
    (void)state;
    http_server_drain(probe_server);
    http_server_free(probe_server);
    return 0;
}

static int send_to(const char *bytes) {
    int socket_ = probe_connect();
    assert_true(socket_ >= 0);
    probe_send(socket_, bytes, strlen(bytes));
    return socket_;
}

static bool is_served(void) {
    char answer[1024];
    int socket_ = send_to("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    probe_read(socket_, answer, sizeof answer, "now", PATIENCE_MS);
    close(socket_);
    return probe_status(answer) == 200;
}

// Clients are taken in some time after they connected.
static int64_t cut_since(int64_t before, int64_t wanted) {
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    while (http_stats[HTTP_STAT_CUT].value - before < wanted && clock_monotonic_ms() < end) {
        clock_sleep_ms(10);
    }
    return http_stats[HTTP_STAT_CUT].value - before;
}

static void test_http_idle_crowd_makes_room_and_who_waits_is_kept(void **state) {
    (void)state;
    int crowd[CROWD];
    char answer[1024];
    int waiting = send_to("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    while (held == NULL) {
        clock_sleep_ms(2);
    }
    int64_t cut = http_stats[HTTP_STAT_CUT].value;
    for (size_t i = 0; i < COUNT(crowd); i++) {
        crowd[i] = i % 2 ? probe_connect() : send_to("GET /now HTTP/1.1\r\nHost: ");
        assert_true(crowd[i] >= 0);
        assert_true(i % 20 != 0 || is_served());
    }
    assert_true(cut_since(cut, CROWD - ROOM) >= CROWD - ROOM);
    http_reply(held, 202, "text/plain", "late", 4);
    probe_read(waiting, answer, sizeof answer, "late", PATIENCE_MS);
    assert_int_equal(probe_status(answer), 202);
    close(waiting);
    for (size_t i = 0; i < COUNT(crowd); i++) {
        close(crowd[i]);
    }
}

static unsigned connections_of(struct http_loop *loop) {
    pthread_mutex_lock(&loop->doors.lock);
    unsigned count = loop->doors.connections;
    pthread_mutex_unlock(&loop->doors.lock);
    return count;
}

static void test_http_newcomers_spread_over_the_threads_though_one_is_busy(void **state) {
    (void)state;
    int crowd[2 * CROWD];
    int occupied = send_to("GET /occupy HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!busy) {
        clock_sleep_ms(1);
    }
    for (size_t i = 0; i < COUNT(crowd); i++) {
        crowd[i] = probe_connect();
        assert_true(crowd[i] >= 0);
    }
    busy = false;
    unsigned taken[2] = {0};
    assert_int_equal(probe_server->loop_count, COUNT(taken));
    while (taken[0] + taken[1] < COUNT(crowd) + 1) {
        clock_sleep_ms(2);
        taken[0] = connections_of(&probe_server->loops[0]);
        taken[1] = connections_of(&probe_server->loops[1]);
    }
    // By the kernel's hash: half of them each, give or take ten; five times that is one in a
    // million.
    assert_in_range(taken[0], CROWD - 50, CROWD + 50);
    for (size_t i = 0; i < COUNT(crowd); i++) {
        close(crowd[i]);
    }
    close(occupied);
}

static void test_http_half_bodies_beyond_the_bound_lose_the_eldest(void **state) {
    (void)state;
    static char bytes[1024 * 1024];
    int crowd[8];
    char answer[1024];
    memset(bytes, ' ', sizeof bytes);
    int64_t cut = http_stats[HTTP_STAT_CUT].value;
    for (size_t i = 0; i < COUNT(crowd); i++) {
        crowd[i] = send_to("POST /now HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           "Content-Length: 8388608\r\n\r\n");
        for (int part = 0; part < 7; part++) { // of 8
            probe_send(crowd[i], bytes, sizeof bytes);
        }
    }
    assert_true(cut_since(cut, 3) >= 3); // 56 MiB for 32 MiB
    assert_true(is_served());
    probe_send(crowd[COUNT(crowd) - 1], bytes, sizeof bytes); // the newest may finish
    probe_read(crowd[COUNT(crowd) - 1], answer, sizeof answer, "now", PATIENCE_MS);
    assert_int_equal(probe_status(answer), 200);
    for (size_t i = 0; i < COUNT(crowd); i++) {
        close(crowd[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_http_idle_crowd_makes_room_and_who_waits_is_kept,
                                        start_small, stop),
        cmocka_unit_test_setup_teardown(
            test_http_newcomers_spread_over_the_threads_though_one_is_busy, start_usual, stop),
        cmocka_unit_test_setup_teardown(test_http_half_bodies_beyond_the_bound_lose_the_eldest,
                                        start_for_large_bodies, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
