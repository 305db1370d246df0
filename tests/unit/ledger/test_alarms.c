// SPDX-License-Identifier: Apache-2.0
// A crisis alarms, whatever else of the case does.
#include "case_story.h"

#include "common/danger.h"

static const struct user stranger = {"night", ROLE_SUPERVISOR, "first-hospital.nursing"};

static size_t waiting(void) {
    size_t count = 0;
    for (size_t i = 0; i < state.alarm_count; i++) {
        count += state.alarms[i].kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT &&
                 !state.alarms[i].acknowledged;
    }
    return count;
}

static bool confirms_crisis(void) {
    bool confirms = false;
    for (size_t i = 0; i < decision.count; i++) {
        confirms |= decision.facts[i].kind == FACT_CASE_ASSESSED &&
                    decision.facts[i].body.assessed.crisis_confirmed;
    }
    return confirms;
}

static void take_all(void) {
    for (size_t i = 0; i < state.alarm_count; i++) {
        if (!state.alarms[i].acknowledged) {
            DOES(boss, ACKNOWLEDGE, .alarm_id = state.alarms[i].alarm_id);
        }
    }
}

static void test_broken_glasses_leave_a_crisis_its_alarm(void **unused) {
    (void)unused;
    in_scope = "first-hospital";
    for (size_t i = 0; i < CASE_ALARMS - CASE_ALARMS_URGENT; i++) {
        DOES(stranger, BREAK_GLASS, .text = "夜间急症", .until_ms = NOW + 1000);
    }
    REFUSED("alarms-open", stranger, BREAK_GLASS, .text = "夜间急症", .until_ms = NOW + 1000);
    in_scope = NULL;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    assert_int_equal(waiting(), 1);
}

// A worse crisis is news, whoever waits for what is taken, and one that comes again once somebody
// took its alarm.
static void test_each_crisis_alarms_and_none_twice(void **unused) {
    (void)unused;
    static const struct {
        uint32_t urgency, crisis;
        bool taken; // before it
        size_t waiting;
    } rows[] = {{1, 1, false, 1}, {1, 4, false, 2}, {1, 4, false, 2}, {1, 5, false, 3},
                {2, 1, false, 3}, {1, 5, false, 3}, {1, 5, true, 0},  {1, 4, false, 0},
                {1, 5, false, 1}, {3, 1, true, 0},  {1, 1, false, 1}, {1, 2, true, 0},
                {1, 3, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].taken) {
            take_all();
        }
        DOES(boss, SET_ASSESSMENT, .urgency = rows[i].urgency, .crisis = rows[i].crisis,
             .text = "复核");
        assert_int_equal(waiting(), rows[i].waiting);
    }
}

static void close_and_reopen(void) {
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    now += 1000;
    DOES(boss, ACCEPT);
    DOES(boss, RESOLVE_ON_SPOT);
    DOES(boss, REPLY, .attempts = 3);
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true, .score = 5);
    REFUSED("crisis-alarm-open", boss, CLOSE);
    take_all();
    DOES(boss, CLOSE);
    now += 1000;
    DOES(boss, REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS);
}

static void test_a_crisis_that_comes_again_after_a_reopening_alarms(void **unused) {
    (void)unused;
    close_and_reopen();
    DOES(boss, SET_ASSESSMENT, .urgency = 1); // says nothing of a crisis
    assert_int_equal(waiting(), 1);
    assert_false(confirms_crisis());
    take_all();
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    assert_true(confirms_crisis()); // and visits begin anew
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    assert_false(confirms_crisis());
}

static void write_text(uint32_t urgency, uint32_t crisis, bool later) {
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    message.category = "other";
    message.subject = "";
    message.urgency = (Redress__V1__Urgency)urgency;
    message.crisis = (Redress__V1__CrisisLevel)crisis;
    message.lexicon_version = "lexicon@1";
    message.of_later_text = later;
    put((struct case_input){.kind = INPUT_ASSESS, .actor = "triage", .of.assess = &message});
}

static void write_later(uint32_t urgency, uint32_t crisis) { write_text(urgency, crisis, true); }

// A text that triage assesses, and what the ledger made of some.
struct text {
    uint32_t urgency, crisis;
    bool later;
};

static void hear_texts(const struct text *first, const struct text *second) {
    submit("");
    write_text(first->urgency, first->crisis, first->later);
    write_text(second->urgency, second->crisis, second->later);
}

