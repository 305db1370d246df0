// SPDX-License-Identifier: Apache-2.0
// prepare all → claim all → publish all → wait once → settle. What is wrong becomes a dead letter.
#include "consumer.h"

#include "stats.h"

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/protobuf.h"

#include <stdlib.h>
#include <string.h>

#define SOURCE "kafka"

struct consumer {
    struct bus_consumer *bus;
    struct submit *submit;
};

// One message on its way.
struct item {
    ProtobufCMessage *message;
    struct submission submission; // borrows from message
    struct submission_run run;
    enum rc rc; // RC_INVALID: a dead letter, for the reason
    struct error reason;
};

struct batch {
    const struct bus_record *records;
    size_t count;
    struct item items[STORE_CLAIMS];
};

static const Redress__V1__ExternalComplaint *complaint_of(const struct item *item) {
    return (const Redress__V1__ExternalComplaint *)item->message;
}

static enum rc decode(const struct bus_record *record, struct item *item) {
    struct error *reason = &item->reason;
    if (record->value == NULL || record->value_size > BUS_VALUE_LIMIT) {
        return error_field(reason, "out-of-bounds", "value", "a complaint has 1 to %d bytes",
                           BUS_VALUE_LIMIT);
    }
    enum rc rc = protobuf_unpack(&redress__v1__external_complaint__descriptor, record->value,
                                 record->value_size, &item->message, reason);
    return rc == RC_OK ? submission_from_message(complaint_of(item), &item->submission, reason)
                       : rc;
}

static void prepare(struct consumer *consumer, struct batch *batch) {
    int64_t now = clock_wall_ms();
    const struct region_edition *edition = region_book_hold(consumer->submit->regions);
    for (size_t i = 0; i < batch->count; i++) {
        struct item *item = &batch->items[i];
        enum rc rc = decode(&batch->records[i], item);
        rc = rc == RC_OK ? submission_check(&item->submission, edition->region, now, &item->reason)
                         : rc;
        item->rc =
            rc == RC_OK
                ? submit_prepare(consumer->submit, edition->region, &item->submission, SOURCE,
                                 complaint_of(item)->record_id, now, &item->run, &item->reason)
                : rc;
    }
    region_book_release(edition);
}

static void claim(struct consumer *consumer, struct batch *batch) {
    struct submission_run *runs[STORE_CLAIMS];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->items[i].rc == RC_OK) {
            runs[count++] = &batch->items[i].run;
        }
    }
    submit_claim(consumer->submit, runs, count);
    FAILPOINT("intake-claimed");
}

static enum rc publish(struct consumer *consumer, const struct bus_record *record,
                       struct item *item, struct bus_wait *wait) {
    struct error *reason = &item->reason;
    bus_wait_add(wait);
    enum rc rc = submit_publish(consumer->submit, &item->submission, SOURCE, &item->run,
                                record->envelope.traceparent, bus_wait_report, wait, reason);
    if (rc != RC_OK) {
        bus_wait_report(wait, BUS_NOT_PERSISTED, "");
    }
    return rc;
}

static enum rc take(struct consumer *consumer, const struct bus_record *record, struct item *item,
                    struct bus_wait *wait) {
    switch (item->run.claim) {
    case CLAIM_DONE:
        metric_add(&intake_stats[STAT_REPEATED], 1);
        return RC_OK;
    case CLAIM_OTHER:
        return error_field(&item->reason, "idempotency-key-reused", "record_id",
                           "this record_id was used for another complaint");
    case CLAIM_UNKNOWN:
        return error_set(&item->reason, RC_UNAVAILABLE,
                         "neither Redis nor the ledger can tell whether it is new");
    case CLAIM_NEW:
    case CLAIM_BUSY: // an attempt before was cut off: the proposal's id makes a second one harmless
        break;
    }
    return publish(consumer, record, item, wait);
}

static enum rc keep_dead(struct consumer *consumer, const struct bus_record *record,
                         const struct error *reason, struct error *error) {
    metric_add(&intake_stats[STAT_DEAD], 1);
    log_warn("inbound message kept as a dead letter", LOG_STR("code", reason->code),
             LOG_STR("field", reason->field), LOG_INT("partition", record->partition),
             LOG_INT("offset", record->offset));
    return bus_dead_letter(consumer->submit->producer, record, "intake", reason, error);
}

// RC_UNAVAILABLE: the batch waits. One that nobody can tell about does not keep the others: it may
// be one of them that it waits for.
static enum rc publish_all(struct consumer *consumer, struct batch *batch, struct bus_wait *wait,
                           struct error *error) {
    enum rc rc = RC_OK;
    bool waits = false;
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        struct item *item = &batch->items[i];
        if (item->rc == RC_OK) {
            item->rc = take(consumer, &batch->records[i], item, wait);
        }
        if (item->rc == RC_INVALID) {
            rc = keep_dead(consumer, &batch->records[i], &item->reason, error);
        } else if (item->rc != RC_OK && item->run.claim == CLAIM_UNKNOWN) {
            *error = item->reason;
            waits = true;
        } else if (item->rc != RC_OK) {
            *error = item->reason;
            rc = item->rc;
        }
    }
    return rc == RC_OK && waits ? RC_UNAVAILABLE : rc;
}

static void settle(struct consumer *consumer, struct batch *batch, bool done) {
    struct submission_run *runs[STORE_CLAIMS];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct item *item = &batch->items[i];
        if (item->rc == RC_OK && item->run.claim != CLAIM_DONE) {
            runs[count++] = &item->run;
        }
    }
    submit_settle(consumer->submit, runs, count, done);
    metric_add(&intake_stats[STAT_ACCEPTED], done ? (int64_t)count : 0);
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    struct bus_wait wait;
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a batch");
    }
    batch->records = records;
    batch->count = count;
    prepare(consumer, batch);
    claim(consumer, batch);
    bus_wait_init(&wait);
    enum rc rc = publish_all(consumer, batch, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    rc = rc == RC_OK ? end : rc;
    settle(consumer, batch, rc == RC_OK);
    for (size_t i = 0; i < count; i++) {
        protobuf_free(batch->items[i].message);
    }
    free(batch);
    return rc;
}

enum rc consumer_start(struct consumer **out, const struct bus_settings *bus, struct submit *submit,
                       struct error *error) {
    struct consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the consumer");
    }
    consumer->submit = submit;
    const struct bus_consumer_settings settings = {
        .bus = *bus,
        .group = "redress-intake",
        .topics = {BUS_TOPIC_INBOUND, NULL},
        .batch_limit = STORE_CLAIMS,
        .handlers = {.context = consumer, .handle = on_batch},
        .lag = &intake_stats[STAT_LAG],
    };
    return bus_consumer_start(&consumer->bus, &settings, error);
}

bool consumer_ready(struct consumer *consumer, struct error *why) {
    return bus_consumer_ready(consumer->bus, why);
}

void consumer_free(struct consumer *consumer) {
    if (consumer != NULL) {
        bus_consumer_free(consumer->bus);
        free(consumer);
    }
}
