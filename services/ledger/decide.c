// SPDX-License-Identifier: Apache-2.0
// What all deciders do alike.
#include "decide.h"

#include "workflow.h"

#include "common/danger.h"
#include "common/escalation.h"
#include "common/ident.h"

#include <stdio.h>
#include <string.h>

#define SATISFIED_FROM 3 // of 5
#define DUE_MOST_MS (2 * 365 * INT64_C(86400000))

void decide_refusal(const struct context *context, const char *code, const char *text) {
    context->decision->verdict = CASE_DECIDED_REFUSAL;
    context->decision->code = code;
    context->decision->text = text;
}

void decide_refusal_of(const struct context *context, const char *field, const char *code,
                       const char *text) {
    decide_refusal(context, code, text);
    context->decision->field = field;
}

void decide_traits(const struct case_state *state, Redress__V1__CaseTraits *traits) {
    traits->category = (char *)state->category;
    traits->urgency = (Redress__V1__Urgency)state->urgency;
    traits->crisis = (Redress__V1__CrisisLevel)state->crisis;
    traits->channel = (Redress__V1__Channel)state->channel;
    traits->situations = (char *)state->situations;
}

// What the decision has just found the case to be holds for what follows from it.
static void fill_traits(const struct context *context, struct fact *fact) {
    const struct fact *first = &context->decision->facts[0];
    if (fact != first && first->kind == FACT_CASE_ASSESSED) {
        fact->traits = first->traits;
        return;
    }
    decide_traits(context->state, &fact->traits);
}

struct fact *decide_fact(const struct context *context, enum fact_kind kind) {
    struct case_decision *decision = context->decision;
    struct fact *fact = &decision->facts[decision->count++];
    fact_init(fact, kind);
    fact->meta.case_id = (char *)context->state->case_id;
    fact->meta.tenant = (char *)context->state->tenant;
    fact->meta.decided_at_ms = context->now_ms;
    fact->meta.actor = (char *)context->input->actor;
    fact->meta.cause_id = (char *)context->input->cause_id;
    if (fact_has_traits(kind)) {
        fill_traits(context, fact);
    }
    fact->meta.n_withheld_from = decision->withheld_count;
    fact->meta.withheld_from = decision->withheld_from;
    if (context->input->cause_digest != NULL) {
        fact->meta.cause_digest =
            (ProtobufCBinaryData){CASE_DIGEST_SIZE, (uint8_t *)context->input->cause_digest};
    }
    decision->verdict = CASE_DECIDED_FACTS;
    return fact;
}

bool decide_has_ended(const struct case_decision *decision, const struct case_clock *clock) {
    for (size_t i = 0; i < decision->count; i++) {
        const struct fact *fact = &decision->facts[i];
        if ((fact->kind == FACT_CLOCK_STOPPED && fact->body.clock_stopped.name == clock->name) ||
            (fact->kind == FACT_CLOCK_BREACHED && fact->body.clock_breached.name == clock->name)) {
            return true;
        }
    }
    return false;
}

enum case_status decide_next_status(const struct context *context) {
    const struct case_decision *decision = context->decision;
    enum case_status status = context->state->status;
    for (size_t i = 0; i < decision->count; i++) {
        status = workflow_next(status, decision->facts[i].kind);
    }
    return status;
}

// Past its due time, though nobody has told so yet: sla-timer or Kafka was away. One that rests is
// due then at the latest, unless another assessment came since, which gives it other terms.
static bool is_late(const struct context *context, const struct case_clock *clock) {
    bool known =
        case_clock_runs(clock) || clock->armed_sequence > context->state->assessed_sequence;
    return known && !clock->lapses && !escalation_is(clock->name) &&
           context->now_ms > clock->due_at_ms;
}

// A clock that was breached has told so already and needs no stop.
void decide_stop(const struct context *context, const struct case_clock *clock) {
    if (!case_clock_is_open(clock) || decide_has_ended(context->decision, clock)) {
        return;
    }
    if (is_late(context, clock)) {
        decide_breached(context, clock);
        return;
    }
    decide_stopped(context, clock);
}

