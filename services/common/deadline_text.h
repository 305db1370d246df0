// SPDX-License-Identifier: Apache-2.0
// The steps of a deadline in words, for people and for programs.
#pragma once

#include "common/deadline.h"

#include <jansson.h>

#define DEADLINE_LINE_SIZE 600

enum deadline_language { DEADLINE_CHINESE, DEADLINE_ENGLISH };

// One step as a line. Times are of the calendar's zone.
void deadline_line(const struct deadline *deadline, unsigned step, enum deadline_language language,
                   char line[DEADLINE_LINE_SIZE]);
// What a program reads: start_at, due_at, warn_at[], provisional, policy, rule, source, calendar,
// zone, steps[{step, text, …}]. A new reference.
json_t *deadline_json(const struct deadline *deadline, enum deadline_language language);
