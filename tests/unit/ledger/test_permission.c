// SPDX-License-Identifier: Apache-2.0
// Who may what: the tables against the contracts, against each other, and what grants and conflicts
// change. The walk over roles, relations and states is tests/e2e/test_roles.py's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "case_json.h"
#include "permission.h"
#include "workflow.h"

#include "common/field.h"
#include "common/policy_known.h"

#include "redress/v1/facts.pb-c.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define EVERY_ROLE ((1U << ROLE_COUNT) - 1)

static struct case_state state;

static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    snprintf(state.case_id, sizeof state.case_id, CASE_ID);
    snprintf(state.tenant, sizeof state.tenant, "own");
    snprintf(state.unit, sizeof state.unit, "own.unit");
    state.status = CASE_DISPATCHED;
    return 0;
}

static struct case_actor someone(unsigned roles, const char *tenants) {
    return (struct case_actor){.subject = "me", .roles = roles, .tenants = tenants};
}

static bool may(enum input_kind kind, const struct case_actor *actor) {
    return case_permits(&state, kind, actor) == NULL;
}

static void test_every_field_of_every_fact_has_a_row(void **unused) {
    (void)unused;
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++) {
        struct fact fact;
        fact_init(&fact, kind);
        const ProtobufCMessageDescriptor *descriptor = fact.body.base.descriptor;
        const char *name = fact_type(kind) + strlen("redress.v1.");
        for (unsigned i = 1; i < descriptor->n_fields; i++) { // all but the meta
            if (descriptor->fields[i].type != PROTOBUF_C_TYPE_BYTES &&
                field_roles(name, descriptor->fields[i].name) == 0) {
                fail_msg("nobody may read %s.%s", name, descriptor->fields[i].name);
            }
        }
    }
}

static void test_every_field_of_a_case_has_a_row(void **unused) {
    (void)unused;
    struct region region = {0};
    Redress__V1__CaseRegistered registered = REDRESS__V1__CASE_REGISTERED__INIT;
    struct case_actor all = someone(EVERY_ROLE, "own");
    json_t *json = case_to_json(&state, &registered, &all, &region);
    assert_null(json_object_get(json, "masked"));
    json_decref(json);
}

static void test_the_fields_are_sorted_so_that_all_are_found(void **unused) {
    (void)unused;
    for (size_t i = 1; i < field_permission_count; i++) {
        assert_true(strcmp(field_permissions[i - 1].name, field_permissions[i].name) < 0);
    }
}

static void test_what_no_row_names_is_masked_for_everybody(void **unused) {
    (void)unused;
    json_t *json = json_pack("{s:s, s:s}", "colour", "red", "status", "closed");
    field_mask(json, NULL, EVERY_ROLE);
    assert_true(json_is_null(json_object_get(json, "colour")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "masked"), 0)),
                        "colour");
    assert_string_equal(json_string_value(json_object_get(json, "status")), "closed");
    json_decref(json);
}

static void test_a_machine_and_a_panel_read_no_names(void **unused) {
    (void)unused;
    static const char *const personal[] = {"handler", "actor", "tracking_code", "note"};
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        assert_int_equal(field_roles(NULL, personal[i]) & ROLE_PANEL_MEMBER, 0);
        assert_int_equal(field_roles(NULL, personal[i]) & ROLE_MONITOR, 0);
    }
    assert_int_equal(field_roles("TeamFormed", "service") & (ROLE_INTEGRATOR | ROLE_PANEL_MEMBER),
                     0);
    assert_int_equal(field_roles(NULL, "narrative") & (ROLE_INTEGRATOR | ROLE_ADMINISTRATOR), 0);
    assert_int_equal(field_roles(NULL, "revealed") & (ROLE_AUDITOR | ROLE_ADMINISTRATOR), 0);
}

