// SPDX-License-Identifier: Apache-2.0
// The way of a case: the table against itself, the rules that it states, and random histories.
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
#define CLUSTER_ID "00000000-0000-8000-8000-00000000c1c1"
#define NOW INT64_C(1770971400000)
#define UNIT "bureau.complaints"
#define EVERYONE                                                                                   \
    (ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR | ROLE_REVIEWER | ROLE_ADMINISTRATOR)

static const char *const units[] = {UNIT, "bureau.other"};
static struct case_state state;
static struct case_decision decision;
static int64_t now = NOW;

static struct case_actor person(const char *subject, unsigned roles) {
    return (struct case_actor){
        .subject = subject, .roles = roles, .units = units, .unit_count = 2, .region = true};
}

// Decides and folds, as the ledger does.
static void put(struct case_input input) {
    input.cause_id = CASE_ID;
    case_decide(&state, &input, now, &decision);
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
        state.sequence++;
    }
}

static void entry_defaults(struct case_entry *entry) {
    entry->number = entry->number == 0 ? 1 : entry->number;
    entry->level = entry->level == 0 ? 1 : entry->level;
    entry->kind = entry->kind == 0 ? 1 : entry->kind;
    entry->reason = entry->reason == NULL ? "" : entry->reason;
    entry->since = "2026-02-13";
    entry->title = "护士";
    entry->staff_code = "N-7";
    entry->sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    entry->media_type = "image/jpeg";
    entry->size = 1;
    entry->medical = "cao-bin";
    entry->legal = "tang-wei";
    entry->service = "shen-yue";
    entry->witness = "居民委员会";
    entry->reported_to = "省卫生健康委员会";
    entry->rights_told = true;
}

// What a merge or an unmerge says to this case; cluster.c gives it to each member.
static void relation_defaults(enum input_kind kind, struct case_relation *relation) {
    static const char *ids[CASE_CLUSTER];
    if (kind == INPUT_UNMERGE && relation->others == NULL) {
        relation->other_count = state.cluster.other_count;
        for (size_t i = 0; i < relation->other_count; i++) {
            ids[i] = state.cluster.others[i];
        }
        relation->others = ids;
    }
    relation->cluster_id = relation->cluster_id == NULL ? CLUSTER_ID : relation->cluster_id;
}

