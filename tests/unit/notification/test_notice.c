// SPDX-License-Identifier: Apache-2.0
// What web hooks are told of facts: programs read what the permission table lets them.
#include "notice.h"

#include "common/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_programs_are_told_what_they_may_read(void **unused) {
    (void)unused;
    static const struct {
        const char *fact, *parameter;
        bool told;
    } rows[] = {
        {"MessageReceived", "text", false},    {"MessageReceived", "unit", true},
        {"EvidenceOffered", "text", false},    {"EvidenceOffered", "media_type", false},
        {"ImprovementOpened", "text", false},  {"ImprovementOpened", "reason", false},
        {"ImprovementOpened", "unit", true},   {"ReworkOrdered", "reason", false},
        {"CaseReplied", "reply", true},        {"CaseRedirected", "authority", true},
        {"ClockWarned", "clock", true},        {"ClockWarned", "warning", true},
        {"CaseRegistered", "anything", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *said = json_pack("{s:s}", rows[i].parameter, "x");
        notice_mask(said, rows[i].fact, ROLE_INTEGRATOR);
        const char *text = json_string_value(json_object_get(said, rows[i].parameter));
        const json_t *masked = json_object_get(said, "masked");
        assert_int_equal(text != NULL, rows[i].told);
        assert_int_equal(json_array_size(masked), rows[i].told ? 0 : 1);
        json_decref(said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs_are_told_what_they_may_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
