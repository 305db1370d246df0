// SPDX-License-Identifier: Apache-2.0
// A value a case (card.c) and hashes of buckets (bucket.c). All changes to buckets go into one
// script, which reads and writes each hash once; cards are written beside it.
#include "store.h"

#include "bucket.h"
#include "card.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTINEL BUCKET_PREFIX "whole"
#define FORMAT "2"       // of what is kept; another one is rebuilt
#define BUCKET_MOST "32" // entries: the newest
#define BLOB_MOST (1 + BUCKET_ENTRY + BUCKET_FIELDS * BUCKET_FIELD)
#define EDITS 4 // of one change: its day, its contacts, its place from and to
#define NUMBER_SIZE 24

// For each key, ARGV has when it ends, how many edits, the edits: '+' or '-', an entry, fields of
// 9 bytes. An entry that is in already is put in anew. Calls take as many fields as Lua can pass.
static const char edit_script[] =
    "local at = 1 "
    "local function call(name, k, list) "
    "  for from = 1, #list, 1000 do "
    "    redis.call(name, k, unpack(list, from, math.min(from + 999, #list))) end end "
    "for _, k in ipairs(KEYS) do "
    "  local last = at + 1 + ARGV[at + 1] "
    "  local names, lists = {}, {} "
    "  for b = at + 2, last do "
    "    for p = 34, #ARGV[b], 9 do "
    "      local f = string.sub(ARGV[b], p, p + 8) "
    "      if not lists[f] then lists[f] = '' names[#names + 1] = f end end end "
    "  for from = 1, #names, 1000 do "
    "    local got = redis.call('HMGET', k, unpack(names, from, math.min(from + 999, #names))) "
    "    for i = 1, #got do lists[names[from + i - 1]] = got[i] or '' end end "
    "  for b = at + 2, last do "
    "    local blob = ARGV[b] "
    "    local adds, id = string.byte(blob) == 43, string.sub(blob, 2, 17) "
    "    for p = 34, #blob, 9 do "
    "      local f = string.sub(blob, p, p + 8) "
    "      local list = lists[f] "
    "      local place = string.find(list, id, 1, true) "
    "      while place and place % 32 ~= 1 do place = string.find(list, id, place + 1, true) end "
    "      if place then "
    "        list = string.sub(list, 1, place - 1) .. string.sub(list, place + 32) end "
    "      if adds then "
    "        list = string.sub(list .. string.sub(blob, 2, 33), -32 * " BUCKET_MOST ") end "
    "      lists[f] = list end end "
    "  local kept, gone = {}, {} "
    "  for _, f in ipairs(names) do "
    "    if lists[f] == '' then gone[#gone + 1] = f "
    "    else kept[#kept + 1] = f kept[#kept + 1] = lists[f] end end "
    "  call('HDEL', k, gone) "
    "  call('HSET', k, kept) "
    "  if #kept > 0 then redis.call('PEXPIREAT', k, ARGV[at]) end "
    "  at = last + 1 end "
    "return 1";

struct edit {
    char key[BUCKET_KEY];
    char until[NUMBER_SIZE]; // when the key ends
    size_t number;           // of its making: entries stay in the order in which they came
    size_t size;
    unsigned char blob[BLOB_MOST];
};

// What one call writes.
struct writing {
    struct redis *redis;
    int64_t now_ms;
    struct edit *edits;
    size_t count;
    size_t added; // commands that were sent
};

static void set_until(char text[NUMBER_SIZE], int64_t ms) {
    snprintf(text, NUMBER_SIZE, "%" PRId64, ms);
}

static struct edit *begin_edit(struct writing *writing, const struct similar_case *entry,
                               bool adds) {
    struct edit *edit = &writing->edits[writing->count];
    edit->number = writing->count++;
    edit->blob[0] = adds ? '+' : '-';
    bucket_write(entry, edit->blob + 1);
    edit->size = 1 + BUCKET_ENTRY;
    return edit;
}

static void add_fields(struct edit *edit, const unsigned char (*fields)[BUCKET_FIELD],
                       size_t count) {
    memcpy(edit->blob + edit->size, fields, count * BUCKET_FIELD);
    edit->size += count * BUCKET_FIELD;
}

static void set_day(struct edit *edit, const struct similar_case *entry) {
    int64_t day = entry->received_at_ms / BUCKET_DAY_MS;
    bucket_day_key(day, edit->key);
    set_until(edit->until, (day + 1 + SIMILAR_DAYS) * BUCKET_DAY_MS);
}

