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
};

static enum rc add_deliveries(struct consumer *consumer, const Redress__V1__FactMeta *meta,
                              const struct notice *notice, bool contactable, struct error *error) {
    struct plan plans[NOTIFICATION_PLANS];
    const struct consumer_options *options = &consumer->options;
    char sequence[24];
    char *parameters = json_dumps(notice->parameters, JSON_COMPACT);
    enum rc rc = parameters == NULL ? error_set(error, RC_INTERNAL, "out of memory") : RC_OK;
    size_t count = notification_plan(options->region, &notice->occasion, contactable, plans);
    snprintf(sequence, sizeof sequence, "%" PRIu64, meta->sequence);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
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
        rc = store_add_delivery(consumer->pg, &delivery, &plans[i], error);
        metric_add(&notification_stats[STAT_PLANNED], rc == RC_OK);
    }
    free(parameters);
    return rc;
}

static enum rc notify(struct consumer *consumer, const ProtobufCMessage *message, size_t kind,
                      struct error *error) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct notice notice = {.parameters = json_object()};
    bool contactable = false;
    notice.occasion.fact = strrchr(kinds[kind].descriptor->name, '.') + 1;
    notice.occasion.tenant = meta->tenant;
    notice.occasion.unit = "";
    kinds[kind].fill(message, &notice);
    set_text(notice.parameters, "unit", notice.occasion.unit);
    enum rc rc = kind == 0 ? store_put_case(consumer->pg,
                                            (const Redress__V1__CaseRegistered *)message, error)
                           : RC_OK;
    rc = rc == RC_OK ? store_contactable(consumer->pg, meta->case_id, &contactable, error) : rc;
    rc = rc == RC_OK ? add_deliveries(consumer, meta, &notice, contactable, error) : rc;
    json_decref(notice.parameters);
    return rc;
}

static enum rc take_fact(struct consumer *consumer, const struct bus_record *record,
                         struct error *error) {
    size_t kind = 0;
    size_t count = sizeof kinds / sizeof kinds[0];
    ProtobufCMessage *message = NULL;
    enum rc rc = fact_record_check(record, error);
    if (rc != RC_OK) {
        return rc;
    }
    while (kind < count && strcmp(record->envelope.type, kinds[kind].descriptor->name) != 0) {
        kind++;
    }
    if (kind == count) {
        return RC_OK;
    }
    rc = fact_record_read(record, kinds[kind].descriptor, &message, error);
    rc = rc == RC_OK ? notify(consumer, message, kind, error) : rc;
    protobuf_c_message_free_unpacked(message, NULL);
    return rc;
}

static enum rc take_contact(struct consumer *consumer, const struct bus_record *record,
                            struct error *error) {
    char case_id[37] = "";
    if (record->key_size == 36) {
        memcpy(case_id, record->key, 36);
    }
    if (!ident_is_uuid(case_id) || record->value_size > 2000) {
        return error_field(error, "bad-contact", "key", "not a sealed contact of a case");
    }
    return store_put_contact(consumer->pg, case_id, record->value, record->value_size, error);
}

static enum rc take(struct consumer *consumer, const struct bus_record *record,
                    struct error *error) {
    struct error reason;
    enum rc rc = strcmp(record->topic, BUS_TOPIC_CONTACTS) == 0
                     ? take_contact(consumer, record, &reason)
                     : take_fact(consumer, record, &reason);
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

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    enum rc rc = pg_ensure(consumer->pg, error);
    rc = rc == RC_OK ? pg_command(consumer->pg, "BEGIN", error) : rc;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = take(consumer, &records[i], error);
    }
    rc = rc == RC_OK ? pg_command(consumer->pg, "COMMIT", error) : rc;
    if (rc != RC_OK) {
        pg_rollback(consumer->pg);
    }
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
        .handlers = {.context = consumer, .handle = on_batch},
    };
    enum rc rc = pg_open(&consumer->pg, options->postgres_url, "redress-notification consumer",
                         "notification", error);
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
