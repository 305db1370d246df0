// SPDX-License-Identifier: Apache-2.0
// A moment as an option gives it: one way for all commands.
#pragma once

#include "common/error.h"

#include <stdint.h>

#define MOMENT_BAD "bad-moment" // the code of what is none: wrong usage
#define MOMENT_FORMS "DATE, \"DATE HH:MM\" or an RFC 3339 time"

// "2026-02-13", at which that day begins, or "2026-02-13 16:30", both on the zone's wall clock, or
// "2026-02-13T16:30:00+08:00". RC_INVALID names the option and these forms.
MUST_CHECK enum rc moment_read(const char *option, const char *text, const char *zone, int64_t *ms,
                               struct error *error);
