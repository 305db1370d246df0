// SPDX-License-Identifier: Apache-2.0
// Rows as they are found: {"id": …, "text": …, "ts": …?}.
#include "replay.h"

#include "common/clock.h"
#include "common/json.h"

#include <stdlib.h>
#include <string.h>

#define ZONE "+08:00" // of times without one
#define KEY_MOST 128  // bytes, as intake takes them

// RFC 3339, or "2019-05-06 13:45[:30]" in the region's zone; what can't be read counts as none.
static int64_t read_time(const char *text) {
    char full[CLOCK_TEXT_SIZE];
    int64_t ms = 0;
    static const char *const endings[] = {"", ZONE, ":00" ZONE, "T00:00:00" ZONE};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(full, sizeof full, "%.25s%s", text, endings[i]);
        if (clock_parse(full, &ms, NULL) == RC_OK && ms > 0 && ms < clock_wall_ms()) {
            return ms;
        }
    }
    return 0;
}

// It becomes a header's value: one line. A key that is cut could be another row's.
static bool is_key(const char *key) {
    size_t size = strlen(key);
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)key[i] < ' ' || key[i] == 127) {
            return false;
        }
    }
    return size >= 1 && size <= KEY_MOST;
}

static bool read_row(const char *line, size_t size, struct row *row) {
    json_t *json = NULL;
    if (json_read_object(line, size, &json, NULL) != RC_OK) {
        return false;
    }
    const json_t *id = json_object_get(json, "id");
    const char *text = json_string_value(json_object_get(json, "text"));
    const char *time = json_string_value(json_object_get(json, "ts"));
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(id));
    const char *key = json_is_string(id) ? json_string_value(id) : number;
    bool good = (json_is_string(id) || json_is_integer(id)) && is_key(key) && text != NULL;
    char *key_copy = good ? strdup(key) : NULL;
    char *text_copy = good ? strdup(text) : NULL;
    int64_t received_at_ms = time == NULL ? 0 : read_time(time);
    json_decref(json);
    if (key_copy == NULL || text_copy == NULL) {
        free(key_copy);
        free(text_copy);
        return false;
    }
    *row = (struct row){key_copy, text_copy, received_at_ms};
    return true;
}

void row_free(struct row *row) {
    free(row->key);
    free(row->text);
    row->key = NULL;
    row->text = NULL;
}

bool source_next(struct replay *replay, FILE *file, struct row *row) {
    char *line = NULL;
    size_t room = 0;
    for (ssize_t size; (size = getline(&line, &room, file)) > 0;) {
        if (line[0] == '\n' || size == 0) {
            continue;
        }
        if (read_row(line, (size_t)size, row)) {
            free(line);
            return true;
        }
        replay->sent++;
        replay->refused++;
    }
    free(line);
    return false;
}

void replay_pace(struct replay *replay) {
    if (replay->rate > 0) {
        int64_t turn = replay->started_ms + replay->sent * 1000 / replay->rate;
        int64_t wait = turn - clock_monotonic_ms();
        if (wait > 0) {
            clock_sleep_ms(wait);
        }
    }
    replay->sent++;
    if (replay->progress && replay->sent % 50 == 0) {
        int done = replay->total == 0 ? 0 : (int)(replay->sent * 40 / replay->total);
        fprintf(stderr, "\r[%.*s%*s] %lld/%lld", done > 40 ? 40 : done,
                "########################################", done > 40 ? 0 : 40 - done, "",
                (long long)replay->sent, (long long)replay->total);
    }
}
