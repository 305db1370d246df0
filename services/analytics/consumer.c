// SPDX-License-Identifier: Apache-2.0
// decode → load the measures concerned → fold in memory → write measures and differences.
#include "consumer.h"

#include "stats.h"
#include "store.h"

#include "common/fact_record.h"
#include "common/log.h"
#include "common/protobuf.h"

#include <stdlib.h>
#include <string.h>

struct consumer {
    struct bus_consumer *bus;
    struct bus_producer *producer; // dead letters
    struct pg *pg;
    struct region_book *regions;
};

struct batch {
    const struct bus_record *records;
    size_t count;
    ProtobufCMessage *messages[BUS_BATCH_LIMIT]; // NULL where it could not be read
    struct tally tallies[BUS_BATCH_LIMIT];
    size_t tally_count;
    struct handling *handlings; // room for one a record
    size_t handling_count;
};

static const char *case_of(const ProtobufCMessage *message) {
    return fact_record_meta(message)->case_id;
}

static enum rc read_fact(const struct bus_record *record, ProtobufCMessage **message,
                         struct error *error) {
    enum rc rc = fact_record_check(record, error);
    return rc == RC_OK
               ? fact_record_read(record, measure_descriptor(record->envelope.type), message, error)
               : rc;
}

static enum rc keep_dead(struct consumer *consumer, const struct bus_record *record,
                         const struct error *reason, struct error *error) {
    metric_add(&analytics_stats[STAT_DEAD], 1);
    log_warn("fact kept as a dead letter", LOG_STR("code", reason->code),
             LOG_INT("partition", record->partition), LOG_INT("offset", record->offset));
    return bus_dead_letter(consumer->producer, record, "analytics", reason, error);
}

static enum rc decode(struct consumer *consumer, struct batch *batch, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        struct error reason;
        const struct bus_record *record = &batch->records[i];
        rc = read_fact(record, &batch->messages[i], &reason);
        if (rc == RC_INVALID) {
            rc = keep_dead(consumer, record, &reason, error);
        } else if (rc != RC_OK) {
            *error = reason;
        }
    }
    return rc;
}

static int compare(const void *left, const void *right) {
    return strcmp(((const struct tally *)left)->after.case_id,
                  ((const struct tally *)right)->after.case_id);
}

static void collect_cases(struct batch *batch) {
    size_t all = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->messages[i] != NULL) {
            memcpy(batch->tallies[all].after.case_id, case_of(batch->messages[i]), 37);
            all++;
        }
    }
    qsort(batch->tallies, all, sizeof batch->tallies[0], compare);
    for (size_t i = 0; i < all; i++) {
        if (i == 0 || compare(&batch->tallies[i], &batch->tallies[batch->tally_count - 1]) != 0) {
            memcpy(batch->tallies[batch->tally_count].after.case_id,
                   batch->tallies[i].after.case_id, 37);
            batch->tally_count++;
        }
    }
}

static void fold(struct batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->messages[i] == NULL) {
            continue;
        }
        struct tally key;
        memcpy(key.after.case_id, case_of(batch->messages[i]), 37);
        struct tally *tally =
            bsearch(&key, batch->tallies, batch->tally_count, sizeof key, compare);
        const char *type = batch->records[i].envelope.type;
        bool counted = measure_apply(&tally->after, type, batch->messages[i]);
        struct handling *next = &batch->handlings[batch->handling_count];
        batch->handling_count += counted && measure_handling(&tally->after, type, next);
        metric_add(&analytics_stats[counted ? STAT_COUNTED : STAT_REPEATED], 1);
    }
}

static enum rc run_batch(struct consumer *consumer, struct batch *batch, struct error *error) {
    enum rc rc = decode(consumer, batch, error);
    collect_cases(batch);
    rc = rc == RC_OK ? pg_ensure(consumer->pg, error) : rc;
    rc = rc == RC_OK ? pg_command(consumer->pg, "BEGIN", error) : rc;
    rc = rc == RC_OK ? store_load(consumer->pg, batch->tallies, batch->tally_count, error) : rc;
    if (rc == RC_OK) {
        fold(batch);
        const struct changes changes = {batch->tallies, batch->tally_count, batch->handlings,
                                        batch->handling_count};
        const struct region_edition *edition = region_book_hold(consumer->regions);
        rc = store_save(consumer->pg, &changes, edition->region->zone_offset_s, error);
        region_book_release(edition);
    }
    rc = rc == RC_OK ? pg_command(consumer->pg, "COMMIT", error) : rc;
    if (rc != RC_OK) {
        pg_rollback(consumer->pg);
    }
    // Another process, of before a rebalance, counted one of these cases first: loaded again, it
    // is known.
    return rc == RC_CONFLICT ? RC_UNAVAILABLE : rc;
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct batch *batch = calloc(1, sizeof *batch);
    struct handling *handlings = malloc(count * sizeof *handlings);
    if (batch == NULL || handlings == NULL) {
        free(batch);
        free(handlings);
        return error_set(error, RC_INTERNAL, "out of memory for a batch");
    }
    batch->records = records;
    batch->count = count;
    batch->handlings = handlings;
    enum rc rc = run_batch(context, batch, error);
    for (size_t i = 0; i < count; i++) {
        protobuf_free(batch->messages[i]);
    }
    free(handlings);
    free(batch);
    return rc;
}

enum rc consumer_start(struct consumer **out, const struct consumer_options *options,
                       struct error *error) {
    struct consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the consumer");
    }
    consumer->regions = options->regions;
    const struct bus_consumer_settings settings = {
        .bus = options->bus,
        .group = "redress-analytics",
        .topics = {BUS_TOPIC_FACTS, NULL},
        .patience_ms = 100,
        .handlers = {.context = consumer, .handle = on_batch},
        .lag = &analytics_stats[STAT_LAG],
    };
    enum rc rc = pg_open(&consumer->pg, options->postgres_url, "redress-analytics consumer",
                         "analytics", error);
    rc = rc == RC_OK ? pg_plan_by_keys(consumer->pg, error) : rc;
    rc = rc == RC_OK ? pg_check_schema(consumer->pg, "analytics", STORE_SCHEMA, error) : rc;
    rc = rc == RC_OK ? bus_producer_new(&consumer->producer, &options->bus, error) : rc;
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
    bus_producer_free(consumer->producer);
    pg_close(consumer->pg);
    free(consumer);
}
