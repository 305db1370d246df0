// SPDX-License-Identifier: Apache-2.0
// Options from the environment: an entry of the table wins over Kafka's pass-through.
#include "common/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct config {
    char *instance_id;
};

static const struct option_entry entries[] = {
    OPTION(OPTION_TEXT, struct config, instance_id, "kafka.instance_id", "", 0, 64, "instance"),
};

static int clear_environment(void **state) {
    (void)state;
    unsetenv("REDRESS_KAFKA_INSTANCE_ID");
    unsetenv("REDRESS_KAFKA_SESSION_TIMEOUT_MS");
    return 0;
}

static void test_options_kafka_variable_of_an_entry_is_not_passed_through(void **state) {
    (void)state;
    struct config config = {0};
    struct options options = {.tables = {entries}, .counts = {COUNT(entries)}, .config = &config};
    struct error error;
    setenv("REDRESS_KAFKA_INSTANCE_ID", "ledger-1", 1);
    assert_int_equal(options_load(&options, NULL, &error), RC_OK);
    assert_string_equal(config.instance_id, "ledger-1");
    assert_int_equal(options.kafka_count, 0);
    options_free(&options);
}

static void test_options_kafka_variable_without_entry_is_a_property(void **state) {
    (void)state;
    struct config config = {0};
    struct options options = {.tables = {entries}, .counts = {COUNT(entries)}, .config = &config};
    struct error error;
    setenv("REDRESS_KAFKA_SESSION_TIMEOUT_MS", "6000", 1);
    assert_int_equal(options_load(&options, NULL, &error), RC_OK);
    assert_int_equal(options.kafka_count, 1);
    assert_string_equal(options.kafka[0].name, "session.timeout.ms");
    assert_string_equal(options.kafka[0].value, "6000");
    options_free(&options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_options_kafka_variable_of_an_entry_is_not_passed_through,
                                  clear_environment),
        cmocka_unit_test_teardown(test_options_kafka_variable_without_entry_is_a_property,
                                  clear_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
