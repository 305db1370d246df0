// SPDX-License-Identifier: Apache-2.0
// Facts that occasion notices (notice.c) become deliveries; contacts are kept as they come.
#include "consumer.h"

#include "notice.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/fact_record.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/log.h"
#include "common/protobuf.h"

#include "redress/v1/notices.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTICE_CALENDAR_MOST 64

struct consumer {
    struct bus_consumer *bus;
    struct pg *pg;
    struct consumer_options options;
    const struct region *region; // held for the batch at hand
};

struct batch {
    const struct bus_record *records;
    size_t count;
    ProtobufCMessage *facts[BUS_BATCH_LIMIT]; // owned; NULL for what occasions nothing
    const char *asked[BUS_BATCH_LIMIT];       // case ids, sorted
    size_t asked_count;
    bool contactable[BUS_BATCH_LIMIT]; // of asked
    struct store_batch writes;
    struct cap_batch cap;
};

static int compare_ids(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

// Of a case that a fact of the batch is about.
static bool *contactable(struct batch *batch, const char *case_id) {
    const char *const *found =
        bsearch(&case_id, batch->asked, batch->asked_count, sizeof batch->asked[0], compare_ids);
    return &batch->contactable[found - batch->asked];
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

static bool is_erasure(const ProtobufCMessage *fact) {
    return fact->descriptor == &redress__v1__content_erased__descriptor;
}

static bool is_registration(const ProtobufCMessage *fact) {
    return fact != NULL && fact->descriptor == &redress__v1__case_registered__descriptor;
}

static bool is_parting(const ProtobufCMessage *fact) {
    return fact->descriptor == &redress__v1__case_unmerged__descriptor;
}

// What occasions notices, and the facts after which the complainant gets none, or is told less. The
// contact's tombstone is on a topic of its own, thus out of order with the facts: it only takes the
// contact.
static const ProtobufCMessageDescriptor *descriptor_of(const char *type) {
    static const ProtobufCMessageDescriptor *const silent[] = {
        &redress__v1__content_erased__descriptor, &redress__v1__case_unmerged__descriptor};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        if (strcmp(type, silent[i]->name) == 0) {
            return silent[i];
        }
    }
    return notice_descriptor(type);
}

static enum rc take_fact(struct batch *batch, const struct bus_record *record,
                         ProtobufCMessage **fact, struct error *error) {
    enum rc rc = fact_record_check(record, error);
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(record->envelope.type);
    if (rc != RC_OK || descriptor == NULL) {
        return rc;
    }
    rc = fact_record_read(record, descriptor, fact, error);
    if (rc == RC_OK && !notice_is_occasion(*fact)) {
        protobuf_free(*fact);
        *fact = NULL;
        return RC_OK;
    }
    if (rc == RC_OK) {
        batch->asked[batch->asked_count++] = fact_record_meta(*fact)->case_id;
    }
    if (rc == RC_OK && is_registration(*fact)) {
        store_batch_case(&batch->writes, (const Redress__V1__CaseRegistered *)*fact);
    }
    return rc;
}

// What deliveries are made of.
struct occurrence {
    const struct occasion *occasion;
    const char *case_id; // a notice that is no case's has an id of its own
    uint64_t sequence;
    int64_t at_ms;
    bool contactable;
    const char *parameters; // JSON
    bool crisis;
    bool life;         // or a life is at stake: what is about a limit waits for nothing
    int64_t latest_ms; // before which it must be known; 0: at any time
};

// Mails to people count, but for alarms and what concerns a crisis: a web hook is a machine's.
static enum rc add_notice(struct consumer *consumer, struct batch *batch,
                          const struct occurrence *occurrence, const struct plan *plan,
                          struct error *error) {
    const struct consumer_options *options = &consumer->options;
    bool complainant = strcmp(plan->recipient, "complainant") == 0;
    int64_t now_ms = clock_wall_ms();
    int64_t at_ms = notification_not_before(now_ms, consumer->region->zone_offset_s, plan->urgent,
                                            options->quiet_begin_hour, options->quiet_end_hour);
    struct cap_notice notice = {.counted = strcmp(plan->channel, "email") == 0 && !plan->urgent,
                                .at_ms = notification_in_time(now_ms, at_ms, occurrence->latest_ms),
                                .latest_ms = occurrence->latest_ms};
    snprintf(notice.recipient, sizeof notice.recipient, "%s", plan->recipient);
    snprintf(notice.case_id, sizeof notice.case_id, "%s", complainant ? occurrence->case_id : "");
    return cap_add(&batch->cap, &notice, error);
}

static enum rc add_deliveries(struct consumer *consumer, struct batch *batch,
                              const struct occurrence *occurrence, struct error *error) {
    enum rc rc = RC_OK;
    struct plan plans[NOTIFICATION_PLANS];
    char sequence[24];
    size_t count =
        notification_plan(consumer->region, occurrence->occasion, occurrence->contactable, plans);
    snprintf(sequence, sizeof sequence, "%" PRIu64, occurrence->sequence);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        char id[IDENT_UUID_SIZE];
        ident_uuid_from((const char *const[]){"delivery", occurrence->case_id, sequence,
                                              plans[i].channel, plans[i].recipient, NULL},
                        id);
        plans[i].urgent = plans[i].urgent || occurrence->crisis ||
                          (occurrence->life && occurrence->latest_ms != 0);
        const struct store_delivery delivery = {.delivery_id = id,
                                                .case_id = occurrence->case_id,
                                                .tenant = occurrence->occasion->tenant,
                                                .occasion_sequence = (int64_t)occurrence->sequence,
                                                .fact = occurrence->occasion->fact,
                                                .parameters = occurrence->parameters,
                                                .occurred_at_ms = occurrence->at_ms};
        store_batch_delivery(&batch->writes, &delivery, &plans[i]);
        rc = add_notice(consumer, batch, occurrence, &plans[i], error);
    }
    metric_add(&notification_stats[STAT_PLANNED], (int64_t)count);
    return rc;
}

