// SPDX-License-Identifier: Apache-2.0
// Levels of a review (DOMAIN: states, "next level up"). A case's line is its institution, the one
// above that, and so on to the bureau, as the region's tree has them. Somebody acts for the highest
// of these that the scope of their token holds; a grant gives a role and no level. A decision is
// reviewed by somebody who acts for a level above the one that decided it, and reviewed again above
// the level of the review; where the bureau itself decided, or reviewed, nobody stands above it:
// another person of the bureau does it. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CASE_LINE 9 // REGION_LINE

struct case_state;
struct case_actor;

struct case_line {
    char codes[CASE_LINE][33]; // from the case's own institution up to the bureau
    size_t count;              // 0: not known, and nobody stands above anybody
};

bool case_line_has(const struct case_line *line, const char *institution);
// For which institution of the line the user acts; "" for none of them.
const char *case_acts_for(const struct case_state *state, const struct case_actor *actor);
// The lowest institution of the line for which whoever reviews the case now acts; "" where the line
// is not known.
const char *case_review_level(const struct case_state *state);
// Whether the user acts for that or one above it.
bool case_stands_above(const struct case_state *state, const struct case_actor *actor);
// Whether the user acts for this institution of the line or one above it. The lowest level, and ""
// where none was noted, is anybody's who has the role; of one that has left the line nobody is.
bool case_stands_at(const struct case_state *state, const struct case_actor *actor,
                    const char *institution);
