// SPDX-License-Identifier: Apache-2.0
// Replaces personal data in free text by typed marks, so that the text can travel in the clear:
// telephone, identity card, bank card, e-mail, licence plate, WeChat and QQ numbers, and the names
// and addresses that the sender gave. Pure; any thread after redaction_init.
#pragma once

#include "common/error.h"

// Compiles the patterns; once, before threads start.
MUST_CHECK enum rc redaction_init(struct error *error);
void redaction_close(void);

// A text to hide wherever it stands, and the mark that takes its place. Texts of fewer than four
// bytes are too common to hide and stay.
struct redaction_known {
    const char *text; // NULL ends a list
    const char *mark;
};

#define REDACTION_NAME "〔姓名〕"
#define REDACTION_ADDRESS "〔地址〕"
#define REDACTION_CONTACT "〔联系方式〕"

// A fresh text with marks, which the caller frees. NULL when out of memory.
char *redaction_apply(const char *text, const struct redaction_known *known);
// The same of a text by which an office tells people where to turn: numbers of land lines and
// service lines stay, what can only be a person's goes.
char *redaction_apply_told(const char *text);
