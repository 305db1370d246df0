// SPDX-License-Identifier: Apache-2.0
// A table of cases by their id or their trace's, filled from both sides: whichever comes first
// makes the entry.
#include "load.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (1U << 23)
#define WATCH_MS 10000

struct entry {
    uint64_t id[2]; // zero: free
    int64_t intended_us;
    int64_t fact_us[FACTS_STAGES];
};

struct facts {
    rd_kafka_t *handle;
    pthread_t thread;
    _Atomic bool stop;
    pthread_mutex_t lock; // guards what follows
    bool by_trace;
    struct entry *entries;
    uint64_t used;
    uint64_t repeated;
    _Atomic uint64_t seen[FACTS_STAGES];
};

static const char *const stage_types[FACTS_STAGES] = {
    "redress.v1.CaseRegistered", "redress.v1.CaseAssessed", "redress.v1.ClockArmed",
    "redress.v1.DeliveryRecorded"};

static bool read_id(const char *text, size_t size, uint64_t id[2]) {
    size_t digits = 0;
    id[0] = id[1] = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '-') {
            continue;
        }
        uint64_t digit = c >= '0' && c <= '9' ? (uint64_t)(c - '0') : (uint64_t)(c - 'a' + 10);
        if (digit > 15 || digits == 32) {
            return false;
        }
        id[digits / 16] = id[digits / 16] << 4 | digit;
        digits++;
    }
    return digits == 32;
}

// The entry of the id, made where there is none; NULL when the table is full. Under the lock.
static struct entry *find(struct facts *facts, const uint64_t id[2]) {
    size_t slot = (id[0] ^ id[1]) % SLOTS;
    for (size_t i = 0; i < SLOTS; i++, slot = (slot + 1) % SLOTS) {
        struct entry *entry = &facts->entries[slot];
        if (entry->id[0] == id[0] && entry->id[1] == id[1]) {
            return entry;
        }
        if (entry->id[0] == 0 && entry->id[1] == 0) {
            if (facts->used > SLOTS / 2) {
                return NULL;
            }
            facts->used++;
            memcpy(entry->id, id, sizeof entry->id);
            return entry;
        }
    }
    return NULL;
}

static int stage_of(const rd_kafka_message_t *message) {
    rd_kafka_headers_t *headers = NULL;
    const void *type = NULL;
    size_t size = 0;
    if (rd_kafka_message_headers(message, &headers) != 0 ||
        rd_kafka_header_get_last(headers, "ce_type", &type, &size) != 0) {
        return -1;
    }
    for (int i = 0; i < FACTS_STAGES; i++) {
        if (strlen(stage_types[i]) == size && memcmp(stage_types[i], type, size) == 0) {
            return i;
        }
    }
    return -1;
}

// The trace id of "00-<trace id>-<span id>-01", or the case id.
static bool id_of(const struct facts *facts, const rd_kafka_message_t *message, uint64_t id[2]) {
    rd_kafka_headers_t *headers = NULL;
    const void *trace = NULL;
    size_t size = 0;
    if (!facts->by_trace) {
        return read_id(message->key, message->key_len, id);
    }
    return rd_kafka_message_headers(message, &headers) == 0 &&
           rd_kafka_header_get_last(headers, "traceparent", &trace, &size) == 0 && size >= 35 &&
           read_id((const char *)trace + 3, 32, id);
}

static void note(struct facts *facts, const rd_kafka_message_t *message, int64_t now_us) {
    uint64_t id[2];
    int stage = stage_of(message);
    if (stage < 0 || !id_of(facts, message, id)) {
        return;
    }
    pthread_mutex_lock(&facts->lock);
    struct entry *entry = find(facts, id);
    if (entry != NULL && entry->fact_us[stage] == 0) {
        entry->fact_us[stage] = now_us;
        atomic_fetch_add(&facts->seen[stage], 1);
    } else if (stage == FACTS_REGISTERED) {
        facts->repeated++;
    }
    pthread_mutex_unlock(&facts->lock);
}

static void *run(void *argument) {
    struct facts *facts = argument;
    while (!atomic_load(&facts->stop)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(facts->handle, 100);
        if (message == NULL) {
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            note(facts, message, load_now_us());
        }
        rd_kafka_message_destroy(message);
    }
    return NULL;
}

