// SPDX-License-Identifier: Apache-2.0
// The index of similar cases in Redis. It can be lost at any moment and is rebuilt from the ledger;
// nothing in it is older than SIMILAR_DAYS. One redis a thread.
#pragma once

#include "similar.h"

#include "common/redis.h"

#define STORE_CANDIDATES 200 // compared for one answer
#define STORE_REPEATS 64     // cases of one contact that are looked at

struct store_repeat {
    char case_id[37];
    uint32_t earlier; // cases of the same contact and institution in the SIMILAR_DAYS before
};

// Puts a case in; the same case again changes nothing. One that is too old stays out.
MUST_CHECK enum rc store_put(struct redis *redis, const struct similar_case *entry, int64_t now_ms,
                             struct error *error);
// What changed of a case that is in; nothing where it is not.
MUST_CHECK enum rc store_set_category(struct redis *redis, const char *case_id,
                                      const char *category, struct error *error);
MUST_CHECK enum rc store_set_unit(struct redis *redis, const char *case_id, const char *unit,
                                  struct error *error);

// How often the case's contacts came before, for it and for what they sent in later; at most
// STORE_REPEATS, only those who came before at all.
MUST_CHECK enum rc store_repeats(struct redis *redis, const char *case_id,
                                 struct store_repeat repeats[STORE_REPEATS], size_t *count,
                                 struct error *error);

// The case and what meets it under a contact, a band, or institution and category, of these
// institutions (codes separated by commas) alone; cases has room for STORE_CANDIDATES. *known is
// false where the index does not have the case. RC_UNAVAILABLE while the index is not whole.
MUST_CHECK enum rc store_candidates(struct redis *redis, const char *case_id, const char *tenants,
                                    struct similar_case *self, struct similar_case *cases,
                                    size_t *count, bool *known, struct error *error);

// Whether all that the ledger has is in, as far as it is not older.
MUST_CHECK enum rc store_is_whole(struct redis *redis, bool *whole, struct error *error);
MUST_CHECK enum rc store_set_whole(struct redis *redis, struct error *error);
