// SPDX-License-Identifier: Apache-2.0
// Supervision orders, persons and allegations, evidence: what each rule refuses.
#include "case_story.h"

#include "decide.h"

static uint32_t last_trigger(void) {
    return state.parts.orders[state.parts.order_count - 1].trigger;
}

static void test_an_order_is_answered_then_lifted_and_only_then_the_case_closes(void **unused) {
    (void)unused;
    to_signed();
    REFUSED("role-not-allowed", lead, SUPERVISE, ENTRY(.level = 2, .kind = 1));
    REFUSED("due-in-past", boss, SUPERVISE, ENTRY(.level = 2, .kind = 1, .due_at_ms = NOW));
    DOES(boss, SUPERVISE, .text = "限期答复", ENTRY(.level = 2, .kind = 1, .due_at_ms = NOW + 9));
    assert_string_equal(decision.facts[0].body.supervision_ordered.issuer, "lin");
    assert_int_equal(case_supervision_level(&state), 2);
    arm("supervision-1", NOW + 9);
    assert_true(runs("supervision-1"));
    to_replied();
    assert_true(runs("supervision-1"));
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    REFUSED("supervised", boss, CLOSE);
    REFUSED("no-answered-order", boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    REFUSED("no-order-to-answer", nurse, ANSWER_SUPERVISION, ENTRY(.number = 1));
    REFUSED("unknown-order", lead, ANSWER_SUPERVISION, ENTRY(.number = 2));
    DOES(lead, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = 1));
    assert_false(runs("supervision-1"));
    REFUSED("no-order-to-answer", lead, ANSWER_SUPERVISION, ENTRY(.number = 1));
    REFUSED("supervised", boss, CLOSE);
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    REFUSED("no-answered-order", boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    DOES(boss, CLOSE);
}

static void test_who_handles_it_by_a_grant_answers_its_orders(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    REFUSED("no-order-to-answer", nurse, ANSWER_SUPERVISION, ENTRY(.number = 1));
    snprintf(granted.case_id, sizeof granted.case_id, "%s", CASE_ID);
    granted.roles = ROLE_HANDLER;
    DOES(nurse, SIGN);
    DOES(nurse, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = 1));
}

static void test_a_clock_of_an_order_needs_its_order(void **unused) {
    (void)unused;
    static const char *const names[] = {"supervision-1",  "supervision-0", "supervision-17",
                                        "supervision-1x", "co-handling-1", "supervision-"};
    to_signed();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        arm(names[i], NOW + 9);
        assert_false(case_is_part_clock(names[i]) && runs(names[i]));
    }
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    arm("supervision-2", NOW + 9);
    assert_false(runs("supervision-2"));
    arm("supervision-1", NOW + 9);
    now = NOW + 9;
    breach("supervision-1");
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_BREACHED);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(decision.count, 2); // an order breached raises no order
    DOES(lead, ANSWER_SUPERVISION, ENTRY(.number = 1));
}

static void test_rules_raise_orders(void **unused) {
    (void)unused;
    to_signed();
    arm("resolution", NOW + 5);
    now = NOW + 5;
    breach("resolution");
    assert_int_equal(last_trigger(), REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_OVERDUE);
    assert_string_equal(state.parts.orders[0].issuer, "rule");
    to_replied();
    DOES(boss, FOLLOW_UP, .reached = false);
    assert_int_equal(state.parts.order_count, 1); // nobody was reached: nobody said no
    DOES(boss, FOLLOW_UP, .reached = true, .solved = false);
    assert_int_equal(last_trigger(),
                     REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_FAILED_CALL_BACK);
    assert_int_equal(state.status, CASE_REWORK);
    DOES(nurse, COMMENT, .text = "beside");
    DOES(boss, DISPATCH, .unit = OTHER);
    DOES(nurse, SIGN);
    DOES(nurse, DECIDE, .outcome = 1);
    DOES(nurse, REPLY, .attempts = 3);
    DOES(boss, REWORK, .text = "again");
    assert_int_equal(last_trigger(),
                     REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_REPEATED);
    assert_int_equal(case_supervision_level(&state),
                     REDRESS__V1__SUPERVISION_LEVEL__SUPERVISION_LEVEL_KEY);
    assert_int_equal(state.parts.order_count, 3);
}

