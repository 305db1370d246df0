// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "one_case.h"

#define CLUSTER_ID "00000000-0000-8000-8000-00000000c1c1"
#define EVERYONE                                                                                   \
    (ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR | ROLE_REVIEWER | ROLE_ADMINISTRATOR)

const char *const units[] = {UNIT, "bureau.other"};
struct case_state state;
struct case_decision decision;
int64_t now = NOW;
bool of_region = true;
const char *unstaffed;
const char *tenants;

static struct case_actor person(const char *subject, unsigned roles) {
    return (struct case_actor){.subject = subject,
                               .roles = roles,
                               .units = units,
                               .unit_count = 2,
                               .tenants = tenants,
                               .region = of_region};
}

// Decides and folds, as the ledger does.
static void put(struct case_input input) {
    input.cause_id = CASE_ID;
    input.unstaffed_to = unstaffed;
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

const char *give(enum input_kind kind, const char *subject, struct case_command command) {
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

const char *simply(enum input_kind kind) { return give(kind, "lin", (struct case_command){0}); }

void feedback(bool solved, uint32_t overall) {
    Redress__V1__RecordFeedback message = REDRESS__V1__RECORD_FEEDBACK__INIT;
    message.solved = solved;
    message.overall = overall;
    put((struct case_input){
        .kind = INPUT_RECORD_FEEDBACK, .actor = "intake", .of.feedback = &message});
}

void contact(enum input_kind kind) {
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

void note_repeat(uint32_t earlier) {
    Redress__V1__NoteRepeat message = REDRESS__V1__NOTE_REPEAT__INIT;
    message.earlier = earlier;
    put((struct case_input){.kind = INPUT_NOTE_REPEAT, .actor = "triage", .of.repeat = &message});
}

static const char *waits_for(const char *clock) {
    static const char *const stops[][2] = {
        {"first_response", "complainant_told"}, {"resolution", "case_replied"},
        {"call_back", "follow_up_done"},        {"follow_up_1", "visit_done"},
        {"review_request", "review_requested"}, {"settled", "case_closed"},
        {"mediation", "mediation_ended"}};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        if (strcmp(stops[i][0], clock) == 0) {
            return stops[i][1];
        }
    }
    return "";
}

void arm(const char *name) { arm_since(name, now); }

void arm_since(const char *name, int64_t started_at_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.stops_on = (char *)waits_for(name);
    terms.started_at_ms = started_at_ms;
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
    terms->stops_on = (char *)waits_for(clock->name);
    return (struct case_plan){.terms = terms, .until_ms = now + 500};
}

const char *plan(enum input_kind kind, const char *subject, bool granted) {
    Redress__V1__ExtensionRequested request = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    Redress__V1__ClockTerms terms;
    struct case_plan one;
    bool alone = kind == INPUT_PAUSE_CLOCK || kind == INPUT_RESUME_CLOCK;
    const char *name = alone ? "mediation" : "resolution";
    const struct case_clock *clock = case_clock_find(&state, name);
    request.clock = (char *)name;
    request.unit = "seconds";
    request.value = 1;
    struct case_command command = {.clock = name,
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

void arm_again(const char *reason) {
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

void breach(const char *name) {
    const struct case_clock *clock = case_clock_find(&state, name);
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = (char *)name;
    message.version = clock == NULL ? 1 : clock->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
}

void end_clock(const char *name) {
    const struct case_clock *clock = case_clock_find(&state, name);
    Redress__V1__EndClock message = REDRESS__V1__END_CLOCK__INIT;
    message.name = (char *)name;
    message.started_at_ms = clock == NULL ? 0 : clock->started_at_ms;
    put((struct case_input){.kind = INPUT_END_CLOCK, .actor = "sla-timer", .of.end = &message});
}

int begin(void **unused) {
    static unsigned char digest[32];
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    (void)unused;
    memset(&state, 0, sizeof state);
    of_region = true;
    unstaffed = NULL;
    tenants = NULL;
    meta.case_id = CASE_ID;
    meta.tenant = "bureau";
    message.meta = &meta;
    message.content_sha256 = (ProtobufCBinaryData){32, digest};
    message.tracking_code = "0123456789ABC";
    message.received_at_ms = NOW;
    put((struct case_input){.kind = INPUT_SUBMIT, .actor = "intake", .of.submit = &message});
    return state.status == CASE_RECEIVED ? 0 : -1;
}

void go(const enum input_kind *way, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(simply(way[i]), "");
    }
}

void settle(void) {
    for (uint32_t number = 1; number <= state.parts.order_count; number++) {
        struct case_command command = {.entry = {.number = number}};
        give(INPUT_ANSWER_SUPERVISION, "lin", command);
        give(INPUT_LIFT_SUPERVISION, "lin", command);
    }
}

void follow_up(bool reached, bool solved) {
    give(INPUT_FOLLOW_UP, "lin", (struct case_command){.reached = reached, .solved = solved});
}