static const char *give(enum input_kind kind, const char *subject, struct case_command command) {
    struct case_actor actor = person(subject, EVERYONE);
    command.actor = &actor;
    command.text = command.text == NULL ? "text" : command.text;
    const char *unit = kind == INPUT_REQUEST_RETURN ? "bureau.other" : UNIT; // a return proposes
    command.unit = command.unit == NULL ? unit : command.unit;
    command.detail = command.detail == NULL ? "appraisal" : command.detail;
    command.outcome = command.outcome == 0 ? 1 : command.outcome;
    command.staff = command.staff == NULL ? "wang" : command.staff;
    command.role = ROLE_HANDLER;
    command.attempts = command.attempts == 0 ? 3 : command.attempts;
    entry_defaults(&command.entry);
    relation_defaults(kind, &command.relation);
    command.category = command.category == NULL ? "fees" : command.category;
    put((struct case_input){.kind = kind, .actor = subject, .of.command = &command});
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static const char *simply(enum input_kind kind) {
    return give(kind, "lin", (struct case_command){0});
}

static void feedback(bool solved, uint32_t overall) {
    Redress__V1__RecordFeedback message = REDRESS__V1__RECORD_FEEDBACK__INIT;
    message.solved = solved;
    message.overall = overall;
    put((struct case_input){
        .kind = INPUT_RECORD_FEEDBACK, .actor = "intake", .of.feedback = &message});
}

// The complainant writes, offers evidence, takes the case back or wants it reopened.
static void contact(enum input_kind kind) {
    Redress__V1__RecordMessage message = REDRESS__V1__RECORD_MESSAGE__INIT;
    Redress__V1__OfferEvidence evidence = REDRESS__V1__OFFER_EVIDENCE__INIT;
    Redress__V1__WithdrawCase withdrawal = REDRESS__V1__WITHDRAW_CASE__INIT;
    Redress__V1__ReopenCase reopening = REDRESS__V1__REOPEN_CASE__INIT;
    struct case_input input = {.kind = kind, .actor = "intake"};
    switch (kind) {
    case INPUT_RECORD_MESSAGE:
        input.of.message = &message;
        break;
    case INPUT_OFFER_EVIDENCE:
        input.of.evidence = &evidence;
        break;
    case INPUT_WITHDRAW_CASE:
        input.of.withdraw = &withdrawal;
        break;
    default:
        input.of.reopen = &reopening;
    }
    put(input);
}

static void note_repeat(uint32_t earlier) {
    Redress__V1__NoteRepeat message = REDRESS__V1__NOTE_REPEAT__INIT;
    message.earlier = earlier;
    put((struct case_input){.kind = INPUT_NOTE_REPEAT, .actor = "triage", .of.repeat = &message});
}

static void arm(const char *name) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.stops_on = strcmp(name, "first_response") == 0 ? "complainant_told"
                     : strcmp(name, "resolution") == 0   ? "case_replied"
                                                         : "";
    terms.started_at_ms = now;
    terms.due_at_ms = now + 1000;
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

// What the policy makes of a clock, as plans.c does: it is due a second later.
static struct case_plan plan_of(const struct case_clock *clock, Redress__V1__ClockTerms *terms) {
    redress__v1__clock_terms__init(terms);
    terms->name = (char *)clock->name;
    terms->started_at_ms = clock->started_at_ms;
    terms->due_at_ms = clock->due_at_ms + 1000;
    terms->stops_on = "case_replied";
    return (struct case_plan){.terms = terms, .until_ms = now + 500};
}

// A command that the policy has a say in, for the resolution.
static const char *plan(enum input_kind kind, const char *subject, bool granted) {
    Redress__V1__ExtensionRequested request = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    Redress__V1__ClockTerms terms;
    struct case_plan one;
    const struct case_clock *clock = case_clock_find(&state, "resolution");
    request.clock = "resolution";
    request.unit = "seconds";
    request.value = 1;
    struct case_command command = {.clock = "resolution",
                                   .value = 1,
                                   .value_unit = "seconds",
                                   .plan = "plan",
                                   .granted = granted,
                                   .request = &request};
    if (clock != NULL) {
        one = plan_of(clock, &terms);
        command.plans = &one;
        command.plan_count = 1;
    }
    return give(kind, subject, command);
}

static void arm_again(const char *reason) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms;
    const struct case_clock *clock = case_clock_find(&state, "resolution");
    if (clock != NULL) {
        (void)plan_of(clock, &terms);
        message.terms = &terms;
        message.replaces_version = clock->version;
        message.reason = (char *)reason;
        put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    }
}

static void breach(const char *name) {
    const struct case_clock *clock = case_clock_find(&state, name);
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = (char *)name;
    message.version = clock == NULL ? 1 : clock->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
}

static int begin(void **unused) {
    static unsigned char digest[32];
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    (void)unused;
    memset(&state, 0, sizeof state);
    meta.case_id = CASE_ID;
    meta.tenant = "bureau";
    message.meta = &meta;
    message.content_sha256 = (ProtobufCBinaryData){32, digest};
    message.tracking_code = "0123456789ABC";
    message.received_at_ms = NOW;
    put((struct case_input){.kind = INPUT_SUBMIT, .actor = "intake", .of.submit = &message});
    return state.status == CASE_RECEIVED ? 0 : -1;
}

static void go(const enum input_kind *way, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(simply(way[i]), "");
    }
}
#define GO(...)                                                                                    \
    go((const enum input_kind[]){__VA_ARGS__},                                                     \
       sizeof((const enum input_kind[]){__VA_ARGS__}) / sizeof(enum input_kind))
#define TO_REPLIED INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY

// Answers and lifts every order, as a closure asks for.
static void settle(void) {
    for (uint32_t number = 1; number <= state.parts.order_count; number++) {
        struct case_command command = {.entry = {.number = number}};
        give(INPUT_ANSWER_SUPERVISION, "lin", command);
        give(INPUT_LIFT_SUPERVISION, "lin", command);
    }
}

