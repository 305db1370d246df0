// SPDX-License-Identifier: Apache-2.0
// What a command means by the region's files: who is left to act and to supervise, who may be
// named, and what needs a reason.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command_access.h"
#include "command_body.h"
#include "plans.h"
#include "staffing.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define SUPERVISORS 3 // of the hospital

static const char *const supervisors[SUPERVISORS] = {"lin-zhiyuan", "tang-wei", "gao-min"};

static struct region *region;
static struct case_state state;
static struct case_decision decision;
static struct staffing_grants grants; // of supervisors, or of handlers

static int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static int unload(void **unused) {
    (void)unused;
    region_free(region);
    return 0;
}

// A hospital's case that its nursing department handles.
static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    memset(&grants, 0, sizeof grants);
    snprintf(state.case_id, sizeof state.case_id, CASE_ID);
    snprintf(state.tenant, sizeof state.tenant, "first-hospital");
    snprintf(state.unit, sizeof state.unit, "first-hospital.nursing");
    snprintf(state.handler, sizeof state.handler, "shen-yue");
    state.status = CASE_SIGNED;
    state.urgency = 2;
    state.crisis = 3;
    return 0;
}

static int64_t now = 1770971400000;

static void grant_on(const char *unit, const char *subject) {
    struct staffing_grant *grant = &grants.people[grants.count++];
    snprintf(grant->subject, sizeof grant->subject, "%s", subject);
    snprintf(grant->unit, sizeof grant->unit, "%s", unit);
    grant->until_ms = now + 1000;
}

// The unit that is told that nobody supervises the case after this; "".
static const char *unsupervised(struct case_input *input) {
    staffing_supervision(region, &state, input, &grants, now);
    return input->unsupervised_to == NULL ? "" : input->unsupervised_to;
}

static const char *unsupervised_by(const char *subject) {
    const struct case_command command = {.staff = subject, .text = ""};
    struct case_input input = {.kind = INPUT_DECLARE_CONFLICT, .of.command = &command};
    return unsupervised(&input);
}

static void test_the_last_supervisor_in_conflict_is_told_to_the_bureau_once(void **unused) {
    (void)unused;
    for (size_t i = 0; i + 1 < SUPERVISORS; i++) {
        assert_string_equal(unsupervised_by(supervisors[i]), "");
        case_add_conflict(&state, supervisors[i]);
    }
    assert_string_equal(unsupervised_by("shen-yue"), ""); // supervises nothing
    assert_string_equal(unsupervised_by("he-jing"), "");  // nothing of this institution
    assert_string_equal(unsupervised_by(supervisors[SUPERVISORS - 1]), "bureau.complaints");
    case_add_conflict(&state, supervisors[SUPERVISORS - 1]);
    assert_string_equal(unsupervised_by("shen-yue"), ""); // it was told before
}

static void test_a_person_concerned_may_be_the_last_supervisor(void **unused) {
    (void)unused;
    const struct case_command command = {.entry = {.staff_code = "gao-min"}, .text = ""};
    struct case_input input = {.kind = INPUT_CONCERN_PERSON, .of.command = &command};
    case_add_conflict(&state, supervisors[0]);
    case_add_conflict(&state, supervisors[1]);
    assert_string_equal(unsupervised(&input), "bureau.complaints");
}

static void test_a_case_that_has_ended_needs_nobody(void **unused) {
    (void)unused;
    case_add_conflict(&state, supervisors[0]);
    case_add_conflict(&state, supervisors[1]);
    state.status = CASE_CLOSED;
    assert_string_equal(unsupervised_by(supervisors[2]), "");
}

