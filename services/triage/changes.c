// SPDX-License-Identifier: Apache-2.0
// Facts of one case come in order: the last one wins, and an erased case stays erased.
#include "changes.h"

#include "bucket.h"

#include "common/fact_record.h"
#include "common/protobuf.h"

#include "redress/v1/facts.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024 // more than twice the changes: places of a table by case id

struct texts { // of a case that is in already
    char category[65];
    char unit[65];
};

struct changes {
    struct store_change all[BUS_BATCH_LIMIT];
    struct similar_case *entries[BUS_BATCH_LIMIT]; // of those that came; owned
    struct texts texts[BUS_BATCH_LIMIT];
    char traces[BUS_BATCH_LIMIT][ENVELOPE_TRACE_SIZE];
    size_t count;
    uint16_t slots[SLOTS]; // 0: free; else a change's number and one
    const struct similar_case *callers[BUS_BATCH_LIMIT];
};

enum rc changes_new(struct changes **out, struct error *error) {
    *out = calloc(1, sizeof **out);
    return *out == NULL ? error_set(error, RC_INTERNAL, "out of memory for the index's changes")
                        : RC_OK;
}

void changes_free(struct changes *changes) {
    if (changes == NULL) {
        return;
    }
    for (size_t i = 0; i < changes->count; i++) {
        free(changes->entries[i]);
    }
    free(changes);
}

static uint16_t *slot_of(const struct changes *changes, const char *case_id) {
    size_t place = bucket_name(case_id, strlen(case_id)) % SLOTS;
    while (changes->slots[place] != 0 &&
           strcmp(changes->all[changes->slots[place] - 1].case_id, case_id) != 0) {
        place = (place + 1) % SLOTS;
    }
    return (uint16_t *)&changes->slots[place];
}

static void copy(char *target, size_t room, const char *source) {
    snprintf(target, room, "%s", source == NULL ? "" : source);
}
#define COPY(target, source) copy(target, sizeof(target), source)

// The change of a fact's case: a new one where the batch had none.
static size_t place_of(struct changes *changes, const Redress__V1__FactMeta *meta) {
    uint16_t *slot = slot_of(changes, meta->case_id);
    if (*slot == 0) {
        COPY(changes->all[changes->count].case_id, meta->case_id);
        *slot = (uint16_t)++changes->count;
    }
    return *slot - 1U;
}

static enum rc on_registered(struct changes *changes, size_t place, const ProtobufCMessage *message,
                             struct error *error) {
    const Redress__V1__CaseRegistered *fact = (const Redress__V1__CaseRegistered *)message;
    struct similar_case *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a case of the index");
    }
    entry->received_at_ms = fact->received_at_ms;
    COPY(entry->case_id, fact->meta->case_id);
    COPY(entry->tenant, fact->meta->tenant);
    COPY(entry->category, fact->category);
    for (size_t i = 0; i < fact->n_contact_hashes && entry->hash_count < SIMILAR_HASHES; i++) {
        if (fact->contact_hashes[i].len == 32) {
            memcpy(entry->hashes[entry->hash_count++], fact->contact_hashes[i].data, 32);
        }
    }
    similar_read(entry, fact->narrative);
    free(changes->entries[place]);
    changes->entries[place] = entry;
    changes->all[place].entry = entry;
    return RC_OK;
}

static void set_category(struct changes *changes, size_t place, const char *category) {
    if (changes->entries[place] != NULL) {
        COPY(changes->entries[place]->category, category);
    } else {
        COPY(changes->texts[place].category, category);
        changes->all[place].category = changes->texts[place].category;
    }
}

static void set_unit(struct changes *changes, size_t place, const char *unit) {
    if (changes->entries[place] != NULL) {
        COPY(changes->entries[place]->unit, unit);
    } else {
        COPY(changes->texts[place].unit, unit);
        changes->all[place].unit = changes->texts[place].unit;
    }
}

static enum rc on_assessed(struct changes *changes, size_t place, const ProtobufCMessage *message,
                           struct error *error) {
    (void)error;
    set_category(changes, place, ((const Redress__V1__CaseAssessed *)message)->category);
    return RC_OK;
}

static enum rc on_dispatched(struct changes *changes, size_t place, const ProtobufCMessage *message,
                             struct error *error) {
    (void)error;
    set_unit(changes, place, ((const Redress__V1__CaseDispatched *)message)->unit);
    return RC_OK;
}

static enum rc on_designated(struct changes *changes, size_t place, const ProtobufCMessage *message,
                             struct error *error) {
    (void)error;
    set_unit(changes, place, ((const Redress__V1__CaseDesignated *)message)->unit);
    return RC_OK;
}

static enum rc on_erased(struct changes *changes, size_t place, const ProtobufCMessage *message,
                         struct error *error) {
    (void)message;
    (void)error;
    free(changes->entries[place]);
    changes->entries[place] = NULL;
    changes->all[place].entry = NULL;
    changes->all[place].erased = true;
    return RC_OK;
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    enum rc (*take)(struct changes *, size_t, const ProtobufCMessage *, struct error *);
} kinds[] = {
    {&redress__v1__case_registered__descriptor, on_registered},
    {&redress__v1__case_assessed__descriptor, on_assessed},
    {&redress__v1__case_dispatched__descriptor, on_dispatched},
    {&redress__v1__case_designated__descriptor, on_designated},
    {&redress__v1__content_erased__descriptor, on_erased},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static size_t kind_of(const char *type) {
    size_t kind = 0;
    while (kind < KINDS && strcmp(type, kinds[kind].descriptor->name) != 0) {
        kind++;
    }
    return kind;
}

// A fact that can't be read is nothing that the index could hold; the assessment's consumer and
// analytics keep it as a dead letter.
enum rc changes_take(struct changes *changes, const struct bus_record *record,
                     struct error *error) {
    ProtobufCMessage *message = NULL;
    size_t kind = fact_record_check(record, NULL) == RC_OK ? kind_of(record->envelope.type) : KINDS;
    if (kind == KINDS || changes->count == BUS_BATCH_LIMIT) {
        return RC_OK;
    }
    enum rc rc = fact_record_read(record, kinds[kind].descriptor, &message, error);
    if (rc != RC_OK) {
        return rc == RC_INVALID ? RC_OK : rc;
    }
    size_t place = place_of(changes, fact_record_meta(message));
    rc = changes->all[place].erased ? RC_OK : kinds[kind].take(changes, place, message, error);
    if (kind == 0) {
        COPY(changes->traces[place], record->envelope.traceparent);
    }
    protobuf_free(message);
    return rc;
}

const struct store_change *changes_all(const struct changes *changes, size_t *count) {
    *count = changes->count;
    return changes->all;
}

const struct similar_case *const *changes_callers(struct changes *changes, size_t *count) {
    *count = 0;
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->entries[i] != NULL && changes->entries[i]->hash_count > 0) {
            changes->callers[(*count)++] = changes->entries[i];
        }
    }
    return changes->callers;
}

const char *changes_trace(const struct changes *changes, const char *case_id) {
    const uint16_t *slot = slot_of(changes, case_id);
    return *slot == 0 ? "" : changes->traces[*slot - 1U];
}
