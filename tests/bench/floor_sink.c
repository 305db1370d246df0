// SPDX-License-Identifier: Apache-2.0
// The ledger's rows for a new case: offset, case, event, outbox, vault. Their columns are filled
// with what a case has, taken from nowhere.
#include "floor.h"

#include "common/clock.h"
#include "common/pg.h"
#include "common/seal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP "redress-floor"
#define PARTITIONS 64
#define STATE_BYTES 220
#define CIPHER_BYTES 600

struct floor_sink {
    struct bus_consumer *bus;
    struct bus_producer *producer;
    struct pg *pg;
    int64_t epochs[PARTITIONS];
    int64_t next[PARTITIONS];
    _Atomic uint64_t count;
};

static const char take_partition[] =
    "INSERT INTO kafka_offset AS o (consumer_group, topic, partition, next_offset, epoch) "
    "VALUES ($1, $2, $3, -2, 1) ON CONFLICT (consumer_group, topic, partition) "
    "DO UPDATE SET epoch = o.epoch + 1 RETURNING epoch, next_offset";

static const char move_fences[] =
    "UPDATE kafka_offset o SET next_offset = b.next "
    "FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[]) "
    "AS b(partition, epoch, previous, next) WHERE o.consumer_group = $1 "
    "AND o.partition = b.partition AND o.epoch = b.epoch AND o.next_offset = b.previous";

static const char insert_cases[] =
    "INSERT INTO cases (case_id, tenant, tracking_code, status, category, urgency, crisis, unit, "
    "open_alarm, breached, received_at, updated_at, content_sha256, sequence, hash, state) "
    "SELECT id, 'bureau', code, 'received', '', 0, 0, '', false, false, at, at, hash, 1, hash, "
    "state FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bytea[], $5::bytea[]) "
    "AS b(id, code, at, hash, state)";

static const char insert_events[] =
    "INSERT INTO case_events (case_id, seq, tenant, type, payload, cause_id, actor, decided_at, "
    "prev_hash, hash) SELECT id, 1, 'bureau', 'redress.v1.CaseRegistered', payload, id, 'intake', "
    "at, hash, hash FROM unnest($1::uuid[], $2::bytea[], $3::timestamptz[], $4::bytea[]) "
    "AS b(id, payload, at, hash)";

static const char insert_outbox[] =
    "INSERT INTO outbox (shard, case_ids, seqs, traceparents) SELECT 0, array_agg(id), "
    "array_agg(1::bigint), array_agg(''::text) FROM unnest($1::uuid[]) AS b(id)";

static const char insert_vault[] =
    "INSERT INTO vault (case_id, tenant, sealed_key, nonce, ciphertext) "
    "SELECT id, 'bureau', hash, hash, cipher FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) "
    "AS b(id, hash, cipher)";

static enum rc on_assigned(void *context, const char *topic, int32_t partition, int64_t *offset,
                           struct error *error) {
    struct floor_sink *sink = context;
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    if (partition >= PARTITIONS) {
        return error_set(error, RC_INTERNAL, "more than %d partitions", PARTITIONS);
    }
    pg_add_text(&parameters, GROUP);
    pg_add_text(&parameters, topic);
    pg_add_int4(&parameters, partition);
    enum rc rc = pg_run(sink->pg, take_partition, &parameters, &result, error);
    if (rc == RC_OK) {
        sink->epochs[partition] = pg_get_number(result, 0, 0);
        sink->next[partition] = pg_get_number(result, 0, 1);
        *offset = sink->next[partition];
        PQclear(result);
    }
    return rc;
}

// The columns of one batch, in the statements' order.
struct columns {
    struct pg_array fences[4];
    struct pg_array cases[5];
    struct pg_array events[4];
    struct pg_array outbox[1];
    struct pg_array vault[3];
    int64_t next[PARTITIONS]; // 0: the partition is not in the batch
};