static void test_a_supervisor_by_grant_counts_until_the_grant_ends(void **unused) {
    (void)unused;
    struct case_command command = {.staff = supervisors[2], .text = "亲属"};
    struct case_actor actor = {.subject = supervisors[2], .roles = ROLE_SUPERVISOR};
    struct case_input input = {.kind = INPUT_DECLARE_CONFLICT,
                               .cause_id = CASE_ID,
                               .actor = supervisors[2],
                               .of.command = &command};
    command.actor = &actor;
    case_add_conflict(&state, supervisors[0]);
    case_add_conflict(&state, supervisors[1]);
    grants.count = 1;
    snprintf(grants.people[0].subject, sizeof grants.people[0].subject, "he-jing");
    grants.people[0].until_ms = now + 1000;
    assert_string_equal(unsupervised(&input), "");
    case_decide(&state, &input, now, &decision);
    assert_int_equal(decision.count, 1);
    case_apply(&state, &decision.facts[0]);
    assert_true(state.supervised_until_ms == now + 1000);
    struct case_input later = {
        .kind = INPUT_COMMENT, .cause_id = CASE_ID, .actor = "shen-yue", .of.command = &command};
    struct case_actor nurse = {.subject = "shen-yue", .roles = ROLE_HANDLER};
    command.actor = &nurse;
    assert_false(staffing_asks_grants(&state, &later, now + 999));
    now += 1000;
    assert_string_equal(unsupervised(&later), ""); // granted anew meanwhile
    grants.count = 0;
    assert_string_equal(unsupervised(&later), "bureau.complaints");
    case_decide(&state, &later, now, &decision);
    assert_int_equal(decision.count, 2);
    assert_int_equal(decision.facts[1].body.alarm_raised.kind,
                     REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_SUPERVISOR);
    case_apply(&state, &decision.facts[1]);
    assert_string_equal(unsupervised(&later), ""); // told once
    now -= 1000;
}

// Who was to supervise it came into conflict while nobody had to.
static void test_a_case_that_goes_on_without_a_supervisor_is_told(void **unused) {
    (void)unused;
    static const enum input_kind kinds[] = {INPUT_REOPEN_CASE, INPUT_REOPEN, INPUT_REWORK,
                                            INPUT_REVIEW};
    const struct case_command command = {.text = ""};
    const Redress__V1__ReopenCase reopen = REDRESS__V1__REOPEN_CASE__INIT;
    state.status = CASE_CLOSED;
    for (size_t i = 0; i < SUPERVISORS; i++) {
        assert_string_equal(unsupervised_by(supervisors[i]), ""); // it has ended
        case_add_conflict(&state, supervisors[i]);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct case_input input = {.kind = kinds[i], .of.command = &command};
        if (kinds[i] == INPUT_REOPEN_CASE) {
            input.of.reopen = &reopen;
        }
        grants.count = 0;
        assert_string_equal(unsupervised(&input), "bureau.complaints");
        grants.count = 1;
        snprintf(grants.people[0].subject, sizeof grants.people[0].subject, "he-jing");
        grants.people[0].until_ms = now + 1000;
        assert_string_equal(unsupervised(&input), "");
    }
    struct case_input input = {.kind = INPUT_COMMENT, .of.command = &command};
    grants.count = 0;
    assert_string_equal(unsupervised(&input), "");
}

static void test_a_supervisor_of_the_old_unit_stays_behind(void **unused) {
    (void)unused;
    const struct case_command command = {.text = "", .unit = "first-hospital.medical"};
    struct case_input input = {.kind = INPUT_DISPATCH, .of.command = &command};
    for (size_t i = 0; i < SUPERVISORS; i++) {
        case_add_conflict(&state, supervisors[i]);
    }
    assert_string_equal(unsupervised(&input), ""); // it was told before
    grants.count = 1;
    snprintf(grants.people[0].subject, sizeof grants.people[0].subject, "he-jing");
    snprintf(grants.people[0].unit, sizeof grants.people[0].unit, "%s", state.unit);
    grants.people[0].until_ms = now + 1000;
    assert_string_equal(unsupervised(&input), "bureau.complaints");
    grants.count = 2;
    grants.people[1] = grants.people[0];
    snprintf(grants.people[1].unit, sizeof grants.people[1].unit, "%s", command.unit);
    assert_string_equal(unsupervised(&input), ""); // who supervises the new one's too
}

// The unit that is told that nobody can decide the review after this; "".
static const char *unreviewable(enum input_kind kind, const char *subject) {
    const struct case_command command = {.staff = subject, .text = ""};
    const struct case_input input = {.kind = kind, .of.command = &command};
    const char *unit = staffing_review_alarm(region, &state, &input, &grants);
    return unit == NULL ? "" : unit;
}

