// SPDX-License-Identifier: Apache-2.0
// The producing half against librdkafka's own mock cluster, which answers with the errors it is
// told to.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "common/bus.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/service.h"

#define TOPIC "redress.proposals"
#define PATIENCE_MS 60000
#define API_PRODUCE 0
#define API_INIT_PRODUCER_ID 22
#define MANY 200

static rd_kafka_t *mock_owner;
static rd_kafka_mock_cluster_t *cluster;
static atomic_uint service_failures; // by the thread that polls

__typeof__(service_fail) __wrap_service_fail;
void __wrap_service_fail(const struct error *error) {
    assert_int_equal(error->rc, RC_INTERNAL);
    service_failures++;
}

static int start_cluster(void **state) {
    char text[256];
    (void)state;
    log_init("test", LOG_ERROR);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "log_level", "2", text, sizeof text), 0);
    mock_owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    assert_non_null(mock_owner);
    cluster = rd_kafka_mock_cluster_new(mock_owner, 1);
    assert_non_null(cluster);
    return rd_kafka_mock_topic_create(cluster, TOPIC, 1, 1) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static int stop_cluster(void **state) {
    (void)state;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(mock_owner);
    return 0;
}

static struct bus_producer *open_producer(const char *property, char *value) {
    struct option_pair pair = {.name = (char *)property, .value = value};
    const struct options options = {.kafka = &pair, .kafka_count = property == NULL ? 0 : 1};
    const struct bus_settings settings = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster),
                                          .client_id = "test",
                                          .pass_through = &options};
    struct bus_producer *producer = NULL;
    struct error error = {.text = ""};
    if (bus_producer_new(&producer, &settings, &error) != RC_OK) {
        fail_msg("%s", error.text);
    }
    return producer;
}

static struct bus_message message(void) {
    return (struct bus_message){
        .topic = TOPIC, .key = "key", .key_size = 3, .value = "value", .value_size = 5};
}

// Publishes one message and waits for its report.
static enum rc publish(struct bus_producer *producer, struct error *error) {
    const struct bus_message outgoing = message();
    struct bus_wait wait;
    bus_wait_init(&wait);
    enum rc rc = bus_wait_publish(&wait, producer, &outgoing, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

static void push_errors(int16_t api, rd_kafka_resp_err_t code) {
    rd_kafka_resp_err_t codes[MANY];
    for (size_t i = 0; i < MANY; i++) {
        codes[i] = code;
    }
    rd_kafka_mock_push_request_errors_array(cluster, api, MANY, codes);
}

static void test_bus_message_taken_is_delivered(void **state) {
    (void)state;
    struct error error = {.text = ""};
    struct bus_producer *producer = open_producer(NULL, NULL);
    assert_int_equal(publish(producer, &error), RC_OK);
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    while (!bus_producer_ready(producer, &error) && clock_monotonic_ms() < until) {
        clock_sleep_ms(10);
    }
    assert_true(bus_producer_ready(producer, &error));
    bus_producer_free(producer);
}

static void test_bus_message_refused_is_certainly_not_there(void **state) {
    (void)state;
    struct error error = {.text = ""};
    struct bus_producer *producer = open_producer(NULL, NULL);
    push_errors(API_PRODUCE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(publish(producer, &error), RC_UNAVAILABLE);
    assert_string_equal(error.code, "");
    bus_producer_free(producer);
}

// The broker took the request, and the connection broke before its answer.
static void test_bus_message_without_answer_is_unknown(void **state) {
    (void)state;
    struct error error = {.text = ""};
    struct bus_producer *producer = open_producer("delivery.timeout.ms", "3000");
    push_errors(API_PRODUCE, RD_KAFKA_RESP_ERR__TRANSPORT);
    assert_int_equal(publish(producer, &error), RC_UNAVAILABLE);
    assert_string_equal(error.code, "outcome-unknown");
    bus_producer_free(producer);
}

static void count_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    assert_string_not_equal(reason, "");
    assert_int_not_equal(outcome, BUS_DELIVERED);
    __atomic_fetch_add((unsigned *)opaque, 1, __ATOMIC_SEQ_CST);
}

// Nothing is taken while the first one waits; whoever was taken gets a report, also at the end.
static void test_bus_queue_that_is_full_takes_nothing(void **state) {
    (void)state;
    struct error error = {.text = ""};
    unsigned reports = 0;
    const struct bus_message outgoing = message();
    struct bus_producer *producer = open_producer("queue.buffering.max.messages", "1");
    rd_kafka_mock_broker_set_down(cluster, 1);
    assert_int_equal(bus_publish(producer, &outgoing, count_report, &reports, &error), RC_OK);
    assert_int_equal(bus_publish(producer, &outgoing, count_report, &reports, &error),
                     RC_UNAVAILABLE);
    assert_non_null(strstr(error.text, "QUEUE_FULL"));
    bus_producer_free(producer);
    assert_int_equal(reports, 1);
}

static void test_bus_producer_that_is_fatal_fails_the_service(void **state) {
    (void)state;
    struct error error = {.text = ""};
    service_failures = 0;
    push_errors(API_INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    struct bus_producer *producer = open_producer(NULL, NULL);
    assert_int_equal(publish(producer, &error), RC_UNAVAILABLE);
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    while (service_failures == 0 && clock_monotonic_ms() < until) {
        clock_sleep_ms(10);
    }
    assert_int_equal(service_failures, 1);
    assert_false(bus_producer_ready(producer, &error));
    bus_producer_free(producer);
}

static void test_bus_option_that_is_unknown_is_refused(void **state) {
    (void)state;
    struct option_pair pair = {.name = "no.such.property", .value = "1"};
    const struct options options = {.kafka = &pair, .kafka_count = 1};
    const struct bus_settings settings = {
        .brokers = "127.0.0.1:1", .client_id = "test", .pass_through = &options};
    struct bus_producer *producer = NULL;
    struct error error = {.text = ""};
    assert_int_equal(bus_producer_new(&producer, &settings, &error), RC_INVALID);
    assert_string_equal(error.field, "no.such.property");
    bus_producer_free(producer);
}

#define WITH_CLUSTER(test) cmocka_unit_test_setup_teardown(test, start_cluster, stop_cluster)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_CLUSTER(test_bus_message_taken_is_delivered),
        WITH_CLUSTER(test_bus_message_refused_is_certainly_not_there),
        WITH_CLUSTER(test_bus_message_without_answer_is_unknown),
        WITH_CLUSTER(test_bus_queue_that_is_full_takes_nothing),
        WITH_CLUSTER(test_bus_producer_that_is_fatal_fails_the_service),
        cmocka_unit_test(test_bus_option_that_is_unknown_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
