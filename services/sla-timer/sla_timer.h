// SPDX-License-Identifier: Apache-2.0
// Which clocks a fact begins, changes or ends: pure rules, times are given.
#pragma once

#include "common/clock_begin.h"
#include "common/region.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_ARMS POLICY_CLOCKS_MOST
#define TIMER_NAMES POLICY_CLOCKS_MOST
#define TIMER_MEMBER_SIZE 96

// Which clocks a milestone can start and a restart can concern, by the packs of a region; names are
// borrowed from them. Spares asking every rule at every fact.
struct timer_names {
    const char *names[TIMER_NAMES];
    size_t count;
};
struct timer_rules {
    const struct region *region;
    struct timer_names starts[MILESTONE_COUNT];
    struct timer_names restarts;
};

// A clock to propose.
struct timer_arm {
    struct clock_terms terms;
    uint32_t replaces_version; // 0: terms of a run that nothing has changed yet
    uint32_t known_changes;    // of an assessment, an amendment: pauses and extensions of the run
    uint64_t based_on;         // the fact that it follows from; 0: none of the case
    uint64_t known_sequence; // of a resumption, an amendment: the last fact that was known; else 0
    const char *reason;      // constant
    bool urgent;             // a step of the ladder of an urgent case's alarm
};

enum timer_fact_kind {
    TIMER_CASE,
    TIMER_ALARM_RAISED,
    TIMER_CASE_ESCALATED,
    TIMER_SUPERVISION_ORDERED,
    TIMER_CO_HANDLER_ADDED,
    TIMER_IMPROVEMENT_OPENED,
};

// Facts as far as clocks need them. Borrowed texts.
struct timer_fact {
    enum timer_fact_kind kind;
    const char *institution;
    int64_t at_ms; // when what the fact says happened
    // A case: what it is, and what has happened.
    const char *category;
    const char *situations; // separated by commas
    uint32_t urgency, crisis, channel;
    uint64_t milestones; // bits
    const char *restart; // ground on which clocks begin again; NULL: none
    const char *reason;
    // An alarm, order, co-handler or improvement.
    uint32_t ordinal;
    uint32_t level;             // escalated: rungs climbed
    int64_t due_at_ms;          // order, co-handler: as asked for; 0: as the policy says
    const char *policy_version; // alarm, escalated: the pack of its clock; "", NULL: none
};

// A run that no rule lets go on, by what the case is now.
struct timer_end {
    const char *name;
    int64_t started_at_ms;
    const char *begins_on;      // of the rule that holds now; "": none holds
    const char *policy_version; // likewise
};

// An assessment: what the case was and is, and what was reached. Both facts name the institution.
struct timer_assessment {
    struct timer_fact before;
    struct timer_fact now;
    int64_t reached_at_ms[MILESTONE_COUNT]; // 0: not yet, or before the case was closed
    int64_t restarted_at_ms;                // the last rework or reopening; 0: none
    const char *restarted_on;               // its ground
};

// Finds the names. A region that was checked has no more than fit, else RC_INVALID.
MUST_CHECK enum rc timer_rules_init(struct timer_rules *rules, const struct region *region,
                                    struct error *error);
// The clocks that follow from a fact; how many. An unknown institution gives none.
size_t timer_arms(const struct timer_rules *rules, const struct timer_fact *fact,
                  struct timer_arm arms[TIMER_ARMS]);
// No rule of this clock holds for the case, as far as the region knows the case's institution.
bool timer_lacks_rule(const struct region *region, const struct timer_fact *fact, const char *name);
// The terms of a run by the policies as they are now; false where no rule holds for it.
bool timer_rearm(const struct region *region, const struct timer_fact *fact,
                 const struct clock_run *run, int64_t now_ms, struct timer_arm *arm);
// The same of a run that rested, which counts from where its rule of now begins. past: NULL where
// it began with what is its own alone.
bool timer_resume(const struct region *region, const struct timer_fact *fact,
                  const struct clock_past *past, struct clock_run *run, int64_t now_ms,
                  struct timer_arm *arm);

// Clocks whose rule begins elsewhere by what the case is now: arms those whose beginning was
// reached, but for the registration's, or that would have begun again with the last rework or
// reopening, and ends those whose beginning was not reached, that no rule asks for any more, or
// that began again where the rule of now lets none.
struct timer_displacement {
    struct timer_arm *arms; // room for TIMER_ARMS
    size_t arm_count;
    struct timer_end ends[TIMER_NAMES];
    size_t end_count;
};
void timer_displace(const struct timer_rules *rules, const struct timer_assessment *assessment,
                    struct timer_displacement *displacement);
// A first run that begins elsewhere now begins there, without the changes of before. False where it
// ends, or waits for its beginning, and for one that began again by what lets none begin again now.
bool timer_move_run(const struct timer_rules *rules, const struct timer_assessment *assessment,
                    struct clock_run *run);

// One entry of the index, "case id/clock/version/w|b|r".
enum timer_entry_kind { TIMER_WARN, TIMER_BREACH, TIMER_RESUME, TIMER_ENTRY_KINDS };
struct timer_entry {
    char case_id[37];
    char name[33];
    uint32_t version;
    enum timer_entry_kind kind;
};
void timer_entry_write(const struct timer_entry *entry, char member[TIMER_MEMBER_SIZE]);
bool timer_entry_read(const char *member, struct timer_entry *entry);
