// SPDX-License-Identifier: Apache-2.0
// One table: fact by fact, which of its fields are said under which name. What is said as "unit"
// and a number that is said as "level" also tell who is told.
#include "notice.h"

#include "common/fact_record.h"
#include "common/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define SAID 5
#define FACT(name) .descriptor = &redress__v1__##name##__descriptor

struct said {
    const char *parameter;
    const char *field;
};

static const struct kind {
    const ProtobufCMessageDescriptor *descriptor;
    struct said said[SAID];
    uint32_t rung;       // of the ladder where the fact says no level
    const char *told_if; // the field by which the complainant is told or not; NULL: always
    const char *only_if; // the field by which it occasions anything; NULL: always
} kinds[] = {
    {FACT(case_registered)},
    {FACT(case_accepted)},
    {FACT(case_not_accepted), .said = {{"ground", "ground"},
                                       {"right_route", "right_route"},
                                       {"earlier_progress", "earlier_status"},
                                       {"earlier_case", "earlier_case_id"}}}, // told to nobody
    {FACT(case_redirected), .said = {{"authority", "authority"}}},
    {FACT(case_replied), .said = {{"reply", "reply"}, {"closure", "closure"}}},
    {FACT(case_closed), .said = {{"closure", "closure"}}},
    {FACT(case_reopened), .said = {{"unit", "unit"}, {"reason", "reason"}}},
    {FACT(rework_ordered), .said = {{"unit", "unit"}, {"reason", "reason"}}},
    {FACT(review_decided),
     .said = {{"result", "result"}, {"findings", "findings"}, {"outcome", "outcome"}}},
    {FACT(case_withdrawn), .said = {{"unit", "unit"}, {"reason", "reason"}}},
    {FACT(case_terminated)},
    {FACT(message_sent), .said = {{"text", "text"}}},
    {FACT(progress_told), .said = {{"text", "text"}}},
    {FACT(improvement_opened), .said = {{"unit", "owner"},
                                        {"reason", "cause"},
                                        {"text", "measure"},
                                        {"due_at_ms", "due_at_ms"}}},
    {FACT(message_received), .said = {{"unit", "unit"}, {"text", "text"}}},
    {FACT(evidence_offered),
     .said = {{"unit", "unit"}, {"text", "note"}, {"media_type", "media_type"}}},
    {FACT(case_dispatched), .said = {{"unit", "unit"}}},
    {FACT(case_designated), .said = {{"unit", "unit"}}},
    {FACT(return_requested),
     .said = {{"unit", "unit"}, {"reason", "reason"}, {"proposed_unit", "proposed_unit"}}},
    {FACT(termination_requested), .said = {{"reason", "reason"}}},
    {FACT(review_requested), .said = {{"reason", "reason"}}},
    {FACT(final_review_requested), .said = {{"reason", "reason"}}},
    {FACT(clock_warned), .said = {{"unit", "unit"},
                                  {"clock", "name"},
                                  {"due_at_ms", "due_at_ms"},
                                  {"warning", "ordinal"}}},
    {FACT(alarm_raised), .said = {{"unit", "unit"}, {"clock", "clock"}, {"alarm_id", "alarm_id"}}},
    {FACT(case_escalated),
     .said = {{"unit", "unit"}, {"clock", "clock"}, {"level", "level"}, {"alarm_id", "alarm_id"}}},
    // Who stands a rung above whoever asks may decide.
    {FACT(extension_requested),
     .said =
         {{"clock", "clock"}, {"reason", "reason"}, {"plan", "plan"}, {"due_at_ms", "due_at_ms"}},
     .rung = 1},
    // Only more time concerns the complainant: why, and what is done until then.
    {FACT(extension_decided),
     .said =
         {{"clock", "clock"}, {"reason", "reason"}, {"plan", "plan"}, {"due_at_ms", "due_at_ms"}},
     .told_if = "granted"},
    {FACT(case_resumed), .said = {{"clock", "clock"}, {"due_at_ms", "due_at_ms"}},
     .told_if = "extended"},
    // Of all terms, those after a pause of the clock alone, as of a case's.
    {FACT(clock_armed), .said = {{"clock", "clock"}, {"due_at_ms", "due_at_ms"}},
     .only_if = "extended"},
    {FACT(supervision_ordered), .said = {{"unit", "unit"},
                                         {"level", "level"},
                                         {"instruction", "instruction"},
                                         {"lift_condition", "lift_condition"},
                                         {"due_at_ms", "due_at_ms"}}},
    {FACT(supervision_answered), .said = {{"unit", "unit"}}},
    {FACT(supervision_lifted), .said = {{"unit", "unit"}}},
    {FACT(co_handler_added),
     .said = {{"unit", "unit"}, {"instruction", "note"}, {"due_at_ms", "due_at_ms"}}},
    // A supervisor stands above the first rung.
    {FACT(glass_broken), .said = {{"unit", "unit"}}, .rung = 1},
    {FACT(co_handler_answered), .said = {{"unit", "lead"}}}, // the lead is told
};

