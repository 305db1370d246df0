// SPDX-License-Identifier: Apache-2.0
// What is checked of a pack's rules together: overlaps, cycles, ends that come too soon, words.
#include "changed_pack.h"

#include "common/policy_check.h"
#include "common/policy_known.h"

static void test_rules_for_different_levels_of_crisis_never_overlap(void **state) {
    static const char other_level[] =
        "    when: {severities: [P3], channels: [letter], categories: [fees], situations: [R1]}\n"
        "    starts_on: case_registered\n"
        "    stops_on: case_replied\n"
        "    limit: {value: 24, unit: hours}\n"
        "  - id: decision-calm\n"
        "    clock: resolution\n"
        "    source: {kind: ours, text: test}\n"
        "    when: {severities: [P3], channels: [letter], categories: [fees], situations: [R2]}\n";
    char from[1024];
    struct policy_set *set = NULL;
    struct error error = {.text = ""};
    const char *begin = strstr(sound, "    when: {severities: [P1, P2]}");
    const char *end = strstr(begin, "situations: [x]}\n") + strlen("situations: [x]}\n");
    (void)state;
    snprintf(from, sizeof from, "%.*s", (int)(end - begin), begin);
    assert_int_equal(load_changed(from, other_level, &set, &error), RC_OK);
    policy_set_free(set);
}

// Two more clocks, each of which waits for the other in rules for these cases.
static enum rc load_ring(const char *first, const char *second, const char *more,
                         struct error *error) {
    static const char rule[] = "  - {id: %s, clock: %s, source: {kind: ours, text: x}, %s, "
                               "%s, stops_on: %s, limit: {value: 1, unit: hours}}\n";
    static const char begins[] = "starts_on: case_registered";
    const struct {
        const char *id, *clock, *when, *start, *stop;
    } rules[] = {{"q1", "call_back", first, "after: review", "case_decided"},
                 {"q1-else", "call_back", "lapses: false", begins, "case_decided"},
                 {"q2", "review", second, "after: call_back", "case_replied"},
                 {"q2-else", "review", "lapses: false", begins, "case_replied"}};
    char to[4096];
    size_t used = (size_t)snprintf(to, sizeof to, "rules:\n");
    struct policy_set *set = NULL;
    for (size_t i = 0; i < COUNT(rules); i++) {
        used += (size_t)snprintf(to + used, sizeof to - used, rule, rules[i].id, rules[i].clock,
                                 rules[i].when, rules[i].start, rules[i].stop);
    }
    snprintf(to + used, sizeof to - used, "%s", more);
    enum rc rc = load_changed("rules:\n", to, &set, error);
    policy_set_free(set);
    return rc;
}

static void test_policy_rules_that_no_case_has_together_are_no_cycle(void **state) {
    (void)state;
    static const char p2_begins[] =
        "  - {id: q3, clock: review, source: {kind: ours, text: x}, when: {severities: [P2], "
        "channels: [phone]}, starts_on: case_registered, stops_on: case_replied, limit: {value: 1, "
        "unit: hours}}\n";
    static const struct {
        const char *first, *second, *more;
        bool cycle;
    } rows[] = {
        {"when: {severities: [P2]}", "when: {severities: [P3]}", "", false},
        {"when: {severities: [P2]}", "when: {severities: [P2, P3]}", "", true},
        {"when: {severities: [P2]}", "when: {channels: [phone]}", "", true},
        {"when: {channels: [web]}", "when: {channels: [phone]}", "", false},
        {"when: {categories: [fees]}", "when: {categories: [waiting]}", "", false},
        {"when: {categories: [waiting, fees]}", "when: {categories: [fees]}", "", true},
        {"when: {situations: [R3]}", "when: {situations: [R4]}", "", false},
        {"when: {situations: [R3]}", "when: {situations: [R3, R4]}", "", true},
        {"when: {situations: [petition]}", "when: {situations: [R4]}", "", true}, // both may be
        // A more particular rule goes before the one that would close the ring.
        {"when: {severities: [P2], channels: [phone]}", "when: {severities: [P2]}", p2_begins,
         false},
        {"when: {severities: [P2]}", "when: {severities: [P2]}", p2_begins, true}, // by letter
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {.text = ""};
        enum rc rc = load_ring(rows[i].first, rows[i].second, rows[i].more, &error);
        if ((rc == RC_OK) == rows[i].cycle ||
            (rc != RC_OK && strstr(error.text, "q1: after: a cycle") == NULL)) {
            fail_msg("%s, %s: %s", rows[i].first, rows[i].second, error.text);
        }
    }
}

