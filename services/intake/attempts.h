// SPDX-License-Identifier: Apache-2.0
// How often a PIN may be guessed: ten wrong ones for a tracking code, then a wait that doubles with
// each further one, from a minute to half an hour; an hour after the last it is forgotten. Counted
// by code, absent ones too: no sender's address is kept, and a wait does not tell that a case
// exists. Time is a parameter.
#pragma once

#include "common/error.h"
#include "common/ident.h"

#include <stdbool.h>
#include <stdint.h>

#define ATTEMPTS_FREE 10
#define ATTEMPTS_LIFE_MS 3600000

// ms until a PIN is looked at again after so many wrong ones, the last at last_ms; 0: now.
int64_t attempts_wait_ms(int64_t wrong, int64_t last_ms, int64_t now_ms);

// What one process remembers: 4,096 codes, of which the one longest untouched goes first. It stands
// in for Redis when that is away or has forgotten. Any thread.
struct attempts;
MUST_CHECK enum rc attempts_new(struct attempts **attempts, struct error *error);
void attempts_free(struct attempts *attempts);

int64_t attempts_of(struct attempts *attempts, const char code[IDENT_TRACKING_SIZE],
                    int64_t now_ms); // as attempts_wait_ms
// Counts a wrong PIN. True where Redis is to count it too: at most 50 a second, so that a flood of
// made-up codes can't fill it (180,000 keys in their hour).
bool attempts_count(struct attempts *attempts, const char code[IDENT_TRACKING_SIZE],
                    int64_t now_ms);
