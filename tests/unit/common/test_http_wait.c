// SPDX-License-Identifier: Apache-2.0
// Answers that come later: deferred, from workers, as streams; and clients and servers that do not
// wait for them.
#include "http_probe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

static struct http_request *_Atomic held[1024];
static _Atomic size_t held_count;
static struct http_stream *_Atomic stream;
static _Atomic int working;
static _Atomic bool work_may_end;

static void now(struct http_request *request, void *context) {
    (void)context;
    http_reply(request, 200, "text/plain", "now", 3);
}

// Kept for the test to answer.
static void hold(struct http_request *request, void *context) {
    (void)context;
    http_defer(request, 60000);
    held[atomic_fetch_add(&held_count, 1)] = request;
}

static void never(struct http_request *request, void *context) {
    (void)context;
    http_defer(request, 300);
    held[atomic_fetch_add(&held_count, 1)] = request;
}

static void *answer_soon(void *request) {
    http_reply(request, 202, "text/plain", "soon", 4);
    return NULL;
}

// Another thread answers, often before the handler has returned.
static void race(struct http_request *request, void *context) {
    (void)context;
    pthread_t thread;
    http_defer(request, 60000);
    if (pthread_create(&thread, NULL, answer_soon, request) == 0) {
        pthread_detach(thread);
    } else {
        http_reply(request, 503, "text/plain", "none", 4);
    }
}

static void block(struct http_request *request, void *context) {
    (void)context;
    atomic_fetch_add(&working, 1);
    while (!atomic_load(&work_may_end)) {
        clock_sleep_ms(2);
    }
    const char *name = http_header(request, "Name"); // still borrowed
    http_reply(request, 200, "text/plain", name, strlen(name));
}

// One answer to all who waited, by how many they were.
static void gather(struct http_request *request, void *context) {
    (void)context;
    struct http_request *requests[4] = {request};
    char text[16];
    atomic_fetch_add(&working, 1);
    while (!atomic_load(&work_may_end)) {
        clock_sleep_ms(2);
    }
    size_t count = 1 + http_gather(request, requests + 1, working == 1 ? 0 : 3);
    snprintf(text, sizeof text, "%zu of them", count);
    for (size_t i = 0; i < count; i++) {
        http_reply(requests[i], 200, "text/plain", text, strlen(text));
    }
}

static void open_stream(struct http_request *request, void *context) {
    (void)context;
    stream = http_stream_begin(request);
}

static const struct http_route ROUTES[] = {
    {"GET", "/now", now, HTTP_NO_BODY},
    {"GET", "/hold", hold, HTTP_NO_BODY},
    {"POST", "/hold", hold, 0},
    {"GET", "/never", never, HTTP_NO_BODY},
    {"GET", "/race", race, HTTP_NO_BODY},
    {"GET", "/block", block, HTTP_NO_BODY | HTTP_BLOCKING},
    {"GET", "/gather", gather, HTTP_NO_BODY | HTTP_BLOCKING | HTTP_GATHERED},
    {"GET", "/stream", open_stream, HTTP_NO_BODY | HTTP_STREAM},
};

static int set_up_with(int64_t read_ms) {
    held_count = 0;
    stream = NULL;
    working = 0;
    work_may_end = false;
    probe_start((struct http_options){.routes = ROUTES,
                                      .route_count = COUNT(ROUTES),
                                      .worker_threads = 2,
                                      .worker_queue = 3,
                                      .read_ms = read_ms});
    return 0;
}

static int set_up(void **state) {
    (void)state;
    return set_up_with(700);
}

// A crowd takes longer than that to come where every access is checked.
static int set_up_patient(void **state) {
    (void)state;
    return set_up_with(0);
}

static int tear_down(void **state) {
    (void)state;
    http_server_drain(probe_server);
    http_server_free(probe_server);
    probe_server = NULL;
    return 0;
}

static int ask(const char *path) {
    char bytes[128];
    int size =
        snprintf(bytes, sizeof bytes, "GET %s HTTP/1.1\r\nHost: x\r\nName: %s\r\n\r\n", path, path);
    int socket_ = probe_connect();
    assert_true(socket_ >= 0);
    probe_send(socket_, bytes, (size_t)size);
    return socket_;
}

static int answer_of(int socket_, const char *until, int wait_ms) {
    char answer[4096];
    probe_read(socket_, answer, sizeof answer, until, wait_ms);
    return probe_status(answer);
}

static void wait_for_held(size_t count) {
    for (int i = 0; i < 2500 && atomic_load(&held_count) < count; i++) {
        clock_sleep_ms(2);
    }
    assert_int_equal(held_count, count);
}

