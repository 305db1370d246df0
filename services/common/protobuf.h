// SPDX-License-Identifier: Apache-2.0
// Decoding messages. protobuf-c answers NULL both for bytes that are no such message and where it
// finds no memory; the first is for a dead letter, the second must come again.
#pragma once

#include "common/error.h"

#include <protobuf-c/protobuf-c.h>

#include <stddef.h>

// What a message of so many bytes may allocate while it is read, in all. protobuf-c takes up to 112
// bytes for one of the record (a part of two bytes that is told again and again), and the structs.
#define PROTOBUF_ROOM(size) (4096 + 128 * (size))

// The caller frees *message with protobuf_free. RC_INVALID where the bytes are none such, or ask
// for more than PROTOBUF_ROOM; RC_INTERNAL where there is no memory. *message is NULL then.
MUST_CHECK enum rc protobuf_unpack(const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                                   size_t size, ProtobufCMessage **message, struct error *error);
// Of what protobuf_unpack gave; NULL is allowed. Not for messages that were put together otherwise.
void protobuf_free(ProtobufCMessage *message);
