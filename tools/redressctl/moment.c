// SPDX-License-Identifier: Apache-2.0
#include "moment.h"

#include "common/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DATE_SIZE 10 // "2026-02-13"

static bool read_minutes(const char *text, int32_t *minutes) {
    if (strlen(text) != 5 || strspn(text, "0123456789") != 2 || text[2] != ':' ||
        strspn(text + 3, "0123456789") != 2) {
        return false;
    }
    int hour = (text[0] - '0') * 10 + text[1] - '0';
    int minute = (text[3] - '0') * 10 + text[4] - '0';
    *minutes = hour * 60 + minute;
    return hour < 24 && minute < 60;
}

// false where it is neither a day nor a day with its time.
static bool read_local(const char *text, civil_day *day, int32_t *minutes) {
    char date[DATE_SIZE + 1];
    snprintf(date, sizeof date, "%s", text);
    *minutes = 0;
    if (strlen(text) < DATE_SIZE || !civil_day_parse(date, day)) {
        return false;
    }
    const char *rest = text + DATE_SIZE;
    return rest[0] == '\0' || (rest[0] == ' ' && read_minutes(rest + 1, minutes));
}

enum rc moment_read(const char *option, const char *text, const char *zone_name, int64_t *ms,
                    struct error *error) {
    struct zone *zone = NULL;
    civil_day day = 0;
    int32_t minutes = 0;
    if (clock_parse(text, ms, NULL) == RC_OK) {
        return RC_OK;
    }
    if (!read_local(text, &day, &minutes)) {
        return error_field(
            error, MOMENT_BAD, option,
            "--%s: \"%.60s\" is no time: 2026-02-13 (when that day begins) and "
            "\"2026-02-13 16:30\", on the clocks of %s, or 2026-02-13T16:30:00+08:00",
            option, text, zone_name);
    }
    enum rc rc = zone_load(&zone, zone_name, error);
    if (rc == RC_OK) {
        *ms = zone_to_instant(zone, day, minutes * 60000);
        zone_free(zone);
    }
    return rc;
}