static bool is_urgent(const struct text *text) {
    return danger_of(text->urgency, text->crisis) > 0;
}

// One that is urgent overtakes one that is not: what it was registered with, a later one, the same
// one by another lexicon.
static void test_texts_are_the_same_case_whichever_is_heard_first(void **unused) {
    (void)unused;
    static const struct text texts[] = {{3, 1, false}, {2, 3, false}, {4, 1, false}, {3, 1, true},
                                        {2, 3, true},  {1, 1, false}, {3, 4, false}, {1, 5, false},
                                        {1, 1, true},  {4, 4, true},  {1, 5, true}};
    const size_t count = sizeof texts / sizeof texts[0];
    for (size_t i = 0; i < count * count; i++) {
        const struct text *written = &texts[i / count];
        const struct text *overtakes = &texts[i % count];
        if (is_urgent(written) || !is_urgent(overtakes)) {
            continue; // these come in order
        }
        hear_texts(written, overtakes);
        struct case_state in_order = state;
        hear_texts(overtakes, written);
        assert_int_equal(state.urgency, in_order.urgency);
        assert_int_equal(state.crisis, in_order.crisis);
        assert_int_equal(state.alarmed_danger, in_order.alarmed_danger);
        assert_int_equal(state.status, in_order.status);
        assert_string_equal(state.category, in_order.category);
        assert_int_equal(waiting(), 1);
    }
}

static void test_text_lowers_nothing_that_another_has_found(void **unused) {
    (void)unused;
    write_text(1, 5, false);
    write_text(3, 1, false); // by another lexicon
    assert_int_equal(state.urgency, 1);
    assert_int_equal(state.crisis, 5);
    DOES(boss, SET_ASSESSMENT, .urgency = 3, .crisis = 1, .text = "复核");
    write_later(1, 4);
    write_text(2, 1, false);
    assert_int_equal(state.urgency, 1);
    assert_int_equal(state.crisis, 4);
}

// A step of a ladder whose clock is not here yet is nothing; the sweep says it again.
static void test_step_that_comes_before_its_clock_is_told_when_it_comes_again(void **unused) {
    (void)unused;
    write_text(1, 5, false);
    now += 60000;
    Redress__V1__BreachClock step = REDRESS__V1__BREACH_CLOCK__INIT;
    const struct case_input input = {INPUT_BREACH_CLOCK, "sla-timer", .of.breach = &step};
    step.name = "escalation-1";
    step.version = 1;
    put(input);
    assert_int_equal(decision.verdict, CASE_DECIDED_NOTHING);
    arm("escalation-1", now);
    put(input);
    assert_int_equal(decision.facts[0].kind, FACT_CASE_ESCALATED);
    put(input); // and once
    assert_int_equal(decision.verdict, CASE_DECIDED_NOTHING);
}

static void test_who_reopens_in_the_crisis_of_before_is_heard(void **unused) {
    (void)unused;
    close_and_reopen();
    write_later(2, 1);
    assert_int_equal(waiting(), 0);
    write_later(1, 5); // as it is in the books
    assert_int_equal(waiting(), 1);
}

static void test_who_writes_of_the_crisis_again_once_it_was_taken_is_heard(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    for (size_t i = 0; i < 3; i++) {
        take_all();
        assert_int_equal(waiting(), 0);
        write_later(2, 2);
        assert_int_equal(waiting(), 0);
        write_later(1, 5);
        write_later(1, 5);
        assert_int_equal(waiting(), 1);
    }
}

// Also where the text makes of the case another one than it is.
static void test_danger_that_raises_the_urgency_again_is_heard(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    take_all();
    DOES(boss, SET_ASSESSMENT, .urgency = 2, .crisis = 5, .text = "复核");
    assert_int_equal(waiting(), 0);
    write_later(1, 5);
    assert_int_equal(waiting(), 1);
    take_all();
    write_later(1, 1);
    assert_int_equal(waiting(), 1);
}

// A person found it so: what is said later of something else makes no news of it, nor lowers it.
static void test_what_a_rescue_found_stands(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 2, .crisis = 3);
    DOES(boss, TRANSFER_EMERGENCY, .detail = "120");
    assert_int_equal(state.crisis, 4);
    now += 1000;
    DOES(boss, SET_ASSESSMENT, .category = "fees");
    assert_false(confirms_crisis());
    assert_int_equal(waiting(), 0);
    write_text(3, 1, false);
    assert_int_equal(state.crisis, 4);
}

