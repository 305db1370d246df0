// SPDX-License-Identifier: Apache-2.0
// The time in which reviews may be asked for.
#include "plans_private.h"

#include "workflow.h"

// The time in which each level may be asked, in the levels' order.
static const struct {
    const char *clock;
    enum milestone starts_on, stops_on;
} appeals[] = {
    {"review_request", MILESTONE_CASE_REPLIED, MILESTONE_REVIEW_REQUESTED},
    {"re_review_request", MILESTONE_RE_REVIEW_OPEN, MILESTONE_RE_REVIEW_REQUESTED},
};

// Where no rule names that time [ours]: as long as the law's for petitions, from the closure on, as
// only what is closed is reviewed.
#define REVIEW_DAYS 30

static int64_t later_of(int64_t one, int64_t other) { return one > other ? one : other; }

static int64_t default_end(const struct region *region, const struct case_state *state,
                           size_t level) {
    static const struct limit limit = {.value = REVIEW_DAYS, .unit = LIMIT_CALENDAR_DAYS};
    int64_t start_ms = state->reached_at_ms[appeals[level].starts_on];
    int64_t from_ms = later_of(start_ms, state->closed_at_ms);
    bool is_next = start_ms != 0 || state->reviews == level; // else another level comes before it
    return from_ms != 0 && is_next && state->reached_at_ms[appeals[level].stops_on] < from_ms
               ? limit_end(region->calendar, limit, from_ms, 0).at_ms
               : 0;
}

// As a rule has it from there on; 0: none has.
static int64_t ruled_end(const struct region *region, const struct clock_about *about, size_t level,
                         int64_t start_ms) {
    struct deadline deadline;
    return deadline_compute(region->policies, region->policy_count, &about->about,
                            appeals[level].clock, start_ms, &deadline)
               ? deadline.due_at_ms
               : 0;
}

// When that time is over; 0: it has not begun, or the level was asked. Whoever closes late takes
// nothing of it away: before the closure nobody could ask.
static int64_t appeal_end(const struct region *region, const struct case_state *state,
                          const struct clock_about *about, size_t level) {
    int64_t start_ms = state->reached_at_ms[appeals[level].starts_on];
    int64_t end_ms = start_ms == 0 ? 0 : ruled_end(region, about, level, start_ms);
    if (end_ms == 0) {
        return default_end(region, state, level);
    }
    if (state->reached_at_ms[appeals[level].stops_on] >= start_ms) {
        return 0;
    }
    return state->closed_at_ms > start_ms
               ? later_of(end_ms, ruled_end(region, about, level, state->closed_at_ms))
               : end_ms;
}

bool plans_review_too_late(const struct region *region, const struct case_state *state,
                           int64_t now_ms) {
    struct clock_about about;
    if (state->status != CASE_CLOSED || state->reviews >= sizeof appeals / sizeof appeals[0]) {
        return false;
    }
    plans_about(region, state, &about);
    int64_t end_ms = appeal_end(region, state, &about, state->reviews);
    return end_ms != 0 && end_ms <= now_ms;
}

// What is handled anew has no reply to review yet.
static bool is_handled_anew(const struct case_state *state) {
    return workflow_is_open(state->status) &&
           state->reached_at_ms[MILESTONE_CASE_REPLIED] < state->restarted_at_ms;
}

int64_t plans_appeal_until(const struct region *region, const struct case_state *state) {
    int64_t until_ms = 0;
    struct clock_about about;
    bool leads = workflow_is_open(state->status) || case_is_closed(state->status);
    if (!leads || state->status == CASE_ARCHIVED || is_handled_anew(state)) {
        return 0; // withdrawn, terminated, not ours; or it was over before the archive
    }
    plans_about(region, state, &about);
    // A level that has decided is not asked again.
    for (size_t i = state->reviews; i < sizeof appeals / sizeof appeals[0]; i++) {
        until_ms = later_of(until_ms, appeal_end(region, state, &about, i));
    }
    return until_ms;
}