// Of terms from before the last assessment nobody can tell: it may have given others, which are not
// here yet.
void decide_tell_late(const struct context *context) {
    const struct case_state *state = context->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        if (case_clock_is_open(clock) && clock->armed_sequence > state->assessed_sequence &&
            is_late(context, clock)) {
            decide_breached(context, clock);
        }
    }
}

void decide_stopped(const struct context *context, const struct case_clock *clock) {
    struct fact *fact = decide_fact(context, FACT_CLOCK_STOPPED);
    fact->body.clock_stopped.name = (char *)clock->name;
    fact->body.clock_stopped.version = clock->version;
}

void decide_stop_named(const struct context *context, const char *name) {
    decide_stop(context, case_clock_find(context->state, name));
}

// Places that an alarm of this kind leaves to others.
static size_t places_kept(Redress__V1__AlarmKind kind) {
    if (kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT) {
        return 0;
    }
    return kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_GLASS_BROKEN ? CASE_ALARMS_URGENT
                                                                    : CASE_ALARMS_RESERVED;
}

// What it is about and who is told. Borrowed texts.
struct alarm {
    Redress__V1__AlarmKind kind;
    const char *clock;          // "": none
    const char *policy_version; // of the clock
    const char *unit;
};

// NULL where there is no room for another.
static struct fact *raise_alarm(const struct context *context, const struct alarm *alarm) {
    const struct case_state *state = context->state;
    struct case_decision *decision = context->decision;
    if (!case_has_alarm_room(state, decision->alarm_count, places_kept(alarm->kind))) {
        return NULL;
    }
    char *alarm_id = decision->alarm_ids[decision->alarm_count++];
    uint32_t number = state->alarm_ordinal + decision->alarm_count;
    char ordinal[16];
    snprintf(ordinal, sizeof ordinal, "%u", number);
    ident_uuid_from((const char *const[]){"alarm", state->case_id, ordinal, NULL}, alarm_id);
    struct fact *fact = decide_fact(context, FACT_ALARM_RAISED);
    fact->body.alarm_raised.alarm_id = alarm_id;
    fact->body.alarm_raised.kind = alarm->kind;
    fact->body.alarm_raised.clock = (char *)alarm->clock;
    fact->body.alarm_raised.ordinal = number;
    fact->body.alarm_raised.unit = (char *)alarm->unit;
    fact->body.alarm_raised.policy_version = (char *)alarm->policy_version;
    struct reviewers reviewers = decide_reviewers_of_clock(context, alarm->clock);
    fact->body.alarm_raised.reviewers_of = reviewers.of;
    fact->body.alarm_raised.n_decided_by = reviewers.decided_count;
    fact->body.alarm_raised.decided_by = reviewers.decided_by;
    return fact;
}

void decide_alarm(const struct context *context, Redress__V1__AlarmKind kind) {
    decide_alarm_to(context, kind, context->state->unit);
}

void decide_alarm_to(const struct context *context, Redress__V1__AlarmKind kind, const char *unit) {
    (void)raise_alarm(context, &(struct alarm){kind, "", "", unit});
}

static void tell_breach(const struct context *context, const Redress__V1__ClockBreached *breached,
                        const char *policy_version) {
    Redress__V1__ClockBreached *body =
        &decide_fact(context, FACT_CLOCK_BREACHED)->body.clock_breached;
    body->name = breached->name;
    body->version = breached->version;
    body->due_at_ms = breached->due_at_ms;
    (void)raise_alarm(context, &(struct alarm){REDRESS__V1__ALARM_KIND__ALARM_KIND_BREACH,
                                               breached->name, policy_version,
                                               case_clock_unit(context->state, breached->name)});
}

void decide_breached(const struct context *context, const struct case_clock *clock) {
    const Redress__V1__ClockBreached breached = {
        .name = (char *)clock->name, .version = clock->version, .due_at_ms = clock->due_at_ms};
    tell_breach(context, &breached, clock->policy_version);
}

void decide_breached_terms(const struct context *context, const Redress__V1__ClockTerms *terms) {
    const Redress__V1__ClockBreached breached = {
        .name = terms->name, .version = terms->version, .due_at_ms = terms->due_at_ms};
    tell_breach(context, &breached, terms->policy_version);
}

void decide_stop_all(const struct context *context) {
    const struct case_state *state = context->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        if (!escalation_is(clock->name) && !case_outlives(clock->name) && !case_is_visit(clock)) {
            decide_stop(context, clock);
        }
    }
}