// By the table of what comes once; what can come again after a reopening may stop any clock.
static void test_policy_stop_that_only_comes_before_its_start_is_refused(void **state) {
    (void)state;
    static const struct {
        enum milestone start, stop;
        bool may;
    } spans[] = {{MILESTONE_CASE_REPLIED, MILESTONE_CASE_REPLIED, false},
                 {MILESTONE_CASE_CLOSED, MILESTONE_CASE_REGISTERED, false},
                 {MILESTONE_CALL_OFFERED, MILESTONE_CASE_REGISTERED, true},
                 {MILESTONE_CASE_REPLIED, MILESTONE_REVIEW_REQUESTED, true},
                 {MILESTONE_REVIEW_DECIDED, MILESTONE_REVIEW_REQUESTED, false},
                 {MILESTONE_REVIEW_DECIDED, MILESTONE_RE_REVIEW_REQUESTED, true},
                 {MILESTONE_RE_REVIEW_REQUESTED, MILESTONE_REVIEW_DECIDED, false},
                 {MILESTONE_RE_REVIEW_DECIDED, MILESTONE_RE_REVIEW_REQUESTED, false},
                 {MILESTONE_CASE_ACCEPTED, MILESTONE_COMPLAINANT_TOLD, false}, // one fact is both
                 {MILESTONE_CASE_SIGNED, MILESTONE_DISPATCH_ANSWERED, false},
                 {MILESTONE_DISPATCH_ANSWERED, MILESTONE_CASE_SIGNED, true}, // or a return
                 {MILESTONE_COMPLAINANT_TOLD, MILESTONE_CASE_ACCEPTED, true},
                 {MILESTONE_CASE_IS_MAJOR, MILESTONE_CASE_ASSESSED, false},
                 {MILESTONE_CASE_CLOSED, MILESTONE_CASE_REPLIED, true}};
    for (size_t i = 0; i < COUNT(spans); i++) {
        if (policy_may_follow(spans[i].start, spans[i].stop) != spans[i].may) {
            fail_msg("%s to %s", milestone_name(spans[i].start), milestone_name(spans[i].stop));
        }
    }
}

static void test_policy_unknown_types_and_situations_are_named(void **state) {
    (void)state;
    struct policy_set *set = NULL;
    struct error error = {.text = ""};
    size_t count = 0;
    assert_int_equal(load_changed("layer: national",
                                  "layer: national\ninstitution_types: [bureau, hospitol]", &set,
                                  &error),
                     RC_OK);
    const struct policy *const *all = policy_set_all(set, &count);
    assert_int_equal(policy_check_words("/nowhere", all[0], &error), RC_INVALID);
    assert_non_null(strstr(error.text, "/nowhere/test@1.yaml"));
    assert_non_null(strstr(error.text, "test: institution_types: \"hospitol\""));
    assert_non_null(strstr(error.text, "none of hospital, clinic"));
    policy_set_free(set);
    assert_int_equal(load_changed("layer: national",
                                  "layer: national\ninstitution_types: [bureau, hospital]", &set,
                                  &error),
                     RC_OK);
    all = policy_set_all(set, &count);
    assert_int_equal(policy_check_words("/nowhere", all[0], &error), RC_INVALID);
    assert_non_null(strstr(error.text, "decision-calm: situations: \"x\" is none of petition, "));
    policy_set_free(set);
    assert_int_equal(load_changed("situations: [x]", "situations: [petition, R3]", &set, &error),
                     RC_OK);
    all = policy_set_all(set, &count);
    assert_int_equal(policy_check_words("/nowhere", all[0], &error), RC_OK);
    policy_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_for_different_levels_of_crisis_never_overlap),
        cmocka_unit_test(test_policy_rules_that_no_case_has_together_are_no_cycle),
        cmocka_unit_test(test_policy_stop_that_only_comes_before_its_start_is_refused),
        cmocka_unit_test(test_policy_unknown_types_and_situations_are_named),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
