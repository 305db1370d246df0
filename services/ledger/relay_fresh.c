// SPDX-License-Identifier: Apache-2.0
// A ring in the order of commits with a hash table over it.
#include "relay_fresh.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 4096 // facts: well over a second's at 500 cases a second
#define BUCKETS 4096
#define MOST_BYTES (4 * 1024 * 1024)

struct place {
    char case_id[37]; // empty: given away
    uint64_t sequence;
    struct relay_kept kept;
    uint32_t next; // in its bucket, plus 1; 0: the last
};

struct relay_fresh {
    pthread_mutex_t lock;
    size_t first; // the eldest
    size_t count;
    size_t bytes;
    uint32_t buckets[BUCKETS]; // place plus 1; 0: none
    struct place places[PLACES];
};

struct relay_fresh *relay_fresh_new(void) {
    struct relay_fresh *fresh = calloc(1, sizeof *fresh);
    if (fresh != NULL) {
        pthread_mutex_init(&fresh->lock, NULL);
    }
    return fresh;
}

void relay_kept_free(struct relay_kept *kept) {
    free(kept->payload);
    free(kept->contact);
    memset(kept, 0, sizeof *kept);
}

void relay_fresh_free(struct relay_fresh *fresh) {
    if (fresh == NULL) {
        return;
    }
    for (size_t i = 0; i < fresh->count; i++) {
        relay_kept_free(&fresh->places[(fresh->first + i) % PLACES].kept);
    }
    pthread_mutex_destroy(&fresh->lock);
    free(fresh);
}

static uint32_t *bucket_of(struct relay_fresh *fresh, const char *case_id, uint64_t sequence) {
    uint64_t hash = sequence;
    for (size_t i = 0; i < 8; i++) { // case ids are hashes
        hash = hash * 31 + (unsigned char)case_id[i];
    }
    return &fresh->buckets[hash % BUCKETS];
}

// What points to the fact's place: its bucket or the place before; to 0 where it is not here.
static uint32_t *find(struct relay_fresh *fresh, const char *case_id, uint64_t sequence) {
    uint32_t *link = bucket_of(fresh, case_id, sequence);
    while (*link != 0) {
        struct place *place = &fresh->places[*link - 1];
        if (place->sequence == sequence && strcmp(place->case_id, case_id) == 0) {
            break;
        }
        link = &place->next;
    }
    return link;
}

static void unlink_place(struct relay_fresh *fresh, uint32_t *link) {
    struct place *place = &fresh->places[*link - 1];
    *link = place->next;
    fresh->bytes -= place->kept.payload_size + place->kept.contact_size;
    place->case_id[0] = '\0';
}

static void drop_eldest(struct relay_fresh *fresh) {
    struct place *place = &fresh->places[fresh->first];
    if (place->case_id[0] != '\0') {
        uint32_t *link = bucket_of(fresh, place->case_id, place->sequence);
        while (*link != fresh->first + 1) {
            link = &fresh->places[*link - 1].next;
        }
        unlink_place(fresh, link);
        relay_kept_free(&place->kept);
    }
    fresh->first = (fresh->first + 1) % PLACES;
    fresh->count--;
}

static bool has_room(const struct relay_fresh *fresh, size_t size) {
    return fresh->count < PLACES && fresh->bytes + size <= MOST_BYTES;
}

static void put(struct relay_fresh *fresh, struct work_event *event) {
    ProtobufCBinaryData contact = {0};
    if (event->kind == FACT_CASE_REGISTERED) {
        contact = event->of->vault.contact;
    }
    uint8_t *copy = contact.len == 0 ? NULL : malloc(contact.len);
    size_t size = event->payload_size + contact.len;
    if ((contact.len > 0 && copy == NULL) || size > MOST_BYTES) {
        free(copy);
        return;
    }
    if (copy != NULL) {
        memcpy(copy, contact.data, contact.len);
    }
    while (!has_room(fresh, size)) {
        drop_eldest(fresh);
    }
    size_t number = (fresh->first + fresh->count++) % PLACES;
    struct place *place = &fresh->places[number];
    uint32_t *bucket = bucket_of(fresh, event->of->state.case_id, event->sequence);
    *place = (struct place){.sequence = event->sequence,
                            .kept = {.type = fact_type(event->kind),
                                     .payload = event->payload,
                                     .payload_size = event->payload_size,
                                     .contact = copy,
                                     .contact_size = contact.len,
                                     .decided_at_ms = event->decided_at_ms},
                            .next = *bucket};
    memcpy(place->case_id, event->of->state.case_id, sizeof place->case_id);
    memcpy(place->kept.hash, event->hash, sizeof place->kept.hash);
    *bucket = (uint32_t)number + 1;
    fresh->bytes += size;
    event->payload = NULL; // it is the ring's now
}

void relay_fresh_put(struct relay_fresh *fresh, struct work *work, relay_shards shards) {
    pthread_mutex_lock(&fresh->lock);
    for (size_t i = 0; i < work->event_count; i++) {
        if ((shards >> relay_shard(work->events[i].of->state.case_id) & 1) != 0) {
            put(fresh, &work->events[i]);
        }
    }
    pthread_mutex_unlock(&fresh->lock);
}

bool relay_fresh_take(struct relay_fresh *fresh, const char *case_id, uint64_t sequence,
                      struct relay_kept *kept) {
    pthread_mutex_lock(&fresh->lock);
    uint32_t *link = find(fresh, case_id, sequence);
    bool found = *link != 0;
    if (found) {
        struct place *place = &fresh->places[*link - 1];
        *kept = place->kept;
        unlink_place(fresh, link);
        memset(&place->kept, 0, sizeof place->kept);
    }
    // Places given away at the old end are free again.
    while (fresh->count > 0 && fresh->places[fresh->first].case_id[0] == '\0') {
        drop_eldest(fresh);
    }
    pthread_mutex_unlock(&fresh->lock);
    return found;
}
