// SPDX-License-Identifier: Apache-2.0
// A case's clocks under commands, by the example region's policies: plans.c computes, case_decide
// judges, case_apply folds, as the ledger does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "plans.h"
#include "staffing.h"
#include "work.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define UNIT "first-hospital.nursing"

static struct region *region;
static struct case_state state;
static struct case_decision decision;
static struct error error;
static int64_t now;
static char previous_calendar[65]; // of the last clock that was armed

static int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

static int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static struct plans plans; // of the last command: the decision borrows from them

static int unload(void **unused) {
    (void)unused;
    plans_free(&plans);
    region_free(region);
    return 0;
}

static void put(struct case_input input) {
    input.cause_id = CASE_ID;
    const struct staffing_grants nobody = {.count = 0};
    input.unstaffed_to = staffing_alarm(region, &state, &input, &nobody);
    case_decide(&state, &input, now, &decision);
    if (decision.count > 0 && decision.facts[0].kind == FACT_CLOCK_ARMED) { // before it is folded
        snprintf(previous_calendar, sizeof previous_calendar, "%s",
                 decision.facts[0].body.clock_armed.previous_calendar_version);
    }
    for (size_t i = 0; i < decision.count; i++) {
        decision.facts[i].meta.sequence = state.sequence + 1 + i;
        case_apply(&state, &decision.facts[i]);
    }
    state.sequence += decision.count;
}

// "": it was applied; else the code of the refusal, by the policy or by the state.
static const char *give(enum input_kind kind, const char *subject, unsigned roles,
                        struct case_command command) {
    static const char *const units[] = {UNIT};
    static char code[sizeof error.code];
    const struct case_actor actor = {
        .subject = subject, .roles = roles, .units = units, .unit_count = 1};
    command.actor = &actor;
    command.text = command.text == NULL ? "reason" : command.text;
    command.unit = command.unit == NULL ? UNIT : command.unit;
    command.detail = command.detail == NULL ? "" : command.detail;
    plans_free(&plans);
    enum rc rc = plans_make(&plans, region, &state, kind, &command, now, &error);
    if (rc == RC_OK) {
        put((struct case_input){.kind = kind, .actor = subject, .of.command = &command});
    }
    snprintf(code, sizeof code, "%s",
             rc != RC_OK                                ? error.code
             : decision.verdict == CASE_DECIDED_REFUSAL ? decision.code
                                                        : "");
    return code;
}

static const char *do_as(enum input_kind kind, unsigned role, struct case_command command) {
    return give(kind, role == ROLE_HANDLER ? "shen-yue" : "tang-wei", role, command);
}

static void arm(const char *name, const char *stops_on, const char *started, const char *due) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    terms.name = (char *)name;
    terms.stops_on = (char *)stops_on;
    terms.started_at_ms = ms(started);
    terms.due_at_ms = ms(due);
    terms.policy_version = "cn-medical@1";
    terms.calendar_version = "cn-state-council@1";
    message.terms = &terms;
    message.reason = "started";
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

static const struct case_clock *resolution(void) { return case_clock_find(&state, "resolution"); }

// A hospital's case of Monday the 2nd, under investigation on the 3rd; 5 working days.
static int begin(void **unused) {
    static unsigned char digest[32];
    static const enum input_kind way[] = {INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN,
                                          INPUT_INVESTIGATE};
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    (void)unused;
    memset(&state, 0, sizeof state);
    now = ms("2026-03-02T09:00:00+08:00");
    meta.case_id = CASE_ID;
    meta.tenant = "first-hospital";
    message.meta = &meta;
    message.content_sha256 = (ProtobufCBinaryData){32, digest};
    message.tracking_code = "0123456789ABC";
    message.received_at_ms = now;
    put((struct case_input){.kind = INPUT_SUBMIT, .actor = "intake", .of.submit = &message});
    arm("first_response", "complainant_told", "2026-03-02T09:00:00+08:00",
        "2026-03-04T00:00:00+08:00");
    arm("resolution", "case_replied", "2026-03-02T09:00:00+08:00", "2026-03-10T00:00:00+08:00");
    now = ms("2026-03-03T09:00:00+08:00");
    for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
        const char *code =
            give(way[i], "shen-yue", ROLE_OPERATOR | ROLE_HANDLER, (struct case_command){0});
        assert_string_equal(code, "");
    }
    return 0;
}

