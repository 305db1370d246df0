// SPDX-License-Identifier: Apache-2.0
// The last grant by which somebody could act for a case, or review it, ends: the bureau is told
// with the next fact of the case, once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command_access.h"
#include "example_region.h"
#include "staffing.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define OWN "first-hospital.nursing"
#define EMPTY "first-hospital.records" // has nobody of its own

static struct case_state state;
static struct staffing_grants handlers;
static struct staffing_grants reviewers;

// A hospital's case that its nursing department handles.
static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    handlers.count = 0;
    reviewers.count = 0;
    snprintf(state.case_id, sizeof state.case_id, CASE_ID);
    snprintf(state.tenant, sizeof state.tenant, "first-hospital");
    snprintf(state.unit, sizeof state.unit, OWN);
    snprintf(state.handler, sizeof state.handler, "shen-yue");
    state.status = CASE_INVESTIGATING;
    state.looked_at_ms = NOW - 1000;
    access_ask_policy(region, &state, NOW);
    return 0;
}

static void give(struct staffing_grants *grants, const char *unit, const char *subject,
                 int64_t until_ms) {
    struct staffing_grant *grant = &grants->people[grants->count++];
    snprintf(grant->subject, sizeof grant->subject, "%s", subject);
    snprintf(grant->unit, sizeof grant->unit, "%s", unit);
    grant->until_ms = until_ms;
}

static void co_handle(const char *unit) {
    struct case_co_handler *at = &state.parts.co_handlers[state.parts.co_handler_count++];
    memset(at, 0, sizeof *at);
    snprintf(at->unit, sizeof at->unit, "%s", unit);
}

// The unit that is told with an input of this kind; "".
static const char *told(enum input_kind kind) {
    const struct case_command command = {.text = ""};
    const struct case_input input = {.kind = kind, .of.command = &command};
    const char *unit = staffing_ended_alarm(region, &state, &input, &handlers, &reviewers, NOW);
    return unit == NULL ? "" : unit;
}

static void test_a_co_handlers_last_grant_that_ends_is_told(void **unused) {
    (void)unused;
    co_handle(EMPTY);
    assert_string_equal(told(INPUT_COMMENT), ""); // it had nobody before
    give(&handlers, EMPTY, "he-jing", NOW);
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
    assert_string_equal(told(INPUT_SUSPEND), "bureau.complaints"); // it stays in hand
    assert_string_equal(told(INPUT_MERGE), "");                    // tells nothing of any one
    assert_string_equal(told(INPUT_WITHDRAW), "");
    give(&handlers, EMPTY, "cao-bin", NOW + 1);
    assert_string_equal(told(INPUT_COMMENT), ""); // another one is left
    case_add_conflict(&state, "cao-bin");
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
    state.parts.co_handlers[0].answered = true;
    assert_string_equal(told(INPUT_COMMENT), "");
}

static void test_a_unit_of_its_own_people_needs_no_grant(void **unused) {
    (void)unused;
    co_handle("first-hospital.medical");
    give(&handlers, "first-hospital.medical", "he-jing", NOW);
    assert_string_equal(told(INPUT_COMMENT), "");
    case_add_conflict(&state, "cao-bin"); // its own only one
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
}

static void test_a_unit_that_nobody_signed_for_is_told_of_too(void **unused) {
    (void)unused;
    snprintf(state.unit, sizeof state.unit, EMPTY);
    give(&handlers, EMPTY, "he-jing", NOW);
    assert_string_equal(told(INPUT_COMMENT), ""); // its handler has it
    state.handler[0] = '\0';
    state.status = CASE_DISPATCHED;
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
    assert_string_equal(told(INPUT_DISPATCH), ""); // looks at the new one
    assert_string_equal(told(INPUT_SIGN), "");
    state.status = CASE_RETURN_REQUESTED;
    assert_string_equal(told(INPUT_COMMENT), ""); // the bureau has it
    state.status = CASE_REWORK;
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
    case_note_hand(&state, "he-jing", CASE_HANDLED);
    case_end_round(&state, true);
    assert_string_equal(told(INPUT_COMMENT), ""); // was barred before
}

