// SPDX-License-Identifier: Apache-2.0
// Read entries of the outbox, publish their facts, wait for every report, delete what was
// delivered together with the next reading. A crash in between publishes again: consumers know
// facts by case id and sequence. After a failed report every entry from there on stays, so that a
// later fact never stands alone.
#include "relay.h"

#include "case.h"
#include "relay_batch.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/service.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS 50
#define MORE 500 // facts of a batch after which the outbox is read again at once
#define RETRY_MS 500

// One fact on its way.
struct slot {
    struct relay *relay; // set before a message goes out: reports read it without the lock
    unsigned missing;    // messages that Kafka has not confirmed: the fact, maybe a contact
};

struct relay {
    struct bus_producer *producer;
    struct pg *pg;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic bool healthy;
    pthread_mutex_t lock; // guards woken, waiting and what is delivered
    pthread_cond_t wake;
    bool woken;
    pthread_cond_t reported;
    _Atomic relay_shards wanted;
    struct relay_locks locks;
    struct relay_fresh *fresh;
    struct relay_done done;
    size_t waiting;
    struct slot *slots;
    size_t slot_count; // allocated
};

int32_t relay_shard(const char *case_id) { return bus_partition_of(case_id, 36, RELAY_SHARDS); }

static int32_t common_divisor(int32_t a, int32_t b) {
    while (b != 0) {
        int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

relay_shards relay_shards_of(int32_t partition, int32_t partitions) {
    int32_t step = common_divisor(partitions, RELAY_SHARDS); // both count a hash's remainder
    relay_shards shards = 0;
    for (int32_t i = partition % step; i < RELAY_SHARDS; i += step) {
        shards |= 1U << i;
    }
    return shards;
}

void relay_follow(struct relay *relay, relay_shards shards) {
    atomic_store(&relay->wanted, shards);
}

static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    (void)reason;
    struct slot *slot = opaque;
    struct relay *relay = slot->relay;
    pthread_mutex_lock(&relay->lock);
    slot->missing -= outcome == BUS_DELIVERED ? 1 : 0;
    relay->waiting--;
    pthread_cond_signal(&relay->reported);
    pthread_mutex_unlock(&relay->lock);
}

// A fact stays in the outbox until all of its messages are confirmed.
static enum rc publish_message(struct slot *slot, const struct bus_message *message,
                               struct error *error) {
    struct relay *relay = slot->relay;
    pthread_mutex_lock(&relay->lock);
    slot->missing++;
    relay->waiting++;
    pthread_mutex_unlock(&relay->lock);
    enum rc rc = bus_publish(relay->producer, message, on_report, slot, error);
    if (rc != RC_OK) { // no report will come; the fact counts as missing
        pthread_mutex_lock(&relay->lock);
        relay->waiting--;
        pthread_mutex_unlock(&relay->lock);
    }
    return rc;
}

static void fill_envelope(const struct relay_fact *fact, struct envelope *envelope) {
    memset(envelope, 0, sizeof *envelope);
    snprintf(envelope->id, sizeof envelope->id, "%s/%" PRIu64, fact->case_id, fact->sequence);
    snprintf(envelope->type, sizeof envelope->type, "%s", fact->type);
    snprintf(envelope->source, sizeof envelope->source, "redress/ledger");
    snprintf(envelope->subject, sizeof envelope->subject, "%s", fact->case_id);
    snprintf(envelope->traceparent, sizeof envelope->traceparent, "%s", fact->traceparent);
    envelope->time_ms = fact->decided_at_ms;
    memcpy(envelope->hash, fact->hash, sizeof envelope->hash);
}

// The contact goes first, so that notification mostly has it when the fact arrives. After an
// erasure a tombstone: whoever keeps the contact forgets it, and compaction does.
static enum rc publish_contact(struct slot *slot, const struct relay_fact *fact,
                               struct error *error) {
    struct envelope envelope;
    bool erased = strcmp(fact->type, fact_type(FACT_CONTENT_ERASED)) == 0;
    if (fact->contact == NULL && !erased) {
        return RC_OK;
    }
    fill_envelope(fact, &envelope);
    snprintf(envelope.type, sizeof envelope.type, "redress.v1.Contact");
    memset(envelope.hash, 0, sizeof envelope.hash);
    const struct bus_message message = {.topic = BUS_TOPIC_CONTACTS,
                                        .key = fact->case_id,
                                        .key_size = 36,
                                        .value = erased ? NULL : fact->contact,
                                        .value_size = erased ? 0 : fact->contact_size,
                                        .envelope = &envelope};
    return publish_message(slot, &message, error);
}

static enum rc publish_fact(struct slot *slot, const struct relay_fact *fact, struct error *error) {
    struct envelope envelope;
    fill_envelope(fact, &envelope);
    enum rc rc = publish_contact(slot, fact, error);
    const struct bus_message message = {.topic = BUS_TOPIC_FACTS,
                                        .key = fact->case_id,
                                        .key_size = 36,
                                        .value = fact->payload,
                                        .value_size = fact->payload_size,
                                        .envelope = &envelope};
    return rc == RC_OK ? publish_message(slot, &message, error) : rc;
}

// Waits until every report is in. The producer never gives up by itself, so that order holds
// through a long outage of Kafka; only the service's end cuts the wait.
static void await_reports(struct relay *relay) {
    pthread_mutex_lock(&relay->lock);
    while (relay->waiting > 0 && !atomic_load(&relay->stop)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        pthread_cond_timedwait(&relay->reported, &relay->lock, &until);
    }
    pthread_mutex_unlock(&relay->lock);
}

static enum rc make_slots(struct relay *relay, size_t count, struct error *error) {
    if (count > relay->slot_count) {
        struct slot *slots = realloc(relay->slots, count * sizeof *slots);
        if (slots == NULL) {
            return error_set(error, RC_INTERNAL, "out of memory for %zu facts", count);
        }
        relay->slots = slots;
        relay->slot_count = count;
    }
    for (size_t i = 0; i < count; i++) {
        relay->slots[i] = (struct slot){.relay = relay};
    }
    return RC_OK;
}

// Publishes the facts; *delivered is how many from the first on arrived without a gap.
static enum rc publish_batch(struct relay *relay, const struct relay_batch *batch,
                             size_t *delivered, struct error *error) {
    size_t published = 0;
    enum rc rc = make_slots(relay, batch->count, error);
    while (rc == RC_OK && published < batch->count) {
        rc = publish_fact(&relay->slots[published], &batch->facts[published], error);
        published += rc == RC_OK ? 1 : 0;
    }
    await_reports(relay);
    while (*delivered < published && relay->slots[*delivered].missing == 0) {
        (*delivered)++;
    }
    return rc == RC_OK && *delivered < batch->count
               ? error_set(error, RC_UNAVAILABLE, "facts were not delivered")
               : rc;
}

// One batch; *more tells whether the outbox may hold another.
static enum rc relay_next(struct relay *relay, bool *more, struct error *error) {
    struct relay_batch batch;
    size_t delivered = 0;
    enum rc rc =
        relay_batch_read(&batch, relay->pg, &relay->locks, relay->fresh, &relay->done, error);
    if (rc == RC_OK && batch.count > 0) {
        rc = publish_batch(relay, &batch, &delivered, error);
    }
    relay_batch_done(&batch, delivered, &relay->done);
    metric_add(&ledger_stats[STAT_FACTS_PUBLISHED], (int64_t)delivered);
    *more = batch.count >= MORE;
    relay_batch_free(&batch);
    return rc;
}

// Between two batches nothing is on its way.
static enum rc share_shards(struct relay *relay, struct error *error) {
    relay_shards wanted = atomic_load(&relay->wanted);
    enum rc rc = relay_locks_take(&relay->locks, wanted, relay->pg, error);
    relay_shards others = relay_locks_of_others(&relay->locks, wanted, clock_monotonic_ms());
    if (rc == RC_OK && others != 0) {
        rc = relay_done_delete(&relay->done, relay->pg, error);
        rc = rc == RC_OK ? relay_locks_give(&relay->locks, others, relay->pg, error) : rc;
    }
    return rc;
}

static enum rc relay_turn(struct relay *relay, bool *more, struct error *error) {
    enum rc rc = pg_ensure(relay->pg, error);
    rc = rc == RC_OK ? share_shards(relay, error) : rc;
    return rc == RC_OK ? relay_next(relay, more, error) : rc;
}

static void wait_for_work(struct relay *relay, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (ms % 1000) * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&relay->lock);
    if (!relay->woken) {
        pthread_cond_timedwait(&relay->wake, &relay->lock, &until);
    }
    relay->woken = false;
    pthread_mutex_unlock(&relay->lock);
}