static const struct kind *kind_of(const char *type) {
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kinds[i].descriptor->name, type) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const ProtobufCMessageDescriptor *notice_descriptor(const char *type) {
    const struct kind *kind = kind_of(type);
    return kind == NULL ? NULL : kind->descriptor;
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
    if (strcmp(said->parameter, "unit") == 0) {
        notice->occasion.unit = *(char *const *)(const void *)at;
    } else if (strcmp(said->parameter, "level") == 0 && field->type == PROTOBUF_C_TYPE_UINT32) {
        notice->occasion.level = *(const uint32_t *)(const void *)at;
    } else if (strcmp(said->parameter, "due_at_ms") == 0) {
        notice->due_at_ms = *(const int64_t *)(const void *)at;
    }
}

// NULL: such facts have no such field.
static const char *text_in(const ProtobufCMessage *fact, const char *name) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(fact->descriptor, name);
    return field == NULL ? NULL
                         : *(const char *const *)(const void *)((const char *)fact + field->offset);
}

// Who decides of it, or may not.
static void read_people(const ProtobufCMessage *fact, struct occasion *occasion) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(fact->descriptor, "decided_by");
    if (field != NULL) {
        const char *at = (const char *)fact;
        occasion->decided_count = *(const size_t *)(const void *)(at + field->quantifier_offset);
        occasion->decided_by = *(char *const *const *)(const void *)(at + field->offset);
    }
    occasion->reviewers_of = text_in(fact, "reviewers_of");
    occasion->issuer = text_in(fact, "issuer");
}

// Whether the field is set; of none, too.
static bool is_so(const ProtobufCMessage *fact, const char *name) {
    if (name == NULL) {
        return true;
    }
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(fact->descriptor, name);
    return *(const protobuf_c_boolean *)(const void *)((const char *)fact + field->offset);
}

bool notice_is_occasion(const ProtobufCMessage *fact) {
    const struct kind *kind = kind_of(fact->descriptor->name);
    return kind == NULL || is_so(fact, kind->only_if);
}

enum rc notice_read(const ProtobufCMessage *fact, struct notice *notice, struct error *error) {
    const Redress__V1__FactMeta *meta = fact_record_meta(fact);
    *notice = (struct notice){.occasion = {.fact = strrchr(fact->descriptor->name, '.') + 1,
                                           .tenant = meta->tenant,
                                           .unit = "",
                                           .actor = meta->actor,
                                           .withheld_from = meta->withheld_from,
                                           .withheld_count = meta->n_withheld_from},
                              .parameters = json_object()};
    const struct kind *kind = kind_of(fact->descriptor->name);
    notice->occasion.level = kind->rung;
    read_people(fact, &notice->occasion);
    notice->internal = !is_so(fact, kind->told_if);
    for (size_t i = 0; i < SAID && kind->said[i].field != NULL; i++) {
        say(fact, &kind->said[i], notice);
    }
    return notice->parameters == NULL ? error_set(error, RC_INTERNAL, "out of memory for a notice")
                                      : RC_OK;
}

void notice_free(struct notice *notice) {
    json_decref(notice->parameters);
    notice->parameters = NULL;
}

static const char *field_of(const void *context, const char *parameter) {
    const struct kind *kind = context;
    for (size_t i = 0; kind != NULL && i < SAID && kind->said[i].field != NULL; i++) {
        if (strcmp(kind->said[i].parameter, parameter) == 0) {
            return kind->said[i].field;
        }
    }
    return parameter;
}

void notice_mask(json_t *parameters, const char *fact, unsigned roles) {
    char type[96];
    snprintf(type, sizeof type, "redress.v1.%s", fact);
    (void)field_mask_said(parameters, fact, roles, field_of, kind_of(type));
}
