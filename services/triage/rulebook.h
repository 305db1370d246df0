// SPDX-License-Identifier: Apache-2.0
// What triage makes of each edition of its region: struct triage, the lexicon compiled.
#pragma once

#include "triage.h"

#include "common/region_book.h"

extern const struct region_book_options rulebook_options;

static inline const struct triage *rulebook_of(const struct region_edition *edition) {
    return (const struct triage *)edition->made;
}
