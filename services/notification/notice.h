// SPDX-License-Identifier: Apache-2.0
// Which facts occasion notices, and what each of them says beyond its case.
#pragma once

#include "notification.h"

struct notice {
    struct occasion occasion; // borrows from the fact
    json_t *parameters;       // owned; no personal data
    int64_t due_at_ms;        // of the limit that it is about; 0: none
    bool internal;            // nothing that the complainant is told
};

// The message of a fact that occasions something, by its type's full name; NULL for others.
const ProtobufCMessageDescriptor *notice_descriptor(const char *type);
// Whether this one does: of some kinds only what says so. True for what notice_descriptor does not
// know.
bool notice_is_occasion(const ProtobufCMessage *fact);
// Of a fact that notice_descriptor knows. RC_INTERNAL when out of memory. Free with notice_free.
MUST_CHECK enum rc notice_read(const ProtobufCMessage *fact, struct notice *notice,
                               struct error *error);
void notice_free(struct notice *notice);
// Of what is said of a fact ("CaseReplied"), masks what these roles don't read (field.h).
void notice_mask(json_t *parameters, const char *fact, unsigned roles);