static void test_a_refusal_is_supervised_and_the_desk_answers(void **unused) {
    (void)unused;
    DOES(boss, REFUSE, .outcome = 1, .detail = "法院");
    assert_int_equal(last_trigger(), REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_REFUSED);
    arm("supervision-1", NOW + 9);
    assert_true(runs("supervision-1"));
    REFUSED("supervised", boss, ARCHIVE);
    REFUSED("no-order-to-answer", lead, ANSWER_SUPERVISION, ENTRY(.number = 1));
    DOES(boss, ANSWER_SUPERVISION, .text = "确不属本委职责", ENTRY(.number = 1));
    of_region = true;
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    of_region = false;
    DOES(boss, ARCHIVE);
}

static void withdraw(void) {
    Redress__V1__WithdrawCase message = REDRESS__V1__WITHDRAW_CASE__INIT;
    message.reason = "不再投诉";
    put((struct case_input){
        .kind = INPUT_WITHDRAW_CASE, .actor = "intake", .of.withdraw = &message});
}

static void assess(const char *situations) {
    DOES(boss, SET_ASSESSMENT, .urgency = 3, .category = NULL, .situations = situations);
}

static void test_an_adverse_effect_is_supervised_once(void **unused) {
    (void)unused;
    assess("petition");
    assess("adverse-effects,not-adverse-effect");
    assert_int_equal(state.parts.order_count, 0);
    assess("petition,adverse-effect");
    assert_int_equal(last_trigger(),
                     REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_ADVERSE_EFFECT);
    assert_string_equal(state.parts.orders[0].issuer, "rule");
    assess("adverse-effect");
    DOES(boss, ANSWER_SUPERVISION, .text = "已回应", ENTRY(.number = 1));
    of_region = true;
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    of_region = false;
    assess("adverse-effect"); // nor again where it was lifted
    assert_int_equal(state.parts.order_count, 1);
}

static void test_what_a_review_looks_at_is_not_supervised_for_its_effect(void **unused) {
    (void)unused;
    to_signed();
    to_replied();
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    DOES(boss, CLOSE);
    DOES(boss, REVIEW, .text = "不服");
    assess("adverse-effect");
    assert_int_equal(state.parts.order_count, 0);
}

static void test_an_order_is_lifted_by_the_level_that_issued_it(void **unused) {
    (void)unused;
    to_signed();
    of_region = true;
    DOES(boss, SUPERVISE, ENTRY(.level = 3, .kind = 1));
    of_region = false;
    DOES(lead, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = 1));
    REFUSED("not-your-region", boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    DOES(lead, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = 2));
    REFUSED("not-your-region", boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 2));
    of_region = true; // the level above lifts everybody's
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    DOES(lead, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = 3));
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 3));
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
}

static void test_what_a_rule_ordered_is_lifted_by_the_region_alone(void **unused) {
    (void)unused;
    to_signed();
    assess("adverse-effect");
    assert_string_equal(state.parts.orders[0].issuer, "rule");
    DOES(lead, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = 1));
    REFUSED("not-your-region", boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    of_region = true;
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
}

static void test_what_is_due_is_due_within_two_years(void **unused) {
    (void)unused;
    const int64_t most_ms = 730 * INT64_C(86400000);
    to_signed();
    REFUSED("due-too-late", boss, SUPERVISE,
            ENTRY(.level = 1, .kind = 1, .due_at_ms = NOW + most_ms + 1));
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1, .due_at_ms = NOW + most_ms));
    REFUSED("due-too-late", lead, ADD_CO_HANDLER, .unit = OTHER,
            ENTRY(.due_at_ms = NOW + most_ms + 1));
}

