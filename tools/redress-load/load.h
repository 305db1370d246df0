// SPDX-License-Identifier: Apache-2.0
// redress-load: what its parts share.
#pragma once

#include "common/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Latencies in microseconds, in buckets whose width is at most 1/64 of their value, as HdrHistogram
// keeps them (http://hdrhistogram.org).
#define HISTOGRAM_BUCKETS 2048
struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t largest;
};
void histogram_add(struct histogram *histogram, int64_t us);
// The value that the share (0..1) of all values does not exceed; 0 when empty.
uint64_t histogram_at(const struct histogram *histogram, double share);

struct load_options {
    const char *host;
    int port;
    const char *brokers;  // NULL: facts are not watched
    const char *facts;    // topic
    const char *requests; // file of requests; NULL: submissions
    const char *institution;
    const char *key_prefix;
    bool with_contact;
    bool kafka; // complaints go to redress.inbound instead of HTTP
    int64_t connections;
    int64_t rate;  // a second; 0: closed loop
    int64_t count; // requests in all; 0: as many as the seconds allow
    int64_t seconds;
    int64_t narrative_bytes;
    int64_t settle_seconds; // how long the last facts may take
};

// One request, ready for the wire. Text is owned by whoever asked for it.
struct request {
    char text[32 * 1024];
    size_t size;
};

// Makes requests one after the other; false at the end of the file. One thread.
struct workload;
MUST_CHECK enum rc workload_new(struct workload **workload, const struct load_options *options,
                                struct error *error);
bool workload_next(struct workload *workload, struct request *request);
void workload_free(struct workload *workload);
// The narrative of a submission; the text has room for options->narrative_bytes + 1.
void workload_narrative(const struct load_options *options, int64_t number, char *narrative);

// Joins what clients saw with what the facts topic said, by case id or by trace id. Any thread.
struct facts;
enum facts_stage { FACTS_REGISTERED, FACTS_ASSESSED, FACTS_ARMED, FACTS_DELIVERED, FACTS_STAGES };
struct facts_report {
    struct histogram latency[FACTS_STAGES]; // from the intended time of the submission
    uint64_t seen[FACTS_STAGES];
    uint64_t repeated; // facts that came more than once
    uint64_t waiting;  // acknowledged, not registered
};
// Watches the topic from its end on; returns when it is watching.
MUST_CHECK enum rc facts_start(struct facts **facts, const struct load_options *options,
                               struct error *error);
// id: the case's, or with options->kafka the trace's, written as a UUID.
void facts_expect(struct facts *facts, const char *id, int64_t intended_us);
uint64_t facts_seen(struct facts *facts, enum facts_stage stage);
void facts_stop(struct facts *facts, struct facts_report *report);

struct http_report {
    struct histogram latency;    // of answers below 400, from the intended time
    struct histogram refusal;    // of 503
    uint64_t answers[6];         // by the status' first digit; 0: the connection broke
    uint64_t shed;               // 503 among them
    uint64_t shed_without_retry; // those of them whose Retry-After is not 1 to 60 seconds
    uint64_t late;               // requests that began more than 1 ms after their intended time
    int64_t started_us, ended_us;
};
// Drives the server until the workload, the count or the time ends.
MUST_CHECK enum rc http_load(const struct load_options *options, struct workload *workload,
                             struct facts *facts, struct http_report *report, struct error *error);

// The same over Kafka: delivery reports are the answers.
MUST_CHECK enum rc kafka_load(const struct load_options *options, struct facts *facts,
                              struct http_report *report, struct error *error);

int64_t load_now_us(void);