static void test_what_a_clock_waits_for_stops_it(void **unused) {
    (void)unused;
    assert_int_equal(case_clock_find(&state, "first_response")->state, CLOCK_STATE_STOPPED);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    arm("sign_for", "dispatch_answered", "2026-03-03T09:00:00+08:00", "2026-03-05T00:00:00+08:00");
    assert_null(case_clock_find(&state, "sign_for")); // it was signed for before it was armed
    now = ms("2026-03-04T09:00:00+08:00");
    arm("sign_for", "dispatch_answered", "2026-03-04T08:00:00+08:00", "2026-03-05T00:00:00+08:00");
    assert_true(case_clock_runs(case_clock_find(&state, "sign_for")));
}

static void test_a_pause_moves_the_due_time_by_its_days(void **unused) {
    (void)unused;
    const struct case_command expert = {.detail = "appraisal"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_PAUSED);
    assert_true(decision.facts[1].body.clock_paused.until_ms == ms("2026-04-16T00:00:00+08:00"));
    now = ms("2026-03-05T09:00:00+08:00");
    assert_string_equal(do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0}), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(resolution()->version, 2);
    assert_true(resolution()->due_at_ms == ms("2026-03-12T00:00:00+08:00")); // 2 working days
    const Redress__V1__ClockArmed *armed = &decision.facts[1].body.clock_armed;
    assert_false(decision.facts[0].body.resumed.extended); // nobody was told a date
    assert_string_equal(armed->reason, "resumed");
    assert_true(armed->previous_due_at_ms > resolution()->due_at_ms); // at the latest, then
}

static void test_waiting_for_the_complainant_pauses_nothing(void **unused) {
    (void)unused;
    const struct case_command waiting = {.detail = "complainant"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, waiting), "unknown-code");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
}

static void test_the_cap_counts_all_pauses_together(void **unused) {
    (void)unused;
    const struct case_command expert = {.detail = "appraisal"};
    do_as(INPUT_SUSPEND, ROLE_HANDLER, expert);
    now = ms("2026-04-03T09:00:00+08:00"); // 23 working days of 30
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "");
    assert_true(decision.facts[1].body.clock_paused.until_ms == ms("2026-04-16T00:00:00+08:00"));
    now = ms("2026-04-20T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(state.changes[1].to_ms == ms("2026-04-16T00:00:00+08:00")); // not when it was seen
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "cap-used");
}

static bool is_provisional; // what is proposed next

