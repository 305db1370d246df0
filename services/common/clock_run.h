// SPDX-License-Identifier: Apache-2.0
// One clock's run as it was recorded, and the terms that follow from it by the policies: what the
// ledger and sla-timer compute alike. Pure.
#pragma once

#include "common/course.h"
#include "common/deadline_text.h"

#include "redress/v1/types.pb-c.h"

#define CLOCK_NAME_SIZE 33
#define CLOCK_CODE_SIZE 65
#define CLOCK_SITUATIONS 8
#define CLOCK_SITUATIONS_SIZE 129

// A pause or an extension that was lawful when it happened.
struct clock_change {
    char ground[CLOCK_CODE_SIZE]; // "": an extension
    int64_t from_ms;
    int64_t to_ms;    // 0: the pause lasts
    int64_t until_ms; // the pause's end at the latest
    struct limit limit;
};

struct clock_run {
    const char *name;
    int64_t started_at_ms;
    const char *restarted_on; // "": the first run
    struct clock_change changes[COURSE_CHANGES];
    size_t change_count;
};

// What rules ask of a case, with room for what it points to.
struct clock_about {
    struct policy_case about;
    char texts[CLOCK_SITUATIONS_SIZE];
    const char *situations[CLOCK_SITUATIONS + 1];
};

// Terms as they are proposed and armed.
struct clock_terms {
    char name[CLOCK_NAME_SIZE];
    int64_t started_at_ms;
    int64_t warn_at_ms[DEADLINE_WARNS]; // each later than the one before
    unsigned warn_count;                // 0: never
    int64_t due_at_ms;
    bool provisional;
    bool lapses;
    char stops_on[CLOCK_NAME_SIZE];
    char restarted_on[CLOCK_CODE_SIZE];
    char policy_version[CLOCK_CODE_SIZE];
    char calendar_version[CLOCK_CODE_SIZE];
    char explanation[DEADLINE_STEPS][DEADLINE_LINE_SIZE]; // Chinese
    unsigned line_count;
};

// A message and what it points to.
struct clock_terms_message {
    Redress__V1__ClockTerms terms;
    char *lines[DEADLINE_STEPS];
};

// Fills what rules ask from a case's traits; institution and its type are the caller's to set.
// Situations are separated by commas; the crisis level is one of them, "R4", or "RX".
void clock_about_init(struct clock_about *about, const char *category, uint32_t urgency,
                      uint32_t crisis, uint32_t channel, const char *situations);

// The course of a run, with one event more where that is not NULL. RC_NOT_FOUND where no rule holds
// for the clock, else as course_run. The course points into the policies, the run and the event.
MUST_CHECK enum rc clock_run_course(const struct policy *const *policies, size_t count,
                                    const struct policy_case *about, const struct clock_run *run,
                                    const struct course_event *event, int64_t now_ms,
                                    struct course *course, struct error *error);
// The terms that a deadline gives.
void clock_terms_fill(struct clock_terms *terms, const char *name, const char *restarted_on,
                      const struct deadline *deadline);
// The terms of a clock for which no rule holds any more are those that were told; all but their
// explanation is filled.
void clock_terms_stand(struct clock_terms *terms);
// Points into terms.
void clock_terms_to_message(const struct clock_terms *terms, struct clock_terms_message *message);
// Reads a run; false where it has more changes than fit, a unit that does not exist, no time at
// which it began, or a text that is none or too long.
bool clock_run_read(struct clock_run *run, const Redress__V1__ClockRun *message);
// Drops the changes of before a moment: a run that begins there knows nothing of them.
void clock_run_forget(struct clock_run *run, int64_t before_ms);