// Two roles together may exactly what one of them may.
static void test_nobody_gains_an_action_by_another_role(void **unused) {
    (void)unused;
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        state.status = status;
        for (unsigned a = 0; a < ROLE_COUNT; a++) {
            for (unsigned b = 0; b < a; b++) {
                struct case_actor one = someone(1U << a, "own");
                struct case_actor other = someone(1U << b, "own");
                struct case_actor both = someone(1U << a | 1U << b, "own");
                for (enum input_kind k = INPUT_PROPOSAL_COUNT; k < INPUT_KIND_COUNT; k++) {
                    bool sees = case_sees(&state, &one) && case_sees(&state, &other);
                    assert_true(!sees || may(k, &both) == (may(k, &one) || may(k, &other)));
                }
            }
        }
    }
}

static void test_a_conflict_makes_a_case_absent_whatever_the_roles(void **unused) {
    (void)unused;
    struct case_grant grant = {.roles = EVERY_ROLE, .case_id = CASE_ID};
    struct case_actor all = someone(EVERY_ROLE, "own");
    all.region = true;
    all.grants = &grant;
    all.grant_count = 1;
    case_add_conflict(&state, "me");
    assert_false(case_sees(&state, &all));
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        assert_string_equal(case_permits(&state, kind, &all), "case-not-found");
    }
}

static void test_a_grant_gives_its_role_on_its_case_alone(void **unused) {
    (void)unused;
    struct case_grant grant = {.roles = ROLE_HANDLER, .case_id = CASE_ID};
    struct case_actor actor = someone(ROLE_AUDITOR, "another");
    assert_string_equal(case_permits(&state, INPUT_SIGN, &actor), "case-not-found");
    actor.grants = &grant;
    actor.grant_count = 1;
    assert_true(may(INPUT_SIGN, &actor));
    assert_string_equal(case_permits(&state, INPUT_DISPATCH, &actor), "role-not-allowed");
    snprintf(state.case_id, sizeof state.case_id, "11234567-89ab-8def-8123-456789abcdef");
    assert_string_equal(case_permits(&state, INPUT_SIGN, &actor), "case-not-found");
}

static void test_a_grant_on_a_unit_follows_the_unit(void **unused) {
    (void)unused;
    struct case_grant grant = {.roles = ROLE_HANDLER, .unit = "own.unit"};
    struct case_actor actor = someone(ROLE_HANDLER, "another");
    actor.grants = &grant;
    actor.grant_count = 1;
    assert_true(may(INPUT_SIGN, &actor));
    snprintf(state.unit, sizeof state.unit, "own.other");
    assert_string_equal(case_permits(&state, INPUT_SIGN, &actor), "case-not-found");
}

static void test_no_grant_gives_what_only_the_region_may(void **unused) {
    (void)unused;
    struct case_grant grant = {.roles = ROLE_ADMINISTRATOR, .case_id = CASE_ID};
    struct case_actor actor = someone(ROLE_AUDITOR, "own");
    actor.grants = &grant;
    actor.grant_count = 1;
    state.status = CASE_ARCHIVED;
    assert_string_equal(case_permits(&state, INPUT_ERASE, &actor), "not-your-region");
    actor = someone(ROLE_ADMINISTRATOR, "own");
    assert_string_equal(case_permits(&state, INPUT_ERASE, &actor), "not-your-region");
    actor.region = true;
    assert_true(may(INPUT_ERASE, &actor));
}

static void test_nothing_is_erased_while_a_case_or_its_appeal_is_open(void **unused) {
    (void)unused;
    struct case_actor actor = someone(ROLE_ADMINISTRATOR, "own");
    actor.region = true;
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        state.status = status;
        assert_int_equal(may(INPUT_ERASE, &actor), !workflow_is_open(status));
    }
    state.appeal_until_ms = 1;
    assert_string_equal(case_permits(&state, INPUT_ERASE, &actor), "appeal-open");
    state.appeal_until_ms = 0;
    state.status = CASE_NOT_ACCEPTED;
    state.parts.order_count = 1;
    state.parts.orders[0].level = 1;
    assert_string_equal(case_permits(&state, INPUT_ERASE, &actor), "supervised");
    state.parts.orders[0].lifted = true;
    assert_true(may(INPUT_ERASE, &actor));
    state.erased = true;
    assert_string_equal(case_permits(&state, INPUT_ERASE, &actor), "erased");
}

