// SPDX-License-Identifier: Apache-2.0
// Every ledger follows all partitions in a consumer group of its own, so that it tells what any of
// the ledgers decided.
#include "stream.h"

#include "common/clock.h"
#include "common/fact_record.h"
#include "common/json.h"
#include "common/protobuf.h"
#include "common/scope.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENERS 256

struct listener {
    struct http_stream *http;
    char *tenants; // the scope
    char *subject;
    int64_t until_ms; // the end of its token
};

struct stream {
    struct bus_consumer *consumer;
    pthread_mutex_t lock;
    struct listener listeners[LISTENERS];
    size_t count;
};

static void drop_listener(struct stream *stream, size_t place) {
    http_stream_end(stream->listeners[place].http);
    free(stream->listeners[place].tenants);
    free(stream->listeners[place].subject);
    stream->listeners[place] = stream->listeners[--stream->count];
}

// Not of what is withheld from who listens.
static bool may_know(const struct listener *listener, const Redress__V1__FactMeta *meta) {
    for (size_t i = 0; i < meta->n_withheld_from; i++) {
        if (strcmp(meta->withheld_from[i], listener->subject) == 0) {
            return false;
        }
    }
    return scope_contains(listener->tenants, meta->tenant);
}

static void tell(struct stream *stream, const Redress__V1__FactMeta *meta, const char *event,
                 size_t size) {
    int64_t now_ms = clock_wall_ms();
    for (size_t i = stream->count; i-- > 0;) {
        if (stream->listeners[i].until_ms <= now_ms) {
            drop_listener(stream, i);
        } else if (may_know(&stream->listeners[i], meta) &&
                   !http_stream_send(stream->listeners[i].http, event, size)) {
            drop_listener(stream, i);
        }
    }
}

#define EVENT_SIZE 640 // the type is of 64 bytes at most, each of which JSON may spell in six

static enum rc tell_fact(struct stream *stream, const struct bus_record *record,
                         const Redress__V1__FactMeta *meta, const char *type, struct error *error) {
    char event[EVENT_SIZE];
    json_t *json = json_pack("{s:s, s:I, s:s}", "case_id", meta->case_id, "sequence",
                             (json_int_t)meta->sequence, "type", type);
    char *data = json_text(json, JSON_COMPACT);
    json_decref(json);
    if (data == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a live change");
    }
    int size = snprintf(event, sizeof event, "id: %d-%lld\nevent: case\ndata: %s\n\n",
                        record->partition, (long long)record->offset, data);
    free(data);
    tell(stream, meta, event, (size_t)size);
    return RC_OK;
}

// Without its package; NULL where it is of none, or the envelope is bad.
static const char *type_of(const struct bus_record *record) {
    const char *dot = strrchr(record->envelope.type, '.');
    bool good = fact_record_check(record, NULL) == RC_OK && dot != NULL && dot[1] != '\0';
    return good ? dot + 1 : NULL;
}

// What can't be read is told to nobody; analytics keeps it as a dead letter.
static enum rc tell_record(struct stream *stream, const struct bus_record *record,
                           struct error *error) {
    ProtobufCMessage *fact = NULL;
    const char *type = type_of(record);
    if (type == NULL) {
        return RC_OK;
    }
    enum rc rc = fact_record_read(record, &redress__v1__any_fact__descriptor, &fact, error);
    rc = rc == RC_OK ? tell_fact(stream, record, fact_record_meta(fact), type, error) : rc;
    protobuf_free(fact);
    return rc == RC_INVALID ? RC_OK : rc;
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct stream *stream = context;
    enum rc rc = RC_OK;
    pthread_mutex_lock(&stream->lock);
    for (size_t i = 0; i < count && stream->count > 0 && rc == RC_OK; i++) {
        rc = tell_record(stream, &records[i], error);
    }
    pthread_mutex_unlock(&stream->lock);
    return rc;
}

static enum rc from_the_end(void *context, const char *topic, int32_t partition, int64_t *offset,
                            struct error *error) {
    (void)context;
    (void)topic;
    (void)partition;
    (void)error;
    *offset = -1; // RD_KAFKA_OFFSET_END
    return RC_OK;
}

enum rc stream_start(struct stream **out, const struct bus_settings *bus, struct error *error) {
    struct stream *stream = calloc(1, sizeof *stream);
    char host[64] = "";
    char group[128];
    *out = stream;
    if (stream == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the stream");
    }
    pthread_mutex_init(&stream->lock, NULL);
    gethostname(host, sizeof host - 1);
    snprintf(group, sizeof group, "redress-ledger-stream-%s-%ld", host, (long)getpid());
    const struct bus_consumer_settings settings = {
        .bus = *bus,
        .group = group,
        .topics = {BUS_TOPIC_FACTS, NULL},
        .patience_ms = 100,
        .handlers = {.context = stream, .handle = on_batch, .assigned = from_the_end},
    };
    return bus_consumer_start(&stream->consumer, &settings, error);
}

void stream_listen(struct stream *stream, struct http_request *request,
                   const struct access *access) {
    static const char missed[] = "event: reset\ndata: {}\n\n";
    struct error error;
    bool again = http_header(request, "Last-Event-ID") != NULL;
    char *scope = strdup(access->actor.tenants);
    char *subject = strdup(access->actor.subject);
    pthread_mutex_lock(&stream->lock);
    if (stream->count == LISTENERS || scope == NULL || subject == NULL) {
        pthread_mutex_unlock(&stream->lock);
        free(scope);
        free(subject);
        error_set(&error, RC_UNAVAILABLE, "too many listeners");
        http_reply_problem(request, 0, &error);
        return;
    }
    struct http_stream *http = http_stream_begin(request);
    if (http == NULL) { // it has answered already
        free(scope);
        free(subject);
        pthread_mutex_unlock(&stream->lock);
        return;
    }
    stream->listeners[stream->count++] =
        (struct listener){http, scope, subject, access_until(access)};
    if (again) {
        http_stream_send(http, missed, sizeof missed - 1);
    }
    pthread_mutex_unlock(&stream->lock);
}

void stream_free(struct stream *stream) {
    if (stream == NULL) {
        return;
    }
    bus_consumer_free(stream->consumer);
    while (stream->count > 0) {
        drop_listener(stream, stream->count - 1);
    }
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}