static enum rc open_handle(struct facts *facts, const char *brokers, struct error *error) {
    const char *const pairs[][2] = {{"bootstrap.servers", brokers},   {"group.id", "redress-load"},
                                    {"enable.auto.commit", "false"},  {"fetch.wait.max.ms", "5"},
                                    {"socket.nagle.disable", "true"}, {NULL, NULL}};
    char text[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; pairs[i][0] != NULL; i++) {
        if (rd_kafka_conf_set(conf, pairs[i][0], pairs[i][1], text, sizeof text) != 0) {
            rd_kafka_conf_destroy(conf);
            return error_set(error, RC_INVALID, "Kafka: %s", text);
        }
    }
    facts->handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (facts->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, RC_INTERNAL, "Kafka: %s", text);
    }
    rd_kafka_poll_set_consumer(facts->handle);
    return RC_OK;
}

// Assigns every partition at its present end, which is asked for, so that nothing is missed.
static enum rc watch(struct facts *facts, const char *topic, struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(facts->handle, topic, NULL);
    int code = rd_kafka_metadata(facts->handle, 0, handle, &metadata, WATCH_MS);
    if (code != 0) {
        rd_kafka_topic_destroy(handle);
        return error_set(error, RC_UNAVAILABLE, "Kafka does not describe %s", topic);
    }
    int count = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    enum rc rc = count > 0 ? RC_OK : error_set(error, RC_UNAVAILABLE, "no topic %s", topic);
    for (int i = 0; i < count && rc == RC_OK; i++) {
        int64_t low = 0;
        int64_t high = 0;
        if (rd_kafka_query_watermark_offsets(facts->handle, topic, i, &low, &high, WATCH_MS) != 0) {
            rc = error_set(error, RC_UNAVAILABLE, "the end of %s is not known", topic);
        }
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = high;
    }
    if (rc == RC_OK) {
        rd_kafka_assign(facts->handle, list);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return rc;
}

enum rc facts_start(struct facts **out, const struct load_options *options, struct error *error) {
    struct facts *facts = calloc(1, sizeof *facts);
    *out = facts;
    if (facts == NULL || (facts->entries = calloc(SLOTS, sizeof *facts->entries)) == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the table of cases");
    }
    facts->by_trace = options->kafka;
    pthread_mutex_init(&facts->lock, NULL);
    enum rc rc = open_handle(facts, options->brokers, error);
    rc = rc == RC_OK ? watch(facts, options->facts, error) : rc;
    if (rc == RC_OK && pthread_create(&facts->thread, NULL, run, facts) != 0) {
        rc = error_set(error, RC_INTERNAL, "a thread does not start");
    }
    return rc;
}

void facts_expect(struct facts *facts, const char *name, int64_t intended_us) {
    uint64_t id[2];
    if (!read_id(name, 36, id)) {
        return;
    }
    pthread_mutex_lock(&facts->lock);
    struct entry *entry = find(facts, id);
    if (entry != NULL && entry->intended_us == 0) {
        entry->intended_us = intended_us;
    }
    pthread_mutex_unlock(&facts->lock);
}

uint64_t facts_seen(struct facts *facts, enum facts_stage stage) {
    return atomic_load(&facts->seen[stage]);
}

void facts_stop(struct facts *facts, struct facts_report *report) {
    atomic_store(&facts->stop, true);
    pthread_join(facts->thread, NULL);
    rd_kafka_consumer_close(facts->handle);
    rd_kafka_destroy(facts->handle);
    for (size_t i = 0; i < SLOTS; i++) {
        const struct entry *entry = &facts->entries[i];
        if (entry->intended_us == 0) {
            continue;
        }
        report->waiting += entry->fact_us[FACTS_REGISTERED] == 0;
        for (int stage = 0; stage < FACTS_STAGES; stage++) {
            if (entry->fact_us[stage] != 0) {
                report->seen[stage]++;
                histogram_add(&report->latency[stage], entry->fact_us[stage] - entry->intended_us);
            }
        }
    }
    report->repeated = facts->repeated;
    free(facts->entries);
    free(facts);
}