static void edit_contacts(struct writing *writing, const struct similar_case *entry, bool adds) {
    unsigned char fields[SIMILAR_HASHES][BUCKET_FIELD];
    int64_t period = entry->received_at_ms / (BUCKET_CONTACT_DAYS * BUCKET_DAY_MS);
    size_t count = bucket_contacts(entry, fields);
    if (count == 0) {
        return;
    }
    struct edit *edit = begin_edit(writing, entry, adds);
    bucket_contact_key(period, edit->key);
    set_until(edit->until, ((period + 1) * BUCKET_CONTACT_DAYS + SIMILAR_DAYS) * BUCKET_DAY_MS);
    add_fields(edit, (const unsigned char(*)[BUCKET_FIELD])fields, count);
}

static void edit_day(struct writing *writing, const struct similar_case *entry, bool adds) {
    unsigned char fields[BUCKET_FIELDS][BUCKET_FIELD];
    size_t count = bucket_bands(entry, fields);
    count += bucket_place(entry, fields[count]);
    if (count > 0) {
        struct edit *edit = begin_edit(writing, entry, adds);
        set_day(edit, entry);
        add_fields(edit, (const unsigned char(*)[BUCKET_FIELD])fields, count);
    }
}

static void edit_place(struct writing *writing, const struct similar_case *entry, bool adds) {
    unsigned char field[1][BUCKET_FIELD];
    if (bucket_place(entry, field[0])) {
        struct edit *edit = begin_edit(writing, entry, adds);
        set_day(edit, entry);
        add_fields(edit, (const unsigned char(*)[BUCKET_FIELD])field, 1);
    }
}

static enum rc send(struct writing *writing, size_t count, const char *const *arguments,
                    const size_t *sizes, struct error *error) {
    enum rc rc = redis_add(writing->redis, count, arguments, sizes, error);
    writing->added += rc == RC_OK;
    return rc;
}

static enum rc send_card(struct writing *writing, const struct similar_case *entry,
                         struct error *error) {
    char key[BUCKET_KEY];
    char until[NUMBER_SIZE];
    unsigned char card[CARD_MOST];
    bucket_case_key(entry->case_id, key);
    set_until(until, entry->received_at_ms + SIMILAR_DAYS * BUCKET_DAY_MS);
    const char *const arguments[] = {"SET", key, (const char *)card, "PXAT", until};
    const size_t sizes[] = {3, strlen(key), card_pack(entry, card), 4, strlen(until)};
    return send(writing, 5, arguments, sizes, error);
}

static enum rc put(struct writing *writing, const struct similar_case *entry, struct error *error) {
    if (entry->received_at_ms < writing->now_ms - SIMILAR_DAYS * BUCKET_DAY_MS) {
        return RC_OK;
    }
    edit_day(writing, entry, true);
    edit_contacts(writing, entry, true);
    return send_card(writing, entry, error);
}

static enum rc erase(struct writing *writing, const struct similar_case *entry,
                     struct error *error) {
    char key[BUCKET_KEY];
    edit_day(writing, entry, false);
    edit_contacts(writing, entry, false);
    bucket_case_key(entry->case_id, key);
    return send(writing, 2, (const char *const[]){"DEL", key}, (const size_t[]){3, strlen(key)},
                error);
}

// A case that is in takes another category or unit; a category moves it to another place.
static enum rc change(struct writing *writing, const struct store_change *change,
                      struct similar_case *entry, struct error *error) {
    bool moves = change->category != NULL && strcmp(change->category, entry->category) != 0;
    bool passes = change->unit != NULL && strcmp(change->unit, entry->unit) != 0;
    if (change->erased) {
        return erase(writing, entry, error);
    }
    if (moves) {
        edit_place(writing, entry, false);
        snprintf(entry->category, sizeof entry->category, "%s", change->category);
        edit_place(writing, entry, true);
    }
    if (passes) {
        snprintf(entry->unit, sizeof entry->unit, "%s", change->unit);
    }
    return moves || passes ? send_card(writing, entry, error) : RC_OK;
}

