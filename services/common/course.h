// SPDX-License-Identifier: Apache-2.0
// The course of one clock: from facts alone, in order, to what it is now and when it is due. Pure:
// the same choice, start and facts give the same answer for ever.
#pragma once

#include "common/deadline.h"
#include "common/error.h"

#define COURSE_CHANGES 16 // pauses and extensions of one run

enum course_event_kind {
    COURSE_PAUSE,   // ground
    COURSE_RESUME,  // the ground has gone
    COURSE_EXTEND,  // reason, plan, limit, approver
    COURSE_RESTART, // ground: redone on new facts
    COURSE_STOP,    // what the clock waits for has happened
};

// A fact that concerns the clock. Borrowed texts.
struct course_event {
    enum course_event_kind kind;
    int64_t at_ms;
    const char *ground;
    const char *reason; // told to the complainant
    const char *plan;   // likewise
    struct limit limit; // of the extension
    uint32_t approver;  // roles of who approved it
    bool recorded;    // it was allowed when it happened: counted, as far as the rule allows it now
    int64_t until_ms; // of a recorded pause: when it ends of itself
};

enum course_state { COURSE_RUNNING, COURSE_PAUSED, COURSE_STOPPED, COURSE_BREACHED };

struct course {
    enum course_state state; // exactly one, always
    struct deadline deadline;
    int64_t since_ms;      // of this state
    int64_t resumes_by_ms; // paused: it runs again by then of itself, its cap used up
    bool late;             // stopped, but after it was due
    unsigned extensions;   // of this run that count
    unsigned restarts;
};

// RC_CONFLICT for a fact that the rule does not allow, its code says why: unordered, not-running,
// not-paused, unknown-ground, cap-used, no-extension, too-late, too-often, too-long, not-approved,
// reason-missing, too-many. A clock is breached when it runs past its due time; a pause ends of
// itself when its cap is used up; neither needs a fact.
MUST_CHECK enum rc course_run(const struct policy_choice *choice, int64_t start_ms,
                              const struct course_event *events, size_t count, int64_t now_ms,
                              struct course *course, struct error *error);

// After a calendar or a pack was amended: the due time that holds from now on. A due time that has
// passed never changes, and none moves into the past.
int64_t course_amended_due(int64_t due_ms, int64_t amended_ms, int64_t now_ms);
