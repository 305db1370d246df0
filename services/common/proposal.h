// SPDX-License-Identifier: Apache-2.0
// How every service but the ledger speaks: one protobuf message on redress.proposals, or on
// redress.proposals.urgent (proposal_topic.h).
#pragma once

#include "common/bus.h"

#include "redress/v1/proposals.pb-c.h"

// Fills the meta of a proposal; everything is borrowed until it is published.
void proposal_meta(Redress__V1__ProposalMeta *meta, const char *case_id, const char *tenant,
                   const char *proposal_id, const char *service);

// Packs and hands over a proposal whose message carries this meta; delivered tells the outcome.
// RC_INVALID where it is too large for Kafka; RC_UNAVAILABLE as bus_publish. traceparent may be
// NULL.
MUST_CHECK enum rc proposal_send(struct bus_producer *producer, const ProtobufCMessage *message,
                                 const Redress__V1__ProposalMeta *meta, const char *traceparent,
                                 bus_delivered delivered, void *opaque, struct error *error);
// The same; wait tells the outcome.
MUST_CHECK enum rc proposal_publish(struct bus_producer *producer, const ProtobufCMessage *message,
                                    const Redress__V1__ProposalMeta *meta, const char *traceparent,
                                    struct bus_wait *wait, struct error *error);
