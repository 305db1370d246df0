// SPDX-License-Identifier: Apache-2.0
// Log lines are built in a fixed buffer and written with one write(2), so that lines of several
// threads never mix.
#include "common/log.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 4096
#define LINES_A_SECOND 100

static const char *service_name = "redress";
static enum log_level least_level = LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct line {
    char text[LINE_SIZE];
    size_t size;
};

void log_init(const char *service, enum log_level least) {
    service_name = service;
    least_level = least;
}

static void line_add(struct line *line, const char *text, size_t size) {
    size_t room = LINE_SIZE - 4 - line->size; // the closing brace and line end always fit
    size_t taken = size < room ? size : room;
    memcpy(line->text + line->size, text, taken);
    line->size += taken;
}

static void line_add_escaped(struct line *line, const char *text) {
    line_add(line, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        char escape[8];
        if (line->size + 16 > LINE_SIZE) {
            break;
        }
        if (*at == '"' || *at == '\\') {
            line_add(line, (char[]){'\\', (char)*at}, 2);
        } else if (*at < 0x20) {
            line_add(line, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *at));
        } else {
            line_add(line, (const char *)at, 1);
        }
    }
    line_add(line, "\"", 1);
}

static void line_add_number(struct line *line, const char *key, int64_t number) {
    char text[64];
    line_add(line, text, (size_t)snprintf(text, sizeof text, ",\"%s\":%" PRId64, key, number));
}

static void line_add_text(struct line *line, const char *key, const char *value) {
    char text[64];
    line_add(line, text, (size_t)snprintf(text, sizeof text, ",\"%s\":", key));
    line_add_escaped(line, value);
}

// Counts this line; false when the site has used up its second. *dropped tells what was left out.
static bool site_allows(struct log_site *site, int64_t now_s, int64_t *dropped) {
    int64_t window = atomic_load(&site->window_s);
    if (window != now_s && atomic_compare_exchange_strong(&site->window_s, &window, now_s)) {
        atomic_store(&site->in_window, 0);
    }
    if (atomic_fetch_add(&site->in_window, 1) >= LINES_A_SECOND) {
        atomic_fetch_add(&site->dropped, 1);
        return false;
    }
    *dropped = atomic_exchange(&site->dropped, 0);
    return true;
}

void log_write(struct log_site *site, enum log_level level, const char *message,
               const struct log_field *fields) {
    int64_t now = clock_wall_ms();
    int64_t dropped = 0;
    if (level < least_level || !site_allows(site, now / 1000, &dropped)) {
        return;
    }
    struct line line = {.size = 0};
    char time[CLOCK_TEXT_SIZE];
    clock_format(now, time);
    line_add(&line, "{\"time\":", 8);
    line_add_escaped(&line, time);
    line_add_text(&line, "level", level_names[level]);
    line_add_text(&line, "service", service_name);
    line_add_text(&line, "message", message);
    for (const struct log_field *field = fields; field->key != NULL; field++) {
        if (field->text != NULL) {
            line_add_text(&line, field->key, field->text);
        } else {
            line_add_number(&line, field->key, field->number);
        }
    }
    if (dropped > 0) {
        line_add_number(&line, "dropped_before", dropped);
    }
    line.text[line.size++] = '}';
    line.text[line.size++] = '\n';
    // A log line that can't be written can't be reported either.
    ssize_t written = write(STDERR_FILENO, line.text, line.size);
    (void)written;
}
