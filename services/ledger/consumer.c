// SPDX-License-Identifier: Apache-2.0
// decode → dead-letter the bad → begin, fence, lock, load → decide in memory → write and commit.
#include "consumer.h"

#include "cluster.h"
#include "command_access.h"
#include "partitions.h"
#include "plans.h"
#include "proposal.h"
#include "stats.h"
#include "store.h"
#include "unit_grants.h"

#include "common/clock.h"
#include "common/log.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LATELY_MS 2000

// What the two consumers differ in. Rebalances of one do not touch the other: groups are their own.
static const struct lane {
    const char *topic;
    const char *group;
    const char *session;
    enum ledger_stat lag;
    bool followed; // by the relay
} lanes[] = {
    {BUS_TOPIC_PROPOSALS, STORE_GROUP, "redress-ledger consumer", STAT_LAG, true},
    {BUS_TOPIC_URGENT, STORE_GROUP "-urgent", "redress-ledger urgent", STAT_URGENT_LAG, false},
};

struct consumer {
    struct pg *pg;
    struct bus_producer *producer; // dead letters; borrowed
    struct bus_consumer *bus;
    struct relay *relay;
    struct region_book *regions;
    struct partitions partitions;
    struct work_room room;
    _Atomic int64_t delay_ms; // age of the eldest record of the last batch
    _Atomic int64_t unassessed;
    _Atomic int64_t assessment_ms;
    _Atomic int64_t assessed_ms; // monotonic, when assessment_ms was learnt
};

// A batch on its way through.
struct batch {
    const struct bus_record *records;
    size_t count;
    struct proposal *proposals; // of each record; message is NULL where dead
    struct error *reasons;
    bool *dead;
    struct partition_fences fences;
    struct work work;
    int64_t unassessed;                   // cases registered less those assessed
    int64_t assessment_ms;                // longest from a registration to an assessment
    const struct region_edition *edition; // held
};

static enum rc decode_one(const struct bus_record *record, struct proposal *proposal,
                          struct error *reason) {
    return record->envelope_rc == RC_OK
               ? proposal_read(record->envelope.type, record->key, record->key_size, record->value,
                               record->value_size, proposal, reason)
               : error_field(reason, "bad-envelope", "headers", "%s", record->envelope_reason);
}

static enum rc decode(struct batch *batch, struct error *error) {
    for (size_t i = 0; i < batch->count; i++) {
        struct error *reason = &batch->reasons[i];
        enum rc rc = decode_one(&batch->records[i], &batch->proposals[i], reason);
        if (rc != RC_OK && rc != RC_INVALID) {
            *error = *reason;
            return rc;
        }
        batch->dead[i] = rc != RC_OK;
    }
    return RC_OK;
}

// Cases of clusters of which a complainant withdraws one: another may have to take the lead.
struct clusters {
    char (*ids)[37];
    size_t count;
};

static enum rc load(struct consumer *consumer, struct batch *batch, const struct clusters *clusters,
                    bool *already, struct error *error) {
    const char **case_ids = malloc((batch->count + clusters->count) * sizeof *case_ids);
    struct work_cause causes[BUS_BATCH_LIMIT];
    size_t count = 0;
    if (case_ids == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a batch");
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->dead[i]) {
            case_ids[count] = batch->proposals[i].case_id;
            memcpy(causes[count].case_id, batch->proposals[i].case_id, 37);
            memcpy(causes[count].cause_id, batch->proposals[i].input.cause_id, 37);
            count++;
        }
    }
    for (size_t i = 0; i < clusters->count; i++) {
        case_ids[count + i] = clusters->ids[i];
    }
    enum rc rc =
        work_begin_in(&consumer->room, &batch->work, case_ids, count + clusters->count, error);
    free(case_ids);
    if (rc == RC_OK) {
        rc = store_begin(consumer->pg, batch->fences.list, batch->fences.count, &batch->work,
                         causes, count, already, error);
    }
    return rc;
}

