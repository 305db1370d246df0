// SPDX-License-Identifier: Apache-2.0
// List by list, both ways; test_state_codec checks that a round trip changes nothing.
#include "parts_codec.h"

#include <stdio.h>
#include <string.h>

#define COPY(target, source) snprintf(target, sizeof(target), "%s", source)

static void fill_orders(const struct case_parts *parts, struct parts_messages *to) {
    for (size_t i = 0; i < parts->order_count; i++) {
        const struct case_order *order = &parts->orders[i];
        Redress__Ledger__OrderState *message = &to->orders[i];
        redress__ledger__order_state__init(message);
        message->level = order->level;
        message->trigger = order->trigger;
        message->issuer = (char *)order->issuer;
        message->ordered_at_ms = order->ordered_at_ms;
        message->due_at_ms = order->due_at_ms;
        message->answered = order->answered;
        message->lifted = order->lifted;
        message->ended_at_ms = order->ended_at_ms;
        message->by_region = order->by_region;
        message->acting_for = (char *)order->acting_for;
        to->order_pointers[i] = message;
    }
    to->message.n_orders = parts->order_count;
    to->message.orders = to->order_pointers;
}

static void fill_persons(const struct case_parts *parts, struct parts_messages *to) {
    for (size_t i = 0; i < parts->person_count; i++) {
        const struct case_person *person = &parts->persons[i];
        Redress__Ledger__PersonState *message = &to->persons[i];
        redress__ledger__person_state__init(message);
        message->kind = person->kind;
        message->title = (char *)person->title;
        message->staff_code = (char *)person->staff_code;
        to->person_pointers[i] = message;
    }
    to->message.n_persons = parts->person_count;
    to->message.persons = to->person_pointers;
}

static void fill_allegations(const struct case_parts *parts, struct parts_messages *to) {
    for (size_t i = 0; i < parts->allegation_count; i++) {
        const struct case_allegation *allegation = &parts->allegations[i];
        Redress__Ledger__AllegationState *message = &to->allegations[i];
        redress__ledger__allegation_state__init(message);
        message->person = allegation->person;
        message->category = (char *)allegation->category;
        message->outcome = allegation->outcome;
        message->responsibility = allegation->responsibility;
        to->allegation_pointers[i] = message;
    }
    to->message.n_allegations = parts->allegation_count;
    to->message.allegations = to->allegation_pointers;
}

static void fill_co_handlers(const struct case_parts *parts, struct parts_messages *to) {
    for (size_t i = 0; i < parts->co_handler_count; i++) {
        const struct case_co_handler *co_handler = &parts->co_handlers[i];
        Redress__Ledger__CoHandlerState *message = &to->co_handlers[i];
        redress__ledger__co_handler_state__init(message);
        message->unit = (char *)co_handler->unit;
        message->due_at_ms = co_handler->due_at_ms;
        message->reported = co_handler->reported;
        message->answered = co_handler->answered;
        message->answered_at_ms = co_handler->answered_at_ms;
        to->co_handler_pointers[i] = message;
    }
    to->message.n_co_handlers = parts->co_handler_count;
    to->message.co_handlers = to->co_handler_pointers;
}

static void fill_evidence(const struct case_parts *parts, struct parts_messages *to) {
    for (size_t i = 0; i < parts->evidence_count; i++) {
        to->evidence[i] = (ProtobufCBinaryData){32, (uint8_t *)parts->evidence[i]};
    }
    to->message.n_evidence = parts->evidence_count;
    to->message.evidence = to->evidence;
}

bool parts_are_empty(const struct case_parts *parts) {
    return parts->revision == 0 && parts->repeats == 0 && !parts->on_behalf;
}

