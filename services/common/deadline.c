// SPDX-License-Identifier: Apache-2.0
// Limits are ended by limit.c; this file strings them together and notes each step.
#include "common/deadline.h"

#define TWO_HOURS_MS 7200000LL
#define WARN_PERCENT 75
#define WARN_PERCENT_SHORT 50

// The last place is the due step's.
static void note(struct deadline *deadline, struct deadline_step step) {
    if (deadline->step_count + 1 < DEADLINE_STEPS || step.kind == DEADLINE_DUE) {
        deadline->steps[deadline->step_count++] = step;
    }
}

struct policy_choice deadline_bound(const struct policy_choice *choice, int64_t start_ms) {
    const struct policy_choice law = {choice->law_policy, choice->law, NULL, NULL};
    if (law.rule == NULL) {
        return *choice;
    }
    int64_t own = limit_end(choice->policy->calendar, choice->rule->limit, start_ms, 0).at_ms;
    int64_t bound = limit_end(law.policy->calendar, law.rule->limit, start_ms, 0).at_ms;
    bool outlasts = own > bound;
    bool gives_way = own < bound && choice->rule->longer_law_prevails;
    return outlasts || gives_way ? law : *choice;
}

struct sum {
    struct limit limit;
    int64_t excluded;
    int64_t paused_ms;
    const struct deadline_change *apart[DEADLINE_STEPS]; // extensions in another unit
    size_t apart_count;
};

static bool is_same_unit(struct limit one, struct limit other) {
    return one.unit == other.unit && one.keeps_last_day == other.keeps_last_day &&
           !other.counts_start_day;
}

static void add_change(struct deadline *deadline, struct sum *sum,
                       const struct deadline_change *change) {
    if (change->is_pause) {
        int64_t amount = limit_measure(deadline->policy->calendar, sum->limit.unit, change->from_ms,
                                       change->to_ms);
        sum->excluded += amount;
        sum->paused_ms += change->to_ms - change->from_ms;
        note(deadline, (struct deadline_step){.kind = DEADLINE_PAUSED,
                                              .at_ms = change->from_ms,
                                              .to_ms = change->to_ms,
                                              .amount = amount,
                                              .limit = sum->limit,
                                              .text = change->ground});
        return;
    }
    if (is_same_unit(sum->limit, change->limit)) {
        sum->limit.value += change->limit.value;
    } else if (sum->apart_count < DEADLINE_STEPS) {
        sum->apart[sum->apart_count++] = change;
    }
    note(deadline, (struct deadline_step){.kind = DEADLINE_EXTENDED,
                                          .at_ms = change->from_ms,
                                          .limit = change->limit});
}

// Two points of a short limit may fall on one moment: that is one point.
static void add_warn(struct deadline *deadline, int64_t at_ms) {
    int64_t at = at_ms < deadline->due_at_ms ? at_ms : deadline->due_at_ms;
    if (deadline->warn_count == 0 || at > deadline->warn_at_ms[deadline->warn_count - 1]) {
        deadline->warn_at_ms[deadline->warn_count++] = at;
    }
}

// Percents are of the time that the clock runs: pauses before a point push it back.
static void add_warns(struct deadline *deadline, const struct sum *sum,
                      const struct deadline_change *changes, size_t change_count) {
    const struct policy_rule *rule = deadline->rule;
    int64_t span = deadline->due_at_ms - deadline->start_at_ms - sum->paused_ms;
    const uint32_t usual = span <= TWO_HOURS_MS ? WARN_PERCENT_SHORT : WARN_PERCENT;
    const uint32_t *percents = rule->warn_count == 0 ? &usual : rule->warn_percents;
    unsigned count = rule->warn_count == 0 ? 1 : rule->warn_count;
    for (unsigned i = 0; i < count && i < DEADLINE_WARNS; i++) {
        int64_t at = deadline->start_at_ms + span * percents[i] / 100;
        for (size_t c = 0; c < change_count; c++) {
            if (changes[c].is_pause && changes[c].from_ms <= at) {
                at += changes[c].to_ms - changes[c].from_ms;
            }
        }
        add_warn(deadline, at);
    }
}

static void note_end(struct deadline *deadline, const struct limit_end *end) {
    deadline->provisional = deadline->provisional || end->provisional;
    deadline->due_at_ms = end->at_ms;
    if (end->by_day) {
        note(deadline, (struct deadline_step){.kind = DEADLINE_LAST_DAY, .day = end->counted});
    }
    if (end->by_day && end->last != end->counted) {
        note(deadline, (struct deadline_step){
                           .kind = DEADLINE_ROLLED, .day = end->counted, .to_day = end->last});
    }
}

static void end_all(struct deadline *deadline, const struct sum *sum) {
    const struct calendar *calendar = deadline->policy->calendar;
    struct limit_end end = limit_end(calendar, sum->limit, deadline->start_at_ms, sum->excluded);
    note_end(deadline, &end);
    for (size_t i = 0; i < sum->apart_count; i++) {
        // 24:00 belongs to the day that it ends.
        end = limit_end(calendar, sum->apart[i]->limit, end.at_ms - (end.by_day ? 1 : 0), 0);
        note_end(deadline, &end);
    }
    note(deadline, (struct deadline_step){.kind = DEADLINE_DUE, .at_ms = deadline->due_at_ms});
}

void deadline_of_choice(const struct policy_choice *choice, int64_t start_ms,
                        const struct deadline_change *changes, size_t change_count,
                        struct deadline *deadline) {
    const struct policy_choice bound = deadline_bound(choice, start_ms);
    struct sum sum = {.limit = bound.rule->limit};
    deadline->policy = bound.policy;
    deadline->rule = bound.rule;
    deadline->start_at_ms = start_ms;
    deadline->warn_count = 0;
    deadline->step_count = 0;
    deadline->provisional = false;
    note(deadline, (struct deadline_step){.kind = DEADLINE_START, .at_ms = start_ms});
    note(deadline, (struct deadline_step){.kind = DEADLINE_RULE,
                                          .limit = choice->rule->limit,
                                          .policy = choice->policy,
                                          .rule = choice->rule});
    if (bound.rule != choice->rule) {
        note(deadline, (struct deadline_step){.kind = DEADLINE_LAW,
                                              .limit = sum.limit,
                                              .policy = bound.policy,
                                              .rule = bound.rule});
    }
    note(deadline, (struct deadline_step){.kind = DEADLINE_COUNTING, .limit = sum.limit});
    for (size_t i = 0; i < change_count; i++) {
        add_change(deadline, &sum, &changes[i]);
    }
    end_all(deadline, &sum);
    add_warns(deadline, &sum, changes, change_count);
}

bool deadline_compute(const struct policy *const *policies, size_t count,
                      const struct policy_case *about, const char *clock, int64_t start_ms,
                      struct deadline *deadline) {
    struct policy_choice choice;
    if (!policy_choose(policies, count, about, clock, start_ms, &choice)) {
        return false;
    }
    deadline_of_choice(&choice, start_ms, NULL, 0, deadline);
    return true;
}
