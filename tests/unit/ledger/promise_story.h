// SPDX-License-Identifier: Apache-2.0
// One case under investigation whose promises tests keep and break: decides and folds as the ledger
// does.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permission.h"
#include "workflow.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define HOUR INT64_C(3600000)
#define UNIT "bureau.complaints"

static struct case_state state;
static struct case_decision decision;
static int64_t now;

static inline int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    memcpy(state.case_id, CASE_ID, sizeof CASE_ID);
    memcpy(state.tenant, "bureau", 7);
    memcpy(state.unit, UNIT, sizeof UNIT);
    state.status = CASE_INVESTIGATING;
    state.urgency = 2;
    now = NOW;
    return 0;
}

static inline const char *put(struct case_input input) {
    input.cause_id = CASE_ID;
    case_decide(&state, &input, now, &decision);
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
    }
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static inline const char *give(enum input_kind kind, struct case_command command) {
    static const char *const units[] = {UNIT};
    struct case_actor actor = {.subject = "lin",
                               .roles = ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR,
                               .units = units,
                               .unit_count = 1};
    command.actor = &actor;
    command.text = "text";
    command.detail = "measure";
    command.unit = UNIT;
    return put((struct case_input){.kind = kind, .actor = "lin", .of.command = &command});
}

static inline const char *stop_of(const char *clock) {
    static const char *const stops[][2] = {{"progress", "progress_told"},
                                           {"expiry_call_back", "progress_told"},
                                           {"resolution", "case_replied"}};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        if (strcmp(stops[i][0], clock) == 0) {
            return stops[i][1];
        }
    }
    return "visit_done";
}

// Whether the terms of a run from now on were taken.
static inline bool begin_again(const char *ground, const char *name, int64_t due_in) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.started_at_ms = now;
    terms.due_at_ms = now + due_in;
    terms.restarted_on = (char *)ground;
    terms.stops_on = (char *)stop_of(name);
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    return decision.count == 1 && decision.facts[0].kind == FACT_CLOCK_ARMED;
}

static inline bool arm(const char *name, int64_t due_in) { return begin_again("", name, due_in); }

static inline void breach(const char *name) {
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = (char *)name;
    message.version = case_clock_find(&state, name)->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
}

static inline bool runs(const char *name) { return case_clock_runs(case_clock_find(&state, name)); }

static inline const char *visit(Redress__V1__VisitOutcome outcome) {
    return give(INPUT_VISIT, (struct case_command){.outcome = (uint32_t)outcome});
}

static inline const Redress__V1__CaseAssessed *assess(uint32_t urgency, uint32_t crisis) {
    give(INPUT_SET_ASSESSMENT, (struct case_command){.urgency = urgency, .crisis = crisis});
    assert_int_equal(decision.facts[0].kind, FACT_CASE_ASSESSED);
    return &decision.facts[0].body.assessed;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)
