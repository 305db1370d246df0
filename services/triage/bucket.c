// SPDX-License-Identifier: Apache-2.0
// Fields are short because a case has many: eight bytes tell contacts apart (a hash of a secret key
// gave them); who is shown compares whole hashes and names again.
#include "bucket.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define KIND_CONTACT 'c'
#define KIND_PLACE 'p' // kinds below SIMILARITY_BANDS are bands

void bucket_case_key(const char *case_id, char key[BUCKET_KEY]) {
    snprintf(key, BUCKET_KEY, BUCKET_PREFIX "case:%s", case_id);
}

void bucket_day_key(int64_t day, char key[BUCKET_KEY]) {
    snprintf(key, BUCKET_KEY, BUCKET_PREFIX "day:%" PRId64, day);
}

void bucket_contact_key(int64_t period, char key[BUCKET_KEY]) {
    snprintf(key, BUCKET_KEY, BUCKET_PREFIX "contacts:%" PRId64, period);
}

static void write_number(unsigned char *bytes, uint64_t value) {
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
}

static uint64_t read_number(const unsigned char *bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

static void write_field(unsigned char field[BUCKET_FIELD], unsigned char kind, uint64_t which) {
    field[0] = kind;
    write_number(field + 1, which);
}

size_t bucket_contacts(const struct similar_case *entry,
                       unsigned char fields[SIMILAR_HASHES][BUCKET_FIELD]) {
    for (size_t i = 0; i < entry->hash_count; i++) {
        write_field(fields[i], KIND_CONTACT, read_number(entry->hashes[i]));
    }
    return entry->hash_count;
}

size_t bucket_bands(const struct similar_case *entry,
                    unsigned char fields[BUCKET_FIELDS][BUCKET_FIELD]) {
    size_t count = 0;
    for (size_t band = 0; band < SIMILARITY_BANDS; band++) {
        if (entry->bands[band] != 0) {
            write_field(fields[count++], (unsigned char)band, entry->bands[band]);
        }
    }
    return count;
}

bool bucket_place(const struct similar_case *entry, unsigned char field[BUCKET_FIELD]) {
    char name[sizeof entry->tenant + sizeof entry->category];
    int size = snprintf(name, sizeof name, "%s %s", entry->tenant, entry->category);
    write_field(field, KIND_PLACE, bucket_name(name, (size_t)size));
    return entry->category[0] != '\0';
}

uint64_t bucket_name(const char *name, size_t size) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

void bucket_id(const char *case_id, unsigned char id[BUCKET_ID]) {
    size_t bytes = 0;
    memset(id, 0, BUCKET_ID);
    (void)sodium_hex2bin(id, BUCKET_ID, case_id, strlen(case_id), "-", &bytes, NULL);
}

void bucket_write(const struct similar_case *entry, unsigned char bytes[BUCKET_ENTRY]) {
    bucket_id(entry->case_id, bytes);
    write_number(bytes + BUCKET_ID, (uint64_t)entry->received_at_ms);
    write_number(bytes + BUCKET_ID + 8, bucket_name(entry->tenant, strlen(entry->tenant)));
}

void bucket_read(const unsigned char bytes[BUCKET_ENTRY], struct bucket_entry *entry) {
    char hex[2 * BUCKET_ID + 1];
    sodium_bin2hex(hex, sizeof hex, bytes, BUCKET_ID);
    snprintf(entry->case_id, sizeof entry->case_id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
             hex + 12, hex + 16, hex + 20);
    entry->received_at_ms = (int64_t)(read_number(bytes + BUCKET_ID) & INT64_MAX);
    entry->tenant = read_number(bytes + BUCKET_ID + 8);
}
