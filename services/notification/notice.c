// SPDX-License-Identifier: Apache-2.0
// One table: fact by fact, which of its fields are said under which name. A field "unit" or "level"
// also tells who is told.
#include "notice.h"

#include "common/fact_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define SAID 5

struct said {
    const char *parameter;
    const char *field;
};

static const struct kind {
    const ProtobufCMessageDescriptor *descriptor;
    struct said said[SAID];
} kinds[] = {
    {&redress__v1__case_registered__descriptor, {{0}}},
    {&redress__v1__case_accepted__descriptor, {{0}}},
    {&redress__v1__case_not_accepted__descriptor,
     {{"ground", "ground"}, {"right_route", "right_route"}}},
    {&redress__v1__case_redirected__descriptor, {{"authority", "authority"}}},
    {&redress__v1__case_replied__descriptor, {{"reply", "reply"}, {"closure", "closure"}}},
    {&redress__v1__case_closed__descriptor, {{"closure", "closure"}}},
    {&redress__v1__case_reopened__descriptor, {{"unit", "unit"}, {"reason", "reason"}}},
    {&redress__v1__rework_ordered__descriptor, {{"unit", "unit"}, {"reason", "reason"}}},
    {&redress__v1__review_decided__descriptor, {{"result", "result"}, {"findings", "findings"}}},
    {&redress__v1__case_withdrawn__descriptor, {{"unit", "unit"}, {"reason", "reason"}}},
    {&redress__v1__message_sent__descriptor, {{"text", "text"}}},
    {&redress__v1__message_received__descriptor, {{"unit", "unit"}, {"text", "text"}}},
    {&redress__v1__evidence_offered__descriptor,
     {{"unit", "unit"}, {"text", "note"}, {"media_type", "media_type"}}},
    {&redress__v1__case_dispatched__descriptor, {{"unit", "unit"}}},
    {&redress__v1__case_designated__descriptor, {{"unit", "unit"}}},
    {&redress__v1__return_requested__descriptor,
     {{"unit", "unit"}, {"reason", "reason"}, {"proposed_unit", "proposed_unit"}}},
    {&redress__v1__termination_requested__descriptor, {{"reason", "reason"}}},
    {&redress__v1__review_requested__descriptor, {{"reason", "reason"}}},
    {&redress__v1__final_review_requested__descriptor, {{"reason", "reason"}}},
    {&redress__v1__clock_warned__descriptor,
     {{"unit", "unit"}, {"clock", "name"}, {"due_at_ms", "due_at_ms"}}},
    {&redress__v1__alarm_raised__descriptor,
     {{"unit", "unit"}, {"clock", "clock"}, {"alarm_id", "alarm_id"}}},
    {&redress__v1__case_escalated__descriptor,
     {{"unit", "unit"}, {"clock", "clock"}, {"level", "level"}, {"alarm_id", "alarm_id"}}},
};

const ProtobufCMessageDescriptor *notice_descriptor(const char *type) {
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kinds[i].descriptor->name, type) == 0) {
            return kinds[i].descriptor;
        }
    }
    return NULL;
}

// Codes by their names in the contract; texts and numbers as they are.
static json_t *value_of(const ProtobufCFieldDescriptor *field, const char *at) {
    const ProtobufCEnumValue *entry;
    char number[16];
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)(const void *)at);
    case PROTOBUF_C_TYPE_ENUM:
        entry =
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)(const void *)at);
        return json_string(entry == NULL ? "" : entry->name);
    case PROTOBUF_C_TYPE_UINT32:
        snprintf(number, sizeof number, "%" PRIu32, *(const uint32_t *)(const void *)at);
        return json_string(number);
    case PROTOBUF_C_TYPE_INT64:
        return json_integer(*(const int64_t *)(const void *)at);
    default:
        return NULL; // nothing else is said
    }
}

static void say(const ProtobufCMessage *fact, const struct said *said, struct notice *notice) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(fact->descriptor, said->field);
    const char *at = (const char *)fact + field->offset;
    json_object_set_new(notice->parameters, said->parameter, value_of(field, at));
    if (strcmp(said->field, "unit") == 0) {
        notice->occasion.unit = *(char *const *)(const void *)at;
    } else if (strcmp(said->field, "level") == 0) {
        notice->occasion.level = *(const uint32_t *)(const void *)at;
    }
}

enum rc notice_read(const ProtobufCMessage *fact, struct notice *notice, struct error *error) {
    const Redress__V1__FactMeta *meta = fact_record_meta(fact);
    *notice = (struct notice){.occasion = {.fact = strrchr(fact->descriptor->name, '.') + 1,
                                           .tenant = meta->tenant,
                                           .unit = "",
                                           .actor = meta->actor},
                              .parameters = json_object()};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (size_t s = 0; kinds[i].descriptor == fact->descriptor && s < SAID; s++) {
            if (kinds[i].said[s].field != NULL) {
                say(fact, &kinds[i].said[s], notice);
            }
        }
    }
    return notice->parameters == NULL ? error_set(error, RC_INTERNAL, "out of memory for a notice")
                                      : RC_OK;
}

void notice_free(struct notice *notice) {
    json_decref(notice->parameters);
    notice->parameters = NULL;
}
