// SPDX-License-Identifier: Apache-2.0
// sla-timer and the ledger speak to each other with any delay: once both have heard everything,
// every clock of a case is what the rules say of the case as it is.
#include "letters.h"

#include "common/escalation.h"

#define HOSPITAL "first-hospital"
#define HISTORIES 2000
#define FAILED_ONCE 3123, 9279 // beyond those
#define STEPS 250
#define DAY_MS INT64_C(86400000)
#define LAG 12 // letters, while people go on working

static struct mail letters;
static size_t overtaken; // proposals that an urgent one of later was decided before

static const char *const situations[] = {"", "petition", "several-departments",
                                         "petition,several-departments"};

// The way of most cases, so that many histories come far.
static const enum input_kind next[CASE_STATUS_COUNT] = {
    [CASE_RECEIVED] = INPUT_ACCEPT,    [CASE_TRIAGED] = INPUT_ACCEPT,
    [CASE_ACCEPTED] = INPUT_DISPATCH,  [CASE_DISPATCHED] = INPUT_SIGN,
    [CASE_SIGNED] = INPUT_INVESTIGATE, [CASE_INVESTIGATING] = INPUT_DECIDE,
    [CASE_DECIDED] = INPUT_REPLY,      [CASE_REPLIED] = INPUT_FOLLOW_UP,
    [CASE_FOLLOW_UP] = INPUT_CLOSE,    [CASE_CLOSED] = INPUT_REOPEN,
    [CASE_REWORK] = INPUT_DISPATCH,    [CASE_RETURN_REQUESTED] = INPUT_DESIGNATE};

static bool with_procedures; // beside the handling: mediations and reviews, whose clocks rest alone
static size_t rested_alone;  // clocks

static enum input_kind draw_procedure(void) {
    static const enum input_kind kinds[] = {INPUT_RECORD_MEDIATION, INPUT_PAUSE_CLOCK,
                                            INPUT_RESUME_CLOCK,     INPUT_REVIEW,
                                            INPUT_RE_REVIEW,        INPUT_DECIDE_REVIEW};
    const struct case_clock *mediation = case_clock_find(&state, "mediation");
    if (case_clock_is_open(mediation) && draw(3) == 0) {
        return case_clock_runs(mediation) ? INPUT_PAUSE_CLOCK : INPUT_RESUME_CLOCK;
    }
    return kinds[draw(sizeof kinds / sizeof kinds[0])];
}

// Mostly on to where its clock runs.
static uint32_t draw_stage(void) {
    bool requested = state.mediation == REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_REQUESTED;
    return draw(4) == 0 ? 1 + draw(5) : requested ? 2 : 1;
}

static enum input_kind draw_kind(void) {
    static const enum input_kind others[] = {
        INPUT_REQUEST_RETURN, INPUT_REWORK,    INPUT_DISPATCH, INPUT_REPORT_PROGRESS, INPUT_REVIEW,
        INPUT_DECIDE_REVIEW,  INPUT_RE_REVIEW, INPUT_SUSPEND,  INPUT_RESUME};
    if (with_procedures && draw(3) == 0) {
        return draw_procedure();
    }
    switch (draw(3)) {
    case 0:
        return INPUT_SET_ASSESSMENT;
    case 1:
        return others[draw(sizeof others / sizeof others[0])];
    default:
        return next[state.status] == 0 ? INPUT_SET_ASSESSMENT : next[state.status];
    }
}

// Refused where the case is not ready for it.
static void command(void) {
    static const struct user chief = {"chief", ROLE_SUPERVISOR | ROLE_OPERATOR | ROLE_HANDLER,
                                      OTHER};
    static const struct user reviewer = {"reviewer", ROLE_REVIEWER | ROLE_SUPERVISOR,
                                         "bureau.complaints"};
    const struct user *users[] = {&boss, &chief, &nurse, &lead, &reviewer};
    struct case_command body = {.unit = draw(4) == 0 ? LEAD : OTHER,
                                .outcome = 1 + draw(2),
                                .attempts = 3,
                                .reached = true,
                                .solved = draw(3) > 0,
                                .text = "理由",
                                .urgency = 1 + draw(4),
                                .detail = "appraisal",
                                .situations = situations[draw(4)]};
    enum input_kind kind = draw_kind();
    bool review = with_procedures && draw(2) == 0;
    body.clock = review ? "re_review" : "mediation";
    body.detail = review ? "hearing" : body.detail;
    body.entry.kind = with_procedures ? draw_stage() : 0;
    for (size_t i = 0, first = draw(5); i < 5; i++) {
        if (say(users[(first + i) % 5], kind, body)[0] == '\0') {
            rested_alone += kind == INPUT_RESUME_CLOCK ? 1 : 0;
            now += kind == INPUT_CLOSE ? 1 : 0; // nobody asks for its review as fast as that
            return;
        }
    }
}

