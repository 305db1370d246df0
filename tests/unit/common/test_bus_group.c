// SPDX-License-Identifier: Apache-2.0
// Who waits for another member of its group, by what the coordinator says, and that nobody is taken
// for stuck by it. librdkafka's mock of a cluster does not describe groups.
#include "common/bus_group.h"
#include "common/bus_watch.h"
#include "common/clock.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static rd_kafka_t *consumer;
static const char *asked_for;
static const char *member_id; // of the consumer
static int64_t now_ms;
static struct rd_kafka_group_member_info members[] = {{.member_id = (char *)"other"},
                                                      {.member_id = (char *)"me"}};
static struct rd_kafka_group_info group;
static const struct rd_kafka_group_list groups = {.groups = &group, .group_cnt = 1};
static const struct rd_kafka_group_list *answer;
static unsigned open_lists;

__typeof__(rd_kafka_list_groups) __wrap_rd_kafka_list_groups;
__typeof__(rd_kafka_group_list_destroy) __wrap_rd_kafka_group_list_destroy;
__typeof__(rd_kafka_memberid) __wrap_rd_kafka_memberid;
__typeof__(rd_kafka_metadata) __wrap_rd_kafka_metadata;
__typeof__(rd_kafka_metadata_destroy) __wrap_rd_kafka_metadata_destroy;
__typeof__(clock_monotonic_ms) __wrap_clock_monotonic_ms;

rd_kafka_resp_err_t __wrap_rd_kafka_list_groups(rd_kafka_t *handle, const char *name,
                                                const struct rd_kafka_group_list **list,
                                                int timeout_ms) {
    (void)handle;
    (void)timeout_ms;
    asked_for = strcmp(name, "test") == 0 ? "test" : "another";
    *list = answer;
    open_lists += answer == NULL ? 0 : 1;
    return answer == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : RD_KAFKA_RESP_ERR_NO_ERROR;
}

void __wrap_rd_kafka_group_list_destroy(const struct rd_kafka_group_list *list) {
    assert_ptr_equal(list, answer);
    open_lists--;
}

char *__wrap_rd_kafka_memberid(const rd_kafka_t *handle) {
    (void)handle;
    return member_id == NULL ? NULL : strdup(member_id);
}

rd_kafka_resp_err_t __wrap_rd_kafka_metadata(rd_kafka_t *handle, int all, rd_kafka_topic_t *only,
                                             const struct rd_kafka_metadata **metadata,
                                             int timeout_ms) {
    (void)handle;
    (void)all;
    (void)only;
    (void)metadata;
    (void)timeout_ms;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void __wrap_rd_kafka_metadata_destroy(const struct rd_kafka_metadata *metadata) { (void)metadata; }

int64_t __wrap_clock_monotonic_ms(void) { return now_ms; }

static int begin(void **unused) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)unused;
    assert_int_equal(rd_kafka_conf_set(conf, "group.id", "test", text, sizeof text),
                     RD_KAFKA_CONF_OK);
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    assert_non_null(consumer);
    member_id = "me";
    group = (struct rd_kafka_group_info){
        .state = (char *)"PreparingRebalance", .members = members, .member_cnt = 2};
    answer = &groups;
    now_ms = 1;
    return 0;
}

static int end(void **unused) {
    (void)unused;
    rd_kafka_destroy(consumer);
    assert_int_equal(open_lists, 0);
    return 0;
}

static void test_group_is_asked_for_by_its_name(void **unused) {
    (void)unused;
    assert_true(bus_group_waits(consumer));
    assert_string_equal(asked_for, "test");
}

static void test_group_states_in_which_a_member_waits(void **unused) {
    static const struct {
        const char *state;
        bool waits;
    } rows[] = {{"PreparingRebalance", true},
                {"CompletingRebalance", true},
                {"Stable", false},
                {"Empty", false},
                {"Dead", false},
                {"", false}};
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        group.state = (char *)rows[i].state;
        assert_int_equal(bus_group_waits(consumer), rows[i].waits);
    }
}

static void test_group_whose_member_it_is_not_is_not_waited_for(void **unused) {
    (void)unused;
    member_id = ""; // its session has ended
    assert_false(bus_group_waits(consumer));
    member_id = "formerly";
    assert_false(bus_group_waits(consumer));
    member_id = NULL;
    assert_false(bus_group_waits(consumer));
    member_id = "me";
    group.member_cnt = 1;
    assert_false(bus_group_waits(consumer));
}

static void test_group_of_which_nobody_tells_is_not_waited_for(void **unused) {
    static const struct rd_kafka_group_list none;
    (void)unused;
    group.err = RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    assert_false(bus_group_waits(consumer));
    answer = &none;
    assert_false(bus_group_waits(consumer));
    answer = NULL;
    assert_false(bus_group_waits(consumer));
}

// Of that many looks; true where one took the consumer for stuck.
static bool look(struct bus_watch *watch, unsigned looks) {
    bool stuck = false;
    for (unsigned i = 0; i < looks; i++) {
        stuck = stuck || bus_watch_turn(watch, consumer);
        now_ms += 60000;
    }
    return stuck;
}

// A member's batch may take minutes, as may the start of one whose database is away.
static void test_watch_over_who_waits_for_a_slow_member(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    assert_false(look(&watch, 100));
    assert_false(bus_watch_doubts(&watch));
}

static void test_watch_over_whom_nobody_brings_back(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    assert_false(look(&watch, 10));
    member_id = "";
    assert_false(look(&watch, 3));
    assert_true(look(&watch, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_group_is_asked_for_by_its_name, begin, end),
        cmocka_unit_test_setup_teardown(test_group_states_in_which_a_member_waits, begin, end),
        cmocka_unit_test_setup_teardown(test_group_whose_member_it_is_not_is_not_waited_for, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_group_of_which_nobody_tells_is_not_waited_for, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_watch_over_who_waits_for_a_slow_member, begin, end),
        cmocka_unit_test_setup_teardown(test_watch_over_whom_nobody_brings_back, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
