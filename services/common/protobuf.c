// SPDX-License-Identifier: Apache-2.0
// The allocator is one message's: it tells afterwards why it gave nothing.
#include "common/protobuf.h"

#include <stdbool.h>
#include <stdlib.h>

struct room {
    size_t left;
    bool absent; // there was no memory, though there was room
};

static void *allocate(void *context, size_t size) {
    struct room *room = context;
    if (size > room->left) {
        return NULL;
    }
    room->left -= size;
    void *block = malloc(size);
    room->absent |= block == NULL;
    return block;
}

static void release(void *context, void *block) {
    (void)context;
    free(block);
}

enum rc protobuf_unpack(const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                        size_t size, ProtobufCMessage **message, struct error *error) {
    struct room room = {PROTOBUF_ROOM(size), false};
    ProtobufCAllocator allocator = {allocate, release, &room};
    *message = protobuf_c_message_unpack(descriptor, &allocator, size, bytes);
    if (*message != NULL) {
        return RC_OK;
    }
    return room.absent ? error_set(error, RC_INTERNAL, "out of memory for a %s", descriptor->name)
                       : error_field(error, "undecodable", "value", "the value is not a %s",
                                     descriptor->name);
}

void protobuf_free(ProtobufCMessage *message) {
    static ProtobufCAllocator allocator = {allocate, release, NULL};
    protobuf_c_message_free_unpacked(message, &allocator);
}