static void follow_up(bool reached, bool solved) {
    give(INPUT_FOLLOW_UP, "lin", (struct case_command){.reached = reached, .solved = solved});
}

static void test_a_row_of_several_facts_passes_through_the_rows_of_each(void **unused) {
    (void)unused;
    for (size_t i = 0; i < workflow_row_count; i++) {
        const struct workflow_row *row = &workflow_rows[i];
        for (enum case_status from = CASE_NONE; from < CASE_STATUS_COUNT; from++) {
            enum case_status status = from;
            if ((row->from & WORKFLOW_FROM(from)) == 0) {
                continue;
            }
            for (size_t f = 0; f < row->fact_count; f++) {
                status = workflow_next(status, row->facts[f]);
            }
            assert_int_equal(status, row->to == CASE_NONE ? from : row->to);
        }
    }
}

static void test_no_command_has_two_rows_for_one_state(void **unused) {
    (void)unused;
    for (size_t i = 0; i < workflow_row_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct workflow_row *a = &workflow_rows[i];
            const struct workflow_row *b = &workflow_rows[j];
            assert_false(a->command == b->command && a->when == b->when && (a->from & b->from));
        }
    }
}

static void test_each_state_is_reached_and_each_command_leads_somewhere(void **unused) {
    (void)unused;
    uint32_t reached = WORKFLOW_FROM(CASE_NONE);
    bool commands[INPUT_KIND_COUNT] = {false};
    for (unsigned round = 0; round < CASE_STATUS_COUNT; round++) {
        for (size_t i = 0; i < workflow_row_count; i++) {
            const struct workflow_row *row = &workflow_rows[i];
            bool possible = (row->from & reached) != 0;
            reached |= possible && row->to != CASE_NONE ? WORKFLOW_FROM(row->to) : 0;
            commands[row->command] = commands[row->command] || possible;
        }
    }
    for (enum case_status status = CASE_NONE; status < CASE_STATUS_COUNT; status++) {
        assert_true(reached & WORKFLOW_FROM(status));
    }
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        assert_true(commands[kind]);
        assert_non_null(case_command_name(kind));
        assert_true(permission_of(kind)->roles != 0);
    }
}

static void test_a_case_is_refused_with_ground_and_route_and_can_come_back(void **unused) {
    (void)unused;
    arm("first_response");
    give(INPUT_REFUSE, "lin",
         (struct case_command){
             .outcome = REDRESS__V1__NOT_ACCEPTED_GROUND__NOT_ACCEPTED_GROUND_OTHER_AUTHORITY,
             .detail = "市场监管局"});
    assert_int_equal(state.status, CASE_NOT_ACCEPTED);
    assert_string_equal(decision.facts[0].body.not_accepted.right_route, "市场监管局");
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_STOPPED); // where the way ends
    assert_string_equal(simply(INPUT_ACCEPT), "wrong-state");
    GO(INPUT_REOPEN, INPUT_ACCEPT);
}

static void test_a_designated_unit_may_not_return_it_again(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_REQUEST_RETURN);
    assert_int_equal(state.returns, 1);
    GO(INPUT_DISPATCH, INPUT_REQUEST_RETURN);
    assert_int_equal(decision.facts[0].body.return_requested.returns, 2);
    GO(INPUT_DESIGNATE);
    assert_string_equal(simply(INPUT_REQUEST_RETURN), "wrong-state");
    GO(INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY);
    follow_up(true, false); // nor after a rework
    GO(INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_REQUEST_RETURN), "designated-before");
}

static void test_a_return_proposes_another_unit(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    assert_string_equal(give(INPUT_REQUEST_RETURN, "lin", (struct case_command){.unit = UNIT}),
                        "proposes-itself");
}

static void test_a_dispatch_to_the_same_unit_does_not_begin_its_clock_anew(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_DISPATCH), "same-unit");
    give(INPUT_DISPATCH, "lin", (struct case_command){.unit = "bureau.other"});
    assert_string_equal(state.unit, "bureau.other");
}

