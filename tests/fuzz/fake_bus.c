// SPDX-License-Identifier: Apache-2.0
#include "fake_bus.h"

#include "common/envelope.h"
#include "common/json.h"

#include "redress/v1/facts.pb-c.h"

#include <string.h>

struct fake_bus_message fake_bus_published[FAKE_BUS_MESSAGES];
size_t fake_bus_count;
size_t fake_bus_dead;
struct bus_handlers fake_bus_handlers;

void fake_bus_clear(void) {
    size_t kept = fake_bus_count < FAKE_BUS_MESSAGES ? fake_bus_count : FAKE_BUS_MESSAGES;
    for (size_t i = 0; i < kept; i++) {
        free(fake_bus_published[i].value);
    }
    fake_bus_count = 0;
    fake_bus_dead = 0;
}

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
    check_envelope(message->envelope);
    if (fake_bus_count < FAKE_BUS_MESSAGES) {
        struct fake_bus_message *kept = &fake_bus_published[fake_bus_count];
        snprintf(kept->topic, sizeof kept->topic, "%s", message->topic);
        snprintf(kept->type, sizeof kept->type, "%s", message->envelope->type);
        snprintf(kept->key, sizeof kept->key, "%.*s", (int)message->key_size,
                 (const char *)message->key);
        kept->size = message->value_size;
        kept->value = malloc(message->value_size + 1);
        FUZZ_CHECK(kept->value != NULL);
        memcpy(kept->value, message->value, message->value_size);
    }
    fake_bus_count++;
    delivered(opaque, BUS_DELIVERED, "");
    return RC_OK;
}

enum rc __wrap_bus_consumer_start(struct bus_consumer **consumer,
                                  const struct bus_consumer_settings *settings,
                                  struct error *error) {
    (void)error;
    *consumer = NULL;
    fake_bus_handlers = settings->handlers;
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

enum rc fake_bus_feed(const char *topic, const char *const *types, size_t count,
                      const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct bus_record record = {.topic = topic, .partition = 3, .offset = 7};
    struct error error = {.text = ""};
    char key[37] = "";
    const char *type = types[(size_t)(fuzz_byte(&input) - '0') % count];
    snprintf(record.envelope.type, sizeof record.envelope.type, "%s", type);
    char *value = fuzz_rest(&input, &record.value_size);
    Redress__V1__AnyFact *any =
        redress__v1__any_fact__unpack(NULL, record.value_size, (const uint8_t *)value);
    if (any != NULL && any->meta != NULL) {
        snprintf(key, sizeof key, "%s", any->meta->case_id);
    }
    redress__v1__any_fact__free_unpacked(any, NULL);
    record.key = key;
    record.key_size = strlen(key);
    record.value = value;
    enum rc rc = fake_bus_handlers.handle(fake_bus_handlers.context, &record, 1, &error);
    free(value);
    return rc;
}
