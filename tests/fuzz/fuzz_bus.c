// SPDX-License-Identifier: Apache-2.0
#include "fuzz_bus.h"

#include "redress/v1/facts.pb-c.h"

#include <string.h>

struct fuzz_bus_message fuzz_bus_published[FUZZ_BUS_MESSAGES];

void fuzz_bus_clear(void) {
    size_t kept = fake_bus_count < FUZZ_BUS_MESSAGES ? fake_bus_count : FUZZ_BUS_MESSAGES;
    for (size_t i = 0; i < kept; i++) {
        free(fuzz_bus_published[i].value);
    }
    fake_bus_count = fake_bus_bytes = fake_bus_dead = 0;
}

void fake_bus_keep(const struct bus_message *message) {
    if (fake_bus_count == FUZZ_BUS_MESSAGES) {
        return;
    }
    struct fuzz_bus_message *kept = &fuzz_bus_published[fake_bus_count];
    snprintf(kept->topic, sizeof kept->topic, "%s", message->topic);
    snprintf(kept->type, sizeof kept->type, "%s", message->envelope->type);
    snprintf(kept->key, sizeof kept->key, "%.*s", (int)message->key_size,
             (const char *)message->key);
    kept->size = message->value_size;
    kept->value = malloc(message->value_size + 1);
    FUZZ_CHECK(kept->value != NULL);
    memcpy(kept->value, message->value, message->value_size);
}

enum rc fuzz_bus_feed(const char *topic, const char *const *types, size_t count,
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