static void test_http_deferred_answer_comes_from_another_thread(void **state) {
    (void)state;
    int socket_ = ask("/hold");
    wait_for_held(1);
    http_set_header(held[0], "X-Late", "yes");
    http_reply(held[0], 202, "text/plain", "late", 4);
    char answer[4096];
    probe_read(socket_, answer, sizeof answer, "late", 2000);
    assert_int_equal(probe_status(answer), 202);
    assert_non_null(strstr(answer, "X-Late: yes"));
    probe_send(socket_, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n", 30); // the connection lives on
    assert_int_equal(answer_of(socket_, "now", 2000), 200);
    close(socket_);
}

static void test_http_deferred_answer_too_late_is_504_once(void **state) {
    (void)state;
    char answer[4096];
    int socket_ = ask("/never");
    probe_read(socket_, answer, sizeof answer, "same key", 3000);
    assert_int_equal(probe_status(answer), 504);
    wait_for_held(1);
    http_set_header(held[0], "X-Late", "yes");
    http_reply(held[0], 202, "text/plain", "late", 4);
    assert_false(probe_read(socket_, answer, sizeof answer, NULL, 100));
    assert_string_equal(answer, "");
    close(socket_);
}

static void test_http_client_leaving_while_deferred_is_harmless(void **state) {
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        int socket_ = ask("/hold");
        wait_for_held(i + 1);
        close(socket_);
    }
    clock_sleep_ms(50);
    for (size_t i = 0; i < 20; i++) {
        http_reply(held[i], 202, "text/plain", "late", 4);
    }
    int socket_ = ask("/now");
    assert_int_equal(answer_of(socket_, "now", 2000), 200);
    close(socket_);
}

static void test_http_answer_before_the_handler_returns_is_sent(void **state) {
    (void)state;
    int64_t begin = clock_monotonic_ms();
    for (int i = 0; i < 200; i++) {
        int socket_ = ask("/race");
        assert_int_equal(answer_of(socket_, "soon", 2000), 202);
        close(socket_);
    }
    // An answer wakes its event thread at once; it isn't found by and by.
    assert_true(clock_monotonic_ms() - begin < 10000);
}

static void test_http_stop_answers_deferred_requests(void **state) {
    (void)state;
    char answer[4096];
    int socket_ = ask("/hold");
    wait_for_held(1);
    int64_t begin = clock_monotonic_ms();
    http_server_drain(probe_server);
    assert_true(clock_monotonic_ms() - begin < 7000);
    probe_read(socket_, answer, sizeof answer, "}", 1000);
    assert_int_equal(probe_status(answer), 504);
    assert_non_null(strstr(answer, "Connection: close"));
    assert_int_equal(probe_connect(), -1);
    http_server_free(probe_server);
    probe_server = NULL;
    http_reply(held[0], 202, "text/plain", "late", 4); // its server has gone
    close(socket_);
}

static void test_http_blocking_routes_leave_the_event_threads_free(void **state) {
    (void)state;
    int blocked[5];
    for (int i = 0; i < 5; i++) { // two work, three wait
        blocked[i] = ask("/block");
        for (int j = 0; j < 1000 && i < 2 && atomic_load(&working) <= i; j++) {
            clock_sleep_ms(2);
        }
    }
    clock_sleep_ms(100);
    char answer[4096];
    int refused = ask("/block");
    probe_read(refused, answer, sizeof answer, "}", 2000);
    assert_int_equal(probe_status(answer), 503);
    assert_non_null(strstr(answer, "Retry-After: 1"));
    close(refused);
    int free_one = ask("/now");
    assert_int_equal(answer_of(free_one, "now", 2000), 200);
    close(free_one);
    close(blocked[0]); // while a worker has it
    close(blocked[4]); // while it waits
    work_may_end = true;
    for (int i = 1; i < 4; i++) {
        assert_int_equal(answer_of(blocked[i], "/block", 2000), 200);
        close(blocked[i]);
    }
}

static void *let_work_end(void *unused) {
    (void)unused;
    clock_sleep_ms(6000); // longer than the drain waits
    work_may_end = true;
    return NULL;
}

// Of two workers one gathers and the other stays for the rest, which has its turn among them.
static void test_http_requests_that_wait_are_gathered_by_one_handler(void **state) {
    (void)state;
    int asked[4];
    for (int i = 0; i < 4; i++) {
        asked[i] = ask("/gather");
        for (int j = 0; j < 1000 && atomic_load(&working) == 0; j++) {
            clock_sleep_ms(2);
        }
    }
    clock_sleep_ms(100);
    assert_int_equal(working, 1);
    close(asked[3]); // while it waits
    work_may_end = true;
    assert_int_equal(answer_of(asked[0], "1 of them", 2000), 200);
    for (int i = 1; i < 3; i++) {
        char answer[4096];
        probe_read(asked[i], answer, sizeof answer, "of them", 2000);
        assert_non_null(strstr(answer, "3 of them"));
        close(asked[i]);
    }
    close(asked[0]);
}

