// SPDX-License-Identifier: Apache-2.0
// No storms: somebody gets so many notices an hour by mail and no more. What is more is put off,
// never dropped; alarms and what concerns a crisis are neither put off nor counted. Pure.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAP_MOST 100 // notices an hour that may be configured
#define CAP_HOUR_MS 3600000LL
#define CAP_KEY_SIZE 84

// One notice of a batch, in the order of the batch.
struct cap_notice {
    char recipient[CAP_KEY_SIZE]; // "complainant", "staff:<subject>"
    char case_id[37];             // whose complainant; "" for staff, who are one for all cases
    bool counted;
    int64_t at_ms;     // when it may go out; later where it is put off
    int64_t latest_ms; // what would come then or later is not put off; 0: any may be
    bool capped;       // it was put off
};
struct cap_batch {
    struct cap_notice *list;
    size_t count;
    size_t room;
};
// What somebody has got, or will get, beside the batch.
struct cap_past {
    char recipient[CAP_KEY_SIZE];
    char case_id[37];
    int64_t at_ms;
};

// Begins empty: {0}.
MUST_CHECK enum rc cap_add(struct cap_batch *batch, const struct cap_notice *notice,
                           struct error *error);
void cap_free(struct cap_batch *batch);

// When the next notice goes out to who may get `most` (at least 1) an hour: at_ms, or an hour after
// the one before the last so many. times: of those before it, any order is put right.
int64_t cap_next(int64_t *times, size_t count, size_t most, int64_t at_ms);

// Puts off what is too much, in the order of the batch, by what there was before. most: 0: nothing.
MUST_CHECK enum rc cap_apply(struct cap_batch *batch, const struct cap_past *past,
                             size_t past_count, size_t most, struct error *error);