static const char *bureau_of(const struct region *region) {
    for (size_t i = 0; i < region->institution_count; i++) {
        const char *parent = region->institutions[i].parent;
        if (parent == NULL || parent[0] == '\0') {
            return region->institutions[i].code;
        }
    }
    return "";
}

// Once a week and calendar: its id and the week tell occurrences apart.
static enum rc plan_calendar(struct consumer *consumer, struct batch *batch,
                             const Redress__V1__CalendarMissing *message, struct error *error) {
    char year[16];
    char id[IDENT_UUID_SIZE];
    snprintf(year, sizeof year, "%" PRIu32, message->year);
    ident_uuid_from((const char *const[]){NOTIFICATION_CALENDAR, message->calendar, year, NULL},
                    id);
    json_t *values = json_pack("{s:s, s:s}", "calendar", message->calendar, "year", year);
    char *parameters = json_text(values, JSON_COMPACT);
    const struct occasion occasion = {.fact = NOTIFICATION_CALENDAR,
                                      .tenant = bureau_of(consumer->region),
                                      .unit = "",
                                      .actor = "sla-timer"};
    const struct occurrence occurrence = {
        &occasion, id, message->week, message->noticed_at_ms, false, parameters, false, false, 0};
    enum rc rc = parameters != NULL ? add_deliveries(consumer, batch, &occurrence, error)
                                    : error_set(error, RC_INTERNAL, "out of memory for a notice");
    free(parameters);
    json_decref(values);
    return rc;
}

static bool is_calendar_missing(const Redress__V1__CalendarMissing *message) {
    size_t size = strlen(message->calendar);
    return size >= 1 && size <= NOTICE_CALENDAR_MOST && text_is_clean(message->calendar, size) &&
           clock_is_time(message->noticed_at_ms);
}

static enum rc take_notice(struct consumer *consumer, struct batch *batch,
                           const struct bus_record *record, struct error *error) {
    const ProtobufCMessageDescriptor *descriptor = &redress__v1__calendar_missing__descriptor;
    if (record->envelope_rc != RC_OK || strcmp(record->envelope.type, descriptor->name) != 0) {
        return error_field(error, "unknown-type", "ce_type", "it is no notice that is known");
    }
    ProtobufCMessage *message = NULL;
    enum rc rc = protobuf_unpack(descriptor, record->value, record->value_size, &message, error);
    if (rc == RC_INTERNAL) {
        return rc;
    }
    const Redress__V1__CalendarMissing *missing = (const Redress__V1__CalendarMissing *)message;
    rc = missing != NULL && is_calendar_missing(missing)
             ? plan_calendar(consumer, batch, missing, error)
             : error_field(error, "bad-notice", "calendar", "it is no notice");
    protobuf_free(message);
    return rc;
}

static enum rc take(struct consumer *consumer, struct batch *batch, size_t place,
                    struct error *error) {
    struct error reason;
    const struct bus_record *record = &batch->records[place];
    enum rc rc = strcmp(record->topic, BUS_TOPIC_CONTACTS) == 0
                     ? take_contact(batch, record, &reason)
                 : strcmp(record->topic, BUS_TOPIC_NOTICES) == 0
                     ? take_notice(consumer, batch, record, &reason)
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
        pg_get_uuid(rows, row, 0, id);
        *contactable(batch, id) = true;
    }
    PQclear(rows);
    for (size_t i = 0; i < batch->count; i++) {
        if (is_registration(batch->facts[i])) {
            const Redress__V1__CaseRegistered *fact =
                (const Redress__V1__CaseRegistered *)batch->facts[i];
            *contactable(batch, fact->meta->case_id) = fact->contactable;
        }
    }
    return rc;
}

static bool is_crisis(const Redress__V1__FactMeta *meta) {
    return meta->traits != NULL &&
           meta->traits->crisis >= REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3;
}

