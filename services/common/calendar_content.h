// SPDX-License-Identifier: Apache-2.0
// What a calendar's file says, as it says it: calendar_file.c makes a calendar of it, and a next
// version is made from the one before.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

struct calendar_range {
    char *first; // "2026-02-15"
    char *last;  // NULL: one day
    bool working;
    char *name; // NULL: none
};

struct calendar_stretch {
    char *from; // "08:30"
    char *to;
};

struct calendar_content {
    char *id;
    uint32_t version;
    char *source;
    char *zone;
    uint32_t *week; // 0: Monday
    unsigned week_count;
    struct calendar_stretch *hours;
    unsigned hour_count;
    int32_t first_year, last_year;
    struct calendar_range *ranges;
    unsigned range_count;
};

// Reads a file by its schema; what that can't say is not checked. Free with calendar_content_free.
MUST_CHECK enum rc calendar_content_load(struct calendar_content **content, const char *directory,
                                         const char *file, struct error *error);
void calendar_content_free(struct calendar_content *content);