static void test_nothing_is_archived_while_its_appeal_or_an_order_is_open(void **unused) {
    (void)unused;
    struct case_actor actor = someone(ROLE_SUPERVISOR, "own");
    state.status = CASE_CLOSED;
    state.appeal_until_ms = 1;
    assert_string_equal(case_permits(&state, INPUT_ARCHIVE, &actor), "appeal-open");
    assert_true(may(INPUT_REVIEW, &actor));
    state.appeal_until_ms = 0;
    assert_true(may(INPUT_ARCHIVE, &actor));
    state.parts.order_count = 1;
    state.parts.orders[0].level = 1;
    assert_string_equal(case_permits(&state, INPUT_ARCHIVE, &actor), "supervised");
}

static void test_a_reveal_waits_for_another_supervisor_where_the_policy_asks(void **unused) {
    (void)unused;
    struct case_actor actor = someone(ROLE_SUPERVISOR, "own");
    struct case_actor other = someone(ROLE_SUPERVISOR, "own");
    other.subject = "other";
    assert_true(may(INPUT_REVEAL, &actor));
    state.reveal_needs_approval = true;
    assert_string_equal(case_permits(&state, INPUT_REVEAL, &actor), "reveal-not-approved");
    case_reveal_note(&state.reveal_requests, "me", false, 1);
    assert_string_equal(case_permits(&state, INPUT_APPROVE_REVEAL, &actor), "reveal-not-requested");
    assert_true(may(INPUT_APPROVE_REVEAL, &other));
    case_reveal_note(&state.reveal_requests, "me", true, 2);
    assert_true(may(INPUT_REVEAL, &actor));
    assert_string_equal(case_permits(&state, INPUT_REVEAL, &other), "reveal-not-approved");
}

static void test_glass_is_broken_only_from_outside_and_never_in_conflict(void **unused) {
    (void)unused;
    struct case_actor inside = someone(ROLE_HANDLER, "own");
    struct case_actor outside = someone(ROLE_HANDLER, "another");
    struct case_actor auditor = someone(ROLE_AUDITOR, "another");
    assert_string_equal(case_permits(&state, INPUT_BREAK_GLASS, &inside), "in-scope");
    assert_string_equal(case_permits(&state, INPUT_BREAK_GLASS, &auditor), "case-not-found");
    assert_true(may(INPUT_BREAK_GLASS, &outside));
    case_add_conflict(&state, "me");
    assert_string_equal(case_permits(&state, INPUT_BREAK_GLASS, &outside), "case-not-found");
}

// Each command of the table, whatever the state: what an emergency needs, and nothing else.
static void test_a_broken_glass_gives_reading_and_what_an_emergency_needs(void **unused) {
    (void)unused;
    static const enum input_kind needed[] = {
        INPUT_TRANSFER_EMERGENCY, INPUT_ACKNOWLEDGE,     INPUT_COMMENT,
        INPUT_SET_ASSESSMENT,     INPUT_REVEAL,          INPUT_MESSAGE,
        INPUT_REQUEST_REVEAL,     INPUT_DECLARE_CONFLICT};
    struct case_grant glass = {.roles = EVERY_ROLE, .case_id = CASE_ID, .glass = true};
    struct case_actor actor = someone(EVERY_ROLE, "another");
    actor.grants = &glass;
    actor.grant_count = 1;
    state.alarm_count = 1;
    assert_true(case_sees(&state, &actor) && permission_by_glass_alone(&state, &actor));
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        bool wanted = false;
        for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
            wanted = wanted || needed[i] == kind;
        }
        state.status = kind == INPUT_TRANSFER_EMERGENCY ? CASE_TRIAGED : CASE_INVESTIGATING;
        const char *code = case_permits(&state, kind, &actor);
        const char *refusal = kind == INPUT_BREAK_GLASS ? "in-scope" : "emergency-only";
        assert_true(!wanted || code == NULL);
        assert_string_equal(wanted ? "" : code, wanted ? "" : refusal);
    }
    glass.glass = false; // granted by an administrator
    assert_true(may(INPUT_SUSPEND, &actor));
    assert_false(permission_by_glass_alone(&state, &actor));
}