static void test_a_handler_who_is_named_loses_the_case_and_it_is_dispatched_again(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    assert_string_equal(simply(INPUT_DISPATCH), "handled");
    give(INPUT_DECLARE_CONFLICT, "gao",
         (struct case_command){.staff = "lin", .unstaffed_to = "bureau.desk"});
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(decision.facts[1].body.alarm_raised.kind,
                     REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_string_equal(give(INPUT_DISPATCH, "gao", (struct case_command){0}), "");
    assert_int_equal(state.status, CASE_DISPATCHED);
}

static void test_a_co_handler_that_becomes_the_lead_owes_no_answer(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    give(INPUT_ADD_CO_HANDLER, "lin", (struct case_command){.unit = "bureau.other"});
    arm("co-handling-1");
    give(INPUT_DISPATCH, "lin", (struct case_command){.unit = "bureau.other"});
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_STOPPED);
    assert_false(case_clock_runs(case_clock_find(&state, "co-handling-1")));
    assert_true(state.parts.co_handlers[0].answered);
}

static void test_a_suspension_ends_with_its_own_ground(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN, INPUT_INVESTIGATE, INPUT_SUSPEND);
    assert_string_equal(simply(INPUT_DECIDE), "wrong-state");
    assert_string_equal(state.suspension_ground, "appraisal");
    GO(INPUT_RESUME);
    assert_string_equal(state.suspension_ground, "");
    GO(INPUT_DECIDE);
}

static void test_no_closing_without_a_follow_up_or_enough_attempts(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(false, false);
    follow_up(false, false);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(false, false);
    GO(INPUT_CLOSE);
    assert_true(decision.facts[0].body.closed.first);
}

static void test_a_follow_up_that_finds_it_unsolved_gives_it_to_another(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, false);
    assert_int_equal(state.status, CASE_REWORK);
    assert_string_equal(state.previous_handler, "lin");
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "");
    assert_string_equal(simply(INPUT_INVESTIGATE), "handled-before");
    assert_string_equal(simply(INPUT_DECIDE), "handled-before");
    assert_string_equal(give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1}), "");
    GO(INPUT_REPLY);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up"); // the one before is of another reply
    follow_up(true, true);
    assert_string_equal(simply(INPUT_CLOSE), "supervised"); // the call-back had failed
    settle();
    GO(INPUT_CLOSE);
    assert_true(decision.facts[0].body.closed.first);
}

static void test_who_decided_it_for_another_does_not_handle_the_rework(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    assert_string_equal(give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1}), "");
    GO(INPUT_REPLY, INPUT_REWORK);
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "qian", (struct case_command){0}), "");
}

static void test_a_low_rating_opens_rework_and_can_be_rated_again(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    feedback(true, 5);
    assert_int_equal(state.status, CASE_REPLIED);
    feedback(true, 5);
    assert_string_equal(decision.code, "already-rated");
    GO(INPUT_CLOSE); // a rating is a follow-up
    begin(NULL);
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    feedback(true, 2);
    assert_int_equal(state.status, CASE_REWORK);
    give(INPUT_SIGN, "gao", (struct case_command){0});
    give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1});
    GO(INPUT_REPLY);
    feedback(true, 4);
    settle();
    GO(INPUT_CLOSE);
    assert_false(decision.facts[0].body.closed.first);
}

static void test_each_level_reviews_once_and_never_its_own_decision(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    assert_string_equal(simply(INPUT_RE_REVIEW), "not-reviewed");
    GO(INPUT_REVIEW);
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision");
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", (struct case_command){.outcome = 1}), "");
    assert_int_equal(state.status, CASE_CLOSED);
    assert_string_equal(simply(INPUT_REVIEW), "already-reviewed");
    GO(INPUT_RE_REVIEW);
    struct case_command returned = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", returned), "own-decision");
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision");
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", returned), "final-review");
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", (struct case_command){.outcome = 2}), "");
    assert_int_equal(state.status, CASE_FINAL);
    assert_string_equal(state.reviewer, "ren");
    assert_string_equal(simply(INPUT_REOPEN), "wrong-state");
    GO(INPUT_ARCHIVE);
    assert_string_equal(simply(INPUT_COMMENT), "wrong-state");
}

