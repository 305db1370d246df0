// SPDX-License-Identifier: Apache-2.0
// Facts (facts.h) as the ledger's live changes tell them to who listens: one event each, of cases
// that the listener may know, in JSON that a browser reads.
#include "facts.h"

#include "stream.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"

#include <string.h>

#define SUBJECT "li.wei"
#define TENANT "first-hospital"

__typeof__(access_until) __wrap_access_until;
__typeof__(http_header) __wrap_http_header;
__typeof__(http_stream_begin) __wrap_http_stream_begin;
__typeof__(http_stream_send) __wrap_http_stream_send;
__typeof__(http_stream_end) __wrap_http_stream_end;

static int listener; // only its address is used
static size_t told;

int64_t __wrap_access_until(const struct access *access) {
    (void)access;
    return INT64_MAX;
}

const char *__wrap_http_header(const struct http_request *request, const char *name) {
    (void)request;
    (void)name;
    return NULL;
}

struct http_stream *__wrap_http_stream_begin(struct http_request *request) {
    (void)request;
    return (struct http_stream *)&listener;
}

void __wrap_http_stream_end(struct http_stream *stream) { (void)stream; }

// Of the fact that an event tells of: its id ends with the offset, which is its place.
static const struct bus_record *record_of(const char *event) {
    const char *dash = strchr(event, '-');
    FUZZ_CHECK(dash != NULL);
    size_t place = strtoul(dash + 1, NULL, 10);
    FUZZ_CHECK(place < facts_count());
    return &facts_records()[place];
}

// What a listener calls it: its type without the package; NULL where it has no such name.
static const char *name_of(const struct bus_record *record) {
    const char *dot = strrchr(record->envelope.type, '.');
    return dot == NULL || dot[1] == '\0' ? NULL : dot + 1;
}

// Four lines: id, event, data, and the empty one that ends it.
bool __wrap_http_stream_send(struct http_stream *stream, const char *text, size_t size) {
    static const char data[] = "\nevent: case\ndata: ";
    struct error error;
    json_t *object = NULL;
    FUZZ_CHECK(stream == (struct http_stream *)&listener && strnlen(text, size) == size);
    FUZZ_CHECK(strncmp(text, "id: ", 4) == 0 && strcmp(text + size - 2, "\n\n") == 0);
    const char *at = strstr(text, data);
    FUZZ_CHECK(at != NULL && at == strchr(text, '\n'));
    at += sizeof data - 1;
    FUZZ_CHECK(strchr(at, '\n') == text + size - 2);
    FUZZ_CHECK(json_read_object(at, (size_t)(text + size - 2 - at), &object, &error) == RC_OK);
    const char *case_id = json_string_value(json_object_get(object, "case_id"));
    FUZZ_CHECK(case_id != NULL && ident_is_uuid(case_id));
    const char *type = json_string_value(json_object_get(object, "type"));
    FUZZ_CHECK(type != NULL && strcmp(type, name_of(record_of(text))) == 0);
    FUZZ_CHECK(json_is_integer(json_object_get(object, "sequence")));
    json_decref(object);
    told++;
    return true;
}

static bool may_know(const Redress__V1__FactMeta *meta) {
    for (size_t i = 0; i < meta->n_withheld_from; i++) {
        if (strcmp(meta->withheld_from[i], SUBJECT) == 0) {
            return false;
        }
    }
    return strcmp(meta->tenant, TENANT) == 0 && ident_is_uuid(meta->case_id) &&
           meta->sequence <= INT64_MAX && clock_is_time(meta->decided_at_ms);
}

// Facts of the batch at hand that the listener is to be told of.
static size_t count_known(void) {
    size_t known = 0;
    for (size_t i = 0; i < facts_count(); i++) {
        const struct bus_record *record = &facts_records()[i];
        Redress__V1__AnyFact *any =
            redress__v1__any_fact__unpack(NULL, record->value_size, record->value);
        known += any != NULL && any->meta != NULL && may_know(any->meta) && name_of(record) != NULL;
        redress__v1__any_fact__free_unpacked(any, NULL);
    }
    return known;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct stream *stream;
    static struct access access = {.actor = {.subject = SUBJECT, .tenants = TENANT}};
    const struct bus_settings bus = {.brokers = ""};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(stream_start(&stream, &bus, &error) == RC_OK);
    stream_listen(stream, NULL, &access);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    told = 0;
    FUZZ_CHECK(facts_feed(data, size) == RC_OK);
    FUZZ_CHECK(told == count_known());
    facts_clear();
    return 0;
}
