// SPDX-License-Identifier: Apache-2.0
#include "http_probe.h"

#include "allocation.h"

#define MOST_ALLOCATIONS 200

// Uses what a handler may rely on: a matched path has its values, a body is there whole.
static void handle(struct http_request *request, void *context) {
    size_t size = 0;
    (void)context;
    const char *code = http_path_value(request, "code");
    const char *body = http_body(request, &size);
    if (code == NULL || strlen(body) != size || strcmp(body, "{\"a\": 1}") != 0) {
        http_reply(request, 400, "text/plain", "", 0);
        return;
    }
    http_set_header(request, "X-Code", code);
    json_t *answer = json_pack("{s:s}", "code", code);
    json_object_set_new(answer, "narrative", json_string("候诊三小时"));
    http_reply_json(request, 200, answer);
}

static void refuse(struct http_request *request, void *context) {
    struct error error;
    (void)context;
    error_field(&error, "out-of-bounds", "limit", "limit must be from 1 to 200");
    http_reply_problem_with(request, 0, &error, json_pack("{s:[s]}", "actions", "accept"));
}

static const struct http_route routes[] = {
    {"POST", "/v1/cases/{code}", handle, HTTP_BLOCKING},
    {"POST", "/v1/refusals/{code}", refuse, 0},
};

static int ask(const char *path, char *answer, size_t room) {
    char bytes[512];
    int size = snprintf(bytes, sizeof bytes,
                        "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: "
                        "application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "4\r\n{\"a\"\r\n4\r\n: 1}\r\n0\r\n\r\n",
                        path);
    int socket_ = probe_connect();
    assert_true(socket_ >= 0);
    probe_send(socket_, bytes, (size_t)size);
    probe_read(socket_, answer, room, NULL, 20000);
    close(socket_);
    return probe_status(answer);
}

static const char *body_of(const char *answer) {
    const char *end = strstr(answer, "\r\n\r\n");
    return end == NULL ? "" : end + 4;
}

// Whatever fails: the right answer, all of it, a 5xx, or a closed connection; and the next request
// is served.
static size_t fail_each(const char *path, int good) {
    char answer[4096];
    char whole[4096];
    assert_int_equal(ask(path, whole, sizeof whole), good);
    for (size_t nth = 1; nth < MOST_ALLOCATIONS; nth++) {
        allocation_fail(nth);
        int status = ask(path, answer, sizeof answer);
        bool failed = allocation_failed();
        allocation_fail(0);
        bool told = status == 500 || status == 503 || (status == 504 && good == 200);
        bool right = status == good && strcmp(body_of(answer), body_of(whole)) == 0;
        if (status != 0 && !told && !right) {
            fail_msg("allocation %zu failed: %s answered %s", nth, path, answer);
        }
        assert_int_equal(ask(path, answer, sizeof answer), good);
        if (!failed) {
            return nth - 1;
        }
    }
    fail_msg("it never comes to an end");
    return 0;
}

static void test_http_request_short_of_memory_gets_no_wrong_answer(void **unused) {
    (void)unused;
    size_t before = allocation_live();
    probe_start((struct http_options){.routes = routes, .route_count = COUNT(routes)});
    assert_true(fail_each("/v1/cases/x", 200) >= 15);
    assert_true(fail_each("/v1/refusals/x", 400) >= 30);
    http_server_free(probe_server);
    assert_int_equal(allocation_live(), before);
}

static enum rc start_server(struct error *error) {
    struct http_server *server = NULL;
    const struct http_options options = {.bind = "127.0.0.1",
                                         .port = probe_free_port(),
                                         .routes = routes,
                                         .route_count = COUNT(routes)};
    enum rc rc = http_server_start(&server, &options, error);
    http_server_free(server);
    return rc;
}

static void test_http_server_short_of_memory_does_not_start(void **unused) {
    (void)unused;
    assert_true(allocation_try_each(start_server) >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_request_short_of_memory_gets_no_wrong_answer),
        cmocka_unit_test(test_http_server_short_of_memory_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
