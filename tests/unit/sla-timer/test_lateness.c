// SPDX-License-Identifier: Apache-2.0
// The same case told twice: watched by sla-timer all the time, and only once all is over. Whoever
// was late is late in both.
#define LETTERS 600
static void note_decided(void);
#define ON_TOLD() note_decided()
#include "letters.h"

#include "common/escalation.h"

#define HISTORIES 3000
#define STEPS 14
#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define BREACHES 64

// A run that was breached.
struct breach {
    char clock[33];
    int64_t started_at_ms;
    int64_t at_ms;
    bool at_once; // with its arming
};

// One telling.
struct world {
    struct mail mail;
    struct case_state state;
    struct breach breaches[BREACHES];
    size_t breach_count;
};
static struct world watched, alone;
static struct world *world;
static int64_t assessed_ms[STEPS];
static size_t assessed_count;

// The state of the one that is left is kept.
static void enter(struct world *to) {
    if (world != NULL) {
        world->state = state;
    }
    world = to;
    mail = &to->mail;
    state = to->state;
}

static int64_t start_of(const char *clock) {
    const struct fact *first = &decision.facts[0];
    return first->kind == FACT_CLOCK_ARMED ? first->body.clock_armed.terms->started_at_ms
                                           : case_clock_find(&state, clock)->started_at_ms;
}

static void note_breach(const char *clock) {
    struct breach *breach = &world->breaches[world->breach_count++];
    assert_in_range(world->breach_count, 1, BREACHES);
    snprintf(breach->clock, sizeof breach->clock, "%s", clock);
    breach->started_at_ms = start_of(clock);
    breach->at_ms = now;
    breach->at_once = decision.facts[0].kind == FACT_CLOCK_ARMED;
}

static void note_decided(void) {
    for (size_t i = 0; i < decision.count; i++) {
        const struct fact *fact = &decision.facts[i];
        if (fact->kind == FACT_CLOCK_BREACHED) {
            note_breach(fact->body.clock_breached.name);
        }
        if (fact->kind == FACT_CASE_ASSESSED && world == &watched) {
            assessed_ms[assessed_count++] = now;
        }
    }
}

static void hear_all(void) {
    while (waiting(&mail->facts) > 0 || waiting(&mail->proposals) > 0) {
        waiting(&mail->facts) > 0 ? hear_fact() : hear_proposal();
    }
}

static const struct case_clock *first_due(int64_t until_ms) {
    const struct case_clock *first = NULL;
    for (size_t i = 0; i < state.clock_count; i++) {
        const struct case_clock *clock = &state.clocks[i];
        bool due =
            case_clock_runs(clock) && clock->due_at_ms <= until_ms && !escalation_is(clock->name);
        first = due && (first == NULL || clock->due_at_ms < first->due_at_ms) ? clock : first;
    }
    return first;
}

// Each clock at its time.
static void watch(int64_t until_ms) {
    const struct case_clock *clock;
    hear_all();
    while ((clock = first_due(until_ms)) != NULL) {
        now = clock->due_at_ms > now ? clock->due_at_ms : now;
        breach(clock->name);
        hear_all();
    }
}

static int64_t draw_while(void) {
    switch (draw(4)) {
    case 0:
        return 1 + draw(10);
    case 1:
        return draw(90) * MINUTE_MS;
    case 2:
        return draw(1500) * MINUTE_MS;
    default:
        return draw(9) * DAY_MS + 1;
    }
}

static const char *const situations[] = {"", "", "", "petition", "several-departments"};

// The way of most cases, so that many histories come far.
static const enum input_kind next[CASE_STATUS_COUNT] = {
    [CASE_RECEIVED] = INPUT_ACCEPT,   [CASE_TRIAGED] = INPUT_ACCEPT,
    [CASE_ACCEPTED] = INPUT_DISPATCH, [CASE_DISPATCHED] = INPUT_SIGN,
    [CASE_SIGNED] = INPUT_DECIDE,     [CASE_INVESTIGATING] = INPUT_DECIDE,
    [CASE_DECIDED] = INPUT_REPLY,     [CASE_REPLIED] = INPUT_FOLLOW_UP,
    [CASE_FOLLOW_UP] = INPUT_CLOSE,   [CASE_CLOSED] = INPUT_REOPEN,
    [CASE_REWORK] = INPUT_DISPATCH,   [CASE_RETURN_REQUESTED] = INPUT_DESIGNATE,
    [CASE_DESIGNATED] = INPUT_SIGN,   [CASE_NOT_ACCEPTED] = INPUT_REOPEN};

