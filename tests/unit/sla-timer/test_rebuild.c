// SPDX-License-Identifier: Apache-2.0
// The index's rebuild page by page, with the ledger's pages and the index's calls made here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rebuild.h"
#include "store.h"

#define PAGES 5

static struct {
    int read, begun, ended; // calls
    int put, put_at_turn[PAGES + 1];
    int turns;
    int fail_page; // the ledger has no answer to this one; 0: to all
    int stop_at;   // this turn ends it; 0: none does
    bool no_redis;
    _Atomic bool stop;
} world;

enum rc review_get(struct review *review, const char *path, json_t **answer, struct error *error) {
    char next[24];
    (void)review;
    (void)path;
    if (++world.read == world.fail_page) {
        return error_set(error, RC_UNAVAILABLE, "the ledger does not answer");
    }
    snprintf(next, sizeof next, "page-%d", world.read);
    *answer = json_pack("{s:[{s:s, s:s, s:i}], s:s?}", "items", "case_id",
                        "01234567-89ab-8def-8123-456789abcdef", "name", "resolution", "version", 1,
                        "next", world.read == PAGES ? NULL : next);
    return RC_OK;
}

enum rc store_begin_rebuild(struct redis *redis, struct error *error) {
    (void)redis;
    world.begun++;
    return world.no_redis ? error_set(error, RC_UNAVAILABLE, "Redis does not answer") : RC_OK;
}

enum rc store_end_rebuild(struct redis *redis, struct error *error) {
    (void)redis;
    (void)error;
    world.ended++;
    return RC_OK;
}

void store_batch_begin(struct store_batch *batch, struct redis *redis) {
    batch->redis = redis;
    batch->count = 0;
}

enum rc store_batch_end(struct store_batch *batch, struct error *error) {
    (void)batch;
    (void)error;
    return RC_OK;
}

enum rc store_put(struct store_batch *batch, const char *case_id, const char *name,
                  uint32_t version, int64_t warn_at_ms, int64_t due_at_ms, struct error *error) {
    (void)batch;
    (void)case_id;
    (void)name;
    (void)version;
    (void)warn_at_ms;
    (void)due_at_ms;
    (void)error;
    world.put++;
    return RC_OK;
}

enum rc store_put_pause(struct store_batch *batch, const char *case_id, const char *name,
                        uint32_t version, int64_t until_ms, struct error *error) {
    return store_put(batch, case_id, name, version, 0, until_ms, error);
}

static void take_turn(void *context) {
    assert_ptr_equal(context, &world);
    world.put_at_turn[world.turns++] = world.put;
    atomic_store(&world.stop, world.turns == world.stop_at);
}

static enum rc rebuild(void) {
    struct error error;
    const struct rebuild rebuild = {.stop = &world.stop, .between = take_turn, .context = &world};
    return rebuild_index(&rebuild, &error);
}

static int forget(void **state) {
    (void)state;
    memset(&world, 0, sizeof world);
    return 0;
}

static void test_rebuild_of_many_pages_gives_a_turn_after_each(void **state) {
    (void)state;
    assert_int_equal(rebuild(), RC_OK);
    assert_int_equal(world.turns, PAGES);
    for (int i = 0; i < PAGES; i++) {
        assert_int_equal(world.put_at_turn[i], i + 1);
    }
    assert_int_equal(world.read, PAGES);
    assert_int_equal(world.ended, 1);
}

static void test_rebuild_that_is_stopped_in_a_turn_is_not_whole(void **state) {
    (void)state;
    world.stop_at = 2;
    assert_int_equal(rebuild(), RC_OK);
    assert_int_equal(world.turns, 2);
    assert_int_equal(world.ended, 0);
}

static void test_rebuild_without_a_page_gives_no_more_turns_and_is_not_whole(void **state) {
    (void)state;
    world.fail_page = 3;
    assert_int_equal(rebuild(), RC_UNAVAILABLE);
    assert_int_equal(world.turns, 2);
    assert_int_equal(world.ended, 0);
}

static void test_rebuild_without_redis_gives_no_turn(void **state) {
    (void)state;
    world.no_redis = true;
    assert_int_equal(rebuild(), RC_UNAVAILABLE);
    assert_int_equal(world.read, 0);
    assert_int_equal(world.turns, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rebuild_of_many_pages_gives_a_turn_after_each, forget),
        cmocka_unit_test_setup(test_rebuild_that_is_stopped_in_a_turn_is_not_whole, forget),
        cmocka_unit_test_setup(test_rebuild_without_a_page_gives_no_more_turns_and_is_not_whole,
                               forget),
        cmocka_unit_test_setup(test_rebuild_without_redis_gives_no_turn, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
