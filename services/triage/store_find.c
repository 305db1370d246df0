// SPDX-License-Identifier: Apache-2.0
// Candidates: buckets first, then the cards of those who met there. Whoever shares a contact is
// looked at before whoever shares a band of the narrative, and those before whoever shares a place.
#include "store.h"

#include "bucket.h"
#include "card.h"
#include "meeting.h"

#include "common/scope.h"

#include <stdlib.h>
#include <string.h>

#define CARDS 100    // read at a time
#define NEAR_DAYS 14 // as far as a shared place tells anything
#define CHOSEN 1024  // whose cards are read at most

static bool load_card(const redisReply *reply, const char *case_id, struct similar_case *entry) {
    if (reply->type != REDIS_REPLY_STRING ||
        card_unpack((const unsigned char *)reply->str, (size_t)reply->len, entry, NULL) != RC_OK) {
        return false;
    }
    memcpy(entry->case_id, case_id, sizeof entry->case_id);
    return true;
}

static enum rc get_cards(struct redis *redis, const char *const *case_ids, size_t count,
                         redisReply **reply, struct error *error) {
    char(*keys)[BUCKET_KEY] = calloc(count, sizeof *keys);
    const char **arguments = calloc(count + 1, sizeof *arguments);
    size_t *sizes = calloc(count + 1, sizeof *sizes);
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for the index's cases");
    if (keys != NULL && arguments != NULL && sizes != NULL) {
        arguments[0] = "MGET";
        sizes[0] = strlen(arguments[0]);
        for (size_t i = 0; i < count; i++) {
            bucket_case_key(case_ids[i], keys[i]);
            arguments[i + 1] = keys[i];
            sizes[i + 1] = strlen(keys[i]);
        }
        rc = redis_command_argv(redis, reply, count + 1, arguments, sizes, error);
    }
    free(sizes);
    free(arguments);
    free(keys);
    return rc;
}

enum rc store_load(struct redis *redis, const char *const *case_ids, size_t count,
                   struct similar_case *cases, bool *known, struct error *error) {
    redisReply *reply = NULL;
    if (count == 0) {
        return RC_OK;
    }
    enum rc rc = get_cards(redis, case_ids, count, &reply, error);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        known[i] = i < reply->elements && load_card(reply->element[i], case_ids[i], &cases[i]);
    }
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

// Ids to read the cards of, each once. Too large for a stack.
struct choice {
    const struct store_question *question;
    const struct similar_case *self;
    char ids[CHOSEN][37];
    size_t count;
    uint64_t tenants[CHOSEN]; // bucket_name of those that may be shown
    size_t tenant_count;
    struct similar_case read[CARDS];
};

static void name_tenants(struct choice *choice) {
    for (const char *at = choice->question->scope.tenants;
         *at != '\0' && choice->tenant_count < CHOSEN;) {
        size_t size = strcspn(at, ",");
        choice->tenants[choice->tenant_count++] = bucket_name(at, size);
        at += size + (at[size] == ',');
    }
}

// What an entry does not tell, the unit, is looked at once the card is read.
static bool may_be_shown(const struct choice *choice, const struct bucket_entry *entry) {
    for (size_t i = 0; i < choice->tenant_count; i++) {
        if (choice->tenants[i] == entry->tenant) {
            return true;
        }
    }
    return choice->question->scope.units[0] != '\0' ||
           scope_contains(choice->question->scope.cases, entry->case_id);
}

static bool is_shown(const struct store_scope *scope, const struct similar_case *entry) {
    return scope_contains(scope->tenants, entry->tenant) ||
           scope_contains(scope->units, entry->unit) ||
           scope_contains(scope->cases, entry->case_id);
}

static void choose(struct choice *choice, const struct bucket_entry *entry) {
    if (choice->count == CHOSEN || strcmp(entry->case_id, choice->self->case_id) == 0 ||
        !may_be_shown(choice, entry)) {
        return;
    }
    for (size_t i = 0; i < choice->count; i++) {
        if (strcmp(choice->ids[i], entry->case_id) == 0) {
            return;
        }
    }
    memcpy(choice->ids[choice->count++], entry->case_id, sizeof entry->case_id);
}

static bool is_near(const struct similar_case *self, const struct bucket_entry *entry) {
    return llabs(self->received_at_ms - entry->received_at_ms) <= (NEAR_DAYS + 1) * BUCKET_DAY_MS;
}

