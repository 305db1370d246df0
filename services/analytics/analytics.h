// SPDX-License-Identifier: Apache-2.0
// What a case contributes to the numbers (DOMAIN.md, section 8): pure. The contribution is a
// function of the measures, so that counting is subtracting the old one and adding the new one.
#pragma once

#include "redress/v1/facts.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEASURE_HASHES 3

struct measure {
    char case_id[37];
    uint64_t sequence; // of the last fact counted; 0 before the first
    char tenant[33];
    char category[65];
    char unit[65];
    int64_t received_at_ms;
    int64_t accepted_at_ms; // 0: not yet; so the times below
    int64_t first_due_at_ms;
    int64_t first_response_at_ms;
    int64_t resolution_due_at_ms;
    int64_t replied_at_ms;
    int64_t closed_at_ms;
    uint32_t rating; // 0: none
    bool solved;
    unsigned char hashes[MEASURE_HASHES][32]; // of contacts; only set by the first fact
    size_t hash_count;
};

enum count {
    COUNT_RECEIVED,
    COUNT_ACCEPTED,
    COUNT_CLOSED,
    COUNT_RESPONDED,
    COUNT_RESPONDED_ON_TIME,
    COUNT_REPLIED,
    COUNT_REPLIED_ON_TIME,
    COUNT_RATED,
    COUNT_SATISFIED, // 4 or 5 of 5
    COUNT_SOLVED,
    COUNT_KINDS
};

struct contribution {
    int64_t counts[COUNT_KINDS];
    int64_t response_seconds; // -1: no response yet
};

// Takes a fact in; false where its sequence does not follow, which leaves the measure alone: a
// repeat, or one whose predecessors come again.
bool measure_apply(struct measure *measure, const char *type, const ProtobufCMessage *fact);
// What a fact of this type is read as: AnyFact where it does not count, which still moves the
// sequence.
const ProtobufCMessageDescriptor *measure_descriptor(const char *type);

void measure_contribution(const struct measure *measure, struct contribution *contribution);