static void test_a_review_that_nobody_can_decide_is_told_to_the_bureau(void **unused) {
    (void)unused;
    access_ask_policy(region, &state, now);
    state.status = CASE_CLOSED;
    assert_string_equal(unreviewable(INPUT_REVIEW, ""), "");
    case_add_conflict(&state, "ren-shan");
    case_note_hand(&state, "su-qing", CASE_HANDLED); // decided nothing
    assert_string_equal(unreviewable(INPUT_REVIEW, ""), "");
    case_note_hand(&state, "su-qing", CASE_JUDGED);
    assert_string_equal(unreviewable(INPUT_REVIEW, ""), "bureau.complaints");
    assert_string_equal(unreviewable(INPUT_RE_REVIEW, ""), "bureau.complaints");
    assert_string_equal(unreviewable(INPUT_CLOSE, ""), "");
    grants.count = 1;
    snprintf(grants.people[0].subject, sizeof grants.people[0].subject, "tang-wei");
    assert_string_equal(unreviewable(INPUT_REVIEW, ""), "bureau.complaints"); // of no level above
    snprintf(grants.people[0].subject, sizeof grants.people[0].subject, "gao-min");
    assert_string_equal(unreviewable(INPUT_REVIEW, ""), "");
}

static void test_the_last_reviewer_in_conflict_is_told_to_the_bureau_once(void **unused) {
    (void)unused;
    access_ask_policy(region, &state, now);
    state.status = CASE_CLOSED;
    assert_string_equal(unreviewable(INPUT_DECLARE_CONFLICT, "ren-shan"), "");
    case_add_conflict(&state, "ren-shan");
    assert_string_equal(unreviewable(INPUT_DECLARE_CONFLICT, "su-qing"), ""); // no review is open
    state.status = CASE_REVIEW;
    assert_string_equal(unreviewable(INPUT_DECLARE_CONFLICT, "shen-yue"), "");
    assert_string_equal(unreviewable(INPUT_DECLARE_CONFLICT, "su-qing"), "bureau.complaints");
    case_add_conflict(&state, "su-qing");
    assert_string_equal(unreviewable(INPUT_DECLARE_CONFLICT, "shen-yue"), ""); // told before
}

