// SPDX-License-Identifier: Apache-2.0
// A region that is read again: a bad file leaves what was read before, and what a request holds
// stays good.
#include <setjmp.h>
#include <stdarg.h>
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

static void test_a_bad_file_leaves_what_was_read_before(void **unused) {
    (void)unused;
    struct region_book *book = NULL;
    struct error error = {.text = ""};
    assert_int_equal(region_book_load(&book, region_folder, &error), RC_OK);
    const struct region *first = region_book_now(book);
    assert_int_equal(region_book_reload(book, &error), RC_OK);
    const struct region *second = region_book_now(book);
    assert_ptr_not_equal(second, first);
    assert_non_null(region_staff(first, "lin-zhiyuan")); // a request may hold it yet
    spoil("staff.yaml", "w", "staff: [");
    assert_int_not_equal(region_book_reload(book, &error), RC_OK);
    assert_non_null(strstr(error.text, "staff.yaml"));
    assert_ptr_equal(region_book_now(book), second);
    region_book_free(book);
}

static void test_a_borrowed_region_cant_be_read_again(void **unused) {
    (void)unused;
    struct region *region = NULL;
    struct region_book *book = NULL;
    struct error error;
    assert_int_equal(region_load(&region, "deploy/region/example", &error), RC_OK);
    assert_int_equal(region_book_borrow(&book, region, &error), RC_OK);
    assert_int_not_equal(region_book_reload(book, &error), RC_OK);
    assert_ptr_equal(region_book_now(book), region);
    region_book_free(book);
    region_free(region);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bad_file_leaves_what_was_read_before),
        cmocka_unit_test(test_a_borrowed_region_cant_be_read_again),
    };
    return cmocka_run_group_tests(tests, copy, drop);
}
