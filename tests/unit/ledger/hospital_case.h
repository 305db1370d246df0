// SPDX-License-Identifier: Apache-2.0
// A hospital's case under commands, by the example region's policies: plans.c computes, case_decide
// judges, case_apply folds, as the ledger does.
#pragma once

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

static inline int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

static inline int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static struct plans plans; // of the last command: the decision borrows from them

static inline int unload(void **unused) {
    (void)unused;
    plans_free(&plans);
    region_free(region);
    return 0;
}

static inline void put(struct case_input input) {
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
static inline const char *give(enum input_kind kind, const char *subject, unsigned roles,
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
    struct case_input input = {.kind = kind, .actor = subject, .of.command = &command};
    if (rc == RC_OK && kind == INPUT_SET_ASSESSMENT) {
        rc = plans_of_rest(&plans, region, &state, &input, now, &error);
    }
    if (rc == RC_OK) {
        put(input);
    }
    snprintf(code, sizeof code, "%s",
             rc != RC_OK                                ? error.code
             : decision.verdict == CASE_DECIDED_REFUSAL ? decision.code
                                                        : "");
    return code;
}

static inline const char *do_as(enum input_kind kind, unsigned role, struct case_command command) {
    return give(kind, role == ROLE_HANDLER ? "shen-yue" : "tang-wei", role, command);
}

static inline void arm(const char *name, const char *stops_on, const char *started,
                       const char *due) {
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

static inline const struct case_clock *resolution(void) {
    return case_clock_find(&state, "resolution");
}

// A hospital's case of Monday the 2nd, under investigation on the 3rd; 5 working days.
static inline int begin(void **unused) {
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

static bool is_provisional; // what is proposed next
static uint32_t unheard_of; // changes of the run that it was computed without

static inline void rearm_since(const char *reason, uint32_t replaces, int64_t started_at_ms,
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
    message.known_changes =
        replaces == 0 ? 0 : (uint32_t)case_clock_changes(&state, "resolution") - unheard_of;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

static inline void rearm(const char *reason, uint32_t replaces, int64_t due_ms, bool provisional) {
    is_provisional = provisional;
    rearm_since(reason, replaces, resolution()->started_at_ms, due_ms);
    is_provisional = false;
}

#define HOUR_MS 3600000LL

#define EXTENSION(days)                                                                            \
    (struct case_command) {                                                                        \
        .clock = "resolution", .value = (days), .value_unit = "working_days", .plan = "plan"       \
    }

static inline const char *decide(const char *subject, unsigned roles, bool granted, uint32_t days) {
    Redress__V1__ExtensionRequested request = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    request.clock = "resolution";
    request.value = days;
    request.unit = "working_days";
    request.reason = "reason";
    request.plan = "plan";
    return give(INPUT_DECIDE_EXTENSION, subject, roles,
                (struct case_command){.granted = granted, .request = &request});
}

#define TEST(name) cmocka_unit_test_setup(name, begin)
