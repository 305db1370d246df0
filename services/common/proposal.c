// SPDX-License-Identifier: Apache-2.0
// The envelope repeats what the meta says, so that nobody needs the payload to route it.
#include "common/proposal.h"

#include "common/clock.h"
#include "common/proposal_topic.h"

#include <stdio.h>
#include <stdlib.h>

void proposal_meta(Redress__V1__ProposalMeta *meta, const char *case_id, const char *tenant,
                   const char *proposal_id, const char *service) {
    redress__v1__proposal_meta__init(meta);
    meta->proposal_id = (char *)proposal_id;
    meta->case_id = (char *)case_id;
    meta->tenant = (char *)tenant;
    meta->source = (char *)service;
    meta->proposed_at_ms = clock_wall_ms();
}

static void fill_envelope(struct envelope *envelope, const ProtobufCMessage *message,
                          const Redress__V1__ProposalMeta *meta, const char *traceparent) {
    *envelope = (struct envelope){.time_ms = meta->proposed_at_ms};
    snprintf(envelope->id, sizeof envelope->id, "%s", meta->proposal_id);
    snprintf(envelope->type, sizeof envelope->type, "%s", message->descriptor->name);
    snprintf(envelope->source, sizeof envelope->source, "redress/%s", meta->source);
    snprintf(envelope->subject, sizeof envelope->subject, "%s", meta->case_id);
    snprintf(envelope->traceparent, sizeof envelope->traceparent, "%s",
             traceparent == NULL ? "" : traceparent);
}

enum rc proposal_send(struct bus_producer *producer, const ProtobufCMessage *message,
                      const Redress__V1__ProposalMeta *meta, const char *traceparent,
                      bus_delivered delivered, void *opaque, struct error *error) {
    struct envelope envelope;
    size_t size = protobuf_c_message_get_packed_size(message);
    if (size > BUS_VALUE_LIMIT) {
        return error_field(error, "not-processable", "narrative",
                           "the proposal is larger than %d bytes", BUS_VALUE_LIMIT);
    }
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a proposal");
    }
    protobuf_c_message_pack(message, bytes);
    fill_envelope(&envelope, message, meta, traceparent);
    const struct bus_message outgoing = {.topic = proposal_topic(message),
                                         .key = meta->case_id,
                                         .key_size = 36,
                                         .value = bytes,
                                         .value_size = size,
                                         .envelope = &envelope};
    enum rc rc = bus_publish(producer, &outgoing, delivered, opaque, error);
    free(bytes);
    return rc;
}

enum rc proposal_publish(struct bus_producer *producer, const ProtobufCMessage *message,
                         const Redress__V1__ProposalMeta *meta, const char *traceparent,
                         struct bus_wait *wait, struct error *error) {
    bus_wait_add(wait);
    enum rc rc = proposal_send(producer, message, meta, traceparent, bus_wait_report, wait, error);
    if (rc != RC_OK) {
        bus_wait_report(wait, BUS_NOT_PERSISTED, "");
    }
    return rc;
}
