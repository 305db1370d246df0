// SPDX-License-Identifier: Apache-2.0
// What a batch of changes puts into buckets and takes out of them (bucket.h), gathered by bucket,
// so that Redis reads and writes each once.
#pragma once

#include "bucket.h"

#include "common/redis.h"

#define EDITS_OF_A_CASE (BUCKET_FIELDS + SIMILAR_HASHES)

struct edit;

// Zeroed, then begun. Not thread-safe.
struct edits {
    struct edit *all; // owned
    size_t count;
};

// Room for that many cases, each told of once.
MUST_CHECK enum rc edits_begin(struct edits *edits, size_t cases, struct error *error);
void edits_free(struct edits *edits);

// A case comes into all its buckets that have room, or leaves them.
void edits_case(struct edits *edits, const struct similar_case *entry, bool adds);
// Into or out of the bucket of its institution and category alone.
void edits_place(struct edits *edits, const struct similar_case *entry, bool adds);

// Adds calls to what is sent to Redis (redis_add): *sent of them, none where nothing is to change.
// The same again changes nothing: an entry that a bucket has already is in it once.
MUST_CHECK enum rc edits_send(struct edits *edits, struct redis *redis, size_t *sent,
                              struct error *error);
