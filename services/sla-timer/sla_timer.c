// SPDX-License-Identifier: Apache-2.0
// Policies decide; this file only asks them the right question for each fact.
#include "sla_timer.h"

#include "common/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void fill_versions(const struct region *region, const struct region_policy *policy,
                          struct timer_arm *arm) {
    snprintf(arm->policy_version, sizeof arm->policy_version, "%.48s@%u", policy->id,
             policy->version);
    snprintf(arm->calendar_version, sizeof arm->calendar_version, "%.64s",
             calendar_label(region->calendar));
}

static bool arm_policy_clock(const struct region *region, const struct region_policy *policy,
                             const char *name, const struct timer_fact *fact,
                             struct timer_arm *arm) {
    struct deadline deadline;
    const struct region_clock *clock = region_clock(policy, name);
    if (clock == NULL ||
        !deadline_compute(region, policy, clock, fact->urgency, fact->received_at_ms, &deadline)) {
        return false;
    }
    memset(arm, 0, sizeof *arm);
    snprintf(arm->name, sizeof arm->name, "%s", name);
    arm->started_at_ms = fact->received_at_ms;
    arm->warn_at_ms = deadline.warn_at_ms;
    arm->due_at_ms = deadline.due_at_ms;
    arm->provisional = deadline.provisional;
    arm->line_count = deadline.line_count;
    memcpy(arm->explanation, deadline.explanation, sizeof arm->explanation);
    fill_versions(region, policy, arm);
    return true;
}

static size_t arm_case(const struct region *region, const struct region_policy *policy,
                       const struct timer_fact *fact, struct timer_arm arms[TIMER_ARMS]) {
    size_t count = 0;
    count += arm_policy_clock(region, policy, "first_response", fact, &arms[count]);
    count += arm_policy_clock(region, policy, "resolution", fact, &arms[count]);
    return count;
}

// The next rung, until the policy's last; a clock of its own for each alarm.
static size_t arm_escalation(const struct region *region, const struct region_policy *policy,
                             const struct timer_fact *fact, struct timer_arm *arm) {
    if (fact->level >= policy->escalation_most) {
        return 0;
    }
    memset(arm, 0, sizeof *arm);
    snprintf(arm->name, sizeof arm->name, "escalation-%" PRIu32, fact->ordinal);
    arm->started_at_ms = fact->decided_at_ms;
    arm->due_at_ms = deadline_of_limit(region, policy->escalation_step, fact->decided_at_ms);
    snprintf(arm->explanation[0], DEADLINE_LINE_SIZE, "警报无人确认，升级至第%" PRIu32 "级",
             fact->level + 1);
    arm->line_count = 1;
    fill_versions(region, policy, arm);
    return 1;
}

size_t timer_arms(const struct region *region, const struct timer_fact *fact,
                  struct timer_arm arms[TIMER_ARMS]) {
    const struct region_policy *policy = region_policy(region, fact->institution);
    if (policy == NULL || fact->urgency > 4) {
        return 0;
    }
    switch (fact->kind) {
    case TIMER_CASE_REGISTERED:
    case TIMER_CASE_ASSESSED:
        return arm_case(region, policy, fact, arms);
    case TIMER_ALARM_RAISED:
    case TIMER_CASE_ESCALATED:
        return arm_escalation(region, policy, fact, &arms[0]);
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
