// SPDX-License-Identifier: Apache-2.0
// One thread looks whether the index is whole and rebuilds it; the consumer waits while it is not.
#include "index.h"

#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/fact_record.h"
#include "common/http_client.h"
#include "common/ident.h"
#include "common/log.h"
#include "common/proposal.h"

#include "redress/v1/facts.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 500
#define REDIS_TIMEOUT_MS 2000
#define LEDGER_TIMEOUT_MS 10000
#define PAGE 50 // narratives of one answer: the longest ones fit
#define DAY_MS 86400000LL

struct index {
    struct bus_consumer *bus;
    struct bus_producer *producer;
    struct redis *redis; // the consumer's
    struct redis *rebuild_redis;
    struct http_client *ledger;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
};

static void copy(char *target, size_t room, const char *source) {
    snprintf(target, room, "%s", source == NULL ? "" : source);
}
#define COPY(target, source) copy(target, sizeof(target), source)

static enum rc propose(struct index *index, const Redress__V1__FactMeta *cause,
                       const struct store_repeat *repeat, const char *traceparent,
                       struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__NoteRepeat message = REDRESS__V1__NOTE_REPEAT__INIT;
    char proposal_id[IDENT_UUID_SIZE];
    char earlier[16];
    snprintf(earlier, sizeof earlier, "%" PRIu32, repeat->earlier);
    ident_uuid_from((const char *const[]){"repeat", repeat->case_id, earlier, NULL}, proposal_id);
    proposal_meta(&meta, repeat->case_id, cause->tenant, proposal_id, "triage");
    message.meta = &meta;
    message.earlier = repeat->earlier;
    metric_add(&triage_stats[STAT_REPEATS], 1);
    return proposal_publish(index->producer, &message.base, &meta, traceparent, wait, error);
}

static enum rc propose_repeats(struct index *index, const Redress__V1__CaseRegistered *fact,
                               const char *traceparent, struct bus_wait *wait,
                               struct error *error) {
    struct store_repeat repeats[STORE_REPEATS];
    size_t count = 0;
    if (fact->n_contact_hashes == 0) {
        return RC_OK;
    }
    enum rc rc = store_repeats(index->redis, fact->meta->case_id, repeats, &count, error);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = propose(index, fact->meta, &repeats[i], traceparent, wait, error);
    }
    return rc;
}

static enum rc on_registered(struct index *index, const ProtobufCMessage *message,
                             const char *traceparent, struct bus_wait *wait, struct error *error) {
    const Redress__V1__CaseRegistered *fact = (const Redress__V1__CaseRegistered *)message;
    struct similar_case entry = {.received_at_ms = fact->received_at_ms};
    COPY(entry.case_id, fact->meta->case_id);
    COPY(entry.tenant, fact->meta->tenant);
    COPY(entry.category, fact->category);
    for (size_t i = 0; i < fact->n_contact_hashes && i < SIMILAR_HASHES; i++) {
        if (fact->contact_hashes[i].len == 32) {
            memcpy(entry.hashes[entry.hash_count++], fact->contact_hashes[i].data, 32);
        }
    }
    similarity_sketch_text(&entry.sketch, fact->narrative, strlen(fact->narrative));
    enum rc rc = store_put(index->redis, &entry, clock_wall_ms(), error);
    metric_add(&triage_stats[STAT_INDEXED], rc == RC_OK);
    return rc == RC_OK ? propose_repeats(index, fact, traceparent, wait, error) : rc;
}

static enum rc on_assessed(struct index *index, const ProtobufCMessage *message,
                           const char *traceparent, struct bus_wait *wait, struct error *error) {
    const Redress__V1__CaseAssessed *fact = (const Redress__V1__CaseAssessed *)message;
    (void)traceparent;
    (void)wait;
    return store_set_category(index->redis, fact->meta->case_id, fact->category, error);
}

static enum rc on_dispatched(struct index *index, const ProtobufCMessage *message,
                             const char *traceparent, struct bus_wait *wait, struct error *error) {
    const Redress__V1__CaseDispatched *fact = (const Redress__V1__CaseDispatched *)message;
    (void)traceparent;
    (void)wait;
    return store_set_unit(index->redis, fact->meta->case_id, fact->unit, error);
}

