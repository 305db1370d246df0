// SPDX-License-Identifier: Apache-2.0
// Two queues with threads behind them: arrived → prepare, claim, publish; reported → settle,
// conclude. Between them Kafka's producer holds the item.
#include "pipeline.h"

#include "common/clock.h"
#include "common/failpoint.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRONT_THREADS 2
#define KEY_SIZE 129
#define BUSY 8 // items of a batch
#define GATHER_MS 4

struct item {
    struct item *next;
    struct pipeline *pipeline;
    void *client;
    json_t *body;
    struct submission submission;
    struct submission_run run;
    char key[KEY_SIZE];
    char traceparent[56];
    int64_t started_ms;
    struct admission_ticket ticket;
    bool published; // its claim is to be settled
    enum rc rc;
    struct error error;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct item *first;
    struct item *last;
    bool ended;
    unsigned gather_ms; // while items come fast
};

struct pipeline {
    struct pipeline_options options;
    struct queue arrived;
    struct queue reported;
    _Atomic size_t inside;
    struct admission admission;
    pthread_t front[FRONT_THREADS];
    size_t front_count;
    pthread_t back;
    bool back_started;
};

static void queue_init(struct queue *queue, unsigned gather_ms) {
    queue->gather_ms = gather_ms;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
}

static void queue_destroy(struct queue *queue) {
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
}

static void queue_push(struct queue *queue, struct item *item) {
    item->next = NULL;
    pthread_mutex_lock(&queue->lock);
    bool wake = queue->first == NULL;
    if (wake) {
        queue->first = item;
    } else {
        queue->last->next = item;
    }
    queue->last = item;
    if (wake) {
        pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
}

static void queue_await(struct queue *queue) {
    while (queue->first == NULL && !queue->ended) {
        pthread_cond_wait(&queue->filled, &queue->lock);
    }
}

// While items come fast, those of the next few milliseconds share a round trip to Redis and a
// request to Kafka. A lone one never waits.
static void queue_gather(struct queue *queue, size_t last_count) {
    if (queue->gather_ms > 0 && last_count >= BUSY && !queue->ended) {
        pthread_mutex_unlock(&queue->lock);
        clock_sleep_ms(queue->gather_ms);
        pthread_mutex_lock(&queue->lock);
        queue_await(queue);
    }
}

// Up to STORE_CLAIMS items; 0 only after the end, when the queue is empty. last_count is what this
// thread took before.
static size_t queue_take(struct queue *queue, size_t last_count, struct item **items) {
    size_t count = 0;
    pthread_mutex_lock(&queue->lock);
    queue_await(queue);
    queue_gather(queue, last_count);
    for (; queue->first != NULL && count < STORE_CLAIMS; count++) {
        items[count] = queue->first;
        queue->first = queue->first->next;
    }
    if (queue->first != NULL) {
        pthread_cond_signal(&queue->filled); // for another thread
    }
    pthread_mutex_unlock(&queue->lock);
    return count;
}

static void queue_end(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->ended = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

// On the producer's thread.
static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    struct item *item = opaque;
    if (outcome != BUS_DELIVERED) {
        item->rc = error_set(&item->error, RC_UNAVAILABLE, "Kafka did not confirm it: %s", reason);
        snprintf(item->error.code, sizeof item->error.code, "%s",
                 outcome == BUS_UNKNOWN ? "outcome-unknown" : "");
    }
    queue_push(&item->pipeline->reported, item);
}

static enum rc verdict_of(struct item *item) {
    switch (item->run.claim) {
    case CLAIM_NEW:
    case CLAIM_DONE:
        return RC_OK;
    case CLAIM_BUSY:
        error_set(&item->error, RC_CONFLICT, "the same submission is being taken in right now");
        snprintf(item->error.code, sizeof item->error.code, "in-flight");
        return RC_CONFLICT;
    case CLAIM_OTHER:
        return error_field(&item->error, "idempotency-key-reused", "Idempotency-Key",
                           "this key was used for another submission");
    case CLAIM_UNKNOWN:
        break;
    }
    return error_set(&item->error, RC_UNAVAILABLE,
                     "neither Redis nor the ledger can tell whether it is new");
}

// Afterwards the item is Kafka's, or reported.
static void go_on(struct item *item) {
    struct pipeline *pipeline = item->pipeline;
    item->rc = verdict_of(item);
    if (item->rc == RC_OK && item->run.claim == CLAIM_NEW) {
        item->published = true;
        enum rc rc =
            submit_publish(pipeline->options.submit, &item->submission, pipeline->options.source,
                           &item->run, item->traceparent, on_report, item, &item->error);
        if (rc == RC_OK) {
            return;
        }
        item->rc = rc;
    }
    queue_push(&pipeline->reported, item);
}

static void *run_front(void *argument) {
    struct pipeline *pipeline = argument;
    struct submit *submit = pipeline->options.submit;
    struct item *items[STORE_CLAIMS];
    struct submission_run *runs[STORE_CLAIMS];
    for (size_t count = 0; (count = queue_take(&pipeline->arrived, count, items)) > 0;) {
        size_t good = 0;
        int64_t now_ms = clock_wall_ms();
        const struct region_edition *edition = region_book_hold(submit->regions);
        for (size_t i = 0; i < count; i++) {
            struct item *item = items[i];
            item->rc =
                submit_prepare(submit, edition->region, &item->submission, pipeline->options.source,
                               item->key, now_ms, &item->run, &item->error);
            if (item->rc != RC_OK) {
                queue_push(&pipeline->reported, item);
                continue;
            }
            items[good] = item;
            runs[good++] = &item->run;
        }
        region_book_release(edition);
        submit_claim(submit, runs, good);
        FAILPOINT("intake-claimed");
        for (size_t i = 0; i < good; i++) {
            go_on(items[i]);
        }
    }
    return NULL;
}

// The runs of the items that were published, ended so and are proven or not.
static size_t select_runs(struct item *const *items, size_t count, bool delivered, bool unproven,
                          struct item **selected, struct submission_run **runs) {
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i]->published && (items[i]->rc == RC_OK) == delivered &&
            items[i]->run.unproven == unproven) {
            selected[wanted] = items[i];
            runs[wanted++] = &items[i]->run;
        }
    }
    return wanted;
}

