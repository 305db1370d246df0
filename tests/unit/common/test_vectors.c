// SPDX-License-Identifier: Apache-2.0
// tests/vectors/vectors.jsonl, computed by an independent program, against the C code.
#include "common/deadline_text.h"

#include "common/clock.h"
#include "common/policy_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SITUATIONS 4

static struct calendar_set *calendars;
static struct policy_set *policies;

static int load(void **state) {
    struct error error;
    (void)state;
    return calendar_set_load(&calendars, "deploy/calendars", &error) == RC_OK &&
                   policy_set_load(&policies, "deploy/policies", NULL, calendars, &error) == RC_OK
               ? 0
               : -1;
}

static int unload(void **state) {
    (void)state;
    policy_set_free(policies);
    calendar_set_free(calendars);
    return 0;
}

static const char *text_of(const json_t *vector, const char *key) {
    return json_string_value(json_object_get(vector, key));
}

static bool is(const json_t *vector, const char *key, const char *value) {
    const char *text = text_of(vector, key);
    return text != NULL && strcmp(text, value) == 0;
}

static int64_t ms_of(const char *text) {
    struct error error;
    int64_t ms = 0;
    assert_non_null(text);
    assert_int_equal(clock_parse(text, &ms, &error), RC_OK);
    return ms;
}

static struct limit limit_of(const json_t *vector) {
    static const char *const units[] = {"seconds",       "minutes", "hours",       "working_hours",
                                        "calendar_days", "months",  "working_days"};
    struct limit limit = {
        .value = (uint32_t)json_integer_value(json_object_get(vector, "value")),
        .counts_start_day = is(vector, "start_day", "counted"),
        .keeps_last_day = is(vector, "last_day", "kept"),
    };
    size_t unit = 0;
    while (unit < COUNT(units) && !is(vector, "unit", units[unit])) {
        unit++;
    }
    assert_true(unit < COUNT(units));
    limit.unit = (enum limit_unit)unit;
    return limit;
}

static void assert_answer(const json_t *vector, size_t line, int64_t due_ms, bool provisional) {
    if (due_ms != ms_of(text_of(vector, "due")) ||
        provisional != json_is_true(json_object_get(vector, "provisional"))) {
        char text[CLOCK_TEXT_SIZE];
        clock_format(due_ms, text);
        fail_msg("line %zu: want %s, got %s%s", line, text_of(vector, "due"), text,
                 provisional ? " provisional" : "");
    }
}

static void check_limit(const json_t *vector, size_t line) {
    const struct calendar *calendar = calendar_set_find(calendars, text_of(vector, "calendar"));
    const json_t *pause = json_object_get(vector, "pause");
    struct limit limit = limit_of(vector);
    int64_t excluded = 0;
    assert_non_null(calendar);
    if (pause != NULL) {
        excluded =
            limit_measure(calendar, limit.unit, ms_of(json_string_value(json_array_get(pause, 0))),
                          ms_of(json_string_value(json_array_get(pause, 1))));
    }
    struct limit_end end = limit_end(calendar, limit, ms_of(text_of(vector, "start")), excluded);
    assert_answer(vector, line, end.at_ms, end.provisional);
}

static size_t packs_named(const char *id, const struct policy *const **found) {
    size_t count = 0;
    const struct policy *const *all = policy_set_all(policies, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i]->id, id) == 0) {
            *found = &all[i];
            return 1;
        }
    }
    return 0;
}

static void check_pack(const json_t *vector, size_t line) {
    const char *situations[SITUATIONS];
    const struct policy *const *pack = NULL;
    const char *severity = text_of(vector, "severity");
    const json_t *list = json_object_get(vector, "situations");
    struct policy_case about = {.situations = situations, .situation_count = json_array_size(list)};
    struct deadline deadline;
    assert_int_equal(packs_named(text_of(vector, "pack"), &pack), 1);
    assert_true(about.situation_count <= SITUATIONS);
    for (size_t i = 0; i < about.situation_count; i++) {
        situations[i] = json_string_value(json_array_get(list, i));
    }
    about.severity = severity == NULL ? 0 : (unsigned)(severity[1] - '0');
    about.institution_type =
        pack[0]->institution_type_count == 0 ? "any" : pack[0]->institution_types[0];
    assert_true(deadline_compute(pack, 1, &about, text_of(vector, "clock"),
                                 ms_of(text_of(vector, "start")), &deadline));
    assert_string_equal(calendar_label(deadline.policy->calendar), text_of(vector, "calendar"));
    assert_answer(vector, line, deadline.due_at_ms, deadline.provisional);
}

static void test_vectors_of_the_reference_agree(void **state) {
    (void)state;
    char text[1024];
    size_t line = 0;
    size_t packs = 0;
    FILE *file = fopen("tests/vectors/vectors.jsonl", "rb");
    assert_non_null(file);
    while (fgets(text, sizeof text, file) != NULL) {
        json_t *vector = json_loads(text, 0, NULL);
        line++;
        assert_non_null(vector);
        if (json_object_get(vector, "pack") == NULL) {
            check_limit(vector, line);
        } else {
            check_pack(vector, line);
            packs++;
        }
        json_decref(vector);
    }
    fclose(file);
    assert_true(line >= 300);
    assert_true(packs >= 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors_of_the_reference_agree)};
    return cmocka_run_group_tests(tests, load, unload);
}
