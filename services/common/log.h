// SPDX-License-Identifier: Apache-2.0
// One JSON line a message on standard error: a constant message with key=value fields. Never a
// payload, a secret or a personal datum. Safe from any thread; limited per call site.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    const char *text; // NULL: the number counts
    int64_t number;
};

// At most 100 lines a second a call site; what was dropped is told with the next line.
struct log_site {
    const char *file;
    int line;
    _Atomic int64_t window_s;
    _Atomic int32_t in_window;
    _Atomic int64_t dropped;
};

#define LOG_STR(k, v)                                                                              \
    { .key = (k), .text = (v) }
#define LOG_INT(k, v)                                                                              \
    { .key = (k), .number = (int64_t)(v) }
#define LOG_AT(level, message, ...)                                                                \
    do {                                                                                           \
        static struct log_site log_site_ = {.file = __FILE__, .line = __LINE__};                   \
        log_write(&log_site_, level, message,                                                      \
                  (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}});            \
    } while (0)
// log_info("case registered", LOG_STR("case", id), LOG_INT("offset", offset));
#define log_debug(...) LOG_AT(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_WARN, __VA_ARGS__)
#define log_error(...) LOG_AT(LOG_ERROR, __VA_ARGS__)

// Call once before other threads start. The name is borrowed.
void log_init(const char *service, enum log_level least);

// Fields end with a NULL key. Use the macros.
void log_write(struct log_site *site, enum log_level level, const char *message,
               const struct log_field *fields);
