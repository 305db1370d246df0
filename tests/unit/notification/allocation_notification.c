// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocation.h"
#include "notification.h"
#include "transport.h"

static enum rc render(struct error *error) {
    json_t *values = json_pack("{s:s}", "name", "周晓岚");
    char *text = notification_render("{name}：您好 {absent}", values);
    json_decref(values);
    if (text == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory, as the caller says");
    }
    assert_string_equal(text, "周晓岚：您好 ");
    free(text);
    return RC_OK;
}

static enum rc open_transport(struct error *error) {
    struct transport *transport = NULL;
    enum rc rc = transport_new(&transport, "smtp://127.0.0.1:1", "bureau@example.org",
                               "000102030405060708090a0b0c0d0e0f", error);
    transport_free(transport);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    assert_true(allocation_try_each(render) >= 1);
    assert_true(allocation_try_each(open_transport) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
