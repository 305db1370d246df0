// SPDX-License-Identifier: Apache-2.0
// A byte with the format, the time, three texts behind a byte with their size each, the hashes
// behind a byte with their number, the bands, the sketch. The least byte of a number comes first.
#include "card.h"

#include "common/clock.h"
#include "common/json.h"

#include <string.h>

#define FORMAT 1

struct reader {
    const unsigned char *at;
    size_t left;
};

static size_t put_number(unsigned char *card, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        card[i] = (unsigned char)(value >> (8 * i));
    }
    return bytes;
}

static size_t put_text(unsigned char *card, const char *text) {
    size_t size = strlen(text);
    card[0] = (unsigned char)size;
    for (size_t i = 0; i < size; i++) { // no text of C: its size stands before it
        card[1 + i] = (unsigned char)text[i];
    }
    return 1 + size;
}

size_t card_pack(const struct similar_case *entry, unsigned char card[CARD_MOST]) {
    size_t size = put_number(card, FORMAT, 1);
    size += put_number(card + size, (uint64_t)entry->received_at_ms, 8);
    size += put_text(card + size, entry->tenant);
    size += put_text(card + size, entry->category);
    size += put_text(card + size, entry->unit);
    size += put_number(card + size, entry->hash_count, 1);
    memcpy(card + size, entry->hashes, entry->hash_count * sizeof entry->hashes[0]);
    size += entry->hash_count * sizeof entry->hashes[0];
    for (size_t i = 0; i < SIMILARITY_BANDS; i++) {
        size += put_number(card + size, entry->bands[i], 4);
    }
    return size + similarity_pack(&entry->sketch, card + size);
}

static const unsigned char *take(struct reader *reader, size_t size) {
    const unsigned char *taken = reader->at;
    if (reader->left < size) {
        reader->left = 0;
        return NULL;
    }
    reader->at += size;
    reader->left -= size;
    return taken;
}

static bool take_number(struct reader *reader, size_t bytes, uint64_t *value) {
    const unsigned char *taken = take(reader, bytes);
    *value = 0;
    for (size_t i = 0; taken != NULL && i < bytes; i++) {
        *value |= (uint64_t)taken[i] << (8 * i);
    }
    return taken != NULL;
}

static bool take_text(struct reader *reader, char *text, size_t room) {
    uint64_t size = 0;
    if (!take_number(reader, 1, &size) || size >= room) {
        return false;
    }
    const unsigned char *taken = take(reader, size);
    if (taken == NULL || !text_is_clean((const char *)taken, size)) {
        return false;
    }
    memcpy(text, taken, size);
    text[size] = '\0';
    return true;
}

static bool take_hashes(struct reader *reader, struct similar_case *entry) {
    uint64_t count = 0;
    if (!take_number(reader, 1, &count) || count > SIMILAR_HASHES) {
        return false;
    }
    entry->hash_count = count;
    const unsigned char *taken = take(reader, count * sizeof entry->hashes[0]);
    if (taken != NULL) {
        memcpy(entry->hashes, taken, count * sizeof entry->hashes[0]);
    }
    return taken != NULL;
}

static bool take_bands(struct reader *reader, struct similar_case *entry) {
    uint64_t band = 0;
    for (size_t i = 0; i < SIMILARITY_BANDS; i++) {
        if (!take_number(reader, 4, &band)) {
            return false;
        }
        entry->bands[i] = (uint32_t)band;
    }
    return true;
}

enum rc card_unpack(const unsigned char *card, size_t size, struct similar_case *entry,
                    struct error *error) {
    struct reader reader = {card, size};
    uint64_t format = 0;
    uint64_t received = 0;
    bool fits = take_number(&reader, 1, &format) && format == FORMAT &&
                take_number(&reader, 8, &received) && received <= CLOCK_MOST_MS &&
                clock_is_time((int64_t)received) &&
                take_text(&reader, entry->tenant, sizeof entry->tenant) &&
                take_text(&reader, entry->category, sizeof entry->category) &&
                take_text(&reader, entry->unit, sizeof entry->unit) &&
                take_hashes(&reader, entry) && take_bands(&reader, entry);
    entry->received_at_ms = (int64_t)received;
    return fits ? similarity_unpack(reader.at, reader.left, &entry->sketch, error)
                : error_set(error, RC_INVALID, "these bytes are no case of the index");
}