// Best effort: what stays is published once more.
static void forget_done(struct relay *relay) {
    struct error ignored;
    enum rc rc = pg_ensure(relay->pg, &ignored);
    rc = rc == RC_OK ? relay_done_delete(&relay->done, relay->pg, &ignored) : rc;
    (void)rc;
}

static void *run(void *argument) {
    struct relay *relay = argument;
    while (!atomic_load(&relay->stop)) {
        struct error error;
        bool more = false;
        enum rc rc = relay_turn(relay, &more, &error);
        atomic_store(&relay->healthy, rc == RC_OK);
        if (rc == RC_INTERNAL) {
            service_fail(&error);
            return NULL;
        }
        if (rc != RC_OK) {
            log_warn("relay waits", LOG_STR("reason", error.text));
            clock_sleep_ms(RETRY_MS);
        } else if (!more) {
            wait_for_work(relay, POLL_MS);
        }
    }
    forget_done(relay);
    return NULL;
}

enum rc relay_start(struct relay **out, const struct relay_options *options, struct error *error) {
    struct relay *relay = calloc(1, sizeof *relay);
    *out = relay;
    if (relay == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the relay");
    }
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->wake, NULL);
    pthread_cond_init(&relay->reported, NULL);
    atomic_init(&relay->wanted, RELAY_UNKNOWN);
    relay->fresh = relay_fresh_new();
    if (relay->fresh == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the relay's facts");
    }
    enum rc rc = bus_producer_new(&relay->producer, &options->bus, error);
    if (rc == RC_OK) {
        rc = pg_open(&relay->pg, options->postgres_url, "redress-ledger relay", "ledger", error);
    }
    rc = rc == RC_OK ? pg_plan_by_keys(relay->pg, error) : rc;
    rc = rc == RC_OK ? pg_commit_later(relay->pg, error) : rc; // it only deletes
    if (rc != RC_OK) {
        return rc;
    }
    if (pthread_create(&relay->thread, NULL, run, relay) != 0) {
        return error_set(error, RC_INTERNAL, "the relay's thread does not start");
    }
    relay->started = true;
    return RC_OK;
}

