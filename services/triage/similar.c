// SPDX-License-Identifier: Apache-2.0
// Weights are of this product, not of a rule: they order what a person looks at.
#include "similar.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000LL
#define NEAR_DAYS 14       // the same unit or institution within these
#define NEAR_PERMILLE 500  // and a narrative that is at least so much alike
#define WEIGHT_NARRATIVE 6 // of 10
#define WEIGHT_CONTACT 200
#define WEIGHT_CATEGORY 70
#define WEIGHT_UNIT 70
#define WEIGHT_TIME 60

void similar_read(struct similar_case *entry, const char *narrative) {
    similarity_sketch_text(&entry->sketch, narrative, strlen(narrative));
    for (unsigned band = 0; band < SIMILARITY_BANDS; band++) {
        entry->bands[band] = similarity_band(&entry->sketch, band);
    }
}

static bool share_contact(const struct similar_case *one, const struct similar_case *other) {
    for (size_t i = 0; i < one->hash_count; i++) {
        for (size_t j = 0; j < other->hash_count; j++) {
            if (memcmp(one->hashes[i], other->hashes[j], sizeof one->hashes[i]) == 0) {
                return true;
            }
        }
    }
    return false;
}

// A unit where both have one, else the institution: whose matter it would be.
static bool share_unit(const struct similar_case *one, const struct similar_case *other) {
    return one->unit[0] != '\0' && other->unit[0] != '\0' ? strcmp(one->unit, other->unit) == 0
                                                          : strcmp(one->tenant, other->tenant) == 0;
}

bool similar_weigh(const struct similar_case *one, const struct similar_case *other,
                   struct similar_match *match) {
    match->of = other;
    match->narrative_permille = similarity_permille(&one->sketch, &other->sketch);
    match->same_contact = share_contact(one, other);
    match->same_category = one->category[0] != '\0' && strcmp(one->category, other->category) == 0;
    match->same_unit = share_unit(one, other);
    match->days_apart = (unsigned)(llabs(one->received_at_ms - other->received_at_ms) / DAY_MS);
    bool near = match->same_category && match->same_unit && match->days_apart <= NEAR_DAYS &&
                match->narrative_permille >= NEAR_PERMILLE;
    unsigned days = match->days_apart < SIMILAR_DAYS ? match->days_apart : SIMILAR_DAYS;
    match->score_permille =
        match->narrative_permille * WEIGHT_NARRATIVE / 10 +
        (match->same_contact ? WEIGHT_CONTACT : 0) + (match->same_category ? WEIGHT_CATEGORY : 0) +
        (match->same_unit ? WEIGHT_UNIT : 0) + WEIGHT_TIME * (SIMILAR_DAYS - days) / SIMILAR_DAYS;
    return match->same_contact || near || match->narrative_permille >= SIMILARITY_THRESHOLD;
}

static bool before(const struct similar_match *one, const struct similar_match *other) {
    return one->score_permille != other->score_permille
               ? one->score_permille > other->score_permille
               : strcmp(one->of->case_id, other->of->case_id) < 0;
}

size_t similar_rank(const struct similar_case *one, const struct similar_case *others, size_t count,
                    struct similar_match *matches, size_t room) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct similar_match match;
        if (strcmp(others[i].case_id, one->case_id) == 0 ||
            !similar_weigh(one, &others[i], &match)) {
            continue;
        }
        size_t place = kept;
        while (place > 0 && before(&match, &matches[place - 1])) {
            place--;
        }
        if (place == room) {
            continue;
        }
        size_t moved = (kept == room ? kept - 1 : kept) - place;
        memmove(&matches[place + 1], &matches[place], moved * sizeof *matches);
        matches[place] = match;
        kept += kept < room;
    }
    return kept;
}