void parts_fill(const struct case_parts *parts, struct parts_messages *to) {
    Redress__Ledger__PartsState *message = &to->message;
    redress__ledger__parts_state__init(message);
    fill_orders(parts, to);
    fill_persons(parts, to);
    fill_allegations(parts, to);
    fill_co_handlers(parts, to);
    fill_evidence(parts, to);
    message->team_purpose = parts->team.purpose;
    message->team_medical = (char *)parts->team.medical;
    message->team_legal = (char *)parts->team.legal;
    message->team_service = (char *)parts->team.service;
    message->authority = parts->authority;
    message->authority_since = (char *)parts->authority_since;
    message->on_behalf = parts->on_behalf;
    message->repeats = parts->repeats;
    message->revision = parts->revision;
}

static void read_orders(const Redress__Ledger__PartsState *message, struct case_parts *parts) {
    for (size_t i = 0; i < message->n_orders && i < CASE_ORDERS; i++) {
        const Redress__Ledger__OrderState *from = message->orders[i];
        struct case_order *order = &parts->orders[parts->order_count++];
        order->level = from->level;
        order->trigger = from->trigger;
        order->ordered_at_ms = from->ordered_at_ms;
        order->due_at_ms = from->due_at_ms;
        order->answered = from->answered;
        order->lifted = from->lifted;
        order->ended_at_ms = from->ended_at_ms;
        order->by_region = case_order_is_of_region(from->issuer, from->by_region != 0);
        COPY(order->issuer, from->issuer);
        COPY(order->acting_for, from->acting_for);
    }
}

static void read_persons(const Redress__Ledger__PartsState *message, struct case_parts *parts) {
    for (size_t i = 0; i < message->n_persons && i < CASE_PERSONS; i++) {
        struct case_person *person = &parts->persons[parts->person_count++];
        person->kind = message->persons[i]->kind;
        COPY(person->title, message->persons[i]->title);
        COPY(person->staff_code, message->persons[i]->staff_code);
    }
}

static void read_allegations(const Redress__Ledger__PartsState *message, struct case_parts *parts) {
    for (size_t i = 0; i < message->n_allegations && i < CASE_ALLEGATIONS; i++) {
        const Redress__Ledger__AllegationState *from = message->allegations[i];
        struct case_allegation *allegation = &parts->allegations[parts->allegation_count++];
        allegation->person = from->person;
        allegation->outcome = from->outcome;
        allegation->responsibility = from->responsibility;
        COPY(allegation->category, from->category);
    }
}

static void read_co_handlers(const Redress__Ledger__PartsState *message, struct case_parts *parts) {
    for (size_t i = 0; i < message->n_co_handlers && i < CASE_CO_HANDLERS; i++) {
        const Redress__Ledger__CoHandlerState *from = message->co_handlers[i];
        struct case_co_handler *co_handler = &parts->co_handlers[parts->co_handler_count++];
        co_handler->due_at_ms = from->due_at_ms;
        co_handler->reported = from->reported;
        co_handler->answered = from->answered;
        co_handler->answered_at_ms = from->answered_at_ms;
        COPY(co_handler->unit, from->unit);
    }
}

static void read_evidence(const Redress__Ledger__PartsState *message, struct case_parts *parts) {
    for (size_t i = 0; i < message->n_evidence && i < CASE_EVIDENCE; i++) {
        if (message->evidence[i].len == 32) {
            memcpy(parts->evidence[parts->evidence_count++], message->evidence[i].data, 32);
        }
    }
}

void parts_read(const Redress__Ledger__PartsState *message, struct case_parts *parts) {
    if (message == NULL) {
        return;
    }
    read_orders(message, parts);
    read_persons(message, parts);
    read_allegations(message, parts);
    read_co_handlers(message, parts);
    read_evidence(message, parts);
    parts->team.purpose = message->team_purpose;
    COPY(parts->team.medical, message->team_medical);
    COPY(parts->team.legal, message->team_legal);
    COPY(parts->team.service, message->team_service);
    parts->authority = message->authority;
    COPY(parts->authority_since, message->authority_since);
    parts->on_behalf = message->on_behalf;
    parts->repeats = message->repeats;
    parts->revision = message->revision;
}
