// SPDX-License-Identifier: Apache-2.0
// CloudEvents 1.0, Kafka protocol binding, binary mode: the headers of every message.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

#define ENVELOPE_ID_SIZE 129
#define ENVELOPE_TYPE_SIZE 65
#define ENVELOPE_TRACE_SIZE 56

// Texts end with NUL. Filled by the sender, or read and bounded by envelope_read in bus.c.
struct envelope {
    char id[ENVELOPE_ID_SIZE];     // ce_id: proposal id, or "case id/sequence" for a fact
    char type[ENVELOPE_TYPE_SIZE]; // ce_type: full message name, "redress.v1.CaseRegistered"
    char source[65];               // ce_source: "redress/intake"
    char subject[65];              // ce_subject: case id
    int64_t time_ms;               // ce_time
    char traceparent[ENVELOPE_TRACE_SIZE]; // W3C; may be empty
    unsigned char hash[32];                // redress_hash of a fact; all zero elsewhere
};

// W3C trace context, version 00: what else a sender calls a trace is passed over, as that standard
// asks, and never travels on. NULL is none.
bool envelope_trace_fits(const char *traceparent);
