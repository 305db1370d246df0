// SPDX-License-Identifier: Apache-2.0
// Each combination of outcome, responsibility, unit and measure.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_json.h"
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_finding_upheld_goes_with_any_responsibility),
        cmocka_unit_test(test_for_what_is_not_upheld_or_explained_nobody_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
