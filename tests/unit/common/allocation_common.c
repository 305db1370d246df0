// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocation.h"
#include "common/http_client.h"
#include "common/json.h"
#include "common/jwt.h"
#include "common/options.h"
#include "common/pg.h"
#include "common/proposal.h"
#include "common/protobuf.h"
#include "common/redis.h"
#include "common/region.h"

#include "redress/v1/facts.pb-c.h"

#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECRET                                                                                     \
    "0000000000000000000000000000000000000000000000000000000000000000"                             \
    "0000000000000000000000000000000000000000000000000000000000000000"

static enum rc load_region(struct error *error) {
    struct region *region = NULL;
    enum rc rc = region_load(&region, "deploy/region/example", error);
    region_free(region);
    return rc;
}

static enum rc mint_token(struct error *error) {
    char *token = NULL;
    json_t *claims = json_pack("{s:s}", "sub", "li.wei");
    enum rc rc = jwt_mint(SECRET, "key-1", claims, &token, error);
    assert_int_equal(rc == RC_OK, token != NULL);
    free(token);
    json_decref(claims);
    return rc;
}

static enum rc load_keys(struct error *error) {
    struct jwt_keys *loaded = NULL;
    enum rc rc = jwt_keys_load(&loaded, "tests/fuzz/corpus/jwks/edwards", "i", "a", error);
    jwt_keys_free(loaded);
    return rc;
}

// A list is built without a look at each call: its text is whole, or none.
static enum rc build_json(struct error *error) {
    static size_t whole;
    json_t *list = json_array();
    for (int i = 0; i < 20; i++) {
        json_array_append_new(list, json_pack("{s:i, s:s}", "number", i, "name", "周晓岚"));
    }
    json_t *page = json_pack("{s:o}", "items", list);
    json_object_set_new(page, "next", json_string("20"));
    char *text = json_text(page, JSON_COMPACT);
    json_decref(page);
    if (text == NULL) {
        return error_set(error, RC_UNAVAILABLE, "out of memory, as the caller says");
    }
    whole = whole == 0 ? strlen(text) : whole;
    assert_int_equal(strlen(text), whole);
    free(text);
    return RC_OK;
}

// What there is no memory to read is not called bad.
static enum rc read_json(struct error *error) {
    static const char text[] =
        "{\"items\": [{\"name\": \"周晓岚\"}, 1, 2.5, true, \"\\u5468\"], \"next\": null}";
    json_t *json = NULL;
    enum rc rc = json_read_object(text, sizeof text - 1, &json, error);
    assert_true(rc != RC_OK || json_array_size(json_object_get(json, "items")) == 5);
    assert_int_equal(json_whole(NULL), RC_OK); // it was told
    json_decref(json);
    return rc;
}

// Who has a good token is not refused for want of memory.
static struct jwt_keys *keys;
static char *authorization;

static enum rc verify_token(struct error *error) {
    json_t *claims = NULL;
    enum rc rc = jwt_verify(keys, authorization, 1, &claims, error);
    assert_int_equal(rc == RC_OK, claims != NULL);
    json_decref(claims);
    return rc;
}

struct config {
    char *name;
    char *secret;
    int64_t number;
};

static enum rc load_options(struct error *error) {
    static const struct option_entry entries[] = {
        OPTION(OPTION_TEXT, struct config, name, "name", "fallback", 1, 64, "a name"),
        OPTION(OPTION_SECRET, struct config, secret, "secret", "", 0, 64, "a secret"),
        OPTION(OPTION_NUMBER, struct config, number, "number", "7", 1, 9, "a number"),
    };
    struct config config = {0};
    struct options options = {.tables = {entries}, .counts = {3}, .config = &config};
    setenv("REDRESS_NAME", "from the environment", 1);
    setenv("REDRESS_KAFKA_SESSION_TIMEOUT_MS", "6000", 1);
    enum rc rc = options_load(&options, NULL, error);
    options_free(&options);
    return rc;
}

static enum rc open_redis(struct error *error) {
    struct redis_pool *pool = NULL;
    enum rc rc = redis_pool_new(&pool, "127.0.0.1", 1, 100, 3, error);
    redis_pool_free(pool);
    return rc;
}

// Redis is the other end of a socket, and has answered before it is asked.
static const char answers[] = "+OK\r\n*4\r\n$3\r\nabc\r\n:7\r\n*1\r\n$1\r\nx\r\n$-1\r\n";
static int redis_peer = -1;

