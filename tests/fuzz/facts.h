// SPDX-License-Identifier: Apache-2.0
// Facts of every type that there is, for the targets of the services that read them. An input is a
// batch: of each fact a byte that picks its type, '0' and up in the order of enum fact_kind, its
// size in two bytes, its value. One type more is known to nobody. After that one the input has the
// ce_type: the value begins with its size, in a byte, and itself.
#pragma once

#include "fuzz_bus.h"

#define FACTS_MOST 8 // of a batch
#define FACTS_KINDS (FACT_KIND_COUNT + 2)

// Hands the batch to the started consumer; facts_clear ends it. A key is the case id in the value's
// meta.
enum rc facts_feed(const uint8_t *data, size_t size);
void facts_clear(void); // and what was published of it
// Of the batch at hand: how many facts there are, and the sequence of the first one of a case.
size_t facts_count(void);
uint64_t facts_first_sequence(const char *case_id);
// Records of the batch at hand, for what reads them beside the consumer.
const struct bus_record *facts_records(void);
