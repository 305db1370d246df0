// SPDX-License-Identifier: Apache-2.0
// The consuming half. Polls and batches itself, because rd_kafka_consume_batch of 2.0.2 may lose
// messages around a rebalance (confluentinc/librdkafka#4208); eager assignment, because its
// cooperative one has open defects (#4059, #4381). One batch is in flight at a time.
#include "bus_backlog.h"
#include "bus_offsets.h"
#include "bus_prefetch.h"
#include "bus_private.h"
#include "bus_subscription.h"
#include "bus_watch.h"

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/process.h"
#include "common/service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES (4 * 1024 * 1024)
#define POLL_MS 100
#define BACKOFF_LEAST_MS 100
#define BACKOFF_MOST_MS 5000
#define STALL_MS 30000
#define BUSY 8     // records of a batch
#define ENOUGH 100 // to go on at once
#define GATHER_MS 8

struct bus_consumer {
    rd_kafka_t *handle;
    struct bus_handlers handlers;
    size_t batch_limit;
    bool busy;    // the last batch was large
    bool leaving; // gave its partitions up; what still comes of them is not its own
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic bool joined;
    _Atomic bool failing; // the handler asked for a retry
    _Atomic int64_t moved_ms;
    _Atomic int64_t lag;
    struct metric *lag_metric;
    rd_kafka_message_t *messages[BUS_BATCH_LIMIT];
    struct bus_record records[BUS_BATCH_LIMIT];
    size_t count;
    size_t bytes;
    struct bus_offsets offsets;
    struct bus_prefetch prefetch;
    struct bus_backlog backlog;
    struct bus_watch watch;
    const char *topics[4];         // ended by NULL
    _Atomic(const char *) missing; // the one of them that Kafka does not have; NULL: none
    _Atomic bool silent;           // it should read and does not
};

static void drop_batch(struct bus_consumer *consumer) {
    for (size_t i = 0; i < consumer->count; i++) {
        rd_kafka_message_destroy(consumer->messages[i]);
    }
    consumer->count = 0;
    consumer->bytes = 0;
    atomic_store(&consumer->failing, false); // it ended or is another's; nothing waits for a retry
}

// Sets each partition's start from the handler; false when it does not know.
static bool load_offsets(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list) {
    if (consumer->handlers.assigned == NULL) {
        return bus_offsets_load(consumer->handle, list);
    }
    for (int i = 0; i < list->cnt; i++) {
        struct error error;
        int64_t offset = RD_KAFKA_OFFSET_BEGINNING;
        enum rc rc = consumer->handlers.assigned(consumer->handlers.context, list->elems[i].topic,
                                                 list->elems[i].partition, &offset, &error);
        if (rc != RC_OK) {
            log_warn("offsets are not known yet", LOG_STR("reason", error.text));
            return false;
        }
        list->elems[i].offset = offset;
    }
    return true;
}

static void assign(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list) {
    for (int64_t wait = BACKOFF_LEAST_MS;
         !load_offsets(consumer, list) && !atomic_load(&consumer->stop) && !service_stopping();) {
        clock_sleep_ms(wait);
        wait = wait * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : wait * 2;
    }
    rd_kafka_assign(consumer->handle, list);
    if (consumer->handlers.settled != NULL) {
        consumer->handlers.settled(consumer->handlers.context);
    }
    consumer->leaving = false;
    consumer->watch.assigned = true;
    consumer->watch.rebalanced = true;
    atomic_store(&consumer->joined, true);
}

static void on_rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *list, void *opaque) {
    struct bus_consumer *consumer = opaque;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(consumer, list);
        return;
    }
    drop_batch(consumer);
    consumer->watch.assigned = false;
    if (!rd_kafka_assignment_lost(handle)) {
        bus_offsets_commit(&consumer->offsets, handle, true);
    } else {
        bus_offsets_drop(&consumer->offsets);
    }
    // A pause outlives an assignment: one that began for the batch just dropped would never end.
    rd_kafka_resume_partitions(handle, list);
    for (int i = 0; i < list->cnt && consumer->handlers.revoked != NULL; i++) {
        consumer->handlers.revoked(consumer->handlers.context, list->elems[i].topic,
                                   list->elems[i].partition);
    }
    rd_kafka_assign(handle, NULL);
}

static void add_message(struct bus_consumer *consumer, rd_kafka_message_t *message) {
    consumer->watch.took = true;
    struct bus_record *record = &consumer->records[consumer->count];
    rd_kafka_timestamp_type_t type;
    *record = (struct bus_record){
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, &type),
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
        .message = message,
    };
    bus_read_envelope(message, record);
    consumer->messages[consumer->count++] = message;
    consumer->bytes += message->len;
}

