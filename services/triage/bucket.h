// SPDX-License-Identifier: Apache-2.0
// Where cases meet: under a contact, a band of their narrative, or an institution and category. The
// buckets of one day (of contacts: of thirty) are the fields of one hash in Redis; each holds an
// entry a case. Names and bytes alone; pure.
#pragma once

#include "similar.h"

#define BUCKET_PREFIX "redress:{similar}:" // one hash tag keeps all keys together
#define BUCKET_KEY 72                      // bytes of a key and its end
#define BUCKET_FIELD 9                     // bytes: a kind, then which of the kind
#define BUCKET_ID 16
#define BUCKET_ENTRY 32 // bytes: id, time received, institution
#define BUCKET_DAY_MS 86400000LL
#define BUCKET_CONTACT_DAYS 30
#define BUCKET_FIELDS (SIMILARITY_BANDS + 1) // of one case and day: its bands, its place last

struct bucket_entry {
    char case_id[37];
    int64_t received_at_ms;
    uint64_t tenant; // bucket_name
};

void bucket_case_key(const char *case_id, char key[BUCKET_KEY]);
void bucket_day_key(int64_t day, char key[BUCKET_KEY]);
void bucket_contact_key(int64_t period, char key[BUCKET_KEY]);

// The fields of a case; gives how many.
size_t bucket_contacts(const struct similar_case *entry,
                       unsigned char fields[SIMILAR_HASHES][BUCKET_FIELD]);
size_t bucket_bands(const struct similar_case *entry,
                    unsigned char fields[BUCKET_FIELDS][BUCKET_FIELD]);
// A case without a category has no place: false.
bool bucket_place(const struct similar_case *entry, unsigned char field[BUCKET_FIELD]);

// A name as eight bytes, which nothing but chance makes alike for two names (FNV-1a).
uint64_t bucket_name(const char *name, size_t size);
void bucket_id(const char *case_id, unsigned char id[BUCKET_ID]);
void bucket_write(const struct similar_case *entry, unsigned char bytes[BUCKET_ENTRY]);
void bucket_read(const unsigned char bytes[BUCKET_ENTRY], struct bucket_entry *entry);
