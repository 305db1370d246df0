// SPDX-License-Identifier: Apache-2.0
// Which clocks a fact begins, changes or ends: pure rules, times are given.
#pragma once

#include "common/deadline_text.h"
#include "common/region.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_ARMS 2
#define TIMER_MEMBER_SIZE 96

// A clock to propose.
struct timer_arm {
    char name[33];
    int64_t started_at_ms;
    int64_t warn_at_ms; // 0: never
    int64_t due_at_ms;
    bool provisional;
    char policy_version[65];
    char calendar_version[65];
    char explanation[DEADLINE_STEPS][DEADLINE_LINE_SIZE]; // Chinese
    unsigned line_count;
};

// Facts as far as clocks need them.
enum timer_fact_kind {
    TIMER_CASE_REGISTERED,
    TIMER_CASE_ASSESSED,
    TIMER_ALARM_RAISED,
    TIMER_CASE_ESCALATED,
    TIMER_SUPERVISION_ORDERED,
    TIMER_CO_HANDLER_ADDED,
};

struct timer_fact {
    enum timer_fact_kind kind;
    const char *institution;
    const char *category;   // NULL: not known
    uint32_t channel;       // 0: not known
    int64_t received_at_ms; // registered, assessed
    uint32_t urgency;       // assessed: 1-4; else 0
    int64_t decided_at_ms;  // alarm raised, escalated, order, co-handler
    uint32_t ordinal;       // of the alarm, order or co-handler
    int64_t due_at_ms;      // order, co-handler: as asked for; 0: as the policy says
    uint32_t level;         // escalated: rungs climbed
};

// The clocks that follow from a fact; how many. An unknown institution gives none.
size_t timer_arms(const struct region *region, const struct timer_fact *fact,
                  struct timer_arm arms[TIMER_ARMS]);

// One entry of the index, "case id/clock/version/w|b".
struct timer_entry {
    char case_id[37];
    char name[33];
    uint32_t version;
    bool breach; // else warn
};
void timer_entry_write(const struct timer_entry *entry, char member[TIMER_MEMBER_SIZE]);
bool timer_entry_read(const char *member, struct timer_entry *entry);
