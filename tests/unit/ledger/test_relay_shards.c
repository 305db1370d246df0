// SPDX-License-Identifier: Apache-2.0
// A ledger wants the outbox shards of the cases whose proposals it reads, whatever number of
// partitions Kafka has, and gives up none before it knows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay_locks.h"

#define CASES 200
#define ALL ((1U << RELAY_SHARDS) - 1)

static void case_id(unsigned number, char id[37]) {
    snprintf(id, 37, "%08x-89ab-8def-8123-456789abcdef", number * 2654435761U);
}

static void a_case_is_published_where_it_is_decided(void **unused) {
    (void)unused;
    for (int32_t partitions = 1; partitions <= 12; partitions++) {
        for (unsigned i = 0; i < CASES; i++) {
            char id[37];
            case_id(i, id);
            int32_t partition = bus_partition_of(id, 36, partitions);
            assert_in_range(partition, 0, partitions - 1);
            assert_true(relay_shards_of(partition, partitions) >> relay_shard(id) & 1);
        }
    }
}

static void partitions_in_step_share_no_shard(void **unused) {
    (void)unused;
    for (int32_t i = 0; i < 12; i++) {
        assert_int_equal(relay_shards_of(i, 12), 1U << i % RELAY_SHARDS);
    }
    assert_int_equal(relay_shards_of(0, 2), 5);
    assert_int_equal(relay_shards_of(1, 2), 10);
    assert_int_equal(relay_shards_of(0, 1), ALL);
    assert_int_equal(relay_shards_of(2, 3), ALL);
}

// Vectors of Kafka's own client, DefaultPartitioner (murmur2 of the key, positive, modulo).
static void a_key_is_where_kafka_puts_it(void **unused) {
    (void)unused;
    assert_int_equal(bus_partition_of("21", 2, 1 << 30),
                     (int32_t)((uint32_t)-973932308 & 0x3fffffff));
    assert_int_equal(bus_partition_of("foobar", 6, 1 << 30),
                     (int32_t)((uint32_t)-790332482 & 0x3fffffff));
}

static void what_is_held_is_given_up_once_it_is_known_to_be_anothers(void **unused) {
    (void)unused;
    const int64_t now_ms = 100000;
    const struct relay_locks all = {.held = ALL};
    const struct relay_locks half = {.held = 5};
    const struct relay_locks fresh = {.held = ALL, .since_ms = {now_ms, 0, now_ms - 4000, 0}};
    assert_int_equal(relay_locks_of_others(&all, RELAY_UNKNOWN, now_ms), 0);
    assert_int_equal(relay_locks_of_others(&all, ALL, now_ms), 0);
    assert_int_equal(relay_locks_of_others(&all, 5, now_ms), 10);
    assert_int_equal(relay_locks_of_others(&all, 0, now_ms), ALL); // it reads nothing
    assert_int_equal(relay_locks_of_others(&half, 5, now_ms), 0);
    assert_int_equal(relay_locks_of_others(&half, 10, now_ms), 5);
    assert_int_equal(relay_locks_of_others(&fresh, 0, now_ms), 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_is_published_where_it_is_decided),
        cmocka_unit_test(partitions_in_step_share_no_shard),
        cmocka_unit_test(a_key_is_where_kafka_puts_it),
        cmocka_unit_test(what_is_held_is_given_up_once_it_is_known_to_be_anothers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