static void test_what_is_settled_on_the_spot_has_its_decider(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_RESOLVE_ON_SPOT, INPUT_REPLY);
    assert_string_equal(state.decider, "lin");
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision");
    struct case_command returned = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", returned), "");
    assert_string_equal(state.previous_handler, "lin");
    GO(INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "");
}

static void test_a_returned_review_is_a_rework(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    struct case_command returned = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", returned), "");
    assert_int_equal(state.status, CASE_REWORK);
    give(INPUT_SIGN, "gao", (struct case_command){0});
    give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1});
    GO(INPUT_REPLY);
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE, INPUT_RE_REVIEW); // of the new decision, but by another than before
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", (struct case_command){.outcome = 1}),
                        "own-decision");
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "");
}

static void test_an_emergency_that_is_not_settled_is_not_closed(void **unused) {
    (void)unused;
    GO(INPUT_TRANSFER_EMERGENCY);
    follow_up(true, false);
    settle();
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(true, true);
    GO(INPUT_CLOSE);
}

static void
test_an_emergency_whose_end_nobody_can_tell_is_closed_after_enough_attempts(void **unused) {
    (void)unused;
    GO(INPUT_TRANSFER_EMERGENCY);
    follow_up(false, false);
    follow_up(false, false);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(false, false);
    settle();
    GO(INPUT_CLOSE);
}

static void test_a_request_for_the_end_ends_with_its_round(void **unused) {
    (void)unused;
    GO(INPUT_REQUEST_TERMINATION, TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REOPEN);
    assert_string_equal(give(INPUT_TERMINATE, "gao", (struct case_command){0}),
                        "termination-not-requested");
}

static void test_nobody_terminates_at_an_own_request(void **unused) {
    (void)unused;
    arm("resolution");
    assert_string_equal(simply(INPUT_TERMINATE), "termination-not-requested");
    GO(INPUT_REQUEST_TERMINATION);
    assert_string_equal(simply(INPUT_TERMINATE), "termination-not-requested");
    assert_string_equal(give(INPUT_TERMINATE, "gao", (struct case_command){0}), "");
    assert_int_equal(state.status, CASE_TERMINATED);
    assert_false(case_clock_runs(case_clock_find(&state, "resolution")));
}

// xorshift64*: Marsaglia, Xorshift RNGs, 2003; the multiplier is Vigna's.
static uint64_t seed = UINT64_C(88172645463325252);
static uint32_t draw(uint32_t below) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static bool row_allows(enum case_status from, enum case_status to) {
    if (from == to) {
        return true;
    }
    for (size_t i = 0; i < workflow_row_count; i++) {
        if ((workflow_rows[i].from & WORKFLOW_FROM(from)) != 0 && workflow_rows[i].to == to) {
            return true;
        }
    }
    return false;
}

// Rare, else few histories would come far.
static bool ends_early(uint32_t kind) {
    return kind == INPUT_REFUSE || kind == INPUT_REDIRECT || kind == INPUT_WITHDRAW ||
           kind == INPUT_WITHDRAW_CASE || kind == INPUT_TERMINATE || kind == INPUT_ARCHIVE;
}

// Likewise: what must be settled before the case goes on.
static bool burdens(uint32_t kind) {
    return kind == INPUT_SUPERVISE || kind == INPUT_RAISE_ALLEGATION ||
           kind == INPUT_ADD_CO_HANDLER;
}

// Others that a merge names, sometimes of the cluster already or the case itself.
static struct case_relation random_relation(uint32_t kind) {
    static char ids[2][37];
    static const char *const others[] = {ids[0], ids[1]};
    uint32_t first = draw(20);
    if (kind != INPUT_MERGE) {
        return (struct case_relation){.leads = draw(2) == 1};
    }
    for (uint32_t i = 0; i < 2; i++) {
        snprintf(ids[i], sizeof ids[i], "00000000-0000-8000-8000-%012u", first + i);
    }
    if (draw(50) == 0) {
        memcpy(ids[0], CASE_ID, sizeof CASE_ID);
    }
    return (struct case_relation){
        .others = others, .other_count = 1 + draw(2), .leads = draw(2) == 1};
}

