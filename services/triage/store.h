// SPDX-License-Identifier: Apache-2.0
// The index of similar cases in Redis. It can be lost at any moment and is rebuilt from the ledger;
// nothing in it is older than SIMILAR_DAYS. One redis a thread.
#pragma once

#include "similar.h"

#include "common/redis.h"

#define STORE_CANDIDATES 200 // compared for one answer
#define STORE_REPEATS 64     // cases sent in later by the same contacts that are looked at

// What became of one case.
struct store_change {
    char case_id[37];
    const struct similar_case *entry; // it came, and is as follows; NULL: it is in already
    const char *category;             // of a case that is in; NULL: as it was
    const char *unit;                 // likewise
    bool erased;                      // nothing of it stays
};

struct store_repeat {
    char case_id[37];
    char tenant[33];
    uint32_t earlier; // cases of the same contact and institution in the SIMILAR_DAYS before
};

struct store_repeats {
    struct store_repeat *all;
    size_t count;
};

// Whom an answer may show: cases of these institutions, of these units, and these cases; codes and
// ids separated by commas, "" for none.
struct store_scope {
    const char *tenants;
    const char *units;
    const char *cases;
};

// Writes changes, one a case, with two trips to Redis however many they are. The same again changes
// nothing. A case that is too old stays out; what is to change and is not in is passed over.
MUST_CHECK enum rc store_apply(struct redis *redis, const struct store_change *changes,
                               size_t count, int64_t now_ms, struct error *error);

// How often the contacts of these cases, which are in, came before, for them and for what they sent
// in later; only those who came before at all. The caller frees found->all, also after a failure.
MUST_CHECK enum rc store_repeats(struct redis *redis, const struct similar_case *const *cases,
                                 size_t case_count, int64_t now_ms, struct store_repeats *found,
                                 struct error *error);

struct store_question {
    const char *case_id;
    struct store_scope scope;
    int64_t now_ms;
};

// Large: not for a stack.
struct store_answer {
    bool known; // the index has the case
    struct similar_case self;
    struct similar_case cases[STORE_CANDIDATES];
    size_t count;
};

// The case and what meets it under a contact, a band, or institution and category, as far as it may
// be shown. RC_UNAVAILABLE while the index is not whole.
MUST_CHECK enum rc store_candidates(struct redis *redis, const struct store_question *question,
                                    struct store_answer *answer, struct error *error);

// Reads cases by id; where one is not in, or damaged, known is false.
MUST_CHECK enum rc store_load(struct redis *redis, const char *const *case_ids, size_t count,
                              struct similar_case *cases, bool *known, struct error *error);

// Whether all that the ledger has is in, as far as it is not older.
MUST_CHECK enum rc store_is_whole(struct redis *redis, bool *whole, struct error *error);
MUST_CHECK enum rc store_set_whole(struct redis *redis, struct error *error);
