// SPDX-License-Identifier: Apache-2.0
#include "fake_bus.h"

#include "common/json.h"

#include "fuzz/fuzz.h"

#include <string.h>

#pragma weak fake_bus_keep

struct bus_handlers fake_bus_handlers;
const char *fake_bus_topic;
size_t fake_bus_count;
size_t fake_bus_bytes;
size_t fake_bus_dead;

__typeof__(bus_producer_new) __wrap_bus_producer_new;
__typeof__(bus_producer_free) __wrap_bus_producer_free;
__typeof__(bus_publish) __wrap_bus_publish;
__typeof__(bus_consumer_start) __wrap_bus_consumer_start;
__typeof__(bus_consumer_free) __wrap_bus_consumer_free;
__typeof__(bus_dead_letter) __wrap_bus_dead_letter;

enum rc __wrap_bus_producer_new(struct bus_producer **producer, const struct bus_settings *settings,
                                struct error *error) {
    (void)settings;
    (void)error;
    *producer = NULL;
    return RC_OK;
}

void __wrap_bus_producer_free(struct bus_producer *producer) { (void)producer; }

// What any reader of the topic will ask of its headers.
static void check_envelope(const struct envelope *envelope) {
    FUZZ_CHECK(envelope->id[0] != '\0' && text_is_clean(envelope->id, strlen(envelope->id)));
    FUZZ_CHECK(envelope->type[0] != '\0' && text_is_clean(envelope->type, strlen(envelope->type)));
    FUZZ_CHECK(strlen(envelope->subject) == 36);
    FUZZ_CHECK(envelope->traceparent[0] == '\0' || envelope_trace_fits(envelope->traceparent));
}

enum rc __wrap_bus_publish(struct bus_producer *producer, const struct bus_message *message,
                           bus_delivered delivered, void *opaque, struct error *error) {
    (void)producer;
    (void)error;
    FUZZ_CHECK(message->value_size <= BUS_VALUE_LIMIT);
    if (message->envelope != NULL) {
        check_envelope(message->envelope);
    }
    if (fake_bus_keep != NULL) {
        fake_bus_keep(message);
    }
    fake_bus_count++;
    fake_bus_bytes += message->value_size;
    delivered(opaque, BUS_DELIVERED, "");
    return RC_OK;
}

enum rc __wrap_bus_consumer_start(struct bus_consumer **consumer,
                                  const struct bus_consumer_settings *settings,
                                  struct error *error) {
    (void)error;
    *consumer = NULL;
    fake_bus_handlers = settings->handlers;
    fake_bus_topic = settings->topics[0];
    return RC_OK;
}

void __wrap_bus_consumer_free(struct bus_consumer *consumer) { (void)consumer; }

enum rc __wrap_bus_dead_letter(struct bus_producer *producer, const struct bus_record *record,
                               const char *service, const struct error *reason,
                               struct error *error) {
    (void)producer;
    (void)record;
    (void)error;
    FUZZ_CHECK(service[0] != '\0' && reason->rc == RC_INVALID && reason->text[0] != '\0');
    fake_bus_dead++;
    return RC_OK;
}
