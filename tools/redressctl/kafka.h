// SPDX-License-Identifier: Apache-2.0
// How redressctl speaks to Kafka: as the services do, by REDRESS_KAFKA_<NAME> of the environment.
#pragma once

#include "common/error.h"

#include <librdkafka/rdkafka.h>

// A handle with these brokers and the environment's properties; takes conf in any case. RC_INVALID
// names the property that is wrong.
MUST_CHECK enum rc kafka_open(rd_kafka_t **handle, rd_kafka_type_t type, rd_kafka_conf_t *conf,
                              const char *brokers, struct error *error);
