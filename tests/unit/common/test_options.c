// SPDX-License-Identifier: Apache-2.0
// Options from the environment: an entry of the table wins over Kafka's pass-through.
#include "common/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct config {
    char *instance_id;
    char *token;
};

static const struct option_entry entries[] = {
    OPTION(OPTION_TEXT, struct config, instance_id, "kafka.instance_id", "", 0, 64, "instance"),
    OPTION(OPTION_SECRET, struct config, token, "service.token", "", 0, 64, "token"),
};

static int clear_environment(void **state) {
    (void)state;
    unsetenv("REDRESS_KAFKA_INSTANCE_ID");
    unsetenv("REDRESS_KAFKA_SESSION_TIMEOUT_MS");
    unsetenv("REDRESS_KAFKA_SASL_PASSWORD");
    unsetenv("REDRESS_KAFKA_SASL_PASSWORD_FILE");
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

static void test_options_secret_variable_is_taken_and_wiped(void **state) {
    (void)state;
    struct config config = {0};
    struct options options = {.tables = {entries}, .counts = {COUNT(entries)}, .config = &config};
    struct error error;
    setenv("REDRESS_SERVICE_TOKEN", "planted", 1);
    setenv("REDRESS_KAFKA_SASL_PASSWORD", "planted", 1);
    const char *token = getenv("REDRESS_SERVICE_TOKEN");
    assert_int_equal(options_load(&options, NULL, &error), RC_OK);
    assert_string_equal(config.token, "planted");
    assert_string_equal(options.kafka[0].value, "planted");
    assert_string_equal(token, "");
    assert_null(getenv("REDRESS_SERVICE_TOKEN"));
    assert_string_equal(getenv("REDRESS_KAFKA_SASL_PASSWORD"), "");
    options_free(&options);
}

static void test_options_kafka_secret_comes_from_a_file(void **state) {
    (void)state;
    struct config config = {0};
    struct options options = {.tables = {entries}, .counts = {COUNT(entries)}, .config = &config};
    struct error error;
    char path[] = "/tmp/redress-options-XXXXXX";
    int file = mkstemp(path);
    assert_int_equal(write(file, "planted\n", 8), 8);
    close(file);
    setenv("REDRESS_KAFKA_SASL_PASSWORD_FILE", path, 1);
    assert_int_equal(options_load(&options, NULL, &error), RC_OK);
    assert_int_equal(options.kafka_count, 1);
    assert_string_equal(options.kafka[0].name, "sasl.password");
    assert_string_equal(options.kafka[0].value, "planted");
    unlink(path);
    options_free(&options);
}

static void test_options_kafka_secrets_are_known_by_name(void **state) {
    (void)state;
    static const char *const secret[] = {"sasl.password", "ssl.key.pem", "ssl.key.password",
                                         "sasl.oauthbearer.client.secret",
                                         "sasl.oauthbearer.config"};
    static const char *const open[] = {"ssl.key.location", "ssl.ca.location", "linger.ms"};
    for (size_t i = 0; i < COUNT(secret); i++) {
        assert_true(option_kafka_is_secret(secret[i]));
    }
    for (size_t i = 0; i < COUNT(open); i++) {
        assert_false(option_kafka_is_secret(open[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_options_kafka_variable_of_an_entry_is_not_passed_through,
                                  clear_environment),
        cmocka_unit_test_teardown(test_options_kafka_variable_without_entry_is_a_property,
                                  clear_environment),
        cmocka_unit_test_teardown(test_options_secret_variable_is_taken_and_wiped,
                                  clear_environment),
        cmocka_unit_test_teardown(test_options_kafka_secret_comes_from_a_file, clear_environment),
        cmocka_unit_test(test_options_kafka_secrets_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