static enum rc choose_contacts(struct redis *redis, struct choice *choice, struct error *error) {
    unsigned char fields[SIMILAR_HASHES][BUCKET_FIELD];
    const struct meetings_question question = {
        .contacts = true,
        .now_ms = choice->question->now_ms,
        .fields = (const unsigned char(*)[BUCKET_FIELD])fields,
        .field_count = bucket_contacts(choice->self, fields),
    };
    struct meetings met;
    enum rc rc = meetings_read(redis, &question, &met, error);
    for (size_t i = 0; i < met.count && rc == RC_OK; i++) {
        choose(choice, &met.all[i].entry);
    }
    meetings_close(&met);
    return rc;
}

static enum rc choose_days(struct redis *redis, struct choice *choice, struct error *error) {
    unsigned char fields[BUCKET_FIELDS][BUCKET_FIELD];
    size_t bands = bucket_bands(choice->self, fields);
    const struct meetings_question question = {
        .now_ms = choice->question->now_ms,
        .fields = (const unsigned char(*)[BUCKET_FIELD])fields,
        .field_count = bands + bucket_place(choice->self, fields[bands]),
    };
    struct meetings met;
    enum rc rc = meetings_read(redis, &question, &met, error);
    for (size_t i = 0; i < met.count && rc == RC_OK; i++) {
        if (met.all[i].field < bands) {
            choose(choice, &met.all[i].entry);
        }
    }
    for (size_t i = 0; i < met.count && rc == RC_OK; i++) {
        if (met.all[i].field >= bands && is_near(choice->self, &met.all[i].entry)) {
            choose(choice, &met.all[i].entry);
        }
    }
    meetings_close(&met);
    return rc;
}

static enum rc read_some(struct redis *redis, struct choice *choice, size_t from,
                         struct store_answer *answer, struct error *error) {
    const char *ids[CARDS] = {NULL};
    bool known[CARDS] = {false};
    size_t count = choice->count - from < CARDS ? choice->count - from : CARDS;
    for (size_t i = 0; i < count; i++) {
        ids[i] = choice->ids[from + i];
    }
    enum rc rc = store_load(redis, ids, count, choice->read, known, error);
    for (size_t i = 0; i < count && rc == RC_OK && answer->count < STORE_CANDIDATES; i++) {
        if (known[i] && is_shown(&choice->question->scope, &choice->read[i])) {
            answer->cases[answer->count++] = choice->read[i];
        }
    }
    return rc;
}

static enum rc find(struct redis *redis, struct choice *choice, struct store_answer *answer,
                    struct error *error) {
    name_tenants(choice);
    enum rc rc = choose_contacts(redis, choice, error);
    rc = rc == RC_OK ? choose_days(redis, choice, error) : rc;
    for (size_t at = 0; at < choice->count && answer->count < STORE_CANDIDATES && rc == RC_OK;
         at += CARDS) {
        rc = read_some(redis, choice, at, answer, error);
    }
    return rc;
}

static enum rc answer_once(struct redis *redis, const struct store_question *question,
                           struct store_answer *answer, struct error *error) {
    bool whole = false;
    answer->known = false;
    answer->count = 0;
    enum rc rc = store_is_whole(redis, &whole, error);
    if (rc == RC_OK && !whole) {
        rc = error_set(error, RC_UNAVAILABLE, "the index of similar cases is being rebuilt");
    }
    rc = rc == RC_OK ? store_load(redis, (const char *const[]){question->case_id}, 1, &answer->self,
                                  &answer->known, error)
                     : rc;
    if (rc != RC_OK || !answer->known) {
        return rc;
    }
    struct choice *choice = calloc(1, sizeof *choice);
    if (choice == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for candidates");
    }
    choice->question = question;
    choice->self = &answer->self;
    rc = find(redis, choice, answer, error);
    free(choice);
    return rc;
}

// A connection of the pool may have been closed while it rested: Redis is asked once more before
// anybody is told that it is away.
enum rc store_candidates(struct redis *redis, const struct store_question *question,
                         struct store_answer *answer, struct error *error) {
    enum rc rc = answer_once(redis, question, answer, error);
    return rc == RC_UNAVAILABLE && redis_was_stale(redis)
               ? answer_once(redis, question, answer, error)
               : rc;
}
