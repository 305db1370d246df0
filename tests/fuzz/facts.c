// SPDX-License-Identifier: Apache-2.0
// The types are those of the ledger's registry, so that a new one is fed as soon as it is there; a
// replay fails until the corpus has an input of it that its reader takes.
#include "facts.h"

#include "../../services/ledger/fact.h"

#include "common/json.h"

#include <string.h>

#define UNKNOWN_TYPE "redress.v1.WrittenTomorrow"

static struct bus_record records[FACTS_MOST];
static char keys[FACTS_MOST][40];
static uint64_t sequences[FACTS_MOST];
static size_t record_count;
static bool reached[FACT_KIND_COUNT]; // whole, alone and taken, at least once

// As a reader of headers gives it: none that is empty, too long or no clean text gets so far.
static void take_type(struct fuzz_input *value, char type[ENVELOPE_TYPE_SIZE]) {
    size_t size = fuzz_byte(value);
    size = size < value->left ? size : value->left;
    if (size == 0 || size >= ENVELOPE_TYPE_SIZE || !text_is_clean((const char *)value->at, size)) {
        memcpy(type, UNKNOWN_TYPE, sizeof UNKNOWN_TYPE);
        return;
    }
    memcpy(type, value->at, size);
    type[size] = '\0';
    value->at += size;
    value->left -= size;
}

static void take_record(struct fuzz_input *input) {
    size_t place = record_count++;
    struct bus_record *record = &records[place];
    size_t kind = (uint8_t)(fuzz_byte(input) - '0') % FACTS_KINDS;
    *record = (struct bus_record){.topic = BUS_TOPIC_FACTS, .partition = 3, .key = keys[place]};
    record->offset = (int64_t)place;
    struct fuzz_input rest;
    rest.at = fuzz_block(input, &rest.left);
    if (kind == FACTS_KINDS - 1) {
        take_type(&rest, record->envelope.type);
    } else {
        snprintf(record->envelope.type, sizeof record->envelope.type, "%s",
                 kind == FACT_KIND_COUNT ? UNKNOWN_TYPE : fact_type((enum fact_kind)kind));
    }
    record->value_size = rest.left;
    uint8_t *value = malloc(rest.left == 0 ? 1 : rest.left);
    FUZZ_CHECK(value != NULL);
    memcpy(value, rest.at, rest.left);
    record->value = value;
    Redress__V1__AnyFact *any = redress__v1__any_fact__unpack(NULL, record->value_size, value);
    bool known = any != NULL && any->meta != NULL;
    snprintf(keys[place], sizeof keys[place], "%s", known ? any->meta->case_id : "");
    sequences[place] = known ? any->meta->sequence : 0;
    record->key_size = strlen(keys[place]);
    redress__v1__any_fact__free_unpacked(any, NULL);
}

// A fact whose every byte has a meaning.
static bool is_whole(enum fact_kind kind, const struct bus_record *record) {
    ProtobufCMessage *message = NULL;
    struct fact fact;
    struct error error;
    bool whole =
        fact_unpack(kind, record->value, record->value_size, &fact, &message, &error) == RC_OK &&
        message->n_unknown_fields == 0 && message->descriptor->n_fields > 0;
    fact_release(message);
    return whole;
}

static void note_reached(enum rc rc) {
    enum fact_kind kind =
        record_count == 1 ? fact_kind_of(records[0].envelope.type) : FACT_KIND_COUNT;
    if (rc == RC_OK && fake_bus_dead == 0 && kind < FACT_KIND_COUNT) {
        reached[kind] = reached[kind] || is_whole(kind, &records[0]);
    }
}

enum rc facts_feed(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct error error = {.text = ""};
    record_count = 0;
    while (record_count == 0 || (input.left > 0 && record_count < FACTS_MOST)) {
        take_record(&input);
    }
    enum rc rc = fake_bus_handlers.handle(fake_bus_handlers.context, records, record_count, &error);
    note_reached(rc);
    return rc;
}

void facts_clear(void) {
    for (size_t i = 0; i < record_count; i++) {
        free((void *)records[i].value);
    }
    record_count = 0;
    fuzz_bus_clear();
}

size_t facts_count(void) { return record_count; }

uint64_t facts_first_sequence(const char *case_id) {
    for (size_t i = 0; i < record_count; i++) {
        if (strcmp(keys[i], case_id) == 0) {
            return sequences[i];
        }
    }
    return 0;
}

const struct bus_record *facts_records(void) { return records; }

void fuzz_replayed(void) {
    size_t missing = 0;
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++) {
        if (!reached[kind]) {
            fprintf(stderr, "no input is a %s that its reader takes\n", fact_type(kind));
            missing++;
        }
    }
    FUZZ_CHECK(missing == 0);
    printf("all %d types of facts reached\n", FACT_KIND_COUNT);
}
