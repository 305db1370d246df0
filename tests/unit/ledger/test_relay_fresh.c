// SPDX-License-Identifier: Apache-2.0
// What the relay need not read back: each fact is given once, and the eldest give way.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay_fresh.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define MANY 6000 // more than are kept

static struct relay_fresh *fresh;

static int begin(void **unused) {
    (void)unused;
    fresh = relay_fresh_new();
    return fresh == NULL ? -1 : 0;
}

static int end(void **unused) {
    (void)unused;
    relay_fresh_free(fresh);
    return 0;
}

// One fact with a payload of this size, whose first byte tells its sequence.
static struct work_event make_event(const struct work_case *of, uint64_t sequence, size_t size) {
    struct work_event event = {.of = of,
                               .sequence = sequence,
                               .kind = sequence == 1 ? FACT_CASE_REGISTERED : FACT_CASE_ASSESSED,
                               .payload = calloc(1, size),
                               .payload_size = size,
                               .decided_at_ms = 1000 + (int64_t)sequence};
    assert_non_null(event.payload);
    event.payload[0] = (uint8_t)sequence;
    memset(event.hash, (int)sequence, sizeof event.hash);
    return event;
}

static void put(const struct work_case *of, uint64_t sequence, size_t size) {
    struct work_event event = make_event(of, sequence, size);
    struct work work = {.events = &event, .event_count = 1};
    relay_fresh_put(fresh, &work, RELAY_ALL);
    free(event.payload); // NULL where it was taken over
}

static void test_fact_that_was_committed_is_given_once_with_all_that_is_published(void **unused) {
    uint8_t contact[] = {7, 8, 9};
    struct work_case of = {.state = {.case_id = CASE_ID},
                           .vault = {.contact = {sizeof contact, contact}}};
    struct relay_kept kept;
    (void)unused;
    put(&of, 1, 20);
    put(&of, 2, 30);
    assert_true(relay_fresh_take(fresh, CASE_ID, 1, &kept));
    assert_string_equal(kept.type, fact_type(FACT_CASE_REGISTERED));
    assert_int_equal(kept.payload_size, 20);
    assert_int_equal(kept.payload[0], 1);
    assert_int_equal(kept.contact_size, sizeof contact);
    assert_memory_equal(kept.contact, contact, sizeof contact);
    assert_int_equal(kept.hash[31], 1);
    assert_int_equal(kept.decided_at_ms, 1001);
    relay_kept_free(&kept);
    assert_false(relay_fresh_take(fresh, CASE_ID, 1, &kept));
    assert_true(relay_fresh_take(fresh, CASE_ID, 2, &kept));
    assert_null(kept.contact);
    relay_kept_free(&kept);
}

// An urgent proposal may be of a case whose facts another ledger publishes.
static void test_fact_that_another_publishes_is_not_kept(void **unused) {
    struct work_case of = {.state = {.case_id = CASE_ID}};
    struct relay_kept kept;
    (void)unused;
    struct work_event event = make_event(&of, 9, 10);
    struct work work = {.events = &event, .event_count = 1};
    relay_shards own = 1U << relay_shard(CASE_ID);
    relay_fresh_put(fresh, &work, RELAY_ALL & ~own);
    assert_non_null(event.payload); // its owner frees it
    assert_false(relay_fresh_take(fresh, CASE_ID, 9, &kept));
    relay_fresh_put(fresh, &work, own);
    assert_null(event.payload);
    assert_true(relay_fresh_take(fresh, CASE_ID, 9, &kept));
    relay_kept_free(&kept);
}

static void test_fact_of_another_case_or_place_is_not_given(void **unused) {
    struct work_case of = {.state = {.case_id = CASE_ID}};
    struct relay_kept kept;
    (void)unused;
    put(&of, 3, 10);
    assert_false(relay_fresh_take(fresh, CASE_ID, 4, &kept));
    assert_false(relay_fresh_take(fresh, "01234567-89ab-8def-8123-456789abcdee", 3, &kept));
}

// Nobody takes those of shards that another ledger serves.
static void test_eldest_facts_give_way_to_more_than_are_kept(void **unused) {
    static struct work_case of[MANY];
    struct relay_kept kept;
    (void)unused;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(of[i].state.case_id, sizeof of[i].state.case_id, "%08x%s", i, CASE_ID + 8);
        put(&of[i], 2, 16);
        if (i % 3 == 0) {
            assert_true(relay_fresh_take(fresh, of[i].state.case_id, 2, &kept));
            relay_kept_free(&kept);
        }
    }
    assert_false(relay_fresh_take(fresh, of[1].state.case_id, 2, &kept));
    for (unsigned i = MANY - 1000; i < MANY; i++) {
        bool found = relay_fresh_take(fresh, of[i].state.case_id, 2, &kept);
        assert_int_equal(found, i % 3 != 0);
        if (found) {
            relay_kept_free(&kept);
        }
    }
}

static void test_large_facts_are_bounded_by_their_bytes(void **unused) {
    static struct work_case of[100];
    struct relay_kept kept;
    size_t found = 0;
    (void)unused;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(of[i].state.case_id, sizeof of[i].state.case_id, "%08x%s", i, CASE_ID + 8);
        put(&of[i], 2, 60000);
    }
    for (unsigned i = 0; i < 100; i++) {
        if (relay_fresh_take(fresh, of[i].state.case_id, 2, &kept)) {
            relay_kept_free(&kept);
            found++;
        }
    }
    assert_int_equal(found, 4 * 1024 * 1024 / 60000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_fact_that_was_committed_is_given_once_with_all_that_is_published, begin, end),
        cmocka_unit_test_setup_teardown(test_fact_that_another_publishes_is_not_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_fact_of_another_case_or_place_is_not_given, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_eldest_facts_give_way_to_more_than_are_kept, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_large_facts_are_bounded_by_their_bytes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