// Two levels and three people lead to a final: few histories would come so far by chance alone.
static uint32_t random_kind(void) {
    uint32_t kind = draw(INPUT_KIND_COUNT + 6);
    bool reviewable = state.status == CASE_CLOSED && draw(4) == 0;
    return reviewable ? INPUT_REVIEW + draw(2) : kind;
}

static void random_step(void) {
    static const char *const people[] = {"lin", "gao", "shen", "ren"};
    static const char *const clocks[] = {"first_response", "resolution", "supervision-1",
                                         "supervision-2", "co-handling-1"};
    static const char *const reasons[] = {"resumed", "amended", "assessed"};
    struct case_entry entry = {.number = 1 + draw(3), .level = 1 + draw(3), .kind = 1 + draw(2)};
    uint32_t kind = random_kind();
    entry.due_at_ms = draw(2) == 0 ? 0 : now + 1000;
    entry.reason = draw(2) == 0 ? "" : "reason";
    entry.digest[0] = (unsigned char)draw(256);
    now += draw(draw(4) == 0 ? 2000 : 100);
    if ((ends_early(kind) && draw(20) != 0) || (burdens(kind) && draw(4) != 0)) {
        return;
    }
    if (kind == INPUT_ARM_CLOCK || kind >= INPUT_KIND_COUNT + 2) {
        arm(clocks[draw(5)]);
    } else if (kind >= INPUT_RECORD_MESSAGE && kind <= INPUT_REOPEN_CASE) {
        contact((enum input_kind)kind);
    } else if (kind == INPUT_NOTE_REPEAT) {
        note_repeat(1 + draw(4));
    } else if (kind == INPUT_BREACH_CLOCK) {
        breach(clocks[draw(5)]);
    } else if (kind == INPUT_RECORD_FEEDBACK || kind >= INPUT_KIND_COUNT) {
        feedback(draw(2) == 1, 1 + draw(5));
    } else if (kind == INPUT_WARN_CLOCK) {
        arm_again(reasons[draw(3)]);
    } else if (kind == INPUT_SUSPEND || kind == INPUT_RESUME || kind == INPUT_REQUEST_EXTENSION ||
               kind == INPUT_DECIDE_EXTENSION) {
        plan((enum input_kind)kind, people[draw(4)], draw(3) > 0);
    } else if (kind >= INPUT_PROPOSAL_COUNT && kind != INPUT_ACKNOWLEDGE) {
        give((enum input_kind)kind, people[draw(4)],
             (struct case_command){.outcome = 1 + draw(3),
                                   .urgency = 1 + draw(4),
                                   .crisis = 1 + draw(2),
                                   .reached = draw(2) == 1,
                                   .solved = draw(3) > 0,
                                   .score = draw(6),
                                   .staff = draw(20) == 0 ? people[draw(4)] : NULL,
                                   .unit = units[draw(2)],
                                   .entry = entry,
                                   .relation = random_relation(kind)});
    }
}

static bool may_be_supervised(enum case_status status) {
    return status == CASE_NOT_ACCEPTED ||
           (workflow_is_open(status) && status != CASE_REVIEW && status != CASE_RE_REVIEW);
}

static void check_parts(const struct case_state *before) {
    const struct case_parts *parts = &state.parts;
    assert_true(may_be_supervised(state.status) || !case_is_supervised(&state));
    for (size_t i = 0; i < parts->order_count; i++) {
        bool lapsed = state.status == CASE_WITHDRAWN || state.status == CASE_REDIRECTED ||
                      state.status == CASE_ARCHIVED;
        assert_true(!parts->orders[i].lifted || parts->orders[i].answered || lapsed);
    }
    if (state.status == CASE_DECIDED && before->status != CASE_DECIDED) {
        const struct fact *last = &decision.facts[before->status == CASE_SIGNED ? 1 : 0];
        assert_true(case_allegations_decided(before));
        assert_true(!case_answers_missing(before) ||
                    last->body.decided.missing_answers_reason[0] != '\0');
    }
    assert_true(parts->order_count >= before->parts.order_count);
    assert_true(parts->evidence_count >= before->parts.evidence_count); // sealed: only added to
    assert_memory_equal(parts->evidence, before->parts.evidence, 32 * before->parts.evidence_count);
    for (size_t i = 0; i < parts->allegation_count; i++) {
        assert_in_range(parts->allegations[i].person, 1, parts->person_count);
    }
}