// Triage finds by a text what the case is, and may find another thing by the next.
static void write_assessment(void) {
    static const char *const categories[] = {"other", "fees", "waiting"};
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    struct error error;
    message.category = (char *)categories[draw(3)];
    message.lexicon_version = "lexicon@1";
    message.urgency = (Redress__V1__Urgency)(1 + draw(4));
    message.crisis = (Redress__V1__CrisisLevel)(1 + draw(5));
    message.of_later_text = draw(2) == 0;
    assert_int_equal(proposal_publish(NULL, &message.base, NULL, NULL, NULL, &error), RC_OK);
}

// Sooner or later than the others; false: nothing is heard.
static bool step_urgently(void) {
    if (waiting(&letters.urgent) > LAG || (waiting(&letters.urgent) > 0 && draw(3) == 0)) {
        overtaken += waiting(&letters.proposals);
        hear_proposal_of(&letters.urgent);
        return true;
    }
    bool writes = letters.facts.count < LETTERS / 2 && draw(6) == 0;
    if (writes) {
        write_assessment();
    }
    return writes;
}

static void step(void) {
    if (by_two_ways && step_urgently()) {
        return;
    }
    now += draw(3) == 0 ? 0 : 1 + draw(1000);
    now += with_procedures && draw(60) == 0 ? DAY_MS : 0;
    uint32_t what = draw(4);
    if (waiting(&letters.facts) > LAG || (what == 0 && waiting(&letters.facts) > 0)) {
        hear_fact();
    } else if (waiting(&letters.proposals) > LAG ||
               (what == 1 && waiting(&letters.proposals) > 0)) {
        hear_proposal();
    } else if (what >= 2 && letters.facts.count < LETTERS / 2) {
        command();
    }
}

static void hear_all(void) {
    while (waiting(&letters.facts) + waiting(&letters.proposals) + waiting(&letters.urgent) > 0) {
        if (waiting(&letters.urgent) > 0 &&
            (draw(3) == 0 || waiting(&letters.facts) + waiting(&letters.proposals) == 0)) {
            hear_proposal_of(&letters.urgent);
            continue;
        }
        bool fact = letters.facts.heard < letters.facts.count &&
                    (letters.proposals.heard == letters.proposals.count || draw(2) == 0);
        fact ? hear_fact() : hear_proposal();
    }
}

static struct timer_fact case_as_it_is(void) {
    return (struct timer_fact){.institution = HOSPITAL,
                               .category = state.category,
                               .situations = state.situations,
                               .urgency = state.urgency,
                               .crisis = state.crisis,
                               .channel = state.channel,
                               .reason = "assessed",
                               .at_ms = now};
}

// Whether it began where its rule of now begins. What begins with the registration goes on where a
// closed case was taken up again.
static bool began_there(const struct timer_fact *fact, const struct case_clock *clock) {
    struct clock_about about;
    struct policy_choice choice;
    assert_true(ask_about(region, fact, &about));
    assert_true(ask_choice(region, &about.about, clock->name, clock->started_at_ms, &choice));
    enum milestone begins = ask_start(region, &about.about, &choice, clock->started_at_ms);
    return begins == MILESTONE_CASE_REGISTERED
               ? clock->started_at_ms == state.received_at_ms ||
                     state.reached_at_ms[MILESTONE_CASE_CLOSED] != 0
               : clock->started_at_ms == state.reached_at_ms[begins];
}

// Whether its rule of now lets it have begun again.
static bool begins_again(const struct timer_fact *fact, const struct case_clock *clock) {
    struct clock_about about;
    struct policy_choice choice;
    assert_true(ask_about(region, fact, &about));
    assert_true(ask_choice(region, &about.about, clock->name, clock->started_at_ms, &choice));
    return policy_restarts_on(deadline_bound(&choice, clock->started_at_ms).rule,
                              clock->restarted_on);
}

