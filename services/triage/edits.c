// SPDX-License-Identifier: Apache-2.0
// Sorted by hash, field and the order in which they came. A bucket keeps the first entries of its
// time: where so many meet the others say nothing new, and a flood costs no writing.
#include "edits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKET_MOST 32      // entries
#define BUCKET_BYTES "1024" // of them
#define NUMBER_SIZE 24
// Of a call, or as many as its last field has: while it runs, Redis serves nobody else.
#define CALL_EDITS 64

struct edit {
    bool contacts; // the hash of a contacts' period, else of a day
    bool adds;
    unsigned char field[BUCKET_FIELD];
    unsigned char entry[BUCKET_ENTRY];
    int64_t period; // the number of the day, or of the contacts' period
    size_t number;  // of its coming
};

// For each key, ARGV has when it ends, how many fields, and for each field: its name, ids that
// leave it, entries that come in. Calls take as many fields as Lua can pass.
static const char edit_script[] =
    "local at = 1 "
    "local function call(name, k, list) "
    "  for from = 1, #list, 1000 do "
    "    redis.call(name, k, unpack(list, from, math.min(from + 999, #list))) end end "
    "local function without(list, id) "
    "  local place = string.find(list, id, 1, true) "
    "  while place and place % 32 ~= 1 do place = string.find(list, id, place + 1, true) end "
    "  if not place then return list end "
    "  return string.sub(list, 1, place - 1) .. string.sub(list, place + 32) end "
    "for _, k in ipairs(KEYS) do "
    "  local last = at + 1 + 3 * ARGV[at + 1] "
    "  local names, lists = {}, {} "
    "  for f = at + 2, last, 3 do names[#names + 1] = ARGV[f] end "
    "  for from = 1, #names, 1000 do "
    "    local got = redis.call('HMGET', k, unpack(names, from, math.min(from + 999, #names))) "
    "    for i = 1, #got do lists[from + i - 1] = got[i] or '' end end "
    "  local kept, gone = {}, {} "
    "  for i, name in ipairs(names) do "
    "    local list, leave, come = lists[i], ARGV[at + 3 * i], ARGV[at + 3 * i + 1] "
    "    for p = 1, #leave, 16 do list = without(list, string.sub(leave, p, p + 15)) end "
    "    if #list < " BUCKET_BYTES " then "
    "      for p = 1, #come, 32 do list = without(list, string.sub(come, p, p + 15)) end "
    "      list = string.sub(list .. come, 1, " BUCKET_BYTES ") end "
    "    if list == '' then gone[#gone + 1] = name "
    "    elseif list ~= lists[i] then kept[#kept + 1] = name kept[#kept + 1] = list end end "
    "  call('HDEL', k, gone) "
    "  call('HSET', k, kept) "
    "  if #kept > 0 then redis.call('PEXPIREAT', k, ARGV[at]) end "
    "  at = last + 1 end "
    "return 1";

enum rc edits_begin(struct edits *edits, size_t cases, struct error *error) {
    edits->all = calloc(cases * EDITS_OF_A_CASE, sizeof *edits->all);
    return edits->all == NULL
               ? error_set(error, RC_INTERNAL, "out of memory for the index's changes")
               : RC_OK;
}

void edits_free(struct edits *edits) { free(edits->all); }

static int64_t days_of(bool contacts) { return contacts ? BUCKET_CONTACT_DAYS : 1; }

static void add(struct edits *edits, const struct similar_case *entry, bool contacts, bool adds,
                const unsigned char field[BUCKET_FIELD]) {
    struct edit *edit = &edits->all[edits->count];
    edit->contacts = contacts;
    edit->adds = adds;
    edit->period = entry->received_at_ms / (days_of(contacts) * BUCKET_DAY_MS);
    edit->number = edits->count++;
    memcpy(edit->field, field, BUCKET_FIELD);
    bucket_write(entry, edit->entry);
}

void edits_place(struct edits *edits, const struct similar_case *entry, bool adds) {
    unsigned char field[BUCKET_FIELD];
    if (bucket_place(entry, field)) {
        add(edits, entry, false, adds, field);
    }
}

void edits_case(struct edits *edits, const struct similar_case *entry, bool adds) {
    unsigned char bands[BUCKET_FIELDS][BUCKET_FIELD];
    unsigned char contacts[SIMILAR_HASHES][BUCKET_FIELD];
    size_t band_count = bucket_bands(entry, bands);
    size_t contact_count = bucket_contacts(entry, contacts);
    for (size_t i = 0; i < band_count; i++) {
        add(edits, entry, false, adds, bands[i]);
    }
    for (size_t i = 0; i < contact_count; i++) {
        add(edits, entry, true, adds, contacts[i]);
    }
    edits_place(edits, entry, adds);
}

static int by_hash(const struct edit *one, const struct edit *other) {
    int order = (int)one->contacts - (int)other->contacts;
    return order != 0 ? order : (one->period > other->period) - (one->period < other->period);
}

static int by_field(const struct edit *one, const struct edit *other) {
    int order = by_hash(one, other);
    return order != 0 ? order : memcmp(one->field, other->field, BUCKET_FIELD);
}

