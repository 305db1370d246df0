// SPDX-License-Identifier: Apache-2.0
// A text is read once as it is written and once with its ways to say the same folded; no buffer.
#include "similarity.h"

#include "phrasing.h"

#include <string.h>
#include <utf8proc.h>

#define FORMAT 1
#define MARK_BEGIN 0x3014 // 〔电话〕: what redaction left
#define MARK_END 0x3015
#define MARK_MOST 8 // characters within
#define WEIGHT_UNIT 2
#define LONG_FROM 40  // pairs
#define LONG_FACTOR 2 // half of the pairs shared is as good as all

// In WEIGHT_UNIT-ths; together 1, so that a text is 1000 permille alike to itself.
static const int weights[SIMILARITY_KINDS] = {
    [SIMILARITY_CHARACTERS] = 2,
    [SIMILARITY_PAIRS] = -1,
    [SIMILARITY_FOLDED_CHARACTERS] = 2,
    [SIMILARITY_FOLDED_PAIRS] = -1,
};

// Finalizer of MurmurHash3: every bit of the input moves every bit of the output.
static uint32_t mix(uint32_t value) {
    value ^= value >> 16;
    value *= 0x85EBCA6BU;
    value ^= value >> 13;
    value *= 0xC2B2AE35U;
    return value ^ (value >> 16);
}

// Keeps the least hashes, each once.
static void keep(struct similarity_set *set, uint32_t hash) {
    if (set->count == SIMILARITY_KEPT && hash > set->hashes[SIMILARITY_KEPT - 1]) {
        set->whole = false;
        return;
    }
    size_t place = set->count;
    while (place > 0 && set->hashes[place - 1] > hash) {
        place--;
    }
    if (place > 0 && set->hashes[place - 1] == hash) {
        return;
    }
    if (set->count == SIMILARITY_KEPT) {
        set->whole = false;
        set->count--;
    }
    memmove(&set->hashes[place + 1], &set->hashes[place],
            (set->count - place) * sizeof set->hashes[0]);
    set->hashes[place] = hash;
    set->count++;
}

// One stream of characters on its way into two sets.
struct stream {
    struct similarity_set *characters;
    struct similarity_set *pairs;
    uint32_t *least;   // NULL where pairs have no bands
    uint32_t previous; // 0 before the first character
};

static void add(struct stream *stream, uint32_t character) {
    keep(stream->characters, mix(character));
    if (stream->previous != 0) {
        uint32_t pair = mix(mix(stream->previous) * 31 + character);
        keep(stream->pairs, pair);
        for (uint32_t i = 0; stream->least != NULL && i < SIMILARITY_BANDS * SIMILARITY_ROWS; i++) {
            uint32_t permuted = mix(pair ^ mix(i + 1));
            stream->least[i] = permuted < stream->least[i] ? permuted : stream->least[i];
        }
    }
    stream->previous = character;
}

static bool counts(utf8proc_int32_t point) {
    utf8proc_category_t category = utf8proc_category(point);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

// Full-width letters and digits as half-width ones, capitals as small ones.
static utf8proc_int32_t even_out(utf8proc_int32_t point) {
    return utf8proc_tolower(point >= 0xFF01 && point <= 0xFF5E ? point - 0xFEE0 : point);
}

// Bytes of one character; what is not clean UTF-8 counts as a byte that says nothing.
static size_t read_point(const char *text, size_t size, utf8proc_int32_t *point) {
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, point);
    if (used <= 0) {
        *point = ' ';
        return 1;
    }
    return (size_t)used;
}

// Bytes of a mark such as 〔电话〕, at whose beginning the text stands; 0 where it is none.
static size_t mark_size(const char *text, size_t size) {
    utf8proc_int32_t point = 0;
    size_t at = 0;
    for (unsigned i = 0; i <= MARK_MOST + 1 && at < size; i++) {
        at += read_point(text + at, size - at, &point);
        if ((i == 0) != (point == MARK_BEGIN)) {
            return 0;
        }
        if (point == MARK_END) {
            return at;
        }
    }
    return 0;
}

static void read_text(struct stream *stream, const char *text, size_t size, bool folded) {
    for (size_t at = 0; at < size;) {
        utf8proc_int32_t point = 0;
        uint32_t symbol = 0;
        size_t skip = folded ? phrasing_match(text + at, size - at, &symbol) : 0;
        skip = skip == 0 ? mark_size(text + at, size - at) : skip;
        if (skip == 0) {
            skip = read_point(text + at, size - at, &point);
            point = even_out(point);
            symbol = counts(point) ? (uint32_t)point : 0;
        }
        if (symbol != 0) {
            add(stream, symbol);
        }
        at += skip;
    }
}

void similarity_sketch_text(struct similarity_sketch *sketch, const char *text, size_t size) {
    struct similarity_set *sets = sketch->sets;
    memset(sketch, 0, sizeof *sketch);
    memset(sketch->least, 0xFF, sizeof sketch->least);
    for (size_t i = 0; i < SIMILARITY_KINDS; i++) {
        sets[i].whole = true;
    }
    struct stream written = {&sets[SIMILARITY_CHARACTERS], &sets[SIMILARITY_PAIRS], NULL, 0};
    struct stream folded = {&sets[SIMILARITY_FOLDED_CHARACTERS], &sets[SIMILARITY_FOLDED_PAIRS],
                            sketch->least, 0};
    read_text(&written, text, size, false);
    read_text(&folded, text, size, true);
}

