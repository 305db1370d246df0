// SPDX-License-Identifier: Apache-2.0
// The packs that a command works on.
#pragma once

#include "common/policy_file.h"
#include "common/region.h"

// The packs of a folder beside their calendars, or those of a region.
struct packs {
    struct calendar_set *calendars;
    struct policy_set *set;
    struct region *region;
    const struct policy *const *all;
    size_t count;
};

// A folder of packs, or one file of them; calendars NULL: the folder beside it. Close it always.
MUST_CHECK enum rc packs_open(struct packs *packs, const char *path, const char *calendars,
                              struct error *error);
void packs_close(struct packs *packs);