// A clock rests exactly while a pause of it lasts; only what is open has changes; nothing is
// counted into the past.
static void check_clocks(const struct case_state *before) {
    for (size_t i = 0; i < state.clock_count; i++) {
        const struct case_clock *clock = &state.clocks[i];
        const struct case_clock *was = case_clock_find(before, clock->name);
        bool waits = case_is_part_clock(clock->name) ? case_part_waits(&state, clock->name)
                                                     : workflow_is_open(state.status);
        assert_true(waits || !case_clock_is_open(clock));
        assert_true((clock->state == CLOCK_STATE_PAUSED) ==
                    (case_pause_find(&state, clock->name) != NULL));
        assert_true(case_clock_is_open(clock) || !case_clock_was_changed(&state, clock->name));
        if (was != NULL && was->state == CLOCK_STATE_BREACHED && clock->version != was->version) {
            assert_true(clock->started_at_ms > was->started_at_ms);
        }
        if (was != NULL && clock->version != was->version) {
            assert_int_equal(clock->version, was->version + 1);
        }
    }
}

// Whoever is in conflict does nothing; what was erased is seen by nobody, and nothing is while the
// case is open.
static void check_access(const struct case_state *before) {
    for (size_t i = 0; i < decision.count; i++) {
        enum fact_kind kind = decision.facts[i].kind;
        assert_false(case_in_conflict(before, decision.facts[i].meta.actor));
        assert_false(before->erased && kind == FACT_CASE_REVEALED);
        assert_false(workflow_is_open(before->status) && kind == FACT_CONTENT_ERASED);
        assert_false(kind == FACT_REVIEW_DECIDED &&
                     (strcmp(decision.facts[i].meta.actor, before->reviewer) == 0 ||
                      strcmp(decision.facts[i].meta.actor, before->decider) == 0));
        assert_true(decision.facts[i].meta.n_withheld_from >= before->conflict_count);
    }
    assert_false(case_in_conflict(&state, state.handler));
}

static bool changes_cluster(void) {
    for (size_t i = 0; i < decision.count; i++) {
        enum fact_kind kind = decision.facts[i].kind;
        if (kind == FACT_CASE_MERGED || kind == FACT_CASE_UNMERGED ||
            kind == FACT_REPEAT_RECOGNISED || kind == FACT_CASE_NOT_ACCEPTED) {
            return true;
        }
    }
    return false;
}

// Parting from those whom a merge joined gives back the very state from before.
static void check_merge_is_undone(const struct case_state *before) {
    const Redress__V1__CaseMerged *merged = &decision.facts[0].body.merged;
    struct case_state undone = state;
    struct fact fact = {.kind = FACT_CASE_UNMERGED};
    redress__v1__case_unmerged__init(&fact.body.unmerged);
    fact.body.unmerged.n_without = merged->n_with;
    fact.body.unmerged.without = merged->with;
    fact.body.unmerged.leads = before->cluster.leads;
    case_apply(&undone, &fact);
    undone.updated_at_ms = before->updated_at_ms;
    undone.sequence = before->sequence;
    assert_memory_equal(&undone, before, sizeof undone);
}

// A cluster is a relation and nothing more: merging and parting move no clock and no status.
static void check_cluster(const struct case_state *before) {
    const struct case_cluster *cluster = &state.cluster;
    assert_true(cluster->other_count < CASE_CLUSTER);
    assert_true((cluster->other_count == 0) == (cluster->cluster_id[0] == '\0'));
    assert_true(cluster->other_count > 0 || !cluster->leads);
    assert_false(case_is_with(&state, CASE_ID));
    for (size_t i = 0; i < cluster->other_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(cluster->others[i], cluster->others[j]);
        }
    }
    if (!changes_cluster()) {
        assert_memory_equal(cluster, &before->cluster, sizeof *cluster);
        return;
    }
    if (decision.facts[0].kind == FACT_CASE_NOT_ACCEPTED) {
        return;
    }
    assert_int_equal(decision.count, 1);
    assert_int_equal(state.status, before->status);
    assert_memory_equal(state.clocks, before->clocks, sizeof state.clocks);
    assert_memory_equal(state.alarms, before->alarms, sizeof state.alarms);
    assert_true(cluster->earlier >= before->cluster.earlier);
    if (decision.facts[0].kind == FACT_CASE_MERGED) {
        check_merge_is_undone(before);
    }
}

