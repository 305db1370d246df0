// SPDX-License-Identifier: Apache-2.0
// Policies decide; this file only asks them the right question for each fact.
#include "sla_timer.h"

#include "common/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void fill_versions(const struct policy *policy, struct timer_arm *arm) {
    snprintf(arm->policy_version, sizeof arm->policy_version, "%s", policy->label);
    snprintf(arm->calendar_version, sizeof arm->calendar_version, "%s",
             calendar_label(policy->calendar));
}

static bool arm_policy_clock(const struct region *region, const struct policy_case *about,
                             const char *name, int64_t start_ms, struct timer_arm *arm) {
    struct deadline deadline;
    if (!deadline_compute(region->policies, region->policy_count, about, name, start_ms,
                          &deadline)) {
        return false;
    }
    memset(arm, 0, sizeof *arm);
    snprintf(arm->name, sizeof arm->name, "%s", name);
    arm->started_at_ms = start_ms;
    arm->warn_at_ms = deadline.warn_at_ms[0];
    arm->due_at_ms = deadline.due_at_ms;
    arm->provisional = deadline.provisional;
    arm->line_count = deadline.step_count;
    for (unsigned i = 0; i < deadline.step_count; i++) {
        deadline_line(&deadline, i, DEADLINE_CHINESE, arm->explanation[i]);
    }
    fill_versions(deadline.policy, arm);
    return true;
}

static size_t arm_case(const struct region *region, const struct timer_fact *fact,
                       struct timer_arm arms[TIMER_ARMS]) {
    struct policy_case about;
    size_t count = 0;
    if (!region_case(region, fact->institution, &about)) {
        return 0;
    }
    about.severity = fact->urgency;
    about.category = fact->category;
    about.channel = fact->channel;
    count += arm_policy_clock(region, &about, "first_response", fact->received_at_ms, &arms[count]);
    count += arm_policy_clock(region, &about, "resolution", fact->received_at_ms, &arms[count]);
    return count;
}

// The next level of the pack's ladder, until its last; a clock of its own for each alarm.
static size_t arm_escalation(const struct region *region, const struct timer_fact *fact,
                             struct timer_arm *arm) {
    const struct policy *policy =
        region_alarm_policy(region, fact->institution, fact->decided_at_ms);
    const struct policy_level *level =
        policy == NULL ? NULL : policy_next_level(policy, fact->level);
    if (level == NULL) {
        return 0;
    }
    memset(arm, 0, sizeof *arm);
    snprintf(arm->name, sizeof arm->name, "escalation-%" PRIu32, fact->ordinal);
    arm->started_at_ms = fact->decided_at_ms;
    arm->due_at_ms = limit_end(policy->calendar, level->after, fact->decided_at_ms, 0).at_ms;
    snprintf(arm->explanation[0], DEADLINE_LINE_SIZE, "警报无人确认，升级至第%" PRIu32 "级",
             fact->level + 1);
    arm->line_count = 1;
    fill_versions(policy, arm);
    return 1;
}

// Supervision orders and co-handlers: a clock of its own for each, due as was asked for, else by
// the pack's rule for all of them.
static size_t arm_numbered(const struct region *region, const struct timer_fact *fact,
                           const char *clock, struct timer_arm *arm) {
    struct policy_case about;
    if (!region_case(region, fact->institution, &about)) {
        return 0;
    }
    if (fact->due_at_ms == 0 &&
        !arm_policy_clock(region, &about, clock, fact->decided_at_ms, arm)) {
        return 0;
    }
    if (fact->due_at_ms != 0) {
        memset(arm, 0, sizeof *arm);
        arm->started_at_ms = fact->decided_at_ms;
        arm->due_at_ms = fact->due_at_ms;
        arm->warn_at_ms = fact->decided_at_ms + (fact->due_at_ms - fact->decided_at_ms) / 4 * 3;
        snprintf(arm->explanation[0], DEADLINE_LINE_SIZE, "时限由发出人指定");
        arm->line_count = 1;
    }
    snprintf(arm->name, sizeof arm->name, "%s-%" PRIu32, clock, fact->ordinal);
    return 1;
}

size_t timer_arms(const struct region *region, const struct timer_fact *fact,
                  struct timer_arm arms[TIMER_ARMS]) {
    if (fact->urgency > 4 || fact->channel > 8) {
        return 0;
    }
    switch (fact->kind) {
    case TIMER_CASE_REGISTERED:
    case TIMER_CASE_ASSESSED:
        return arm_case(region, fact, arms);
    case TIMER_ALARM_RAISED:
    case TIMER_CASE_ESCALATED:
        return arm_escalation(region, fact, &arms[0]);
    case TIMER_SUPERVISION_ORDERED:
        return arm_numbered(region, fact, "supervision", &arms[0]);
    case TIMER_CO_HANDLER_ADDED:
        return arm_numbered(region, fact, "co-handling", &arms[0]);
    }
    return 0;
}

void timer_entry_write(const struct timer_entry *entry, char member[TIMER_MEMBER_SIZE]) {
    snprintf(member, TIMER_MEMBER_SIZE, "%s/%s/%" PRIu32 "/%c", entry->case_id, entry->name,
             entry->version, entry->breach ? 'b' : 'w');
}

bool timer_entry_read(const char *member, struct timer_entry *entry) {
    char kind = 0;
    int used = 0;
    if (sscanf(member, "%36[^/]/%32[^/]/%" SCNu32 "/%c%n", entry->case_id, entry->name,
               &entry->version, &kind, &used) != 4 ||
        member[used] != '\0' || !ident_is_uuid(entry->case_id)) {
        return false;
    }
    entry->breach = kind == 'b';
    return kind == 'b' || kind == 'w';
}
