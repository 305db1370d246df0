// SPDX-License-Identifier: Apache-2.0
// Who comes again, from the buckets of contacts alone. What was sent in later but is known already
// (facts of several partitions come in any order) is counted anew, by its own contacts.
#include "store.h"

#include "bucket.h"
#include "meeting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN_MS (SIMILAR_DAYS * BUCKET_DAY_MS)
#define OTHERS (SIMILAR_HASHES * MEETING_MOST) // of one case

// Cases of the same contacts that came later and are to be counted as well.
struct later {
    char ids[STORE_REPEATS][37];
    size_t count;
};

struct counting {
    const struct similar_case *const *cases;
    size_t case_count;
    unsigned char (*fields)[BUCKET_FIELD]; // of the cases, one after the other
    struct meetings met;
    struct store_repeats *found;
    struct later *later; // NULL: nobody asks for them
};

static bool is_before(const struct bucket_entry *one, const struct bucket_entry *other) {
    return one->received_at_ms != other->received_at_ms
               ? one->received_at_ms < other->received_at_ms
               : strcmp(one->case_id, other->case_id) < 0;
}

static bool has_id(char (*ids)[37], size_t count, const char *id) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static void note_later(struct later *later, const char *case_id) {
    if (later != NULL && later->count < STORE_REPEATS &&
        !has_id(later->ids, later->count, case_id)) {
        memcpy(later->ids[later->count++], case_id, sizeof later->ids[0]);
    }
}

// Fields of the case are those from first on, as many as it has hashes.
static uint32_t count_earlier(const struct counting *counting, const struct similar_case *of,
                              size_t first) {
    unsigned char bytes[BUCKET_ENTRY];
    struct bucket_entry self;
    char seen[OTHERS][37];
    uint32_t count = 0;
    bucket_write(of, bytes);
    bucket_read(bytes, &self);
    for (size_t i = 0; i < counting->met.count; i++) {
        const struct meeting *met = &counting->met.all[i];
        int64_t apart = self.received_at_ms - met->entry.received_at_ms;
        if (met->field < first || met->field >= first + of->hash_count ||
            met->entry.tenant != self.tenant || llabs(apart) > SPAN_MS ||
            strcmp(met->entry.case_id, self.case_id) == 0) {
            continue;
        }
        if (!is_before(&met->entry, &self)) {
            note_later(counting->later, met->entry.case_id);
        } else if (count < OTHERS && !has_id(seen, count, met->entry.case_id)) {
            memcpy(seen[count++], met->entry.case_id, sizeof seen[0]);
        }
    }
    return count;
}

static void count_all(struct counting *counting) {
    size_t first = 0;
    for (size_t i = 0; i < counting->case_count; i++) {
        const struct similar_case *of = counting->cases[i];
        uint32_t earlier = count_earlier(counting, of, first);
        first += of->hash_count;
        if (earlier > 0) {
            struct store_repeat *repeat = &counting->found->all[counting->found->count++];
            memcpy(repeat->case_id, of->case_id, sizeof repeat->case_id);
            memcpy(repeat->tenant, of->tenant, sizeof repeat->tenant);
            repeat->earlier = earlier;
        }
    }
}

static enum rc count_repeats(struct redis *redis, struct counting *counting, int64_t now_ms,
                             struct error *error) {
    size_t count = 0;
    counting->fields = calloc(counting->case_count + 1, SIMILAR_HASHES * BUCKET_FIELD);
    if (counting->fields == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for repeats");
    }
    for (size_t i = 0; i < counting->case_count; i++) {
        count += bucket_contacts(counting->cases[i], counting->fields + count);
    }
    const struct meetings_question question = {
        .contacts = true,
        .now_ms = now_ms,
        .fields = (const unsigned char(*)[BUCKET_FIELD])counting->fields,
        .field_count = count,
    };
    enum rc rc = meetings_read(redis, &question, &counting->met, error);
    if (rc == RC_OK) {
        count_all(counting);
    }
    meetings_close(&counting->met);
    free(counting->fields);
    return rc;
}

static enum rc count_later(struct redis *redis, const struct later *later, int64_t now_ms,
                           struct store_repeats *found, struct error *error) {
    struct similar_case *loaded = calloc(STORE_REPEATS, sizeof *loaded);
    const char *ids[STORE_REPEATS] = {NULL};
    bool known[STORE_REPEATS] = {false};
    const struct similar_case *cases[STORE_REPEATS] = {NULL};
    struct counting counting = {.cases = cases, .found = found};
    if (loaded == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for repeats");
    }
    for (size_t i = 0; i < later->count; i++) {
        ids[i] = later->ids[i];
    }
    enum rc rc = store_load(redis, ids, later->count, loaded, known, error);
    for (size_t i = 0; i < later->count && rc == RC_OK; i++) {
        if (known[i]) {
            cases[counting.case_count++] = &loaded[i];
        }
    }
    rc = rc == RC_OK ? count_repeats(redis, &counting, now_ms, error) : rc;
    free(loaded);
    return rc;
}

enum rc store_repeats(struct redis *redis, const struct similar_case *const *cases,
                      size_t case_count, int64_t now_ms, struct store_repeats *found,
                      struct error *error) {
    struct later later = {.count = 0};
    struct counting counting = {
        .cases = cases, .case_count = case_count, .found = found, .later = &later};
    *found = (struct store_repeats){calloc(case_count + STORE_REPEATS, sizeof *found->all), 0};
    if (found->all == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for repeats");
    }
    enum rc rc = count_repeats(redis, &counting, now_ms, error);
    return rc == RC_OK && later.count > 0 ? count_later(redis, &later, now_ms, found, error) : rc;
}