static void test_http_gathered_requests_leave_a_worker_to_others(void **state) {
    (void)state;
    int first = ask("/gather");
    int second = ask("/gather");
    while (atomic_load(&working) == 0) {
        clock_sleep_ms(2);
    }
    int other = ask("/block");
    for (int j = 0; j < 1000 && atomic_load(&working) < 2; j++) {
        clock_sleep_ms(2);
    }
    assert_int_equal(working, 2); // beside the second, which waits
    work_may_end = true;
    assert_int_equal(answer_of(first, "of them", 2000), 200);
    assert_int_equal(answer_of(second, "of them", 2000), 200);
    assert_int_equal(answer_of(other, "/block", 2000), 200);
    close(first);
    close(second);
    close(other);
}

static void test_http_stop_waits_for_a_running_handler(void **state) {
    (void)state;
    pthread_t thread;
    int socket_ = ask("/block");
    while (atomic_load(&working) == 0) {
        clock_sleep_ms(2);
    }
    pthread_create(&thread, NULL, let_work_end, NULL);
    http_server_drain(probe_server);
    http_server_free(probe_server);
    probe_server = NULL;
    pthread_join(thread, NULL);
    close(socket_);
}

static void wait_for_stream(void) {
    for (int i = 0; i < 1000 && atomic_load(&stream) == NULL; i++) {
        clock_sleep_ms(2);
    }
    assert_non_null(stream);
}

static void test_http_stream_sends_and_ends(void **state) {
    (void)state;
    char answer[8192];
    int socket_ = ask("/stream");
    wait_for_stream();
    probe_read(socket_, answer, sizeof answer, ": connected", 2000);
    assert_int_equal(probe_status(answer), 200);
    assert_non_null(strstr(answer, "text/event-stream"));
    clock_sleep_ms(900); // longer than a head may take: a stream may
    assert_true(http_stream_send(stream, "data: 1\n\n", 9));
    probe_read(socket_, answer, sizeof answer, "data: 1", 2000);
    assert_non_null(strstr(answer, "data: 1"));
    assert_true(http_stream_send(stream, "data: 2\n\n", 9));
    http_stream_end(stream);
    probe_read(socket_, answer, sizeof answer, "0\r\n\r\n", 2000);
    assert_non_null(strstr(answer, "data: 2"));
    close(socket_);
}

static void test_http_stream_of_a_gone_client_says_so(void **state) {
    (void)state;
    int socket_ = ask("/stream");
    wait_for_stream();
    assert_int_equal(answer_of(socket_, ": connected", 2000), 200);
    close(socket_);
    bool alive = true;
    for (int i = 0; i < 500 && alive; i++) {
        alive = http_stream_send(stream, "data: 1\n\n", 9);
        clock_sleep_ms(2);
    }
    assert_false(alive);
    http_stream_end(stream);
}

static void test_http_stream_of_a_slow_client_is_cut(void **state) {
    (void)state;
    static char block_of_data[64 * 1024];
    memset(block_of_data, ':', sizeof block_of_data);
    int socket_ = ask("/stream");
    wait_for_stream();
    bool alive = true;
    for (int i = 0; i < 2000 && alive; i++) { // nobody reads
        alive = http_stream_send(stream, block_of_data, sizeof block_of_data);
    }
    assert_false(alive);
    http_stream_end(stream);
    close(socket_);
}

static void test_http_stop_cuts_streams(void **state) {
    (void)state;
    char answer[4096];
    int socket_ = ask("/stream");
    wait_for_stream();
    assert_int_equal(answer_of(socket_, ": connected", 2000), 200);
    int64_t begin = clock_monotonic_ms();
    http_server_drain(probe_server);
    http_server_free(probe_server);
    probe_server = NULL;
    assert_true(clock_monotonic_ms() - begin < 3000);
    assert_true(probe_read(socket_, answer, sizeof answer, NULL, 1000));
    assert_false(http_stream_send(stream, "data: 1\n\n", 9));
    http_stream_end(stream);
    close(socket_);
}

// Dripping bytes keeps no connection longer than a head or a body may take.
static void test_http_dripping_head_and_body_are_cut(void **state) {
    (void)state;
    static const char *const begins[] = {
        "GET /now HTTP/1.1\r\nHost: x\r\nX: ",
        "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n"};
    for (size_t i = 0; i < COUNT(begins); i++) {
        char answer[256];
        bool closed = false;
        int socket_ = probe_connect();
        int64_t begin = clock_monotonic_ms();
        probe_send(socket_, begins[i], strlen(begins[i]));
        while (!closed && clock_monotonic_ms() - begin < 5000) {
            probe_send(socket_, "x", 1);
            closed = probe_read(socket_, answer, sizeof answer, NULL, 50);
        }
        assert_true(closed);
        assert_true(clock_monotonic_ms() - begin >= 600);
        close(socket_);
    }
}

