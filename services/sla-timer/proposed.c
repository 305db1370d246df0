// SPDX-License-Identifier: Apache-2.0
// A case has one place, by its id, and takes it from whichever had it.
#include "proposed.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 512 // more than wait for their first assessment at a time, while nothing lags
#define CLOCKS 4   // others are proposed again
// The explanation follows from what stands before it.
#define TERMS_SIZE offsetof(struct clock_terms, explanation)

struct place {
    char case_id[37];
    size_t count;
    unsigned char terms[CLOCKS][TERMS_SIZE];
};

struct proposed {
    struct place places[PLACES];
};

enum rc proposed_new(struct proposed **proposed, struct error *error) {
    *proposed = calloc(1, sizeof **proposed);
    return *proposed == NULL ? error_set(error, RC_INTERNAL, "out of memory for what was proposed")
                             : RC_OK;
}

void proposed_free(struct proposed *proposed) { free(proposed); }

// FNV-1a.
static size_t place_of(const char *case_id) {
    uint32_t hash = UINT32_C(2166136261);
    for (const char *at = case_id; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT32_C(16777619);
    }
    return hash % PLACES;
}

void proposed_keep(struct proposed *proposed, const char *case_id, const struct timer_arm *arms,
                   size_t count) {
    struct place *place = &proposed->places[place_of(case_id)];
    memset(place->case_id, 0, sizeof place->case_id);
    memcpy(place->case_id, case_id, strnlen(case_id, sizeof place->case_id - 1));
    place->count = count < CLOCKS ? count : CLOCKS;
    for (size_t i = 0; i < place->count; i++) {
        memcpy(place->terms[i], &arms[i].terms, TERMS_SIZE);
    }
}

bool proposed_holds(const struct proposed *proposed, const char *case_id,
                    const struct clock_terms *terms) {
    const struct place *place = &proposed->places[place_of(case_id)];
    if (strcmp(place->case_id, case_id) != 0) {
        return false;
    }
    for (size_t i = 0; i < place->count; i++) {
        if (memcmp(place->terms[i], terms, TERMS_SIZE) == 0) {
            return true;
        }
    }
    return false;
}