// librdkafka says it once. Without its only topic the consumer joins nobody: the watch over it ends
// the service, as long as that stays so.
static void note_missing(struct bus_consumer *consumer, const rd_kafka_message_t *message) {
    if (message->err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || message->rkt == NULL) {
        return;
    }
    for (size_t i = 0; consumer->topics[i] != NULL; i++) {
        if (strcmp(consumer->topics[i], rd_kafka_topic_name(message->rkt)) == 0) {
            atomic_store(&consumer->missing, consumer->topics[i]);
            log_error("Kafka has no such topic; redressctl topics apply makes it",
                      LOG_STR("topic", consumer->topics[i]));
        }
    }
}

// Takes one message or event; false when nothing came.
static bool take(struct bus_consumer *consumer, int timeout_ms) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->handle, timeout_ms);
    if (message == NULL) {
        return false;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && !consumer->leaving) {
        add_message(consumer, message);
        return true;
    }
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        struct error error;
        error_set(&error, RC_INTERNAL, "the stored offset of %s is not in Kafka any more",
                  rd_kafka_topic_name(message->rkt));
        service_fail(&error);
    }
    note_missing(consumer, message);
    rd_kafka_message_destroy(message);
    return true;
}

static bool has_room(const struct bus_consumer *consumer) {
    return consumer->count < consumer->batch_limit && consumer->bytes < BATCH_BYTES;
}

// Takes what is there. While records come fast, those of the next few milliseconds are worth
// waiting for: a transaction costs nearly the same for ten as for a hundred. A lone record never
// waits.
static void fill_batch(struct bus_consumer *consumer) {
    while (consumer->count == 0 && take(consumer, POLL_MS)) {
    }
    while (has_room(consumer) && take(consumer, 0)) {
    }
    if (consumer->busy && consumer->count > 0 && consumer->count < ENOUGH) {
        clock_sleep_ms(GATHER_MS);
        while (has_room(consumer) && take(consumer, 0)) {
        }
    }
    consumer->busy = consumer->count >= BUSY;
}

static void set_paused(struct bus_consumer *consumer, bool paused) {
    rd_kafka_topic_partition_list_t *list = NULL;
    if (rd_kafka_assignment(consumer->handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    if (paused) {
        rd_kafka_pause_partitions(consumer->handle, list);
    } else {
        rd_kafka_resume_partitions(consumer->handle, list);
    }
    rd_kafka_topic_partition_list_destroy(list);
}

// A message that was fetched before the pause took effect is fetched again after it.
static void give_back(struct bus_consumer *consumer, const rd_kafka_message_t *message) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, rd_kafka_topic_name(message->rkt), message->partition)
        ->offset = message->offset;
    rd_kafka_error_destroy(rd_kafka_seek_partitions(consumer->handle, list, 1000));
    rd_kafka_topic_partition_list_destroy(list);
}

// Waits with full jitter while staying in the group. A revocation drops the batch, and with it the
// reason to wait: what is assigned then is not paused and would only be given back again and again.
static void back_off(struct bus_consumer *consumer, int64_t most_ms) {
    int64_t until = clock_monotonic_ms() + 1 + random() % most_ms;
    set_paused(consumer, true);
    for (int64_t left; consumer->count > 0 && (left = until - clock_monotonic_ms()) > 0 &&
                       !atomic_load(&consumer->stop);) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->handle, (int)left);
        if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            give_back(consumer, message);
        }
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
    set_paused(consumer, false);
}

// Records that come before the group is left follow on those dropped here: taking them would skip
// the dropped ones.
static void rejoin(struct bus_consumer *consumer) {
    rd_kafka_topic_partition_list_t *topics = NULL;
    drop_batch(consumer);
    consumer->leaving = true;
    rd_kafka_subscription(consumer->handle, &topics);
    rd_kafka_unsubscribe(consumer->handle);
    rd_kafka_subscribe(consumer->handle, topics);
    rd_kafka_topic_partition_list_destroy(topics);
}

static void measure_lag(struct bus_consumer *consumer) {
    int64_t lag = 0;
    if (!bus_offsets_lag(consumer->handle, &lag)) {
        return;
    }
    atomic_store(&consumer->lag, lag);
    if (consumer->lag_metric != NULL) {
        metric_set(consumer->lag_metric, lag);
    }
    if (bus_backlog_is_over(&consumer->backlog, lag, clock_monotonic_ms())) {
        process_give_back_memory();
    }
}

static enum rc deliver(struct bus_consumer *consumer, struct error *error) {
    enum rc rc = consumer->handlers.handle(consumer->handlers.context, consumer->records,
                                           consumer->count, error);
    if (rc == RC_OK) {
        bus_offsets_add(&consumer->offsets, consumer->records, consumer->count);
        bus_offsets_commit(&consumer->offsets, consumer->handle, false);
        drop_batch(consumer);
    }
    return rc;
}

