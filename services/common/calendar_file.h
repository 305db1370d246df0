// SPDX-License-Identifier: Apache-2.0
// Calendars as files: deploy/calendars/<id>@<version>.yaml, each version whole and never changed
// once published, so that a deadline can be recomputed with the version that it names.
#pragma once

#include "common/calendar.h"

// Reads and checks one file. RC_INVALID names the file, the line, the entry and the key: a wrong or
// unsorted date, an overlap, a published year without a range, a make-up day that is worked anyway,
// hours that overlap, an unknown zone, a name that is not id@version. Free with calendar_free.
MUST_CHECK enum rc calendar_file_load(struct calendar **calendar, const char *directory,
                                      const char *file, struct error *error);

// Whether a file that was loaded keeps what the version before it, if one stands beside it, has
// published; RC_INVALID as below.
MUST_CHECK enum rc calendar_check_succession(const struct calendar *calendar, const char *directory,
                                             const char *file, struct error *error);

// Every version of every calendar of a folder. A version is whole: RC_INVALID also where it does
// not publish the years of the one before, has another zone, or hours no more.
struct calendar_set;
MUST_CHECK enum rc calendar_set_load(struct calendar_set **set, const char *directory,
                                     struct error *error);
void calendar_set_free(struct calendar_set *set);
size_t calendar_set_count(const struct calendar_set *set);
const struct calendar *calendar_set_at(const struct calendar_set *set, size_t index);
// "cn-state-council@1" for that version, "cn-state-council" for the newest; NULL when absent. The
// set owns it.
const struct calendar *calendar_set_find(const struct calendar_set *set, const char *name);
