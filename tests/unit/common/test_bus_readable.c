// SPDX-License-Identifier: Apache-2.0
// Whether there is anything to read from where a consumer stands, against librdkafka's mock of a
// cluster.
#include "common/bus_private.h"
#include "common/clock.h"

#include <librdkafka/rdkafka_mock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TOPIC BUS_TOPIC_FACTS
#define PATIENCE_MS 60000

static rd_kafka_t *producer;
static rd_kafka_t *consumer;
static rd_kafka_mock_cluster_t *cluster;

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char text[256];
    assert_int_equal(rd_kafka_conf_set(conf, name, value, text, sizeof text), RD_KAFKA_CONF_OK);
}

static rd_kafka_t *join(void) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster));
    set(conf, "group.id", "test");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "enable.auto.commit", "false");
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    rd_kafka_poll_set_consumer(handle);
    rd_kafka_topic_partition_list_add(topics, TOPIC, RD_KAFKA_PARTITION_UA);
    assert_int_equal(rd_kafka_subscribe(handle, topics), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(topics);
    return handle;
}

static int begin(void **unused) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)unused;
    set(conf, "test.mock.num.brokers", "1");
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    cluster = rd_kafka_handle_mock_cluster(producer);
    rd_kafka_mock_topic_create(cluster, TOPIC, 1, 1);
    consumer = join();
    return 0;
}

static int end(void **unused) {
    (void)unused;
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    return 0;
}

static void publish(void) {
    assert_int_equal(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(TOPIC), RD_KAFKA_V_VALUE("v", 1),
                                       RD_KAFKA_V_END),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_flush(producer, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void take(void) {
    rd_kafka_message_t *message = NULL;
    for (int64_t until = clock_monotonic_ms() + PATIENCE_MS;
         message == NULL && clock_monotonic_ms() < until;) {
        message = rd_kafka_consumer_poll(consumer, 100);
    }
    assert_non_null(message);
    assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_message_destroy(message);
}

static void stand_still(void) {
    rd_kafka_topic_partition_list_t *list = NULL;
    assert_int_equal(rd_kafka_assignment(consumer, &list), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(list->cnt, 1);
    assert_int_equal(rd_kafka_pause_partitions(consumer, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
}

static void test_what_a_consumer_does_not_take_is_found(void **unused) {
    (void)unused;
    publish();
    take();
    stand_still();
    assert_false(bus_is_readable(consumer));
    publish();
    assert_true(bus_is_readable(consumer));
    assert_true(bus_is_readable(consumer)); // it took nothing away
}

static void test_who_has_no_partition_has_nothing_to_read(void **unused) {
    (void)unused;
    publish();
    assert_false(bus_is_readable(consumer));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_a_consumer_does_not_take_is_found, begin, end),
        cmocka_unit_test_setup_teardown(test_who_has_no_partition_has_nothing_to_read, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