// Whether orders are what is looked at. Those that rules raise because something is overdue come
// later to who was not watched, and take other numbers: one is there from the beginning then.
static bool with_orders;

static enum input_kind draw_kind(void) {
    static const enum input_kind others[] = {INPUT_ANSWER_SUPERVISION,
                                             INPUT_SUPERVISE, // with orders alone
                                             INPUT_REQUEST_RETURN,
                                             INPUT_REWORK,
                                             INPUT_DISPATCH,
                                             INPUT_REPORT_PROGRESS,
                                             INPUT_VISIT,
                                             INPUT_ADD_CO_HANDLER,
                                             INPUT_ANSWER_CO_HANDLING,
                                             INPUT_RECORD_MEDIATION,
                                             INPUT_REFUSE,
                                             INPUT_WITHDRAW,
                                             INPUT_OPEN_IMPROVEMENT,
                                             INPUT_COMPLETE_IMPROVEMENT,
                                             INPUT_TRANSFER_EMERGENCY,
                                             INPUT_REVIEW,
                                             INPUT_DECIDE_REVIEW};
    const uint32_t left_out = with_orders ? 0 : 2;
    switch (draw(6)) {
    case 0:
        return INPUT_SET_ASSESSMENT;
    case 1:
    case 2:
        return others[left_out + draw(sizeof others / sizeof others[0] - left_out)];
    default:
        return next[state.status] == 0 ? INPUT_SET_ASSESSMENT : next[state.status];
    }
}

static struct case_command draw_command(void) {
    struct case_command command = {.unit = draw(4) == 0 ? LEAD : OTHER,
                                   .outcome = 1 + draw(2),
                                   .attempts = 3,
                                   .reached = true,
                                   .solved = draw(3) > 0,
                                   .text = "理由",
                                   .urgency = draw(3) == 0 ? 0 : 1 + draw(4),
                                   .crisis = draw(4) == 0 ? 1 + draw(5) : 0,
                                   .situations = situations[draw(5)]};
    command.entry =
        (struct case_entry){.number = 1 + (uint32_t)with_orders + draw(2),
                            .level = 1,
                            .kind = 1 + draw(5),
                            .due_at_ms = draw(2) ? 0 : now + 1 + draw(4000) * MINUTE_MS};
    return command;
}

static bool takes(const struct user *user, enum input_kind kind, struct case_command command) {
    return say(user, kind, command)[0] == '\0' && decision.count > 0;
}

// Said in both tellings; where one does not take it, in neither.
static bool say_twice(const struct user *user, enum input_kind kind, struct case_command command) {
    struct case_state before = state;
    size_t told = mail->facts.count;
    size_t breached = world->breach_count;
    size_t assessed = assessed_count;
    if (!takes(user, kind, command)) {
        return false;
    }
    enter(&alone);
    bool taken = takes(user, kind, command);
    enter(&watched);
    if (!taken) {
        state = before;
        mail->facts.count = told;
        world->breach_count = breached;
        assessed_count = assessed;
    }
    return true;
}

static void say_something(void) {
    static const struct user chief = {"chief", ROLE_SUPERVISOR | ROLE_OPERATOR | ROLE_HANDLER,
                                      OTHER};
    static const struct user mate = {"mate", ROLE_HANDLER, OTHER};
    static const struct user reviewer = {"reviewer", ROLE_REVIEWER | ROLE_SUPERVISOR,
                                         "bureau.complaints"};
    static const struct user *const users[] = {&boss, &chief, &nurse, &lead, &mate, &reviewer};
    const size_t count = sizeof users / sizeof users[0];
    enum input_kind kind = draw_kind();
    struct case_command command = draw_command();
    size_t first = draw((uint32_t)count);
    for (size_t i = 0; i < count && !say_twice(users[(first + i) % count], kind, command); i++) {
    }
}

static void register_in(struct world *to, const char *tenant) {
    enter(to);
    mail->facts.count = mail->facts.heard = 0;
    mail->proposals.count = mail->proposals.heard = 0;
    to->breach_count = 0;
    submit_as(tenant, "");
    of_region = true;
    if (with_orders) {
        DOES(boss, SUPERVISE, .text = "催办",
             ENTRY(.level = 1,
                   .kind = REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_OVERDUE,
                   .due_at_ms = NOW + 700 * DAY_MS));
    }
}