static enum rc on_designated(struct index *index, const ProtobufCMessage *message,
                             const char *traceparent, struct bus_wait *wait, struct error *error) {
    const Redress__V1__CaseDesignated *fact = (const Redress__V1__CaseDesignated *)message;
    (void)traceparent;
    (void)wait;
    return store_set_unit(index->redis, fact->meta->case_id, fact->unit, error);
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    enum rc (*take)(struct index *, const ProtobufCMessage *, const char *, struct bus_wait *,
                    struct error *);
} kinds[] = {
    {&redress__v1__case_registered__descriptor, on_registered},
    {&redress__v1__case_assessed__descriptor, on_assessed},
    {&redress__v1__case_dispatched__descriptor, on_dispatched},
    {&redress__v1__case_designated__descriptor, on_designated},
};

// A fact that can't be read is nothing that the index could hold; the assessment's consumer and
// analytics keep it as a dead letter.
static enum rc take(struct index *index, const struct bus_record *record, struct bus_wait *wait,
                    struct error *error) {
    ProtobufCMessage *message = NULL;
    enum rc rc = RC_OK;
    if (fact_record_check(record, NULL) != RC_OK) {
        return RC_OK;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(record->envelope.type, kinds[i].descriptor->name) == 0 &&
            fact_record_read(record, kinds[i].descriptor, &message, NULL) == RC_OK) {
            rc = kinds[i].take(index, message, record->envelope.traceparent, wait, error);
            protobuf_c_message_free_unpacked(message, NULL);
        }
    }
    return rc;
}

static enum rc run_batch(struct index *index, const struct bus_record *records, size_t count,
                         struct bus_wait *wait, struct error *error) {
    bool whole = false;
    enum rc rc = store_is_whole(index->redis, &whole, error);
    if (rc == RC_OK && !whole) {
        rc = error_set(error, RC_UNAVAILABLE, "the index is being rebuilt");
    }
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = take(index, &records[i], wait, error);
    }
    return rc;
}

// An index that fails is no reason to end the service, which assesses: it is tried again.
static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct bus_wait wait;
    bus_wait_init(&wait);
    enum rc rc = run_batch(context, records, count, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    rc = rc == RC_OK ? end : rc;
    return rc == RC_OK ? RC_OK : RC_UNAVAILABLE;
}

static const char *text_of(const json_t *item, const char *name) {
    const char *text = json_string_value(json_object_get(item, name));
    return text == NULL ? "" : text;
}

static void read_hashes(const json_t *list, struct similar_case *entry) {
    size_t index;
    json_t *hash;
    json_array_foreach(list, index, hash) {
        const char *hex = json_string_value(hash);
        size_t bytes = 0;
        if (hex != NULL && entry->hash_count < SIMILAR_HASHES &&
            sodium_hex2bin(entry->hashes[entry->hash_count], 32, hex, strlen(hex), NULL, &bytes,
                           NULL) == 0 &&
            bytes == 32) {
            entry->hash_count++;
        }
    }
}

static enum rc put_items(struct index *index, const json_t *items, struct error *error) {
    size_t place;
    json_t *item;
    enum rc rc = RC_OK;
    json_array_foreach(items, place, item) {
        struct similar_case entry = {
            .received_at_ms = json_integer_value(json_object_get(item, "received_at_ms"))};
        const char *narrative = text_of(item, "narrative");
        COPY(entry.case_id, text_of(item, "case_id"));
        COPY(entry.tenant, text_of(item, "institution"));
        COPY(entry.category, text_of(item, "category"));
        COPY(entry.unit, text_of(item, "unit"));
        read_hashes(json_object_get(item, "contact_hashes"), &entry);
        similarity_sketch_text(&entry.sketch, narrative, strlen(narrative));
        rc = rc == RC_OK ? store_put(index->rebuild_redis, &entry, clock_wall_ms(), error) : rc;
    }
    return rc;
}

