// SPDX-License-Identifier: Apache-2.0
// What goes together in a decision: its outcome, who answers for it and how far, what is done about
// them, and what was found of the allegations.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

struct finding {
    uint32_t outcome;        // Outcome
    uint32_t responsibility; // Responsibility; 0: a decision of the whole case, which has none
    bool unit;               // a unit is found responsible
    bool measure;            // an accountability measure is taken
};

// RC_INVALID, "does-not-fit", names that field.
MUST_CHECK enum rc finding_check(const struct finding *finding, struct error *error);
// The field that does not go with the outcome, constant; NULL where all do.
const char *finding_misfit(const struct finding *finding);

struct case_parts;
// Why the outcome of a case contradicts those of its allegations, which were all decided; constant,
// NULL where it does not.
const char *finding_contradiction(uint32_t outcome, const struct case_parts *parts);
