// SPDX-License-Identifier: Apache-2.0
// One case that staff of several units work on, for the tests of its parts: decides and folds as
// the ledger does.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permission.h"
#include "workflow.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define LEAD "demo-clinic.desk"
#define OTHER "first-hospital.nursing"
#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct case_state state;
static struct case_decision decision;
static int64_t now;

// Whoever wants the facts as they are told, before they are folded into what they borrow from.
#ifndef ON_DECIDED
#define ON_DECIDED() (void)0
#endif
// Whoever asks the policies too; false: they refuse it.
#ifndef ON_SAID
#define ON_SAID(input, command) true
#endif

static inline void put(struct case_input input) {
    input.cause_id = CASE_ID;
    case_decide(&state, &input, now, &decision);
    for (size_t i = 0; i < decision.count; i++) {
        decision.facts[i].meta.sequence = ++state.sequence;
    }
    ON_DECIDED();
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
    }
}

struct user {
    const char *subject;
    unsigned roles;
    const char *unit;
};
__attribute__((unused)) static const struct user boss = {"lin", ROLE_SUPERVISOR | ROLE_OPERATOR,
                                                         "bureau.complaints"};
__attribute__((unused)) static const struct user lead = {"demo", ROLE_HANDLER, LEAD};
__attribute__((unused)) static const struct user nurse = {"shen", ROLE_HANDLER, OTHER};

static struct case_grant granted; // to whoever speaks; for no case as it begins
static bool of_region;            // whoever speaks has the whole region
static const char *in_scope;      // institutions of whoever speaks; NULL: any

static const char *say(const struct user *user, enum input_kind kind, struct case_command command) {
    struct case_actor actor = {.subject = user->subject,
                               .roles = user->roles,
                               .units = &user->unit,
                               .unit_count = 1,
                               .grants = &granted,
                               .grant_count = 1,
                               .region = of_region,
                               .tenants = in_scope};
    const char **texts[] = {&command.text,
                            &command.unit,
                            &command.detail,
                            &command.category,
                            &command.entry.reason,
                            &command.entry.reported_to,
                            &command.entry.staff_code};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = *texts[i] == NULL ? "" : *texts[i];
    }
    command.actor = &actor;
    command.entry.since = "2026-02-13";
    command.entry.title = "护士";
    command.entry.sha256 = DIGEST;
    command.entry.media_type = "image/jpeg";
    command.entry.witness = "居民委员会";
    struct case_input input = {.kind = kind, .actor = user->subject, .of.command = &command};
    if (!ON_SAID(&input, &command)) {
        return "policy";
    }
    put(input);
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

#define SAY(user, kind, ...) say(&(user), INPUT_##kind, (struct case_command){__VA_ARGS__})
#define DOES(user, kind, ...) assert_string_equal(SAY(user, kind, __VA_ARGS__), "")
#define REFUSED(code, user, kind, ...) assert_string_equal(SAY(user, kind, __VA_ARGS__), code)
#define ENTRY(...) .entry = {__VA_ARGS__}

static inline void submit_as(const char *tenant, const char *relation) {
    static unsigned char digest[32];
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    memset(&state, 0, sizeof state);
    memset(&granted, 0, sizeof granted);
    of_region = false;
    in_scope = NULL;
    now = NOW;
    meta.case_id = CASE_ID;
    meta.tenant = (char *)tenant;
    message.meta = &meta;
    message.content_sha256 = (ProtobufCBinaryData){32, digest};
    message.tracking_code = "0123456789ABC";
    message.received_at_ms = NOW;
    message.on_behalf_relation = (char *)relation;
    put((struct case_input){.kind = INPUT_SUBMIT, .actor = "intake", .of.submit = &message});
}

static inline void submit(const char *relation) { submit_as("demo-clinic", relation); }

static inline int begin(void **unused) {
    (void)unused;
    submit("");
    return state.status == CASE_RECEIVED ? 0 : -1;
}

static inline void arm(const char *name, int64_t due_at_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.started_at_ms = now;
    terms.due_at_ms = due_at_ms;
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

static inline void breach(const char *name) {
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = (char *)name;
    message.version = case_clock_find(&state, name)->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
}

static inline void to_signed(void) {
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    DOES(lead, SIGN);
}

static inline void to_replied(void) {
    DOES(lead, DECIDE, .outcome = 1);
    DOES(lead, REPLY, .attempts = 3);
}

static inline bool runs(const char *clock) {
    return case_clock_runs(case_clock_find(&state, clock));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)
