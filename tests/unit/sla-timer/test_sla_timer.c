// SPDX-License-Identifier: Apache-2.0
// Which clocks follow from which fact, on the example region's policies.
#include "example_rules.h"

#include "common/policy_known.h"

#include "redress/v1/facts.pb-c.h"

static const struct timer_arm *arm_named(size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(arms[i].terms.name, name) == 0) {
            return &arms[i];
        }
    }
    return NULL;
}

static void test_a_registered_case_arms_its_clocks(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", REGISTERED, "2026-02-13T16:30:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 3); // one of them promised by the hospital
    const struct clock_terms *resolution = &arm_named(3, "resolution")->terms;
    assert_non_null(arm_named(3, "first_response"));
    assert_true(resolution->due_at_ms == ms("2026-02-28T00:00:00+08:00"));
    assert_string_equal(resolution->policy_version, "cn-medical@1");
    assert_string_equal(resolution->calendar_version, "cn-state-council@1");
    assert_string_equal(resolution->stops_on, "case_replied");
    assert_true(resolution->line_count > 0);
}

static void test_urgency_shortens_the_limit_and_moves_the_warning(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", REGISTERED, "2026-03-03T09:00:00+08:00");
    fact.urgency = 1;
    assert_int_equal(timer_arms(&rules, &fact, arms), 3);
    const struct clock_terms *response = &arm_named(3, "first_response")->terms;
    const struct clock_terms *resolution = &arm_named(3, "resolution")->terms;
    assert_int_equal(response->due_at_ms - fact.at_ms, 15 * 60000);
    assert_int_equal(response->warn_at_ms[0] - fact.at_ms, 15 * 60000 / 2); // at most 2 h: 50 %
    assert_int_equal(resolution->due_at_ms - fact.at_ms, 24 * 3600000);
    assert_int_equal(resolution->warn_at_ms[0] - fact.at_ms, 18 * 3600000); // 75 %
}

