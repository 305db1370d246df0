// SPDX-License-Identifier: Apache-2.0
// How alike two narratives are, from sketches of fixed size: pure, no allocation. A sketch keeps
// the least hashes of four sets (MinHash by bottom-k: exact for texts of up to SIMILARITY_KEPT
// different characters or pairs, an estimate for longer ones) and the keys of the bands under which
// texts that share much meet (LSH). The hashes are fixed: sketches of different runs and machines
// compare.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMILARITY_KEPT 64 // hashes of each set
#define SIMILARITY_BANDS 12
#define SIMILARITY_ROWS 2        // least hashes that meet in one band
#define SIMILARITY_THRESHOLD 710 // permille: from here on two texts are taken for the same matter
#define SIMILARITY_PACKED_MOST 1033 // bytes

enum similarity_kind {
    SIMILARITY_CHARACTERS,        // as written
    SIMILARITY_PAIRS,             // two characters that stand side by side
    SIMILARITY_FOLDED_CHARACTERS, // ways to say the same folded into one
    SIMILARITY_FOLDED_PAIRS,
    SIMILARITY_KINDS
};

struct similarity_set {
    uint32_t hashes[SIMILARITY_KEPT]; // ascending, no two alike
    uint16_t count;
    bool whole; // nothing was left out
};

struct similarity_sketch {
    struct similarity_set sets[SIMILARITY_KINDS];
    uint32_t least[SIMILARITY_BANDS * SIMILARITY_ROWS]; // of folded pairs, a permutation each
};

// text is clean UTF-8; marks of what was redacted do not count. Empty texts give empty sketches.
void similarity_sketch_text(struct similarity_sketch *sketch, const char *text, size_t size);

// 0 to 1000 of two sketches; 0 where either is empty.
unsigned similarity_permille(const struct similarity_sketch *one,
                             const struct similarity_sketch *other);
// The shared part of one kind of set, 0 to 1000.
unsigned similarity_shared(const struct similarity_sketch *one,
                           const struct similarity_sketch *other, enum similarity_kind kind);

// The key of a band; 0 where the text has no pair of characters.
uint32_t similarity_band(const struct similarity_sketch *sketch, unsigned band);

// As bytes to keep, and back; bands are not kept. RC_INVALID for bytes that no sketch gives.
size_t similarity_pack(const struct similarity_sketch *sketch,
                       unsigned char packed[SIMILARITY_PACKED_MOST]);
MUST_CHECK enum rc similarity_unpack(const unsigned char *packed, size_t size,
                                     struct similarity_sketch *sketch, struct error *error);