void relay_wake(struct relay *relay) {
    pthread_mutex_lock(&relay->lock);
    relay->woken = true;
    pthread_cond_signal(&relay->wake);
    pthread_mutex_unlock(&relay->lock);
}

// An urgent proposal may be of a case that another ledger's relay serves.
void relay_committed(struct relay *relay, struct work *work) {
    relay_shards wanted = atomic_load(&relay->wanted);
    relay_fresh_put(relay->fresh, work, wanted == RELAY_UNKNOWN ? RELAY_ALL : wanted);
    relay_wake(relay);
}

bool relay_ready(struct relay *relay, struct error *why) {
    if (!atomic_load(&relay->healthy)) {
        error_set(why, RC_UNAVAILABLE, "the relay does not reach PostgreSQL or Kafka");
        return false;
    }
    return bus_producer_ready(relay->producer, why);
}

void relay_free(struct relay *relay) {
    if (relay == NULL) {
        return;
    }
    if (relay->started) {
        atomic_store(&relay->stop, true);
        relay_wake(relay);
        pthread_join(relay->thread, NULL);
    }
    bus_producer_free(relay->producer);
    pg_close(relay->pg);
    pthread_cond_destroy(&relay->reported);
    pthread_cond_destroy(&relay->wake);
    pthread_mutex_destroy(&relay->lock);
    relay_fresh_free(relay->fresh);
    free(relay->slots); // the producer's last reports are in
    free(relay);
}
