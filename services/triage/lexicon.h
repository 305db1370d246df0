// SPDX-License-Identifier: Apache-2.0
// Finds a lexicon's terms in a text (vectorscan). The engine behind it can be replaced: triage.c
// knows only matches.
#pragma once

#include "common/error.h"
#include "common/region.h"

#include <stddef.h>
#include <stdint.h>

#define LEXICON_MATCHES 512

// Where a term stands, in bytes of the original text.
struct lexicon_match {
    uint16_t rule;  // index into region_lexicon's rules
    uint16_t group; // index into the rule's groups
    uint16_t term;  // index into the group's terms
    uint32_t offset;
    uint32_t length;
};

struct lexicon;

MUST_CHECK enum rc lexicon_new(struct lexicon **lexicon, const struct region_lexicon *source,
                               struct error *error);
void lexicon_free(struct lexicon *lexicon);

// Fills matches sorted by offset; at most LEXICON_MATCHES, later ones are left out. Letters match
// in either case and full-width as half-width. Safe from any thread. The text is clean UTF-8.
MUST_CHECK enum rc lexicon_match(struct lexicon *lexicon, const char *text, size_t size,
                                 struct lexicon_match *matches, size_t *count, struct error *error);
