// SPDX-License-Identifier: Apache-2.0
// What can't be processed is kept whole where a person can see and replay it.
#include "bus_private.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_text(rd_kafka_headers_t *headers, const char *name, const char *value) {
    rd_kafka_header_add(headers, name, -1, value, -1);
}

static void add_number(rd_kafka_headers_t *headers, const char *name, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    add_text(headers, name, text);
}

static rd_kafka_headers_t *copy_headers(const struct bus_record *record) {
    rd_kafka_headers_t *original = NULL;
    if (record->message != NULL &&
        rd_kafka_message_headers(record->message, &original) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rd_kafka_headers_copy(original);
    }
    return rd_kafka_headers_new(8);
}

enum rc bus_dead_letter(struct bus_producer *producer, const struct bus_record *record,
                        const char *service, const struct error *reason, struct error *error) {
    char time[CLOCK_TEXT_SIZE];
    struct bus_wait wait;
    rd_kafka_headers_t *headers = copy_headers(record);
    clock_format(clock_wall_ms(), time);
    add_text(headers, "redress_reason_code", reason->code[0] == '\0' ? "invalid" : reason->code);
    add_text(headers, "redress_reason_field", reason->field);
    add_text(headers, "redress_reason_text", reason->text);
    add_text(headers, "redress_service", service);
    add_text(headers, "redress_origin_topic", record->topic);
    add_number(headers, "redress_origin_partition", record->partition);
    add_number(headers, "redress_origin_offset", record->offset);
    add_text(headers, "redress_dead_at", time);
    const struct bus_message message = {.topic = BUS_TOPIC_DEAD_LETTERS,
                                        .key = record->key,
                                        .key_size = record->key_size,
                                        .value = record->value,
                                        .value_size = record->value_size};
    bus_wait_init(&wait);
    bus_wait_add(&wait);
    enum rc rc = bus_produce(producer, &message, headers, bus_wait_report, &wait, error);
    if (rc != RC_OK) {
        bus_wait_report(&wait, BUS_NOT_PERSISTED, "");
    }
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}