static void test_who_comes_again_in_a_crisis_after_a_refusal_is_visited_anew(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 4);
    now += 1000;
    DOES(boss, REFUSE, .outcome = 1, .detail = "其他部门");
    now += 1000;
    DOES(boss, REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS);
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 4);
    assert_true(confirms_crisis());
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 4);
    assert_false(confirms_crisis());
}

static void test_who_writes_of_worse_is_heard_while_an_alarm_waits(void **unused) {
    (void)unused;
    write_later(1, 1);
    assert_int_equal(waiting(), 1);
    write_later(1, 5);
    assert_int_equal(waiting(), 2);
    write_later(1, 5);
    assert_int_equal(waiting(), 2);
}

// Of each alarm is known for what it was raised, also after the end and over a reopening.
static void test_a_text_of_worse_is_heard_after_the_end_and_in_the_next_round(void **unused) {
    (void)unused;
    DOES(boss, REFUSE, .outcome = 1, .detail = "其他部门");
    write_later(1, 1);
    assert_int_equal(waiting(), 1);
    write_later(1, 5);
    assert_int_equal(waiting(), 2);
    write_later(1, 5);
    assert_int_equal(waiting(), 2);
    submit_as("demo-clinic", "");
    close_and_reopen(); // R4 is in the books
    write_later(1, 1);
    assert_int_equal(waiting(), 1);
    write_later(1, 5);
    assert_int_equal(waiting(), 2);
    take_all();
    write_later(1, 5); // as on an ended case
    assert_int_equal(waiting(), 1);
}

static void test_an_alarm_that_waits_over_a_reopening_is_the_one(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    now += 1000;
    DOES(boss, REFUSE, .outcome = 1, .detail = "其他部门");
    now += 1000;
    DOES(boss, REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS);
    take_all();
    DOES(boss, SET_ASSESSMENT, .category = "fees");
    assert_int_equal(waiting(), 0);
}

static void test_what_is_written_later_raises_and_says_nothing_else(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 3, .crisis = 3, .category = "fees",
         .subject = "overcharge");
    write_later(1, 2);
    assert_int_equal(state.urgency, 1);
    assert_int_equal(state.crisis, 3);
    assert_string_equal(state.category, "fees");
    assert_string_equal(state.subject, "overcharge");
    assert_int_equal(waiting(), 1);
    write_later(2, 1);
    assert_int_equal(decision.verdict, CASE_DECIDED_NOTHING);
    take_all();
    write_later(1, 5);
    assert_int_equal(state.crisis, 5);
    assert_int_equal(waiting(), 1);
}

static void test_who_writes_of_danger_when_the_case_has_ended_is_heard(void **unused) {
    (void)unused;
    DOES(boss, REFUSE, .outcome = 1, .detail = "其他部门");
    write_later(2, 3);
    assert_int_equal(decision.verdict, CASE_DECIDED_NOTHING);
    write_later(1, 5);
    assert_int_equal(waiting(), 1);
    write_later(1, 5);
    assert_int_equal(waiting(), 1); // once
    assert_int_equal(state.status, CASE_NOT_ACCEPTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_broken_glasses_leave_a_crisis_its_alarm),
        TEST(test_each_crisis_alarms_and_none_twice),
        TEST(test_a_crisis_that_comes_again_after_a_reopening_alarms),
        TEST(test_texts_are_the_same_case_whichever_is_heard_first),
        TEST(test_text_lowers_nothing_that_another_has_found),
        TEST(test_step_that_comes_before_its_clock_is_told_when_it_comes_again),
        TEST(test_who_reopens_in_the_crisis_of_before_is_heard),
        TEST(test_who_writes_of_the_crisis_again_once_it_was_taken_is_heard),
        TEST(test_danger_that_raises_the_urgency_again_is_heard),
        TEST(test_what_a_rescue_found_stands),
        TEST(test_who_comes_again_in_a_crisis_after_a_refusal_is_visited_anew),
        TEST(test_who_writes_of_worse_is_heard_while_an_alarm_waits),
        TEST(test_a_text_of_worse_is_heard_after_the_end_and_in_the_next_round),
        TEST(test_an_alarm_that_waits_over_a_reopening_is_the_one),
        TEST(test_what_is_written_later_raises_and_says_nothing_else),
        TEST(test_who_writes_of_danger_when_the_case_has_ended_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