static size_t find_cluster(const struct batch *batch, size_t place,
                           const char *ids[CLUSTER_CASES]) {
    const struct proposal *proposal = &batch->proposals[place];
    if (batch->dead[place] || !cluster_may_lose_its_lead(proposal->input.kind)) {
        return 0;
    }
    const struct work_case *target = work_find(&batch->work, proposal->case_id);
    bool alone = target->state.cluster.other_count == 0;
    return alone || work_has_cause(&batch->work, target, proposal->input.cause_id)
               ? 0
               : cluster_cases(&target->state, NULL, ids);
}

// Copied: the work that they stand in goes.
static enum rc note_clusters(const struct batch *batch, struct clusters *clusters,
                             struct error *error) {
    for (size_t i = 0; i < batch->count; i++) {
        const char *ids[CLUSTER_CASES];
        size_t count = find_cluster(batch, i, ids);
        if (count == 0) {
            continue;
        }
        char(*grown)[37] = realloc(clusters->ids, (clusters->count + count) * sizeof *grown);
        if (grown == NULL) {
            return error_set(error, RC_INTERNAL, "out of memory for a cluster");
        }
        clusters->ids = grown;
        for (size_t k = 0; k < count; k++) {
            memcpy(clusters->ids[clusters->count++], ids[k], sizeof clusters->ids[0]);
        }
    }
    return RC_OK;
}

// Who are members is known once the cases are loaded; then it begins anew, because all are locked
// in the order of their ids.
static enum rc begin(struct consumer *consumer, struct batch *batch, bool *already,
                     struct error *error) {
    struct clusters clusters = {0};
    enum rc rc = load(consumer, batch, &clusters, already, error);
    rc = rc == RC_OK ? note_clusters(batch, &clusters, error) : rc;
    if (rc == RC_OK && clusters.count > 0) {
        pg_rollback(consumer->pg);
        work_free(&batch->work);
        rc = load(consumer, batch, &clusters, already, error);
    }
    free(clusters.ids);
    return rc;
}

static void count_verdict(const struct case_decision *decision) {
    static const enum ledger_stat stats[] = {[CASE_DECIDED_FACTS] = STAT_PROPOSALS_APPLIED,
                                             [CASE_DECIDED_NOTHING] = STAT_PROPOSALS_REPEATED,
                                             [CASE_DECIDED_REFUSAL] = STAT_PROPOSALS_REFUSED};
    metric_add(&ledger_stats[stats[decision->verdict]], 1);
    metric_add(&ledger_stats[STAT_FACTS_DECIDED], (int64_t)decision->count);
}

// When a case was registered that nobody has assessed yet; 0: none is waited for.
static int64_t unassessed_since(const struct case_state *state) {
    return state->reached_at_ms[MILESTONE_CASE_ASSESSED] == 0
               ? state->reached_at_ms[MILESTONE_CASE_REGISTERED]
               : 0;
}

static void note_assessment(struct batch *batch, int64_t before_ms, int64_t after_ms,
                            int64_t now_ms) {
    batch->unassessed += (after_ms != 0) - (before_ms != 0);
    if (before_ms != 0 && after_ms == 0 && now_ms - before_ms > batch->assessment_ms) {
        batch->assessment_ms = now_ms - before_ms;
    }
}

static enum rc decide_one(const struct consumer *consumer, struct batch *batch,
                          struct work_case *target, struct case_input *input, int64_t now_ms,
                          struct case_decision *decision, struct error *error) {
    const struct region *region = batch->edition->region;
    struct plans plans = {.count = 0};
    if (target->state.reached_at_ms[MILESTONE_REVIEW_REQUESTED] != 0) { // who owes its clocks
        access_ask_line(region, &target->state);
    }
    // A rating may send the case back to a unit where nobody is left who may have it.
    enum rc rc = unit_grants_look(consumer->pg, region, &target->state, input, now_ms, error);
    rc = rc == RC_OK ? plans_of_rest(&plans, region, &target->state, input, now_ms, error) : rc;
    rc = rc == RC_OK ? work_apply(&batch->work, target, input, now_ms, decision, error) : rc;
    plans_free(&plans);
    return rc == RC_OK && decision->verdict == CASE_DECIDED_FACTS
               ? cluster_pass_lead(&batch->work, target, input, now_ms, error)
               : rc;
}

