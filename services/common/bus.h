// SPDX-License-Identifier: Apache-2.0
// Kafka (librdkafka): an idempotent producer with delivery reports, a consumer that hands over
// batches, and dead letters. See ENGINEERING notes in bus.c for the settings and why.
#pragma once

#include "common/envelope.h"
#include "common/error.h"
#include "common/metrics.h"
#include "common/options.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_TOPIC_INBOUND "redress.inbound"
#define BUS_TOPIC_PROPOSALS "redress.proposals"
#define BUS_TOPIC_URGENT "redress.proposals.urgent" // proposal_topic.h
#define BUS_TOPIC_FACTS "redress.facts"
#define BUS_TOPIC_CONTACTS "redress.contacts"
#define BUS_TOPIC_NOTICES "redress.notices"
#define BUS_TOPIC_DEAD_LETTERS "redress.dead-letters"
#define BUS_VALUE_LIMIT (64 * 1024)
#define BUS_BATCH_LIMIT 500 // records of a batch

struct bus_settings {
    const char *brokers;
    const char *client_id;
    const struct options *pass_through; // kafka.* keys; may be NULL
    // Producer: a request costs the broker as much for one message as for fifty, so what nobody
    // waits for waits for company: 5 to 25; what a person waits for, 1 or 2.
    int linger_ms;
    bool gapless; // producer: no delivery time-out, a gap in the order is fatal
};

struct bus_producer;

enum bus_outcome {
    BUS_DELIVERED,     // on all in-sync replicas
    BUS_NOT_PERSISTED, // certainly not in Kafka
    BUS_UNKNOWN,       // possibly in Kafka; a repeat with the same id settles it
};

// Called once for each accepted message, on the producer's polling thread; must not block.
typedef void (*bus_delivered)(void *opaque, enum bus_outcome outcome, const char *reason);

struct bus_message {
    const char *topic;
    const void *key;
    size_t key_size;
    const void *value; // copied; NULL is a tombstone
    size_t value_size;
    const struct envelope *envelope; // NULL: no CloudEvents headers
};

MUST_CHECK enum rc bus_producer_new(struct bus_producer **producer,
                                    const struct bus_settings *settings, struct error *error);
// RC_UNAVAILABLE when the queue is full or the producer is fatal; the callback is then not called.
MUST_CHECK enum rc bus_publish(struct bus_producer *producer, const struct bus_message *message,
                               bus_delivered delivered, void *opaque, struct error *error);
// Several messages, then one wait for all their reports: init, publish each, end.
struct bus_wait {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t waiting;
    size_t failed;
    size_t unknown; // of the failed: possibly persisted
};
void bus_wait_init(struct bus_wait *wait);
MUST_CHECK enum rc bus_wait_publish(struct bus_wait *wait, struct bus_producer *producer,
                                    const struct bus_message *message, struct error *error);
// Always call it, also after a failed publish. RC_UNAVAILABLE where any was not persisted, with the
// code "outcome-unknown" where one possibly was.
MUST_CHECK enum rc bus_wait_end(struct bus_wait *wait, struct error *error);
// A bus_delivered that counts down; for a publish of one's own after bus_wait_add.
void bus_wait_add(struct bus_wait *wait);
void bus_wait_report(void *opaque, enum bus_outcome outcome, const char *reason);

// Which of so many partitions a key belongs to, as the producer decides it.
int32_t bus_partition_of(const void *key, size_t key_size, int32_t partitions);
// How many a topic has. RC_UNAVAILABLE.
MUST_CHECK enum rc bus_count_partitions(struct bus_producer *producer, const char *topic,
                                        int32_t *count, struct error *error);

// Connected, producer id held, not fatal.
bool bus_producer_ready(struct bus_producer *producer, struct error *why);
void bus_producer_free(struct bus_producer *producer);

// One message, borrowed until the handler returns.
struct bus_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    const void *key;
    size_t key_size;
    const void *value; // NULL for a tombstone
    size_t value_size;
    struct envelope envelope; // zero where absent
    enum rc envelope_rc;      // RC_INVALID where headers are missing or out of bounds
    char envelope_reason[128];
    void *message; // rd_kafka_message_t, for bus_dead_letter
};

struct bus_consumer;

struct bus_handlers {
    void *context;
    // One batch of one or more partitions, in order per partition. RC_OK: done, offsets move on.
    // RC_UNAVAILABLE: the same batch comes again after a back-off, other work waits. RC_CONFLICT:
    // the fence of a partition is lost: all partitions are given up and joined anew.
    // RC_INTERNAL: service_fail. Bad records never fail a batch: the handler dead-letters them.
    enum rc (*handle)(void *context, const struct bus_record *records, size_t count,
                      struct error *error);
    // Where to start on each assigned partition, when offsets are stored elsewhere: called on
    // assignment, sets *offset (-2 for the beginning). NULL: Kafka keeps the offsets, committed
    // after handle.
    enum rc (*assigned)(void *context, const char *topic, int32_t partition, int64_t *offset,
                        struct error *error);
    void (*settled)(void *context); // after all of an assignment; may be NULL
    void (*revoked)(void *context, const char *topic, int32_t partition); // may be NULL
};

#define BUS_LAG_HELP "Records not consumed yet, of all topics; -1 unknown."

struct bus_consumer_settings {
    struct bus_settings bus;
    const char *group;
    const char *instance_id; // group.instance.id; NULL for none
    const char *topics[4];   // ended by NULL
    size_t batch_limit;      // records; 0 means BUS_BATCH_LIMIT
    int patience_ms; // how long a fetch may wait until it is worth the answer; 0: not at all
    struct bus_handlers handlers;
    struct metric *lag; // set to the lag after each batch; NULL for none
};

// Starts a thread that consumes until bus_consumer_free. A first start reads from the beginning.
MUST_CHECK enum rc bus_consumer_start(struct bus_consumer **consumer,
                                      const struct bus_consumer_settings *settings,
                                      struct error *error);
// Joined, assigned, and its loop moved within the last 30 s.
bool bus_consumer_ready(struct bus_consumer *consumer, struct error *why);
// Records behind the end of its partitions; -1 when unknown.
int64_t bus_consumer_lag(struct bus_consumer *consumer);
void bus_consumer_free(struct bus_consumer *consumer);

// Keeps a record that can't be processed, with its original bytes and headers, the code, the reason
// (no payload in it) and where it came from, on redress.dead-letters; waits for the report.
MUST_CHECK enum rc bus_dead_letter(struct bus_producer *producer, const struct bus_record *record,
                                   const char *service, const struct error *reason,
                                   struct error *error);