static void test_orders_lapse_where_the_case_is_withdrawn(void **unused) {
    (void)unused;
    to_signed();
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    arm("supervision-1", NOW + 9);
    DOES(boss, SUPERVISE, ENTRY(.level = 3, .kind = 1));
    DOES(lead, ANSWER_SUPERVISION, ENTRY(.number = 2));
    REFUSED("not-answered", boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    DOES(boss, REQUEST_TERMINATION, .text = "x");
    const struct user other = {"gao", ROLE_SUPERVISOR, ""};
    REFUSED("supervised", other, TERMINATE);
    REFUSED("supervised", boss, WITHDRAW, .text = "不再投诉");
    withdraw(); // the complainant, who is free to
    assert_false(case_is_supervised(&state));
    assert_false(runs("supervision-1"));
    size_t lapsed = 0;
    for (size_t i = 0; i < decision.count; i++) {
        bool lifted = decision.facts[i].kind == FACT_SUPERVISION_LIFTED;
        lapsed += lifted && decision.facts[i].body.supervision_lifted.lapsed ? 1 : 0;
    }
    assert_int_equal(lapsed, 2);
}

static void test_only_sixteen_orders_fit(void **unused) {
    (void)unused;
    to_signed();
    of_region = true;
    for (int i = 0; i < CASE_ORDERS; i++) {
        DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    }
    REFUSED("too-many-orders", boss, SUPERVISE, ENTRY(.level = 1, .kind = 1));
    arm("resolution", NOW + 5);
    now = NOW + 5;
    breach("resolution");
    assert_int_equal(state.parts.order_count, CASE_ORDERS);
    withdraw();
    assert_false(case_is_supervised(&state));
}

static void test_each_allegation_is_decided_before_the_case(void **unused) {
    (void)unused;
    to_signed();
    REFUSED("no-person", lead, RAISE_ALLEGATION, ENTRY(.number = 1));
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 1));
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 2));
    REFUSED("unknown-person", lead, RAISE_ALLEGATION, ENTRY(.number = 3));
    REFUSED("not-your-unit", nurse, RAISE_ALLEGATION, ENTRY(.number = 1));
    DOES(lead, RAISE_ALLEGATION, .category = "fees", .text = "多收", ENTRY(.number = 1));
    DOES(lead, RAISE_ALLEGATION, .category = "privacy", .text = "外传", ENTRY(.number = 2));
    REFUSED("allegation-undecided", lead, DECIDE, .outcome = 1);
    DOES(lead, DECIDE_ALLEGATION, .outcome = 1, .detail = "退费", ENTRY(.number = 1, .kind = 6));
    assert_int_equal(decision.facts[0].body.allegation_decided.person, 1);
    REFUSED("allegation-undecided", lead, DECIDE, .outcome = 1);
    REFUSED("unknown-allegation", lead, DECIDE_ALLEGATION, .outcome = 3, ENTRY(.number = 3));
    DOES(lead, DECIDE_ALLEGATION, .outcome = 3, ENTRY(.number = 2, .kind = 1));
    to_replied();
    REFUSED("wrong-state", lead, RAISE_ALLEGATION, ENTRY(.number = 1));
    DOES(boss, REWORK, .text = "again");
    assert_false(case_allegations_decided(&state)); // each is looked at again
}

static void test_a_decision_contradicts_none_of_its_allegations(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 1));
    DOES(lead, RAISE_ALLEGATION, .category = "fees", .text = "多收", ENTRY(.number = 1));
    DOES(lead, DECIDE_ALLEGATION, .outcome = 3, ENTRY(.number = 1, .kind = 1));
    REFUSED("contradicts-allegations", lead, DECIDE, .outcome = 1);
    assert_string_equal(decision.field, "outcome");
    assert_int_equal(state.status, CASE_SIGNED);
    DOES(lead, DECIDE_ALLEGATION, .outcome = 1, ENTRY(.number = 1, .kind = 5)); // anew
    REFUSED("contradicts-allegations", lead, DECIDE, .outcome = 3);
    REFUSED("contradicts-allegations", lead, DECIDE, .outcome = 4);
    to_replied();
}

