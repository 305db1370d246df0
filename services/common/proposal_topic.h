// SPDX-License-Identifier: Apache-2.0
// Somebody may be about to die: what tells of it goes to the ledger by redress.proposals.urgent,
// where nothing else is waited for. The ledger reads both topics at once, so that one case's
// proposals overtake each other. What is urgent follows from a fact that is published, and is
// decided right whatever it overtakes. Pure.
#pragma once

#include <protobuf-c/protobuf-c.h>

// The topic of a proposal, by what it says alone, so that a repeat takes the same. Urgent are an
// assessment that alarms (P1, R3, R4), a step of an alarm's ladder that is due, and the next step
// of an urgent case's. A warning never is, nor a clock's end where it has warnings: these come in
// order.
const char *proposal_topic(const ProtobufCMessage *message);
