// SPDX-License-Identifier: Apache-2.0
// Supervision orders (督办): raised by a supervisor or by rule, answered by whoever has the case,
// lifted by a supervisor once they are answered. An open order keeps the case from being closed.
#include "decide.h"

#include "workflow.h"

#include <string.h>

#define TRIGGER(name) REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_##name
#define LEVEL(name) REDRESS__V1__SUPERVISION_LEVEL__SUPERVISION_LEVEL_##name
#define REPEATS 2 // reworks and reopenings

// How many this decision orders so far.
static size_t ordered(const struct case_decision *decision) {
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++) {
        count += decision->facts[i].kind == FACT_SUPERVISION_ORDERED ? 1 : 0;
    }
    return count;
}

static void order(const struct context *context, Redress__V1__SupervisionLevel level,
                  Redress__V1__SupervisionTrigger trigger) {
    struct fact *fact = decide_fact(context, FACT_SUPERVISION_ORDERED);
    Redress__V1__SupervisionOrdered *body = &fact->body.supervision_ordered;
    body->order = (uint32_t)(context->state->parts.order_count + ordered(context->decision));
    body->level = level;
    body->trigger = trigger;
    body->issuer = CASE_BY_RULE;
    body->by_region = true; // the rules are the region's: nobody is rid of them by their own word
    body->unit = (char *)context->state->unit;
}

static bool always(const struct context *context, const struct fact *fact) {
    (void)context;
    (void)fact;
    return true;
}

// While a review looks at it there is nobody who could be.
static bool may_be_urged(enum case_status status) {
    return workflow_find(status, INPUT_SUPERVISE, WHEN_ALWAYS) != NULL;
}

static bool of_resolution(const struct context *context, const struct fact *fact) {
    return may_be_urged(decide_next_status(context)) &&
           strcmp(fact->body.clock_breached.name, "resolution") == 0;
}

static bool again(const struct context *context, const struct fact *fact) {
    (void)fact;
    return context->state->parts.repeats + 1 >= REPEATS;
}

static bool not_satisfied(const struct context *context, const struct fact *fact) {
    (void)context;
    const Redress__V1__FollowUpRecorded *body = &fact->body.follow_up;
    return body->reached && decide_is_dissatisfied(body->solved, body->score);
}

// An institution's own order spares it none: it would be rid of the rules' by its own word.
static bool is_of_region(const struct case_order *order, Redress__V1__SupervisionTrigger trigger) {
    return order->trigger == (uint32_t)trigger &&
           case_order_is_of_region(order->issuer, order->by_region);
}

static bool was_ordered(const struct case_state *state, Redress__V1__SupervisionTrigger trigger) {
    bool was = false;
    for (size_t i = 0; i < state->parts.order_count && !was; i++) {
        was = is_of_region(&state->parts.orders[i], trigger);
    }
    return was;
}

static bool is_open(const struct case_state *state, Redress__V1__SupervisionTrigger trigger) {
    bool open = false;
    for (size_t i = 0; i < state->parts.order_count && !open; i++) {
        const struct case_order *order = &state->parts.orders[i];
        open = !order->lifted && is_of_region(order, trigger);
    }
    return open;
}

