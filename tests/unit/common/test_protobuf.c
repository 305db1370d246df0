// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/protobuf.h"

#include "redress/v1/facts.pb-c.h"

#define MOST 65536

// As a wire says that the meta's list of names has so many empty ones.
static size_t write_names(uint8_t *bytes, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        bytes[size++] = 9 << 3 | 2; // withheld_from
        bytes[size++] = 0;
    }
    return size;
}

static enum rc unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                      size_t size, struct error *error) {
    ProtobufCMessage *message = NULL;
    enum rc rc = protobuf_unpack(descriptor, bytes, size, &message, error);
    assert_int_equal(rc == RC_OK, message != NULL);
    protobuf_free(message);
    return rc;
}

static void test_bytes_are_a_message_or_for_a_dead_letter(void **unused) {
    (void)unused;
    static const struct {
        const char *bytes;
        size_t size;
        enum rc rc;
    } rows[] = {{"", 0, RC_OK},
                {"\x0a\x03"
                 "abc",
                 5, RC_OK},
                {"\x0a\x04"
                 "abc",
                 5, RC_INVALID},         // it ends within a field
                {"\x0a", 1, RC_INVALID}, // within a tag's value
                {"no fact", 7, RC_INVALID}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error error = {.code = ""};
        enum rc rc = unpack(&redress__v1__fact_meta__descriptor, (const uint8_t *)rows[i].bytes,
                            rows[i].size, &error);
        assert_int_equal(rc, rows[i].rc);
        assert_string_equal(error.code, rc == RC_OK ? "" : "undecodable");
        assert_true(rc == RC_OK || strstr(error.text, "redress.v1.FactMeta") != NULL);
    }
}

static void test_what_a_message_allocates_is_bounded_by_its_size(void **unused) {
    (void)unused;
    static uint8_t bytes[MOST];
    struct error error;
    ProtobufCMessageDescriptor greedy = redress__v1__fact_meta__descriptor;
    size_t size = write_names(bytes, MOST / 2);
    assert_int_equal(unpack(&greedy, bytes, size, &error), RC_OK);
    greedy.sizeof_message = PROTOBUF_ROOM(size) / 2;
    assert_int_equal(unpack(&greedy, bytes, size, &error), RC_OK);
    greedy.sizeof_message = PROTOBUF_ROOM(size) + 1;
    assert_int_equal(unpack(&greedy, bytes, size, &error), RC_INVALID);
    assert_string_equal(error.code, "undecodable");
}

// Each time that the meta is told again, protobuf-c copies what it has so far: the list doubles.
static void test_a_part_that_is_told_again_and_again_has_an_end(void **unused) {
    (void)unused;
    static uint8_t bytes[MOST];
    struct error error;
    size_t size = 0;
    while (size + 32 + 2 <= MOST) {
        bytes[size] = 1 << 3 | 2; // meta
        bytes[size + 1] = 32;
        size += 2 + write_names(bytes + size + 2, 16);
    }
    assert_int_equal(unpack(&redress__v1__any_fact__descriptor, bytes, size, &error), RC_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_a_message_or_for_a_dead_letter),
        cmocka_unit_test(test_what_a_message_allocates_is_bounded_by_its_size),
        cmocka_unit_test(test_a_part_that_is_told_again_and_again_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
