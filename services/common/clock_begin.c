// SPDX-License-Identifier: Apache-2.0
// A pack that holds where a run began may not hold where it would begin: then it stays.
#include "common/clock_begin.h"

static bool choose(const struct clock_asked *asked, const char *name, int64_t at_ms,
                   struct policy_choice *choice) {
    return policy_choose(asked->policies, asked->count, asked->about, name, at_ms, choice);
}

enum milestone clock_begin_on(const struct clock_asked *asked, const struct policy_choice *choice,
                              int64_t at_ms) {
    struct policy_choice before;
    const struct policy_rule *rule = deadline_bound(choice, at_ms).rule;
    if (rule->starts_on != NULL) {
        return milestone_read(rule->starts_on);
    }
    return choose(asked, rule->after, at_ms, &before) ? milestone_read(before.rule->stops_on)
                                                      : MILESTONE_COUNT;
}

// When what the rule of a moment begins with was reached; 0: not, or no rule holds.
static int64_t reached_at(const struct clock_asked *asked, const struct clock_past *past,
                          const char *name, int64_t at_ms) {
    struct policy_choice choice;
    enum milestone begins = choose(asked, name, at_ms, &choice)
                                ? clock_begin_on(asked, &choice, at_ms)
                                : MILESTONE_COUNT;
    return begins == MILESTONE_COUNT ? 0 : past->reached_at_ms[begins];
}

static bool begins_again(const struct clock_asked *asked, const struct clock_past *past,
                         const char *name) {
    struct policy_choice choice;
    return past->restarted_at_ms != 0 && choose(asked, name, past->restarted_at_ms, &choice) &&
           policy_restarts_on(deadline_bound(&choice, past->restarted_at_ms).rule,
                              past->restarted_on);
}

void clock_begin_move(const struct clock_asked *asked, const struct clock_past *past,
                      struct clock_run *run) {
    if (run->restarted_on[0] != '\0') {
        return;
    }
    int64_t begun_ms = reached_at(asked, past, run->name, run->started_at_ms);
    if (begun_ms != 0 && reached_at(asked, past, run->name, begun_ms) == begun_ms) {
        run->started_at_ms = begun_ms;
    }
    if (past->restarted_at_ms > run->started_at_ms && begins_again(asked, past, run->name)) {
        run->started_at_ms = past->restarted_at_ms;
        run->restarted_on = past->restarted_on;
    }
    clock_run_forget(run, run->started_at_ms);
}
