// SPDX-License-Identifier: Apache-2.0
// What may still happen to a case that has ended: erasure, reviews, withdrawals; and who sees it.
#include "case_story.h"

static void to_closed(void) {
    to_signed();
    to_replied();
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    DOES(boss, CLOSE);
}

static const struct user admin = {"adm", ROLE_ADMINISTRATOR, ""};
static const struct user reviewer = {"ren", ROLE_REVIEWER, ""};

static void erase(void) {
    of_region = true;
    DOES(admin, ERASE, .text = "期满");
    of_region = false;
    assert_true(state.erased);
}

// What the complainant sends; the refusal's code.
static const char *send(enum input_kind kind) {
    Redress__V1__RecordFeedback rating = REDRESS__V1__RECORD_FEEDBACK__INIT;
    Redress__V1__RecordMessage message = REDRESS__V1__RECORD_MESSAGE__INIT;
    Redress__V1__OfferEvidence evidence = REDRESS__V1__OFFER_EVIDENCE__INIT;
    Redress__V1__ReopenCase reopening = REDRESS__V1__REOPEN_CASE__INIT;
    struct case_input input = {.kind = kind, .actor = "intake"};
    rating.overall = 1;
    if (kind == INPUT_RECORD_FEEDBACK) {
        input.of.feedback = &rating;
    } else if (kind == INPUT_RECORD_MESSAGE) {
        input.of.message = &message;
    } else if (kind == INPUT_OFFER_EVIDENCE) {
        input.of.evidence = &evidence;
    } else {
        input.of.reopen = &reopening;
    }
    put(input);
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static void test_an_erased_case_is_carried_on_by_nobody_and_takes_nothing_more(void **unused) {
    (void)unused;
    static const enum input_kind sent[] = {INPUT_RECORD_FEEDBACK, INPUT_RECORD_MESSAGE,
                                           INPUT_OFFER_EVIDENCE, INPUT_REOPEN_CASE};
    to_closed();
    erase();
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        assert_string_equal(send(sent[i]), "erased");
    }
    REFUSED("erased", boss, REOPEN, .outcome = 1);
    REFUSED("erased", boss, REWORK, .text = "again");
    REFUSED("erased", boss, REVIEW, .text = "不服");
    REFUSED("erased", boss, COMMENT, .text = "x");
    REFUSED("erased", boss, MESSAGE, .text = "x");
    REFUSED("erased", boss, VISIT, .outcome = 1, .text = "x");
    REFUSED("erased", boss, REGISTER_EVIDENCE, ENTRY(.kind = 1, .size = 9));
    REFUSED("erased", boss, OPEN_IMPROVEMENT, ENTRY(.due_at_ms = NOW + 9));
    assert_int_equal(state.status, CASE_CLOSED);
    DOES(boss, ARCHIVE);
}

