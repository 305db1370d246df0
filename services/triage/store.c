// SPDX-License-Identifier: Apache-2.0
// A value a case (card.c) and hashes of buckets (bucket.c). All changes to buckets go into one call
// (edits.c); cards are written beside it.
#include "store.h"

#include "card.h"
#include "edits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTINEL BUCKET_PREFIX "whole"
#define FORMAT "2" // of what is kept; another one is rebuilt
#define NUMBER_SIZE 24

// What one call writes.
struct writing {
    struct redis *redis;
    int64_t now_ms;
    struct edits edits;
    size_t added; // commands that were sent
};

static void set_until(char text[NUMBER_SIZE], int64_t ms) {
    snprintf(text, NUMBER_SIZE, "%" PRId64, ms);
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
    edits_case(&writing->edits, entry, true);
    return send_card(writing, entry, error);
}

static enum rc erase(struct writing *writing, const struct similar_case *entry,
                     struct error *error) {
    char key[BUCKET_KEY];
    edits_case(&writing->edits, entry, false);
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
        edits_place(&writing->edits, entry, false);
        snprintf(entry->category, sizeof entry->category, "%s", change->category);
        edits_place(&writing->edits, entry, true);
    }
    if (passes) {
        snprintf(entry->unit, sizeof entry->unit, "%s", change->unit);
    }
    return moves || passes ? send_card(writing, entry, error) : RC_OK;
}

static enum rc send_edits(struct writing *writing, struct error *error) {
    size_t sent = 0;
    enum rc rc = edits_send(&writing->edits, writing->redis, &sent, error);
    writing->added += sent;
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
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for the index's changes");
    if (loaded != NULL && known != NULL) {
        rc = edits_begin(&writing.edits, count, error);
    }
    if (rc == RC_OK) {
        rc = load_changed(redis, changes, count, loaded, known, error);
        rc = rc == RC_OK ? write_all(&writing, changes, count, loaded, known, error) : rc;
    }
    edits_free(&writing.edits);
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
