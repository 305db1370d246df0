// SPDX-License-Identifier: Apache-2.0
// The rules, driven as the ledger drives them: decide, then fold.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permission.h"
#include "work.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW 1770971400000LL

static struct work work;
static unsigned causes;

static int begin(void **unused) {
    (void)unused;
    const char *id = CASE_ID;
    causes = 0;
    return work_begin(&work, &id, 1, NULL) == RC_OK ? 0 : -1;
}

static int end(void **unused) {
    (void)unused;
    work_free(&work);
    return 0;
}

static struct case_state *state(void) { return &work.cases[0].state; }

// Applies with a fresh cause each time, unless one is given.
static struct case_decision apply_as(struct case_input input, int64_t now, const char *cause) {
    static char ids[64][37];
    struct case_decision decision;
    snprintf(ids[causes % 64], 37, "00000000-0000-8000-8000-%012u", causes);
    input.cause_id = cause == NULL ? ids[causes++ % 64] : cause;
    if (input.actor == NULL) {
        input.actor = "test";
    }
    assert_int_equal(work_apply(&work, &work.cases[0], &input, now, &decision, NULL), RC_OK);
    return decision;
}

static struct case_decision apply(struct case_input input) { return apply_as(input, NOW, NULL); }

static struct case_decision submit(unsigned char digest, const char *cause) {
    static unsigned char digests[256][32];
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    memset(digests[digest], digest, 32);
    meta.case_id = CASE_ID;
    meta.tenant = "bureau";
    message.meta = &meta;
    message.content_sha256 = (ProtobufCBinaryData){32, digests[digest]};
    message.tracking_code = "0123456789ABC";
    message.narrative = "内容";
    message.received_at_ms = NOW;
    return apply_as((struct case_input){.kind = INPUT_SUBMIT, .of.submit = &message}, NOW, cause);
}

static struct case_decision assess(uint32_t urgency, uint32_t crisis) {
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    message.category = "fees";
    message.urgency = (Redress__V1__Urgency)urgency;
    message.crisis = (Redress__V1__CrisisLevel)crisis;
    message.lexicon_version = "lexicon@1";
    return apply((struct case_input){.kind = INPUT_ASSESS, .of.assess = &message});
}

static struct case_decision arm(const char *name, int64_t warn, int64_t due) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.stops_on = strcmp(name, "first_response") == 0 ? "complainant_told"
                     : strcmp(name, "resolution") == 0   ? "case_replied"
                                                         : "";
    terms.started_at_ms = NOW;
    terms.warn_at_ms = warn;
    terms.due_at_ms = due;
    message.terms = &terms;
    return apply((struct case_input){.kind = INPUT_ARM_CLOCK, .of.arm = &message});
}

static struct case_decision breach(const char *name, uint32_t version, int64_t now) {
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = (char *)name;
    message.version = version;
    return apply_as((struct case_input){.kind = INPUT_BREACH_CLOCK, .of.breach = &message}, now,
                    NULL);
}

static struct case_decision command(enum input_kind kind, struct case_command given) {
    static const char *const units[] = {"bureau.complaints"};
    static struct case_actor anyone = {.subject = "lin",
                                       .roles = ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR,
                                       .units = units,
                                       .unit_count = 1};
    given.actor = given.actor == NULL ? &anyone : given.actor;
    given.text = given.text == NULL ? "text" : given.text;
    given.unit = given.unit == NULL ? "bureau.complaints" : given.unit;
    return apply((struct case_input){.kind = kind, .actor = "lin", .of.command = &given});
}

