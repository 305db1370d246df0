// SPDX-License-Identifier: Apache-2.0
// Limits of every unit, choosing, and the explanation; on the packs and calendars that are shipped.
#include "common/deadline_text.h"

#include "common/clock.h"
#include "common/policy_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct calendar_set *calendars;
static struct policy_set *policies;
static const struct calendar *china;

static int load(void **state) {
    struct error error;
    (void)state;
    if (calendar_set_load(&calendars, "deploy/calendars", &error) != RC_OK ||
        policy_set_load(&policies, "deploy/policies", NULL, calendars, &error) != RC_OK) {
        fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    china = calendar_set_find(calendars, "cn-state-council@1");
    return 0;
}

static int unload(void **state) {
    (void)state;
    policy_set_free(policies);
    calendar_set_free(calendars);
    return 0;
}

static int64_t ms_of(const char *text) {
    struct error error;
    int64_t ms = 0;
    assert_int_equal(clock_parse(text, &ms, &error), RC_OK);
    return ms;
}

static void assert_ends(struct limit limit, const char *start, const char *due) {
    char text[CLOCK_TEXT_SIZE];
    zone_format(calendar_zone(china), limit_end(china, limit, ms_of(start), 0).at_ms, text);
    assert_string_equal(text, due);
}

#define LIMIT(number, of) ((struct limit){.value = (number), .unit = (of)})

// 24:00 of the day that the published sums end on is 0:00 of the next.
static void test_deadline_working_days_published_sums_agree(void **state) {
    (void)state;
    static const struct {
        const char *start;
        uint32_t days;
        const char *due;
    } sums[] = {
        {"2026-02-13T09:00:00+08:00", 5, "2026-02-28T00:00:00.000+08:00"},
        {"2026-09-30T09:00:00+08:00", 3, "2026-10-11T00:00:00.000+08:00"},
        {"2025-09-26T09:00:00+08:00", 10, "2025-10-17T00:00:00.000+08:00"},
        {"2025-01-24T09:00:00+08:00", 5, "2025-02-08T00:00:00.000+08:00"},
        {"2026-04-30T09:00:00+08:00", 3, "2026-05-09T00:00:00.000+08:00"},
        {"2025-12-31T09:00:00+08:00", 5, "2026-01-09T00:00:00.000+08:00"},
        {"2026-09-18T09:00:00+08:00", 5, "2026-09-25T00:00:00.000+08:00"},
    };
    for (size_t i = 0; i < COUNT(sums); i++) {
        assert_ends(LIMIT(sums[i].days, LIMIT_WORKING_DAYS), sums[i].start, sums[i].due);
    }
}

static void test_deadline_calendar_days_ending_on_holiday_roll_forward(void **state) {
    (void)state;
    struct limit kept = LIMIT(60, LIMIT_CALENDAR_DAYS);
    assert_ends(kept, "2026-08-05T09:00:00+08:00", "2026-10-09T00:00:00.000+08:00");
    kept.keeps_last_day = true;
    assert_ends(kept, "2026-08-05T09:00:00+08:00", "2026-10-05T00:00:00.000+08:00");
    assert_ends(LIMIT(14, LIMIT_CALENDAR_DAYS), "2026-09-17T09:00:00+08:00",
                "2026-10-09T00:00:00.000+08:00");
    assert_ends(LIMIT(1, LIMIT_CALENDAR_DAYS), "2026-03-03T09:00:00+08:00",
                "2026-03-05T00:00:00.000+08:00");
}

static void test_deadline_start_day_is_that_of_the_calendars_zone(void **state) {
    (void)state;
    // The first and the last moment of one local day, and the first of the next.
    const struct limit day = LIMIT(1, LIMIT_WORKING_DAYS);
    assert_ends(day, "2026-03-02T16:00:00Z", "2026-03-05T00:00:00.000+08:00");
    assert_ends(day, "2026-03-03T15:59:59.999Z", "2026-03-05T00:00:00.000+08:00");
    assert_ends(day, "2026-03-03T16:00:00Z", "2026-03-06T00:00:00.000+08:00");
}

static void test_deadline_counted_start_day_ends_a_day_earlier(void **state) {
    (void)state;
    struct limit limit = LIMIT(6, LIMIT_MONTHS);
    limit.counts_start_day = true;
    limit.keeps_last_day = true;
    assert_ends(limit, "2026-01-10T09:00:00+08:00", "2026-07-10T00:00:00.000+08:00");
    limit = LIMIT(3, LIMIT_WORKING_DAYS);
    limit.counts_start_day = true;
    assert_ends(limit, "2026-03-02T09:00:00+08:00", "2026-03-05T00:00:00.000+08:00");
    limit = LIMIT(3, LIMIT_CALENDAR_DAYS);
    limit.counts_start_day = true;
    assert_ends(limit, "2026-03-02T09:00:00+08:00", "2026-03-05T00:00:00.000+08:00");
}

static void test_deadline_hours_and_less_run_from_the_moment(void **state) {
    (void)state;
    assert_ends(LIMIT(6, LIMIT_SECONDS), "2026-02-15T23:59:58+08:00",
                "2026-02-16T00:00:04.000+08:00");
    assert_ends(LIMIT(15, LIMIT_MINUTES), "2026-02-15T23:50:00+08:00",
                "2026-02-16T00:05:00.000+08:00");
    assert_ends(LIMIT(48, LIMIT_HOURS), "2026-02-28T10:00:00.250+08:00",
                "2026-03-02T10:00:00.250+08:00");
    assert_ends(LIMIT(8, LIMIT_WORKING_HOURS), "2026-02-13T16:30:00+08:00",
                "2026-02-14T17:30:00.000+08:00");
}

static bool compute(const struct policy_case *about, const char *clock, const char *start,
                    struct deadline *deadline) {
    size_t count = 0;
    const struct policy *const *all = policy_set_all(policies, &count);
    return deadline_compute(all, count, about, clock, ms_of(start), deadline);
}

static void test_deadline_each_severity_has_its_rule(void **state) {
    (void)state;
    static const char *const rules[] = {"medical-response", "medical-response-p1",
                                        "medical-response-p2", "medical-response",
                                        "medical-response-p4"};
    struct policy_case about = {.institution = "h", .institution_type = "hospital"};
    struct deadline deadline;
    for (unsigned i = 0; i < POLICY_SEVERITIES; i++) {
        struct policy_choice choice;
        size_t count = 0;
        const struct policy *const *all = policy_set_all(policies, &count);
        about.severity = i;
        // Foreign packs hold for all institutions: a region names the packs that it uses.
        for (size_t p = 0; p < count; p++) {
            if (strcmp(all[p]->id, "cn-medical") == 0) {
                assert_true(policy_choose(&all[p], 1, &about, "first_response",
                                          ms_of("2026-03-03T09:00:00+08:00"), &choice));
                assert_string_equal(choice.rule->id, rules[i]);
            }
        }
    }
    about.institution_type = "elderly-care-home";
    assert_false(compute(&about, "no-such-clock", "2026-03-03T09:00:00+08:00", &deadline));
}

static struct policy_rule rule_with(struct limit limit) {
    return (struct policy_rule){
        .id = "test-rule", .clock = "resolution", .limit = limit, .source = {POLICY_OURS, "测试"}};
}

static struct deadline of_rule(struct policy_rule *rule, const char *start) {
    static struct policy policy = {.id = "test-policy", .label = "test-policy@3"};
    struct deadline deadline;
    policy.calendar = china;
    const struct policy_choice choice = {&policy, rule, NULL, NULL};
    deadline_of_choice(&choice, ms_of(start), NULL, 0, &deadline);
    return deadline;
}

static void test_deadline_warn_point_follows_length_and_own_percents(void **state) {
    (void)state;
    static const struct {
        struct limit limit;
        uint32_t percent;
        int64_t warn_after_ms;
    } points[] = {
        {LIMIT(2, LIMIT_HOURS), 0, 3600000},     {LIMIT(120, LIMIT_MINUTES), 0, 3600000},
        {LIMIT(121, LIMIT_MINUTES), 0, 5445000}, {LIMIT(24, LIMIT_HOURS), 0, 64800000},
        {LIMIT(6, LIMIT_SECONDS), 0, 3000},      {LIMIT(10, LIMIT_HOURS), 90, 32400000},
        {LIMIT(10, LIMIT_SECONDS), 10, 1000},
    };
    const int64_t start = ms_of("2026-03-03T09:00:00+08:00");
    for (size_t i = 0; i < COUNT(points); i++) {
        uint32_t percent = points[i].percent;
        struct policy_rule rule = rule_with(points[i].limit);
        rule.warn_percents = &percent;
        rule.warn_count = percent == 0 ? 0 : 1;
        struct deadline deadline = of_rule(&rule, "2026-03-03T09:00:00+08:00");
        assert_int_equal(deadline.warn_count, 1);
        assert_int_equal(deadline.warn_at_ms[0] - start, points[i].warn_after_ms);
    }
    uint32_t percents[] = {10, 50, 90};
    struct policy_rule rule = rule_with(LIMIT(100, LIMIT_SECONDS));
    rule.warn_percents = percents;
    rule.warn_count = COUNT(percents);
    struct deadline deadline = of_rule(&rule, "2026-03-03T09:00:00+08:00");
    assert_int_equal(deadline.warn_count, 3);
    assert_int_equal(deadline.warn_at_ms[2] - start, 90000);
}

static void test_deadline_warn_points_of_one_moment_are_one(void **state) {
    (void)state;
    uint32_t percents[] = {10, 11, 12, 99};
    struct policy_rule rule = rule_with(LIMIT(0, LIMIT_SECONDS));
    rule.warn_percents = percents;
    rule.warn_count = COUNT(percents);
    struct deadline deadline = of_rule(&rule, "2026-03-03T09:00:00+08:00");
    assert_int_equal(deadline.warn_count, 1);
    rule.limit = LIMIT(1, LIMIT_SECONDS);
    assert_int_equal(of_rule(&rule, "2026-03-03T09:00:00+08:00").warn_count, 4);
}

static void test_deadline_in_unpublished_year_is_provisional(void **state) {
    (void)state;
    struct policy_rule days = rule_with(LIMIT(3, LIMIT_WORKING_DAYS));
    struct policy_rule hours = rule_with(LIMIT(240, LIMIT_HOURS));
    // 24:00 of 31 December is still that year's.
    assert_false(of_rule(&days, "2026-12-28T09:00:00+08:00").provisional);
    struct deadline next_year = of_rule(&days, "2026-12-29T09:00:00+08:00");
    char line[DEADLINE_LINE_SIZE];
    assert_true(next_year.provisional);
    deadline_line(&next_year, next_year.step_count - 1, DEADLINE_CHINESE, line);
    assert_non_null(strstr(line, "暂定"));
    assert_false(of_rule(&hours, "2026-12-29T09:00:00+08:00").provisional);
    assert_true(of_rule(&days, "2024-12-29T09:00:00+08:00").provisional);
    days.limit = LIMIT(20, LIMIT_WORKING_HOURS);
    assert_true(of_rule(&days, "2026-12-30T09:00:00+08:00").provisional);
    days.limit = (struct limit){.value = 9, .unit = LIMIT_CALENDAR_DAYS, .keeps_last_day = true};
    assert_false(of_rule(&days, "2026-12-30T09:00:00+08:00").provisional);
}

static void assert_explained(const struct deadline *deadline, enum deadline_language language,
                             const char *const *words, size_t count) {
    char all[DEADLINE_STEPS * DEADLINE_LINE_SIZE] = "";
    size_t used = 0;
    for (unsigned i = 0; i < deadline->step_count; i++) {
        char line[DEADLINE_LINE_SIZE];
        deadline_line(deadline, i, language, line);
        assert_null(strchr(line, '{'));
        used += (size_t)snprintf(all + used, sizeof all - used, "%s\n", line);
    }
    for (size_t i = 0; i < count; i++) {
        if (strstr(all, words[i]) == NULL) {
            fail_msg("%s is missing in\n%s", words[i], all);
        }
    }
}

static void test_deadline_explanation_names_policy_limit_and_calendar(void **state) {
    (void)state;
    static const char *const chinese[] = {"2026-02-13T16:30:00.000+08:00",
                                          "test-policy@3",
                                          "测试",
                                          "5个工作日",
                                          "起算日不计入",
                                          "cn-state-council@1",
                                          "最后一日为2026-02-27",
                                          "2026-02-28T00:00:00"};
    static const char *const english[] = {"runs from 2026-02-13T16:30:00.000+08:00",
                                          "5 working days", "not counted",
                                          "the last day is 2026-02-27", "due 2026-02-28T00:00:00"};
    static const char *const rolled[] = {"2026-10-04为休息日，顺延至2026-10-08"};
    struct policy_rule rule = rule_with(LIMIT(5, LIMIT_WORKING_DAYS));
    struct deadline deadline = of_rule(&rule, "2026-02-13T16:30:00+08:00");
    assert_explained(&deadline, DEADLINE_CHINESE, chinese, COUNT(chinese));
    assert_explained(&deadline, DEADLINE_ENGLISH, english, COUNT(english));
    rule.limit = LIMIT(60, LIMIT_CALENDAR_DAYS);
    deadline = of_rule(&rule, "2026-08-05T16:30:00+08:00");
    assert_explained(&deadline, DEADLINE_CHINESE, rolled, COUNT(rolled));
}

// Its times are told to the millisecond, and their difference is.
static void test_deadline_a_pause_is_told_to_the_millisecond(void **state) {
    (void)state;
    static const struct {
        int64_t amount;
        enum limit_unit unit;
        const char *chinese, *english;
    } rows[] = {{3250, LIMIT_HOURS, "扣除3.250秒", "3.250 seconds excluded"},
                {40, LIMIT_SECONDS, "扣除0.040秒", "0.040 seconds excluded"},
                {3000, LIMIT_MINUTES, "扣除3秒", " 3 seconds excluded"},
                {2, LIMIT_WORKING_DAYS, "扣除2个工作日", " 2 working days excluded"}};
    struct deadline deadline;
    assert_true(compute(&(struct policy_case){.institution_type = "hospital"}, "resolution",
                        "2026-02-13T16:30:00+08:00", &deadline));
    deadline.step_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[DEADLINE_LINE_SIZE];
        deadline.steps[0] = (struct deadline_step){.kind = DEADLINE_PAUSED,
                                                   .at_ms = ms_of("2026-02-13T16:30:00+08:00"),
                                                   .to_ms = ms_of("2026-02-13T16:30:00+08:00"),
                                                   .amount = rows[i].amount,
                                                   .limit = {.unit = rows[i].unit},
                                                   .text = "appraisal"};
        deadline_line(&deadline, 0, DEADLINE_CHINESE, line);
        assert_non_null(strstr(line, rows[i].chinese));
        deadline_line(&deadline, 0, DEADLINE_ENGLISH, line);
        assert_non_null(strstr(line, rows[i].english));
    }
}