static enum rc get_page(struct index *index, const char *after, json_t **page,
                        struct error *error) {
    char path[160];
    long status = 0;
    snprintf(path, sizeof path, "/internal/v1/narratives?limit=%d&after=%s", PAGE, after);
    enum rc rc = http_client_json(index->ledger, "GET", path, NULL, NULL, &status, page, error);
    if (rc == RC_OK && status != 200) {
        json_decref(*page);
        *page = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "the ledger answered with status %ld", status);
    }
    return rc;
}

static enum rc rebuild(struct index *index, struct error *error) {
    char after[96];
    snprintf(after, sizeof after, "%" PRId64 "_00000000-0000-0000-0000-000000000000",
             clock_wall_ms() - (int64_t)(SIMILAR_DAYS * DAY_MS));
    enum rc rc = RC_OK;
    while (rc == RC_OK && after[0] != '\0') {
        json_t *page = NULL;
        if (atomic_load(&index->stop)) {
            return error_set(error, RC_UNAVAILABLE, "the service stops");
        }
        rc = get_page(index, after, &page, error);
        rc = rc == RC_OK ? put_items(index, json_object_get(page, "items"), error) : rc;
        COPY(after, text_of(page, "next"));
        json_decref(page);
    }
    rc = rc == RC_OK ? store_set_whole(index->rebuild_redis, error) : rc;
    if (rc == RC_OK) {
        metric_add(&triage_stats[STAT_REBUILDS], 1);
        log_info("index of similar cases rebuilt from the ledger");
    }
    return rc;
}

static void *run(void *argument) {
    struct index *index = argument;
    bool failed = false;
    while (!atomic_load(&index->stop)) {
        struct error error;
        bool whole = false;
        enum rc rc = store_is_whole(index->rebuild_redis, &whole, &error);
        rc = rc == RC_OK && !whole ? rebuild(index, &error) : rc;
        if (rc != RC_OK && !failed) { // said once, until it works again
            log_warn("the index of similar cases can't be kept", LOG_STR("reason", error.text));
        }
        failed = rc != RC_OK;
        clock_sleep_ms(LOOK_MS);
    }
    return NULL;
}

static enum rc start(struct index *index, const struct index_options *options,
                     struct error *error) {
    enum rc rc =
        redis_new(&index->redis, options->redis_host, options->redis_port, REDIS_TIMEOUT_MS, error);
    rc = rc == RC_OK ? redis_new(&index->rebuild_redis, options->redis_host, options->redis_port,
                                 REDIS_TIMEOUT_MS, error)
                     : rc;
    rc = rc == RC_OK ? http_client_new(&index->ledger, options->ledger_url, options->service_token,
                                       LEDGER_TIMEOUT_MS, error)
                     : rc;
    rc = rc == RC_OK ? bus_producer_new(&index->producer, &options->bus, error) : rc;
    if (rc == RC_OK && pthread_create(&index->thread, NULL, run, index) != 0) {
        rc = error_set(error, RC_INTERNAL, "the index's thread does not start");
    }
    index->started = rc == RC_OK;
    return rc;
}

enum rc index_start(struct index **out, const struct index_options *options, struct error *error) {
    struct index *index = calloc(1, sizeof *index);
    *out = index;
    if (index == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the index");
    }
    const struct bus_consumer_settings settings = {
        .bus = options->bus,
        .group = "redress-triage-similar",
        .topics = {BUS_TOPIC_FACTS, NULL},
        .patience_ms = 250,
        .handlers = {.context = index, .handle = on_batch},
    };
    enum rc rc = start(index, options, error);
    return rc == RC_OK ? bus_consumer_start(&index->bus, &settings, error) : rc;
}

void index_free(struct index *index) {
    if (index == NULL) {
        return;
    }
    bus_consumer_free(index->bus);
    if (index->started) {
        atomic_store(&index->stop, true);
        pthread_join(index->thread, NULL);
    }
    bus_producer_free(index->producer);
    http_client_free(index->ledger);
    redis_free(index->rebuild_redis);
    redis_free(index->redis);
    free(index);
}