// A waiting handler is not cut for it.
static void test_http_deferred_longer_than_reading_may_take_is_answered(void **state) {
    (void)state;
    int socket_ = ask("/hold");
    wait_for_held(1);
    clock_sleep_ms(1300);
    http_reply(held[0], 202, "text/plain", "late", 4);
    assert_int_equal(answer_of(socket_, "late", 2000), 202);
    close(socket_);
}

// An epoll thread of libmicrohttpd's own stalls at these counts, and two of them at 300.
static void check_crowd(size_t count) {
    static const char bytes[] = "GET /now HTTP/1.1\r\nHost: x\r\n\r\n";
    static int crowd[512]; // at most
    char answer[1024];
    for (size_t i = 0; i < count; i++) {
        crowd[i] = probe_connect();
        assert_true(crowd[i] >= 0);
    }
    int64_t begin = clock_monotonic_ms();
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < count; i++) {
            probe_send(crowd[i], bytes, sizeof bytes - 1);
        }
        for (size_t i = 0; i < count; i++) {
            probe_read(crowd[i], answer, sizeof answer, "now", 5000);
            assert_int_equal(probe_status(answer), 200);
        }
    }
    assert_true(clock_monotonic_ms() - begin < 30000); // some 10 ms a round unless it stalls
    for (size_t i = 0; i < count; i++) {
        close(crowd[i]);
    }
}

static void test_http_crowds_of_critical_sizes_are_served(void **state) {
    (void)state;
    check_crowd(128);
    check_crowd(256);
    check_crowd(300);
    check_crowd(512);
}

static void test_http_crowd_of_deferred_requests_is_served(void **state) {
    (void)state;
    int crowd[256];
    for (size_t i = 0; i < COUNT(crowd); i++) {
        crowd[i] = ask("/hold");
    }
    wait_for_held(COUNT(crowd));
    for (size_t i = 0; i < COUNT(crowd); i++) {
        http_reply(held[i], 202, "text/plain", "late", 4);
    }
    for (size_t i = 0; i < COUNT(crowd); i++) {
        assert_int_equal(answer_of(crowd[i], "late", 5000), 202);
        close(crowd[i]);
    }
}

static void test_http_taken_port_and_bad_address_are_told(void **state) {
    (void)state;
    struct error error;
    struct http_server *second = NULL;
    struct http_options options = {
        .bind = "127.0.0.1", .port = probe_port, .routes = ROUTES, .route_count = COUNT(ROUTES)};
    assert_int_equal(http_server_start(&second, &options, &error), RC_UNAVAILABLE);
    http_server_free(second);
    options.bind = "nowhere";
    assert_int_equal(http_server_start(&second, &options, &error), RC_INVALID);
    assert_string_equal(error.field, "http.bind");
    http_server_free(second);
    http_server_drain(NULL);
    http_server_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_PATIENT(name) cmocka_unit_test_setup_teardown(name, set_up_patient, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_http_deferred_answer_comes_from_another_thread),
        TEST(test_http_deferred_answer_too_late_is_504_once),
        TEST(test_http_client_leaving_while_deferred_is_harmless),
        TEST(test_http_answer_before_the_handler_returns_is_sent),
        TEST(test_http_stop_answers_deferred_requests),
        TEST(test_http_blocking_routes_leave_the_event_threads_free),
        TEST(test_http_requests_that_wait_are_gathered_by_one_handler),
        TEST(test_http_gathered_requests_leave_a_worker_to_others),
        TEST(test_http_stop_waits_for_a_running_handler),
        TEST(test_http_stream_sends_and_ends),
        TEST(test_http_stream_of_a_gone_client_says_so),
        TEST(test_http_stream_of_a_slow_client_is_cut),
        TEST(test_http_stop_cuts_streams),
        TEST(test_http_dripping_head_and_body_are_cut),
        TEST(test_http_deferred_longer_than_reading_may_take_is_answered),
        TEST_PATIENT(test_http_crowds_of_critical_sizes_are_served),
        TEST_PATIENT(test_http_crowd_of_deferred_requests_is_served),
        TEST(test_http_taken_port_and_bad_address_are_told),
    };
    struct rlimit limit; // before a server starts, for it takes half of them at most
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
    setrlimit(RLIMIT_NOFILE, &limit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