static void test_an_erased_refusal_is_neither_reopened_nor_supervised(void **unused) {
    (void)unused;
    DOES(boss, REFUSE, .outcome = 1, .detail = "法院");
    DOES(boss, ANSWER_SUPERVISION, .text = "确不属本委职责", ENTRY(.number = 1));
    of_region = true;
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    of_region = false;
    erase();
    REFUSED("erased", boss, REOPEN, .outcome = 1);
    REFUSED("erased", boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    assert_string_equal(send(INPUT_REOPEN_CASE), "erased");
}

static void test_an_institution_withdraws_nothing_out_of_a_review(void **unused) {
    (void)unused;
    to_closed();
    DOES(boss, REVIEW, .text = "不服");
    REFUSED("not-your-region", boss, WITHDRAW, .text = "撤回");
    of_region = true;
    DOES(boss, WITHDRAW, .text = "撤回");
    assert_int_equal(state.status, CASE_WITHDRAWN);
}

static void test_a_changed_decision_says_to_what(void **unused) {
    (void)unused;
    to_closed();
    assert_int_equal(state.outcome, 1);
    DOES(boss, REVIEW, .text = "不服");
    DOES(reviewer, DECIDE_REVIEW, .outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CHANGED,
         .changed_to = 3, .text = "改为不支持");
    assert_int_equal(decision.facts[0].body.review_decided.outcome, 3);
    assert_int_equal(state.outcome, 3);
    DOES(boss, RE_REVIEW, .text = "不服");
    const struct user other = {"su", ROLE_REVIEWER, ""};
    DOES(other, DECIDE_REVIEW, .outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CONFIRMED,
         .text = "维持");
    assert_int_equal(state.outcome, 3);
}

static void test_a_review_is_asked_for_in_time(void **unused) {
    (void)unused;
    to_closed();
    state.review_too_late = true;
    REFUSED("too-late-for-review", boss, REVIEW, .text = "不服");
    state.review_too_late = false;
    DOES(boss, REVIEW, .text = "不服");
    DOES(reviewer, DECIDE_REVIEW, .outcome = 1, .text = "维持");
    state.review_too_late = true;
    REFUSED("too-late-for-review", boss, RE_REVIEW, .text = "不服");
}

static void test_a_request_takes_nobodys_approval(void **unused) {
    (void)unused;
    const struct user yan = {"yan", ROLE_OPERATOR, ""};
    const struct user xu = {"xu", ROLE_OPERATOR, ""};
    state.reveal_needs_approval = true;
    DOES(yan, REQUEST_REVEAL, .text = "回电");
    DOES(boss, APPROVE_REVEAL, .staff = "yan");
    DOES(xu, REQUEST_REVEAL, .text = "核对");
    REFUSED("reveal-not-approved", xu, REVEAL, .text = "核对");
    REFUSED("reveal-not-requested", boss, APPROVE_REVEAL, .staff = "yan");
    DOES(yan, REVEAL, .text = "回电");
    REFUSED("reveal-not-approved", yan, REVEAL, .text = "回电"); // once
    DOES(boss, APPROVE_REVEAL, .staff = "xu");
    REFUSED("reveal-not-requested", boss, APPROVE_REVEAL, .staff = "xu");
    DOES(xu, REVEAL, .text = "核对");
}

static void test_each_request_to_see_the_content_stands_for_itself(void **unused) {
    (void)unused;
    const struct user yan = {"yan", ROLE_OPERATOR, ""};
    const struct user xu = {"xu", ROLE_OPERATOR, ""};
    state.reveal_needs_approval = true;
    DOES(yan, REQUEST_REVEAL, .text = "回电");
    DOES(xu, REQUEST_REVEAL, .text = "核对");
    DOES(boss, APPROVE_REVEAL, .staff = "yan");
    DOES(boss, APPROVE_REVEAL, .staff = "xu");
    DOES(yan, REQUEST_REVEAL, .text = "再问"); // who may already loses nothing
    DOES(yan, REVEAL, .text = "回电");
    DOES(xu, REVEAL, .text = "核对");
    REFUSED("reveal-not-approved", yan, REVEAL, .text = "回电");
}

static void test_a_case_has_eight_open_requests_of_which_an_old_one_makes_room(void **unused) {
    (void)unused;
    char name[16];
    struct user person = {name, ROLE_OPERATOR, ""};
    state.reveal_needs_approval = true;
    for (int i = 0; i < CASE_REVEALS; i++) {
        snprintf(name, sizeof name, "yan-%d", i);
        DOES(person, REQUEST_REVEAL, .text = "回电");
    }
    DOES(person, REQUEST_REVEAL, .text = "回电"); // their own again
    snprintf(name, sizeof name, "xu");
    REFUSED("too-many-reveals", person, REQUEST_REVEAL, .text = "核对");
    state.reveal_requests.open[0].at_ms = NOW - CASE_REVEAL_KEPT_MS;
    DOES(person, REQUEST_REVEAL, .text = "核对");
    REFUSED("reveal-not-requested", boss, APPROVE_REVEAL, .staff = "yan-0");
    DOES(boss, APPROVE_REVEAL, .staff = "yan-1");
    DOES(boss, DECLARE_CONFLICT, .staff = "yan-2");
    assert_int_equal(state.reveal_requests.count, CASE_REVEALS - 1);
    DOES(boss, APPROVE_REVEAL, .staff = "xu");
    DOES(person, REVEAL, .text = "核对");
}

static void test_an_approval_ends_after_a_day_and_is_asked_for_anew(void **unused) {
    (void)unused;
    const struct user yan = {"yan", ROLE_OPERATOR, ""};
    state.reveal_needs_approval = true;
    DOES(yan, REQUEST_REVEAL, .text = "回电");
    DOES(boss, APPROVE_REVEAL, .staff = "yan");
    now = NOW + CASE_REVEAL_APPROVED_MS - 1;
    state.asked_at_ms = now;
    DOES(yan, REQUEST_REVEAL, .text = "再问"); // adds no time
    DOES(yan, COMMENT, .text = "稍后");
    now = state.asked_at_ms = NOW + CASE_REVEAL_APPROVED_MS;
    REFUSED("reveal-not-approved", yan, REVEAL, .text = "回电");
    REFUSED("reveal-not-requested", boss, APPROVE_REVEAL, .staff = "yan");
    DOES(yan, REQUEST_REVEAL, .text = "回电");
    REFUSED("reveal-not-approved", yan, REVEAL, .text = "回电");
    DOES(boss, APPROVE_REVEAL, .staff = "yan");
    DOES(yan, REVEAL, .text = "回电");
}

static void test_an_approval_that_is_over_makes_room(void **unused) {
    (void)unused;
    char name[16];
    struct user person = {name, ROLE_OPERATOR, ""};
    for (int i = 0; i < CASE_REVEALS; i++) {
        snprintf(name, sizeof name, "yan-%d", i);
        DOES(person, REQUEST_REVEAL, .text = "回电");
    }
    DOES(boss, APPROVE_REVEAL, .staff = "yan-3");
    snprintf(name, sizeof name, "xu");
    REFUSED("too-many-reveals", person, REQUEST_REVEAL, .text = "核对");
    now = NOW + CASE_REVEAL_APPROVED_MS;
    DOES(person, REQUEST_REVEAL, .text = "核对");
    assert_null(case_reveal_find(&state.reveal_requests, "yan-3"));
    DOES(boss, APPROVE_REVEAL, .staff = "yan-0"); // who waits longest waits on
}

static void test_nobody_approves_their_own_request(void **unused) {
    (void)unused;
    const struct user xu = {"xu", ROLE_OPERATOR, ""};
    state.reveal_needs_approval = true;
    DOES(boss, REQUEST_REVEAL, .text = "回电");
    DOES(xu, REQUEST_REVEAL, .text = "核对");
    REFUSED("own-request", boss, APPROVE_REVEAL, .staff = boss.subject);
    assert_string_equal(decision.field, "staff");
    REFUSED("reveal-not-approved", boss, REVEAL, .text = "回电");
}

static void test_who_is_in_conflict_by_now_is_not_the_other_of_two(void **unused) {
    (void)unused;
    const struct user gao = {"gao", ROLE_SUPERVISOR, ""};
    to_signed();
    DOES(lead, REQUEST_TERMINATION, .text = "无法联系");
    DOES(gao, DECLARE_CONFLICT, .staff = lead.subject, .text = "被投诉人");
    REFUSED("termination-not-requested", boss, TERMINATE, .text = "同意");
    DOES(gao, REQUEST_TERMINATION, .text = "无法联系");
    DOES(boss, TERMINATE, .text = "同意");
}

static void test_an_institution_reopens_nothing_that_was_reviewed(void **unused) {
    (void)unused;
    to_closed();
    DOES(boss, REVIEW, .text = "不服");
    DOES(reviewer, DECIDE_REVIEW, .outcome = 1, .text = "维持");
    for (uint32_t ground = 1; ground <= 2; ground++) { // by neither ground
        REFUSED("not-your-region", boss, REOPEN, .outcome = ground, .text = "重开");
    }
    assert_string_equal(send(INPUT_REOPEN_CASE), ""); // the complainant is free to
    assert_int_equal(state.status, CASE_TRIAGED);
}

static void test_the_region_reopens_what_was_reviewed(void **unused) {
    (void)unused;
    to_closed();
    DOES(boss, REVIEW, .text = "不服");
    DOES(reviewer, DECIDE_REVIEW, .outcome = 1, .text = "维持");
    of_region = true;
    DOES(boss, REOPEN, .outcome = 1, .text = "新事实");
}

static void test_what_was_asked_before_a_closure_ends_no_review(void **unused) {
    (void)unused;
    to_signed();
    to_replied();
    DOES(lead, REQUEST_TERMINATION, .text = "无法联系");
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    DOES(boss, CLOSE);
    assert_string_equal(state.termination_requester, "");
    DOES(boss, REVIEW, .text = "不服");
    of_region = true;
    REFUSED("termination-not-requested", boss, TERMINATE, .text = "同意");
    DOES(boss, REQUEST_TERMINATION, .text = "x");
    DOES(reviewer, DECIDE_REVIEW, .outcome = 1, .text = "维持");
    assert_string_equal(state.termination_requester, "");
}

static void test_what_is_handled_anew_is_decided_by_nobody_yet(void **unused) {
    (void)unused;
    to_closed();
    assert_int_equal(state.outcome, 1);
    DOES(boss, REOPEN, .outcome = 1, .text = "新事实");
    assert_int_equal(state.outcome, 0);
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = OTHER);
    DOES(nurse, SIGN);
    DOES(nurse, DECIDE, .outcome = 1);
    DOES(nurse, REPLY, .attempts = 3);
    DOES(boss, REWORK, .text = "again");
    assert_int_equal(state.outcome, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_erased_case_is_carried_on_by_nobody_and_takes_nothing_more),
        TEST(test_an_erased_refusal_is_neither_reopened_nor_supervised),
        TEST(test_an_institution_withdraws_nothing_out_of_a_review),
        TEST(test_an_institution_reopens_nothing_that_was_reviewed),
        TEST(test_the_region_reopens_what_was_reviewed),
        TEST(test_what_was_asked_before_a_closure_ends_no_review),
        TEST(test_what_is_handled_anew_is_decided_by_nobody_yet),
        TEST(test_a_changed_decision_says_to_what),
        TEST(test_a_review_is_asked_for_in_time),
        TEST(test_a_request_takes_nobodys_approval),
        TEST(test_nobody_approves_their_own_request),
        TEST(test_who_is_in_conflict_by_now_is_not_the_other_of_two),
        TEST(test_an_approval_ends_after_a_day_and_is_asked_for_anew),
        TEST(test_an_approval_that_is_over_makes_room),
        TEST(test_each_request_to_see_the_content_stands_for_itself),
        TEST(test_a_case_has_eight_open_requests_of_which_an_old_one_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
