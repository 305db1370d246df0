// SPDX-License-Identifier: Apache-2.0
// One function a fact. Redis being away never holds up a proposal: the index is marked for a
// rebuild.
#include "consumer.h"

#include "arming.h"
#include "fact_read.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/fact_record.h"
#include "common/log.h"
#include "common/protobuf.h"

#include <stdlib.h>
#include <string.h>

struct consumer {
    struct bus_consumer *bus;
    struct redis *redis;
    struct consumer_options options;
    struct proposed *proposed;
    struct timer_arm arms[TIMER_ARMS]; // of the fact at hand: too large for a stack
};

struct turn {
    struct consumer *consumer;
    struct store_batch *index;
    struct arming arming; // by rules that are held for the batch
    struct error *error;
};

// A failed index write is not the batch's failure.
static enum rc index_result(const struct turn *turn, enum rc rc) {
    if (rc != RC_OK) {
        firing_distrust(turn->consumer->options.firing);
    }
    return RC_OK;
}

static enum rc on_armed(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockArmed *fact = (const Redress__V1__ClockArmed *)message;
    if (fact->terms == NULL) {
        return error_field(turn->error, "missing", "terms", "terms are missing");
    }
    return index_result(turn, store_put(turn->index, fact->meta->case_id, fact->terms->name,
                                        fact->terms->version, fact_read_first_warn(fact->terms),
                                        fact->terms->due_at_ms, turn->error));
}

static enum rc on_warned(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockWarned *fact = (const Redress__V1__ClockWarned *)message;
    return index_result(turn, store_put(turn->index, fact->meta->case_id, fact->name, fact->version,
                                        fact->next_warn_at_ms, fact->due_at_ms, turn->error));
}

static enum rc on_paused(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockPaused *fact = (const Redress__V1__ClockPaused *)message;
    return index_result(turn, store_put_pause(turn->index, fact->meta->case_id, fact->name,
                                              fact->version, fact->until_ms, turn->error));
}

static enum rc on_breached(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockBreached *fact = (const Redress__V1__ClockBreached *)message;
    return index_result(turn, store_remove(turn->index, fact->meta->case_id, fact->name,
                                           fact->version, turn->error));
}

static enum rc on_stopped(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockStopped *fact = (const Redress__V1__ClockStopped *)message;
    return index_result(turn, store_remove(turn->index, fact->meta->case_id, fact->name,
                                           fact->version, turn->error));
}

// What the index shows.
static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    enum rc (*index)(const struct turn *, const ProtobufCMessage *);
} handlers[] = {
    {&redress__v1__clock_armed__descriptor, on_armed},
    {&redress__v1__clock_warned__descriptor, on_warned},
    {&redress__v1__clock_paused__descriptor, on_paused},
    {&redress__v1__clock_breached__descriptor, on_breached},
    {&redress__v1__clock_stopped__descriptor, on_stopped},
};
#define HANDLERS (sizeof handlers / sizeof handlers[0])

static size_t find_handler(const char *type) {
    size_t place = 0;
    while (place < HANDLERS && strcmp(type, handlers[place].descriptor->name) != 0) {
        place++;
    }
    return place;
}

static enum rc handle_record(const struct turn *turn, const struct bus_record *record) {
    const char *type = record->envelope.type;
    size_t place = find_handler(type);
    const ProtobufCMessageDescriptor *descriptor =
        place < HANDLERS ? handlers[place].descriptor : arming_reads(type);
    ProtobufCMessage *message = NULL;
    enum rc rc = fact_record_check(record, turn->error);
    if (rc != RC_OK || descriptor == NULL) {
        return rc;
    }
    rc = fact_record_read(record, descriptor, &message, turn->error);
    rc = rc == RC_OK && place < HANDLERS ? handlers[place].index(turn, message) : rc;
    rc = rc == RC_OK ? arming_take(&turn->arming, message) : rc;
    protobuf_free(message);
    return rc;
}

static enum rc take(struct consumer *consumer, struct turn turn, const struct bus_record *record,
                    struct error *error) {
    struct error reason;
    turn.arming.traceparent = record->envelope.traceparent;
    turn.arming.error = &reason;
    turn.error = &reason;
    enum rc rc = handle_record(&turn, record);
    if (rc != RC_INVALID) {
        *error = rc == RC_OK ? *error : reason;
        return rc;
    }
    metric_add(&sla_timer_stats[STAT_DEAD], 1);
    log_warn("fact kept as a dead letter", LOG_STR("code", reason.code),
             LOG_INT("partition", record->partition), LOG_INT("offset", record->offset));
    return bus_dead_letter(consumer->options.producer, record, "sla-timer", &reason, error);
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    struct store_batch index;
    struct bus_wait wait;
    struct error ignored;
    const struct region_edition *edition = region_book_hold(consumer->options.regions);
    enum rc rc = RC_OK;
    bus_wait_init(&wait);
    store_batch_begin(&index, consumer->redis);
    const struct turn turn = {.consumer = consumer,
                              .index = &index,
                              .arming = {.producer = consumer->options.producer,
                                         .proposed = consumer->proposed,
                                         .arms = consumer->arms,
                                         .rules = rulebook_of(edition),
                                         .now_ms = clock_wall_ms(),
                                         .wait = &wait}};
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = take(consumer, turn, &records[i], error);
    }
    region_book_release(edition);
    if (store_batch_end(&index, &ignored) != RC_OK) {
        firing_distrust(consumer->options.firing);
    }
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

enum rc consumer_start(struct consumer **out, const struct consumer_options *options,
                       struct error *error) {
    struct consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the consumer");
    }
    consumer->options = *options;
    const struct bus_consumer_settings settings = {
        .bus = options->bus,
        .group = "redress-sla-timer",
        .topics = {BUS_TOPIC_FACTS, NULL},
        .patience_ms = 60,
        .handlers = {.context = consumer, .handle = on_batch},
        .lag = &sla_timer_stats[STAT_LAG],
    };
    enum rc rc = redis_new(&consumer->redis, options->redis_host, options->redis_port, 1000, error);
    rc = rc == RC_OK ? proposed_new(&consumer->proposed, error) : rc;
    return rc == RC_OK ? bus_consumer_start(&consumer->bus, &settings, error) : rc;
}

bool consumer_ready(struct consumer *consumer, struct error *why) {
    return bus_consumer_ready(consumer->bus, why);
}

void consumer_free(struct consumer *consumer) {
    if (consumer == NULL) {
        return;
    }
    bus_consumer_free(consumer->bus);
    redis_free(consumer->redis);
    proposed_free(consumer->proposed);
    free(consumer);
}
