// SPDX-License-Identifier: Apache-2.0
// Read entries of the outbox, publish their facts, wait for every report, delete what was
// delivered. A crash in between publishes again: consumers know facts by case id and sequence.
// After a failed report every entry from there on stays, so that a later fact never stands alone.
#include "relay.h"

#include "case.h"
#include "relay_locks.h"
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

#define ENTRIES 16 // of a batch; each holds the facts of one transaction and shard
#define POLL_MS 50
#define BUSY 8   // facts of a batch
#define MORE 500 // facts of a batch after which the outbox is read again at once
#define GATHER_MS 8
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
    struct relay_locks locks;
    int last_rows; // of the last batch
    size_t waiting;
    struct slot *slots;
    size_t slot_count; // allocated
};

// The first hex digit is enough: case ids are hashes.
int32_t relay_shard(const char *case_id) {
    int digit = case_id[0] <= '9' ? case_id[0] - '0' : case_id[0] - 'a' + 10;
    return digit % RELAY_SHARDS;
}

static const char read_outbox[] =
    "SELECT o.entry_id, f.case_id, f.seq, e.type, e.payload, e.hash, e.decided_at, "
    "v.sealed_contact, f.traceparent FROM (SELECT * FROM outbox WHERE shard = ANY($1::int[]) "
    "ORDER BY entry_id LIMIT $2) o "
    "CROSS JOIN LATERAL unnest(o.case_ids, o.seqs, o.traceparents) "
    "WITH ORDINALITY AS f(case_id, seq, traceparent, place) "
    "JOIN case_events e USING (case_id, seq) LEFT JOIN vault v ON v.case_id = "
    "CASE WHEN e.type = 'redress.v1.CaseRegistered' THEN e.case_id END "
    "ORDER BY o.entry_id, f.place";

static const char delete_outbox[] = "DELETE FROM outbox WHERE entry_id = ANY($1::bigint[])";

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

// A row stays in the outbox until all of its messages are confirmed.
static enum rc publish_message(struct relay *relay, int row, const struct bus_message *message,
                               struct error *error) {
    struct slot *slot = &relay->slots[row];
    pthread_mutex_lock(&relay->lock);
    slot->missing++;
    relay->waiting++;
    pthread_mutex_unlock(&relay->lock);
    enum rc rc = bus_publish(relay->producer, message, on_report, slot, error);
    if (rc != RC_OK) { // no report will come; the row counts as missing
        pthread_mutex_lock(&relay->lock);
        relay->waiting--;
        pthread_mutex_unlock(&relay->lock);
    }
    return rc;
}

static void fill_envelope(const PGresult *result, int row, const char *case_id,
                          struct envelope *envelope) {
    size_t size = 0;
    memset(envelope, 0, sizeof *envelope);
    snprintf(envelope->id, sizeof envelope->id, "%s/%" PRId64, case_id,
             pg_get_number(result, row, 2));
    snprintf(envelope->type, sizeof envelope->type, "%s", pg_get_text(result, row, 3));
    snprintf(envelope->source, sizeof envelope->source, "redress/ledger");
    snprintf(envelope->subject, sizeof envelope->subject, "%s", case_id);
    snprintf(envelope->traceparent, sizeof envelope->traceparent, "%s",
             pg_get_text(result, row, 8));
    envelope->time_ms = pg_get_time(result, row, 6);
    const void *hash = pg_get_bytes(result, row, 5, &size);
    memcpy(envelope->hash, hash, size < 32 ? size : 32);
}

// The contact goes first, so that notification mostly has it when the fact arrives.
static enum rc publish_contact(struct relay *relay, const PGresult *result, int row,
                               const char *case_id, struct error *error) {
    size_t size = 0;
    const void *contact = pg_get_bytes(result, row, 7, &size);
    if (contact == NULL) {
        return RC_OK;
    }
    struct envelope envelope;
    fill_envelope(result, row, case_id, &envelope);
    snprintf(envelope.type, sizeof envelope.type, "redress.v1.Contact");
    memset(envelope.hash, 0, sizeof envelope.hash);
    const struct bus_message message = {.topic = BUS_TOPIC_CONTACTS,
                                        .key = case_id,
                                        .key_size = 36,
                                        .value = contact,
                                        .value_size = size,
                                        .envelope = &envelope};
    return publish_message(relay, row, &message, error);
}

