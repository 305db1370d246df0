// SPDX-License-Identifier: Apache-2.0
// What the index keeps of a case, as bytes: one value of Redis. Pure.
#pragma once

#include "similar.h"

#define CARD_MOST (317 + SIMILARITY_PACKED_MOST) // bytes; 317 with the longest texts, all hashes

size_t card_pack(const struct similar_case *entry, unsigned char card[CARD_MOST]);
// All but the case's id. RC_INVALID for bytes that no case gives.
MUST_CHECK enum rc card_unpack(const unsigned char *card, size_t size, struct similar_case *entry,
                               struct error *error);