static void test_a_grant_on_a_co_handlers_unit_reads_the_case_and_answers_in_it(void **unused) {
    (void)unused;
    struct case_grant grant = {.roles = ROLE_HANDLER, .unit = "another.unit"};
    struct case_actor actor = someone(ROLE_HANDLER, "another");
    actor.grants = &grant;
    actor.grant_count = 1;
    state.status = CASE_INVESTIGATING;
    assert_false(case_sees(&state, &actor));
    state.parts.co_handler_count = 1;
    snprintf(state.parts.co_handlers[0].unit, sizeof state.parts.co_handlers[0].unit,
             "another.unit");
    assert_true(case_sees(&state, &actor));
    assert_true(may(INPUT_REPORT_STAGE, &actor) && may(INPUT_ANSWER_CO_HANDLING, &actor));
    assert_true(may(INPUT_DECLARE_CONFLICT, &actor));
    assert_string_equal(case_permits(&state, INPUT_SUSPEND, &actor), "not-your-unit");
    assert_string_equal(case_permits(&state, INPUT_COMMENT, &actor), "not-your-unit");
    state.parts.co_handlers[0].answered = true;
    assert_string_equal(case_permits(&state, INPUT_ANSWER_CO_HANDLING, &actor), "not-co-handler");
    assert_true(case_sees(&state, &actor));
    snprintf(state.unit, sizeof state.unit, "another.unit"); // it leads
    assert_true(may(INPUT_SUSPEND, &actor));
}

static void own(size_t place, const char *unit) {
    struct case_improvement *improvement = &state.improvements[place];
    snprintf(improvement->owner, sizeof improvement->owner, "%s", unit);
    state.improvement_count = place + 1;
}

static void test_who_owns_an_open_improvement_may_complete_it(void **unused) {
    (void)unused;
    static const char *const unit = "own.ward";
    struct case_actor actor = someone(ROLE_HANDLER, "own");
    struct case_actor desk = someone(ROLE_OPERATOR, "own");
    struct case_actor auditor = someone(ROLE_AUDITOR, "own");
    actor.units = auditor.units = &unit;
    actor.unit_count = auditor.unit_count = 1;
    own(0, "own.other");
    assert_string_equal(case_permits(&state, INPUT_COMPLETE_IMPROVEMENT, &actor), "not-your-unit");
    own(1, unit);
    assert_true(may(INPUT_COMPLETE_IMPROVEMENT, &actor) && may(INPUT_COMPLETE_IMPROVEMENT, &desk));
    assert_string_equal(case_permits(&state, INPUT_COMPLETE_IMPROVEMENT, &auditor),
                        "role-not-allowed");
    assert_false(permission_of_whole(&state, INPUT_COMPLETE_IMPROVEMENT, &actor));
    assert_true(permission_of_whole(&state, INPUT_COMPLETE_IMPROVEMENT, &desk));
    assert_true(permission_acts_for(&state, &actor, unit));
    assert_false(permission_acts_for(&state, &actor, "own.other"));
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        assert_true(kind == INPUT_COMPLETE_IMPROVEMENT || !permission_of(kind)->unit ||
                    !may(kind, &actor)); // and nothing else that is the unit's
    }
    state.improvements[1].done = true;
    assert_string_equal(case_permits(&state, INPUT_COMPLETE_IMPROVEMENT, &actor), "not-your-unit");
    snprintf(state.tenant, sizeof state.tenant, "elsewhere"); // the unit's alone is no scope
    state.improvements[1].done = false;
    assert_string_equal(case_permits(&state, INPUT_COMPLETE_IMPROVEMENT, &actor), "case-not-found");
}