static void rearm_since(const char *reason, uint32_t replaces, int64_t started_at_ms,
                        int64_t due_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    terms.name = "resolution";
    terms.stops_on = "case_replied";
    terms.started_at_ms = started_at_ms;
    terms.due_at_ms = due_ms;
    terms.provisional = is_provisional;
    terms.calendar_version = "cn-state-council@2";
    message.terms = &terms;
    message.reason = (char *)reason;
    message.replaces_version = replaces;
    message.known_changes = replaces == 0 ? 0 : (uint32_t)case_clock_changes(&state, "resolution");
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

static void rearm(const char *reason, uint32_t replaces, int64_t due_ms, bool provisional) {
    is_provisional = provisional;
    rearm_since(reason, replaces, resolution()->started_at_ms, due_ms);
    is_provisional = false;
}

// Proposes the resolution's terms with these points, ended by 0.
static void rearm_warned(const char *reason, const int64_t *points, int64_t due_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    terms.name = "resolution";
    terms.stops_on = "case_replied";
    terms.started_at_ms = resolution()->started_at_ms;
    terms.due_at_ms = due_ms;
    terms.warn_at_ms = points[0];
    terms.later_warns_at_ms = (int64_t *)points + 1;
    while (points[1 + terms.n_later_warns_at_ms] != 0) {
        terms.n_later_warns_at_ms++;
    }
    terms.policy_version = "cn-medical@1";
    message.terms = &terms;
    message.reason = (char *)reason;
    message.replaces_version = resolution()->version;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

// The ordinal that was told; 0: none.
static uint32_t warn(int64_t at_ms) {
    Redress__V1__WarnClock message = REDRESS__V1__WARN_CLOCK__INIT;
    message.name = "resolution";
    message.version = resolution()->version;
    message.warn_at_ms = at_ms;
    put((struct case_input){.kind = INPUT_WARN_CLOCK, .actor = "sla-timer", .of.warn = &message});
    return decision.count == 0 ? 0 : decision.facts[0].body.clock_warned.ordinal;
}

#define HOUR_MS 3600000LL

static void test_each_warn_point_is_told_once_in_order(void **unused) {
    (void)unused;
    const int64_t start = now;
    const int64_t points[] = {start + HOUR_MS, start + 2 * HOUR_MS, start + 3 * HOUR_MS, 0};
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    assert_int_equal(decision.count, 1);
    assert_int_equal(resolution()->warn_count, 3);
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    assert_int_equal(decision.count, 0);  // the same terms
    assert_int_equal(warn(points[0]), 0); // too early
    now = points[0];
    assert_int_equal(warn(points[1]), 0); // not the next one
    assert_int_equal(warn(points[0]), 1);
    assert_true(decision.facts[0].body.clock_warned.next_warn_at_ms == points[1]);
    assert_int_equal(resolution()->state, CLOCK_STATE_WARNED);
    assert_int_equal(warn(points[0]), 0); // once
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    assert_int_equal(decision.count, 0);
    now = points[2];
    assert_int_equal(warn(0), 2); // from before points were named: the next one
    assert_int_equal(warn(points[2]), 3);
    assert_true(decision.facts[0].body.clock_warned.next_warn_at_ms == 0);
    assert_int_equal(warn(points[2]), 0);
    assert_int_equal(warn(0), 0);
}

static void test_warn_points_survive_a_change_of_terms(void **unused) {
    (void)unused;
    const int64_t start = now;
    const int64_t due = ms("2026-03-10T00:00:00+08:00");
    const int64_t points[] = {start + HOUR_MS, start + 2 * HOUR_MS, start + 3 * HOUR_MS, 0};
    rearm_warned("amended", points, due);
    now = points[0];
    assert_int_equal(warn(points[0]), 1);
    // The first has passed in the new terms too, the others are put off.
    const int64_t later[] = {points[0] - 1, points[2], points[2] + HOUR_MS, 0};
    rearm_warned("amended", later, due + HOUR_MS);
    assert_int_equal(decision.facts[0].body.clock_armed.terms->warns_passed, 1);
    assert_true(case_clock_next_warn(resolution()) == later[1]);
    now = later[1];
    assert_int_equal(warn(later[1]), 2);
    // All are put off: they are other points.
    const int64_t anew[] = {now + HOUR_MS, now + 2 * HOUR_MS, 0};
    rearm_warned("amended", anew, due + 2 * HOUR_MS);
    assert_int_equal(resolution()->warned, 0);
    now = anew[0];
    assert_int_equal(warn(anew[0]), 1);
    // Fewer than were told.
    const int64_t fewer[] = {now - 1, 0};
    rearm_warned("amended", fewer, due);
    assert_true(case_clock_next_warn(resolution()) == 0);
    assert_int_equal(warn(0), 0);
}

static void test_no_warn_point_is_told_while_a_clock_rests_or_after_its_stop(void **unused) {
    (void)unused;
    const int64_t points[] = {now + HOUR_MS, now + 2 * HOUR_MS, 0};
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    now = points[0];
    assert_int_equal(warn(points[0]), 1);
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    assert_int_equal(resolution()->warned, 1);
    now = points[1];
    assert_int_equal(warn(0), 0);
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    do_as(INPUT_WITHDRAW, ROLE_SUPERVISOR, (struct case_command){0});
    now = ms("2026-03-09T23:00:00+08:00");
    assert_int_equal(warn(0), 0);
}

static void test_a_pause_ends_by_itself_only_when_its_cap_is_used_up(void **unused) {
    (void)unused;
    int64_t due = ms("2026-04-22T00:00:00+08:00");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
    rearm("resumed", 1, due, false);
    assert_int_equal(decision.count, 0); // too early
    rearm("assessed", 0, due, false);
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    now = ms("2026-04-16T00:00:00+08:00");
    rearm("resumed", 2, due, false);
    assert_int_equal(decision.count, 0); // another version
    rearm("resumed", 1, due, false);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->due_at_ms == due);
    rearm("resumed", 1, due, false);
    assert_int_equal(decision.count, 0); // once
}

static void test_a_clock_that_rests_is_amended_and_goes_on_resting(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
    int64_t latest = resolution()->due_at_ms;
    int64_t until = state.changes[0].until_ms;
    rearm("amended", 1, latest + HOUR_MS, true);
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_PAUSED);
    const Redress__V1__ClockPaused *paused = &decision.facts[0].body.clock_paused;
    assert_true(paused->amended);
    assert_true(paused->previous_due_at_ms == latest);
    assert_true(paused->terms->due_at_ms == latest + HOUR_MS);
    assert_true(paused->until_ms == until);
    assert_string_equal(resolution()->calendar_version, "cn-state-council@2");
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    assert_int_equal(resolution()->version, 2);
    assert_true(resolution()->due_at_ms == latest + HOUR_MS);
    assert_int_equal(state.change_count, 1); // one pause
    rearm("amended", 1, latest, false);
    assert_int_equal(decision.count, 0); // of another version
    rearm("amended", 2, latest + HOUR_MS, true);
    assert_int_equal(decision.count, 0); // the same terms
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(resolution()->version, 3);
}