__typeof__(redisAppendCommandArgv) __wrap_redisAppendCommandArgv, __real_redisAppendCommandArgv;
__typeof__(redisConnectWithTimeout) __wrap_redisConnectWithTimeout;

// hiredis 0.14 leaves some bytes behind where it finds no memory to spell a command, and ends the
// process where it finds none once it has sent it: reading the answers is what fails here.
int __wrap_redisAppendCommandArgv(redisContext *context, int count, const char **arguments,
                                  const size_t *sizes) {
    int done = 0;
    allocation_spare(true);
    int result = __real_redisAppendCommandArgv(context, count, arguments, sizes);
    while (result == REDIS_OK && !done) {
        result = redisBufferWrite(context, &done);
    }
    allocation_spare(false);
    return result;
}

redisContext *__wrap_redisConnectWithTimeout(const char *host, int port,
                                             const struct timeval timeout) {
    int ends[2];
    (void)host;
    (void)port;
    (void)timeout;
    assert_int_equal(redis_peer, -1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[1], answers, sizeof answers - 1), sizeof answers - 1);
    redis_peer = ends[1];
    redisContext *context = redisConnectFd(ends[0]);
    if (context == NULL) {
        close(ends[0]);
    }
    return context;
}

static enum rc take_answers(struct redis *redis, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(redis, &reply, error, "SET", "key", "value", NULL);
    if (rc == RC_OK) {
        assert_string_equal(redis_text(reply), "OK");
        freeReplyObject(reply);
        rc = redis_script(redis, &reply, "return 1", (const char *const[]){"key"}, 1, NULL, 0,
                          error);
    }
    if (rc == RC_OK) {
        assert_int_equal(reply->elements, 4);
        assert_string_equal(redis_text(reply->element[0]), "abc");
        assert_int_equal(redis_number(reply->element[1]), 7);
        assert_string_equal(redis_text(reply->element[2]->element[0]), "x");
        assert_int_equal(reply->element[3]->type, REDIS_REPLY_NIL);
        freeReplyObject(reply);
    }
    return rc;
}

// An answer that lacks memory is a lost connection, not an answer of nothing.
static enum rc ask_redis(struct error *error) {
    struct redis *redis = NULL;
    enum rc rc = redis_new(&redis, "127.0.0.1", 1, 100, error);
    rc = rc == RC_OK ? take_answers(redis, error) : rc;
    redis_free(redis);
    if (redis_peer != -1) {
        close(redis_peer);
        redis_peer = -1;
    }
    return rc;
}

// Nobody listens on port 1: that is told apart from a want of memory.
static enum rc ask_nobody(struct error *error) {
    struct http_client *client = NULL;
    long status = 0;
    json_t *answer = NULL;
    enum rc rc = http_client_new(&client, "http://127.0.0.1:1", "token", 1000, error);
    if (rc == RC_OK) {
        rc = http_client_json(client, "GET", "/", NULL, NULL, &status, &answer, error);
        rc = rc == RC_UNAVAILABLE ? RC_OK : rc;
    }
    http_client_free(client);
    return rc;
}

// A broker that is not there is no want of memory: handles open without it.
static enum rc open_bus(struct error *error) {
    const struct bus_settings settings = {.brokers = "127.0.0.1:1", .client_id = "test"};
    const struct bus_consumer_settings consumption = {
        .bus = settings, .group = "test", .topics = {"test", NULL}};
    struct bus_producer *producer = NULL;
    struct bus_consumer *consumer = NULL;
    enum rc rc = bus_producer_new(&producer, &settings, error);
    rc = rc == RC_OK ? bus_consumer_start(&consumer, &consumption, error) : rc;
    bus_consumer_free(consumer);
    bus_producer_free(producer);
    return rc;
}

static enum rc open_postgres(struct error *error) {
    struct pg_pool *pool = NULL;
    enum rc rc = pg_pool_new(&pool, "postgresql://127.0.0.1:1/none", "test", "ledger", 2, error);
    pg_pool_free(pool);
    return rc == RC_UNAVAILABLE && !allocation_failed() ? RC_OK : rc;
}

