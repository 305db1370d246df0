// SPDX-License-Identifier: Apache-2.0
// The producing half: acks=all, idempotent, zstd, bounded queue, one polling thread a handle.
// compression is zstd because librdkafka 2.0.2 drops gzip, snappy and lz4 against newer brokers
// (confluentinc/librdkafka#4948); its first level because librdkafka sets zstd's tables up anew for
// each batch, and those of the usual level take 768 KiB; Nagle is off because it delays small
// batches (#4986).
#include "common/bus.h"

#include "bus_private.h"
#include "common/clock.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/seal.h"
#include "common/service.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_MS 5000
#define METADATA_MS 3000

struct bus_producer {
    rd_kafka_t *handle;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic bool fatal;
    _Atomic bool connected; // metadata was answered once
};

struct report {
    bus_delivered delivered;
    void *opaque;
};

enum rc bus_configure(rd_kafka_conf_t *conf, const char *const (*pairs)[2],
                      const struct bus_settings *settings, struct error *error) {
    char text[256];
    rd_kafka_conf_res_t result = RD_KAFKA_CONF_OK;
    for (; result == RD_KAFKA_CONF_OK && (*pairs)[0] != NULL; pairs++) {
        result = rd_kafka_conf_set(conf, (*pairs)[0], (*pairs)[1], text, sizeof text);
    }
    if (result == RD_KAFKA_CONF_OK) {
        result = rd_kafka_conf_set(conf, "bootstrap.servers", settings->brokers, text, sizeof text);
    }
    if (result == RD_KAFKA_CONF_OK) {
        result = rd_kafka_conf_set(conf, "client.id", settings->client_id, text, sizeof text);
    }
    const struct options *more = settings->pass_through;
    for (size_t i = 0; more != NULL && i < more->kafka_count && result == RD_KAFKA_CONF_OK; i++) {
        const char *name = more->kafka[i].name;
        result = rd_kafka_conf_set(conf, name, more->kafka[i].value, text, sizeof text);
        if (result != RD_KAFKA_CONF_OK) { // librdkafka's text quotes the value
            return error_field(error, "bad-option", name, "kafka.%s: %s", name,
                               option_kafka_is_secret(name) ? "not a good value" : text);
        }
    }
    return result == RD_KAFKA_CONF_OK ? RC_OK
                                      : error_field(error, "bad-option", "kafka", "%s", text);
}

void bus_log(const rd_kafka_t *handle, int level, const char *facility, const char *text) {
    (void)handle;
    if (level <= 4) {
        log_warn("librdkafka", LOG_STR("facility", facility), LOG_STR("text", text));
    }
}

static enum bus_outcome outcome_of(const rd_kafka_message_t *message) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return BUS_DELIVERED;
    }
    return rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? BUS_NOT_PERSISTED
                                                                                 : BUS_UNKNOWN;
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque) {
    (void)handle;
    (void)opaque;
    struct report *report = message->_private;
    if (report == NULL) {
        return;
    }
    FAILPOINT("bus-before-report");
    report->delivered(report->opaque, outcome_of(message), rd_kafka_err2name(message->err));
    free(report);
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque) {
    struct bus_producer *producer = opaque;
    if (code != RD_KAFKA_RESP_ERR__FATAL) {
        return; // librdkafka mends the others by itself and logs them
    }
    char text[256];
    struct error error;
    rd_kafka_fatal_error(handle, text, sizeof text);
    (void)reason;
    atomic_store(&producer->fatal, true);
    error_set(&error, RC_INTERNAL, "the Kafka producer failed for good: %s", text);
    service_fail(&error);
}

static void *poll_reports(void *argument) {
    struct bus_producer *producer = argument;
    while (!atomic_load(&producer->stop)) {
        rd_kafka_poll(producer->handle, 100);
        if (!atomic_load(&producer->connected)) {
            const struct rd_kafka_metadata *metadata = NULL;
            if (rd_kafka_metadata(producer->handle, 0, NULL, &metadata, METADATA_MS) == 0) {
                rd_kafka_metadata_destroy(metadata);
                atomic_store(&producer->connected, true);
            }
        }
    }
    return NULL;
}

