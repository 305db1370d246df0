// SPDX-License-Identifier: Apache-2.0
// Limits are ended by limit.c; this file strings them together and notes each step.
#include "common/deadline.h"

#include "common/time_order.h"

#define TWO_HOURS_MS 7200000LL
#define WARN_PERCENT 75
#define WARN_PERCENT_SHORT 50

// The last two places are kept for what the law leaves and for the due step.
static void note(struct deadline *deadline, struct deadline_step step) {
    bool is_last = step.kind == DEADLINE_LATEST || step.kind == DEADLINE_DUE;
    if (deadline->step_count + 2 < DEADLINE_STEPS || is_last) {
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
    const struct deadline_change *apart[DEADLINE_CHANGES]; // extensions in another unit
    size_t apart_count;
};

static bool is_same_unit(struct limit one, struct limit other) {
    return one.unit == other.unit && one.keeps_last_day == other.keeps_last_day &&
           !other.counts_start_day;
}

// What a pause leaves out, in the limit's measure; 0 for an extension.
static int64_t sum_change(const struct calendar *calendar, struct sum *sum,
                          const struct deadline_change *change) {
    if (!change->is_pause) {
        if (change->limit.value == 0 || is_same_unit(sum->limit, change->limit)) {
            sum->limit.value += change->limit.value;
        } else if (sum->apart_count < DEADLINE_CHANGES) {
            sum->apart[sum->apart_count++] = change;
        }
        return 0;
    }
    int64_t amount = limit_measure(calendar, sum->limit.unit, change->from_ms, change->to_ms);
    sum->excluded += amount;
    sum->paused_ms += change->to_ms - change->from_ms;
    return amount;
}

// The end of the sum, and of each extension in another unit after it; how many.
static size_t sum_ends(const struct calendar *calendar, const struct sum *sum, int64_t start_ms,
                       struct limit_end ends[DEADLINE_CHANGES + 1]) {
    size_t count = 0;
    ends[count++] = limit_end(calendar, sum->limit, start_ms, sum->excluded);
    for (size_t i = 0; i < sum->apart_count; i++) {
        // 24:00 belongs to the day that it ends.
        int64_t from_ms = ends[i].at_ms - (ends[i].by_day ? 1 : 0);
        ends[count++] = limit_end(calendar, sum->apart[i]->limit, from_ms, 0);
    }
    return count;
}

static struct deadline_step extended(const struct deadline *deadline,
                                     const struct deadline_change *change) {
    enum deadline_step_kind kind = change->granted.value == 0 ? DEADLINE_EXTENDED
                                   : change->limit.value != 0 ? DEADLINE_EXTENDED_LESS
                                                              : DEADLINE_EXTENDED_NOT;
    return (struct deadline_step){.kind = kind,
                                  .at_ms = change->from_ms,
                                  .limit = change->limit,
                                  .granted = change->granted,
                                  .policy = deadline->policy,
                                  .rule = deadline->rule};
}

static void add_change(struct deadline *deadline, struct sum *sum,
                       const struct deadline_change *change) {
    const struct limit before = sum->limit;
    int64_t amount = sum_change(deadline->policy->calendar, sum, change);
    note(deadline, change->is_pause ? (struct deadline_step){.kind = DEADLINE_PAUSED,
                                                             .at_ms = change->from_ms,
                                                             .to_ms = change->to_ms,
                                                             .amount = amount,
                                                             .limit = before,
                                                             .text = change->ground}
                                    : extended(deadline, change));
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
    int64_t left = deadline->due_at_ms - deadline->start_at_ms - sum->paused_ms;
    int64_t span = left < 0 ? 0 : left; // where the law's end cuts a pause short
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
    struct limit_end ends[DEADLINE_CHANGES + 1];
    size_t count = sum_ends(deadline->policy->calendar, sum, deadline->start_at_ms, ends);
    for (size_t i = 0; i < count; i++) {
        note_end(deadline, &ends[i]);
    }
}

// Changes of a clock as they are counted by one rule.
struct counted {
    const struct policy *policy;
    const struct policy_rule *rule;
    struct deadline_change changes[DEADLINE_CHANGES];
    size_t count;
};

static void count_change(struct counted *counted, const struct deadline_change *change) {
    if (counted->count < DEADLINE_CHANGES) {
        counted->changes[counted->count++] = *change;
    }
}

static int64_t counted_due(const struct counted *counted, int64_t start_ms) {
    const struct calendar *calendar = counted->policy->calendar;
    struct sum sum = {.limit = counted->rule->limit};
    struct limit_end ends[DEADLINE_CHANGES + 1];
    for (size_t i = 0; i < counted->count; i++) {
        sum_change(calendar, &sum, &counted->changes[i]);
    }
    return ends[sum_ends(calendar, &sum, start_ms, ends) - 1].at_ms;
}

// A pause as far as the law has it; false: not at all.
static bool cut_pause(const struct counted *law, struct deadline_change *change) {
    const struct calendar *calendar = law->policy->calendar;
    const struct policy_pause *pause = policy_pause_on(law->rule, change->ground);
    int64_t used = 0;
    for (size_t i = 0; pause != NULL && i < law->count; i++) {
        const struct deadline_change *before = &law->changes[i];
        if (before->is_pause && policy_pause_on(law->rule, before->ground) == pause) {
            used += limit_measure(calendar, pause->cap.unit, before->from_ms, before->to_ms);
        }
    }
    if (pause == NULL || used >= limit_amount(pause->cap)) {
        return false;
    }
    int64_t latest = limit_end(calendar, pause->cap, change->from_ms, -used).at_ms;
    change->to_ms = change->to_ms > latest ? latest : change->to_ms;
    return true;
}

// As much of an extension as the law gives in one.
static struct deadline_change cut_extension(const struct policy_extension *extension,
                                            const struct deadline_change *change) {
    struct deadline_change cut = *change;
    if (extension->limit != NULL && (change->limit.unit != extension->limit->unit ||
                                     change->limit.value > extension->limit->value)) {
        cut.limit = *extension->limit;
    }
    return cut;
}

void deadline_law(const struct policy_choice *choice, int64_t start_ms,
                  const struct deadline_change *changes, size_t change_count,
                  struct deadline_law *law) {
    struct deadline_change sorted[DEADLINE_CHANGES];
    struct counted own = {.policy = choice->policy, .rule = choice->rule};
    struct counted lawful = own; // without the pauses that the law has not
    struct counted bound = {.policy = choice->law_policy, .rule = choice->law};
    size_t count = change_count < DEADLINE_CHANGES ? change_count : DEADLINE_CHANGES;
    *law = (struct deadline_law){.bounds = false};
    if (choice->law == NULL || deadline_bound(choice, start_ms).rule == choice->law) {
        return;
    }
    const struct policy_extension *extension = choice->law->extension;
    for (size_t i = 0; i < count; i++) {
        sorted[i] = changes[i];
    }
    // An extension that was granted in a pause stands before it.
    time_order(sorted, count, sizeof sorted[0], offsetof(struct deadline_change, from_ms));
    for (size_t i = 0; i < count; i++) {
        struct deadline_change change = sorted[i];
        count_change(&own, &change);
        if (change.is_pause && cut_pause(&bound, &change)) {
            count_change(&bound, &change);
            count_change(&lawful, &change);
        }
        if (change.is_pause || change.limit.value == 0) {
            continue;
        }
        count_change(&lawful, &change);
        if (extension != NULL && law->extensions < extension->count &&
            counted_due(&own, start_ms) > counted_due(&bound, start_ms)) {
            change = cut_extension(extension, &change);
            count_change(&bound, &change);
            law->extensions++;
        }
    }
    law->bounds = true;
    law->latest_ms = counted_due(&bound, start_ms);
    law->own_ms = counted_due(&own, start_ms);
    law->lawful_ms = counted_due(&lawful, start_ms);
}

// Only what changed a clock can bring it beyond the law: else its limit alone was compared.
static void bound_by_law(struct deadline *deadline, const struct policy_choice *choice,
                         const struct deadline_change *changes, size_t change_count) {
    struct deadline_law law;
    if (change_count == 0 || choice->law == NULL) {
        return;
    }
    deadline_law(choice, deadline->start_at_ms, changes, change_count, &law);
    if (law.bounds && law.latest_ms < deadline->due_at_ms) {
        deadline->due_at_ms = law.latest_ms;
        note(deadline, (struct deadline_step){.kind = DEADLINE_LATEST,
                                              .at_ms = law.latest_ms,
                                              .limit = choice->law->limit,
                                              .policy = choice->law_policy,
                                              .rule = choice->law});
    }
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
    bound_by_law(deadline, choice, changes, change_count);
    note(deadline, (struct deadline_step){.kind = DEADLINE_DUE, .at_ms = deadline->due_at_ms});
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
