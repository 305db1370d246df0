// SPDX-License-Identifier: Apache-2.0
// GLib looks intervals up one by one; deadlines need them fast, so the changes are copied out.
#include "common/zone.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define STEP_S (7 * DAY_S) // no zone changed twice within a week and back
#define MOST_CHANGES 1024

struct zone {
    char *name;
    int32_t first_offset_s; // before the first change
    struct zone_change *changes;
    size_t count;
};

// GLib also takes offsets, POSIX rules and paths; only names of the database are meant here.
static bool is_database_name(const char *name) {
    size_t size = strlen(name);
    return size > 0 && size < 64 && name[0] != '/' && strstr(name, "..") == NULL &&
           (strchr(name, '/') != NULL || strcmp(name, "UTC") == 0) &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
               size;
}

static int32_t offset_at(GTimeZone *source, int64_t at_s) {
    return g_time_zone_get_offset(source,
                                  g_time_zone_find_interval(source, G_TIME_TYPE_UNIVERSAL, at_s));
}

// The first second with another offset than low_s; the two differ at most once in between.
static int64_t bisect(GTimeZone *source, int64_t low_s, int64_t high_s) {
    int32_t before = offset_at(source, low_s);
    while (high_s - low_s > 1) {
        int64_t middle = low_s + (high_s - low_s) / 2;
        if (offset_at(source, middle) == before) {
            low_s = middle;
        } else {
            high_s = middle;
        }
    }
    return high_s;
}

static void copy_changes(struct zone *zone, GTimeZone *source) {
    int64_t end_s = (int64_t)civil_day_from_date(ZONE_END_YEAR, 1, 1) * DAY_S;
    int64_t at_s = (int64_t)civil_day_from_date(ZONE_FIRST_YEAR, 1, 1) * DAY_S;
    int32_t before = offset_at(source, at_s);
    zone->first_offset_s = before;
    for (; at_s < end_s && zone->count < MOST_CHANGES; at_s += STEP_S) {
        int32_t after = offset_at(source, at_s + STEP_S);
        if (after != before) {
            zone->changes[zone->count++] =
                (struct zone_change){bisect(source, at_s, at_s + STEP_S) * 1000, before, after};
            before = after;
        }
    }
}

enum rc zone_load(struct zone **out, const char *name, struct error *error) {
    *out = NULL;
    GTimeZone *source = is_database_name(name) ? g_time_zone_new_identifier(name) : NULL;
    if (source == NULL) {
        return error_field(error, "unknown-zone", "zone", "\"%.64s\" is no zone of the tz database",
                           name);
    }
    struct zone *zone = calloc(1, sizeof *zone);
    if (zone != NULL) {
        zone->name = strdup(name);
        zone->changes = calloc(MOST_CHANGES, sizeof *zone->changes);
    }
    if (zone == NULL || zone->name == NULL || zone->changes == NULL) {
        zone_free(zone);
        g_time_zone_unref(source);
        return error_set(error, RC_INTERNAL, "out of memory for a zone");
    }
    copy_changes(zone, source);
    g_time_zone_unref(source);
    *out = zone;
    return RC_OK;
}

void zone_free(struct zone *zone) {
    if (zone == NULL) {
        return;
    }
    free(zone->name);
    free(zone->changes);
    free(zone);
}

const char *zone_name(const struct zone *zone) { return zone->name; }

const struct zone_change *zone_changes(const struct zone *zone, size_t *count) {
    *count = zone->count;
    return zone->changes;
}

// How many changes have happened at a moment.
static size_t changes_until(const struct zone *zone, int64_t at_ms) {
    size_t low = 0;
    size_t high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at_ms <= at_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int32_t offset_after(const struct zone *zone, size_t changes) {
    return changes == 0 ? zone->first_offset_s : zone->changes[changes - 1].after_s;
}

int32_t zone_offset_s(const struct zone *zone, int64_t at_ms) {
    return offset_after(zone, changes_until(zone, at_ms));
}

struct zone_local zone_to_local(const struct zone *zone, int64_t at_ms) {
    int64_t local = at_ms + zone_offset_s(zone, at_ms) * 1000LL;
    int64_t day = local / ZONE_DAY_MS - (local % ZONE_DAY_MS < 0 ? 1 : 0);
    return (struct zone_local){(civil_day)day, (int32_t)(local - day * ZONE_DAY_MS)};
}

int64_t zone_to_instant(const struct zone *zone, civil_day day, int32_t ms_of_day) {
    int64_t local = (int64_t)day * ZONE_DAY_MS + ms_of_day;
    // No offset is a day long: every change that may matter lies within a day of this guess.
    size_t at = changes_until(zone, local - ZONE_DAY_MS);
    // A change concerns wall-clock times from where its new offset begins; until then the offset
    // before holds, which gives the first of two and skips a gap forward.
    while (at < zone->count &&
           local - zone->changes[at].before_s * 1000LL >= zone->changes[at].at_ms &&
           local - zone->changes[at].after_s * 1000LL >= zone->changes[at].at_ms) {
        at++;
    }
    return local - offset_after(zone, at) * 1000LL;
}

void zone_format(const struct zone *zone, int64_t at_ms, char text[CLOCK_TEXT_SIZE]) {
    struct zone_local local = zone_to_local(zone, at_ms);
    struct civil_date date = civil_day_to_date(local.day);
    int32_t offset_min = zone_offset_s(zone, at_ms) / 60;
    int32_t positive = offset_min < 0 ? -offset_min : offset_min;
    int32_t second = local.ms_of_day / 1000;
    snprintf(text, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", date.year,
             date.month, date.day, second / 3600, second / 60 % 60, second % 60,
             local.ms_of_day % 1000, offset_min < 0 ? '-' : '+', positive / 60, positive % 60);
}
