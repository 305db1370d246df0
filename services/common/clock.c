// SPDX-License-Identifier: Apache-2.0
// Time at the edges, and its RFC 3339 text.
#include "common/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void) { return now_ms(CLOCK_REALTIME); }

bool clock_is_time(int64_t ms) { return ms > 0 && ms <= CLOCK_MOST_MS; }

int64_t clock_monotonic_ms(void) { return now_ms(CLOCK_MONOTONIC); }

enum rc clock_set_zone(const char *zone, struct error *error) {
    char path[256];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    if (strstr(zone, "..") != NULL || access(path, R_OK) != 0) {
        return error_field(error, "unknown-zone", "zone", "no time zone named \"%s\"", zone);
    }
    if (setenv("TZ", zone, 1) != 0) {
        return error_set(error, RC_INTERNAL, "out of memory for the time zone");
    }
    tzset();
    return RC_OK;
}

void clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE]) {
    int64_t seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    time_t time = (time_t)seconds;
    struct tm local;
    localtime_r(&time, &local);
    size_t used = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &local);
    long offset = local.tm_gmtoff / 60;
    snprintf(text + used, CLOCK_TEXT_SIZE - used, ".%03d%c%02ld:%02ld", (int)(ms - seconds * 1000),
             offset < 0 ? '-' : '+', labs(offset) / 60, labs(offset) % 60);
}

// Reads so many digits; -1 where there are none.
static int digits(const char **at, int count) {
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at)) {
            return -1;
        }
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool accept(const char **at, const char *any_of) {
    if (**at == '\0' || strchr(any_of, **at) == NULL) {
        return false;
    }
    (*at)++;
    return true;
}

static bool read_fraction(const char **at, int64_t *ms) {
    *ms = 0;
    if (!accept(at, ".")) {
        return true;
    }
    int64_t unit = 100;
    const char *first = *at;
    for (; isdigit((unsigned char)**at) && *at - first < 9; (*at)++, unit /= 10) {
        *ms += unit * (**at - '0');
    }
    return *at != first && !isdigit((unsigned char)**at);
}

static bool read_zone(const char **at, int64_t *offset_s) {
    *offset_s = 0;
    if (accept(at, "Zz")) {
        return true;
    }
    int sign = **at == '-' ? -1 : 1;
    if (!accept(at, "+-")) {
        return false;
    }
    int hours = digits(at, 2);
    if (hours < 0 || hours > 23 || !accept(at, ":")) {
        return false;
    }
    int minutes = digits(at, 2);
    *offset_s = (int64_t)sign * (hours * 3600 + minutes * 60);
    return minutes >= 0 && minutes <= 59;
}

static bool read_moment(const char **at, struct tm *moment) {
    int year = digits(at, 4);
    bool good = year >= 0 && accept(at, "-");
    int month = good ? digits(at, 2) : -1;
    good = month >= 1 && month <= 12 && accept(at, "-");
    int day = good ? digits(at, 2) : -1;
    good = day >= 1 && day <= 31 && accept(at, "Tt ");
    int hour = good ? digits(at, 2) : -1;
    good = hour >= 0 && hour <= 23 && accept(at, ":");
    int minute = good ? digits(at, 2) : -1;
    good = minute >= 0 && minute <= 59 && accept(at, ":");
    int second = good ? digits(at, 2) : -1;
    *moment = (struct tm){.tm_year = year - 1900,
                          .tm_mon = month - 1,
                          .tm_mday = day,
                          .tm_hour = hour,
                          .tm_min = minute,
                          .tm_sec = second};
    return second >= 0 && second <= 60;
}

enum rc clock_parse(const char *text, int64_t *ms, struct error *error) {
    const char *at = text;
    struct tm moment;
    int64_t fraction = 0;
    int64_t offset_s = 0;
    if (!read_moment(&at, &moment) || !read_fraction(&at, &fraction) ||
        !read_zone(&at, &offset_s) || *at != '\0') {
        return error_set(error, RC_INVALID,
                         "not an RFC 3339 time with zone, such as 2026-02-13T16:30:00+08:00");
    }
    int day = moment.tm_mday;
    time_t seconds = timegm(&moment);
    if (moment.tm_mday != day && moment.tm_sec != 60) {
        return error_set(error, RC_INVALID, "no such day in that month");
    }
    *ms = ((int64_t)seconds - offset_s) * 1000 + fraction;
    return RC_OK;
}

void clock_sleep_ms(int64_t ms) {
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    nanosleep(&span, NULL);
}