static enum rc decide(const struct consumer *consumer, struct batch *batch, int64_t now_ms,
                      struct error *error) {
    struct case_decision decision;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->dead[i]) {
            continue;
        }
        struct proposal *proposal = &batch->proposals[i];
        proposal->input.traceparent = batch->records[i].envelope.traceparent;
        struct work_case *target = work_find(&batch->work, proposal->case_id);
        bool unknown = target->state.status == CASE_NONE;
        int64_t waits_since_ms = unassessed_since(&target->state);
        enum rc rc =
            decide_one(consumer, batch, target, &proposal->input, now_ms, &decision, error);
        if (rc != RC_OK) {
            return rc;
        }
        count_verdict(&decision);
        note_assessment(batch, waits_since_ms, unassessed_since(&target->state), now_ms);
        if (unknown && decision.verdict == CASE_DECIDED_REFUSAL) {
            batch->dead[i] = true;
            error_field(&batch->reasons[i], decision.code, "meta.case_id", "%s", decision.text);
        }
    }
    return RC_OK;
}

// After the commit would lose one if killed in between; before it may double one: that is harmless.
static enum rc keep_dead(struct consumer *consumer, struct batch *batch, struct error *error) {
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->dead[i]) {
            continue;
        }
        const struct bus_record *record = &batch->records[i];
        enum rc rc =
            bus_dead_letter(consumer->producer, record, "ledger", &batch->reasons[i], error);
        if (rc != RC_OK) {
            return rc;
        }
        metric_add(&ledger_stats[STAT_PROPOSALS_DEAD], 1);
        log_warn("proposal kept as a dead letter", LOG_STR("code", batch->reasons[i].code),
                 LOG_STR("field", batch->reasons[i].field), LOG_INT("partition", record->partition),
                 LOG_INT("offset", record->offset));
    }
    return RC_OK;
}

static void tell_assessments(struct consumer *consumer, const struct batch *batch) {
    atomic_fetch_add(&consumer->unassessed, batch->unassessed);
    if (batch->assessment_ms > 0) {
        atomic_store(&consumer->assessment_ms, batch->assessment_ms);
        atomic_store(&consumer->assessed_ms, clock_monotonic_ms());
    }
}

static enum rc run_batch(struct consumer *consumer, struct batch *batch, struct error *error) {
    bool already = false;
    enum rc rc = decode(batch, error);
    rc = rc == RC_OK ? partitions_fence(&consumer->partitions, batch->records, batch->count,
                                        &batch->fences, error)
                     : rc;
    rc = rc == RC_OK ? pg_ensure(consumer->pg, error) : rc;
    rc = rc == RC_OK ? begin(consumer, batch, &already, error) : rc;
    if (already) { // the commit's answer was lost; the batch is in
        partitions_move_on(&consumer->partitions, &batch->fences);
        return RC_OK;
    }
    rc = rc == RC_OK ? decide(consumer, batch, clock_wall_ms(), error) : rc;
    rc = rc == RC_OK ? keep_dead(consumer, batch, error) : rc;
    rc = rc == RC_OK ? store_write(consumer->pg, &batch->work, error) : rc;
    if (rc != RC_OK) {
        pg_rollback(consumer->pg);
        return rc;
    }
    partitions_move_on(&consumer->partitions, &batch->fences);
    tell_assessments(consumer, batch);
    relay_committed(consumer->relay, &batch->work);
    return RC_OK;
}