// Whoever keeps the contact forgets it, and compaction does.
static enum rc publish_tombstone(struct relay *relay, const PGresult *result, int row,
                                 const char *case_id, struct error *error) {
    if (strcmp(pg_get_text(result, row, 3), fact_type(FACT_CONTENT_ERASED)) != 0) {
        return RC_OK;
    }
    struct envelope envelope;
    fill_envelope(result, row, case_id, &envelope);
    snprintf(envelope.type, sizeof envelope.type, "redress.v1.Contact");
    memset(envelope.hash, 0, sizeof envelope.hash);
    const struct bus_message message = {
        .topic = BUS_TOPIC_CONTACTS, .key = case_id, .key_size = 36, .envelope = &envelope};
    return publish_message(relay, row, &message, error);
}

static enum rc publish_row(struct relay *relay, const PGresult *result, int row,
                           struct error *error) {
    char case_id[37];
    size_t size = 0;
    struct envelope envelope;
    pg_get_uuid(result, row, 1, case_id);
    fill_envelope(result, row, case_id, &envelope);
    enum rc rc = publish_contact(relay, result, row, case_id, error);
    rc = rc == RC_OK ? publish_tombstone(relay, result, row, case_id, error) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    const void *payload = pg_get_bytes(result, row, 4, &size);
    const struct bus_message message = {.topic = BUS_TOPIC_FACTS,
                                        .key = case_id,
                                        .key_size = 36,
                                        .value = payload,
                                        .value_size = size,
                                        .envelope = &envelope};
    return publish_message(relay, row, &message, error);
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

// Publishes the rows; *delivered is how many from the first on arrived without a gap.
static enum rc publish_batch(struct relay *relay, const PGresult *result, int *delivered,
                             struct error *error) {
    int rows = PQntuples(result);
    int published = 0;
    enum rc rc = make_slots(relay, (size_t)rows, error);
    while (rc == RC_OK && published < rows) {
        rc = publish_row(relay, result, published, error);
        published += rc == RC_OK ? 1 : 0;
    }
    await_reports(relay);
    while (*delivered < published && relay->slots[*delivered].missing == 0) {
        (*delivered)++;
    }
    return rc == RC_OK && *delivered < rows
               ? error_set(error, RC_UNAVAILABLE, "facts were not delivered")
               : rc;
}

// Deletes the entries whose facts were all delivered: those that end within the first count rows.
static enum rc delete_entries(struct relay *relay, const PGresult *result, int count,
                              struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array ids;
    pg_array_begin(&ids, PG_INT8);
    for (int row = 0; row < count; row++) {
        int64_t entry = pg_get_number(result, row, 0);
        if (row + 1 == PQntuples(result) || pg_get_number(result, row + 1, 0) != entry) {
            pg_array_number(&ids, entry);
        }
    }
    pg_add_array(&parameters, &ids);
    return pg_run(relay->pg, delete_outbox, &parameters, NULL, error);
}

// One batch; *more tells whether the outbox may hold another.
static enum rc relay_batch(struct relay *relay, bool *more, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    relay_locks_add(&relay->locks, &parameters);
    pg_add_int8(&parameters, ENTRIES);
    enum rc rc = pg_run(relay->pg, read_outbox, &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    int rows = PQntuples(result);
    int delivered = 0;
    rc = rows == 0 ? RC_OK : publish_batch(relay, result, &delivered, error);
    if (delivered > 0) {
        struct error reason;
        enum rc deleted = delete_entries(relay, result, delivered, &reason);
        if (rc == RC_OK && deleted != RC_OK) {
            *error = reason;
            rc = deleted;
        }
    }
    metric_add(&ledger_stats[STAT_FACTS_PUBLISHED], delivered);
    *more = rows >= MORE;
    relay->last_rows = rows;
    PQclear(result);
    return rc;
}

static enum rc relay_turn(struct relay *relay, bool *more, struct error *error) {
    enum rc rc = pg_ensure(relay->pg, error);
    rc = rc == RC_OK ? relay_locks_take(&relay->locks, relay->pg, error) : rc;
    return rc == RC_OK ? relay_batch(relay, more, error) : rc;
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

// While facts come fast, those of the next few milliseconds share a query, a wait and a delete.
static void gather(struct relay *relay) {
    if (relay->last_rows >= BUSY) {
        clock_sleep_ms(GATHER_MS);
    }
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
            gather(relay);
        }
    }
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
    enum rc rc = bus_producer_new(&relay->producer, &options->bus, error);
    if (rc == RC_OK) {
        rc = pg_open(&relay->pg, options->postgres_url, "redress-ledger relay", "ledger", error);
    }
    rc = rc == RC_OK ? pg_plan_by_keys(relay->pg, error) : rc;
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
    free(relay->slots); // the producer's last reports are in
    free(relay);
}
