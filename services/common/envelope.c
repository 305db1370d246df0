// SPDX-License-Identifier: Apache-2.0
// Headers are outsiders' input: bounded, clean UTF-8, each at most once counted.
#include "bus_private.h"

#include "common/clock.h"
#include "common/json.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

bool envelope_trace_fits(const char *traceparent) {
    static const char form[] = "00-################################-################-##";
    if (traceparent == NULL || strlen(traceparent) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof form - 1; i++) {
        char c = traceparent[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (form[i] == '#' ? !hex : c != form[i]) {
            return false;
        }
    }
    return true;
}

static void invalid(struct bus_record *record, const char *name, const char *what) {
    record->envelope_rc = RC_INVALID;
    snprintf(record->envelope_reason, sizeof record->envelope_reason, "header %s %s", name, what);
}

static void read_text(const rd_kafka_headers_t *headers, const char *name, char *text, size_t room,
                      bool required, struct bus_record *record) {
    const void *value = NULL;
    size_t size = 0;
    text[0] = '\0';
    if (headers == NULL ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        value == NULL) {
        if (required && record->envelope_rc == RC_OK) {
            invalid(record, name, "is missing");
        }
        return;
    }
    if (size == 0 || size >= room || !text_is_clean(value, size)) {
        if (record->envelope_rc == RC_OK) {
            invalid(record, name, "is out of bounds or not clean UTF-8");
        }
        return;
    }
    memcpy(text, value, size);
    text[size] = '\0';
}

// A trace is a convenience: a bad one is no reason to refuse a message.
static void read_trace(const rd_kafka_headers_t *headers, char traceparent[ENVELOPE_TRACE_SIZE]) {
    struct bus_record apart = {.envelope_rc = RC_OK};
    read_text(headers, "traceparent", traceparent, ENVELOPE_TRACE_SIZE, false, &apart);
    if (!envelope_trace_fits(traceparent)) {
        traceparent[0] = '\0';
    }
}

void bus_read_envelope(const rd_kafka_message_t *message, struct bus_record *record) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_message_headers(message, &headers);
    bus_read_headers(headers, record);
}

void bus_read_headers(const rd_kafka_headers_t *headers, struct bus_record *record) {
    struct envelope *envelope = &record->envelope;
    char version[8];
    char time[CLOCK_TEXT_SIZE];
    char hash[65];
    memset(envelope, 0, sizeof *envelope);
    record->envelope_rc = RC_OK;
    record->envelope_reason[0] = '\0';
    read_text(headers, "ce_specversion", version, sizeof version, true, record);
    read_text(headers, "ce_id", envelope->id, sizeof envelope->id, true, record);
    read_text(headers, "ce_type", envelope->type, sizeof envelope->type, true, record);
    read_text(headers, "ce_source", envelope->source, sizeof envelope->source, true, record);
    read_text(headers, "ce_subject", envelope->subject, sizeof envelope->subject, false, record);
    read_text(headers, "ce_time", time, sizeof time, false, record);
    read_trace(headers, envelope->traceparent);
    read_text(headers, "redress_hash", hash, sizeof hash, false, record);
    if (record->envelope_rc == RC_OK && strcmp(version, "1.0") != 0) {
        invalid(record, "ce_specversion", "is not 1.0");
    }
    if (time[0] != '\0' && clock_parse(time, &envelope->time_ms, NULL) != RC_OK &&
        record->envelope_rc == RC_OK) {
        invalid(record, "ce_time", "is not an RFC 3339 time");
    }
    if (hash[0] != '\0') {
        sodium_hex2bin(envelope->hash, sizeof envelope->hash, hash, strlen(hash), NULL, NULL, NULL);
    }
}
