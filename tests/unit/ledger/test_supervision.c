// SPDX-License-Identifier: Apache-2.0
// An institution supervises its own cases, and is rid of no order of the rules by that.
#include "case_story.h"

#define TRIGGER(name) REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_##name

static void order(uint32_t trigger) { DOES(boss, SUPERVISE, ENTRY(.level = 1, .kind = trigger)); }

static size_t by_rule(uint32_t trigger) {
    size_t count = 0;
    for (size_t i = 0; i < state.parts.order_count; i++) {
        const struct case_order *at = &state.parts.orders[i];
        count += at->trigger == trigger && strcmp(at->issuer, CASE_BY_RULE) == 0 ? 1 : 0;
    }
    return count;
}

static void to_call_back(void) {
    to_signed();
    to_replied();
}

static void test_an_own_order_of_the_same_trigger_spares_no_order_by_rule(void **unused) {
    (void)unused;
    to_call_back();
    order(TRIGGER(UNRESOLVED));
    order(TRIGGER(FAILED_CALL_BACK));
    DOES(boss, FOLLOW_UP, .reached = true, .solved = false);
    assert_int_equal(by_rule(TRIGGER(FAILED_CALL_BACK)), 1);
    for (uint32_t number = 1; number <= 3; number++) {
        of_region = false;
        DOES(lead, ANSWER_SUPERVISION, .text = "已整改", ENTRY(.number = number));
    }
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
    DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 2));
    REFUSED("not-your-region", boss, LIFT_SUPERVISION, ENTRY(.number = 3));
}

static void test_where_the_region_ordered_the_first_the_next_one_is_looked_at(void **unused) {
    (void)unused;
    to_call_back();
    of_region = true;
    order(TRIGGER(FAILED_CALL_BACK));
    DOES(boss, FOLLOW_UP, .reached = true, .solved = false);
    assert_int_equal(by_rule(TRIGGER(FAILED_CALL_BACK)), 0);
    assert_int_equal(by_rule(TRIGGER(UNRESOLVED)), 1);
}

static void test_an_open_order_of_the_region_spares_that_of_the_rule(void **unused) {
    (void)unused;
    to_signed();
    of_region = true;
    order(TRIGGER(OVERDUE));
    arm("resolution", NOW + 5);
    now = NOW + 5;
    breach("resolution");
    assert_int_equal(by_rule(TRIGGER(OVERDUE)), 0);
}

// Two things that one assessment tells: each has its order.
static void test_an_adverse_effect_is_ordered_beside_a_lateness(void **unused) {
    (void)unused;
    to_signed();
    arm("resolution", now + 1000);
    now += 2000;
    DOES(boss, SET_ASSESSMENT, .urgency = 2, .situations = CASE_ADVERSE_EFFECT);
    assert_int_equal(by_rule(TRIGGER(OVERDUE)), 1);
    assert_int_equal(by_rule(TRIGGER(ADVERSE_EFFECT)), 1);
    assert_int_equal(state.parts.order_count, 2);
}

static void test_an_own_order_for_an_adverse_effect_spares_none(void **unused) {
    (void)unused;
    to_signed();
    order(TRIGGER(ADVERSE_EFFECT));
    DOES(boss, SET_ASSESSMENT, .urgency = 3, .category = NULL, .situations = CASE_ADVERSE_EFFECT);
    assert_int_equal(by_rule(TRIGGER(ADVERSE_EFFECT)), 1);
}

static void test_own_orders_leave_room_for_those_of_rules(void **unused) {
    (void)unused;
    to_signed();
    in_scope = "demo-clinic";
    state.line = (struct case_line){.codes = {"demo-clinic", "donghu-district"}, .count = 2};
    for (int i = 0; i < CASE_LEVEL_ORDERS; i++) {
        order(TRIGGER(OVERDUE));
    }
    REFUSED("too-many-orders", boss, SUPERVISE, ENTRY(.level = 1, .kind = TRIGGER(OVERDUE)));
    in_scope = "demo-clinic,donghu-district"; // the level above has its own
    for (int i = CASE_LEVEL_ORDERS; i < CASE_OWN_ORDERS; i++) {
        order(TRIGGER(OVERDUE));
    }
    REFUSED("too-many-orders", boss, SUPERVISE, ENTRY(.level = 1, .kind = TRIGGER(OVERDUE)));
    arm("resolution", NOW + 5);
    now = NOW + 5;
    breach("resolution");
    assert_int_equal(by_rule(TRIGGER(OVERDUE)), 1);
    of_region = true;
    order(TRIGGER(OVERDUE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_own_order_of_the_same_trigger_spares_no_order_by_rule),
        TEST(test_where_the_region_ordered_the_first_the_next_one_is_looked_at),
        TEST(test_an_open_order_of_the_region_spares_that_of_the_rule),
        TEST(test_an_adverse_effect_is_ordered_beside_a_lateness),
        TEST(test_an_own_order_for_an_adverse_effect_spares_none),
        TEST(test_own_orders_leave_room_for_those_of_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