static void test_a_grant_on_an_owners_unit_reads_the_case_and_completes_in_it(void **unused) {
    (void)unused;
    struct case_grant grant = {.roles = ROLE_HANDLER, .unit = "another.unit"};
    struct case_actor actor = someone(ROLE_HANDLER, "another");
    actor.grants = &grant;
    actor.grant_count = 1;
    own(0, "own.other");
    assert_false(case_sees(&state, &actor));
    own(1, "another.unit");
    assert_true(case_sees(&state, &actor) && may(INPUT_COMPLETE_IMPROVEMENT, &actor));
    assert_true(permission_acts_for(&state, &actor, "another.unit"));
    assert_false(permission_of_whole(&state, INPUT_COMPLETE_IMPROVEMENT, &actor));
    assert_string_equal(case_permits(&state, INPUT_COMMENT, &actor), "not-your-unit");
    state.improvements[1].done = true;
    assert_true(case_sees(&state, &actor)); // what it did
    assert_string_equal(case_permits(&state, INPUT_COMPLETE_IMPROVEMENT, &actor), "not-your-unit");
}

static void test_names_of_roles_are_read_back(void **unused) {
    (void)unused;
    char text[160];
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        assert_int_equal(role_read(role_name(1U << place)), 1U << place);
    }
    role_write(EVERY_ROLE, text, sizeof text);
    assert_int_equal(role_read_names(text), EVERY_ROLE);
    json_t *claim = json_pack("[s, s, s, i]", "handler", "complainant", "root", 3);
    assert_int_equal(role_read_claim(claim), ROLE_HANDLER);
    json_decref(claim);
}

// Packs are checked where the ledger's table can't be read.
static void test_packs_and_the_table_agree_on_who_decides_extensions(void **unused) {
    (void)unused;
    unsigned roles = permission_of(INPUT_DECIDE_EXTENSION)->roles;
    assert_int_equal(policy_roles_of(roles), POLICY_APPROVERS);
    assert_int_equal(policy_roles_to(POLICY_APPROVERS), roles);
    assert_int_equal(policy_roles_to(policy_roles_of(ROLE_COUNSELLOR)), ROLE_COUNSELLOR);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

static void test_a_repeat_shows_what_is_sealed_for_ten_minutes(void **unused) {
    (void)unused;
    assert_true(case_reveal_shows_again(1000, 1000));
    assert_true(case_reveal_shows_again(1000, 1000 + 599999));
    assert_false(case_reveal_shows_again(1000, 1000 + 600000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_field_of_every_fact_has_a_row),
        TEST(test_every_field_of_a_case_has_a_row),
        TEST(test_the_fields_are_sorted_so_that_all_are_found),
        TEST(test_what_no_row_names_is_masked_for_everybody),
        TEST(test_a_machine_and_a_panel_read_no_names),
        TEST(test_nobody_gains_an_action_by_another_role),
        TEST(test_a_conflict_makes_a_case_absent_whatever_the_roles),
        TEST(test_a_grant_gives_its_role_on_its_case_alone),
        TEST(test_a_grant_on_a_unit_follows_the_unit),
        TEST(test_no_grant_gives_what_only_the_region_may),
        TEST(test_nothing_is_erased_while_a_case_or_its_appeal_is_open),
        TEST(test_nothing_is_archived_while_its_appeal_or_an_order_is_open),
        TEST(test_a_reveal_waits_for_another_supervisor_where_the_policy_asks),
        TEST(test_glass_is_broken_only_from_outside_and_never_in_conflict),
        TEST(test_a_broken_glass_gives_reading_and_what_an_emergency_needs),
        TEST(test_a_grant_on_a_co_handlers_unit_reads_the_case_and_answers_in_it),
        TEST(test_who_owns_an_open_improvement_may_complete_it),
        TEST(test_a_grant_on_an_owners_unit_reads_the_case_and_completes_in_it),
        TEST(test_names_of_roles_are_read_back),
        TEST(test_packs_and_the_table_agree_on_who_decides_extensions),
        TEST(test_a_repeat_shows_what_is_sealed_for_ten_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