static void test_a_person_is_concerned_once(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 1, .staff_code = "jin"));
    REFUSED("already-concerned", lead, CONCERN_PERSON, ENTRY(.kind = 1, .staff_code = "jin"));
    assert_string_equal(decision.field, "staff_code");
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 1, .staff_code = "gao"));
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 4)); // strangers have no code
    DOES(lead, CONCERN_PERSON, ENTRY(.kind = 4));
}

static void test_a_case_with_allegations_is_not_settled_on_the_spot(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, CONCERN_PERSON, ENTRY(.kind = 1));
    DOES(boss, RAISE_ALLEGATION, .text = "多收", ENTRY(.number = 1));
    REFUSED("allegation-undecided", boss, RESOLVE_ON_SPOT, .text = "退费");
}

static void test_lists_of_persons_and_allegations_are_bounded(void **unused) {
    (void)unused;
    to_signed();
    for (int i = 0; i < CASE_PERSONS; i++) {
        DOES(lead, CONCERN_PERSON, ENTRY(.kind = 1));
    }
    REFUSED("too-many-persons", lead, CONCERN_PERSON, ENTRY(.kind = 1));
    for (int i = 0; i < CASE_ALLEGATIONS; i++) {
        DOES(lead, RAISE_ALLEGATION, .text = "x", ENTRY(.number = 1));
    }
    REFUSED("too-many-allegations", lead, RAISE_ALLEGATION, ENTRY(.number = 1));
}

static void test_authority_belongs_to_a_complaint_on_behalf(void **unused) {
    (void)unused;
    REFUSED("not-on-behalf", boss, RECORD_AUTHORITY, ENTRY(.kind = 1));
    submit("女儿");
    DOES(boss, RECORD_AUTHORITY, ENTRY(.kind = 3));
    assert_int_equal(state.parts.authority, 3);
    assert_string_equal(state.parts.authority_since, "2026-02-13");
}

static void test_a_team_has_three_members_and_tells_of_rights(void **unused) {
    (void)unused;
    struct case_entry entry = {.kind = 2, .medical = "cao", .legal = "tang", .service = "cao"};
    REFUSED("same-member", boss, FORM_TEAM, .entry = entry);
    entry.service = "shen";
    REFUSED("rights-not-told", boss, FORM_TEAM, .entry = entry);
    entry.rights_told = true;
    REFUSED("not-reported", boss, FORM_TEAM, .entry = entry);
    entry.reported_to = "省卫生健康委员会";
    DOES(boss, FORM_TEAM, .entry = entry);
    assert_string_equal(state.parts.team.legal, "tang");
    assert_int_equal(state.parts.order_count, 1); // what is reported upward is supervised
    assert_int_equal(state.parts.orders[0].trigger,
                     REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_ADVERSE_EFFECT);
    assert_int_equal(case_supervision_level(&state),
                     REDRESS__V1__SUPERVISION_LEVEL__SUPERVISION_LEVEL_KEY);
    DOES(boss, DECLARE_CONFLICT, .staff = "tang", .text = "亲属");
    assert_string_equal(state.parts.team.legal, "");
    assert_string_equal(state.parts.team.medical, "cao");
    REFUSED("in-conflict", boss, FORM_TEAM, .entry = entry);
    REFUSED("role-not-allowed", lead, FORM_TEAM, .entry = entry);
}

// What the complainant said of it stands: case_story.h's pictures are JPEG.
static void test_what_was_offered_is_registered_as_it_was_offered(void **unused) {
    (void)unused;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__EvidenceOffered offer = REDRESS__V1__EVIDENCE_OFFERED__INIT;
    meta.sequence = 7;
    offer.meta = &meta;
    offer.sha256 = DIGEST;
    offer.media_type = "image/png";
    offer.size = 9;
    REFUSED("differs-from-offer", boss, REGISTER_EVIDENCE, .offer = &offer,
            ENTRY(.kind = 1, .size = 9));
    assert_string_equal(decision.field, "media_type");
    offer.media_type = "image/JPEG"; // the same type
    REFUSED("differs-from-offer", boss, REGISTER_EVIDENCE, .offer = &offer,
            ENTRY(.kind = 1, .size = 8));
    assert_string_equal(decision.field, "size");
    REFUSED("differs-from-offer", boss, REGISTER_EVIDENCE, .offer = &offer,
            ENTRY(.kind = 4, .size = 9));
    assert_string_equal(decision.field, "giver");
    DOES(boss, REGISTER_EVIDENCE, .offer = &offer, ENTRY(.kind = 1, .size = 9));
    assert_int_equal(decision.facts[0].body.evidence_registered.offer, 7);
}

