// SPDX-License-Identifier: Apache-2.0
// Who met whom: the entries of some buckets, read from Redis in one trip.
#pragma once

#include "bucket.h"

#include "common/redis.h"

#define MEETING_MOST 64 // entries of one field that are looked at: the newest

struct meeting {
    struct bucket_entry entry;
    size_t field;
};

struct meetings {
    struct meeting *all; // the newest day (or thirty days) first; owned
    size_t count;
    size_t room;
};

struct meetings_question {
    bool contacts;  // fields of contacts; else of days
    int64_t now_ms; // all that the index may hold then is read
    const unsigned char (*fields)[BUCKET_FIELD];
    size_t field_count;
};

// meetings_close frees what it gave, also after a failure.
MUST_CHECK enum rc meetings_read(struct redis *redis, const struct meetings_question *question,
                                 struct meetings *meetings, struct error *error);
void meetings_close(struct meetings *meetings);
