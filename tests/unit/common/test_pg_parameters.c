// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's binary formats, byte by byte.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/pg.h"
#include "common/redis.h"

#define UUID "01234567-89ab-8def-8123-456789abcdef"

static void test_pg_scalars_are_in_network_order(void **state) {
    (void)state;
    struct pg_parameters parameters = {0};
    static const struct {
        Oid type;
        int length;
        const char *bytes;
    } wanted[] = {{25, 4, "text"},
                  {20, 8, "\xff\xff\xff\xff\xff\xff\xff\xfe"},
                  {23, 4, "\x00\x01\x02\x03"},
                  {16, 1, "\x01"},
                  {17, 3, "\x00\xff\x7f"},
                  {2950, 16, "\x01\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef"},
                  {1184, 8, "\x00\x00\x00\x00\x00\x00\x03\xe8"}};
    pg_add_text(&parameters, "text");
    pg_add_int8(&parameters, -2);
    pg_add_int4(&parameters, 0x010203);
    pg_add_bool(&parameters, true);
    pg_add_bytes(&parameters, "\x00\xff\x7f", 3);
    pg_add_uuid(&parameters, UUID);
    pg_add_time(&parameters, INT64_C(946684800001)); // a millisecond into 2000
    assert_false(parameters.failed);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(parameters.types[i], wanted[i].type);
        assert_int_equal(parameters.formats[i], 1);
        assert_int_equal(parameters.lengths[i], wanted[i].length);
        assert_memory_equal(parameters.values[i], wanted[i].bytes, (size_t)wanted[i].length);
    }
    pg_parameters_free(&parameters);
}

static void test_pg_absent_values_are_null(void **state) {
    (void)state;
    struct pg_parameters parameters = {0};
    pg_add_text(&parameters, NULL);
    pg_add_bytes(&parameters, NULL, 0);
    pg_add_uuid(&parameters, NULL);
    pg_add_time(&parameters, 0);
    assert_int_equal(parameters.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_null(parameters.values[i]);
    }
    assert_false(parameters.failed);
    pg_parameters_free(&parameters);
}

static void test_pg_wrong_or_too_many_parameters_fail(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "01234567", "01234567-89ab-8def-8123-456789abcdeg"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct pg_parameters parameters = {0};
        pg_add_uuid(&parameters, wrong[i]);
        assert_true(parameters.failed);
        pg_parameters_free(&parameters);
    }
    struct pg_parameters many = {0};
    for (int i = 0; i < PG_PARAMETERS; i++) {
        pg_add_int8(&many, i);
    }
    assert_false(many.failed);
    pg_add_int8(&many, 0);
    assert_true(many.failed);
    pg_parameters_free(&many);
}

static void test_pg_array_has_its_header_and_elements(void **state) {
    (void)state;
    static const char wanted[] = "\0\0\0\1"  // one dimension
                                 "\0\0\0\1"  // which may hold NULL
                                 "\0\0\0\31" // of text
                                 "\0\0\0\3"  // three elements
                                 "\0\0\0\1"  // from 1
                                 "\0\0\0\2ab"
                                 "\377\377\377\377"
                                 "\0\0\0\0";
    struct pg_parameters parameters = {0};
    struct pg_array array;
    pg_array_begin(&array, PG_TEXT);
    pg_array_text(&array, "ab");
    pg_array_text(&array, NULL);
    pg_array_text(&array, "");
    pg_add_array(&parameters, &array);
    assert_false(parameters.failed);
    assert_int_equal(parameters.types[0], 1009);
    assert_int_equal(parameters.lengths[0], sizeof wanted - 1);
    assert_memory_equal(parameters.values[0], wanted, sizeof wanted - 1);
    pg_parameters_free(&parameters);
}

static void test_pg_array_of_wrong_uuids_fails_the_parameters(void **state) {
    (void)state;
    struct pg_parameters parameters = {0};
    struct pg_array array;
    pg_array_begin(&array, PG_UUID);
    pg_array_uuid(&array, UUID);
    pg_array_uuid(&array, "not a uuid");
    pg_add_array(&parameters, &array);
    assert_true(parameters.failed);
    assert_null(array.bytes); // taken over all the same
    pg_parameters_free(&parameters);
}

static void test_pg_verdict_tells_what_may_help(void **state) {
    (void)state;
    static const struct {
        const char *sqlstate;
        enum rc rc;
    } rows[] = {{NULL, RC_UNAVAILABLE},    {"08006", RC_UNAVAILABLE}, {"53300", RC_UNAVAILABLE},
                {"57P01", RC_UNAVAILABLE}, {"40001", RC_UNAVAILABLE}, {"40P01", RC_UNAVAILABLE},
                {"55P03", RC_UNAVAILABLE}, {"23505", RC_CONFLICT},    {"42601", RC_INTERNAL},
                {"22021", RC_INTERNAL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(pg_verdict(rows[i].sqlstate), rows[i].rc);
    }
}

static void test_redis_reply_of_another_shape_holds_nothing(void **state) {
    (void)state;
    char text[] = "42";
    const struct {
        redisReply reply;
        const char *text;
        int64_t number;
    } rows[] = {{{.type = REDIS_REPLY_STRING, .str = text, .len = 2}, "42", 42},
                {{.type = REDIS_REPLY_STATUS, .str = text, .len = 2}, "42", 42},
                {{.type = REDIS_REPLY_INTEGER, .integer = 7}, "", 7},
                {{.type = REDIS_REPLY_NIL}, "", 0},
                {{.type = REDIS_REPLY_ARRAY}, "", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(redis_text(&rows[i].reply), rows[i].text);
        assert_int_equal(redis_number(&rows[i].reply), rows[i].number);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pg_scalars_are_in_network_order),
        cmocka_unit_test(test_pg_absent_values_are_null),
        cmocka_unit_test(test_pg_wrong_or_too_many_parameters_fail),
        cmocka_unit_test(test_pg_array_has_its_header_and_elements),
        cmocka_unit_test(test_pg_array_of_wrong_uuids_fails_the_parameters),
        cmocka_unit_test(test_pg_verdict_tells_what_may_help),
        cmocka_unit_test(test_redis_reply_of_another_shape_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
