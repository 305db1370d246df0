// SPDX-License-Identifier: Apache-2.0
// One table says which facts occasion notices and what they say; contacts are kept as they come.
#include "consumer.h"

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

// What a notice says beyond the case: filled by one function a fact.
struct notice {
    struct occasion occasion;
    json_t *parameters;
};

static void set_text(json_t *object, const char *name, const char *text) {
    json_object_set_new(object, name, json_string(text));
}

static void set_due(json_t *object, int64_t ms) {
    json_object_set_new(object, "due_at_ms", json_integer(ms));
}

static void on_replied(const ProtobufCMessage *message, struct notice *notice) {
    set_text(notice->parameters, "reply", ((const Redress__V1__CaseReplied *)message)->reply);
}

static void on_dispatched(const ProtobufCMessage *message, struct notice *notice) {
    notice->occasion.unit = ((const Redress__V1__CaseDispatched *)message)->unit;
}

static void on_warned(const ProtobufCMessage *message, struct notice *notice) {
    const Redress__V1__ClockWarned *fact = (const Redress__V1__ClockWarned *)message;
    notice->occasion.unit = fact->unit;
    set_text(notice->parameters, "clock", fact->name);
    set_due(notice->parameters, fact->due_at_ms);
}

static void on_alarm(const ProtobufCMessage *message, struct notice *notice) {
    const Redress__V1__AlarmRaised *fact = (const Redress__V1__AlarmRaised *)message;
    notice->occasion.unit = fact->unit;
    set_text(notice->parameters, "clock", fact->clock);
    set_text(notice->parameters, "alarm_id", fact->alarm_id);
}

static void on_escalated(const ProtobufCMessage *message, struct notice *notice) {
    const Redress__V1__CaseEscalated *fact = (const Redress__V1__CaseEscalated *)message;
    char level[16];
    snprintf(level, sizeof level, "%" PRIu32, fact->level);
    notice->occasion.unit = fact->unit;
    notice->occasion.level = fact->level;
    set_text(notice->parameters, "clock", fact->clock);
    set_text(notice->parameters, "level", level);
    set_text(notice->parameters, "alarm_id", fact->alarm_id);
}

static const char *const level_titles[] = {"", "一般督办 (ordinary)", "重点督办 (key)",
                                           "挂牌督办 (listed)"};

static void on_supervision(const ProtobufCMessage *message, struct notice *notice) {
    const Redress__V1__SupervisionOrdered *fact = (const Redress__V1__SupervisionOrdered *)message;
    size_t count = sizeof level_titles / sizeof level_titles[0];
    notice->occasion.unit = fact->unit;
    set_text(notice->parameters, "level",
             level_titles[(size_t)fact->level < count ? (size_t)fact->level : 0]);
    set_text(notice->parameters, "instruction", fact->instruction);
    set_due(notice->parameters, fact->due_at_ms);
}

// An answer is for whoever supervises: the rung above the one that answered.
static void on_supervision_answered(const ProtobufCMessage *message, struct notice *notice) {
    notice->occasion.unit = ((const Redress__V1__SupervisionAnswered *)message)->unit;
    notice->occasion.level = 1;
}

static void on_supervision_lifted(const ProtobufCMessage *message, struct notice *notice) {
    notice->occasion.unit = ((const Redress__V1__SupervisionLifted *)message)->unit;
}

static void on_co_handler(const ProtobufCMessage *message, struct notice *notice) {
    const Redress__V1__CoHandlerAdded *fact = (const Redress__V1__CoHandlerAdded *)message;
    notice->occasion.unit = fact->unit;
    set_text(notice->parameters, "instruction", fact->note);
    set_due(notice->parameters, fact->due_at_ms);
}

// The lead is told.
static void on_co_handler_answered(const ProtobufCMessage *message, struct notice *notice) {
    notice->occasion.unit = ((const Redress__V1__CoHandlerAnswered *)message)->lead;
}