static bool is_of_life(const Redress__V1__FactMeta *meta) {
    return meta->traits != NULL && meta->traits->urgency == REDRESS__V1__URGENCY__URGENCY_P1;
}

static enum rc notify(struct consumer *consumer, struct batch *batch, const ProtobufCMessage *fact,
                      struct error *error) {
    struct notice notice;
    enum rc rc = notice_read(fact, &notice, error);
    char *parameters = rc == RC_OK ? json_text(notice.parameters, JSON_COMPACT) : NULL;
    if (parameters != NULL) {
        const Redress__V1__FactMeta *meta = fact_record_meta(fact);
        const struct occurrence occurrence = {
            &notice.occasion,
            meta->case_id,
            meta->sequence,
            meta->decided_at_ms,
            !notice.internal && *contactable(batch, meta->case_id),
            parameters,
            is_crisis(meta),
            is_of_life(meta),
            notification_latest(notice.occasion.fact, notice.due_at_ms)};
        rc = add_deliveries(consumer, batch, &occurrence, error);
    } else {
        rc = error_set(error, RC_INTERNAL, "out of memory for a notice");
    }
    free(parameters);
    notice_free(&notice);
    return rc;
}

// In order: what came before is planned, and ends as erased; nothing is planned after.
static void forget(struct batch *batch, const ProtobufCMessage *fact) {
    const char *case_id = fact_record_meta(fact)->case_id;
    *contactable(batch, case_id) = false;
    store_batch_erased(&batch->writes, case_id);
}

static void part(struct batch *batch, const ProtobufCMessage *fact) {
    const Redress__V1__CaseUnmerged *parting = (const Redress__V1__CaseUnmerged *)fact;
    for (size_t i = 0; i < parting->n_without; i++) {
        store_batch_apart(&batch->writes, parting->meta->case_id, parting->without[i],
                          (int64_t)parting->meta->sequence);
    }
}

static bool counts(const struct cap_batch *cap) {
    for (size_t i = 0; i < cap->count; i++) {
        if (cap->list[i].counted) {
            return true;
        }
    }
    return false;
}

// One question for the whole batch, then when each of its deliveries goes out.
static enum rc put_off(struct consumer *consumer, struct batch *batch, struct error *error) {
    struct cap_past *past = NULL;
    size_t count = 0;
    const struct consumer_options *options = &consumer->options;
    int64_t most = options->hourly_most;
    enum rc rc = most > 0 && counts(&batch->cap)
                     ? store_past(consumer->pg, &batch->cap, clock_wall_ms() - CAP_HOUR_MS, most,
                                  &past, &count, error)
                     : RC_OK;
    rc = rc == RC_OK ? cap_apply(&batch->cap, past, count, (size_t)most, error) : rc;
    for (size_t i = 0; rc == RC_OK && i < batch->cap.count; i++) {
        struct cap_notice *notice = &batch->cap.list[i];
        if (notice->capped) {
            int64_t at_ms =
                notification_not_before(notice->at_ms, consumer->region->zone_offset_s, false,
                                        options->quiet_begin_hour, options->quiet_end_hour);
            notice->at_ms = notification_in_time(notice->at_ms, at_ms, notice->latest_ms);
            metric_add(&notification_stats[STAT_CAPPED], 1);
        }
        store_batch_due(&batch->writes, notice);
    }
    free(past);
    return rc;
}

static enum rc run_batch(struct consumer *consumer, struct batch *batch, struct error *error) {
    enum rc rc = pg_ensure(consumer->pg, error);
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        rc = take(consumer, batch, i, error);
    }
    rc = rc == RC_OK ? learn_contactable(consumer, batch, error) : rc;
    for (size_t i = 0; i < batch->count && rc == RC_OK; i++) {
        if (batch->facts[i] != NULL && is_erasure(batch->facts[i])) {
            forget(batch, batch->facts[i]);
        } else if (batch->facts[i] != NULL && is_parting(batch->facts[i])) {
            part(batch, batch->facts[i]);
        } else if (batch->facts[i] != NULL) {
            rc = notify(consumer, batch, batch->facts[i], error);
        }
    }
    rc = rc == RC_OK ? put_off(consumer, batch, error) : rc;
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
    const struct region_edition *edition = region_book_hold(consumer->options.regions);
    consumer->region = edition->region;
    enum rc rc = run_batch(consumer, batch, error);
    consumer->region = NULL;
    region_book_release(edition);
    if (rc != RC_OK) {
        pg_rollback(consumer->pg);
    }
    for (size_t i = 0; i < count; i++) {
        protobuf_free(batch->facts[i]);
    }
    store_batch_free(&batch->writes);
    cap_free(&batch->cap);
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
        .topics = {BUS_TOPIC_CONTACTS, BUS_TOPIC_FACTS, BUS_TOPIC_NOTICES, NULL},
        .patience_ms = 25,
        .handlers = {.context = consumer, .handle = on_batch},
        .lag = &notification_stats[STAT_LAG],
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