static void test_deadline_json_holds_each_step_as_data(void **state) {
    (void)state;
    struct policy_rule rule = rule_with(LIMIT(60, LIMIT_CALENDAR_DAYS));
    struct deadline deadline = of_rule(&rule, "2026-08-05T16:30:00+08:00");
    json_t *json = deadline_json(&deadline, DEADLINE_ENGLISH);
    json_t *steps = json_object_get(json, "steps");
    assert_int_equal(json_array_size(steps), deadline.step_count);
    static const char *const codes[] = {"start", "rule", "counting", "last_day", "rolled", "due"};
    assert_int_equal(json_array_size(steps), COUNT(codes));
    for (size_t i = 0; i < COUNT(codes); i++) {
        const char *code = json_string_value(json_object_get(json_array_get(steps, i), "step"));
        assert_string_equal(code, codes[i]);
    }
    assert_string_equal(json_string_value(json_object_get(json_array_get(steps, 4), "to_day")),
                        "2026-10-08");
    assert_string_equal(json_string_value(json_object_get(json, "due_at")),
                        "2026-10-09T00:00:00.000+08:00");
    json_decref(json);
}

// The law's limit bounds a longer one above it; a shorter one gives way only where it says so.
static void test_deadline_statutory_limit_bounds_and_prevails(void **state) {
    (void)state;
    struct policy law = {.id = "law", .label = "law@1", .calendar = china};
    struct policy local = {
        .id = "local", .label = "local@1", .layer = POLICY_REGION, .calendar = china};
    struct policy_rule statute = rule_with(LIMIT(60, LIMIT_CALENDAR_DAYS));
    struct policy_rule rule = rule_with(LIMIT(5, LIMIT_WORKING_DAYS));
    const struct policy_choice choice = {&local, &rule, &law, &statute};
    int64_t start = ms_of("2026-03-03T09:00:00+08:00");
    statute.statutory = true;
    assert_ptr_equal(deadline_bound(&choice, start).rule, &rule);
    rule.longer_law_prevails = true;
    assert_ptr_equal(deadline_bound(&choice, start).rule, &statute);
    rule.longer_law_prevails = false;
    rule.limit = LIMIT(90, LIMIT_CALENDAR_DAYS);
    assert_ptr_equal(deadline_bound(&choice, start).rule, &statute);
    assert_ptr_equal(deadline_bound(&choice, start).policy, &law);
    static const char *const words[] = {"法定期限优先", "law@1"};
    struct deadline deadline;
    deadline_of_choice(&choice, start, NULL, 0, &deadline);
    assert_ptr_equal(deadline.policy, &law);
    assert_explained(&deadline, DEADLINE_CHINESE, words, COUNT(words));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline_working_days_published_sums_agree),
        cmocka_unit_test(test_deadline_calendar_days_ending_on_holiday_roll_forward),
        cmocka_unit_test(test_deadline_start_day_is_that_of_the_calendars_zone),
        cmocka_unit_test(test_deadline_counted_start_day_ends_a_day_earlier),
        cmocka_unit_test(test_deadline_hours_and_less_run_from_the_moment),
        cmocka_unit_test(test_deadline_each_severity_has_its_rule),
        cmocka_unit_test(test_deadline_warn_point_follows_length_and_own_percents),
        cmocka_unit_test(test_deadline_warn_points_of_one_moment_are_one),
        cmocka_unit_test(test_deadline_in_unpublished_year_is_provisional),
        cmocka_unit_test(test_deadline_explanation_names_policy_limit_and_calendar),
        cmocka_unit_test(test_deadline_a_pause_is_told_to_the_millisecond),
        cmocka_unit_test(test_deadline_json_holds_each_step_as_data),
        cmocka_unit_test(test_deadline_statutory_limit_bounds_and_prevails),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
