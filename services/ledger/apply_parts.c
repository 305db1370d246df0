// SPDX-License-Identifier: Apache-2.0
// Folding facts about supervision, persons, evidence and co-handlers. What does not fit is cut to
// the bounds: the deciders refuse it before.
#include "apply_parts.h"

#include <stdio.h>
#include <string.h>

#define COPY(target, source) snprintf(target, sizeof(target), "%s", source)

void apply_supervision_ordered(struct case_state *state, const struct fact *fact) {
    const Redress__V1__SupervisionOrdered *body = &fact->body.supervision_ordered;
    struct case_parts *parts = &state->parts;
    parts->revision++;
    if (parts->order_count == CASE_ORDERS) {
        return;
    }
    struct case_order *order = &parts->orders[parts->order_count++];
    memset(order, 0, sizeof *order);
    order->level = (uint32_t)body->level;
    order->trigger = (uint32_t)body->trigger;
    order->ordered_at_ms = fact->meta.decided_at_ms;
    order->due_at_ms = body->due_at_ms;
    COPY(order->issuer, body->issuer);
    order->by_region = case_order_is_of_region(body->issuer, body->by_region != 0);
    COPY(order->acting_for, body->acting_for);
}

// The first of its ends.
static void end_order(struct case_order *order, const struct fact *fact) {
    bool first = !order->answered && !order->lifted;
    order->ended_at_ms = first ? fact->meta.decided_at_ms : order->ended_at_ms;
}

static struct case_order *order_of(struct case_state *state, uint32_t number) {
    return (struct case_order *)case_order_find(state, number);
}

void apply_supervision_answered(struct case_state *state, const struct fact *fact) {
    struct case_order *order = order_of(state, fact->body.supervision_answered.order);
    state->parts.revision++;
    if (order != NULL) {
        end_order(order, fact);
        order->answered = true;
    }
}

void apply_supervision_lifted(struct case_state *state, const struct fact *fact) {
    struct case_order *order = order_of(state, fact->body.supervision_lifted.order);
    state->parts.revision++;
    if (order != NULL) {
        end_order(order, fact);
        order->lifted = true;
    }
}

void apply_person_concerned(struct case_state *state, const struct fact *fact) {
    const Redress__V1__PersonConcerned *body = &fact->body.person_concerned;
    struct case_parts *parts = &state->parts;
    parts->revision++;
    if (body->supervised_until_ms != 0) {
        state->supervised_until_ms = body->supervised_until_ms;
    }
    if (parts->person_count == CASE_PERSONS) {
        return;
    }
    struct case_person *person = &parts->persons[parts->person_count++];
    memset(person, 0, sizeof *person);
    person->kind = (uint32_t)body->kind;
    COPY(person->title, body->title);
    COPY(person->staff_code, body->staff_code);
    if (body->staff_code[0] != '\0') { // whoever is named in a case does not see it
        case_add_conflict(state, body->staff_code);
    }
}

void apply_allegation_raised(struct case_state *state, const struct fact *fact) {
    const Redress__V1__AllegationRaised *body = &fact->body.allegation_raised;
    struct case_parts *parts = &state->parts;
    parts->revision++;
    if (parts->allegation_count == CASE_ALLEGATIONS) {
        return;
    }
    struct case_allegation *allegation = &parts->allegations[parts->allegation_count++];
    memset(allegation, 0, sizeof *allegation);
    allegation->person = body->person;
    COPY(allegation->category, body->category);
}

void apply_allegation_decided(struct case_state *state, const struct fact *fact) {
    const Redress__V1__AllegationDecided *body = &fact->body.allegation_decided;
    struct case_parts *parts = &state->parts;
    parts->revision++;
    case_note_hand(state, fact->meta.actor, CASE_JUDGED);
    if (body->allegation < 1 || body->allegation > parts->allegation_count) {
        return;
    }
    parts->allegations[body->allegation - 1].outcome = (uint32_t)body->outcome;
    parts->allegations[body->allegation - 1].responsibility = (uint32_t)body->responsibility;
}

void apply_authority_recorded(struct case_state *state, const struct fact *fact) {
    state->parts.revision++;
    state->parts.authority = (uint32_t)fact->body.authority_recorded.kind;
    COPY(state->parts.authority_since, fact->body.authority_recorded.since);
}

void apply_team_formed(struct case_state *state, const struct fact *fact) {
    const Redress__V1__TeamFormed *body = &fact->body.team_formed;
    struct case_team *team = &state->parts.team;
    state->parts.revision++;
    team->purpose = (uint32_t)body->purpose;
    COPY(team->medical, body->medical);
    COPY(team->legal, body->legal);
    COPY(team->service, body->service);
}

void apply_evidence_registered(struct case_state *state, const struct fact *fact) {
    struct case_parts *parts = &state->parts;
    parts->revision++;
    if (parts->evidence_count < CASE_EVIDENCE &&
        case_read_digest(fact->body.evidence_registered.sha256,
                         parts->evidence[parts->evidence_count])) {
        parts->evidence_count++;
    }
}

static struct case_co_handler *co_handler_of(struct case_state *state, uint32_t number) {
    return number >= 1 && number <= state->parts.co_handler_count
               ? &state->parts.co_handlers[number - 1]
               : NULL;
}

void apply_co_handler_added(struct case_state *state, const struct fact *fact) {
    const Redress__V1__CoHandlerAdded *body = &fact->body.co_handler_added;
    struct case_parts *parts = &state->parts;
    parts->revision++;
    struct case_co_handler *co_handler = co_handler_of(state, body->number);
    if (co_handler != NULL) { // it led meanwhile
        co_handler->reported = false;
        co_handler->due_at_ms = body->due_at_ms;
        return;
    }
    if (parts->co_handler_count == CASE_CO_HANDLERS) {
        return;
    }
    co_handler = &parts->co_handlers[parts->co_handler_count++];
    memset(co_handler, 0, sizeof *co_handler);
    co_handler->due_at_ms = body->due_at_ms;
    COPY(co_handler->unit, body->unit);
}

void apply_co_handler_answered(struct case_state *state, const struct fact *fact) {
    struct case_co_handler *co_handler =
        co_handler_of(state, fact->body.co_handler_answered.number);
    state->parts.revision++;
    if (co_handler != NULL) {
        co_handler->answered = true;
        co_handler->answered_at_ms = fact->meta.decided_at_ms;
    }
}

void apply_stage_reported(struct case_state *state, const struct fact *fact) {
    struct case_co_handler *co_handler = co_handler_of(state, fact->body.stage_reported.number);
    state->parts.revision++;
    if (co_handler != NULL) {
        co_handler->reported = true;
    }
}

void apply_parts_again(struct case_state *state) {
    struct case_parts *parts = &state->parts;
    parts->repeats++;
    parts->co_handler_count = 0;
    memset(parts->co_handlers, 0, sizeof parts->co_handlers);
    for (size_t i = 0; i < parts->allegation_count; i++) {
        parts->allegations[i].outcome = 0;
        parts->allegations[i].responsibility = 0;
    }
}
