// SPDX-License-Identifier: Apache-2.0
// What the case of a simulation is, by the command's options: a code that nobody knows is refused,
// with those that are known, since it would silently be a case like any other.
#pragma once

#include "command.h"
#include "packs.h"

#define SIMULATED_SITUATIONS 8
#define SIMULATED_TEXT 200

struct simulated_case {
    struct policy_case about; // institution and its type are the caller's, as far as it knows them
    const char *situations[SIMULATED_SITUATIONS];
    char situation_text[SIMULATED_TEXT];
};

// --situation, --category, --channel, --severity, --institution-type. It borrows from the
// arguments and must stay where it is.
MUST_CHECK enum rc simulated_case_read(struct simulated_case *simulated,
                                       const struct arguments *arguments, const struct packs *packs,
                                       struct error *error);
// Why no clock (of this name; NULL: at all) runs, as far as the packs tell.
enum rc simulated_case_has_no_clock(const struct packs *packs, const char *clock,
                                    struct error *error);
