// SPDX-License-Identifier: Apache-2.0
#include "case_levels.h"

#include "case.h"

#include "common/scope.h"

#include <string.h>

// Places in the line count from 1; 0 is none. What was decided before levels were noted, or by an
// institution that has left the line since, was decided at the lowest.
static size_t place_of(const struct case_line *line, const char *code) {
    for (size_t i = 0; i < line->count; i++) {
        if (strcmp(line->codes[i], code) == 0) {
            return i + 1;
        }
    }
    return 1;
}

bool case_line_has(const struct case_line *line, const char *institution) {
    size_t place = 0;
    while (place < line->count && strcmp(line->codes[place], institution) != 0) {
        place++;
    }
    return place < line->count;
}

static size_t highest(const struct case_line *line, const struct case_actor *actor) {
    size_t place = line->count;
    while (place > 0 && actor->tenants != NULL &&
           !scope_contains(actor->tenants, line->codes[place - 1])) {
        place--;
    }
    return place;
}

static size_t lowest_to_review(const struct case_state *state) {
    const struct case_line *line = &state->line;
    size_t decided = place_of(line, state->decided_for);
    size_t reviewed = state->reviews == 0 ? 0 : place_of(line, state->reviewed_for);
    size_t above = 1 + (reviewed > decided ? reviewed : decided);
    return above > line->count ? line->count : above;
}

const char *case_acts_for(const struct case_state *state, const struct case_actor *actor) {
    size_t place = highest(&state->line, actor);
    return place == 0 ? "" : state->line.codes[place - 1];
}

const char *case_review_level(const struct case_state *state) {
    size_t place = lowest_to_review(state);
    return place == 0 ? "" : state->line.codes[place - 1];
}

bool case_stands_above(const struct case_state *state, const struct case_actor *actor) {
    return highest(&state->line, actor) >= lowest_to_review(state);
}

bool case_stands_at(const struct case_state *state, const struct case_actor *actor,
                    const char *institution) {
    size_t place = place_of(&state->line, institution);
    bool known = institution[0] == '\0' || case_line_has(&state->line, institution);
    return known && (place == 1 || highest(&state->line, actor) >= place);
}