// What only a reply leads to waits for the next one.
static bool awaits_reply(const struct case_clock *clock) {
    bool follows = clock->stops_on == MILESTONE_REVIEW_REQUESTED ||
                   clock->stops_on == MILESTONE_RE_REVIEW_REQUESTED;
    return follows && workflow_awaits_reply(state.status);
}

static void check_clock(const struct case_clock *clock) {
    assert_false(awaits_reply(clock));
    struct timer_fact fact = case_as_it_is();
    struct timer_arm arm;
    struct clock_run run;
    plans_run(&state, clock, &run);
    assert_true(timer_rearm(region, &fact, &run, now, &arm));
    if (case_is_promise(clock)) {
        return; // it keeps the shorter term
    }
    assert_true(arm.terms.due_at_ms == clock->due_at_ms);
    assert_string_equal(arm.terms.policy_version, clock->policy_version);
    if (clock->restarted_on[0] == '\0' && !case_is_part_clock(clock->name)) {
        assert_true(began_there(&fact, clock));
    }
    if (clock->restarted_on[0] != '\0') {
        assert_true(begins_again(&fact, clock));
    }
}

static void check_clocks(void) {
    for (size_t i = 0; i < state.clock_count; i++) {
        const struct case_clock *clock = &state.clocks[i];
        if (case_clock_runs(clock) && !escalation_is(clock->name) && !case_is_visit(clock)) {
            check_clock(clock);
        }
    }
}

static void assess_by_triage(void) {
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    message.category = "other";
    message.lexicon_version = "lexicon@1";
    message.urgency = (Redress__V1__Urgency)(1 + draw(4));
    put((struct case_input){.kind = INPUT_ASSESS, .actor = "triage", .of.assess = &message});
}

static size_t open_clocks;

static void live(void) {
    letters.facts.count = letters.facts.heard = 0;
    letters.proposals.count = letters.proposals.heard = 0;
    letters.urgent.count = letters.urgent.heard = 0;
    submit_as(HOSPITAL, "");
    of_region = true;
    for (int i = 0; i < STEPS; i++) {
        if (i == 2) {
            assess_by_triage();
        }
        step();
    }
    hear_all();
    check_clocks();
    for (size_t i = 0; i < state.clock_count; i++) {
        open_clocks += case_clock_runs(&state.clocks[i]) ? 1 : 0;
    }
}

static void test_clocks_converge_whatever_overtakes_what(void **unused) {
    (void)unused;
    for (uint64_t i = 1; i <= HISTORIES; i++) {
        seed = i * UINT64_C(88172645463325252);
        live();
    }
    assert_true(open_clocks > HISTORIES); // histories with something to check
    static const uint64_t failed_once[] = {FAILED_ONCE};
    for (size_t i = 0; i < sizeof failed_once / sizeof failed_once[0]; i++) {
        seed = failed_once[i] * UINT64_C(88172645463325252);
        live();
    }
    assert_true(run_on > 100);
}

static void test_clocks_of_procedures_that_rest_alone_converge_too(void **unused) {
    (void)unused;
    with_procedures = true;
    for (uint64_t i = 1; i <= HISTORIES; i++) {
        seed = i * UINT64_C(88172645463325252);
        live();
    }
    with_procedures = false;
    assert_true(rested_alone > 300);
}

// What the ledger hears of urgency does not come in the order in which it was written.
static void test_clocks_converge_where_what_is_urgent_overtakes_the_rest(void **unused) {
    (void)unused;
    by_two_ways = true;
    for (uint64_t i = 1; i <= HISTORIES; i++) {
        seed = i * UINT64_C(88172645463325252);
        live();
    }
    by_two_ways = false;
    assert_true(overtaken > 10 * HISTORIES);
}

static int load(void **unused) {
    (void)unused;
    mail = &letters;
    return load_region() == 0 && proposed_new(&letters.proposed, NULL) == RC_OK ? 0 : -1;
}

static int unload(void **unused) {
    (void)unused;
    proposed_free(letters.proposed);
    plans_free(&plans);
    region_free(region);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks_converge_whatever_overtakes_what),
        cmocka_unit_test(test_clocks_of_procedures_that_rest_alone_converge_too),
        cmocka_unit_test(test_clocks_converge_where_what_is_urgent_overtakes_the_rest),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
