// SPDX-License-Identifier: Apache-2.0
// A day has the same minutes everywhere here: a region has one offset.
#include "common/hours.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS 60000LL
#define DAY_MINUTES 1440

static bool is_time(const char *text) {
    static const char shape[] = "00:00";
    for (int i = 0; i < 5; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

static uint32_t minutes(const char *text) {
    unsigned hour = 0;
    unsigned minute = 0;
    sscanf(text, "%2u:%2u", &hour, &minute);
    return minute < 60 ? hour * 60 + minute : DAY_MINUTES;
}

bool hours_read(const char *text, struct hours *hours) {
    if (strlen(text) != HOURS_SIZE - 1 || !is_time(text) || text[5] != '-' || !is_time(text + 6)) {
        return false;
    }
    hours->from = minutes(text);
    hours->until = minutes(text + 6);
    return hours->from < DAY_MINUTES && hours->until < DAY_MINUTES && hours->from != hours->until;
}

int64_t hours_next(struct hours hours, int32_t zone_offset_s, int64_t at_ms) {
    int64_t local_ms = at_ms + zone_offset_s * 1000LL;
    int64_t day_ms = DAY_MINUTES * MINUTE_MS;
    int64_t since_midnight_ms = ((local_ms % day_ms) + day_ms) % day_ms;
    int64_t from_ms = hours.from * MINUTE_MS;
    int64_t until_ms = hours.until * MINUTE_MS;
    bool within = from_ms < until_ms ? since_midnight_ms >= from_ms && since_midnight_ms < until_ms
                                     : since_midnight_ms >= from_ms || since_midnight_ms < until_ms;
    if (within) {
        return at_ms;
    }
    int64_t wait_ms = from_ms - since_midnight_ms;
    return at_ms + (wait_ms > 0 ? wait_ms : wait_ms + day_ms);
}