int32_t bus_partition_of(const void *key, size_t key_size, int32_t partitions) {
    return rd_kafka_msg_partitioner_murmur2(NULL, key, key_size, partitions, NULL, NULL);
}

static int32_t count_in(const struct rd_kafka_metadata *metadata, const char *topic) {
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic) == 0) {
            return metadata->topics[i].partition_cnt;
        }
    }
    return 0;
}

enum rc bus_count_partitions(struct bus_producer *producer, const char *topic, int32_t *count,
                             struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(producer->handle, 1, NULL, &metadata, METADATA_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return error_set(error, RC_UNAVAILABLE, "topics: %s", rd_kafka_err2str(code));
    }
    *count = count_in(metadata, topic);
    rd_kafka_metadata_destroy(metadata);
    return *count > 0 ? RC_OK
                      : error_set(error, RC_UNAVAILABLE, "Kafka does not know topic %s", topic);
}

static enum rc configure(rd_kafka_conf_t *conf, const struct bus_settings *settings,
                         struct error *error) {
    char linger[16];
    snprintf(linger, sizeof linger, "%d", settings->linger_ms);
    const char *const pairs[][2] = {
        {"acks", "all"},
        {"enable.idempotence", "true"},
        {"linger.ms", linger},
        {"compression.type", "zstd"},
        {"compression.level", "1"},
        {"socket.nagle.disable", "true"},
        {"partitioner", "murmur2_random"},
        {"queue.buffering.max.kbytes", "32768"},
        {"queue.buffering.max.messages", "100000"},
        {"message.max.bytes", "1048576"},
        {"delivery.timeout.ms", settings->gapless ? "0" : "10000"},
        {"reconnect.backoff.max.ms", "1000"},
        {settings->gapless ? "enable.gapless.guarantee" : NULL, "true"},
        {NULL, NULL},
    };
    return bus_configure(conf, pairs, settings, error);
}

enum rc bus_producer_new(struct bus_producer **out, const struct bus_settings *settings,
                         struct error *error) {
    struct bus_producer *producer = calloc(1, sizeof *producer);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];
    *out = producer;
    enum rc rc = producer == NULL ? error_set(error, RC_INTERNAL, "out of memory for a producer")
                                  : configure(conf, settings, error);
    if (rc != RC_OK) {
        rd_kafka_conf_destroy(conf);
        return rc;
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, bus_log);
    rd_kafka_conf_set_opaque(conf, producer);
    producer->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (producer->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, RC_INTERNAL, "Kafka producer: %s", text);
    }
    if (pthread_create(&producer->thread, NULL, poll_reports, producer) != 0) {
        return error_set(error, RC_INTERNAL, "the producer's thread does not start");
    }
    producer->started = true;
    return RC_OK;
}

static void add_header(rd_kafka_headers_t *headers, const char *name, const char *value) {
    rd_kafka_header_add(headers, name, -1, value, -1);
}

static rd_kafka_headers_t *pack_envelope(const struct envelope *envelope) {
    static const unsigned char none[32];
    char time[CLOCK_TEXT_SIZE];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(9);
    clock_format(envelope->time_ms, time);
    add_header(headers, "ce_specversion", "1.0");
    add_header(headers, "ce_id", envelope->id);
    add_header(headers, "ce_type", envelope->type);
    add_header(headers, "ce_source", envelope->source);
    add_header(headers, "ce_subject", envelope->subject);
    add_header(headers, "ce_time", time);
    add_header(headers, "content-type", "application/protobuf");
    if (envelope->traceparent[0] != '\0') {
        add_header(headers, "traceparent", envelope->traceparent);
    }
    if (memcmp(envelope->hash, none, sizeof none) != 0) {
        char hex[65];
        seal_hex(envelope->hash, sizeof envelope->hash, hex);
        add_header(headers, "redress_hash", hex);
    }
    return headers;
}

