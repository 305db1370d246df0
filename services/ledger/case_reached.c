// SPDX-License-Identifier: Apache-2.0
#include "case_reached.h"

#include "case.h"

#include <string.h>

static int64_t *last_of(struct case_state *state, uint32_t what) {
    switch (what) {
    case CASE_WAY_ENDED:
        return &state->ended_at_ms;
    case CASE_RESTARTED:
        return &state->restarted_at_ms;
    case CASE_RESTED:
        return &state->rested_at_ms;
    default:
        return &state->reached_at_ms[what];
    }
}

// In the order of time: the oldest goes, which may be this one.
static void keep(struct case_state *state, const struct case_reached *reached) {
    struct case_reached *list = state->reached_before;
    if (state->reached_before_count == CASE_REACHED_BEFORE) {
        if (reached->at_ms <= list[0].at_ms) {
            return;
        }
        memmove(list, list + 1, (CASE_REACHED_BEFORE - 1) * sizeof *list);
        state->reached_before_count--;
    }
    size_t place = state->reached_before_count++;
    for (; place > 0 && list[place - 1].at_ms > reached->at_ms; place--) {
        list[place] = list[place - 1];
    }
    list[place] = *reached;
}

void case_note_reached(struct case_state *state, uint32_t what, int64_t at_ms) {
    int64_t *last = last_of(state, what);
    if (*last != 0) {
        uint64_t sequence = what == MILESTONE_CASE_ASSESSED ? state->assessed_sequence : 0;
        keep(state, &(struct case_reached){what, *last, sequence});
    }
    *last = at_ms;
}

int64_t case_reached_since(const struct case_state *state, uint32_t what, int64_t since_ms,
                           unsigned nth) {
    unsigned count = 0;
    for (size_t i = 0; i < state->reached_before_count; i++) {
        const struct case_reached *before = &state->reached_before[i];
        if (before->what == what && before->at_ms >= since_ms && ++count == nth) {
            return before->at_ms;
        }
    }
    int64_t last = *last_of((struct case_state *)state, what);
    return last != 0 && last >= since_ms && count + 1 == nth ? last : 0;
}

int64_t case_reached_until(const struct case_state *state, uint32_t what, int64_t until_ms) {
    int64_t last = *last_of((struct case_state *)state, what);
    for (size_t i = state->reached_before_count; i > 0 && last > until_ms; i--) {
        const struct case_reached *before = &state->reached_before[i - 1];
        last = before->what == what ? before->at_ms : last;
    }
    return last <= until_ms ? last : 0;
}

bool case_remembers(const struct case_state *state, int64_t since_ms) {
    return state->reached_before_count < CASE_REACHED_BEFORE ||
           state->reached_before[0].at_ms < since_ms;
}

static void bound(struct case_reign *reign, uint64_t sequence, const struct case_reached *by) {
    if (by->sequence <= sequence) {
        reign->from_ms = by->at_ms > reign->from_ms ? by->at_ms : reign->from_ms;
    } else if (reign->to_ms == 0 || by->at_ms < reign->to_ms) {
        reign->to_ms = by->at_ms;
    }
}

struct case_reign case_reign_of(const struct case_state *state, uint64_t sequence) {
    const struct case_reached last = {MILESTONE_CASE_ASSESSED,
                                      state->reached_at_ms[MILESTONE_CASE_ASSESSED],
                                      state->assessed_sequence};
    struct case_reign reign = {0, 0};
    for (size_t i = 0; i < state->reached_before_count; i++) {
        if (state->reached_before[i].what == MILESTONE_CASE_ASSESSED) {
            bound(&reign, sequence, &state->reached_before[i]);
        }
    }
    if (last.at_ms != 0) {
        bound(&reign, sequence, &last);
    }
    return reign;
}
