// SPDX-License-Identifier: Apache-2.0
// What notification reads beside the facts. '0' a CalendarMissing of redress.notices, '1' another
// type there: then the value. Of redress.contacts 'c' a sealed contact, 'e' a tombstone: then the
// key up to a line feed, and the contact.
#include "fake_store.h"
#include "fuzz_bus.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"

#include "redress/v1/notices.pb-c.h"

#include <string.h>

#define CALENDAR_MOST 64

static bool planned_for; // a notice of the corpus became deliveries
static bool refused;     // another one a dead letter
static bool kept;        // and a contact was kept

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    fake_store_start();
    return 0;
}

// What the contract calls a notice, read here by itself.
static bool is_notice(const uint8_t *value, size_t size) {
    Redress__V1__CalendarMissing *message =
        redress__v1__calendar_missing__unpack(NULL, size, value);
    size_t length = message == NULL ? 0 : strlen(message->calendar);
    bool fits = length >= 1 && length <= CALENDAR_MOST &&
                text_is_clean(message->calendar, length) && clock_is_time(message->noticed_at_ms);
    redress__v1__calendar_missing__free_unpacked(message, NULL);
    return fits;
}

// Told to somebody, or kept as a dead letter: never neither, never both.
static void feed_notice(const uint8_t *data, size_t size) {
    static const char *const types[] = {"redress.v1.CalendarMissing", "redress.v1.CaseRegistered"};
    bool fits = data[0] == '0' && is_notice(data + 1, size - 1);
    FUZZ_CHECK(fuzz_bus_feed(BUS_TOPIC_NOTICES, types, 2, data, size) == RC_OK);
    FUZZ_CHECK(fake_bus_dead == (fits ? 0 : 1));
    FUZZ_CHECK((fake_store_planned() > 0) == fits); // the example region has administrators
    planned_for = planned_for || fits;
    refused = refused || !fits;
}

static void feed_contact(struct fuzz_input *input, bool tombstone) {
    struct bus_record record = {.topic = BUS_TOPIC_CONTACTS, .partition = 3, .offset = 7};
    struct error error;
    char *key = fuzz_line(input);
    char *value = fuzz_rest(input, &record.value_size);
    record.key = key;
    record.key_size = strlen(key);
    record.value = tombstone ? NULL : value;
    record.value_size = tombstone ? 0 : record.value_size;
    bool fits = record.key_size == 36 && ident_is_uuid(key) && record.value_size <= 2000;
    FUZZ_CHECK(fake_bus_handlers.handle(fake_bus_handlers.context, &record, 1, &error) == RC_OK);
    FUZZ_CHECK(fake_bus_dead == (fits ? 0 : 1) && fake_store_planned() == 0);
    kept = kept || fits;
    free(value);
    free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    uint8_t first = fuzz_byte(&input);
    if (first == 'c' || first == 'e') {
        feed_contact(&input, first == 'e');
    } else if (first == '0' || first == '1') {
        feed_notice(data, size);
    }
    fuzz_bus_clear();
    return 0;
}

void fuzz_replayed(void) { FUZZ_CHECK(planned_for && refused && kept); }
