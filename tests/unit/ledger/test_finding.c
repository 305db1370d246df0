// SPDX-License-Identifier: Apache-2.0
// Each combination of outcome, responsibility, unit and measure.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_json.h"
#include "case_parts.h"
#include "finding.h"
#include "parts_json.h"

static void assert_misfit(const struct finding *finding, const char *field) {
    const char *misfit = finding_misfit(finding);
    if (field == NULL) {
        assert_null(misfit);
    } else {
        assert_non_null(misfit);
        assert_string_equal(misfit, field);
    }
}

static void test_a_finding_upheld_goes_with_any_responsibility(void **unused) {
    (void)unused;
    static const char *const outcomes[] = {"upheld", "partly_upheld"};
    static const char *const degrees[] = {"slight", "minor", "equal", "main", "full"};
    for (size_t i = 0; i < 2; i++) {
        struct finding finding = {.outcome = outcome_read(outcomes[i])};
        for (size_t d = 0; d < 5; d++) {
            finding.responsibility = responsibility_read(degrees[d]);
            finding.measure = false;
            assert_misfit(&finding, NULL);
            finding.measure = true;
            assert_misfit(&finding, NULL);
        }
        finding.responsibility = responsibility_read("none");
        assert_misfit(&finding, "measure"); // about nobody
        finding.measure = false;
        assert_misfit(&finding, NULL);
        finding = (struct finding){finding.outcome, 0, true, true}; // of the whole case
        assert_misfit(&finding, NULL);
    }
}

static void test_for_what_is_not_upheld_or_explained_nobody_answers(void **unused) {
    (void)unused;
    static const char *const outcomes[] = {"not_upheld", "explained"};
    static const char *const degrees[] = {"slight", "minor", "equal", "main", "full"};
    for (size_t i = 0; i < 2; i++) {
        uint32_t outcome = outcome_read(outcomes[i]);
        for (size_t d = 0; d < 5; d++) {
            assert_misfit(
                &(struct finding){outcome, responsibility_read(degrees[d]), false, d % 2 == 0},
                "responsibility");
        }
        assert_misfit(&(struct finding){outcome, responsibility_read("none"), false, false}, NULL);
        assert_misfit(&(struct finding){outcome, responsibility_read("none"), false, true},
                      "measure");
        assert_misfit(&(struct finding){outcome, 0, false, false}, NULL);
        assert_misfit(&(struct finding){outcome, 0, true, false}, "responsible_unit");
        assert_misfit(&(struct finding){outcome, 0, false, true}, "measure");
    }
}

// Of a case with these allegations, which of the four outcomes contradict them.
static void test_an_outcome_contradicts_what_was_found_of_the_allegations(void **unused) {
    (void)unused;
    static const struct {
        size_t count;
        uint32_t found[3]; // 1 upheld, 2 partly, 3 not, 4 explained
        bool contradicts[4];
    } rows[] = {
        {0, {0}, {false, false, false, false}},      // nothing is alleged of anybody
        {1, {1}, {false, false, true, true}},        //
        {1, {2}, {true, false, true, true}},         //
        {1, {3}, {true, false, false, false}},       // the rest may still be upheld: partly
        {1, {4}, {true, false, false, false}},       //
        {2, {3, 1}, {false, false, true, true}},     //
        {2, {2, 3}, {true, false, true, true}},      //
        {3, {3, 4, 3}, {true, false, false, false}}, //
        {3, {4, 2, 1}, {false, false, true, true}},  //
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct case_parts parts = {.allegation_count = rows[i].count};
        for (size_t a = 0; a < rows[i].count; a++) {
            parts.allegations[a].outcome = rows[i].found[a];
        }
        for (uint32_t outcome = 1; outcome <= 4; outcome++) {
            bool contradicts = finding_contradiction(outcome, &parts) != NULL;
            assert_int_equal(contradicts, rows[i].contradicts[outcome - 1]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_finding_upheld_goes_with_any_responsibility),
        cmocka_unit_test(test_for_what_is_not_upheld_or_explained_nobody_answers),
        cmocka_unit_test(test_an_outcome_contradicts_what_was_found_of_the_allegations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
