// SPDX-License-Identifier: Apache-2.0
// When that happened which ends a run of a clock, also where it has happened again since: the state
// has the last time of each, and of what was overwritten the last 32 times. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_REACHED_BEFORE 32 // the oldest makes room

// Beside the milestones, which go by their own numbers; stored by number.
enum case_event {
    CASE_WAY_ENDED = 1000, // by a closure, a refusal, a withdrawal …
    CASE_RESTARTED,        // by a rework or a reopening
    CASE_RESTED,           // a suspension began
};

struct case_reached {
    uint32_t what; // a milestone or an event
    int64_t at_ms;
    uint64_t sequence; // of an assessment; else 0
};

struct case_state;
// It happens, the last time so far.
void case_note_reached(struct case_state *state, uint32_t what, int64_t at_ms);
// When it happened the n-th time (1: the first) since a moment, that included; 0: not as often.
int64_t case_reached_since(const struct case_state *state, uint32_t what, int64_t since_ms,
                           unsigned nth);
// The last time until a moment, that included; 0: none.
int64_t case_reached_until(const struct case_state *state, uint32_t what, int64_t until_ms);
// Whether all times since a moment are known.
bool case_remembers(const struct case_state *state, int64_t since_ms);
// Between which assessments a fact of this sequence stands: from when and until when what it made
// of the case's terms was in force; 0: from the beginning, to the end.
struct case_reign {
    int64_t from_ms;
    int64_t to_ms;
};
struct case_reign case_reign_of(const struct case_state *state, uint64_t sequence);
