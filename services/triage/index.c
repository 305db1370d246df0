// SPDX-License-Identifier: Apache-2.0
// A batch of facts is one write to Redis, and one question who came before; the consumer waits
// while the index is not whole.
#include "index.h"

#include "changes.h"
#include "rebuild.h"
#include "stats.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/proposal.h"

#include "redress/v1/proposals.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define REDIS_TIMEOUT_MS 2000

struct index {
    struct bus_consumer *bus;
    struct bus_producer *producer;
    struct redis *redis;
    struct rebuild *rebuild;
};

static enum rc propose(struct index *index, const struct store_repeat *repeat,
                       const char *traceparent, struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__NoteRepeat message = REDRESS__V1__NOTE_REPEAT__INIT;
    char proposal_id[IDENT_UUID_SIZE];
    char earlier[16];
    snprintf(earlier, sizeof earlier, "%" PRIu32, repeat->earlier);
    ident_uuid_from((const char *const[]){"repeat", repeat->case_id, earlier, NULL}, proposal_id);
    proposal_meta(&meta, repeat->case_id, repeat->tenant, proposal_id, "triage");
    message.meta = &meta;
    message.earlier = repeat->earlier;
    metric_add(&triage_stats[STAT_REPEATS], 1);
    return proposal_publish(index->producer, &message.base, &meta, traceparent, wait, error);
}

static enum rc propose_repeats(struct index *index, struct changes *changes, struct bus_wait *wait,
                               struct error *error) {
    struct store_repeats found;
    size_t count = 0;
    const struct similar_case *const *callers = changes_callers(changes, &count);
    if (count == 0) {
        return RC_OK;
    }
    enum rc rc = store_repeats(index->redis, callers, count, clock_wall_ms(), &found, error);
    for (size_t i = 0; i < found.count && rc == RC_OK; i++) {
        const char *trace = changes_trace(changes, found.all[i].case_id);
        rc = propose(index, &found.all[i], trace, wait, error);
    }
    free(found.all);
    return rc;
}

static size_t count_new(const struct store_change *all, size_t count) {
    size_t entries = 0;
    for (size_t i = 0; i < count; i++) {
        entries += all[i].entry != NULL;
    }
    return entries;
}

static enum rc apply(struct index *index, const struct changes *changes, struct error *error) {
    bool whole = false;
    size_t count = 0;
    const struct store_change *all = changes_all(changes, &count);
    if (count == 0) {
        return RC_OK;
    }
    enum rc rc = store_is_whole(index->redis, &whole, error);
    if (rc == RC_OK && !whole) {
        rc = error_set(error, RC_UNAVAILABLE, "the index is being rebuilt");
    }
    rc = rc == RC_OK ? store_apply(index->redis, all, count, clock_wall_ms(), error) : rc;
    metric_add(&triage_stats[STAT_INDEXED], rc == RC_OK ? (int64_t)count_new(all, count) : 0);
    return rc;
}

static enum rc run_batch(struct index *index, const struct bus_record *records, size_t count,
                         struct bus_wait *wait, struct error *error) {
    struct changes *changes = NULL;
    enum rc rc = changes_new(&changes, error);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = changes_take(changes, &records[i], error);
    }
    rc = rc == RC_OK ? apply(index, changes, error) : rc;
    rc = rc == RC_OK ? propose_repeats(index, changes, wait, error) : rc;
    changes_free(changes);
    return rc;
}

// An index that fails is no reason to end the service, which assesses: it is tried again.
static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct bus_wait wait;
    bus_wait_init(&wait);
    enum rc rc = run_batch(context, records, count, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    rc = rc == RC_OK ? end : rc;
    return rc == RC_OK ? RC_OK : RC_UNAVAILABLE;
}

static enum rc start(struct index *index, const struct index_options *options,
                     struct error *error) {
    enum rc rc =
        redis_new(&index->redis, options->redis_host, options->redis_port, REDIS_TIMEOUT_MS, error);
    rc = rc == RC_OK ? bus_producer_new(&index->producer, &options->bus, error) : rc;
    return rc == RC_OK ? rebuild_start(&index->rebuild, options, error) : rc;
}

enum rc index_start(struct index **out, const struct index_options *options, struct error *error) {
    struct index *index = calloc(1, sizeof *index);
    *out = index;
    if (index == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the index");
    }
    const struct bus_consumer_settings settings = {
        .bus = options->bus,
        .group = "redress-triage-similar",
        .topics = {BUS_TOPIC_FACTS, NULL},
        .patience_ms = 100,
        .handlers = {.context = index, .handle = on_batch},
    };
    enum rc rc = start(index, options, error);
    return rc == RC_OK ? bus_consumer_start(&index->bus, &settings, error) : rc;
}

void index_free(struct index *index) {
    if (index == NULL) {
        return;
    }
    bus_consumer_free(index->bus);
    rebuild_free(index->rebuild);
    bus_producer_free(index->producer);
    redis_free(index->redis);
    free(index);
}
