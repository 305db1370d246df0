// SPDX-License-Identifier: Apache-2.0
// Fields by name; codes, digests and times are not among them.
#include "staff_texts.h"

#include "common/redaction.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const fields[] = {
    "answer",
    "authority",
    "cause",
    "comment",
    "effect",
    "findings",
    "instruction",
    "late_reason",
    "lift_condition",
    "measure",
    "missing_answers_reason",
    "note",
    "plan",
    "reason",
    "reply",
    "report",
    "reported_to",
    "resolution",
    "right_route",
    "service",
    "subject",
    "text",
    "title",
    "witness",
};

// What the complainant reads: an office's own number is what it is about.
static const struct {
    enum input_kind kind;
    const char *field;
} told[] = {
    {INPUT_REPLY, "reply"},
    {INPUT_MESSAGE, "text"},
    {INPUT_REPORT_PROGRESS, "text"},
    {INPUT_REFUSE, "right_route"},
    {INPUT_REDIRECT, "authority"},
    {INPUT_TRANSFER_EMERGENCY, "service"},
    {INPUT_RESOLVE_ON_SPOT, "resolution"},
    {INPUT_DECIDE_REVIEW, "findings"},
};

static bool is_told(enum input_kind kind, const char *field) {
    for (size_t i = 0; i < COUNT(told); i++) {
        if (told[i].kind == kind && strcmp(told[i].field, field) == 0) {
            return true;
        }
    }
    return false;
}

static char *redacted(enum input_kind kind, const char *field, const char *text) {
    static const struct redaction_known nobody[] = {{NULL, NULL}};
    return is_told(kind, field) ? redaction_apply_told(text) : redaction_apply(text, nobody);
}

// What is no clean text stays, for whoever binds the body refuses it.
enum rc staff_texts_redact(enum input_kind kind, json_t *body, struct error *error) {
    for (size_t i = 0; i < COUNT(fields); i++) {
        const json_t *value = json_object_get(body, fields[i]);
        const char *text = json_string_value(value);
        if (text == NULL || strlen(text) != json_string_length(value)) {
            continue;
        }
        char *safe = redacted(kind, fields[i], text);
        bool set = safe != NULL && json_object_set_new(body, fields[i], json_string(safe)) == 0;
        free(safe);
        if (!set) {
            return error_set(error, RC_INTERNAL, "out of memory for redaction");
        }
    }
    return RC_OK;
}
