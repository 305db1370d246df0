// SPDX-License-Identifier: Apache-2.0
// A region that is read again: a bad file leaves what was read before, and what somebody holds
// stays good until the last of them lets it go.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/region_book.h"

static char folder[] = "/tmp/redress-region-XXXXXX";
static char region_folder[64];

// A copy that a test may spoil; its packs and calendars are the checkout's.
static int copy(void **unused) {
    (void)unused;
    char command[512];
    char here[256];
    if (mkdtemp(folder) == NULL || getcwd(here, sizeof here) == NULL) {
        return -1;
    }
    snprintf(region_folder, sizeof region_folder, "%s/region", folder);
    snprintf(
        command, sizeof command,
        "cp -r deploy/region/example %s && sed -i 's#\\.\\./\\.\\./#%s/deploy/#' %s/region.yaml",
        region_folder, here, region_folder);
    return system(command);
}

static int drop(void **unused) {
    (void)unused;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void spoil(const char *file, const char *mode, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", region_folder, file);
    FILE *out = fopen(path, mode);
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

// What a service makes of a region, for as long as the edition lives.
struct rules {
    const struct region *region;
};
static _Atomic int made_now;
static bool make_fails;

static enum rc make(const struct region *region, void **made, struct error *error) {
    struct rules *rules = malloc(sizeof *rules);
    assert_non_null(rules);
    rules->region = region;
    *made = rules;
    atomic_fetch_add(&made_now, 1);
    return make_fails ? error_set(error, RC_INVALID, "nothing can be made of it") : RC_OK;
}

static void unmake(void *made) {
    atomic_fetch_sub(&made_now, made != NULL);
    free(made);
}

static struct metric stats[] = {REGION_BOOK_STATS("test_region_reloads_total", 0, 1)};
static const struct region_book_options options = {
    .make = make, .unmake = unmake, .read = &stats[0], .refused = &stats[1]};

static const struct region *region_made_of(const struct region_edition *edition) {
    return ((const struct rules *)edition->made)->region;
}

static struct region_book *load(void) {
    struct region_book *book = NULL;
    struct error error = {.text = ""};
    stats[0].value = 0;
    stats[1].value = 0;
    assert_int_equal(region_book_load(&book, region_folder, &options, &error), RC_OK);
    assert_int_equal(made_now, 1);
    return book;
}

static void test_an_edition_lives_until_its_last_holder_lets_it_go(void **unused) {
    (void)unused;
    struct error error = {.text = ""};
    struct region_book *book = load();
    const struct region_edition *first = region_book_hold(book);
    assert_ptr_equal(region_book_hold(book), first);
    assert_int_equal(region_book_reload(book, &error), RC_OK);
    assert_int_equal(stats[0].value, 1);
    const struct region_edition *second = region_book_hold(book);
    assert_ptr_not_equal(second->region, first->region);
    assert_ptr_equal(region_made_of(first), first->region);
    assert_non_null(region_staff(first->region, "lin-zhiyuan"));
    assert_int_equal(made_now, 2);
    region_book_release(first);
    assert_int_equal(made_now, 2);
    region_book_release(first);
    assert_int_equal(made_now, 1);
    region_book_free(book);
    assert_int_equal(made_now, 1);
    assert_non_null(region_staff(second->region, "lin-zhiyuan"));
    region_book_release(second);
    assert_int_equal(made_now, 0);
    region_book_release(NULL);
}

static void test_what_nobody_holds_goes_with_the_next_edition(void **unused) {
    (void)unused;
    struct error error = {.text = ""};
    struct region_book *book = load();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(region_book_reload(book, &error), RC_OK);
        assert_int_equal(made_now, 1);
    }
    region_book_free(book);
    assert_int_equal(made_now, 0);
}

static void assert_stays(struct region_book *book, const struct region *before) {
    const struct region_edition *edition = region_book_hold(book);
    assert_ptr_equal(edition->region, before);
    assert_ptr_equal(region_made_of(edition), before);
    assert_non_null(region_staff(before, "lin-zhiyuan"));
    region_book_release(edition);
    assert_int_equal(made_now, 1);
}

static void test_a_region_of_which_nothing_can_be_made_is_refused(void **unused) {
    (void)unused;
    struct error error = {.text = ""};
    struct region_book *book = load();
    const struct region_edition *edition = region_book_hold(book);
    const struct region *before = edition->region;
    region_book_release(edition);
    make_fails = true;
    assert_int_equal(region_book_reload(book, &error), RC_INVALID);
    make_fails = false;
    assert_int_equal(stats[1].value, 1);
    assert_stays(book, before);
    region_book_free(book);
    struct region_book *none = NULL;
    make_fails = true;
    assert_int_equal(region_book_load(&none, region_folder, &options, &error), RC_INVALID);
    make_fails = false;
    region_book_free(none);
    assert_int_equal(made_now, 0);
}

#define READERS 4
#define RELOADS 20

struct reader {
    struct region_book *book;
    _Atomic bool *stop;
    size_t rounds;
    size_t wrong;
};

static void *read_on(void *argument) {
    struct reader *reader = argument;
    for (; !atomic_load(reader->stop) || reader->rounds == 0; reader->rounds++) {
        const struct region_edition *edition = region_book_hold(reader->book);
        reader->wrong += region_made_of(edition) != edition->region;
        reader->wrong += region_staff(edition->region, "lin-zhiyuan") == NULL;
        region_book_release(edition);
    }
    return NULL;
}

static void test_readers_are_not_disturbed_by_reloads(void **unused) {
    (void)unused;
    struct error error = {.text = ""};
    struct region_book *book = load();
    _Atomic bool stop = false;
    struct reader readers[READERS];
    pthread_t threads[READERS];
    for (size_t i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.book = book, .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
    }
    for (int i = 0; i < RELOADS; i++) {
        assert_int_equal(region_book_reload(book, &error), RC_OK);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(readers[i].rounds > 0);
        assert_int_equal(readers[i].wrong, 0);
    }
    assert_int_equal(made_now, 1);
    region_book_free(book);
    assert_int_equal(made_now, 0);
}

// The last test of the folder: it spoils it.
static void test_a_bad_file_leaves_what_was_read_before(void **unused) {
    (void)unused;
    struct error error = {.text = ""};
    struct region_book *book = load();
    assert_int_equal(region_book_reload(book, &error), RC_OK);
    const struct region_edition *edition = region_book_hold(book);
    const struct region *before = edition->region;
    region_book_release(edition);
    spoil("staff.yaml", "w", "staff: [");
    assert_int_not_equal(region_book_reload(book, &error), RC_OK);
    assert_non_null(strstr(error.text, "staff.yaml"));
    assert_int_equal(stats[0].value, 1);
    assert_int_equal(stats[1].value, 1);
    assert_stays(book, before);
    region_book_free(book);
    assert_int_equal(made_now, 0);
}

static void test_a_borrowed_region_cant_be_read_again(void **unused) {
    (void)unused;
    struct region *region = NULL;
    struct region_book *book = NULL;
    struct error error;
    assert_int_equal(region_load(&region, "deploy/region/example", &error), RC_OK);
    assert_int_equal(region_book_borrow(&book, region, NULL, &error), RC_OK);
    assert_int_not_equal(region_book_reload(book, &error), RC_OK);
    const struct region_edition *edition = region_book_hold(book);
    assert_ptr_equal(edition->region, region);
    assert_null(edition->made);
    region_book_release(edition);
    region_book_free(book);
    region_free(region);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_edition_lives_until_its_last_holder_lets_it_go),
        cmocka_unit_test(test_what_nobody_holds_goes_with_the_next_edition),
        cmocka_unit_test(test_a_region_of_which_nothing_can_be_made_is_refused),
        cmocka_unit_test(test_readers_are_not_disturbed_by_reloads),
        cmocka_unit_test(test_a_bad_file_leaves_what_was_read_before),
        cmocka_unit_test(test_a_borrowed_region_cant_be_read_again),
    };
    return cmocka_run_group_tests(tests, copy, drop);
}
