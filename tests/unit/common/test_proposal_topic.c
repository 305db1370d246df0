// SPDX-License-Identifier: Apache-2.0
// What goes before others on its way to the ledger.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/bus.h"
#include "common/proposal_topic.h"

#include "redress/v1/proposals.pb-c.h"

static void test_assessment_is_urgent_where_it_alarms(void **unused) {
    (void)unused;
    static const struct {
        uint32_t urgency, crisis;
        const char *topic;
    } rows[] = {
        {0, 0, BUS_TOPIC_PROPOSALS}, {3, 1, BUS_TOPIC_PROPOSALS}, {2, 3, BUS_TOPIC_PROPOSALS},
        {4, 3, BUS_TOPIC_PROPOSALS}, {1, 1, BUS_TOPIC_URGENT},    {1, 0, BUS_TOPIC_URGENT},
        {3, 4, BUS_TOPIC_URGENT},    {4, 5, BUS_TOPIC_URGENT},    {1, 5, BUS_TOPIC_URGENT}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Redress__V1__AssessCase assess = REDRESS__V1__ASSESS_CASE__INIT;
        assess.urgency = (Redress__V1__Urgency)rows[i].urgency;
        assess.crisis = (Redress__V1__CrisisLevel)rows[i].crisis;
        assert_string_equal(proposal_topic(&assess.base), rows[i].topic);
        assess.of_later_text = true;
        assert_string_equal(proposal_topic(&assess.base), rows[i].topic);
    }
}

// A clock that has warnings keeps all that is said of it in one order.
static void test_step_of_a_ladder_is_urgent_and_no_other_clocks_end(void **unused) {
    (void)unused;
    static const struct {
        char *clock;
        const char *breach;
    } rows[] = {{"escalation-1", BUS_TOPIC_URGENT},     {"escalation-12", BUS_TOPIC_URGENT},
                {"resolution", BUS_TOPIC_PROPOSALS},    {"escalation", BUS_TOPIC_PROPOSALS},
                {"supervision-1", BUS_TOPIC_PROPOSALS}, {"", BUS_TOPIC_PROPOSALS}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Redress__V1__BreachClock breach = REDRESS__V1__BREACH_CLOCK__INIT;
        Redress__V1__WarnClock warn = REDRESS__V1__WARN_CLOCK__INIT;
        breach.name = warn.name = rows[i].clock;
        assert_string_equal(proposal_topic(&breach.base), rows[i].breach);
        assert_string_equal(proposal_topic(&warn.base), BUS_TOPIC_PROPOSALS);
    }
}

static void test_clock_begins_urgently_where_it_says_so(void **unused) {
    (void)unused;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ArmClock arm = REDRESS__V1__ARM_CLOCK__INIT;
    terms.name = "escalation-1";
    arm.terms = &terms;
    assert_string_equal(proposal_topic(&arm.base), BUS_TOPIC_PROPOSALS);
    arm.urgent = true;
    assert_string_equal(proposal_topic(&arm.base), BUS_TOPIC_URGENT);
}

static void test_other_proposals_are_not_urgent(void **unused) {
    (void)unused;
    Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    Redress__V1__RecordMessage message = REDRESS__V1__RECORD_MESSAGE__INIT;
    Redress__V1__EndClock end = REDRESS__V1__END_CLOCK__INIT;
    Redress__V1__RecordDelivery delivery = REDRESS__V1__RECORD_DELIVERY__INIT;
    const ProtobufCMessage *all[] = {&submit.base, &message.base, &end.base, &delivery.base};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_string_equal(proposal_topic(all[i]), BUS_TOPIC_PROPOSALS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assessment_is_urgent_where_it_alarms),
        cmocka_unit_test(test_step_of_a_ladder_is_urgent_and_no_other_clocks_end),
        cmocka_unit_test(test_clock_begins_urgently_where_it_says_so),
        cmocka_unit_test(test_other_proposals_are_not_urgent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
