// SPDX-License-Identifier: Apache-2.0
// decode → check → claim → publish all → wait once → settle. What is wrong becomes a dead letter.
#include "consumer.h"

#include "stats.h"

#include "common/clock.h"
#include "common/log.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 200
#define SOURCE "kafka"

struct consumer {
    struct bus_consumer *bus;
    const struct submit *submit;
};

struct batch {
    struct bus_wait wait;
    char case_ids[BATCH][IDENT_UUID_SIZE]; // published, to settle
    size_t count;
};

static enum rc read_record(const struct bus_record *record, struct submission *submission,
                           Redress__V1__ExternalComplaint **message, struct error *error) {
    if (record->value == NULL || record->value_size > BUS_VALUE_LIMIT) {
        return error_field(error, "out-of-bounds", "value", "a complaint has 1 to %d bytes",
                           BUS_VALUE_LIMIT);
    }
    *message = redress__v1__external_complaint__unpack(NULL, record->value_size, record->value);
    if (*message == NULL) {
        return error_field(error, "undecodable", "value",
                           "the value is not a redress.v1.ExternalComplaint");
    }
    return submission_from_message(*message, submission, error);
}

// RC_INVALID: a dead letter. RC_UNAVAILABLE: the batch waits.
static enum rc take(struct consumer *consumer, const struct bus_record *record, struct batch *batch,
                    struct error *error) {
    struct submission submission;
    struct submission_run run;
    Redress__V1__ExternalComplaint *message = NULL;
    int64_t now = clock_wall_ms();
    enum rc rc = read_record(record, &submission, &message, error);
    rc = rc == RC_OK ? submission_check(&submission, consumer->submit->region, now, error) : rc;
    rc = rc == RC_OK ? submit_claim(consumer->submit, &submission, SOURCE, message->record_id, now,
                                    &run, error)
                     : rc;
    if (rc == RC_OK && run.claim == CLAIM_OTHER) {
        rc = error_field(error, "idempotency-key-reused", "record_id",
                         "this record_id was used for another complaint");
    }
    // Busy means that an attempt before was cut off: the proposal's id makes a second one harmless.
    if (rc == RC_OK && (run.claim == CLAIM_NEW || run.claim == CLAIM_BUSY)) {
        rc = submit_publish(consumer->submit, &submission, SOURCE, &run,
                            record->envelope.traceparent, &batch->wait, error);
        memcpy(batch->case_ids[batch->count], run.receipt.case_id, IDENT_UUID_SIZE);
        batch->count += rc == RC_OK ? 1 : 0;
    }
    if (rc == RC_OK) {
        metric_add(&intake_stats[run.claim == CLAIM_DONE ? STAT_REPEATED : STAT_ACCEPTED], 1);
    }
    redress__v1__external_complaint__free_unpacked(message, NULL);
    return rc;
}

static enum rc keep_dead(struct consumer *consumer, const struct bus_record *record,
                         const struct error *reason, struct error *error) {
    metric_add(&intake_stats[STAT_DEAD], 1);
    log_warn("inbound message kept as a dead letter", LOG_STR("code", reason->code),
             LOG_STR("field", reason->field), LOG_INT("partition", record->partition),
             LOG_INT("offset", record->offset));
    return bus_dead_letter(consumer->submit->producer, record, "intake", reason, error);
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a batch");
    }
    enum rc rc = RC_OK;
    bus_wait_init(&batch->wait);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        struct error reason;
        rc = take(consumer, &records[i], batch, &reason);
        if (rc == RC_INVALID) {
            rc = keep_dead(consumer, &records[i], &reason, error);
        } else if (rc != RC_OK) {
            *error = reason;
        }
    }
    enum rc end = bus_wait_end(&batch->wait, rc == RC_OK ? error : NULL);
    rc = rc == RC_OK ? end : rc;
    for (size_t i = 0; i < batch->count; i++) {
        store_settle(consumer->submit->store, batch->case_ids[i], end == RC_OK);
    }
    free(batch);
    return rc;
}

enum rc consumer_start(struct consumer **out, const struct bus_settings *bus,
                       const struct submit *submit, struct error *error) {
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
        .batch_limit = BATCH,
        .handlers = {.context = consumer, .handle = on_batch},
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
