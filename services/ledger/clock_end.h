// SPDX-License-Identifier: Apache-2.0
// Of a run that somebody proposes to arm: whether what it waits for is over by now, and whether
// that was too late, so that the run is breached though nobody had armed it. Pure.
#pragma once

#include "case.h"

enum clock_end {
    CLOCK_END_NONE,
    CLOCK_END_NONE_YET, // but it was breached before an assessment or another run gave it other
                        // terms
    CLOCK_END_IN_TIME,  // or nobody can tell
    CLOCK_END_LATE,
};

// What it waits for has happened since it began or can't any more, or the case has ended. Nobody
// can tell where the state does not know when that was, nor where the case was assessed anew or
// rested before it was due: then these terms are not what held, or don't know the pause.
enum clock_end clock_end_of(const struct case_state *state, const Redress__V1__ArmClock *arm);
// Whether what a run waits for can only follow the last reply, after which it began: once the case
// is handled again, another reply begins it anew.
bool clock_is_of_last_reply(const struct case_state *state, enum milestone stop,
                            int64_t started_at_ms);
