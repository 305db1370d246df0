// SPDX-License-Identifier: Apache-2.0
// By insertion: lists come nearly in order.
#include "common/time_order.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static int64_t time_of(const char *entry, size_t offset) {
    int64_t time;
    memcpy(&time, entry + offset, sizeof time);
    return time;
}

void time_order(void *list, size_t count, size_t size, size_t offset) {
    char moved[TIME_ORDER_SIZE];
    char *entries = list;
    assert(size <= sizeof moved);
    for (size_t i = 1; i < count; i++) {
        size_t at = i;
        memcpy(moved, entries + i * size, size);
        while (at > 0 && time_of(entries + (at - 1) * size, offset) > time_of(moved, offset)) {
            at--;
        }
        memmove(entries + (at + 1) * size, entries + at * size, (i - at) * size);
        memcpy(entries + at * size, moved, size);
    }
}