static bool has(const struct case_decision *decision, enum fact_kind kind) {
    for (size_t i = 0; i < decision->count; i++) {
        if (decision->facts[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static void test_submit_registers_once(void **unused) {
    (void)unused;
    assert_int_equal(submit(1, NULL).verdict, CASE_DECIDED_FACTS);
    assert_int_equal(submit(1, NULL).verdict, CASE_DECIDED_NOTHING);
    struct case_decision other = submit(2, NULL);
    assert_int_equal(other.verdict, CASE_DECIDED_REFUSAL);
    assert_string_equal(other.code, "content-differs");
    assert_int_equal(state()->sequence, 2); // the registration and the refusal
}

static void test_a_cause_applies_once(void **unused) {
    (void)unused;
    static const char cause[] = "11111111-0000-8000-8000-000000000000";
    submit(1, cause);
    uint64_t before = state()->sequence;
    assert_int_equal(submit(2, cause).verdict, CASE_DECIDED_NOTHING);
    assert_int_equal(state()->sequence, before);
}

static void test_unknown_case_is_refused_without_a_fact(void **unused) {
    (void)unused;
    struct case_decision decision = assess(3, 1);
    assert_int_equal(decision.verdict, CASE_DECIDED_REFUSAL);
    assert_string_equal(decision.code, "unknown-case");
    assert_int_equal(state()->sequence, 0);
}

static void test_text_raises_but_never_lowers_a_person(void **unused) {
    (void)unused;
    submit(1, NULL);
    assess(3, 1);
    assert_int_equal(state()->urgency, 3);
    command(INPUT_SET_ASSESSMENT, (struct case_command){.urgency = 2, .crisis = 3});
    assert_int_equal(assess(4, 1).verdict, CASE_DECIDED_NOTHING);
    assert_int_equal(state()->urgency, 2);
    struct case_decision raised = assess(1, 5);
    assert_true(has(&raised, FACT_ALARM_RAISED));
    assert_int_equal(state()->urgency, 1);
    assert_int_equal(state()->crisis, 5);
}

static void test_an_assessment_keeps_what_it_does_not_name(void **unused) {
    (void)unused;
    submit(1, NULL);
    assess(3, 1);
    command(INPUT_SET_ASSESSMENT, (struct case_command){.urgency = 2});
    assert_string_equal(state()->category, "fees");
    assert_int_equal(state()->crisis, 1);
    assess(1, 5);
    assert_string_equal(state()->category, "fees");
}

static void test_an_urgent_case_alarms_once(void **unused) {
    (void)unused;
    submit(1, NULL);
    struct case_decision first = assess(1, 5);
    struct case_decision second = assess(1, 5);
    assert_true(has(&first, FACT_ALARM_RAISED));
    assert_false(has(&second, FACT_ALARM_RAISED));
}

static void test_clock_versions_grow_and_equal_terms_change_nothing(void **unused) {
    (void)unused;
    submit(1, NULL);
    assert_true(arm("resolution", NOW + 5, NOW + 10).verdict == CASE_DECIDED_FACTS);
    assert_int_equal(arm("resolution", NOW + 5, NOW + 10).verdict, CASE_DECIDED_NOTHING);
    arm("resolution", NOW + 6, NOW + 11);
    assert_int_equal(case_clock_find(state(), "resolution")->version, 2);
    assert_int_equal(breach("resolution", 1, NOW + 100).verdict, CASE_DECIDED_NOTHING);
    assert_int_equal(breach("resolution", 2, NOW + 10).verdict, CASE_DECIDED_NOTHING); // too early
    struct case_decision fired = breach("resolution", 2, NOW + 11);
    assert_true(has(&fired, FACT_CLOCK_BREACHED) && has(&fired, FACT_ALARM_RAISED));
    assert_int_equal(breach("resolution", 2, NOW + 12).verdict, CASE_DECIDED_NOTHING);
    assert_int_equal(arm("resolution", NOW + 50, NOW + 90).verdict, CASE_DECIDED_NOTHING);
}

static void test_escalation_climbs_until_a_person_acknowledges(void **unused) {
    (void)unused;
    submit(1, NULL);
    arm("resolution", 0, NOW + 1);
    breach("resolution", 1, NOW + 1);
    for (uint32_t level = 1; level <= 3; level++) {
        arm("escalation-1", 0, NOW + 10 * level);
        struct case_decision climbed = breach("escalation-1", level, NOW + 10 * level);
        assert_true(has(&climbed, FACT_CASE_ESCALATED));
        assert_int_equal(state()->alarms[0].level, level);
    }
    arm("escalation-1", 0, NOW + 100);
    struct case_decision taken =
        command(INPUT_ACKNOWLEDGE, (struct case_command){.alarm_id = state()->alarms[0].alarm_id});
    assert_true(has(&taken, FACT_ALARM_ACKNOWLEDGED) && has(&taken, FACT_CLOCK_STOPPED));
    assert_int_equal(arm("escalation-1", 0, NOW + 200).verdict, CASE_DECIDED_NOTHING);
    assert_int_equal(breach("escalation-1", 4, NOW + 200).verdict, CASE_DECIDED_NOTHING);
}

#define ORDINARY (CASE_ALARMS - CASE_ALARMS_RESERVED)

// A case that has raised all the alarms it has room for still alarms, once somebody has one of
// them.
static void test_an_alarm_that_somebody_has_makes_room(void **unused) {
    (void)unused;
    char clock[33];
    submit(1, NULL);
    for (uint32_t i = 1; i <= ORDINARY; i++) {
        snprintf(clock, sizeof clock, "clock-%u", i);
        arm(clock, 0, NOW + 1);
        breach(clock, 1, NOW + 1);
        snprintf(clock, sizeof clock, "escalation-%u", i);
        arm(clock, 0, NOW + 10);
    }
    size_t clocks = state()->clock_count;
    arm("late", 0, NOW + 1);
    struct case_decision full = breach("late", 1, NOW + 1);
    assert_false(has(&full, FACT_ALARM_RAISED));
    struct case_decision urgent =
        command(INPUT_SET_ASSESSMENT, (struct case_command){.urgency = 1, .text = "自伤风险"});
    assert_true(has(&urgent, FACT_ALARM_RAISED)); // a crisis has a place of its own
    command(INPUT_ACKNOWLEDGE, (struct case_command){.alarm_id = state()->alarms[2].alarm_id});
    command(INPUT_ACKNOWLEDGE, (struct case_command){.alarm_id = state()->alarms[3].alarm_id});
    arm("later", 0, NOW + 1);
    struct case_decision again = breach("later", 1, NOW + 1);
    assert_true(has(&again, FACT_ALARM_RAISED));
    snprintf(clock, sizeof clock, "escalation-%d", ORDINARY + 2);
    arm(clock, 0, NOW + 10);
    assert_int_equal(state()->clock_count, clocks + 3);
    assert_true(case_clock_runs(case_clock_find(state(), clock)));
    assert_int_equal(state()->alarms[ORDINARY + 1].ordinal, ORDINARY + 2);
}

static void test_the_whole_way_stops_its_clocks(void **unused) {
    (void)unused;
    submit(1, NULL);
    arm("first_response", NOW + 1, NOW + 2);
    arm("resolution", NOW + 3, NOW + 4);
    struct case_decision accepted = command(INPUT_ACCEPT, (struct case_command){0});
    assert_true(has(&accepted, FACT_CLOCK_STOPPED));
    assert_int_equal(arm("first_response", NOW + 8, NOW + 9).verdict, CASE_DECIDED_NOTHING);
    command(INPUT_DISPATCH, (struct case_command){0});
    command(INPUT_SIGN, (struct case_command){0});
    command(INPUT_DECIDE, (struct case_command){.outcome = 1});
    struct case_decision replied = command(INPUT_REPLY, (struct case_command){0});
    assert_true(has(&replied, FACT_CLOCK_STOPPED));
    assert_int_equal(breach("resolution", 1, NOW + 99).verdict, CASE_DECIDED_NOTHING);
    assert_string_equal(command(INPUT_CLOSE, (struct case_command){0}).code, "no-follow-up");
    command(INPUT_FOLLOW_UP, (struct case_command){.reached = true, .solved = true, .score = 5});
    assert_int_equal(command(INPUT_CLOSE, (struct case_command){0}).verdict, CASE_DECIDED_FACTS);
    assert_int_equal(state()->status, CASE_CLOSED);
}

static void test_permissions_follow_the_table(void **unused) {
    (void)unused;
    struct case_actor handler = {.subject = "dong", .roles = ROLE_HANDLER};
    struct case_actor auditor = {.subject = "audit", .roles = ROLE_AUDITOR};
    submit(1, NULL);
    assert_string_equal(case_permits(state(), INPUT_CLOSE, &handler), "role-not-allowed");
    assert_string_equal(case_permits(state(), INPUT_ACCEPT, &auditor), "role-not-allowed");
    assert_string_equal(case_permits(state(), INPUT_SIGN, &handler), "not-your-unit");
    command(INPUT_ACCEPT, (struct case_command){0});
    command(INPUT_DISPATCH, (struct case_command){.unit = "other.unit"});
    assert_string_equal(case_permits(state(), INPUT_SIGN, &handler), "not-your-unit");
    assert_string_equal(case_permits(state(), INPUT_ACKNOWLEDGE, &handler), "no-open-alarm");
    assert_string_equal(command(INPUT_ACCEPT, (struct case_command){0}).code, "wrong-state");
}

static void test_folding_the_events_again_gives_the_same_state(void **unused) {
    (void)unused;
    submit(1, NULL);
    assess(1, 5);
    command(INPUT_SET_ASSESSMENT, (struct case_command){.urgency = 2});
    arm("resolution", NOW + 3, NOW + 4);
    breach("resolution", 1, NOW + 5);
    command(INPUT_ACCEPT, (struct case_command){0});
    command(INPUT_DISPATCH, (struct case_command){0});
    struct case_state again;
    memset(&again, 0, sizeof again);
    for (size_t i = 0; i < work.event_count; i++) {
        struct fact fact;
        ProtobufCMessage *message = NULL;
        const struct work_event *event = &work.events[i];
        assert_int_equal(event->sequence, i + 1);
        assert_int_equal(
            fact_unpack(event->kind, event->payload, event->payload_size, &fact, &message, NULL),
            RC_OK);
        case_apply(&again, &fact);
        again.sequence = event->sequence;
        memcpy(again.hash, event->hash, sizeof again.hash);
        fact_release(message);
    }
    assert_memory_equal(&again, state(), sizeof again);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_submit_registers_once),
        TEST(test_a_cause_applies_once),
        TEST(test_unknown_case_is_refused_without_a_fact),
        TEST(test_text_raises_but_never_lowers_a_person),
        TEST(test_an_assessment_keeps_what_it_does_not_name),
        TEST(test_an_urgent_case_alarms_once),
        TEST(test_clock_versions_grow_and_equal_terms_change_nothing),
        TEST(test_escalation_climbs_until_a_person_acknowledges),
        TEST(test_an_alarm_that_somebody_has_makes_room),
        TEST(test_the_whole_way_stops_its_clocks),
        TEST(test_permissions_follow_the_table),
        TEST(test_folding_the_events_again_gives_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