// 60 days of a petition, from its acceptance on the 3rd and two days of appraisal later; the pack's
// own 5 working days count from the registration on the 2nd.
static void test_what_became_a_petition_while_it_rested_counts_from_its_acceptance(void **unused) {
    (void)unused;
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.situations = "petition"});
    now = ms("2026-03-06T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_string_equal(resolution()->policy_version, "cn-petition@1");
    assert_true(resolution()->started_at_ms == ms("2026-03-03T09:00:00+08:00"));
    assert_true(resolution()->due_at_ms == ms("2026-05-07T00:00:00+08:00")); // the 5th is a holiday
    assert_int_equal(state.change_count, 1);
}

static void test_a_cap_that_was_used_up_ends_the_pause_of_what_became_a_petition(void **unused) {
    (void)unused;
    int64_t due = ms("2026-06-01T00:00:00+08:00");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    int64_t until = state.changes[0].until_ms;
    now = until - 1;
    rearm_since("resumed", 1, ms("2026-03-03T09:00:00+08:00"), due);
    assert_int_equal(decision.count, 0);
    now = until;
    rearm_since("resumed", 2, ms("2026-03-03T09:00:00+08:00"), due);
    assert_int_equal(decision.count, 0);                             // another version
    rearm_since("resumed", 1, ms("2026-03-01T09:00:00+08:00"), due); // it may begin earlier too
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->started_at_ms == ms("2026-03-01T09:00:00+08:00"));
}

static void test_a_paused_clock_stops_with_its_case(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    do_as(INPUT_WITHDRAW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
    assert_int_equal(state.change_count, 0);
}

#define EXTENSION(days)                                                                            \
    (struct case_command) {                                                                        \
        .clock = "resolution", .value = (days), .value_unit = "working_days", .plan = "plan"       \
    }

static const char *decide(const char *subject, unsigned roles, bool granted, uint32_t days) {
    Redress__V1__ExtensionRequested request = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    request.clock = "resolution";
    request.value = days;
    request.unit = "working_days";
    request.reason = "reason";
    request.plan = "plan";
    return give(INPUT_DECIDE_EXTENSION, subject, roles,
                (struct case_command){.granted = granted, .request = &request});
}

static void test_an_extension_is_asked_for_then_granted_by_the_packs_role_once(void **unused) {
    (void)unused;
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    assert_string_equal(state.extension.requester, "shen-yue");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(1)),
                        "extension-open");
    assert_string_equal(decide("tang-wei", ROLE_HANDLER, true, 5), "not-approved");
    state.extension_denied_to = plans_extension_denied_to(region, &state, now);
    assert_int_equal(state.extension_denied_to & (ROLE_HANDLER | ROLE_SUPERVISOR), ROLE_HANDLER);
    assert_string_equal(decide("tang-wei", ROLE_HANDLER, true, 5), "not-approved");
    assert_string_equal(decide("tang-wei", ROLE_HANDLER, false, 5), "not-approved");
    assert_string_equal(decide("shen-yue", ROLE_SUPERVISOR, true, 5), "own-request");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    assert_true(resolution()->due_at_ms == ms("2026-03-17T00:00:00+08:00"));
    assert_true(decision.facts[0].body.extension_decided.previous_due_at_ms ==
                ms("2026-03-10T00:00:00+08:00"));
    assert_string_equal(decision.facts[1].body.clock_armed.reason, "extended");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "too-often");
}