// Up to where a set knows all its hashes.
static uint32_t known_upto(const struct similarity_set *set) {
    return set->whole ? UINT32_MAX : set->hashes[set->count - 1];
}

// Jaccard: the part of the union that is in both, as far as both sets know.
static unsigned shared_part(const struct similarity_set *one, const struct similarity_set *other) {
    uint32_t upto = known_upto(one) < known_upto(other) ? known_upto(one) : known_upto(other);
    unsigned all = 0;
    unsigned both = 0;
    size_t a = 0;
    size_t b = 0;
    for (;;) {
        bool left = a < one->count && one->hashes[a] <= upto;
        bool right = b < other->count && other->hashes[b] <= upto;
        if (!left && !right) {
            return all == 0 ? 0 : both * 1000 / all;
        }
        bool take_left = left && (!right || one->hashes[a] <= other->hashes[b]);
        bool take_right = right && (!left || other->hashes[b] <= one->hashes[a]);
        both += take_left && take_right;
        all++;
        a += take_left;
        b += take_right;
    }
}

unsigned similarity_shared(const struct similarity_sketch *one,
                           const struct similarity_sketch *other, enum similarity_kind kind) {
    return shared_part(&one->sets[kind], &other->sets[kind]);
}

static bool is_long(const struct similarity_sketch *sketch) {
    return sketch->sets[SIMILARITY_FOLDED_PAIRS].count > LONG_FROM;
}

// In a short text characters say what it is about, pairs in which form it says so: two texts of one
// form that differ in a few characters ask of different things, so form counts against. Long texts
// share many characters whatever they are about, so they must share pairs too.
unsigned similarity_permille(const struct similarity_sketch *one,
                             const struct similarity_sketch *other) {
    int score = 0;
    int most = 1000;
    for (enum similarity_kind kind = 0; kind < SIMILARITY_KINDS; kind++) {
        score += weights[kind] * (int)similarity_shared(one, other, kind);
    }
    if (is_long(one) && is_long(other)) {
        most = LONG_FACTOR * (int)similarity_shared(one, other, SIMILARITY_FOLDED_PAIRS);
        most = most > 1000 ? 1000 : most;
    }
    score /= WEIGHT_UNIT;
    return score <= 0 ? 0 : (unsigned)(score > most ? most : score);
}

uint32_t similarity_band(const struct similarity_sketch *sketch, unsigned band) {
    uint32_t key = 0;
    if (sketch->sets[SIMILARITY_FOLDED_PAIRS].count == 0) {
        return 0;
    }
    for (unsigned row = 0; row < SIMILARITY_ROWS; row++) {
        key = mix(key * 31 + sketch->least[band * SIMILARITY_ROWS + row]);
    }
    return key == 0 ? 1 : key;
}

static size_t put(unsigned char *packed, uint32_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        packed[i] = (unsigned char)(value >> (8 * i));
    }
    return bytes;
}

static uint32_t get(const unsigned char *packed, size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint32_t)packed[i] << (8 * i);
    }
    return value;
}

// A byte with the format; for each set a byte with its size, a byte with whether it is whole, its
// hashes, four bytes each, the least first.
size_t similarity_pack(const struct similarity_sketch *sketch,
                       unsigned char packed[SIMILARITY_PACKED_MOST]) {
    size_t size = put(packed, FORMAT, 1);
    for (size_t kind = 0; kind < SIMILARITY_KINDS; kind++) {
        const struct similarity_set *set = &sketch->sets[kind];
        size += put(packed + size, set->count, 1);
        size += put(packed + size, set->whole, 1);
        for (size_t i = 0; i < set->count; i++) {
            size += put(packed + size, set->hashes[i], 4);
        }
    }
    return size;
}

// Gives the bytes that the set took; 0 where they are none of a set.
static size_t unpack_set(const unsigned char *packed, size_t size, struct similarity_set *set) {
    if (size < 2 || packed[0] > SIMILARITY_KEPT || packed[1] > 1 ||
        size < 2 + 4 * (size_t)packed[0]) {
        return 0;
    }
    set->count = packed[0];
    set->whole = packed[1] == 1;
    for (size_t i = 0; i < set->count; i++) {
        set->hashes[i] = get(packed + 2 + 4 * i, 4);
        if (i > 0 && set->hashes[i] <= set->hashes[i - 1]) {
            return 0;
        }
    }
    return set->whole || set->count == SIMILARITY_KEPT ? 2 + 4 * (size_t)set->count : 0;
}

enum rc similarity_unpack(const unsigned char *packed, size_t size,
                          struct similarity_sketch *sketch, struct error *error) {
    size_t at = 1;
    memset(sketch, 0, sizeof *sketch);
    bool fits = size > 0 && packed[0] == FORMAT;
    for (size_t kind = 0; kind < SIMILARITY_KINDS && fits; kind++) {
        size_t used = unpack_set(packed + at, size - at, &sketch->sets[kind]);
        fits = used > 0;
        at += used;
    }
    return fits && at == size ? RC_OK : error_set(error, RC_INVALID, "these bytes are no sketch");
}
