// SPDX-License-Identifier: Apache-2.0
// One row a fact, with the fields that are shown of it under their names.
#include "dialogue_item.h"

#include "case_json.h"

#include "common/title.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define SHOWN 4

#define FIELD(as, of)                                                                              \
    { .name = (as), .field = (of) }
#define CODE(of, parameter)                                                                        \
    { .name = (of), .field = (of), .title = (parameter) }
#define TEXT(of) FIELD("text", of)
#define DUE_AT FIELD("due_at", "due_at_ms")

struct shown {
    const char *name; // in the answer; "text" is always there, the others where they say something
    const char *field;
    const char *title; // as title_of calls what it is a code of; NULL: no code
};

static const struct row {
    enum fact_kind fact;
    const char *kind;
    struct shown shown[SHOWN];
    const char *told_if;     // the field by which it is told or not; NULL: always
    const char *told_unless; // likewise by which it is not
    bool of_complainant;     // told only where it is about a proposal of the complainant's
} rows[] = {
    {FACT_MESSAGE_RECEIVED, "received", .shown = {TEXT("text")}},
    {FACT_MESSAGE_SENT, "sent", .shown = {TEXT("text")}},
    {FACT_PROGRESS_TOLD, "progress", .shown = {TEXT("text")}},
    {FACT_EVIDENCE_OFFERED, "evidence",
     .shown = {TEXT("note"), FIELD("sha256", "sha256"), FIELD("media_type", "media_type"),
               FIELD("size", "size")}},
    {FACT_CASE_ACCEPTED, .kind = "accepted"},
    {FACT_CASE_NOT_ACCEPTED, "not-accepted",
     .shown = {TEXT("right_route"), CODE("ground", "ground")}},
    {FACT_CASE_REDIRECTED, "redirected", .shown = {TEXT("authority")}},
    {FACT_CASE_TRANSFERRED_TO_EMERGENCY, "emergency-transferred", .shown = {TEXT("service")}},
    // What was noted of a pause is for staff.
    {FACT_CASE_SUSPENDED, "suspended", .shown = {CODE("ground", "pause")}},
    // Of one procedure alone: which one it is, by its clock.
    {FACT_CLOCK_PAUSED, "suspended",
     .shown = {CODE("ground", "pause"), {.name = "clock", .field = "name", .title = "clock"}},
     .told_if = "alone", .told_unless = "amended"},
    // The date is said where an extension told another.
    {FACT_CASE_RESUMED, "resumed",
     .shown = {CODE("ground", "pause"), CODE("clock", "clock"), DUE_AT}},
    {FACT_CLOCK_ARMED, "resumed",
     .shown = {CODE("ground", "pause"), CODE("clock", "clock"), DUE_AT}, .told_if = "alone"},
    // Only more time concerns the complainant: why, what is done until then, and until when.
    {FACT_EXTENSION_DECIDED, "extended",
     .shown = {TEXT("reason"), FIELD("plan", "plan"), CODE("clock", "clock"), DUE_AT},
     .told_if = "granted"},
    {FACT_CASE_REPLIED, "replied", .shown = {TEXT("reply")}},
    {FACT_CASE_CLOSED, .kind = "closed"},
    {FACT_REWORK_ORDERED, .kind = "rework"},
    {FACT_CASE_REOPENED, "reopened", .shown = {TEXT("reason")}},
    {FACT_REVIEW_DECIDED, "review-decided",
     .shown = {TEXT("findings"), CODE("result", "result"), CODE("outcome", "outcome")}},
    {FACT_CASE_WITHDRAWN, "withdrawn", .shown = {TEXT("reason")}},
    {FACT_CASE_TERMINATED, .kind = "terminated"}, // what was noted is for staff
    // What was sent and taken, and which the rules then did not let become true.
    {FACT_PROPOSAL_REFUSED, "refused", .shown = {CODE("code", "refusal")}, .of_complainant = true},
};

static const struct row *row_of(enum fact_kind kind) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].fact == kind) {
            return &rows[i];
        }
    }
    return NULL;
}

bool dialogue_item_kind(size_t at, enum fact_kind *kind) {
    if (at >= COUNT(rows)) {
        return false;
    }
    *kind = rows[at].fact;
    return true;
}

// By the name under which it was sent; NULL: services' own are nobody's outside.
static const char *sent_as(const char *proposal_type) {
    static const char *const names[][2] = {
        {"redress.v1.RecordMessage", "message"},   {"redress.v1.OfferEvidence", "evidence"},
        {"redress.v1.WithdrawCase", "withdrawal"}, {"redress.v1.ReopenCase", "reopening"},
        {"redress.v1.RecordFeedback", "feedback"},
    };
    for (size_t i = 0; proposal_type != NULL && i < COUNT(names); i++) {
        if (strcmp(names[i][0], proposal_type) == 0) {
            return names[i][1];
        }
    }
    return NULL;
}

static bool is_told(const struct row *row, const json_t *fields) {
    return (row->told_if == NULL || json_is_true(json_object_get(fields, row->told_if))) &&
           (row->told_unless == NULL || !json_is_true(json_object_get(fields, row->told_unless))) &&
           (!row->of_complainant ||
            sent_as(json_string_value(json_object_get(fields, "proposal_type"))) != NULL);
}

// A code that is not given, an empty text and no time say nothing.
static bool says_nothing(const json_t *value) {
    static const char unspecified[] = "_UNSPECIFIED";
    const char *text = json_string_value(value);
    if (text == NULL) {
        return value == NULL || (json_is_integer(value) && json_integer_value(value) == 0);
    }
    size_t size = strlen(text);
    size_t end = sizeof unspecified - 1;
    return size == 0 || (size > end && strcmp(text + size - end, unspecified) == 0);
}

static void show(json_t *item, const struct shown *shown, json_t *value, const char *language) {
    char name[32];
    if (says_nothing(value)) {
        return;
    }
    size_t size = strlen(shown->field);
    bool time = size > 3 && strcmp(shown->field + size - 3, "_ms") == 0;
    json_object_set_new(item, shown->name,
                        time ? time_to_json(json_integer_value(value)) : json_incref(value));
    if (shown->title != NULL) {
        snprintf(name, sizeof name, "%s_title", shown->name);
        const char *title = title_of(shown->title, json_string_value(value), language);
        json_object_set_new(item, name, json_string(title));
    }
}

json_t *dialogue_item(enum fact_kind kind, const ProtobufCMessage *message, const char *language) {
    const struct row *row = row_of(kind);
    json_t *fields = row == NULL ? NULL : message_to_json(message);
    if (fields == NULL || !is_told(row, fields)) {
        json_decref(fields);
        return NULL;
    }
    json_t *item = json_pack("{s:s, s:s}", "kind", row->kind, "text", "");
    if (row->of_complainant) {
        const char *type = json_string_value(json_object_get(fields, "proposal_type"));
        json_object_set_new(item, "sent", json_string(sent_as(type)));
    }
    for (size_t i = 0; i < SHOWN && row->shown[i].name != NULL; i++) {
        json_t *value = json_object_get(fields, row->shown[i].field);
        show(item, &row->shown[i], value, language);
    }
    json_decref(fields);
    return item;
}