static enum rc encode_parameters(struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array array;
    pg_add_text(&parameters, "text");
    pg_add_int8(&parameters, 8);
    pg_add_bytes(&parameters, NULL, 0);
    pg_array_begin(&array, PG_TEXT);
    for (int i = 0; i < 200; i++) {
        pg_array_text(&array, "an element that lets the array grow");
    }
    pg_add_array(&parameters, &array);
    bool failed = parameters.failed;
    pg_parameters_free(&parameters);
    return failed ? error_set(error, RC_INTERNAL, "out of memory, as the next run will say")
                  : RC_OK;
}

__typeof__(bus_publish) __wrap_bus_publish;

enum rc __wrap_bus_publish(struct bus_producer *producer, const struct bus_message *message,
                           bus_delivered delivered, void *opaque, struct error *error) {
    (void)producer;
    (void)error;
    assert_int_equal(message->key_size, 36);
    delivered(opaque, BUS_DELIVERED, "");
    return RC_OK;
}

static enum rc publish_proposal(struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__WarnClock message = REDRESS__V1__WARN_CLOCK__INIT;
    struct bus_wait wait;
    proposal_meta(&meta, "01234567-89ab-8def-8123-456789abcdef", "bureau",
                  "01234567-89ab-8def-8123-456789abcdef", "test");
    message.meta = &meta;
    bus_wait_init(&wait);
    enum rc rc = proposal_publish(NULL, &message.base, &meta, NULL, &wait, error);
    enum rc end = bus_wait_end(&wait, NULL);
    assert_int_equal(rc == RC_OK, end == RC_OK);
    return rc;
}

// More fields than protobuf-c has room for at first, one of each way to allocate.
static enum rc unpack_fact(struct error *error) {
    static uint8_t bytes[512];
    char *names[20];
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
    ProtobufCMessageUnknownField unknown = {2000, PROTOBUF_C_WIRE_TYPE_VARINT, 1, (uint8_t[]){1}};
    ProtobufCMessage *message = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        names[i] = "li.wei";
    }
    meta.case_id = "01234567-89ab-8def-8123-456789abcdef";
    meta.n_withheld_from = sizeof names / sizeof names[0];
    meta.withheld_from = names;
    fact.meta = &meta;
    fact.n_contact_hashes = 1;
    fact.contact_hashes = &(ProtobufCBinaryData){4, (uint8_t[]){1, 2, 3, 4}};
    fact.base.n_unknown_fields = 1;
    fact.base.unknown_fields = &unknown;
    size_t size = protobuf_c_message_pack(&fact.base, bytes);
    enum rc rc =
        protobuf_unpack(&redress__v1__case_registered__descriptor, bytes, size, &message, error);
    assert_int_equal(rc == RC_OK, message != NULL);
    protobuf_free(message);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least; // allocations that are known to be there
    } attempts[] = {{load_region, 4},       {mint_token, 4},       {load_keys, 5},
                    {load_options, 5},      {open_redis, 4},       {ask_nobody, 4},
                    {encode_parameters, 5}, {publish_proposal, 1}, {open_bus, 2},
                    {open_postgres, 2},     {unpack_fact, 25},     {build_json, 100},
                    {read_json, 15},        {verify_token, 15},    {ask_redis, 15}};
    struct error error;
    assert_int_equal(build_json(&error), RC_OK); // as it is when nothing fails
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_true(allocation_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

// A key set, and a token under it.
static int set_up(void **unused) {
    unsigned char public_key[32];
    unsigned char secret[64];
    char hex[129];
    char path[64];
    char *token = NULL;
    (void)unused;
    crypto_sign_keypair(public_key, secret);
    sodium_bin2hex(hex, sizeof hex, secret, sizeof secret);
    snprintf(path, sizeof path, "/tmp/test-allocation-%d.json", (int)getpid());
    json_t *set = jwt_jwks(public_key, "key-1");
    json_t *claims = json_pack("{s:s, s:s, s:s, s:I}", "iss", "i", "aud", "a", "sub", "li.wei",
                               "exp", (json_int_t)4102444800);
    bool good = json_dump_file(set, path, 0) == 0 &&
                jwt_keys_load(&keys, path, "i", "a", NULL) == RC_OK &&
                jwt_mint(hex, "key-1", claims, &token, NULL) == RC_OK &&
                asprintf(&authorization, "Bearer %s", token) > 0;
    unlink(path);
    free(token);
    json_decref(claims);
    json_decref(set);
    return good ? 0 : -1;
}

static int tear_down(void **unused) {
    (void)unused;
    jwt_keys_free(keys);
    free(authorization);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
