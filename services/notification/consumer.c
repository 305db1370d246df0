// SPDX-License-Identifier: Apache-2.0
// Facts that occasion notices (notice.c) become deliveries; contacts are kept as they come.
#include "consumer.h"

#include "notice.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/fact_record.h"
#include "common/ident.h"
#include "common/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct consumer {
    struct bus_consumer *bus;
    struct pg *pg;
    struct consumer_options options;
};

struct batch {
    const struct bus_record *records;
    size_t count;
    ProtobufCMessage *facts[BUS_BATCH_LIMIT]; // owned; NULL for what occasions nothing
    const char *asked[BUS_BATCH_LIMIT];       // case ids, sorted
    size_t asked_count;
    bool contactable[BUS_BATCH_LIMIT]; // of asked
    struct store_batch writes;
};

static int compare_ids(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool is_contactable(const struct batch *batch, const char *case_id) {
    const char *const *found =
        bsearch(&case_id, batch->asked, batch->asked_count, sizeof batch->asked[0], compare_ids);
    return found != NULL && batch->contactable[found - batch->asked];
}

static enum rc take_contact(struct batch *batch, const struct bus_record *record,
                            struct error *error) {
    char case_id[37] = "";
    if (record->key_size == 36) {
        memcpy(case_id, record->key, 36);
    }
    if (!ident_is_uuid(case_id) || record->value_size > 2000) {
        return error_field(error, "bad-contact", "key", "not a sealed contact of a case");
    }
    store_batch_contact(&batch->writes, case_id, record->value, record->value_size);
    return RC_OK;
}

static bool is_registration(const ProtobufCMessage *fact) {
    return fact != NULL && fact->descriptor == &redress__v1__case_registered__descriptor;
}

static enum rc take_fact(struct batch *batch, const struct bus_record *record,
                         ProtobufCMessage **fact, struct error *error) {
    enum rc rc = fact_record_check(record, error);
    const ProtobufCMessageDescriptor *descriptor = notice_descriptor(record->envelope.type);
    if (rc != RC_OK || descriptor == NULL) {
        return rc;
    }
    rc = fact_record_read(record, descriptor, fact, error);
    if (rc == RC_OK) {
        batch->asked[batch->asked_count++] = fact_record_meta(*fact)->case_id;
    }
    if (rc == RC_OK && is_registration(*fact)) {
        store_batch_case(&batch->writes, (const Redress__V1__CaseRegistered *)*fact);
    }
    return rc;
}

static enum rc take(struct consumer *consumer, struct batch *batch, size_t place,
                    struct error *error) {
    struct error reason;
    const struct bus_record *record = &batch->records[place];
    enum rc rc = strcmp(record->topic, BUS_TOPIC_CONTACTS) == 0
                     ? take_contact(batch, record, &reason)
                     : take_fact(batch, record, &batch->facts[place], &reason);
    if (rc != RC_INVALID) {
        *error = rc == RC_OK ? *error : reason;
        return rc;
    }
    metric_add(&notification_stats[STAT_DEAD], 1);
    log_warn("message kept as a dead letter", LOG_STR("code", reason.code),
             LOG_STR("topic", record->topic), LOG_INT("partition", record->partition),
             LOG_INT("offset", record->offset));
    return bus_dead_letter(consumer->options.producer, record, "notification", &reason, error);
}

// Whose complainants can be told: as their registrations in this batch say, else as stored.
static enum rc learn_contactable(struct consumer *consumer, struct batch *batch,
                                 struct error *error) {
    PGresult *rows = NULL;
    qsort(batch->asked, batch->asked_count, sizeof batch->asked[0], compare_ids);
    size_t distinct = 0;
    for (size_t i = 0; i < batch->asked_count; i++) {
        if (distinct == 0 || strcmp(batch->asked[distinct - 1], batch->asked[i]) != 0) {
            batch->asked[distinct++] = batch->asked[i];
        }
    }
    batch->asked_count = distinct;
    if (distinct == 0) {
        return RC_OK;
    }
    enum rc rc = store_contactable(consumer->pg, batch->asked, batch->asked_count, &rows, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(rows); row++) {
        char id[37];
        const char *key = id;
        pg_get_uuid(rows, row, 0, id);
        const char *const *found =
            bsearch(&key, batch->asked, batch->asked_count, sizeof batch->asked[0], compare_ids);
        batch->contactable[found - batch->asked] = true;
    }
    PQclear(rows);
    for (size_t i = 0; i < batch->count; i++) {
        if (is_registration(batch->facts[i])) {
            const Redress__V1__CaseRegistered *fact =
                (const Redress__V1__CaseRegistered *)batch->facts[i];
            const char *const *found =
                bsearch(&fact->meta->case_id, batch->asked, batch->asked_count,
                        sizeof batch->asked[0], compare_ids);
            batch->contactable[found - batch->asked] = fact->contactable;
        }
    }
    return rc;
}

static void add_deliveries(struct consumer *consumer, struct batch *batch,
                           const Redress__V1__FactMeta *meta, const struct notice *notice,
                           const char *parameters) {
    struct plan plans[NOTIFICATION_PLANS];
    const struct consumer_options *options = &consumer->options;
    char sequence[24];
    size_t count =
        notification_plan(options->region, &notice->occasion,
                          !notice->internal && is_contactable(batch, meta->case_id), plans);
    snprintf(sequence, sizeof sequence, "%" PRIu64, meta->sequence);
    for (size_t i = 0; i < count; i++) {
        char id[IDENT_UUID_SIZE];
        ident_uuid_from((const char *const[]){"delivery", meta->case_id, sequence, plans[i].channel,
                                              plans[i].recipient, NULL},
                        id);
        const struct store_delivery delivery = {.delivery_id = id,
                                                .case_id = meta->case_id,
                                                .tenant = meta->tenant,
                                                .occasion_sequence = (int64_t)meta->sequence,
                                                .fact = notice->occasion.fact,
                                                .parameters = parameters,
                                                .occurred_at_ms = meta->decided_at_ms,
                                                .not_before_ms = notification_not_before(
                                                    clock_wall_ms(), options->region->zone_offset_s,
                                                    plans[i].urgent, options->quiet_begin_hour,
                                                    options->quiet_end_hour)};
        store_batch_delivery(&batch->writes, &delivery, &plans[i]);
    }
    metric_add(&notification_stats[STAT_PLANNED], (int64_t)count);
}

static enum rc notify(struct consumer *consumer, struct batch *batch, const ProtobufCMessage *fact,
                      struct error *error) {
    struct notice notice;
    enum rc rc = notice_read(fact, &notice, error);
    char *parameters = rc == RC_OK ? json_dumps(notice.parameters, JSON_COMPACT) : NULL;
    if (parameters != NULL) {
        add_deliveries(consumer, batch, fact_record_meta(fact), &notice, parameters);
    } else {
        rc = error_set(error, RC_INTERNAL, "out of memory for a notice");
    }
    free(parameters);
    notice_free(&notice);
    return rc;
}

static enum rc run_batch(struct consumer *consumer, struct batch *batch, struct error *error) {
    enum rc rc = pg_ensure(consumer->pg, error);
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        rc = take(consumer, batch, i, error);
    }
    rc = rc == RC_OK ? learn_contactable(consumer, batch, error) : rc;
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        if (batch->facts[i] != NULL) {
            rc = notify(consumer, batch, batch->facts[i], error);
        }
    }
    return rc == RC_OK ? store_batch_write(consumer->pg, &batch->writes, error) : rc;
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a batch");
    }
    batch->records = records;
    batch->count = count;
    store_batch_begin(&batch->writes);
    enum rc rc = run_batch(consumer, batch, error);
    if (rc != RC_OK) {
        pg_rollback(consumer->pg);
    }
    for (size_t i = 0; i < count; i++) {
        protobuf_c_message_free_unpacked(batch->facts[i], NULL);
    }
    store_batch_free(&batch->writes);
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
    consumer->options = *options;
    const struct bus_consumer_settings settings = {
        .bus = options->bus,
        .group = "redress-notification",
        .topics = {BUS_TOPIC_CONTACTS, BUS_TOPIC_FACTS, NULL},
        .patience_ms = 50,
        .handlers = {.context = consumer, .handle = on_batch},
    };
    enum rc rc = pg_open(&consumer->pg, options->postgres_url, "redress-notification consumer",
                         "notification", error);
    rc = rc == RC_OK ? pg_plan_by_keys(consumer->pg, error) : rc;
    rc = rc == RC_OK ? pg_check_schema(consumer->pg, "notification", STORE_SCHEMA, error) : rc;
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
    pg_close(consumer->pg);
    free(consumer);
}
