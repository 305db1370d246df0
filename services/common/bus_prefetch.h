// SPDX-License-Identifier: Apache-2.0
// Records fetched ahead of their batch. librdkafka 2.0.2 fetches nothing while its queue is full,
// and sees that there is room again once a second, unless something wakes it
// (confluentinc/librdkafka#2879): a backlog was read at one queue a second, however fast it was
// handled. A question to the brokers wakes it. From 2.2 on that second is fetch.queue.backoff.ms.
// For the consumer's thread alone.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define PREFETCH_RECORDS 10000 // of all partitions, no more is fetched from then on; so the next
#define PREFETCH_KIB 8192

struct bus_prefetch { // zero-initialise
    int64_t next_ms;  // monotonic: no question before
};

// Whether to ask now, with so many records fetched of those it is behind by: half of the queue is
// free, and what waits at the brokers is worth a request. Pure.
bool bus_prefetch_is_due(const struct bus_prefetch *prefetch, int64_t fetched, int64_t lag,
                         int64_t now_ms);
// Asks where it is due: half a millisecond; where no broker answers a third of a second, and not
// again within the next one.
void bus_prefetch_turn(struct bus_prefetch *prefetch, rd_kafka_t *handle, int64_t lag);
