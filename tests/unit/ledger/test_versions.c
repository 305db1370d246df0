// SPDX-License-Identifier: Apache-2.0
// What an ETag names: no state that somebody decided on comes back as it was.
#include "case_story.h"

#include "case_json.h"

static char before[CASE_VERSION_SIZE];

static void keep_version(void) { case_version(&state, before); }

static void check_other(void) {
    char version[CASE_VERSION_SIZE];
    case_version(&state, version);
    assert_string_not_equal(version, before);
}

static void ask(uint32_t days) {
    DOES(lead, REQUEST_EXTENSION, .clock = "resolution", .value = days, .value_unit = "days");
}

static void test_an_extension_that_is_asked_for_anew_is_another(void **unused) {
    Redress__V1__ExtensionRequested request = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    (void)unused;
    to_signed();
    arm("resolution", now + 1000);
    ask(1);
    keep_version();
    DOES(boss, DECIDE_EXTENSION, .request = &request);
    ask(5);
    check_other();
}

static void test_a_reply_of_another_round_is_another(void **unused) {
    (void)unused;
    to_signed();
    to_replied();
    keep_version();
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    DOES(boss, CLOSE);
    DOES(boss, REOPEN, .outcome = 1); // on new facts: the same handler again
    to_signed();
    to_replied();
    check_other();
}

static void test_a_pause_that_begins_again_is_another(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, INVESTIGATE);
    DOES(lead, SUSPEND, .detail = "appraisal");
    keep_version();
    DOES(lead, RESUME);
    DOES(lead, SUSPEND, .detail = "hearing");
    check_other();
}

static void test_a_termination_that_is_asked_for_again_is_another(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, REQUEST_TERMINATION, .text = "first");
    keep_version();
    DOES(lead, REQUEST_TERMINATION, .text = "second");
    check_other();
}

static void test_a_reveal_that_is_asked_for_again_is_another(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, REQUEST_REVEAL, .text = "first");
    keep_version();
    DOES(lead, REQUEST_REVEAL, .text = "second");
    check_other();
}

// Who sends for rescue knows whether somebody has: nobody sends two because they read it at once.
static void test_a_rescue_of_a_case_in_hand_makes_it_another(void **unused) {
    (void)unused;
    to_signed();
    keep_version();
    DOES(boss, TRANSFER_EMERGENCY, .text = "120");
    assert_int_equal(state.status, CASE_SIGNED);
    check_other();
}

static void test_comments_and_warnings_leave_it(void **unused) {
    char version[CASE_VERSION_SIZE];
    (void)unused;
    to_signed();
    keep_version();
    DOES(lead, COMMENT, .text = "of no concern");
    arm("sign_for", now + 1000);
    case_version(&state, version);
    assert_string_equal(version, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_extension_that_is_asked_for_anew_is_another),
        TEST(test_a_reply_of_another_round_is_another),
        TEST(test_a_pause_that_begins_again_is_another),
        TEST(test_a_termination_that_is_asked_for_again_is_another),
        TEST(test_a_reveal_that_is_asked_for_again_is_another),
        TEST(test_a_rescue_of_a_case_in_hand_makes_it_another),
        TEST(test_comments_and_warnings_leave_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
