// SPDX-License-Identifier: Apache-2.0
// What the coordinator says of a consumer's group.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

// Whether a rebalance is under way in which this consumer waits for another member. Kafka waits for
// one that works on a batch, or does not know its offsets yet, for up to max.poll.interval.ms, and
// for one that died until its session ends. Asks for up to a second; false where nobody says.
bool bus_group_waits(rd_kafka_t *handle);
