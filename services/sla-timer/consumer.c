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

static enum rc on_registered(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__CaseRegistered *fact = (const Redress__V1__CaseRegistered *)message;
    enum rc rc = fact_read_time(fact->received_at_ms, turn->error);
    return rc == RC_OK ? arming_registered(&turn->arming, fact->meta,
                                           (struct timer_fact){.at_ms = fact->received_at_ms,
                                                               .category = fact->category,
                                                               .situations = "",
                                                               .channel = (uint32_t)fact->channel,
                                                               .milestones = milestones_of(message),
                                                               .reason = "started"})
                       : rc;
}

static enum rc on_milestone(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct timer_fact fact = {.milestones = milestones_of(message), .reason = "started"};
    return fact_read_traits(meta, &fact) ? arming_propose(&turn->arming, meta, fact) : RC_OK;
}

// A message of progress promises the next one.
static enum rc on_progress(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct timer_fact fact = {.restart = "progress-told", .reason = "restarted"};
    enum rc rc = on_milestone(turn, message);
    return rc == RC_OK && fact_read_traits(meta, &fact) ? arming_propose(&turn->arming, meta, fact)
                                                        : rc;
}

static enum rc on_rework(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct timer_fact fact = {.restart = "rework", .reason = "restarted"};
    return fact_read_traits(meta, &fact) ? arming_propose(&turn->arming, meta, fact) : RC_OK;
}

static enum rc on_reopened(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__CaseReopened *reopened = (const Redress__V1__CaseReopened *)message;
    bool new_facts = reopened->ground == REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS;
    struct timer_fact fact = {.restart = new_facts ? "new-facts" : "rework", .reason = "restarted"};
    return fact_read_traits(reopened->meta, &fact)
               ? arming_propose(&turn->arming, reopened->meta, fact)
               : RC_OK;
}

static enum rc on_assessed(const struct turn *turn, const ProtobufCMessage *message) {
    return arming_assessed(&turn->arming, (const Redress__V1__CaseAssessed *)message);
}

// Alarms of before said nothing of their cases: those are no crisis here.
static enum rc on_climb(const struct turn *turn, const Redress__V1__FactMeta *meta,
                        struct timer_fact fact) {
    (void)fact_read_traits(meta, &fact);
    return arming_propose(&turn->arming, meta, fact);
}

static enum rc on_alarm(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__AlarmRaised *fact = (const Redress__V1__AlarmRaised *)message;
    return on_climb(turn, fact->meta,
                    (struct timer_fact){.kind = TIMER_ALARM_RAISED,
                                        .ordinal = fact->ordinal,
                                        .policy_version = fact->policy_version});
}

static enum rc on_escalated(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__CaseEscalated *fact = (const Redress__V1__CaseEscalated *)message;
    return on_climb(turn, fact->meta,
                    (struct timer_fact){.kind = TIMER_CASE_ESCALATED,
                                        .ordinal = fact->ordinal,
                                        .level = fact->level,
                                        .policy_version = fact->policy_version});
}

static enum rc on_numbered(const struct turn *turn, const Redress__V1__FactMeta *meta,
                           struct timer_fact fact) {
    fact.reason = "started";
    return fact_read_traits(meta, &fact) ? arming_propose(&turn->arming, meta, fact) : RC_OK;
}

static enum rc on_supervision(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__SupervisionOrdered *fact = (const Redress__V1__SupervisionOrdered *)message;
    return on_numbered(turn, fact->meta,
                       (struct timer_fact){.kind = TIMER_SUPERVISION_ORDERED,
                                           .ordinal = fact->order,
                                           .due_at_ms = fact->due_at_ms});
}

static enum rc on_co_handler(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__CoHandlerAdded *fact = (const Redress__V1__CoHandlerAdded *)message;
    return on_numbered(turn, fact->meta,
                       (struct timer_fact){.kind = TIMER_CO_HANDLER_ADDED,
                                           .ordinal = fact->number,
                                           .due_at_ms = fact->due_at_ms});
}

static enum rc on_improvement(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ImprovementOpened *fact = (const Redress__V1__ImprovementOpened *)message;
    return on_numbered(turn, fact->meta,
                       (struct timer_fact){.kind = TIMER_IMPROVEMENT_OPENED,
                                           .ordinal = fact->improvement,
                                           .due_at_ms = fact->due_at_ms});
}

