// SPDX-License-Identifier: Apache-2.0
// How urgent a text is and what it is about: pure and deterministic, rules are the region's data.
#pragma once

#include "lexicon.h"

#include "common/region.h"

#include <stdbool.h>

#define TRIAGE_REASONS 32
#define TRIAGE_TEXT_LIMIT 27000

struct triage_reason {
    const char *rule; // borrowed from the region
    const char *term;
    uint32_t offset;
    uint32_t length;
    const char *guard; // "" where it counted, else "negation" or "third-person"
};

struct assessment {
    const char *category; // borrowed from the region; never empty
    const char *subject;  // may be empty
    uint32_t urgency;     // 1-4
    uint32_t crisis;      // Redress__V1__CrisisLevel: 1 (R0) to 5 (R4)
    uint32_t confidence_permille;
    struct triage_reason reasons[TRIAGE_REASONS];
    size_t reason_count;
};

struct triage {
    const struct region *region;
    struct lexicon *lexicon;
    char lexicon_version[80]; // "id@version"
};

MUST_CHECK enum rc triage_init(struct triage *triage, const struct region *region,
                               struct error *error);
void triage_close(struct triage *triage);

// institution and category may be empty; a category that fits the institution's type wins over what
// the text suggests. Any thread.
MUST_CHECK enum rc triage_assess(const struct triage *triage, const char *text,
                                 const char *institution, const char *category,
                                 struct assessment *assessment, struct error *error);
// What another text of the same writer adds: who asks for nothing but help is in no less danger. P2
// and more, and a crisis, raise; its reasons have no place in the first text (offset and length 0).
void triage_raise(struct assessment *assessment, const struct assessment *by);
