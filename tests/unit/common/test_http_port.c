// SPDX-License-Identifier: Apache-2.0
// A port belongs to one server, though each of its threads has a socket of its own.
#include "http_probe.h"

static const struct http_route NO_ROUTES[1];
static struct http_options options = {.bind = "127.0.0.1", .routes = NO_ROUTES};
static struct http_server *rival; // started while the other is between its bind and its listen
static enum rc rival_rc;
static bool races;

__typeof__(bind) __real_bind;
__typeof__(bind) __wrap_bind;

int __wrap_bind(int socket_, const struct sockaddr *address, socklen_t size) {
    struct error error;
    int result = __real_bind(socket_, address, size);
    if (races) {
        races = false;
        rival_rc = http_server_start(&rival, &options, &error);
    }
    return result;
}

static void test_http_port_that_is_taken_is_an_error(void **state) {
    (void)state;
    static const char *const addresses[] = {"127.0.0.1", "0.0.0.0"};
    struct error error;
    struct http_server *server = NULL;
    options.port = probe_free_port();
    assert_int_equal(http_server_start(&server, &options, &error), RC_OK);
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct http_options other = options;
        struct http_server *second = NULL;
        other.bind = addresses[i];
        assert_int_equal(http_server_start(&second, &other, &error), RC_UNAVAILABLE);
        assert_non_null(strstr(error.text, "cannot listen"));
        http_server_free(second);
    }
    http_server_free(server);
}

static void test_http_port_has_one_server_of_two_that_start_at_once(void **state) {
    (void)state;
    struct error error;
    struct http_server *server = NULL;
    options.port = probe_free_port();
    races = true;
    enum rc rc = http_server_start(&server, &options, &error);
    assert_int_equal(rival_rc, RC_OK);
    assert_int_equal(rc, RC_UNAVAILABLE);
    http_server_free(server);
    http_server_free(rival);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_port_that_is_taken_is_an_error),
        cmocka_unit_test(test_http_port_has_one_server_of_two_that_start_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
