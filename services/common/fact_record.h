// SPDX-License-Identifier: Apache-2.0
// Reading a record of redress.facts: bounded, decoded, its meta checked.
#pragma once

#include "common/bus.h"

#include "redress/v1/facts.pb-c.h"

// Decodes a record as the given message, every time in which is one, or 0. The caller frees
// *message with protobuf_free. RC_INVALID: for a dead letter. RC_INTERNAL: there is no memory.
MUST_CHECK enum rc fact_record_read(const struct bus_record *record,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    ProtobufCMessage **message, struct error *error);
// RC_INVALID where the envelope is bad; tells before anything is decoded.
MUST_CHECK enum rc fact_record_check(const struct bus_record *record, struct error *error);
// The meta of any fact that fact_record_read gave.
const Redress__V1__FactMeta *fact_record_meta(const ProtobufCMessage *message);