static void test_a_reviewers_last_grant_that_ends_is_told(void **unused) {
    (void)unused;
    state.status = CASE_REVIEW;
    case_add_conflict(&state, "ren-shan");
    case_add_conflict(&state, "su-qing");
    assert_string_equal(told(INPUT_COMMENT), ""); // told before
    give(&reviewers, "", "gao-min", NOW);
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
    assert_string_equal(told(INPUT_DECIDE_REVIEW), "");
    state.status = CASE_CLOSED;
    assert_string_equal(told(INPUT_COMMENT), "");
    state.status = CASE_RE_REVIEW;
    assert_string_equal(told(INPUT_COMMENT), "bureau.complaints");
    give(&reviewers, "", "lin-zhiyuan", NOW + 1);
    assert_string_equal(told(INPUT_COMMENT), "");
}

// What a fact beside which nothing of this is told must not swallow.
static void test_the_next_fact_that_looks_tells(void **unused) {
    (void)unused;
    struct fact fact;
    static const enum fact_kind blind[] = {FACT_CASE_MERGED, FACT_CASE_UNMERGED,
                                           FACT_PROPOSAL_REFUSED};
    for (size_t i = 0; i < sizeof blind / sizeof blind[0]; i++) {
        fact_init(&fact, blind[i]);
        fact.meta.decided_at_ms = NOW + 1;
        case_apply(&state, &fact);
        assert_true(state.updated_at_ms == NOW + 1 && state.looked_at_ms == NOW - 1000);
    }
    fact_init(&fact, FACT_CASE_COMMENTED);
    fact.meta.decided_at_ms = NOW + 2;
    case_apply(&state, &fact);
    assert_true(state.looked_at_ms == NOW + 2);
}

// It has the case then, by a grant that may end.
static void test_who_takes_a_case_over_by_a_grant_is_noted(void **unused) {
    (void)unused;
    static const enum input_kind kinds[] = {INPUT_INVESTIGATE, INPUT_DECIDE};
    const struct case_command command = {.text = ""};
    struct case_decision decision;
    struct case_actor actor = {.subject = "he-jing", .roles = ROLE_HANDLER};
    struct case_grant grant = {.roles = ROLE_HANDLER, .unit = OWN};
    struct case_command said = {.actor = &actor, .text = "属实", .unit = "", .detail = ""};
    actor.grants = &grant;
    actor.grant_count = 1;
    said.entry.reason = "";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        begin(NULL);
        state.status = CASE_SIGNED;
        struct case_input input = {
            .kind = kinds[i], .cause_id = CASE_ID, .actor = "he-jing", .of.command = &command};
        give(&handlers, OWN, "he-jing", NOW + 1000);
        assert_false(staffing_asks_handler(&state, &input, NOW)); // shen-yue has it
        state.handler[0] = '\0';
        assert_true(staffing_asks_handler(&state, &input, NOW));
        staffing_handler(region, &state, &input, &handlers, NOW);
        assert_null(input.unhandled_to);
        input.of.command = &said;
        case_decide(&state, &input, NOW, &decision);
        assert_int_equal(decision.facts[0].kind, FACT_INVESTIGATION_STARTED);
        case_apply(&state, &decision.facts[0]);
        assert_string_equal(state.handler, "he-jing");
        assert_true(state.handled_until_ms == NOW + 1000);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(test_a_co_handlers_last_grant_that_ends_is_told),
        TEST(test_a_unit_of_its_own_people_needs_no_grant),
        TEST(test_a_unit_that_nobody_signed_for_is_told_of_too),
        TEST(test_a_reviewers_last_grant_that_ends_is_told),
        TEST(test_the_next_fact_that_looks_tells),
        TEST(test_who_takes_a_case_over_by_a_grant_is_noted),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