// As large as it must be: most batches are of few records, and zeroing room for all costs.
static struct batch *batch_new(const struct bus_record *records, size_t count) {
    const size_t each = sizeof(struct proposal) + sizeof(struct error) + sizeof(bool);
    struct batch *batch = calloc(1, sizeof *batch + count * each);
    if (batch != NULL) {
        batch->records = records;
        batch->count = count;
        batch->proposals = (struct proposal *)(batch + 1);
        batch->reasons = (struct error *)(batch->proposals + count);
        batch->dead = (bool *)(batch->reasons + count);
    }
    return batch;
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    int64_t started = clock_monotonic_ms();
    struct batch *batch = batch_new(records, count);
    if (batch == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a batch");
    }
    batch->edition = region_book_hold(consumer->regions);
    enum rc rc = run_batch(consumer, batch, error);
    for (size_t i = 0; i < count; i++) {
        proposal_free(&batch->proposals[i]);
    }
    work_free(&batch->work);
    region_book_release(batch->edition);
    free(batch);
    metric_observe_us(&ledger_stats[STAT_BATCH_SECONDS], (clock_monotonic_ms() - started) * 1000);
    atomic_store(&consumer->delay_ms, clock_wall_ms() - records[0].timestamp_ms);
    // A unique violation is another ledger's commit between our read and our write: try again.
    return rc == RC_CONFLICT && error->code[0] != '\0' ? RC_UNAVAILABLE : rc;
}

static enum rc on_assigned(void *context, const char *topic, int32_t number, int64_t *offset,
                           struct error *error) {
    struct consumer *consumer = context;
    return partitions_take(&consumer->partitions, topic, number, offset, error);
}

static void on_settled(void *context) {
    const struct consumer *consumer = context;
    partitions_settle(&consumer->partitions);
}

static void on_revoked(void *context, const char *topic, int32_t number) {
    (void)topic;
    struct consumer *consumer = context;
    partitions_lose(&consumer->partitions, number);
}

enum rc consumer_start(struct consumer **out, const struct consumer_options *options,
                       struct error *error) {
    struct consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the consumer");
    }
    const struct lane *lane = &lanes[options->urgent ? 1 : 0];
    consumer->relay = options->relay;
    consumer->regions = options->regions;
    consumer->producer = options->producer;
    const struct bus_consumer_settings settings = {
        .bus = options->bus,
        .group = lane->group,
        .instance_id = options->instance_id[0] == '\0' ? NULL : options->instance_id,
        .topics = {lane->topic, NULL},
        .handlers = {.context = consumer,
                     .handle = on_batch,
                     .assigned = on_assigned,
                     .settled = on_settled,
                     .revoked = on_revoked},
        .lag = &ledger_stats[lane->lag],
    };
    enum rc rc = pg_open(&consumer->pg, options->postgres_url, lane->session, "ledger", error);
    rc = rc == RC_OK ? pg_plan_by_keys(consumer->pg, error) : rc;
    if (rc == RC_OK) {
        rc = pg_check_schema(consumer->pg, "ledger", STORE_SCHEMA, error);
    }
    consumer->partitions.pg = consumer->pg;
    consumer->partitions.producer = consumer->producer;
    consumer->partitions.relay = consumer->relay;
    consumer->partitions.followed = lane->followed;
    return rc == RC_OK ? bus_consumer_start(&consumer->bus, &settings, error) : rc;
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// A case is registered by one of them and assessed by any: of the sum alone can be said how many
// wait.
void consumer_load_add(struct consumer *consumer, struct consumer_load *load) {
    bool lately = clock_monotonic_ms() - atomic_load(&consumer->assessed_ms) < LATELY_MS;
    int64_t lag = bus_consumer_lag(consumer->bus);
    load->lag = load->lag < 0 || lag < 0 ? -1 : load->lag + lag;
    load->delay_ms = larger(load->delay_ms, lag == 0 ? 0 : atomic_load(&consumer->delay_ms));
    load->unassessed += atomic_load(&consumer->unassessed);
    load->assessment_ms =
        larger(load->assessment_ms, lately ? atomic_load(&consumer->assessment_ms) : 0);
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
    free(consumer->room.cases);
    free(consumer);
}
