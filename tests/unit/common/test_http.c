// SPDX-License-Identifier: Apache-2.0
// What the server takes and refuses, byte by byte: framing, smuggling shapes, bounds, routes.
#include "http_probe.h"

#define BODY_LIMIT 1000

static _Atomic int handled;

static void echo(struct http_request *request, void *context) {
    (void)context;
    char text[2048];
    size_t size = 0;
    const char *body = http_body(request, &size);
    const char *value = http_path_value(request, "id");
    const char *query = http_query(request, "q");
    const char *trace = http_header(request, "TraceParent");
    handled++;
    int length =
        snprintf(text, sizeof text, "<%s %s id=%s q=%s trace=%s body=%.*s>", http_method(request),
                 http_path(request), value == NULL ? "-" : value, query == NULL ? "-" : query,
                 trace == NULL ? "-" : trace, (int)size, body);
    http_set_header(request, "ETag", "\"7\"");
    http_reply(request, 200, "text/plain", text, (size_t)length);
}

static void only(struct http_request *request, void *context) {
    (void)context;
    static const char *const names[] = {"after", "limit", NULL};
    static const struct http_number limit = {"limit", 7, 1, 10};
    struct error error;
    int64_t number = 0;
    if (http_query_only(request, names, &error) != RC_OK ||
        http_query_number(request, &limit, &number, &error) != RC_OK) {
        http_reply_problem(request, 0, &error);
        return;
    }
    http_reply_json(request, 200, json_pack("{s:b, s:I}", "good", 1, "limit", (json_int_t)number));
}

static void problem(struct http_request *request, void *context) {
    (void)context;
    struct error error;
    const char *rc = http_path_value(request, "rc");
    error_set(&error, (enum rc)(rc[0] - '0'), "the reason");
    http_reply_problem(request, 0, &error);
}

static const struct http_route ROUTES[] = {
    {"GET", "/v1/cases", echo, HTTP_NO_BODY},      {"POST", "/v1/cases", echo, 0},
    {"GET", "/v1/cases/{id}", echo, HTTP_NO_BODY}, {"GET", "/v1/cases/{id}/x", echo, 0},
    {"GET", "/v1/only", only, HTTP_NO_BODY},       {"GET", "/v1/problem/{rc}", problem, 0},
};

static int set_up(void **state) {
    (void)state;
    probe_start((struct http_options){
        .routes = ROUTES, .route_count = COUNT(ROUTES), .body_limit = BODY_LIMIT});
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    http_server_drain(probe_server);
    http_server_free(probe_server);
    return 0;
}

#define GET_ "GET /v1/cases HTTP/1.1\r\n"
#define POST_ "POST /v1/cases HTTP/1.1\r\n"
#define HOST "Host: x\r\n"
#define JSON "Content-Type: application/json\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define BYTES(literal) (literal), sizeof(literal) - 1

