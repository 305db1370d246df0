// SPDX-License-Identifier: Apache-2.0
// When a clock of a case is due, and why: each step of the computation is kept, as data. Pure: the
// start is given, nothing reads a clock. About half a microsecond; texts are made only when asked
// for (deadline_text.h).
#pragma once

#include "common/policy.h"

#define DEADLINE_STEPS 16 // as many lines as the ledger keeps with a clock
#define DEADLINE_WARNS 4
#define DEADLINE_CHANGES 17 // of one run, and one that is asked for

enum deadline_step_kind {
    DEADLINE_START,         // at_ms; text: the ground of a restart, or NULL
    DEADLINE_RULE,          // policy, rule, limit
    DEADLINE_LAW,           // policy, rule, limit: a statutory limit goes before the rule's own
    DEADLINE_COUNTING,      // limit: how its unit counts
    DEADLINE_PAUSED,        // at_ms, to_ms, text: the ground; amount in the limit's measure
    DEADLINE_EXTENDED,      // limit, at_ms: when
    DEADLINE_EXTENDED_LESS, // the same; granted; policy, rule: allow no more
    DEADLINE_EXTENDED_NOT,  // at_ms, granted; policy, rule: allow none
    DEADLINE_LAST_DAY,      // day
    DEADLINE_ROLLED,        // day is off, to_day is the next working day
    DEADLINE_LATEST,        // policy, rule, limit, at_ms: a statutory rule lets it run no longer
    DEADLINE_DUE,           // at_ms
};

struct deadline_step {
    enum deadline_step_kind kind;
    civil_day day, to_day;
    int64_t at_ms, to_ms;
    int64_t amount;
    struct limit limit;
    struct limit granted;
    const struct policy *policy;
    const struct policy_rule *rule;
    const char *text; // borrowed
};

struct deadline {
    const struct policy *policy; // these two set it
    const struct policy_rule *rule;
    int64_t start_at_ms;
    int64_t due_at_ms;
    int64_t warn_at_ms[DEADLINE_WARNS]; // each later than the one before
    unsigned warn_count;                // at least 1
    bool provisional;                   // it depends on days outside the calendar's published years
    struct deadline_step steps[DEADLINE_STEPS];
    unsigned step_count;
};

// What happened to a clock since it started; borrowed texts.
struct deadline_change {
    bool is_pause;
    int64_t from_ms, to_ms; // of the pause; from_ms alone: when it was extended
    struct limit limit;     // of the extension, as it counts; value 0: not at all
    struct limit granted;   // as it was granted, where it counts less now; else value 0
    const char *ground;     // of the pause
};

// The deadline of one clock of a case, by the rule that policy_choose finds. False where none
// holds: the clock does not run.
bool deadline_compute(const struct policy *const *policies, size_t count,
                      const struct policy_case *about, const char *clock, int64_t start_ms,
                      struct deadline *deadline);
// The same for a choice made before; never later than the law of a layer below allows. A limit in
// days that is extended in its own unit is counted as one and rolls forward once; an extension in
// another unit begins where the limit ends.
void deadline_of_choice(const struct policy_choice *choice, int64_t start_ms,
                        const struct deadline_change *changes, size_t change_count,
                        struct deadline *deadline);
// What the law of a layer below leaves to a clock that a rule above it sets: the law's own limit,
// with its own extensions, as often and as long as it allows them, and pauses on its own grounds,
// up to its own caps.
struct deadline_law {
    bool bounds;         // false: there is no such law, or its rule sets the clock itself
    int64_t latest_ms;   // the clock is due then at the latest
    int64_t own_ms;      // due by the rule above, whatever the law says
    int64_t lawful_ms;   // the same, but for pauses that the law does not have
    unsigned extensions; // of the law's own that are used: those that the clock needed
};
// Which extension used one of the law's follows from the order of what happened: the one that made
// the clock due later than the law allowed until then.
void deadline_law(const struct policy_choice *choice, int64_t start_ms,
                  const struct deadline_change *changes, size_t change_count,
                  struct deadline_law *law);
// The rule that is left of a choice: the law's where it bounds the other or goes before it.
struct policy_choice deadline_bound(const struct policy_choice *choice, int64_t start_ms);
