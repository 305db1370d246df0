// SPDX-License-Identifier: Apache-2.0
// A JSON Lines file of redress-replay: each line that says something is a row or is refused, and a
// row can be sent over HTTP and Kafka alike.
#include "fuzz.h"

#include "../../tools/redress-replay/replay.h"

#include "common/clock.h"
#include "common/json.h"

#include <string.h>

#define KEY_MOST 128 // bytes, as intake takes them

static bool accepted, refused;

// A header's value and a record's key: one line.
static void check_row(const struct row *row) {
    size_t size = strlen(row->key);
    FUZZ_CHECK(size >= 1 && size <= KEY_MOST && text_is_clean(row->key, size));
    for (size_t i = 0; i < size; i++) {
        FUZZ_CHECK((unsigned char)row->key[i] >= ' ' && row->key[i] != 127);
    }
    FUZZ_CHECK(text_is_clean(row->text, strlen(row->text)));
    FUZZ_CHECK(row->received_at_ms >= 0 && row->received_at_ms <= clock_wall_ms());
}

// Its key is what the line says: a text, or a whole number.
static void check_key(const char *line, size_t size, const struct row *row) {
    json_t *json = NULL;
    char number[24];
    FUZZ_CHECK(json_read_object(line, size, &json, NULL) == RC_OK);
    const json_t *id = json_object_get(json, "id");
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(id));
    FUZZ_CHECK(json_is_string(id) || json_is_integer(id));
    FUZZ_CHECK(strcmp(row->key, json_is_string(id) ? json_string_value(id) : number) == 0);
    json_decref(json);
}

// The next line that has a byte; false at the end.
static bool next_line(struct fuzz_input *lines, const char **line, size_t *size) {
    while (lines->left > 0) {
        const uint8_t *end = memchr(lines->at, '\n', lines->left);
        *line = (const char *)lines->at;
        *size = end == NULL ? lines->left : (size_t)(end - lines->at);
        size_t used = *size + (end != NULL);
        lines->at += used;
        lines->left -= used;
        if (*size > 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct replay replay = {.rate = 0};
    struct fuzz_input lines = {data, size};
    struct row row;
    const char *line = NULL;
    size_t line_size = 0;
    size_t passed = 0; // lines
    size_t rows = 0;
    FILE *file = fopen(fuzz_file(data, size), "rb");
    FUZZ_CHECK(file != NULL);
    while (source_next(&replay, file, &row)) {
        for (rows++; passed < rows + (size_t)replay.refused; passed++) {
            FUZZ_CHECK(next_line(&lines, &line, &line_size));
        }
        check_row(&row);
        check_key(line, line_size, &row);
        row_free(&row);
    }
    fclose(file);
    FUZZ_CHECK(replay.sent == replay.refused);
    for (; next_line(&lines, &line, &line_size); passed++) {
    }
    FUZZ_CHECK(rows + (size_t)replay.refused == passed);
    accepted |= rows > 0;
    refused |= replay.refused > 0;
    return 0;
}

void fuzz_replayed(void) { FUZZ_CHECK(accepted && refused); }