static int by_key(const void *one, const void *other) {
    const struct edit *a = one;
    const struct edit *b = other;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

struct arguments {
    const char **texts;
    size_t *sizes;
    size_t count;
};

static void add(struct arguments *arguments, const void *text, size_t size) {
    arguments->texts[arguments->count] = text;
    arguments->sizes[arguments->count++] = size;
}

static size_t same_key(const struct writing *writing, size_t from) {
    size_t count = 1;
    while (from + count < writing->count &&
           strcmp(writing->edits[from].key, writing->edits[from + count].key) == 0) {
        count++;
    }
    return count;
}

// numbers has room for a number a key, and one.
static void name_edits(const struct writing *writing, char (*numbers)[NUMBER_SIZE],
                       struct arguments *arguments) {
    size_t keys = 0;
    add(arguments, "EVAL", 4);
    add(arguments, edit_script, sizeof edit_script - 1);
    add(arguments, numbers[0], 0);
    for (size_t i = 0; i < writing->count; i += same_key(writing, i)) {
        add(arguments, writing->edits[i].key, strlen(writing->edits[i].key));
        keys++;
    }
    snprintf(numbers[0], NUMBER_SIZE, "%zu", keys);
    arguments->sizes[2] = strlen(numbers[0]);
    for (size_t i = 0; i < writing->count;) {
        size_t count = same_key(writing, i);
        char *number = numbers[keys--];
        snprintf(number, NUMBER_SIZE, "%zu", count);
        add(arguments, writing->edits[i].until, strlen(writing->edits[i].until));
        add(arguments, number, strlen(number));
        for (size_t end = i + count; i < end; i++) {
            add(arguments, writing->edits[i].blob, writing->edits[i].size);
        }
    }
}

static enum rc send_edits(struct writing *writing, struct error *error) {
    size_t room = 3 + 4 * writing->count;
    struct arguments arguments = {calloc(room, sizeof(char *)), calloc(room, sizeof(size_t)), 0};
    char(*numbers)[NUMBER_SIZE] = calloc(writing->count + 1, NUMBER_SIZE);
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for the index's changes");
    if (writing->count == 0) {
        rc = RC_OK;
    } else if (arguments.texts != NULL && arguments.sizes != NULL && numbers != NULL) {
        qsort(writing->edits, writing->count, sizeof writing->edits[0], by_key);
        name_edits(writing, numbers, &arguments);
        rc = send(writing, arguments.count, arguments.texts, arguments.sizes, error);
    }
    free(numbers);
    free(arguments.sizes);
    free(arguments.texts);
    return rc;
}

// The first refusal is told, and all replies are taken.
static enum rc finish(struct writing *writing, enum rc rc, struct error *error) {
    for (size_t i = 0; i < writing->added && rc == RC_OK; i++) {
        redisReply *reply = NULL;
        rc = redis_take(writing->redis, &reply, error);
        if (rc == RC_OK) {
            freeReplyObject(reply);
        }
    }
    redis_end(writing->redis);
    return rc;
}

// Where a change is about a case that is in, the case is read into its place of loaded.
static enum rc load_changed(struct redis *redis, const struct store_change *changes, size_t count,
                            struct similar_case *loaded, bool *known, struct error *error) {
    const char **ids = calloc(count, sizeof *ids);
    size_t asked = 0;
    if (ids == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the index's cases");
    }
    for (size_t i = 0; i < count; i++) {
        if (changes[i].entry == NULL) {
            ids[asked++] = changes[i].case_id;
        }
    }
    enum rc rc = store_load(redis, ids, asked, loaded, known, error);
    free(ids);
    return rc;
}

static enum rc write_all(struct writing *writing, const struct store_change *changes, size_t count,
                         struct similar_case *loaded, const bool *known, struct error *error) {
    size_t next = 0;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (changes[i].entry != NULL) {
            rc = put(writing, changes[i].entry, error);
        } else {
            rc = known[next] ? change(writing, &changes[i], &loaded[next], error) : RC_OK;
            next++;
        }
    }
    rc = rc == RC_OK ? send_edits(writing, error) : rc;
    return finish(writing, rc, error);
}

enum rc store_apply(struct redis *redis, const struct store_change *changes, size_t count,
                    int64_t now_ms, struct error *error) {
    struct writing writing = {.redis = redis, .now_ms = now_ms};
    if (count == 0) {
        return RC_OK;
    }
    struct similar_case *loaded = calloc(count, sizeof *loaded);
    bool *known = calloc(count, sizeof *known);
    writing.edits = calloc(count, EDITS * sizeof *writing.edits);
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for the index's changes");
    if (loaded != NULL && known != NULL && writing.edits != NULL) {
        rc = load_changed(redis, changes, count, loaded, known, error);
        rc = rc == RC_OK ? write_all(&writing, changes, count, loaded, known, error) : rc;
    }
    free(writing.edits);
    free(known);
    free(loaded);
    return rc;
}

enum rc store_is_whole(struct redis *redis, bool *whole, struct error *error) {
    redisReply *reply = NULL;
    *whole = false;
    enum rc rc = redis_command(redis, &reply, error, "GET", SENTINEL, NULL);
    if (rc == RC_OK) {
        *whole = strcmp(redis_text(reply), FORMAT) == 0;
        freeReplyObject(reply);
    }
    return rc;
}

enum rc store_set_whole(struct redis *redis, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(redis, &reply, error, "SET", SENTINEL, FORMAT, NULL);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}
