// SPDX-License-Identifier: Apache-2.0
// The client against our own server, and against answers that are none.
#include "common/http_client.h"
#include "http_probe.h"

static void mirror(struct http_request *request, void *context) {
    (void)context;
    size_t size = 0;
    const char *body = http_body(request, &size);
    json_t *read = size == 0 ? json_null() : json_loadb(body, size, 0, NULL);
    const char *token = http_header(request, "Authorization");
    const char *extra = http_header(request, "X-Extra");
    http_reply_json(request, 200,
                    json_pack("{s:s, s:o, s:s, s:s}", "method", http_method(request), "body", read,
                              "token", token == NULL ? "" : token, "extra",
                              extra == NULL ? "" : extra));
}

static void missing(struct http_request *request, void *context) {
    (void)context;
    struct error error;
    error_set(&error, RC_NOT_FOUND, "no such case");
    http_reply_problem(request, 0, &error);
}

static void empty(struct http_request *request, void *context) {
    (void)context;
    http_reply(request, 204, "application/json", "", 0);
}

static void garbage(struct http_request *request, void *context) {
    (void)context;
    http_reply(request, 200, "application/json", "<html>", 6);
}

static void huge(struct http_request *request, void *context) {
    (void)context;
    static char text[4 * 1024 * 1024 + 100];
    memset(text, ' ', sizeof text);
    http_reply(request, 200, "application/json", text, sizeof text);
}

static struct http_request *_Atomic silent_request;

static void silent(struct http_request *request, void *context) {
    (void)context;
    silent_request = http_defer(request, 1500);
}

static void elsewhere(struct http_request *request, void *context) {
    (void)context;
    http_set_header(request, "Location", "/mirror");
    http_reply(request, 302, "text/plain", "", 0);
}

static const struct http_route ROUTES[] = {
    {"GET", "/mirror", mirror, 0},      {"POST", "/mirror", mirror, 0},
    {"DELETE", "/mirror", mirror, 0},   {"GET", "/missing", missing, 0},
    {"GET", "/empty", empty, 0},        {"GET", "/garbage", garbage, 0},
    {"GET", "/huge", huge, 0},          {"GET", "/silent", silent, 0},
    {"GET", "/elsewhere", elsewhere, 0}};

static struct http_client *client;

static int set_up(void **state) {
    (void)state;
    struct error error;
    char url[64];
    probe_start((struct http_options){.routes = ROUTES, .route_count = COUNT(ROUTES)});
    snprintf(url, sizeof url, "http://127.0.0.1:%u", probe_port);
    return http_client_new(&client, url, "secret", 500, &error) == RC_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    http_client_free(client);
    http_client_free(NULL);
    if (silent_request != NULL) {
        http_reply(silent_request, 200, "application/json", "{}", 2);
    }
    http_server_drain(probe_server);
    http_server_free(probe_server);
    return 0;
}

static void test_client_sends_and_reads_json(void **state) {
    (void)state;
    static const char *const methods[] = {"POST", "GET", "DELETE", "POST"};
    static const char *const headers[] = {"X-Extra: yes", NULL};
    for (size_t i = 0; i < COUNT(methods); i++) {
        struct error error;
        long status = 0;
        json_t *answer = NULL;
        json_t *body = i % 3 == 0 ? json_pack("{s:i}", "n", 7) : NULL;
        assert_int_equal(http_client_json(client, methods[i], "/mirror", body, headers, &status,
                                          &answer, &error),
                         RC_OK);
        assert_int_equal(status, 200);
        assert_string_equal(json_string_value(json_object_get(answer, "method")), methods[i]);
        assert_string_equal(json_string_value(json_object_get(answer, "token")), "Bearer secret");
        assert_string_equal(json_string_value(json_object_get(answer, "extra")), "yes");
        assert_int_equal(json_is_object(json_object_get(answer, "body")), body != NULL);
        json_decref(answer);
        json_decref(body);
    }
}

static const struct {
    const char *path;
    enum rc rc;
    long status;
    bool answer;
} ANSWERS[] = {
    {"/missing", RC_OK, 404, true},         {"/empty", RC_OK, 204, false},
    {"/garbage", RC_UNAVAILABLE, 0, false}, {"/huge", RC_UNAVAILABLE, 0, false},
    {"/silent", RC_UNAVAILABLE, 0, false},  {"/elsewhere", RC_OK, 302, false},
    {"/missing", RC_OK, 404, true}, // still usable after failures
};

static void test_client_judges_each_answer(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        struct error error;
        long status = 0;
        json_t *answer = NULL;
        enum rc rc =
            http_client_json(client, "GET", ANSWERS[i].path, NULL, NULL, &status, &answer, &error);
        assert_int_equal(rc, ANSWERS[i].rc);
        assert_int_equal(answer != NULL, ANSWERS[i].answer);
        if (rc == RC_OK) {
            assert_int_equal(status, ANSWERS[i].status);
        }
        json_decref(answer);
    }
}

static void test_client_without_a_server_is_unavailable(void **state) {
    (void)state;
    struct http_client *lonely = NULL;
    struct error error;
    char url[64];
    long status = 0;
    json_t *answer = NULL;
    snprintf(url, sizeof url, "http://127.0.0.1:%u", probe_free_port());
    assert_int_equal(http_client_new(&lonely, url, NULL, 500, &error), RC_OK);
    assert_int_equal(http_client_json(lonely, "GET", "/", NULL, NULL, &status, &answer, &error),
                     RC_UNAVAILABLE);
    assert_null(answer);
    http_client_free(lonely);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_sends_and_reads_json),
        cmocka_unit_test(test_client_judges_each_answer),
        cmocka_unit_test(test_client_without_a_server_is_unavailable),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
