// SPDX-License-Identifier: Apache-2.0
// A list's newest entries stand last, so that lists are read from their end.
#include "meeting.h"

#include <stdlib.h>
#include <string.h>

#define KEYS (SIMILAR_DAYS + 3)

struct reading {
    const struct meetings_question *question;
    char keys[KEYS][BUCKET_KEY];
    size_t key_count;
    size_t *read; // entries of each field so far
};

// The newest first. Another machine's clock may be ahead of ours.
static void name_keys(struct reading *reading) {
    bool contacts = reading->question->contacts;
    int64_t now_ms = reading->question->now_ms;
    int64_t span = contacts ? BUCKET_CONTACT_DAYS * BUCKET_DAY_MS : BUCKET_DAY_MS;
    int64_t last = (now_ms + BUCKET_DAY_MS) / span;
    int64_t first = (now_ms - SIMILAR_DAYS * BUCKET_DAY_MS) / span;
    for (int64_t at = last; at >= first && reading->key_count < KEYS; at--) {
        char *key = reading->keys[reading->key_count++];
        if (contacts) {
            bucket_contact_key(at, key);
        } else {
            bucket_day_key(at, key);
        }
    }
}

static enum rc ask(struct redis *redis, const struct reading *reading, struct error *error) {
    size_t count = reading->question->field_count + 2;
    const char **arguments = calloc(count, sizeof *arguments);
    size_t *sizes = calloc(count, sizeof *sizes);
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for a question to the index");
    if (arguments != NULL && sizes != NULL) {
        arguments[0] = "HMGET";
        sizes[0] = strlen(arguments[0]);
        for (size_t i = 2; i < count; i++) {
            arguments[i] = (const char *)reading->question->fields[i - 2];
            sizes[i] = BUCKET_FIELD;
        }
        rc = RC_OK;
    }
    for (size_t i = 0; i < reading->key_count && rc == RC_OK; i++) {
        arguments[1] = reading->keys[i];
        sizes[1] = strlen(reading->keys[i]);
        rc = redis_add(redis, count, arguments, sizes, error);
    }
    free(sizes);
    free(arguments);
    return rc;
}

static struct meeting *next(struct meetings *meetings) {
    if (meetings->count == meetings->room) {
        size_t room = meetings->room == 0 ? 64 : 2 * meetings->room;
        struct meeting *grown = realloc(meetings->all, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        meetings->all = grown;
        meetings->room = room;
    }
    return &meetings->all[meetings->count++];
}

static enum rc read_list(const redisReply *reply, size_t field, size_t *read,
                         struct meetings *meetings, struct error *error) {
    size_t size = reply->type == REDIS_REPLY_STRING ? (size_t)reply->len : 0;
    for (size_t at = size - size % BUCKET_ENTRY; at > 0 && *read < MEETING_MOST;
         at -= BUCKET_ENTRY) {
        struct meeting *meeting = next(meetings);
        if (meeting == NULL) {
            return error_set(error, RC_INTERNAL, "out of memory for who met");
        }
        bucket_read((const unsigned char *)reply->str + at - BUCKET_ENTRY, &meeting->entry);
        meeting->field = field;
        (*read)++;
    }
    return RC_OK;
}

static enum rc read_key(struct redis *redis, struct reading *reading, struct meetings *meetings,
                        struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_take(redis, &reply, error);
    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < reply->elements && i < reading->question->field_count && rc == RC_OK;
         i++) {
        rc = read_list(reply->element[i], i, &reading->read[i], meetings, error);
    }
    freeReplyObject(reply);
    return rc;
}

enum rc meetings_read(struct redis *redis, const struct meetings_question *question,
                      struct meetings *meetings, struct error *error) {
    struct reading reading = {.question = question};
    *meetings = (struct meetings){NULL, 0, 0};
    if (question->field_count == 0) {
        return RC_OK;
    }
    reading.read = calloc(question->field_count, sizeof *reading.read);
    if (reading.read == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for who met");
    }
    name_keys(&reading);
    enum rc rc = ask(redis, &reading, error);
    for (size_t i = 0; i < reading.key_count && rc == RC_OK; i++) {
        rc = read_key(redis, &reading, meetings, error);
    }
    redis_end(redis);
    free(reading.read);
    return rc;
}

void meetings_close(struct meetings *meetings) { free(meetings->all); }