static void test_flags_follow_from_the_clocks(void **unused) {
    (void)unused;
    const struct case_clock *clock = resolution();
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_false(case_is_extended(&state) || case_is_overdue(&state));
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    assert_false(case_is_extended(&state)); // a pause is none
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    assert_true(case_is_extended(&state));
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(case_is_extended(&state));
    now = clock->due_at_ms;
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = "resolution";
    message.version = clock->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
    assert_true(case_is_overdue(&state));
    assert_false(case_is_extended(&state)); // its run has ended
}

static void test_an_extension_that_no_pack_allows_is_refused_at_once(void **unused) {
    (void)unused;
    struct case_command months = EXTENSION(1);
    struct case_command unknown = EXTENSION(1);
    months.value_unit = "fortnights";
    unknown.clock = "review";
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(6)), "too-long");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, months), "unknown-code");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, unknown), "unknown-code");
    now = ms("2026-03-10T00:00:01+08:00");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "too-late");
}

static void test_a_denied_extension_changes_nothing_and_can_be_asked_for_again(void **unused) {
    (void)unused;
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, false, 5), "");
    assert_int_equal(resolution()->version, 1);
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    now = ms("2026-03-11T00:00:00+08:00"); // asked before expiry, decided after it
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "too-late");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, false, 5), "");
}

static void test_an_extension_while_a_clock_rests_counts_when_it_runs_again(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(resolution()->due_at_ms == ms("2026-03-19T00:00:00+08:00")); // 2 paused, 5 more
    const Redress__V1__CaseResumed *resumed = &decision.facts[0].body.resumed;
    assert_true(resumed->extended); // the complainant was told the latest date
    assert_string_equal(resumed->clock, "resolution");
    assert_true(resumed->due_at_ms == resolution()->due_at_ms);
}

static void test_an_assessment_counts_again_what_was_changed(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 4});
    const Redress__V1__CaseAssessed *assessed = &decision.facts[0].body.assessed;
    assert_int_equal(assessed->n_runs, 1);
    assert_string_equal(assessed->runs[0]->name, "resolution");
    assert_int_equal(assessed->runs[0]->version, 2);
    assert_int_equal(assessed->runs[0]->n_changes, 1);
    assert_string_equal(assessed->runs[0]->changes[0]->ground, "appraisal");
    rearm("assessed", 0, ms("2026-03-30T00:00:00+08:00"), false);
    assert_int_equal(decision.count, 0); // computed without the pause
    rearm("assessed", 2, ms("2026-03-30T00:00:00+08:00"), false);
    assert_int_equal(resolution()->version, 3);
}

static void test_an_amendment_says_from_what_to_what_and_leaves_the_past(void **unused) {
    (void)unused;
    rearm("amended", 1, ms("2026-03-11T00:00:00+08:00"), false);
    const Redress__V1__ClockArmed *armed = &decision.facts[0].body.clock_armed;
    assert_string_equal(armed->reason, "amended");
    assert_true(armed->previous_due_at_ms == ms("2026-03-10T00:00:00+08:00"));
    assert_string_equal(previous_calendar, "cn-state-council@1");
    assert_string_equal(resolution()->calendar_version, "cn-state-council@2");
    rearm("amended", 1, ms("2026-03-12T00:00:00+08:00"), false);
    assert_int_equal(decision.count, 0); // of a version that is no more
    rearm("amended", 2, ms("2026-03-11T00:00:00+08:00"), true);
    assert_int_equal(decision.count, 1); // not the time, but what it is worth
    rearm("amended", 3, now - 1, false);
    assert_int_equal(decision.count, 0); // none moves into the past
    now = ms("2026-03-11T00:00:00+08:00");
    rearm("amended", 3, ms("2026-03-13T00:00:00+08:00"), false);
    assert_int_equal(decision.count, 0); // what has passed stays
}

static void test_a_right_lapses_and_alarms_nobody(void **unused) {
    (void)unused;
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    Redress__V1__BreachClock breach = REDRESS__V1__BREACH_CLOCK__INIT;
    terms.name = "objection";
    terms.stops_on = "objection_raised";
    terms.started_at_ms = now;
    terms.due_at_ms = now + 1000;
    terms.lapses = true;
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    now += 1000;
    breach.name = "objection";
    breach.version = 1;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &breach});
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_STOPPED);
    assert_true(decision.facts[0].body.clock_stopped.lapsed);
    assert_int_equal(case_clock_find(&state, "objection")->state, CLOCK_STATE_STOPPED);
}