// With close, neither this nor what follows may reach a handler.
static const struct shape {
    const char *bytes;
    size_t size;
    int status;
    bool close;
    const char *holds; // in the answer
} SHAPES[] = {
    {BYTES(GET_ HOST "\r\n"), 200, false, "<GET /v1/cases "},
    {BYTES(GET_ HOST "traceparent: 00-a-b-01\r\n\r\n"), 200, false, "trace=00-a-b-01"},
    {BYTES(GET_ "host:x\r\nX:  padded\r\nY:\r\nCookie: a=b; c=d\r\n\r\n"), 200, false, "<GET"},
    {BYTES("HEAD /v1/cases HTTP/1.1\r\n" HOST "\r\n"), 200, false, "ETag: \"7\""},
    {BYTES(POST_ HOST JSON "Content-Length: 2\r\n\r\n{}"), 200, false, "body={}>"},
    {BYTES(POST_ HOST JSON CHUNKED "\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n"), 200, false,
     "body={}>"},
    {BYTES(POST_ HOST "Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n"
                      "{}"),
     200, false, "body={}>"},
    {BYTES(POST_ HOST "Content-Length: 0\r\n\r\n"), 200, false, "body=>"},
    {BYTES(POST_ HOST JSON "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"), 100, false,
     "body={}>"},
    // Framing that two readers may understand differently.
    {BYTES(POST_ HOST JSON "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"), 400, true,
     "ambiguous-length"},
    {BYTES(POST_ HOST JSON "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), 400, true,
     "ambiguous-length"},
    {BYTES(POST_ HOST JSON "Content-Length: 2\r\n" CHUNKED "\r\n0\r\n\r\n"), 400, true,
     "ambiguous-length"},
    {BYTES(POST_ HOST JSON CHUNKED "content-length: 2\r\n\r\n0\r\n\r\n"), 400, true,
     "ambiguous-length"},
    {BYTES(POST_ HOST JSON CHUNKED CHUNKED "\r\n0\r\n\r\n"), 400, true, "ambiguous-length"},
    {BYTES(POST_ HOST JSON "Transfer-Encoding: gzip\r\n\r\n{}"), 400, true, "bad-encoding"},
    {BYTES(POST_ HOST JSON "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 400, true,
     "bad-encoding"},
    {BYTES(POST_ HOST JSON "Transfer-Encoding: \x0b"
                           "chunked\r\n\r\n0\r\n\r\n"),
     400, true, "bad-header"},
    {BYTES("POST /v1/cases HTTP/1.0\r\n" HOST JSON CHUNKED "\r\n0\r\n\r\n"), 400, true,
     "bad-encoding"},
    {BYTES(POST_ HOST JSON "Content-Length : 2\r\n\r\n{}"), 400, true, "bad-header"},
    {BYTES(POST_ HOST JSON "Content-Length: +2\r\n\r\n{}"), 400, true, ""},
    {BYTES(POST_ HOST JSON "Content-Length: -2\r\n\r\n{}"), 400, true, ""},
    {BYTES(POST_ HOST JSON "Content-Length: 0x2\r\n\r\n{}"), 400, true, ""},
    {BYTES(POST_ HOST JSON "Content-Length: 2, 2\r\n\r\n{}"), 400, true, ""},
    {BYTES(POST_ HOST JSON "Content-Length:\r\n\r\n{}"), 400, true, ""},
    {BYTES(POST_ HOST JSON CHUNKED "\r\n-2\r\n{}\r\n0\r\n\r\n"), 400, true, ""},
    {BYTES(POST_ HOST JSON CHUNKED "\r\n0x2\r\n{}\r\n0\r\n\r\n"), 400, true, ""},
    {BYTES(POST_ HOST JSON CHUNKED "\r\n2\r\n{}X\r\n0\r\n\r\n"), 400, true, ""},
    {BYTES(POST_ HOST JSON CHUNKED "\r\n10000000000000002\r\n{}\r\n0\r\n\r\n"), 413, true, ""},
    {BYTES(POST_ HOST JSON CHUNKED "\r\n2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"), 400, true,
     "trailers"},
    // Heads.
    {BYTES(GET_ "\r\n"), 400, true, "bad-host"},
    {BYTES(GET_ HOST HOST "\r\n"), 400, true, "bad-host"},
    {BYTES(GET_ HOST "X: a\0b\r\nY: 1\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "X: a\0b\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "X\0Y: a\r\n\r\n"), 400, true, ""},
    {BYTES(GET_ HOST "X: a\x01\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "X: a\x7f\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "X: a\rb\r\n\r\n"), 400, true, "bad-header"},
    {BYTES("GET /v1/cases HTTP/1.1\nHost: x\n\n"), 400, true, "bad-header"},
    {BYTES("GET /v1/cases HTTP/1.1\nHost: x\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ "Host: x\nX: y\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(POST_ HOST JSON "Content-Length: 2\nX: 1\r\n\r\n{}"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "X: y\r\n Content-Length: 5\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ " X: y\r\n" HOST "\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST ": y\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "X y: z\r\n\r\n"), 400, true, "bad-header"},
    {BYTES(GET_ HOST "no colon\r\n\r\n"), 400, true, ""},
    {BYTES("GET /v1/cases HTTP/2.0\r\n" HOST "\r\n"), 505, true, ""},
    {BYTES("GET /v1/cases\r\n\r\n"), 400, true, ""},
    // Bodies.
    {BYTES(POST_ HOST "Content-Length: 2\r\n\r\n{}"), 415, false, "unsupported-media-type"},
    {BYTES(POST_ HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"), 415, false,
     "unsupported-media-type"},
    {BYTES(POST_ HOST "Content-Type: application/jsonx\r\nContent-Length: 2\r\n\r\n{}"), 415, false,
     "unsupported-media-type"},
    {BYTES(POST_ HOST JSON "Content-Length: 1001\r\n\r\n"), 413, true, "too-large"},
    {BYTES(POST_ HOST JSON "Content-Length: 99999999999999999999999\r\n\r\n"), 413, true, ""},
    {BYTES(GET_ HOST JSON "Content-Length: 2\r\n\r\n{}"), 400, false, "unexpected-body"},
    // Routes.
    {BYTES("GET /v1/cases/17 HTTP/1.1\r\n" HOST "\r\n"), 200, false, "id=17"},
    {BYTES("GET /v1/cases/a%20b/x?q=1%2B1 HTTP/1.1\r\n" HOST "\r\n"), 200, false, "q=1+1"},
    {BYTES("GET /v1/cases/ HTTP/1.1\r\n" HOST "\r\n"), 404, true, "not-found"},
    {BYTES("GET /v1/cases/1/y HTTP/1.1\r\n" HOST "\r\n"), 404, true, "not-found"},
    {BYTES("GET /v1/cases%00x HTTP/1.1\r\n" HOST "\r\n"), 404, true, "not-found"},
    {BYTES("GET /v1/cases/a%00b HTTP/1.1\r\n" HOST "\r\n"), 200, false, "id=a%00b"},
    {BYTES("GET /v1/../etc HTTP/1.1\r\n" HOST "\r\n"), 404, true, "not-found"},
    {BYTES("DELETE /v1/cases HTTP/1.1\r\n" HOST "\r\n"), 405, true, "Allow: GET, POST"},
    {BYTES("OPTIONS /v1/cases HTTP/1.1\r\n" HOST "\r\n"), 204, true, "Allow: GET, POST"},
    {BYTES("GET /v1/only?after=x&limit=5 HTTP/1.1\r\n" HOST "\r\n"), 200, false, "good"},
    {BYTES("GET /v1/only HTTP/1.1\r\n" HOST "\r\n"), 200, false, "\"limit\":7"},
    {BYTES("GET /v1/only?limit=10 HTTP/1.1\r\n" HOST "\r\n"), 200, false, "\"limit\":10"},
    // Decimal digits alone.
    {BYTES("GET /v1/only?limit=11 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=0 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit= HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=5x HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=%205 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=%2B5 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=-5 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=0x5 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?limit=99999999999999999999 HTTP/1.1\r\n" HOST "\r\n"), 400, false,
     "out-of-bounds"},
    {BYTES("GET /v1/only?limit=5&limit=6 HTTP/1.1\r\n" HOST "\r\n"), 400, false,
     "repeated-parameter"},
    {BYTES("GET /v1/only?Limit=5 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "unknown-parameter"},
    {BYTES("GET /v1/only?limit=%ff HTTP/1.1\r\n" HOST "\r\n"), 400, false, "out-of-bounds"},
    {BYTES("GET /v1/only?%ff=1 HTTP/1.1\r\n" HOST "\r\n"), 400, false, "unknown-parameter"},
};

static void check_shape(const struct shape *shape) {
    static const char next[] = GET_ HOST "\r\n";
    char answer[8192];
    int before = handled;
    int socket_ = probe_connect();
    assert_true(socket_ >= 0);
    probe_send(socket_, shape->bytes, shape->size);
    probe_send(socket_, next, sizeof next - 1);
    size_t answers = 0;
    bool closed = false;
    char all[16384] = "";
    while (!closed && answers < (shape->close ? 9u : shape->status == 100 ? 3u : 2u)) {
        size_t used = strlen(all);
        closed = probe_read(socket_, answer, sizeof answer, "HTTP/1.1 ", 2000);
        assert_true(closed || answer[0] != '\0');
        snprintf(all + used, sizeof all - used, "%s", answer);
        answers = probe_answers(all);
    }
    close(socket_);
    if (probe_status(all) != shape->status || closed != shape->close ||
        (shape->close && handled != before) || strstr(all, shape->holds) == NULL) {
        fail_msg("%.*s\n---- wanted %d close=%d \"%s\", got close=%d answers=%zu:\n%s",
                 (int)shape->size, shape->bytes, shape->status, shape->close, shape->holds, closed,
                 answers, all);
    }
}

static void test_http_shape_is_taken_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SHAPES); i++) {
        check_shape(&SHAPES[i]);
    }
}

static void test_http_refused_body_is_never_a_request(void **state) {
    (void)state;
    static const char bytes[] = "POST /nowhere HTTP/1.1\r\n" HOST JSON "Content-Length: 38\r\n\r\n"
                                "GET /v1/cases HTTP/1.1\r\nHost: x\r\nX: \r\n\r\n";
    char answer[8192];
    int before = handled;
    int socket_ = probe_connect();
    probe_send(socket_, bytes, sizeof bytes - 1);
    assert_true(probe_read(socket_, answer, sizeof answer, NULL, 2000));
    close(socket_);
    assert_int_equal(probe_answers(answer), 1);
    assert_int_equal(probe_status(answer), 404);
    assert_int_equal(handled, before);
}

static void test_http_pipelined_requests_are_answered_in_order(void **state) {
    (void)state;
    char bytes[8192] = "";
    char answer[16384];
    for (int i = 0; i < 20; i++) {
        size_t used = strlen(bytes);
        snprintf(bytes + used, sizeof bytes - used,
                 "GET /v1/cases/%02d HTTP/1.1\r\nHost: x\r\n\r\n", i);
    }
    int socket_ = probe_connect();
    probe_send(socket_, bytes, strlen(bytes));
    probe_read(socket_, answer, sizeof answer, "id=19", 3000);
    close(socket_);
    const char *at = answer;
    for (int i = 0; i < 20; i++) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "id=%02d", i);
        at = strstr(at, wanted);
        assert_non_null(at);
    }
}

// The check of line ends looks at distances in libmicrohttpd's buffer: it must hold while that
// grows, and for heads that come byte by byte.
static void test_http_large_and_slow_heads_are_taken(void **state) {
    (void)state;
    char answer[4096];
    char line[800];
    int socket_ = probe_connect();
    probe_send(socket_, BYTES(GET_ HOST));
    for (int i = 0; i < 25; i++) {
        int size = snprintf(line, sizeof line, "X-%d: %0700d\r\n", i, i);
        probe_send(socket_, line, (size_t)size);
        clock_sleep_ms(2);
    }
    probe_send(socket_, BYTES("\r\n"));
    probe_read(socket_, answer, sizeof answer, ">", 2000);
    assert_int_equal(probe_status(answer), 200);
    static const char slow[] = POST_ HOST JSON "A: b\r\nContent-Length: 2\r\nC:d\r\n\r\n{}";
    for (size_t i = 0; i < sizeof slow - 1; i++) {
        probe_send(socket_, slow + i, 1);
        clock_sleep_ms(1);
    }
    probe_read(socket_, answer, sizeof answer, "body={}>", 2000);
    assert_int_equal(probe_status(answer), 200);
    close(socket_);
}

static void test_http_too_many_headers_are_refused(void **state) {
    (void)state;
    char answer[4096];
    int socket_ = probe_connect();
    probe_send(socket_, BYTES(GET_ HOST));
    for (int i = 0; i < 64; i++) {
        probe_send(socket_, BYTES("X: 1\r\n"));
    }
    probe_send(socket_, BYTES("\r\n"));
    assert_true(probe_read(socket_, answer, sizeof answer, NULL, 2000));
    assert_int_equal(probe_status(answer), 400);
    close(socket_);
}

// libmicrohttpd has no memory for so many and never answers by itself.
static void test_http_too_many_query_parameters_are_refused(void **state) {
    (void)state;
    static const char begin[] = "GET /v1/cases?";
    static const char end[] = " HTTP/1.1\r\n" HOST "\r\n";
    char answer[4096];
    char query[8001];
    for (size_t i = 0; i < sizeof query - 1; i++) {
        query[i] = i % 4 == 3 ? '&' : 'a';
    }
    int before = handled;
    int socket_ = probe_connect();
    probe_send(socket_, begin, sizeof begin - 1);
    probe_send(socket_, query, sizeof query - 1);
    probe_send(socket_, end, sizeof end - 1);
    assert_true(probe_read(socket_, answer, sizeof answer, NULL, 10000));
    close(socket_);
    assert_int_equal(probe_status(answer), 431);
    assert_int_equal(probe_answers(answer), 1);
    assert_non_null(strstr(answer, "application/problem+json"));
    assert_int_equal(handled, before);
}

static void test_http_oversized_chunked_body_is_413_or_cut(void **state) {
    (void)state;
    char answer[4096];
    char chunk[2100];
    memset(chunk, 'x', sizeof chunk);
    int socket_ = probe_connect();
    probe_send(socket_, BYTES(POST_ HOST JSON CHUNKED "\r\n7d0\r\n"));
    probe_send(socket_, chunk, 2000);
    probe_send(socket_, BYTES("\r\n0\r\n\r\n"));
    assert_true(probe_read(socket_, answer, sizeof answer, NULL, 2000));
    assert_int_equal(probe_status(answer), 413);
    close(socket_);
    socket_ = probe_connect();
    probe_send(socket_, BYTES(POST_ HOST JSON CHUNKED "\r\nffffff\r\n"));
    for (int i = 0; i < 4; i++) {
        probe_send(socket_, chunk, sizeof chunk);
    }
    assert_true(probe_read(socket_, answer, sizeof answer, NULL, 2000)); // without its end
    close(socket_);
}

static const struct {
    enum rc rc;
    int status;
    const char *code;
    const char *detail;
} PROBLEMS[] = {
    {RC_INVALID, 400, "invalid", "the reason"},
    {RC_NOT_FOUND, 404, "not-found", "the reason"},
    {RC_CONFLICT, 409, "conflict", "the reason"},
    {RC_FORBIDDEN, 403, "forbidden", "the reason"},
    {RC_UNAVAILABLE, 503, "unavailable", "the reason"},
    {RC_INTERNAL, 500, "internal", "an internal error; it has been logged"},
};

static void test_http_problem_follows_rfc_9457(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(PROBLEMS); i++) {
        char bytes[128];
        char answer[4096];
        int size = snprintf(bytes, sizeof bytes, "GET /v1/problem/%d HTTP/1.1\r\nHost: x\r\n\r\n",
                            (int)PROBLEMS[i].rc);
        int socket_ = probe_connect();
        probe_send(socket_, bytes, (size_t)size);
        probe_read(socket_, answer, sizeof answer, "}", 2000);
        close(socket_);
        json_t *body = json_loads(strchr(answer, '{'), 0, NULL);
        assert_int_equal(probe_status(answer), PROBLEMS[i].status);
        assert_int_equal(json_integer_value(json_object_get(body, "status")), PROBLEMS[i].status);
        assert_string_equal(json_string_value(json_object_get(body, "code")), PROBLEMS[i].code);
        assert_string_equal(json_string_value(json_object_get(body, "detail")), PROBLEMS[i].detail);
        assert_non_null(strstr(answer, "Content-Type: application/problem+json"));
        assert_non_null(strstr(answer, "Cache-Control: no-store"));
        assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
        assert_int_equal(strstr(answer, "Retry-After: 1") != NULL, PROBLEMS[i].status == 503);
        json_decref(body);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_shape_is_taken_or_refused),
        cmocka_unit_test(test_http_refused_body_is_never_a_request),
        cmocka_unit_test(test_http_pipelined_requests_are_answered_in_order),
        cmocka_unit_test(test_http_large_and_slow_heads_are_taken),
        cmocka_unit_test(test_http_too_many_headers_are_refused),
        cmocka_unit_test(test_http_too_many_query_parameters_are_refused),
        cmocka_unit_test(test_http_oversized_chunked_body_is_413_or_cut),
        cmocka_unit_test(test_http_problem_follows_rfc_9457),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