static enum rc on_armed(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockArmed *fact = (const Redress__V1__ClockArmed *)message;
    if (fact->terms == NULL) {
        return error_field(turn->error, "missing", "terms", "terms are missing");
    }
    enum rc rc = arming_overtaken(&turn->arming, fact);
    return rc != RC_OK ? rc
                       : index_result(turn, store_put(turn->index, fact->meta->case_id,
                                                      fact->terms->name, fact->terms->version,
                                                      fact_read_first_warn(fact->terms),
                                                      fact->terms->due_at_ms, turn->error));
}

// The index holds one warn point of a clock: the next one.
static enum rc on_warned(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockWarned *fact = (const Redress__V1__ClockWarned *)message;
    return fact->next_warn_at_ms == 0
               ? RC_OK
               : index_result(turn,
                              store_put_warn(turn->index, fact->meta->case_id, fact->name,
                                             fact->version, fact->next_warn_at_ms, turn->error));
}

static enum rc on_paused(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockPaused *fact = (const Redress__V1__ClockPaused *)message;
    return index_result(turn, store_put_pause(turn->index, fact->meta->case_id, fact->name,
                                              fact->version, fact->until_ms, turn->error));
}

static enum rc on_breached(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockBreached *fact = (const Redress__V1__ClockBreached *)message;
    enum rc rc = index_result(turn, store_remove(turn->index, fact->meta->case_id, fact->name,
                                                 fact->version, turn->error));
    return rc == RC_OK ? on_milestone(turn, message) : rc;
}

static enum rc on_stopped(const struct turn *turn, const ProtobufCMessage *message) {
    const Redress__V1__ClockStopped *fact = (const Redress__V1__ClockStopped *)message;
    return index_result(turn, store_remove(turn->index, fact->meta->case_id, fact->name,
                                           fact->version, turn->error));
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    enum rc (*handle)(const struct turn *, const ProtobufCMessage *);
} handlers[] = {
    {&redress__v1__case_registered__descriptor, on_registered},
    {&redress__v1__case_assessed__descriptor, on_assessed},
    {&redress__v1__progress_told__descriptor, on_progress},
    {&redress__v1__alarm_raised__descriptor, on_alarm},
    {&redress__v1__case_escalated__descriptor, on_escalated},
    {&redress__v1__case_accepted__descriptor, on_milestone},
    {&redress__v1__case_transferred_to_emergency__descriptor, on_milestone},
    {&redress__v1__case_dispatched__descriptor, on_milestone},
    {&redress__v1__case_designated__descriptor, on_milestone},
    {&redress__v1__case_signed__descriptor, on_milestone},
    {&redress__v1__return_requested__descriptor, on_milestone},
    {&redress__v1__case_decided__descriptor, on_milestone},
    {&redress__v1__case_replied__descriptor, on_milestone},
    {&redress__v1__review_requested__descriptor, on_milestone},
    {&redress__v1__final_review_requested__descriptor, on_milestone},
    {&redress__v1__review_decided__descriptor, on_milestone},
    {&redress__v1__follow_up_recorded__descriptor, on_milestone},
    {&redress__v1__feedback_recorded__descriptor, on_milestone},
    {&redress__v1__follow_up_visited__descriptor, on_milestone},
    {&redress__v1__mediation_recorded__descriptor, on_milestone},
    {&redress__v1__rework_ordered__descriptor, on_rework},
    {&redress__v1__case_reopened__descriptor, on_reopened},
    {&redress__v1__supervision_ordered__descriptor, on_supervision},
    {&redress__v1__co_handler_added__descriptor, on_co_handler},
    {&redress__v1__improvement_opened__descriptor, on_improvement},
    {&redress__v1__clock_armed__descriptor, on_armed},
    {&redress__v1__clock_warned__descriptor, on_warned},
    {&redress__v1__clock_paused__descriptor, on_paused},
    {&redress__v1__clock_breached__descriptor, on_breached},
    {&redress__v1__clock_stopped__descriptor, on_stopped},
};

static enum rc decode_and_handle(const struct turn *turn, const struct bus_record *record,
                                 size_t which) {
    ProtobufCMessage *message = NULL;
    enum rc rc = fact_record_read(record, handlers[which].descriptor, &message, turn->error);
    rc = rc == RC_OK ? handlers[which].handle(turn, message) : rc;
    protobuf_c_message_free_unpacked(message, NULL);
    return rc;
}

static enum rc handle_record(const struct turn *turn, const struct bus_record *record) {
    enum rc rc = fact_record_check(record, turn->error);
    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (strcmp(record->envelope.type, handlers[i].descriptor->name) == 0) {
            return decode_and_handle(turn, record, i);
        }
    }
    return RC_OK;
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
        .patience_ms = 100,
        .handlers = {.context = consumer, .handle = on_batch},
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