static void test_a_rework_begins_another_run_and_forgets_the_first_ones_changes(void **unused) {
    (void)unused;
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    decide("tang-wei", ROLE_SUPERVISOR, true, 5);
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_REWORK, ROLE_SUPERVISOR, (struct case_command){0});
    arm("resolution", "case_replied", "2026-03-04T09:00:00+08:00", "2026-03-12T00:00:00+08:00");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(resolution()->version, 3);
    assert_true(decision.facts[0].body.clock_armed.previous_due_at_ms == 0);
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_SUPERVISOR, EXTENSION(5)), "");
    arm("resolution", "case_replied", "2026-03-02T09:00:00+08:00", "2026-03-09T00:00:00+08:00");
    assert_int_equal(decision.count, 0); // terms of the run before
}

static void test_a_dispatch_to_a_unit_without_a_handler_alarms_the_bureau(void **unused) {
    (void)unused;
    struct region_staff *handler = NULL;
    for (size_t i = 0; i < region->staff_count; i++) {
        handler = strcmp(region->staff[i].subject, "cao-bin") == 0 ? &region->staff[i] : handler;
    }
    assert_non_null(handler);
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    do_as(INPUT_REWORK, ROLE_SUPERVISOR, (struct case_command){0});
    struct case_state before = state;
    const struct case_command to = {.unit = "first-hospital.medical"};
    do_as(INPUT_DISPATCH, ROLE_SUPERVISOR, to);
    assert_int_equal(decision.count, 1);
    state = before;
    handler->unit_count = 0; // he has left
    do_as(INPUT_DISPATCH, ROLE_SUPERVISOR, to);
    handler->unit_count = 1;
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_string_equal(decision.facts[1].body.alarm_raised.unit, "bureau.complaints");
    assert_string_equal(state.alarms[0].unit, "bureau.complaints");
}

static void test_a_rating_that_leaves_a_unit_nobody_alarms_the_bureau(void **unused) {
    (void)unused;
    Redress__V1__RecordFeedback rating = REDRESS__V1__RECORD_FEEDBACK__INIT;
    rating.overall = 1;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    put((struct case_input){
        .kind = INPUT_RECORD_FEEDBACK, .actor = "intake", .of.feedback = &rating});
    assert_int_equal(state.status, CASE_REWORK);
    assert_int_equal(state.alarm_count, 1); // its only handler had it
    assert_int_equal(state.alarms[0].kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_string_equal(state.alarms[0].unit, "bureau.complaints");
}

// The clock that lapses stops with the case, or was never armed; the right does not end with it.
static void test_an_appeal_is_open_until_the_packs_time_is_over_or_was_used(void **unused) {
    (void)unused;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_int_equal(plans_appeal_until(region, &state), 0); // no pack sets a time
    snprintf(state.situations, sizeof state.situations, "petition");
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, (struct case_command){.reached = true, .solved = true});
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(state.status, CASE_CLOSED);
    assert_null(case_clock_find(&state, "review_request"));
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-03T00:00:00+08:00"));
    struct case_state ended = state;
    ended.status = CASE_WITHDRAWN; // nobody reviews what has no decision any more
    assert_int_equal(plans_appeal_until(region, &ended), 0);
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(plans_appeal_until(region, &state), 0);
    now = ms("2026-03-30T09:00:00+08:00");
    assert_string_equal(
        give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, (struct case_command){.outcome = 1}), "");
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-30T00:00:00+08:00"));
    do_as(INPUT_RE_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(plans_appeal_until(region, &state), 0);
}

static bool opens_re_review(void) {
    bool opens = false;
    for (size_t i = 0; i < decision.count; i++) {
        uint64_t reached = milestones_of(&decision.facts[i].body.base);
        opens = opens || (reached & MILESTONE_BIT(MILESTONE_RE_REVIEW_OPEN)) != 0;
    }
    return opens;
}