static bool is_situation(const char *list, const char *word) {
    size_t size = strlen(word);
    for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, word, size) == 0 && (at[size] == ',' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

// Once a case: whoever assesses it again has nothing else to say of it.
static bool of_adverse_effect(const struct context *context, const struct fact *fact) {
    return is_situation(fact->body.assessed.situations, CASE_ADVERSE_EFFECT) &&
           may_be_urged(context->state->status) &&
           !was_ordered(context->state, TRIGGER(ADVERSE_EFFECT));
}

// What the law has reported upward has had its effect.
static bool is_major_dispute(const struct context *context, const struct fact *fact) {
    return fact->body.team_formed.purpose ==
               REDRESS__V1__TEAM_PURPOSE__TEAM_PURPOSE_MAJOR_DISPUTE &&
           !was_ordered(context->state, TRIGGER(ADVERSE_EFFECT));
}

// DOMAIN: supervision order, triggers [law]; the levels are ours. The first that holds and is not
// spared raises one.
static const struct {
    enum fact_kind fact;
    bool (*holds)(const struct context *, const struct fact *);
    Redress__V1__SupervisionTrigger trigger;
    Redress__V1__SupervisionLevel level;
} triggers[] = {
    {FACT_REWORK_ORDERED, again, TRIGGER(REPEATED), LEVEL(KEY)},
    {FACT_CASE_REOPENED, again, TRIGGER(REPEATED), LEVEL(KEY)},
    {FACT_FOLLOW_UP_RECORDED, not_satisfied, TRIGGER(FAILED_CALL_BACK), LEVEL(ORDINARY)},
    {FACT_REWORK_ORDERED, always, TRIGGER(UNRESOLVED), LEVEL(ORDINARY)},
    {FACT_CASE_NOT_ACCEPTED, always, TRIGGER(REFUSED), LEVEL(ORDINARY)},
    {FACT_TEAM_FORMED, is_major_dispute, TRIGGER(ADVERSE_EFFECT), LEVEL(KEY)},
    {FACT_CLOCK_BREACHED, of_resolution, TRIGGER(OVERDUE), LEVEL(ORDINARY)},
    {FACT_CASE_ASSESSED, of_adverse_effect, TRIGGER(ADVERSE_EFFECT), LEVEL(KEY)},
};
#define TRIGGERS (sizeof triggers / sizeof triggers[0])

bool decide_may_supervise(enum fact_kind kind) {
    bool may = false;
    for (size_t i = 0; i < TRIGGERS && !may; i++) {
        may = triggers[i].fact == kind;
    }
    return may;
}

// The first row of the table that a fact of the decision names, that holds and is not spared: while
// an order of the same trigger is open no second one is raised, for one thing is one order.
static size_t first_trigger(const struct context *context, bool adverse) {
    const struct case_decision *decision = context->decision;
    size_t first = TRIGGERS;
    for (size_t i = 0; i < decision->count; i++) {
        const struct fact *fact = &decision->facts[i];
        for (size_t k = 0; k < first; k++) {
            bool asked = !adverse || triggers[k].trigger == TRIGGER(ADVERSE_EFFECT);
            if (asked && triggers[k].fact == fact->kind && triggers[k].holds(context, fact) &&
                !is_open(context->state, triggers[k].trigger)) {
                first = k;
            }
        }
    }
    return first;
}

static void order_by_rule(const struct context *context, size_t k) {
    if (context->state->parts.order_count + ordered(context->decision) < CASE_ORDERS) {
        order(context, triggers[k].level, triggers[k].trigger);
    }
}

// An adverse effect is another thing than what else the same input tells: a clock that was late.
void decide_supervision_by_rule(const struct context *context) {
    size_t first = first_trigger(context, false);
    size_t adverse = first_trigger(context, true);
    if (first < TRIGGERS) {
        order_by_rule(context, first);
    }
    if (adverse < TRIGGERS && triggers[adverse].trigger != triggers[first].trigger) {
        order_by_rule(context, adverse);
    }
}

// Below the region half of them, half of these by one level: nobody fills the list before the rules
// or the level above have their say.
static bool has_room_for_order(const struct case_state *state, bool by_region, const char *level) {
    size_t own = 0;
    size_t of_level = 0;
    for (size_t i = 0; i < state->parts.order_count; i++) {
        const struct case_order *at = &state->parts.orders[i];
        bool below = !case_order_is_of_region(at->issuer, at->by_region);
        own += below ? 1 : 0;
        of_level += below && strcmp(at->acting_for, level) == 0 ? 1 : 0;
    }
    return state->parts.order_count < CASE_ORDERS &&
           (by_region || (own < CASE_OWN_ORDERS && of_level < CASE_LEVEL_ORDERS));
}

void decide_supervise(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_entry *entry = &command->entry;
    if (!has_room_for_order(context->state, command->actor->region,
                            case_acts_for(context->state, command->actor))) {
        decide_refusal(context, "too-many-orders",
                       "a case has at most 16 supervision orders, 8 of them below the region, 4 "
                       "by one level");
        return;
    }
    if (entry->due_at_ms != 0 && !decide_bounds_due(context, entry->due_at_ms)) {
        return;
    }
    order(context, (Redress__V1__SupervisionLevel)entry->level,
          (Redress__V1__SupervisionTrigger)entry->kind);
    Redress__V1__SupervisionOrdered *body =
        &context->decision->facts[context->decision->count - 1].body.supervision_ordered;
    body->issuer = (char *)context->input->actor;
    body->by_region = command->actor->region;
    body->acting_for = (char *)case_acts_for(context->state, command->actor);
    body->instruction = (char *)command->text;
    body->lift_condition = (char *)command->detail;
    body->due_at_ms = entry->due_at_ms;
}

void decide_answer_supervision(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    uint32_t number = command->entry.number;
    const struct case_order *at = case_order_find(state, number);
    if (at == NULL || at->lifted) {
        decide_refusal(context, "unknown-order", "the case has no open order of this number");
        return;
    }
    if (at->answered) {
        decide_refusal(context, "already-answered", "this order was answered before");
        return;
    }
    Redress__V1__SupervisionAnswered *body =
        &decide_fact(context, FACT_SUPERVISION_ANSWERED)->body.supervision_answered;
    body->order = number;
    body->answer = (char *)command->text;
    body->unit = (char *)state->unit;
    body->issuer = (char *)at->issuer;
    decide_stop_named(context, decide_clock_name(context, "supervision", number));
}

static void lift(const struct context *context, uint32_t number, const char *note, bool lapsed) {
    Redress__V1__SupervisionLifted *body =
        &decide_fact(context, FACT_SUPERVISION_LIFTED)->body.supervision_lifted;
    body->order = number;
    body->note = (char *)note;
    body->lapsed = lapsed;
    body->unit = (char *)context->state->unit;
}

void decide_lift_supervision(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_order *at = case_order_find(context->state, command->entry.number);
    if (at == NULL || at->lifted) {
        decide_refusal(context, "unknown-order", "the case has no open order of this number");
        return;
    }
    if (!at->answered) {
        decide_refusal(context, "not-answered", "an order is lifted once it is answered");
        return;
    }
    if (at->by_region && !command->actor->region) {
        decide_refusal(context, "not-your-region",
                       "an order of the region's staff is lifted by them alone");
        return;
    }
    if (!case_may_lift(context->state, at, command->actor)) {
        decide_refusal(context, "not-your-level", workflow_code_text("not-your-level"));
        return;
    }
    lift(context, command->entry.number, command->text, false);
}

// A refused case stays under its orders: whether it ought to have been accepted is what they ask.
void decide_lapse(const struct context *context) {
    const struct case_state *state = context->state;
    if (context->input->kind == INPUT_REFUSE) {
        return;
    }
    for (size_t i = 0; i < state->parts.order_count; i++) {
        if (!state->parts.orders[i].lifted) {
            uint32_t number = (uint32_t)i + 1;
            lift(context, number, "", true);
            decide_stop_named(context, decide_clock_name(context, "supervision", number));
        }
    }
}
