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
#include "common/jwt.h"
#include "common/options.h"
#include "common/pg.h"
#include "common/proposal.h"
#include "common/protobuf.h"
#include "common/redis.h"
#include "common/region.h"

#include "redress/v1/facts.pb-c.h"

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
    struct jwt_keys *keys = NULL;
    enum rc rc = jwt_keys_load(&keys, "tests/fuzz/corpus/jwks/edwards", "i", "a", error);
    jwt_keys_free(keys);
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
                    {open_postgres, 2},     {unpack_fact, 25}};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_true(allocation_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