static void test_each_warn_point_of_a_rule_is_proposed(void **unused) {
    (void)unused;
    struct clock_terms_message message;
    struct timer_fact fact = fact_of("demo-clinic", REGISTERED, "2026-03-03T09:00:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 2);
    const struct clock_terms *resolution = &arm_named(2, "resolution")->terms;
    const struct clock_terms *response = &arm_named(2, "first_response")->terms;
    assert_int_equal(resolution->warn_count, 3);
    assert_int_equal(resolution->warn_at_ms[2] - fact.at_ms, 18000);
    clock_terms_to_message(resolution, &message);
    assert_int_equal(message.terms.warn_at_ms - fact.at_ms, 10000);
    assert_int_equal(message.terms.n_later_warns_at_ms, 2);
    assert_int_equal(message.terms.later_warns_at_ms[0] - fact.at_ms, 15000);
    assert_int_equal(message.terms.later_warns_at_ms[1] - fact.at_ms, 18000);
    clock_terms_to_message(response, &message);
    assert_int_equal(message.terms.n_later_warns_at_ms, 0);
}

static void test_a_deadline_in_an_unpublished_year_is_provisional(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("songbai-home", REGISTERED, "2026-12-28T09:00:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 2);
    assert_false(arm_named(2, "first_response")->terms.provisional); // 48 hours need no calendar
    assert_true(arm_named(2, "resolution")->terms.provisional);
}

static void test_a_dispatch_has_its_sign_for_clock(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", MILESTONE_BIT(MILESTONE_CASE_DISPATCHED),
                                     "2026-02-13T16:30:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "sign_for");
    assert_string_equal(arms[0].terms.stops_on, "dispatch_answered");
    assert_true(arms[0].terms.due_at_ms == ms("2026-02-15T00:00:00+08:00")); // a Saturday, worked
}

static void test_a_petition_has_the_clocks_of_the_law(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("bureau", REGISTERED, "2026-08-05T10:00:00+08:00");
    fact.situations = "several-departments,petition";
    size_t count = timer_arms(&rules, &fact, arms);
    assert_int_equal(count, 2); // its resolution begins with the acceptance
    assert_non_null(arm_named(count, "acceptance"));
    assert_non_null(arm_named(count, "first_response"));
    fact.milestones =
        MILESTONE_BIT(MILESTONE_CASE_ACCEPTED) | MILESTONE_BIT(MILESTONE_COMPLAINANT_TOLD);
    count = timer_arms(&rules, &fact, arms);
    assert_int_equal(count, 1);
    assert_string_equal(arms[0].terms.policy_version, "cn-petition@1");
    assert_true(arms[0].terms.due_at_ms == ms("2026-10-09T00:00:00+08:00"));
    fact.institution = "first-hospital"; // whose rule of several departments is as particular
    fact.milestones = MILESTONE_BIT(MILESTONE_CASE_ACCEPTED);
    count = timer_arms(&rules, &fact, arms);
    assert_int_equal(count, 1);
    assert_string_equal(arms[0].terms.policy_version, "cn-petition@1");
    assert_true(arms[0].terms.due_at_ms == ms("2026-10-09T00:00:00+08:00"));
    fact.milestones = REGISTERED;
    assert_null(arm_named(timer_arms(&rules, &fact, arms), "resolution"));
    fact.institution = "bureau";
    fact.milestones = MILESTONE_BIT(MILESTONE_CASE_REPLIED);
    count = timer_arms(&rules, &fact, arms);
    assert_true(arm_named(count, "review_request")->terms.lapses);
    fact.milestones = MILESTONE_BIT(MILESTONE_REVIEW_DECIDED); // alone: it was sent back
    assert_int_equal(timer_arms(&rules, &fact, arms), 0);
    fact.milestones |= MILESTONE_BIT(MILESTONE_RE_REVIEW_OPEN);
    count = timer_arms(&rules, &fact, arms);
    assert_int_equal(count, 1);
    assert_string_equal(arms[0].terms.name, "re_review_request");
}

static void test_a_clock_after_another_begins_with_its_stop(void **unused) {
    (void)unused;
    struct timer_fact fact =
        fact_of("demo-clinic", MILESTONE_BIT(MILESTONE_CASE_REPLIED), "2026-03-03T09:00:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "call_back");
    fact.milestones = MILESTONE_BIT(MILESTONE_CASE_DECIDED);
    assert_int_equal(timer_arms(&rules, &fact, arms), 0);
}

static void test_a_limit_that_ends_without_a_reply_has_its_call_back(void **unused) {
    (void)unused;
    Redress__V1__ClockBreached breached = REDRESS__V1__CLOCK_BREACHED__INIT;
    breached.name = (char *)"first_response";
    assert_int_equal(milestones_of(&breached.base), 0);
    breached.name = (char *)"resolution";
    struct timer_fact fact =
        fact_of("bureau", milestones_of(&breached.base), "2026-03-03T09:00:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "expiry_call_back"); // not call_back: the reply's own
    assert_string_equal(arms[0].terms.stops_on, "progress_told");
    assert_int_equal(arms[0].terms.due_at_ms - fact.at_ms, 24 * 3600000);
    fact.institution = "first-hospital"; // whose packs promise none
    assert_int_equal(timer_arms(&rules, &fact, arms), 0);
}

static void test_a_major_case_is_told_of_its_progress_in_time(void **unused) {
    (void)unused;
    static const int64_t days[] = {0, 3, 7, 0, 0};
    static const char *const restarts[] = {NULL, "progress-told", "rework"};
    for (uint32_t row = 0; row < 15; row++) {
        struct timer_fact fact = fact_of("first-hospital", 0, "2026-03-03T09:00:00+08:00");
        fact.urgency = row % 5;
        fact.restart = restarts[row / 5];
        fact.milestones = row < 5 ? MILESTONE_BIT(MILESTONE_CASE_IS_MAJOR) : 0;
        size_t count = timer_arms(&rules, &fact, arms);
        const struct timer_arm *progress = arm_named(count, "progress");
        assert_int_equal(progress != NULL, days[row % 5] != 0);
        if (progress != NULL) {
            int64_t end = ms("2026-03-04T00:00:00+08:00") + days[row % 5] * 86400000;
            assert_int_equal(progress->terms.due_at_ms, end);
            assert_string_equal(progress->terms.stops_on, "progress_told");
        }
    }
}

// DOMAIN: severity and risk, follow-ups. Whom nobody assessed is treated as R3 on a help line.
static void test_a_confirmed_crisis_is_visited_as_its_level_asks(void **unused) {
    (void)unused;
    static const struct {
        const char *institution;
        uint32_t crisis; // Redress__V1__CrisisLevel
        size_t count;
        int64_t hours[4];
    } rows[] = {{"hope-line", 0, 4, {24, 72, 7 * 24, 30 * 24}},
                {"first-hospital", 0, 0, {0}},
                {"hope-line", 1, 0, {0}},
                {"hope-line", 2, 1, {7 * 24}},
                {"hope-line", 3, 2, {72, 7 * 24}},
                {"hope-line", 4, 4, {24, 72, 7 * 24, 30 * 24}},
                {"first-hospital", 4, 4, {24, 72, 7 * 24, 30 * 24}},
                {"hope-line", 5, 1, {24}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct timer_fact fact =
            fact_of(rows[i].institution, MILESTONE_BIT(MILESTONE_CRISIS_CONFIRMED),
                    "2026-03-03T00:00:00+08:00");
        fact.crisis = rows[i].crisis;
        assert_int_equal(timer_arms(&rules, &fact, arms), rows[i].count);
        for (size_t a = 0; a < rows[i].count; a++) {
            char name[33];
            int64_t hours = rows[i].hours[a];
            snprintf(name, sizeof name, "follow_up_%zu", a + 1);
            const struct timer_arm *visit = arm_named(rows[i].count, name);
            assert_non_null(visit);
            // Days end at 24:00 of the last one.
            hours += hours > 72 ? 24 : 0;
            assert_int_equal(visit->terms.due_at_ms - fact.at_ms, hours * 3600000);
            assert_string_equal(visit->terms.stops_on, "visit_done");
        }
    }
}

static void test_a_commitment_is_a_clock_of_its_institutions_cases(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", REGISTERED, "2026-02-13T16:30:00+08:00");
    fact.category = "fees";
    size_t count = timer_arms(&rules, &fact, arms);
    const struct timer_arm *response = arm_named(count, "commitment-response");
    assert_non_null(response);
    assert_string_equal(response->terms.policy_version, "first-hospital-promise@1");
    assert_string_equal(response->terms.stops_on, "complainant_told");
    assert_true(response->terms.due_at_ms == ms("2026-02-25T00:00:00+08:00"));
    assert_non_null(arm_named(count, "commitment-fees"));
    assert_string_equal(arm_named(count, "resolution")->terms.policy_version, "cn-medical@1");
    fact.category = "other";
    count = timer_arms(&rules, &fact, arms);
    assert_null(arm_named(count, "commitment-fees"));
    fact.institution = "donghu-hospital";
    count = timer_arms(&rules, &fact, arms);
    assert_null(arm_named(count, "commitment-response"));
}

static void test_an_unknown_institution_arms_nothing(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("nowhere", REGISTERED, "2026-03-03T09:00:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 0);
}

static void test_entries_round_trip_and_refuse_garbage(void **unused) {
    (void)unused;
    struct timer_entry read;
    char member[TIMER_MEMBER_SIZE];
    for (int kind = 0; kind < TIMER_ENTRY_KINDS; kind++) {
        const struct timer_entry entry = {"01234567-89ab-8def-8123-456789abcdef", "escalation-12",
                                          42, (enum timer_entry_kind)kind};
        timer_entry_write(&entry, member);
        memset(&read, 0, sizeof read);
        assert_true(timer_entry_read(member, &read));
        assert_string_equal(read.case_id, entry.case_id);
        assert_string_equal(read.name, entry.name);
        assert_int_equal(read.version, 42);
        assert_int_equal(read.kind, kind);
    }
    assert_false(timer_entry_read("", &read));
    assert_false(timer_entry_read("x/y/1/b", &read));
    assert_false(timer_entry_read("01234567-89ab-8def-8123-456789abcdef/a/1/x", &read));
    assert_false(timer_entry_read("01234567-89ab-8def-8123-456789abcdef/a/1/bb", &read));
}

// What a pack may name as the end of any clock is told by a fact, or is one of a clock of its own.
static void test_a_case_that_becomes_major_is_told_as_a_stop(void **unused) {
    (void)unused;
    Redress__V1__CaseAssessed fact = REDRESS__V1__CASE_ASSESSED__INIT;
    assert_true((milestones_of(&fact.base) & MILESTONE_BIT(MILESTONE_CASE_IS_MAJOR)) == 0);
    fact.became_major = true;
    assert_true((milestones_of(&fact.base) & MILESTONE_BIT(MILESTONE_CASE_IS_MAJOR)) != 0);
    assert_true(policy_is_told("resolution", MILESTONE_CASE_IS_MAJOR));
    assert_true(policy_is_told("supervision", MILESTONE_SUPERVISION_ANSWERED));
    assert_false(policy_is_told("resolution", MILESTONE_SUPERVISION_ANSWERED));
    assert_true(policy_is_told("co-handling", MILESTONE_CO_HANDLER_ANSWERED));
    assert_false(policy_is_told("supervision", MILESTONE_CO_HANDLER_ANSWERED));
    assert_false(policy_is_told("supervision", MILESTONE_CASE_REGISTERED));
    assert_false(policy_is_told("resolution", MILESTONE_CALL_ENDED));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_case_that_becomes_major_is_told_as_a_stop),
        cmocka_unit_test(test_a_registered_case_arms_its_clocks),
        cmocka_unit_test(test_urgency_shortens_the_limit_and_moves_the_warning),
        cmocka_unit_test(test_each_warn_point_of_a_rule_is_proposed),
        cmocka_unit_test(test_a_deadline_in_an_unpublished_year_is_provisional),
        cmocka_unit_test(test_a_dispatch_has_its_sign_for_clock),
        cmocka_unit_test(test_a_petition_has_the_clocks_of_the_law),
        cmocka_unit_test(test_a_clock_after_another_begins_with_its_stop),
        cmocka_unit_test(test_a_limit_that_ends_without_a_reply_has_its_call_back),
        cmocka_unit_test(test_a_major_case_is_told_of_its_progress_in_time),
        cmocka_unit_test(test_a_confirmed_crisis_is_visited_as_its_level_asks),
        cmocka_unit_test(test_a_commitment_is_a_clock_of_its_institutions_cases),
        cmocka_unit_test(test_an_unknown_institution_arms_nothing),
        cmocka_unit_test(test_entries_round_trip_and_refuse_garbage),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