// Takes headers over in any case.
enum rc bus_produce(struct bus_producer *producer, const struct bus_message *message,
                    rd_kafka_headers_t *headers, bus_delivered delivered, void *opaque,
                    struct error *error) {
    struct report *report = NULL;
    if (delivered != NULL && (report = malloc(sizeof *report)) == NULL) {
        rd_kafka_headers_destroy(headers);
        return error_set(error, RC_INTERNAL, "out of memory for a message");
    }
    if (report != NULL) {
        *report = (struct report){delivered, opaque};
    }
    rd_kafka_resp_err_t code =
        rd_kafka_producev(producer->handle, RD_KAFKA_V_TOPIC(message->topic),
                          RD_KAFKA_V_KEY((void *)message->key, message->key_size),
                          RD_KAFKA_V_VALUE((void *)message->value, message->value_size),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_OPAQUE(report), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return RC_OK; // NOLINT(clang-analyzer-unix.Malloc): on_delivery frees the report
    }
    rd_kafka_headers_destroy(headers);
    free(report);
    return error_set(error, RC_UNAVAILABLE, "Kafka does not take messages now: %s",
                     rd_kafka_err2name(code));
}

enum rc bus_publish(struct bus_producer *producer, const struct bus_message *message,
                    bus_delivered delivered, void *opaque, struct error *error) {
    rd_kafka_headers_t *headers =
        message->envelope == NULL ? rd_kafka_headers_new(1) : pack_envelope(message->envelope);
    return bus_produce(producer, message, headers, delivered, opaque, error);
}

void bus_wait_init(struct bus_wait *wait) {
    pthread_mutex_init(&wait->lock, NULL);
    pthread_cond_init(&wait->changed, NULL);
    wait->waiting = 0;
    wait->failed = 0;
    wait->unknown = 0;
}

void bus_wait_add(struct bus_wait *wait) {
    pthread_mutex_lock(&wait->lock);
    wait->waiting++;
    pthread_mutex_unlock(&wait->lock);
}

void bus_wait_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    (void)reason;
    struct bus_wait *wait = opaque;
    pthread_mutex_lock(&wait->lock);
    wait->waiting--;
    wait->failed += outcome == BUS_DELIVERED ? 0 : 1;
    wait->unknown += outcome == BUS_UNKNOWN ? 1 : 0;
    pthread_cond_signal(&wait->changed);
    pthread_mutex_unlock(&wait->lock);
}

enum rc bus_wait_end(struct bus_wait *wait, struct error *error) {
    pthread_mutex_lock(&wait->lock);
    while (wait->waiting > 0) {
        pthread_cond_wait(&wait->changed, &wait->lock);
    }
    size_t failed = wait->failed;
    bool unknown = wait->unknown > 0;
    pthread_mutex_unlock(&wait->lock);
    pthread_cond_destroy(&wait->changed);
    pthread_mutex_destroy(&wait->lock);
    if (failed == 0) {
        return RC_OK;
    }
    error_set(error, RC_UNAVAILABLE, "Kafka did not confirm %zu messages", failed);
    if (unknown && error != NULL) {
        snprintf(error->code, sizeof error->code, "outcome-unknown");
    }
    return RC_UNAVAILABLE;
}

enum rc bus_wait_publish(struct bus_wait *wait, struct bus_producer *producer,
                         const struct bus_message *message, struct error *error) {
    bus_wait_add(wait);
    enum rc rc = bus_publish(producer, message, bus_wait_report, wait, error);
    if (rc != RC_OK) {
        bus_wait_report(wait, BUS_NOT_PERSISTED, "");
    }
    return rc;
}

bool bus_producer_ready(struct bus_producer *producer, struct error *why) {
    if (atomic_load(&producer->fatal) || !atomic_load(&producer->connected)) {
        error_set(why, RC_UNAVAILABLE, "the Kafka producer is not connected");
        return false;
    }
    return true;
}

void bus_producer_free(struct bus_producer *producer) {
    if (producer == NULL) {
        return;
    }
    if (producer->started) {
        atomic_store(&producer->stop, true);
        pthread_join(producer->thread, NULL);
    }
    if (producer->handle != NULL) {
        rd_kafka_flush(producer->handle, FLUSH_MS);
        rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(producer->handle, 100); // serves the reports of what was purged
        rd_kafka_destroy(producer->handle);
    }
    free(producer);
}