// What is promised again while it runs is not put off, whichever of the promises was armed.
static bool is_promised(const char *clock) {
    return strcmp(clock, "progress") == 0 || strncmp(clock, "follow_up_", 10) == 0;
}

static bool has(const struct world *told, const struct breach *breach) {
    bool found = false;
    for (size_t i = 0; i < told->breach_count && !found; i++) {
        const struct breach *at = &told->breaches[i];
        found = strcmp(at->clock, breach->clock) == 0 &&
                (at->started_at_ms == breach->started_at_ms || is_promised(at->clock));
    }
    return found;
}

// Terms of before another assessment tell nothing of what was due after it, unless the ledger says
// so; what begins with a breach begins later where nobody watched.
static bool is_judged(const struct breach *breach) {
    bool judged = strcmp(breach->clock, "expiry_call_back") != 0 &&
                  (with_orders || strncmp(breach->clock, "supervision-", 12) != 0);
    for (size_t i = 0; i < assessed_count && judged && !breach->at_once; i++) {
        judged = assessed_ms[i] < breach->started_at_ms || assessed_ms[i] > breach->at_ms;
    }
    return judged;
}

static size_t at_once;

static void check_all_of_are_in(struct world *one, const struct world *other) {
    enter(one);
    for (size_t i = 0; i < one->breach_count; i++) {
        if (is_judged(&one->breaches[i])) {
            assert_true(has(other, &one->breaches[i]));
            at_once += one->breaches[i].at_once;
        }
    }
}

static void live(void) {
    static const char *const tenants[] = {"first-hospital", "demo-clinic", "bureau"};
    const char *tenant = tenants[draw(3)];
    with_orders = draw(2) == 0;
    assessed_count = 0;
    register_in(&alone, tenant);
    register_in(&watched, tenant);
    for (int i = 0; i < STEPS; i++) {
        int64_t then = now + draw_while();
        watch(then - 1);
        now = then;
        say_something();
    }
    watch(now);
    enter(&alone);
    watch(now);
    check_all_of_are_in(&alone, &watched);
    check_all_of_are_in(&watched, &alone);
}

static void test_whoever_was_late_is_late_though_nobody_watched(void **unused) {
    (void)unused;
    for (uint64_t i = 1; i <= HISTORIES; i++) {
        seed = i * UINT64_C(88172645463325252);
        live();
    }
    assert_true(at_once > HISTORIES); // histories in which people are late and have done it by then
}

// How many clocks are proposed again by an assessment that leaves their terms as they are.
static size_t proposed_again(int64_t heard_ms) {
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    with_orders = false;
    register_in(&alone, "first-hospital");
    hear_fact();
    size_t before = mail->proposals.count;
    message.category = "other";
    message.lexicon_version = "lexicon@1";
    message.urgency = REDRESS__V1__URGENCY__URGENCY_P3;
    put((struct case_input){.kind = INPUT_ASSESS, .actor = "triage", .of.assess = &message});
    now = heard_ms;
    hear_fact();
    return mail->proposals.count - before;
}

static void test_terms_that_end_soon_are_proposed_by_the_assessment_too(void **unused) {
    (void)unused;
    assert_int_equal(proposed_again(NOW), 0);
    register_in(&alone, "first-hospital");
    hear_all();
    const int64_t due_ms = case_clock_find(&state, "first_response")->due_at_ms;
    assert_int_equal(proposed_again(due_ms - 11 * MINUTE_MS), 0);
    assert_int_equal(proposed_again(due_ms - 9 * MINUTE_MS), 1);
}

static int load(void **unused) {
    (void)unused;
    return load_region() == 0 && proposed_new(&watched.mail.proposed, NULL) == RC_OK &&
                   proposed_new(&alone.mail.proposed, NULL) == RC_OK
               ? 0
               : -1;
}

static int unload(void **unused) {
    (void)unused;
    proposed_free(watched.mail.proposed);
    proposed_free(alone.mail.proposed);
    plans_free(&plans);
    region_free(region);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms_that_end_soon_are_proposed_by_the_assessment_too),
        cmocka_unit_test(test_whoever_was_late_is_late_though_nobody_watched),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
