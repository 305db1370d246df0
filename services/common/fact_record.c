// SPDX-License-Identifier: Apache-2.0
// Every fact message begins with its meta, as in each message of facts.proto.
#include "common/fact_record.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/protobuf.h"

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

static bool are_times(const ProtobufCMessage *message);

// One value of a field; every int64 of a fact is a time, or 0 for none.
static bool is_time_or_none(const ProtobufCFieldDescriptor *field, const void *at) {
    if (field->type == PROTOBUF_C_TYPE_INT64) {
        int64_t ms = *(const int64_t *)at;
        return ms == 0 || clock_is_time(ms);
    }
    const ProtobufCMessage *part = *(const ProtobufCMessage *const *)at;
    return part == NULL || are_times(part);
}

static bool are_list_times(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message) {
    const char *at = (const char *)message + field->offset;
    const char *list = *(const char *const *)(const void *)at;
    size_t count =
        *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    size_t size = field->type == PROTOBUF_C_TYPE_INT64 ? sizeof(int64_t) : sizeof(void *);
    for (size_t i = 0; i < count; i++) {
        if (!is_time_or_none(field, list + i * size)) {
            return false;
        }
    }
    return true;
}

// Readers count with them, and PostgreSQL holds no other.
static bool are_times(const ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_INT64 && field->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        bool fits = field->label == PROTOBUF_C_LABEL_REPEATED
                        ? are_list_times(field, message)
                        : is_time_or_none(field, (const char *)message + field->offset);
        if (!fits) {
            return false;
        }
    }
    return true;
}

// What every reader goes on with; the rest of a fact is as the ledger bounded it.
static bool is_sound(const Redress__V1__FactMeta *meta) {
    size_t size = strlen(meta->tenant);
    return ident_is_uuid(meta->case_id) && meta->sequence <= INT64_MAX &&
           clock_is_time(meta->decided_at_ms) && size >= 1 && size <= TENANT_MOST &&
           text_is_clean(meta->tenant, size);
}

enum rc fact_record_read(const struct bus_record *record,
                         const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **message,
                         struct error *error) {
    enum rc rc = RC_INVALID;
    *message = NULL;
    if (record->value != NULL && record->value_size <= BUS_VALUE_LIMIT) {
        rc = protobuf_unpack(descriptor, record->value, record->value_size, message, error);
    }
    if (rc == RC_INTERNAL) {
        return rc;
    }
    const Redress__V1__FactMeta *meta = *message == NULL ? NULL : fact_record_meta(*message);
    if (meta != NULL && is_sound(meta) && are_times(*message)) {
        return RC_OK;
    }
    protobuf_free(*message);
    *message = NULL;
    return error_field(error, "undecodable", "value", "the value is not a %s", descriptor->name);
}
