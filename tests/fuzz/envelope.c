// SPDX-License-Identifier: Apache-2.0
// CloudEvents headers of a message: the first byte picks a header's name, the next two its size.
#include "fuzz.h"

#include "common/bus_private.h"
#include "common/json.h"

#include <string.h>

static void add(rd_kafka_headers_t *headers, struct fuzz_input *input) {
    static const char *const names[] = {"ce_specversion", "ce_id",        "ce_type",
                                        "ce_source",      "ce_subject",   "ce_time",
                                        "traceparent",    "redress_hash", "content-type"};
    const char *name = names[fuzz_byte(input) % (sizeof names / sizeof names[0])];
    size_t size = 0;
    const uint8_t *value = fuzz_block(input, &size);
    rd_kafka_header_add(headers, name, -1, value, (ssize_t)size);
}

static bool is_clean(const char *text, size_t room) {
    return strnlen(text, room) < room && text_is_clean(text, strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct bus_record record;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    memset(&record, 0xa5, sizeof record);
    while (input.left > 0) {
        add(headers, &input);
    }
    bus_read_headers(headers, &record);
    const struct envelope *envelope = &record.envelope;
    FUZZ_CHECK(record.envelope_rc == RC_OK || record.envelope_rc == RC_INVALID);
    FUZZ_CHECK((record.envelope_rc == RC_OK) == (record.envelope_reason[0] == '\0'));
    FUZZ_CHECK(is_clean(envelope->id, sizeof envelope->id));
    FUZZ_CHECK(is_clean(envelope->type, sizeof envelope->type));
    FUZZ_CHECK(is_clean(envelope->source, sizeof envelope->source));
    FUZZ_CHECK(is_clean(envelope->subject, sizeof envelope->subject));
    FUZZ_CHECK(envelope->traceparent[0] == 0 || envelope_trace_fits(envelope->traceparent));
    FUZZ_CHECK(record.envelope_rc != RC_OK || (envelope->id[0] != '\0' && envelope->type[0] != 0));
    rd_kafka_headers_destroy(headers);
    return 0;
}