// What Redis can't vouch for is answered by the ledger's word.
static void confirm(struct pipeline *pipeline, struct item *const *items, size_t count) {
    struct submission_run *runs[STORE_CLAIMS];
    struct item *asked[STORE_CLAIMS];
    size_t wanted = select_runs(items, count, true, true, asked, runs);
    submit_confirm(pipeline->options.submit, runs, wanted);
    for (size_t i = 0; i < wanted; i++) {
        asked[i]->rc = verdict_of(asked[i]);
        if (asked[i]->run.claim == CLAIM_UNKNOWN) {
            error_set(&asked[i]->error, RC_UNAVAILABLE, "the ledger has not taken it yet");
            snprintf(asked[i]->error.code, sizeof asked[i]->error.code, "outcome-unknown");
        }
    }
}

static void settle(struct pipeline *pipeline, struct item *const *items, size_t count,
                   bool delivered) {
    struct submission_run *runs[STORE_CLAIMS];
    struct item *settled[STORE_CLAIMS];
    size_t wanted = select_runs(items, count, delivered, false, settled, runs);
    submit_settle(pipeline->options.submit, runs, wanted, delivered);
}

static void conclude(struct pipeline *pipeline, struct item *item) {
    const struct pipeline_outcome outcome = {&item->run, item->rc, &item->error, item->started_ms};
    pipeline->options.concluded(item->client, pipeline->options.submit, &outcome);
    json_decref(item->body);
    admission_leave(&pipeline->admission, &item->ticket);
    free(item);
    atomic_fetch_sub(&pipeline->inside, 1);
}

static void *run_back(void *argument) {
    struct pipeline *pipeline = argument;
    struct item *items[STORE_CLAIMS];
    for (size_t count = 0; (count = queue_take(&pipeline->reported, count, items)) > 0;) {
        settle(pipeline, items, count, false);
        settle(pipeline, items, count, true);
        confirm(pipeline, items, count);
        for (size_t i = 0; i < count; i++) {
            conclude(pipeline, items[i]);
        }
    }
    return NULL;
}

enum rc pipeline_start(struct pipeline **out, const struct pipeline_options *options,
                       struct error *error) {
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    *out = pipeline;
    if (pipeline == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the pipeline");
    }
    pipeline->options = *options;
    admission_init(&pipeline->admission, &options->limits);
    queue_init(&pipeline->arrived, GATHER_MS);
    queue_init(&pipeline->reported, 0);
    pipeline->back_started = pthread_create(&pipeline->back, NULL, run_back, pipeline) == 0;
    for (size_t i = 0; i < FRONT_THREADS && pipeline->back_started; i++) {
        if (pthread_create(&pipeline->front[i], NULL, run_front, pipeline) != 0) {
            break;
        }
        pipeline->front_count++;
    }
    return pipeline->front_count == FRONT_THREADS
               ? RC_OK
               : error_set(error, RC_INTERNAL, "a thread of the pipeline does not start");
}

enum rc pipeline_admits(struct pipeline *pipeline, size_t size, struct error *error) {
    return admission_judge(&pipeline->admission, size, clock_monotonic_ms(), error);
}

enum rc pipeline_push(struct pipeline *pipeline, void *client, json_t *body, size_t size,
                      const struct submission *submission, const char *key, const char *traceparent,
                      struct error *error) {
    struct item *item = calloc(1, sizeof *item);
    enum rc rc = item == NULL ? error_set(error, RC_UNAVAILABLE, "out of memory for a submission")
                              : admission_enter(&pipeline->admission, &item->ticket, size,
                                                clock_monotonic_ms(), error);
    if (rc != RC_OK) {
        free(item);
        json_decref(body);
        return rc;
    }
    atomic_fetch_add(&pipeline->inside, 1);
    item->pipeline = pipeline;
    item->client = client;
    item->body = body;
    item->submission = *submission;
    item->started_ms = clock_monotonic_ms();
    snprintf(item->key, sizeof item->key, "%s", key);
    snprintf(item->traceparent, sizeof item->traceparent, "%s",
             traceparent == NULL ? "" : traceparent);
    queue_push(&pipeline->arrived, item);
    return RC_OK;
}

void pipeline_free(struct pipeline *pipeline) {
    if (pipeline == NULL) {
        return;
    }
    queue_end(&pipeline->arrived);
    for (size_t i = 0; i < pipeline->front_count; i++) {
        pthread_join(pipeline->front[i], NULL);
    }
    while (pipeline->back_started && atomic_load(&pipeline->inside) > 0) {
        clock_sleep_ms(5); // for the reports of what Kafka still has
    }
    queue_end(&pipeline->reported);
    if (pipeline->back_started) {
        pthread_join(pipeline->back, NULL);
    }
    queue_destroy(&pipeline->arrived);
    queue_destroy(&pipeline->reported);
    admission_close(&pipeline->admission);
    free(pipeline);
}
