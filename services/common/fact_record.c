// SPDX-License-Identifier: Apache-2.0
// Every fact message begins with its meta, as in each message of facts.proto.
#include "common/fact_record.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"

#include <string.h>

#define TENANT_MOST 32 // bytes

struct header {
    ProtobufCMessage base;
    Redress__V1__FactMeta *meta;
};

const Redress__V1__FactMeta *fact_record_meta(const ProtobufCMessage *message) {
    return ((const struct header *)message)->meta;
}

enum rc fact_record_check(const struct bus_record *record, struct error *error) {
    return record->envelope_rc == RC_OK
               ? RC_OK
               : error_field(error, "bad-envelope", "headers", "%s", record->envelope_reason);
}

// What every reader goes on with; the rest of a fact is as the ledger bounded it.
static bool is_sound(const Redress__V1__FactMeta *meta) {
    size_t size = strlen(meta->tenant);
    return ident_is_uuid(meta->case_id) && clock_is_time(meta->decided_at_ms) && size >= 1 &&
           size <= TENANT_MOST && text_is_clean(meta->tenant, size);
}

enum rc fact_record_read(const struct bus_record *record,
                         const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **message,
                         struct error *error) {
    *message = NULL;
    if (record->value != NULL && record->value_size <= BUS_VALUE_LIMIT) {
        *message = protobuf_c_message_unpack(descriptor, NULL, record->value_size, record->value);
    }
    const Redress__V1__FactMeta *meta = *message == NULL ? NULL : fact_record_meta(*message);
    if (meta != NULL && is_sound(meta)) {
        return RC_OK;
    }
    protobuf_c_message_free_unpacked(*message, NULL);
    *message = NULL;
    return error_field(error, "undecodable", "value", "the value is not a %s", descriptor->name);
}