static void test_asking_for_a_review_raises_the_alarm_with_it(void **unused) {
    (void)unused;
    const struct case_actor actor = {
        .subject = "tang-wei", .roles = ROLE_SUPERVISOR, .tenants = "first-hospital"};
    const struct case_command command = {.actor = &actor, .text = "不服"};
    const struct case_input input = {.kind = INPUT_REVIEW,
                                     .cause_id = CASE_ID,
                                     .actor = "tang-wei",
                                     .unstaffed_to = "bureau.complaints",
                                     .of.command = &command};
    state.status = CASE_CLOSED;
    case_decide(&state, &input, now, &decision);
    assert_int_equal(decision.verdict, CASE_DECIDED_FACTS);
    assert_int_equal(decision.facts[0].kind, FACT_REVIEW_REQUESTED);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(decision.facts[1].body.alarm_raised.kind,
                     REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_string_equal(decision.facts[1].body.alarm_raised.unit, "bureau.complaints");
}

static void test_a_handler_by_grant_counts_until_the_grant_ends(void **unused) {
    (void)unused;
    const struct case_actor actor = {.subject = "shen-yue", .roles = ROLE_HANDLER};
    const struct case_command command = {.actor = &actor, .text = "办理"};
    struct case_input sign = {.kind = INPUT_SIGN, .actor = "he-jing", .of.command = &command};
    struct case_input later = {
        .kind = INPUT_COMMENT, .cause_id = CASE_ID, .actor = "shen-yue", .of.command = &command};
    struct fact fact;
    grant_on(state.unit, "he-jing");
    staffing_handler(region, &state, &sign, &grants, now);
    assert_true(sign.handled_until_ms == now + 1000);
    sign.actor = "shen-yue"; // of the unit's own
    staffing_handler(region, &state, &sign, &grants, now);
    assert_true(sign.handled_until_ms == 0);
    fact_init(&fact, FACT_CASE_SIGNED);
    fact.body.signed_for.handler = "he-jing";
    fact.body.signed_for.handled_until_ms = now + 1000;
    case_apply(&state, &fact);
    assert_false(staffing_asks_handler(&state, &later, now + 999));
    staffing_handler(region, &state, &later, &grants, now + 1000); // granted anew meanwhile
    assert_null(later.unhandled_to);
    grants.count = 0;
    staffing_handler(region, &state, &later, &grants, now + 1000);
    assert_string_equal(later.unhandled_to, "bureau.complaints");
    case_decide(&state, &later, now + 1000, &decision);
    assert_int_equal(decision.count, 2);
    assert_int_equal(decision.facts[1].body.alarm_raised.kind,
                     REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    case_apply(&state, &decision.facts[1]);
    assert_false(staffing_asks_handler(&state, &later, now + 1000)); // told once
}

// Nobody left to act and nobody left to supervise are two alarms, of two numbers.
static void test_one_conflict_can_raise_both_alarms(void **unused) {
    (void)unused;
    const struct case_actor actor = {.subject = "gao-min", .roles = ROLE_SUPERVISOR};
    const struct case_command command = {.actor = &actor, .staff = "gao-min", .text = "亲属"};
    const struct case_input input = {.kind = INPUT_DECLARE_CONFLICT,
                                     .cause_id = CASE_ID,
                                     .actor = "gao-min",
                                     .unstaffed_to = "bureau.complaints",
                                     .unsupervised_to = "bureau.complaints",
                                     .of.command = &command};
    case_decide(&state, &input, 1770971400000, &decision);
    assert_int_equal(decision.count, 3);
    const Redress__V1__AlarmRaised *first = &decision.facts[1].body.alarm_raised;
    const Redress__V1__AlarmRaised *second = &decision.facts[2].body.alarm_raised;
    assert_int_equal(first->kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_int_equal(second->kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_SUPERVISOR);
    assert_int_equal(second->ordinal, first->ordinal + 1);
    assert_string_not_equal(second->alarm_id, first->alarm_id);
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
    }
    assert_int_equal(state.alarm_count, 2);
    assert_string_equal(state.alarms[1].unit, "bureau.complaints"); // whose ladder it climbs
}

// The field that is wrong with naming this person; "".
static const char *wrong_with(const char *staff_code) {
    static struct error error;
    char situations[CASE_SITUATIONS_SIZE];
    struct case_command command = {0};
    json_t *body =
        json_pack("{s:s, s:s, s:s}", "kind", "staff", "title", "护士", "staff_code", staff_code);
    const struct command_request request = {.kind = INPUT_CONCERN_PERSON, .body = body};
    memset(&error, 0, sizeof error);
    enum rc rc = command_body_read(region, &request, &command, situations, &error);
    json_decref(body);
    return rc == RC_OK ? "" : error.field;
}

static void test_a_staff_code_is_one_of_the_regions(void **unused) {
    (void)unused;
    assert_string_equal(wrong_with("demo-handler"), "");
    assert_string_equal(wrong_with(""), ""); // somebody from outside
    assert_string_equal(wrong_with("Demo-Handler"), "staff_code");
    assert_string_equal(wrong_with("N-107"), "staff_code");
}

// The field that is wrong with an assessment of a case of P2 and R2; "".
static const char *wrong_to_assess(uint32_t urgency, uint32_t crisis, const char *reason) {
    static struct error error;
    struct plans plans;
    struct case_command command = {.urgency = urgency, .crisis = crisis, .text = reason};
    memset(&error, 0, sizeof error);
    enum rc rc =
        plans_make(&plans, region, &state, INPUT_SET_ASSESSMENT, &command, 1770971400000, &error);
    plans_free(&plans);
    return rc == RC_OK ? "" : error.field;
}

// The refusal of sending the hospital's case there, or of asking for help there, by who has these
// institutions in scope.
static const char *refused_to_send(enum input_kind kind, const char *unit, const char *tenants) {
    static struct error error;
    struct plans plans;
    const struct case_actor actor = {.subject = "tang-wei", .tenants = tenants};
    struct case_command command = {.unit = unit, .actor = &actor};
    memset(&error, 0, sizeof error);
    enum rc rc = plans_make(&plans, region, &state, kind, &command, 1770971400000, &error);
    plans_free(&plans);
    return rc == RC_OK ? "" : error.code;
}

static void
test_only_the_bureau_sends_a_case_or_a_part_of_it_to_another_institution(void **unused) {
    (void)unused;
    static const enum input_kind kinds[] = {INPUT_DISPATCH, INPUT_ADD_CO_HANDLER};
    static const struct {
        const char *unit, *tenants, *refusal;
    } rows[] = {
        {"first-hospital.medical", "first-hospital", ""},
        {"donghu-hospital.relations", "first-hospital", "bureau-decides"},
        {"bureau.complaints", "first-hospital", "bureau-decides"},
        {"donghu-hospital.relations", "donghu-hospital,first-hospital", ""},
        {"donghu-hospital.relations", NULL, ""},
        {"first-hospital.medical", "donghu-hospital", ""},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            assert_string_equal(refused_to_send(kinds[k], rows[i].unit, rows[i].tenants),
                                rows[i].refusal);
        }
    }
}

static void test_only_a_lower_assessment_needs_a_reason(void **unused) {
    (void)unused;
    assert_string_equal(wrong_to_assess(2, 0, ""), "");
    assert_string_equal(wrong_to_assess(1, 0, ""), "");
    assert_string_equal(wrong_to_assess(2, 4, ""), "");
    assert_string_equal(wrong_to_assess(3, 0, ""), "reason");
    assert_string_equal(wrong_to_assess(2, 2, ""), "reason");
    assert_string_equal(wrong_to_assess(1, 2, ""), "reason"); // one of the two is lower
    assert_string_equal(wrong_to_assess(4, 1, "误判"), "");
    state.urgency = 0;
    state.crisis = 0;
    assert_string_equal(wrong_to_assess(4, 1, ""), ""); // nobody has assessed it yet
}

// By it the alarm climbs as a crisis does.
static void test_an_alarm_says_the_crisis_that_raised_it(void **unused) {
    (void)unused;
    const struct case_actor actor = {.subject = "tang-wei", .roles = ROLE_SUPERVISOR};
    const struct case_command command = {
        .actor = &actor, .urgency = 1, .crisis = 5, .text = "", .category = "other"};
    const struct case_input input = {.kind = INPUT_SET_ASSESSMENT,
                                     .cause_id = CASE_ID,
                                     .actor = "tang-wei",
                                     .of.command = &command};
    case_decide(&state, &input, 1770971400000, &decision);
    assert_int_equal(decision.count, 2);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_true(fact_has_traits(FACT_ALARM_RAISED));
    assert_true(fact_has_traits(FACT_CASE_ESCALATED));
    assert_int_equal(decision.facts[1].traits.crisis, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4);
}

// The unit that is told that nobody can act after this command; "".
static const char *unstaffed_by(enum input_kind kind) {
    const struct case_command command = {.text = "", .unit = "bureau.hall"};
    const struct case_input input = {.kind = kind, .of.command = &command};
    const char *unit = staffing_alarm(region, &state, &input, &grants);
    return unit == NULL ? "" : unit;
}

static const char *unstaffed_without(const char *subject) {
    const struct case_command command = {.staff = subject, .text = ""};
    const struct case_input input = {.kind = INPUT_DECLARE_CONFLICT, .of.command = &command};
    const char *unit = staffing_alarm(region, &state, &input, &grants);
    return unit == NULL ? "" : unit;
}

// A unit that has none for this institution, but by a grant.
static void test_who_handles_by_a_grant_may_be_kept_from_the_case(void **unused) {
    (void)unused;
    assert_string_equal(unstaffed_by(INPUT_DISPATCH), "bureau.complaints");
    grant_on("bureau.hall", "he-jing");
    assert_string_equal(unstaffed_by(INPUT_DISPATCH), "");
    case_add_conflict(&state, "he-jing");
    assert_string_equal(unstaffed_by(INPUT_DISPATCH), "bureau.complaints");
    grant_on("first-hospital.pharmacy", "gao-min"); // of another unit
    assert_string_equal(unstaffed_by(INPUT_DISPATCH), "bureau.complaints");
}

static void test_a_rework_bars_who_handles_by_a_grant_too(void **unused) {
    (void)unused;
    grant_on("bureau.hall", "he-jing");
    snprintf(state.unit, sizeof state.unit, "bureau.hall");
    state.status = CASE_REPLIED;
    assert_string_equal(unstaffed_by(INPUT_REWORK), "");
    case_note_hand(&state, "he-jing", CASE_HANDLED);
    assert_string_equal(unstaffed_by(INPUT_REWORK), "bureau.complaints");
    case_end_round(&state, true);
    assert_string_equal(unstaffed_by(INPUT_DISPATCH), "bureau.complaints");
    assert_string_equal(unstaffed_by(INPUT_ADD_CO_HANDLER), ""); // may answer for another
}

static void test_a_co_handlers_only_person_in_conflict_is_told_to_the_bureau_once(void **unused) {
    (void)unused;
    const char *units[STAFFING_UNITS];
    const struct case_command command = {.staff = "he-jing", .text = ""};
    const struct case_input input = {.kind = INPUT_DECLARE_CONFLICT, .of.command = &command};
    snprintf(state.parts.co_handlers[0].unit, sizeof state.parts.co_handlers[0].unit,
             "bureau.hall");
    state.parts.co_handler_count = 1;
    assert_int_equal(staffing_units(&state, &input, units), 1);
    assert_string_equal(units[0], "bureau.hall");
    grant_on("bureau.hall", "he-jing");
    case_note_hand(&state, "he-jing", CASE_HANDLED);
    case_end_round(&state, true); // which keeps nobody from answering for a co-handler
    assert_string_equal(unstaffed_without("gao-min"), ""); // of another unit
    assert_string_equal(unstaffed_without("he-jing"), "bureau.complaints");
    grant_on("bureau.hall", "gao-min");
    assert_string_equal(unstaffed_without("he-jing"), ""); // another may
    case_add_conflict(&state, "he-jing");
    case_add_conflict(&state, "gao-min");
    assert_string_equal(unstaffed_without("shen-yue"), "bureau.complaints"); // it handles it
    state.handler[0] = '\0';
    assert_string_equal(unstaffed_without("tang-wei"), ""); // told before
    grants.count = 0;
    snprintf(state.parts.co_handlers[0].unit, sizeof state.parts.co_handlers[0].unit,
             "first-hospital.nursing");
    snprintf(state.unit, sizeof state.unit, "bureau.hall");
    assert_string_equal(unstaffed_without("shen-yue"), "bureau.complaints"); // the unit's own
    state.parts.co_handlers[0].answered = true;
    assert_string_equal(unstaffed_without("shen-yue"), "");
}

// What was settled on the spot, before any unit had it.
static void test_a_rework_of_a_case_without_a_unit_is_told_to_the_bureau(void **unused) {
    (void)unused;
    state.status = CASE_REPLIED;
    snprintf(state.handler, sizeof state.handler, "%s", "");
    assert_string_equal(unstaffed_by(INPUT_REWORK), ""); // the nursing department has another
    snprintf(state.unit, sizeof state.unit, "%s", "");
    assert_string_equal(unstaffed_by(INPUT_REWORK), "bureau.complaints");
    assert_string_equal(unstaffed_by(INPUT_CLOSE), "");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(test_the_last_supervisor_in_conflict_is_told_to_the_bureau_once),
        TEST(test_a_person_concerned_may_be_the_last_supervisor),
        TEST(test_a_case_that_has_ended_needs_nobody),
        TEST(test_a_supervisor_by_grant_counts_until_the_grant_ends),
        TEST(test_a_rework_of_a_case_without_a_unit_is_told_to_the_bureau),
        TEST(test_who_handles_by_a_grant_may_be_kept_from_the_case),
        TEST(test_a_rework_bars_who_handles_by_a_grant_too),
        TEST(test_a_co_handlers_only_person_in_conflict_is_told_to_the_bureau_once),
        TEST(test_a_case_that_goes_on_without_a_supervisor_is_told),
        TEST(test_a_supervisor_of_the_old_unit_stays_behind),
        TEST(test_a_review_that_nobody_can_decide_is_told_to_the_bureau),
        TEST(test_the_last_reviewer_in_conflict_is_told_to_the_bureau_once),
        TEST(test_asking_for_a_review_raises_the_alarm_with_it),
        TEST(test_a_handler_by_grant_counts_until_the_grant_ends),
        TEST(test_one_conflict_can_raise_both_alarms),
        TEST(test_an_alarm_says_the_crisis_that_raised_it),
        TEST(test_a_staff_code_is_one_of_the_regions),
        TEST(test_only_the_bureau_sends_a_case_or_a_part_of_it_to_another_institution),
        TEST(test_only_a_lower_assessment_needs_a_reason),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
