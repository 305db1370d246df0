// SPDX-License-Identifier: Apache-2.0
// What a complainant reads of a fact, by tracking code and PIN: what was said, decided, and what
// the law has told to them, whether or not they left an address.
#pragma once

#include "fact.h"

#include <jansson.h>

// Kinds of facts that a complainant reads, from 0 up; false beyond the last.
bool dialogue_item_kind(size_t at, enum fact_kind *kind);

// {kind, text …}; NULL for a fact that is not told. What is a code has its title beside it
// ("clock", "clock_title"), in this language.
json_t *dialogue_item(enum fact_kind kind, const ProtobufCMessage *message, const char *language);
