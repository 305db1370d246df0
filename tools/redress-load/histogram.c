// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#define LINEAR_BITS 6 // 64 steps a doubling

static size_t bucket_of(uint64_t value) {
    if (value < (1U << LINEAR_BITS)) {
        return (size_t)value;
    }
    unsigned exponent = 63U - (unsigned)__builtin_clzll(value);
    unsigned shift = exponent - LINEAR_BITS;
    size_t bucket =
        ((size_t)(shift + 1) << LINEAR_BITS) + (size_t)(value >> shift) - (1U << LINEAR_BITS);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

// The largest value that falls into the bucket.
static uint64_t top_of(size_t bucket) {
    if (bucket < (1U << LINEAR_BITS)) {
        return bucket;
    }
    size_t shift = (bucket >> LINEAR_BITS) - 1;
    uint64_t base = (bucket & ((1U << LINEAR_BITS) - 1)) + (1U << LINEAR_BITS);
    return ((base + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t us) {
    uint64_t value = us < 0 ? 0 : (uint64_t)us;
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    histogram->largest = value > histogram->largest ? value : histogram->largest;
}

uint64_t histogram_at(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram->total + 0.5);
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted && seen > 0) {
            uint64_t top = top_of(i);
            return top < histogram->largest ? top : histogram->largest;
        }
    }
    return 0;
}