// Hands the batch over until it is done, dropped by a rebalance, or the service ends.
static void work_off(struct bus_consumer *consumer) {
    int64_t most_ms = BACKOFF_LEAST_MS;
    while (consumer->count > 0 && !atomic_load(&consumer->stop)) {
        struct error error = {.text = ""};
        enum rc rc = deliver(consumer, &error);
        atomic_store(&consumer->moved_ms, clock_monotonic_ms());
        atomic_store(&consumer->failing, rc != RC_OK);
        if (rc == RC_OK) {
            return;
        }
        log_warn("batch failed", LOG_INT("verdict", rc), LOG_STR("reason", error.text));
        if (rc == RC_CONFLICT) {
            rejoin(consumer);
        } else if (rc == RC_UNAVAILABLE) {
            back_off(consumer, most_ms);
            most_ms = most_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : most_ms * 2;
        } else {
            service_fail(&error);
            return;
        }
    }
}

// Started anew, the service reads again.
static void watch_over(struct bus_consumer *consumer) {
    struct error error;
    if (bus_watch_turn(&consumer->watch, consumer->handle)) {
        error_set(&error, RC_INTERNAL, "the Kafka consumer has stopped reading");
        service_fail(&error);
    }
    atomic_store(&consumer->silent, bus_watch_doubts(&consumer->watch));
}

#ifdef REDRESS_FAILPOINTS
// As librdkafka now and then does by itself.
static void read_no_more(struct bus_consumer *consumer) {
    rd_kafka_topic_partition_list_t *list = NULL;
    if (rd_kafka_assignment(consumer->handle, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)rd_kafka_pause_partitions(consumer->handle, list);
        rd_kafka_topic_partition_list_destroy(list);
    }
}
#endif

static void *run(void *argument) {
    struct bus_consumer *consumer = argument;
    while (!atomic_load(&consumer->stop)) {
        FAILPOINT_CUT("consumer-deaf", read_no_more(consumer));
        fill_batch(consumer);
        watch_over(consumer);
        atomic_store(&consumer->moved_ms, clock_monotonic_ms());
        work_off(consumer);
        measure_lag(consumer);
        bus_prefetch_turn(&consumer->prefetch, consumer->handle, atomic_load(&consumer->lag));
        bus_offsets_commit(&consumer->offsets, consumer->handle, false);
    }
    drop_batch(consumer);
    bus_offsets_commit(&consumer->offsets, consumer->handle, true);
    rd_kafka_consumer_close(consumer->handle);
    return NULL;
}

enum rc bus_consumer_start(struct bus_consumer **out, const struct bus_consumer_settings *settings,
                           struct error *error) {
    struct bus_consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a consumer");
    }
    consumer->handlers = settings->handlers;
    consumer->lag_metric = settings->lag;
    memcpy(consumer->topics, settings->topics, sizeof consumer->topics);
    if (settings->lag != NULL) {
        metric_set(settings->lag, -1);
    }
    consumer->batch_limit = settings->batch_limit == 0 || settings->batch_limit > BUS_BATCH_LIMIT
                                ? BUS_BATCH_LIMIT
                                : settings->batch_limit;
    atomic_store(&consumer->lag, -1);
    consumer->watch.ends = -1;
    enum rc rc = bus_subscribe(&consumer->handle, settings,
                               &(struct bus_subscriber){on_rebalance, consumer}, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (pthread_create(&consumer->thread, NULL, run, consumer) != 0) {
        return error_set(error, RC_INTERNAL, "the consumer's thread does not start");
    }
    consumer->started = true;
    return RC_OK;
}

static void tell_unjoined(const struct bus_consumer *consumer, struct error *why) {
    const char *missing = atomic_load(&consumer->missing);
    if (missing != NULL) {
        error_set(why, RC_UNAVAILABLE, "Kafka has no topic %s", missing);
        return;
    }
    error_set(why, RC_UNAVAILABLE, "the Kafka consumer has not joined its group");
}

bool bus_consumer_ready(struct bus_consumer *consumer, struct error *why) {
    if (!atomic_load(&consumer->joined)) {
        tell_unjoined(consumer, why);
        return false;
    }
    if (atomic_load(&consumer->silent)) {
        error_set(why, RC_UNAVAILABLE, "the Kafka consumer does not read what comes");
        return false;
    }
    if (atomic_load(&consumer->failing)) {
        error_set(why, RC_UNAVAILABLE, "the Kafka consumer waits for a dependency");
        return false;
    }
    if (clock_monotonic_ms() - atomic_load(&consumer->moved_ms) > STALL_MS) {
        error_set(why, RC_UNAVAILABLE, "the Kafka consumer does not move");
        return false;
    }
    return true;
}

int64_t bus_consumer_lag(struct bus_consumer *consumer) { return atomic_load(&consumer->lag); }

void bus_consumer_free(struct bus_consumer *consumer) {
    if (consumer == NULL) {
        return;
    }
    if (consumer->started) {
        atomic_store(&consumer->stop, true);
        pthread_join(consumer->thread, NULL);
    }
    if (consumer->handle != NULL) {
        rd_kafka_destroy(consumer->handle);
    }
    free(consumer);
}
