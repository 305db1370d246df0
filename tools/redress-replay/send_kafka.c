// SPDX-License-Identifier: Apache-2.0
// As an integrator does it: one message a row on redress.inbound. What intake makes of it is not
// known here; accepted means that Kafka has it.
#include "replay.h"

#include "common/bus.h"
#include "common/clock.h"

#include "redress/v1/inbound.pb-c.h"

#include <stdlib.h>
#include <string.h>

static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    (void)reason;
    int64_t *count = opaque;
    __atomic_add_fetch(&count[outcome == BUS_DELIVERED ? 0 : 1], 1, __ATOMIC_RELAXED);
}

static enum rc publish(struct replay *replay, struct bus_producer *producer, const struct row *row,
                       int64_t counts[2], struct error *error) {
    Redress__V1__ExternalComplaint complaint = REDRESS__V1__EXTERNAL_COMPLAINT__INIT;
    struct envelope envelope = {.time_ms = clock_wall_ms()};
    complaint.record_id = row->key;
    complaint.institution = (char *)replay->institution;
    complaint.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    complaint.narrative = row->text;
    complaint.received_at_ms = row->received_at_ms;
    complaint.anonymous = 1;
    snprintf(envelope.id, sizeof envelope.id, "%s", row->key);
    snprintf(envelope.type, sizeof envelope.type, "redress.v1.ExternalComplaint");
    snprintf(envelope.source, sizeof envelope.source, "redress-replay");
    size_t size = redress__v1__external_complaint__get_packed_size(&complaint);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a message");
    }
    redress__v1__external_complaint__pack(&complaint, bytes);
    const struct bus_message message = {.topic = BUS_TOPIC_INBOUND,
                                        .key = row->key,
                                        .key_size = strlen(row->key),
                                        .value = bytes,
                                        .value_size = size,
                                        .envelope = &envelope};
    enum rc rc = RC_UNAVAILABLE;
    for (int i = 0; i < 200 && rc == RC_UNAVAILABLE; i++) { // a full queue empties by itself
        rc = bus_publish(producer, &message, on_report, counts, error);
        if (rc == RC_UNAVAILABLE) {
            clock_sleep_ms(50);
        }
    }
    free(bytes);
    (void)replay;
    return rc;
}

enum rc send_kafka(struct replay *replay, FILE *file, struct error *error) {
    const struct bus_settings settings = {replay->brokers, "redress-replay", NULL, 5, false};
    struct bus_producer *producer = NULL;
    int64_t counts[2] = {0, 0};
    struct row row;
    enum rc rc = bus_producer_new(&producer, &settings, error);
    while (rc == RC_OK && source_next(replay, file, &row)) {
        replay_pace(replay);
        rc = publish(replay, producer, &row, counts, error);
        row_free(&row);
    }
    bus_producer_free(producer); // waits for the reports
    replay->accepted = counts[0];
    replay->failed = counts[1];
    return rc;
}
