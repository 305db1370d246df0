// SPDX-License-Identifier: Apache-2.0
// Which cases may be of the same matter: evidence and its weights. Pure; a person decides.
#pragma once

#include "similarity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMILAR_HASHES 3
#define SIMILAR_DAYS 90 // how long a case stays in the index, and counts for a repeat

// What the index keeps of a case.
struct similar_case {
    char case_id[37];
    char tenant[33];
    char category[65]; // in force; "" where none is
    char unit[65];     // that has it; "" where none has
    int64_t received_at_ms;
    unsigned char hashes[SIMILAR_HASHES][32]; // of its contacts
    size_t hash_count;
    struct similarity_sketch sketch;
    uint32_t bands[SIMILARITY_BANDS]; // keys under which alike narratives meet; 0: none
};

// Sets what follows from the narrative.
void similar_read(struct similar_case *entry, const char *narrative);

struct similar_match {
    const struct similar_case *of; // borrowed
    unsigned score_permille;       // all evidence together
    unsigned narrative_permille;
    bool same_contact;
    bool same_category;
    bool same_unit;
    unsigned days_apart; // whole days between their receipts
};

// Weighs two cases against each other; false where nothing speaks for one matter.
bool similar_weigh(const struct similar_case *one, const struct similar_case *other,
                   struct similar_match *match);

// The best matches, best first; gives how many (at most room).
size_t similar_rank(const struct similar_case *one, const struct similar_case *others, size_t count,
                    struct similar_match *matches, size_t room);
