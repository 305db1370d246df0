// SPDX-License-Identifier: Apache-2.0
// Where each partition goes on: what a batch moves, and what the relay is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "partitions.h"

#define EPOCH 7

static bool down; // PostgreSQL
static int64_t stored;
static relay_shards followed;
static int asked; // how many partitions the topic has

__typeof__(bus_count_partitions) __wrap_bus_count_partitions;
__typeof__(pg_ensure) __wrap_pg_ensure;
__typeof__(relay_follow) __wrap_relay_follow;
__typeof__(store_take_partition) __wrap_store_take_partition;

enum rc __wrap_bus_count_partitions(struct bus_producer *producer, const char *topic,
                                    int32_t *count, struct error *error) {
    (void)producer;
    (void)topic;
    (void)error;
    asked++;
    *count = RELAY_SHARDS;
    return RC_OK;
}

enum rc __wrap_pg_ensure(struct pg *pg, struct error *error) {
    (void)pg;
    return down ? error_set(error, RC_UNAVAILABLE, "PostgreSQL is down") : RC_OK;
}

void __wrap_relay_follow(struct relay *relay, relay_shards shards) {
    (void)relay;
    followed = shards;
}

enum rc __wrap_store_take_partition(struct pg *pg, const char *topic, int32_t partition,
                                    int64_t *epoch, int64_t *next_offset, struct error *error) {
    (void)pg;
    (void)topic;
    (void)partition;
    (void)error;
    *epoch = EPOCH;
    *next_offset = stored;
    return RC_OK;
}

static void take(struct partitions *partitions, int32_t number) {
    struct error error;
    int64_t offset = -1;
    assert_int_equal(partitions_take(partitions, BUS_TOPIC_PROPOSALS, number, &offset, &error),
                     RC_OK);
    assert_int_equal(offset, stored);
}

static struct bus_record record(int32_t partition, int64_t offset) {
    return (struct bus_record){
        .topic = BUS_TOPIC_PROPOSALS, .partition = partition, .offset = offset};
}

static void assert_fence(const struct store_fence *fence, int32_t partition, int64_t previous,
                         int64_t next) {
    assert_string_equal(fence->topic, BUS_TOPIC_PROPOSALS);
    assert_int_equal(fence->partition, partition);
    assert_int_equal(fence->epoch, EPOCH);
    assert_int_equal(fence->previous, previous);
    assert_int_equal(fence->next, next);
}

static void test_fences_of_a_batch_are_one_a_partition_from_the_one_before(void **unused) {
    (void)unused;
    static struct partitions partitions;
    static struct partition_fences first, second;
    struct error error;
    const struct bus_record records[] = {record(1, 20), record(2, 21), record(1, 25)};
    stored = 20;
    take(&partitions, 1);
    take(&partitions, 2);
    assert_int_equal(partitions_fence(&partitions, records, 3, &first, &error), RC_OK);
    assert_int_equal(first.count, 2);
    assert_fence(&first.list[0], 1, 20, 26);
    assert_fence(&first.list[1], 2, 20, 22);
    partitions_move_on(&partitions, &first);
    const struct bus_record next = record(1, 26);
    assert_int_equal(partitions_fence(&partitions, &next, 1, &second, &error), RC_OK);
    assert_int_equal(second.count, 1);
    assert_fence(&second.list[0], 1, 26, 27);
}

static void test_partition_that_was_never_taken_is_a_conflict(void **unused) {
    (void)unused;
    static struct partitions partitions;
    static struct partition_fences fences;
    struct error error;
    const struct bus_record stray = record(3, 0);
    take(&partitions, 1);
    assert_int_equal(partitions_fence(&partitions, &stray, 1, &fences, &error), RC_CONFLICT);
}

static void test_partition_taken_again_goes_on_where_it_is_stored(void **unused) {
    (void)unused;
    static struct partitions partitions;
    static struct partition_fences fences;
    struct error error;
    const struct bus_record later = record(1, 90);
    stored = 20;
    take(&partitions, 1);
    partitions_lose(&partitions, 1);
    stored = 90; // another ledger's batches
    take(&partitions, 1);
    assert_int_equal(partitions.count, 1);
    assert_int_equal(partitions_fence(&partitions, &later, 1, &fences, &error), RC_OK);
    assert_fence(&fences.list[0], 1, 90, 91);
}

static void test_partition_that_cannot_be_taken_leaves_what_was(void **unused) {
    (void)unused;
    static struct partitions partitions;
    struct error error;
    int64_t offset = -1;
    down = true;
    enum rc rc = partitions_take(&partitions, BUS_TOPIC_PROPOSALS, 1, &offset, &error);
    down = false;
    assert_int_equal(rc, RC_UNAVAILABLE);
    assert_int_equal(partitions.count, 0);
    for (int32_t i = 0; i < PARTITIONS_MOST; i++) {
        take(&partitions, i);
    }
    take(&partitions, PARTITIONS_MOST - 1);
    assert_int_equal(
        partitions_take(&partitions, BUS_TOPIC_PROPOSALS, PARTITIONS_MOST, &offset, &error),
        RC_INTERNAL);
    assert_int_equal(partitions.count, PARTITIONS_MOST);
}

static void test_relay_follows_what_is_settled(void **unused) {
    (void)unused;
    static struct partitions partitions = {.followed = true};
    asked = 0;
    take(&partitions, 1);
    take(&partitions, 2);
    assert_int_equal(asked, 1);
    partitions_settle(&partitions);
    assert_int_equal(followed, relay_shards_of(1, RELAY_SHARDS) | relay_shards_of(2, RELAY_SHARDS));
    partitions_lose(&partitions, 1);
    assert_int_equal(followed, RELAY_UNKNOWN);
    partitions_settle(&partitions);
    assert_int_equal(followed, relay_shards_of(2, RELAY_SHARDS));
}

static void test_relay_that_follows_others_is_told_nothing(void **unused) {
    (void)unused;
    static struct partitions partitions;
    asked = 0;
    followed = RELAY_ALL;
    take(&partitions, 1);
    partitions_settle(&partitions);
    partitions_lose(&partitions, 1);
    assert_int_equal(asked, 0);
    assert_int_equal(followed, RELAY_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fences_of_a_batch_are_one_a_partition_from_the_one_before),
        cmocka_unit_test(test_partition_that_was_never_taken_is_a_conflict),
        cmocka_unit_test(test_partition_taken_again_goes_on_where_it_is_stored),
        cmocka_unit_test(test_partition_that_cannot_be_taken_leaves_what_was),
        cmocka_unit_test(test_relay_follows_what_is_settled),
        cmocka_unit_test(test_relay_that_follows_others_is_told_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