static void begin_columns(struct columns *columns) {
    static const enum pg_element fences[] = {PG_INT4, PG_INT8, PG_INT8, PG_INT8};
    static const enum pg_element cases[] = {PG_UUID, PG_TEXT, PG_TIME, PG_BYTES, PG_BYTES};
    static const enum pg_element events[] = {PG_UUID, PG_BYTES, PG_TIME, PG_BYTES};
    static const enum pg_element vault[] = {PG_UUID, PG_BYTES, PG_BYTES};
    memset(columns, 0, sizeof *columns);
    for (size_t i = 0; i < 4; i++) {
        pg_array_begin(&columns->fences[i], fences[i]);
        pg_array_begin(&columns->events[i], events[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        pg_array_begin(&columns->cases[i], cases[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        pg_array_begin(&columns->vault[i], vault[i]);
    }
    pg_array_begin(&columns->outbox[0], PG_UUID);
}

static void add_record(struct columns *columns, const struct bus_record *record, int64_t now_ms) {
    static const unsigned char filler[CIPHER_BYTES];
    unsigned char hash[32];
    char case_id[37] = "";
    char code[24];
    memcpy(case_id, record->key, 36);
    seal_sha256(record->value, record->value_size, hash);
    snprintf(code, sizeof code, "%.8s%.4s%.4s", case_id, case_id + 9, case_id + 24);
    pg_array_uuid(&columns->cases[0], case_id);
    pg_array_text(&columns->cases[1], code);
    pg_array_number(&columns->cases[2], now_ms);
    pg_array_bytes(&columns->cases[3], hash, sizeof hash);
    pg_array_bytes(&columns->cases[4], filler, STATE_BYTES);
    pg_array_uuid(&columns->events[0], case_id);
    pg_array_bytes(&columns->events[1], record->value, record->value_size);
    pg_array_number(&columns->events[2], now_ms);
    pg_array_bytes(&columns->events[3], hash, sizeof hash);
    pg_array_uuid(&columns->outbox[0], case_id);
    pg_array_uuid(&columns->vault[0], case_id);
    pg_array_bytes(&columns->vault[1], hash, sizeof hash);
    pg_array_bytes(&columns->vault[2], filler, CIPHER_BYTES);
    columns->next[record->partition] = record->offset + 1;
}

static void add_fences(const struct floor_sink *sink, struct columns *columns) {
    for (int partition = 0; partition < PARTITIONS; partition++) {
        if (columns->next[partition] != 0) {
            pg_array_number(&columns->fences[0], partition);
            pg_array_number(&columns->fences[1], sink->epochs[partition]);
            pg_array_number(&columns->fences[2], sink->next[partition]);
            pg_array_number(&columns->fences[3], columns->next[partition]);
        }
    }
}

static enum rc queue(struct pg *pg, const char *sql, const char *first, struct pg_array *arrays,
                     size_t count, struct error *error) {
    struct pg_parameters parameters = {0};
    if (first != NULL) {
        pg_add_text(&parameters, first);
    }
    for (size_t i = 0; i < count; i++) {
        pg_add_array(&parameters, &arrays[i]);
    }
    return pg_queue(pg, sql, &parameters, error);
}

static enum rc write_columns(struct pg *pg, struct columns *columns, struct error *error) {
    struct pg_parameters none = {0}, end = {0};
    enum rc rc = pg_queue(pg, "BEGIN", &none, error);
    rc = rc == RC_OK ? queue(pg, move_fences, GROUP, columns->fences, 4, error) : rc;
    rc = rc == RC_OK ? queue(pg, insert_cases, NULL, columns->cases, 5, error) : rc;
    rc = rc == RC_OK ? queue(pg, insert_events, NULL, columns->events, 4, error) : rc;
    rc = rc == RC_OK ? queue(pg, insert_outbox, NULL, columns->outbox, 1, error) : rc;
    rc = rc == RC_OK ? queue(pg, insert_vault, NULL, columns->vault, 3, error) : rc;
    rc = rc == RC_OK ? pg_queue(pg, "COMMIT", &end, error) : rc;
    return rc == RC_OK ? pg_collect(pg, NULL, 7, error) : rc;
}

static enum rc publish_fact(struct floor_sink *sink, const struct bus_record *record,
                            struct error *error) {
    struct envelope envelope = {.type = "redress.v1.CaseRegistered", .source = "floor"};
    envelope.time_ms = record->timestamp_ms;
    memcpy(envelope.id, record->key, 36);
    memcpy(envelope.subject, record->key, 36);
    const struct bus_message message = {.topic = FLOOR_FACTS,
                                        .key = record->key,
                                        .key_size = 36,
                                        .value = record->value,
                                        .value_size = record->value_size,
                                        .envelope = &envelope};
    enum rc rc;
    while ((rc = bus_publish(sink->producer, &message, NULL, NULL, error)) == RC_UNAVAILABLE) {
        clock_sleep_ms(1); // the producer's queue is full
    }
    return rc;
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct floor_sink *sink = context;
    struct columns columns;
    int64_t now_ms = clock_wall_ms();
    begin_columns(&columns);
    for (size_t i = 0; i < count; i++) {
        add_record(&columns, &records[i], now_ms);
    }
    add_fences(sink, &columns);
    enum rc rc = write_columns(sink->pg, &columns, error);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        sink->next[records[i].partition] = records[i].offset + 1;
        rc = publish_fact(sink, &records[i], error);
    }
    if (rc != RC_OK) { // it can't try again: what of the batch is in is not known here
        fprintf(stderr, "redress-floor: a batch failed: %s\n", error->text);
        _exit(3);
    }
    atomic_fetch_add(&sink->count, count);
    return RC_OK;
}

enum rc floor_sink_start(struct floor_sink **out, const struct floor_options *options,
                         struct error *error) {
    struct floor_sink *sink = calloc(1, sizeof *sink);
    *out = sink;
    if (sink == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    const struct bus_settings bus = {options->brokers, "redress-floor", NULL, 2, false};
    const struct bus_consumer_settings settings = {
        .bus = bus,
        .group = GROUP,
        .topics = {FLOOR_PROPOSALS, NULL},
        .handlers = {.context = sink, .handle = on_batch, .assigned = on_assigned}};
    enum rc rc = pg_open(&sink->pg, options->postgres_url, GROUP, "floor", error);
    rc = rc == RC_OK ? pg_plan_by_keys(sink->pg, error) : rc;
    rc = rc == RC_OK ? bus_producer_new(&sink->producer, &bus, error) : rc;
    return rc == RC_OK ? bus_consumer_start(&sink->bus, &settings, error) : rc;
}

uint64_t floor_sink_count(struct floor_sink *sink) { return atomic_load(&sink->count); }

void floor_sink_free(struct floor_sink *sink) {
    if (sink == NULL) {
        return;
    }
    bus_consumer_free(sink->bus);
    bus_producer_free(sink->producer);
    pg_close(sink->pg);
    free(sink);
}