static void raise_urgent(const struct context *context, uint32_t urgency, uint32_t crisis) {
    struct fact *fact =
        raise_alarm(context, &(struct alarm){REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT, "", "",
                                             context->state->unit});
    if (fact != NULL) { // the case is now what it was just found to be
        fact->traits.urgency = (Redress__V1__Urgency)urgency;
        fact->traits.crisis = (Redress__V1__CrisisLevel)crisis;
    }
}

// News is what is worse than what alarmed in this round, and than what waits for somebody: that may
// be of a round before.
void decide_urgent_alarm(const struct context *context, uint32_t urgency, uint32_t crisis) {
    const struct case_state *state = context->state;
    uint32_t danger = danger_of(urgency, crisis);
    if (danger > state->alarmed_danger && danger > case_danger_that_waits(state) &&
        workflow_is_open(state->status)) {
        raise_urgent(context, urgency, crisis);
    }
}

void decide_alarm_of_text(const struct context *context, uint32_t urgency, uint32_t crisis) {
    if (danger_of(urgency, crisis) > case_danger_that_waits(context->state)) {
        raise_urgent(context, urgency, crisis);
    }
}

bool decide_bounds_due(const struct context *context, int64_t due_at_ms) {
    if (due_at_ms <= context->now_ms) {
        decide_refusal(context, "due-in-past", "it must be due later than now");
        return false;
    }
    if (due_at_ms > context->now_ms + DUE_MOST_MS) {
        decide_refusal(context, "due-too-late", "it must be due within two years");
        return false;
    }
    return true;
}

bool decide_is_dissatisfied(bool solved, uint32_t score) {
    return !solved || (score != 0 && score < SATISFIED_FROM);
}

// What the input says that chooses between the rows of its kind.
static enum workflow_when when_of(const struct case_input *input) {
    const struct case_command *command = input->of.command;
    const Redress__V1__RecordFeedback *feedback = input->of.feedback;
    bool chosen = false;
    switch (input->kind) {
    case INPUT_RECORD_FEEDBACK:
        chosen = decide_is_dissatisfied(feedback->solved, feedback->overall);
        return chosen ? WHEN_DISSATISFIED : WHEN_ALWAYS;
    case INPUT_FOLLOW_UP:
        chosen = command->reached && decide_is_dissatisfied(command->solved, command->score);
        return chosen ? WHEN_DISSATISFIED : WHEN_ALWAYS;
    case INPUT_DECIDE_REVIEW:
        chosen = command->outcome == REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED;
        return chosen ? WHEN_RETURNED : WHEN_ALWAYS;
    case INPUT_ASSESS:
    case INPUT_SET_ASSESSMENT:
        return input->waits_in_vain ? WHEN_IN_VAIN : WHEN_ALWAYS;
    default:
        return WHEN_ALWAYS;
    }
}

bool decide_reworks(const struct case_state *state, const struct case_input *input) {
    const struct workflow_row *row = workflow_find(state->status, input->kind, when_of(input));
    return row != NULL && row->to == CASE_REWORK;
}

const char *decide_clock_name(const struct context *context, const char *prefix, uint32_t number) {
    char *name = context->decision->clock_name;
    snprintf(name, sizeof context->decision->clock_name, "%s-%u", prefix, number);
    return name;
}

// What was settled on the spot has no handler: who did it stands in.
const char *decide_handled_by(const struct case_state *state) {
    return state->handler[0] != '\0' ? state->handler : state->decider;
}

// Nobody who could act for it: never a silent skip.
void decide_unstaffed(const struct context *context) {
    const struct case_input *input = context->input;
    if (input->unstaffed_to != NULL) {
        decide_alarm_to(context, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE,
                        input->unstaffed_to);
    }
}

void decide_rework(const struct context *context, const char *reason) {
    struct fact *fact = decide_fact(context, FACT_REWORK_ORDERED);
    fact->body.rework.reason = (char *)reason;
    fact->body.rework.previous_handler = (char *)decide_handled_by(context->state);
    fact->body.rework.unit = (char *)context->state->unit;
    decide_stop_unreachable(context);
    decide_unstaffed(context);
}