static int by_coming(const void *one, const void *other) {
    const struct edit *a = one;
    const struct edit *b = other;
    int order = by_field(a, b);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

// How many from there on are of one hash, or of one field.
static size_t alike(const struct edits *edits, size_t from,
                    int (*compare)(const struct edit *, const struct edit *)) {
    size_t count = 1;
    while (from + count < edits->count &&
           compare(&edits->all[from], &edits->all[from + count]) == 0) {
        count++;
    }
    return count;
}

// A call's arguments, and what they point to.
struct call {
    const char **texts;
    size_t *sizes;
    size_t count;
    char (*keys)[BUCKET_KEY];
    char (*numbers)[NUMBER_SIZE];
    size_t number_count;
    char *bytes; // ids and entries
    size_t used;
};

static void argue(struct call *call, const void *text, size_t size) {
    call->texts[call->count] = text;
    call->sizes[call->count++] = size;
}

static void argue_number(struct call *call, int64_t value) {
    char *text = call->numbers[call->number_count++];
    argue(call, text, (size_t)snprintf(text, NUMBER_SIZE, "%" PRId64, value));
}

// Those that leave, or the first of those that come.
static void argue_entries(struct call *call, const struct edit *edits, size_t count, bool adds) {
    const char *begin = call->bytes + call->used;
    size_t size = adds ? BUCKET_ENTRY : BUCKET_ID;
    size_t added = 0;
    for (size_t i = 0; i < count && added < BUCKET_MOST; i++) {
        if (edits[i].adds == adds) {
            added += adds;
            memcpy(call->bytes + call->used, edits[i].entry, size);
            call->used += size;
        }
    }
    argue(call, begin, (size_t)(call->bytes + call->used - begin));
}

static int64_t ends_at_ms(const struct edit *edit) {
    return ((edit->period + 1) * days_of(edit->contacts) + SIMILAR_DAYS) * BUCKET_DAY_MS;
}

static void argue_hash(struct call *call, const struct edits *edits, size_t from, size_t count) {
    size_t fields = 0;
    for (size_t i = from; i < from + count; i += alike(edits, i, by_field)) {
        fields++;
    }
    argue_number(call, ends_at_ms(&edits->all[from]));
    argue_number(call, (int64_t)fields);
    for (size_t i = from; i < from + count;) {
        size_t same = alike(edits, i, by_field);
        argue(call, edits->all[i].field, BUCKET_FIELD);
        argue_entries(call, &edits->all[i], same, false);
        argue_entries(call, &edits->all[i], same, true);
        i += same;
    }
}

static void argue_all(struct call *call, const struct edits *edits) {
    size_t hashes = 0;
    for (size_t i = 0; i < edits->count; i += alike(edits, i, by_hash)) {
        hashes++;
    }
    argue(call, "EVAL", 4);
    argue(call, edit_script, sizeof edit_script - 1);
    argue_number(call, (int64_t)hashes);
    for (size_t i = 0, key = 0; i < edits->count; i += alike(edits, i, by_hash), key++) {
        const struct edit *edit = &edits->all[i];
        (edit->contacts ? bucket_contact_key : bucket_day_key)(edit->period, call->keys[key]);
        argue(call, call->keys[key], strlen(call->keys[key]));
    }
    for (size_t i = 0; i < edits->count; i += alike(edits, i, by_hash)) {
        argue_hash(call, edits, i, alike(edits, i, by_hash));
    }
}

static enum rc send_call(const struct edits *edits, struct redis *redis, struct error *error) {
    size_t most = edits->count; // of hashes and of fields
    struct call call = {.texts = calloc(3 + 6 * most, sizeof(char *)),
                        .sizes = calloc(3 + 6 * most, sizeof(size_t)),
                        .keys = calloc(most, BUCKET_KEY),
                        .numbers = calloc(1 + 2 * most, NUMBER_SIZE),
                        .bytes = malloc(most * BUCKET_ENTRY)};
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for the index's changes");
    if (call.texts != NULL && call.sizes != NULL && call.keys != NULL && call.numbers != NULL &&
        call.bytes != NULL) {
        argue_all(&call, edits);
        rc = redis_add(redis, call.count, call.texts, call.sizes, error);
    }
    free(call.bytes);
    free(call.numbers);
    free(call.keys);
    free(call.sizes);
    free(call.texts);
    return rc;
}

// Whole fields, so that the order of what one of them gets does not matter.
static size_t edits_of_call(const struct edits *edits, size_t from) {
    size_t count = 0;
    while (from + count < edits->count && count < CALL_EDITS) {
        count += alike(edits, from + count, by_field);
    }
    return count;
}

enum rc edits_send(struct edits *edits, struct redis *redis, size_t *sent, struct error *error) {
    enum rc rc = RC_OK;
    *sent = 0;
    if (edits->count == 0) {
        return RC_OK;
    }
    qsort(edits->all, edits->count, sizeof edits->all[0], by_coming);
    for (size_t from = 0; from < edits->count && rc == RC_OK;) {
        const struct edits call = {edits->all + from, edits_of_call(edits, from)};
        rc = send_call(&call, redis, error);
        *sent += rc == RC_OK;
        from += call.count;
    }
    return rc;
}