// What holds after each step of any history.
static void check_invariants(const struct case_state *before) {
    assert_true(row_allows(before->status, state.status));
    assert_int_equal(state.sequence, before->sequence + decision.count);
    assert_true(decision.count <= CASE_FACTS);
    check_clocks(before);
    check_parts(before);
    check_cluster(before);
    if (state.status == CASE_CLOSED && before->status != CASE_CLOSED &&
        before->status != CASE_REVIEW) {
        assert_true(before->followed_up || before->failed_follow_ups >= 3);
    }
    if (before->status == CASE_FINAL) {
        assert_true(state.status == CASE_FINAL || state.status == CASE_ARCHIVED);
    }
    assert_true(state.reviews <= 2);
    check_access(before);
    if (state.rating != before->rating && before->rating != 0) { // each closure is rated once
        assert_true(state.rounds > before->rounds);
    }
}

static void test_random_histories_keep_the_invariants(void **unused) {
    (void)unused;
    uint32_t seen = 0;
    bool facts[FACT_KIND_COUNT] = {false};
    for (unsigned step = 0; step < 3000000; step++) {
        if (step % 200 == 0) {
            begin(NULL);
        }
        struct case_state before = state;
        decision.count = 0;
        random_step();
        check_invariants(&before);
        seen |= WORKFLOW_FROM(state.status);
        for (size_t i = 0; i < decision.count; i++) {
            facts[decision.facts[i].kind] = true;
        }
    }
    assert_true(facts[FACT_CLOCK_PAUSED]);
    assert_true(facts[FACT_EXTENSION_DECIDED]);
    assert_true(facts[FACT_CLOCK_BREACHED]);
    assert_true(facts[FACT_CASE_MERGED]);
    assert_true(facts[FACT_CASE_UNMERGED]);
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        assert_true(seen & WORKFLOW_FROM(status)); // else the histories would prove nothing of it
    }
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_row_of_several_facts_passes_through_the_rows_of_each),
        TEST(test_no_command_has_two_rows_for_one_state),
        TEST(test_each_state_is_reached_and_each_command_leads_somewhere),
        TEST(test_a_case_is_refused_with_ground_and_route_and_can_come_back),
        TEST(test_a_designated_unit_may_not_return_it_again),
        TEST(test_a_return_proposes_another_unit),
        TEST(test_a_dispatch_to_the_same_unit_does_not_begin_its_clock_anew),
        TEST(test_a_handler_who_is_named_loses_the_case_and_it_is_dispatched_again),
        TEST(test_a_co_handler_that_becomes_the_lead_owes_no_answer),
        TEST(test_an_emergency_whose_end_nobody_can_tell_is_closed_after_enough_attempts),
        TEST(test_a_suspension_ends_with_its_own_ground),
        TEST(test_no_closing_without_a_follow_up_or_enough_attempts),
        TEST(test_a_follow_up_that_finds_it_unsolved_gives_it_to_another),
        TEST(test_who_decided_it_for_another_does_not_handle_the_rework),
        TEST(test_a_low_rating_opens_rework_and_can_be_rated_again),
        TEST(test_each_level_reviews_once_and_never_its_own_decision),
        TEST(test_what_is_settled_on_the_spot_has_its_decider),
        TEST(test_a_returned_review_is_a_rework),
        TEST(test_an_emergency_that_is_not_settled_is_not_closed),
        TEST(test_a_request_for_the_end_ends_with_its_round),
        TEST(test_nobody_terminates_at_an_own_request),
        TEST(test_random_histories_keep_the_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
