// SPDX-License-Identifier: Apache-2.0
// A consumer in its group, against librdkafka's mock of a cluster.
#include "common/bus.h"
#include "common/clock.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdatomic.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TOPIC BUS_TOPIC_FACTS
#define PATIENCE_MS 60000
#define OFFSET_FETCH 9 // Kafka's number of that request

struct cluster {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *mock;
};

struct handler {
    _Atomic int records; // seen
    _Atomic int done;    // of these, not to come again
    _Atomic bool fails;
};

static enum rc handle(void *context, const struct bus_record *records, size_t count,
                      struct error *error) {
    struct handler *handler = context;
    (void)records;
    atomic_fetch_add(&handler->records, (int)count);
    if (atomic_load(&handler->fails)) {
        return error_set(error, RC_UNAVAILABLE, "not now");
    }
    atomic_fetch_add(&handler->done, (int)count);
    return RC_OK;
}

static int start_cluster(void **state) {
    static struct cluster cluster;
    char text[256];
    cluster.handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
    cluster.mock = rd_kafka_mock_cluster_new(cluster.handle, 1);
    rd_kafka_mock_topic_create(cluster.mock, TOPIC, 1, 1);
    *state = &cluster;
    return 0;
}

static int stop_cluster(void **state) {
    struct cluster *cluster = *state;
    rd_kafka_mock_cluster_destroy(cluster->mock);
    rd_kafka_destroy(cluster->handle);
    return 0;
}

static struct bus_consumer *start_consumer(const struct cluster *cluster, struct handler *handler,
                                           const char *instance) {
    struct bus_consumer *consumer = NULL;
    struct error error;
    const struct bus_consumer_settings settings = {
        .bus = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster->mock), .client_id = instance},
        .group = "test",
        .instance_id = instance,
        .topics = {TOPIC, NULL},
        .handlers = {.context = handler, .handle = handle},
    };
    assert_int_equal(bus_consumer_start(&consumer, &settings, &error), RC_OK);
    return consumer;
}

static void publish(const struct cluster *cluster) {
    struct bus_producer *producer = NULL;
    struct error error;
    struct bus_wait wait;
    const struct bus_settings settings = {
        .brokers = rd_kafka_mock_cluster_bootstraps(cluster->mock), .client_id = "test"};
    const struct bus_message message = {
        .topic = TOPIC, .key = "k", .key_size = 1, .value = "v", .value_size = 1};
    assert_int_equal(bus_producer_new(&producer, &settings, &error), RC_OK);
    bus_wait_init(&wait);
    assert_int_equal(bus_wait_publish(&wait, producer, &message, &error), RC_OK);
    assert_int_equal(bus_wait_end(&wait, &error), RC_OK);
    bus_producer_free(producer);
}

static bool positive(const _Atomic int *number) {
    return number != NULL && atomic_load(number) > 0;
}

static bool wait_until_positive(const _Atomic int *number, const _Atomic int *other) {
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    while (!positive(number) && !positive(other) && clock_monotonic_ms() < until) {
        clock_sleep_ms(20);
    }
    return positive(number) || positive(other);
}

static bool wait_for_ready(struct bus_consumer *consumer, bool wanted) {
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    struct error why;
    while (bus_consumer_ready(consumer, &why) != wanted && clock_monotonic_ms() < until) {
        clock_sleep_ms(20);
    }
    return bus_consumer_ready(consumer, &why) == wanted;
}

static void test_consumer_lost_answers_about_offsets_are_asked_again(void **state) {
    struct cluster *cluster = *state;
    struct handler handler = {.records = 0};
    publish(cluster);
    rd_kafka_mock_push_request_errors(
        cluster->mock, OFFSET_FETCH, 4, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_UNKNOWN, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_UNKNOWN);
    struct bus_consumer *consumer = start_consumer(cluster, &handler, NULL);
    assert_true(wait_until_positive(&handler.done, NULL));
    bus_consumer_free(consumer);
}

// Whoever has the partition after the rebalance reads it, and both are ready.
static void test_consumer_goes_on_after_a_rebalance_while_its_batch_failed(void **state) {
    struct cluster *cluster = *state;
    struct handler failing = {.fails = true};
    struct handler good = {.fails = false};
    publish(cluster);
    struct bus_consumer *first = start_consumer(cluster, &failing, "first");
    assert_true(wait_until_positive(&failing.records, NULL));
    assert_true(wait_for_ready(first, false));
    struct bus_consumer *second = start_consumer(cluster, &good, "second");
    assert_true(wait_for_ready(second, true));
    atomic_store(&failing.fails, false);
    assert_true(wait_until_positive(&failing.done, &good.done));
    assert_true(wait_for_ready(first, true));
    bus_consumer_free(second);
    bus_consumer_free(first);
}

static void test_consumer_says_which_topic_is_missing(void **state) {
    struct cluster *cluster = *state;
    struct handler handler = {.records = 0};
    struct error why = {.text = ""};
    rd_kafka_mock_topic_set_error(cluster->mock, TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    struct bus_consumer *consumer = start_consumer(cluster, &handler, NULL);
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    while (strcmp(why.text, "Kafka has no topic " TOPIC) != 0 && clock_monotonic_ms() < until) {
        clock_sleep_ms(20);
        assert_false(bus_consumer_ready(consumer, &why));
    }
    assert_string_equal(why.text, "Kafka has no topic " TOPIC);
    bus_consumer_free(consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_consumer_lost_answers_about_offsets_are_asked_again,
                                        start_cluster, stop_cluster),
        cmocka_unit_test_setup_teardown(
            test_consumer_goes_on_after_a_rebalance_while_its_batch_failed, start_cluster,
            stop_cluster),
        cmocka_unit_test_setup_teardown(test_consumer_says_which_topic_is_missing, start_cluster,
                                        stop_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
