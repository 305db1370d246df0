// SPDX-License-Identifier: Apache-2.0
// For state_codec.c alone: the parts of a case as a message and back.
#pragma once

#include "case_parts.h"

#include "state.pb-c.h"

// The message and all that it points to; it borrows from the parts.
struct parts_messages {
    Redress__Ledger__PartsState message;
    Redress__Ledger__OrderState orders[CASE_ORDERS];
    Redress__Ledger__OrderState *order_pointers[CASE_ORDERS];
    Redress__Ledger__PersonState persons[CASE_PERSONS];
    Redress__Ledger__PersonState *person_pointers[CASE_PERSONS];
    Redress__Ledger__AllegationState allegations[CASE_ALLEGATIONS];
    Redress__Ledger__AllegationState *allegation_pointers[CASE_ALLEGATIONS];
    Redress__Ledger__CoHandlerState co_handlers[CASE_CO_HANDLERS];
    Redress__Ledger__CoHandlerState *co_handler_pointers[CASE_CO_HANDLERS];
    ProtobufCBinaryData evidence[CASE_EVIDENCE];
};

// Most cases have none: they are stored without.
bool parts_are_empty(const struct case_parts *parts);
void parts_fill(const struct case_parts *parts, struct parts_messages *messages);
// An absent message (NULL) leaves the parts empty.
void parts_read(const Redress__Ledger__PartsState *message, struct case_parts *parts);