static void test_evidence_is_registered_once_and_bounded(void **unused) {
    (void)unused;
    for (int i = 0; i < CASE_EVIDENCE; i++) {
        struct case_entry entry = {.kind = 1, .size = 9};
        // The state holds what the text says; the entry's digest is the same in real commands.
        memset(entry.digest, i + 1, sizeof entry.digest);
        DOES(boss, REGISTER_EVIDENCE, .entry = entry);
        memcpy(state.parts.evidence[i], entry.digest, sizeof entry.digest);
    }
    struct case_entry again = {.kind = 1, .size = 9};
    memset(again.digest, 7, sizeof again.digest);
    REFUSED("already-registered", boss, REGISTER_EVIDENCE, .entry = again);
    memset(again.digest, 99, sizeof again.digest);
    REFUSED("too-much-evidence", boss, REGISTER_EVIDENCE, .entry = again);
}

static void test_a_digest_is_kept_as_bytes(void **unused) {
    (void)unused;
    static const unsigned char bytes[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                          0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    DOES(boss, REGISTER_EVIDENCE, ENTRY(.kind = 1, .size = 9));
    assert_memory_equal(state.parts.evidence[0], bytes, sizeof bytes);
    assert_memory_equal(state.parts.evidence[0] + 16, bytes, sizeof bytes);
}

// What decides asks nothing further of these.
static void test_nothing_follows_from_a_quiet_fact(void **unused) {
    (void)unused;
    size_t quiet = 0;
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++) {
        if (!fact_is_quiet(kind)) {
            continue;
        }
        struct fact fact;
        fact_init(&fact, kind);
        quiet++;
        assert_false(decide_may_supervise(kind));
        assert_int_equal(milestones_of(&fact.body.base), 0);
        for (enum case_status from = CASE_NONE; from < CASE_STATUS_COUNT; from++) {
            assert_false(workflow_moves(from, kind));
        }
    }
    assert_int_not_equal(quiet, 0);
    assert_true(decide_may_supervise(FACT_REWORK_ORDERED));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_order_is_answered_then_lifted_and_only_then_the_case_closes),
        TEST(test_who_handles_it_by_a_grant_answers_its_orders),
        TEST(test_a_clock_of_an_order_needs_its_order),
        TEST(test_rules_raise_orders),
        TEST(test_a_refusal_is_supervised_and_the_desk_answers),
        TEST(test_orders_lapse_where_the_case_is_withdrawn),
        TEST(test_an_adverse_effect_is_supervised_once),
        TEST(test_what_a_review_looks_at_is_not_supervised_for_its_effect),
        TEST(test_an_order_is_lifted_by_the_level_that_issued_it),
        TEST(test_what_a_rule_ordered_is_lifted_by_the_region_alone),
        TEST(test_what_is_due_is_due_within_two_years),
        TEST(test_only_sixteen_orders_fit),
        TEST(test_each_allegation_is_decided_before_the_case),
        TEST(test_a_decision_contradicts_none_of_its_allegations),
        TEST(test_a_person_is_concerned_once),
        TEST(test_a_case_with_allegations_is_not_settled_on_the_spot),
        TEST(test_lists_of_persons_and_allegations_are_bounded),
        TEST(test_authority_belongs_to_a_complaint_on_behalf),
        TEST(test_a_team_has_three_members_and_tells_of_rights),
        TEST(test_what_was_offered_is_registered_as_it_was_offered),
        TEST(test_evidence_is_registered_once_and_bounded),
        TEST(test_a_digest_is_kept_as_bytes),
        TEST(test_nothing_follows_from_a_quiet_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