// What is sent back can't be appealed at once: the time for that begins with the new reply.
static void test_after_a_returned_review_the_next_level_opens_with_the_new_reply(void **unused) {
    (void)unused;
    const struct case_command reached = {.reached = true, .solved = true};
    const struct case_command returned = {.outcome =
                                              REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    snprintf(state.situations, sizeof state.situations, "petition");
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_false(opens_re_review());
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, reached);
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, returned), "");
    assert_int_equal(state.status, CASE_REWORK);
    assert_false(opens_re_review());
    assert_int_equal(plans_appeal_until(region, &state), 0);
    now = ms("2026-03-30T09:00:00+08:00");
    give(INPUT_SIGN, "gao", ROLE_HANDLER, (struct case_command){0});
    give(INPUT_DECIDE, "gao", ROLE_HANDLER, (struct case_command){.outcome = 1});
    give(INPUT_REPLY, "gao", ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_true(opens_re_review());
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-30T00:00:00+08:00"));
    arm("review_request", "review_requested", "2026-03-30T09:00:00+08:00",
        "2026-04-30T00:00:00+08:00");
    assert_null(case_clock_find(&state, "review_request")); // that level has reviewed it
    arm("re_review_request", "re_review_requested", "2026-03-30T09:00:00+08:00",
        "2026-04-30T00:00:00+08:00");
    assert_true(case_clock_runs(case_clock_find(&state, "re_review_request")));
}

static void test_a_review_names_whose_decisions_it_is_about(void **unused) {
    (void)unused;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, (struct case_command){.reached = true, .solved = true});
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    const Redress__V1__ReviewRequested *first = &decision.facts[0].body.review_requested;
    assert_int_equal(first->n_decided_by, 1);
    assert_string_equal(first->decided_by[0], state.decider);
    give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, (struct case_command){.outcome = 1});
    do_as(INPUT_RE_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    const Redress__V1__FinalReviewRequested *last = &decision.facts[0].body.final_review_requested;
    assert_int_equal(last->n_decided_by, 2);
    assert_string_equal(last->decided_by[1], "ren");
    give(INPUT_DECIDE_REVIEW, "su", ROLE_REVIEWER, (struct case_command){.outcome = 1});
    assert_int_equal(state.status, CASE_FINAL);
    assert_int_equal(milestones_of(&decision.facts[0].body.base),
                     MILESTONE_BIT(MILESTONE_RE_REVIEW_DECIDED)); // and nothing opens after it
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_a_clock_waits_for_stops_it),
        TEST(test_a_pause_moves_the_due_time_by_its_days),
        TEST(test_waiting_for_the_complainant_pauses_nothing),
        TEST(test_the_cap_counts_all_pauses_together),
        TEST(test_each_warn_point_is_told_once_in_order),
        TEST(test_warn_points_survive_a_change_of_terms),
        TEST(test_no_warn_point_is_told_while_a_clock_rests_or_after_its_stop),
        TEST(test_a_pause_ends_by_itself_only_when_its_cap_is_used_up),
        TEST(test_a_clock_that_rests_is_amended_and_goes_on_resting),
        TEST(test_what_became_a_petition_while_it_rested_counts_from_its_acceptance),
        TEST(test_a_cap_that_was_used_up_ends_the_pause_of_what_became_a_petition),
        TEST(test_a_paused_clock_stops_with_its_case),
        TEST(test_an_extension_is_asked_for_then_granted_by_the_packs_role_once),
        TEST(test_flags_follow_from_the_clocks),
        TEST(test_an_extension_that_no_pack_allows_is_refused_at_once),
        TEST(test_a_denied_extension_changes_nothing_and_can_be_asked_for_again),
        TEST(test_an_extension_while_a_clock_rests_counts_when_it_runs_again),
        TEST(test_an_assessment_counts_again_what_was_changed),
        TEST(test_an_amendment_says_from_what_to_what_and_leaves_the_past),
        TEST(test_a_right_lapses_and_alarms_nobody),
        TEST(test_a_dispatch_to_a_unit_without_a_handler_alarms_the_bureau),
        TEST(test_a_rating_that_leaves_a_unit_nobody_alarms_the_bureau),
        TEST(test_an_appeal_is_open_until_the_packs_time_is_over_or_was_used),
        TEST(test_after_a_returned_review_the_next_level_opens_with_the_new_reply),
        TEST(test_a_review_names_whose_decisions_it_is_about),
        TEST(test_a_rework_begins_another_run_and_forgets_the_first_ones_changes),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