static void on_plain(const ProtobufCMessage *message, struct notice *notice) {
    (void)message;
    (void)notice;
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    void (*fill)(const ProtobufCMessage *, struct notice *);
} kinds[] = {
    {&redress__v1__case_registered__descriptor, on_plain},
    {&redress__v1__case_accepted__descriptor, on_plain},
    {&redress__v1__case_dispatched__descriptor, on_dispatched},
    {&redress__v1__case_replied__descriptor, on_replied},
    {&redress__v1__case_closed__descriptor, on_plain},
    {&redress__v1__clock_warned__descriptor, on_warned},
    {&redress__v1__alarm_raised__descriptor, on_alarm},
    {&redress__v1__case_escalated__descriptor, on_escalated},
    {&redress__v1__supervision_ordered__descriptor, on_supervision},
    {&redress__v1__supervision_answered__descriptor, on_supervision_answered},
    {&redress__v1__supervision_lifted__descriptor, on_supervision_lifted},
    {&redress__v1__co_handler_added__descriptor, on_co_handler},
    {&redress__v1__co_handler_answered__descriptor, on_co_handler_answered},
};

// A record that occasions something, decoded.
struct item {
    ProtobufCMessage *message; // owned; NULL for one that occasions nothing
    size_t kind;
};

struct batch {
    const struct bus_record *records;
    size_t count;
    struct item items[BUS_BATCH_LIMIT];
    const char *asked[BUS_BATCH_LIMIT]; // case ids, sorted
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

static enum rc take_fact(struct batch *batch, const struct bus_record *record, struct item *item,
                         struct error *error) {
    size_t count = sizeof kinds / sizeof kinds[0];
    enum rc rc = fact_record_check(record, error);
    if (rc != RC_OK) {
        return rc;
    }
    while (item->kind < count &&
           strcmp(record->envelope.type, kinds[item->kind].descriptor->name) != 0) {
        item->kind++;
    }
    if (item->kind == count) {
        return RC_OK;
    }
    rc = fact_record_read(record, kinds[item->kind].descriptor, &item->message, error);
    if (rc == RC_OK) {
        batch->asked[batch->asked_count++] = fact_record_meta(item->message)->case_id;
    }
    if (rc == RC_OK && item->kind == 0) {
        store_batch_case(&batch->writes, (const Redress__V1__CaseRegistered *)item->message);
    }
    return rc;
}

static enum rc take(struct consumer *consumer, struct batch *batch, size_t place,
                    struct error *error) {
    struct error reason;
    const struct bus_record *record = &batch->records[place];
    enum rc rc = strcmp(record->topic, BUS_TOPIC_CONTACTS) == 0
                     ? take_contact(batch, record, &reason)
                     : take_fact(batch, record, &batch->items[place], &reason);
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
        const struct item *item = &batch->items[i];
        if (item->message != NULL && item->kind == 0) {
            const Redress__V1__CaseRegistered *fact =
                (const Redress__V1__CaseRegistered *)item->message;
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
    size_t count = notification_plan(options->region, &notice->occasion,
                                     is_contactable(batch, meta->case_id), plans);
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

static enum rc notify(struct consumer *consumer, struct batch *batch, const struct item *item,
                      struct error *error) {
    const Redress__V1__FactMeta *meta = fact_record_meta(item->message);
    struct notice notice = {.parameters = json_object()};
    notice.occasion.fact = strrchr(kinds[item->kind].descriptor->name, '.') + 1;
    notice.occasion.tenant = meta->tenant;
    notice.occasion.unit = "";
    kinds[item->kind].fill(item->message, &notice);
    set_text(notice.parameters, "unit", notice.occasion.unit);
    char *parameters = json_dumps(notice.parameters, JSON_COMPACT);
    json_decref(notice.parameters);
    if (parameters == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a notice");
    }
    add_deliveries(consumer, batch, meta, &notice, parameters);
    free(parameters);
    return RC_OK;
}

static enum rc run_batch(struct consumer *consumer, struct batch *batch, struct error *error) {
    enum rc rc = pg_ensure(consumer->pg, error);
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        rc = take(consumer, batch, i, error);
    }
    rc = rc == RC_OK ? learn_contactable(consumer, batch, error) : rc;
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        if (batch->items[i].message != NULL) {
            rc = notify(consumer, batch, &batch->items[i], error);
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
        protobuf_c_message_free_unpacked(batch->items[i].message, NULL);
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
        .patient = true,
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
