// SPDX-License-Identifier: Apache-2.0
// Policies decide; this file only asks them the right question for each fact.
#include "sla_timer.h"

#include "ask.h"

#include "common/danger.h"
#include "common/escalation.h"

#include "redress/v1/types.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum rc add_name(struct timer_names *list, const char *name, struct error *error) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return RC_OK;
        }
    }
    if (list->count == TIMER_NAMES) {
        return error_field(error, "too-many", "policies", "more than %d clocks start at one fact",
                           TIMER_NAMES);
    }
    list->names[list->count++] = name;
    return RC_OK;
}

// A clock after another starts where any rule of that one stops.
static enum rc add_after(struct timer_rules *rules, const struct policy_rule *rule,
                         struct error *error) {
    const struct region *region = rules->region;
    enum rc rc = RC_OK;
    for (size_t p = 0; p < region->policy_count; p++) {
        for (unsigned i = 0; i < region->policies[p]->rule_count && rc == RC_OK; i++) {
            const struct policy_rule *before = &region->policies[p]->rules[i];
            if (strcmp(before->clock, rule->after) == 0) {
                rc = add_name(&rules->starts[milestone_read(before->stops_on)], rule->clock, error);
            }
        }
    }
    return rc;
}

static enum rc add_rule(struct timer_rules *rules, const struct policy_rule *rule,
                        struct error *error) {
    enum rc rc = rule->after != NULL ? add_after(rules, rule, error)
                                     : add_name(&rules->starts[milestone_read(rule->starts_on)],
                                                rule->clock, error);
    return rc == RC_OK && rule->restart_count > 0 ? add_name(&rules->restarts, rule->clock, error)
                                                  : rc;
}

enum rc timer_rules_init(struct timer_rules *rules, const struct region *region,
                         struct error *error) {
    enum rc rc = RC_OK;
    memset(rules, 0, sizeof *rules);
    rules->region = region;
    for (size_t p = 0; p < region->policy_count; p++) {
        for (unsigned i = 0; i < region->policies[p]->rule_count && rc == RC_OK; i++) {
            rc = add_rule(rules, &region->policies[p]->rules[i], error);
        }
    }
    return rc;
}

static size_t arm_milestone(const struct timer_rules *rules, const struct policy_case *about,
                            const struct timer_fact *fact, enum milestone milestone,
                            struct timer_arm *arms, size_t count) {
    const struct timer_names *list = &rules->starts[milestone];
    for (size_t i = 0; i < list->count && count < TIMER_ARMS; i++) {
        struct policy_choice choice;
        if (ask_choice(rules->region, about, list->names[i], fact->at_ms, &choice) &&
            ask_start(rules->region, about, &choice, fact->at_ms) == milestone) {
            ask_arm(&choice, fact, list->names[i], &arms[count++]);
        }
    }
    return count;
}

static size_t arm_restarts(const struct timer_rules *rules, const struct policy_case *about,
                           const struct timer_fact *fact, struct timer_arm *arms, size_t count) {
    const struct timer_names *list = &rules->restarts;
    for (size_t i = 0; i < list->count && count < TIMER_ARMS; i++) {
        struct policy_choice choice;
        if (ask_choice(rules->region, about, list->names[i], fact->at_ms, &choice) &&
            policy_restarts_on(deadline_bound(&choice, fact->at_ms).rule, fact->restart)) {
            ask_arm(&choice, fact, list->names[i], &arms[count++]);
        }
    }
    return count;
}

static size_t arm_case(const struct timer_rules *rules, const struct timer_fact *fact,
                       struct timer_arm arms[TIMER_ARMS]) {
    struct clock_about about;
    size_t count = 0;
    if (!ask_about(rules->region, fact, &about)) {
        return 0;
    }
    for (int i = 0; i < MILESTONE_COUNT; i++) {
        if ((fact->milestones & MILESTONE_BIT(i)) != 0) {
            count = arm_milestone(rules, &about.about, fact, (enum milestone)i, arms, count);
        }
    }
    return fact->restart == NULL ? count : arm_restarts(rules, &about.about, fact, arms, count);
}

// The pack whose ladder an alarm climbs: the one that set its clock. An alarm without a clock, or
// with a clock of a commitment or of a person, which have no ladder, climbs the institution's.
static const struct policy *ladder_of(const struct region *region, const struct timer_fact *fact) {
    const char *label = fact->policy_version == NULL ? "" : fact->policy_version;
    for (size_t i = 0; i < region->policy_count; i++) {
        const struct policy *policy = region->policies[i];
        if (strcmp(policy->label, label) == 0 && policy->ladder.level_count > 0) {
            return policy;
        }
    }
    return region_alarm_policy(region, fact->institution, fact->at_ms);
}

// The next level of the ladder, then its last again and again; a clock of its own for each
// alarm.
static size_t arm_escalation(const struct region *region, const struct timer_fact *fact,
                             struct timer_arm *arm) {
    const struct policy *policy = ladder_of(region, fact);
    bool crisis = fact->crisis >= REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3;
    int64_t due_ms = policy == NULL ? 0 : escalation_due(policy, fact->level, crisis, fact->at_ms);
    if (due_ms == 0) {
        return 0;
    }
    struct clock_terms *terms = &arm->terms;
    memset(terms, 0, offsetof(struct clock_terms, explanation));
    snprintf(terms->name, sizeof terms->name, "escalation-%" PRIu32, fact->ordinal);
    terms->started_at_ms = fact->at_ms;
    terms->due_at_ms = due_ms;
    snprintf(terms->explanation[0], DEADLINE_LINE_SIZE, "警报无人确认，升级至第%" PRIu32 "级",
             fact->level + 1);
    terms->line_count = 1;
    snprintf(terms->policy_version, sizeof terms->policy_version, "%s", policy->label);
    snprintf(terms->calendar_version, sizeof terms->calendar_version, "%s",
             calendar_label(policy->calendar));
    ask_first(arm, "started");
    arm->urgent = danger_of(fact->urgency, fact->crisis) > 0;
    return 1;
}

// Supervision orders, co-handlers and improvements: a clock of its own for each, due as was asked
// for, else by the pack's rule for all of them. What was asked for names no policy, so that none
// changes it.
static size_t arm_numbered(const struct region *region, const struct timer_fact *fact,
                           const char *clock, struct timer_arm *arm) {
    struct clock_terms *terms = &arm->terms;
    struct clock_about about;
    struct policy_choice choice;
    if (!ask_about(region, fact, &about)) {
        return 0;
    }
    if (fact->due_at_ms == 0 && !ask_choice(region, &about.about, clock, fact->at_ms, &choice)) {
        return 0;
    }
    if (fact->due_at_ms != 0) {
        memset(terms, 0, offsetof(struct clock_terms, explanation));
        terms->started_at_ms = fact->at_ms;
        terms->due_at_ms = fact->due_at_ms;
        terms->warn_at_ms[0] = fact->at_ms + (fact->due_at_ms - fact->at_ms) / 4 * 3;
        terms->warn_count = 1;
        snprintf(terms->explanation[0], DEADLINE_LINE_SIZE, "时限由发出人指定");
        terms->line_count = 1;
    } else {
        ask_arm(&choice, fact, clock, arm);
    }
    snprintf(terms->name, sizeof terms->name, "%s-%" PRIu32, clock, fact->ordinal);
    ask_first(arm, fact->reason);
    return 1;
}

size_t timer_arms(const struct timer_rules *rules, const struct timer_fact *fact,
                  struct timer_arm arms[TIMER_ARMS]) {
    switch (fact->kind) {
    case TIMER_CASE:
        return arm_case(rules, fact, arms);
    case TIMER_ALARM_RAISED:
    case TIMER_CASE_ESCALATED:
        return arm_escalation(rules->region, fact, &arms[0]);
    case TIMER_SUPERVISION_ORDERED:
        return arm_numbered(rules->region, fact, "supervision", &arms[0]);
    case TIMER_CO_HANDLER_ADDED:
        return arm_numbered(rules->region, fact, "co-handling", &arms[0]);
    case TIMER_IMPROVEMENT_OPENED:
        return arm_numbered(rules->region, fact, "improvement", &arms[0]);
    }
    return 0;
}

bool timer_resume(const struct region *region, const struct timer_fact *fact,
                  const struct clock_past *past, struct clock_run *run, int64_t now_ms,
                  struct timer_arm *arm) {
    struct clock_about about;
    if (past != NULL && ask_about(region, fact, &about)) {
        const struct clock_asked asked = {region->policies, region->policy_count, &about.about};
        clock_begin_move(&asked, past, run);
    }
    return timer_rearm(region, fact, run, now_ms, arm);
}

bool timer_lacks_rule(const struct region *region, const struct timer_fact *fact,
                      const char *name) {
    struct clock_about about;
    struct policy_choice choice;
    return ask_about(region, fact, &about) &&
           !ask_choice(region, &about.about, name, fact->at_ms, &choice);
}

bool timer_rearm(const struct region *region, const struct timer_fact *fact,
                 const struct clock_run *run, int64_t now_ms, struct timer_arm *arm) {
    struct clock_about about;
    struct course course;
    struct error ignored;
    if (!ask_about(region, fact, &about) ||
        clock_run_course(region->policies, region->policy_count, &about.about, run, NULL, now_ms,
                         &course, &ignored) != RC_OK) {
        return false;
    }
    clock_terms_fill(&arm->terms, run->name, run->restarted_on, &course.deadline);
    arm->urgent = false;
    arm->reason = fact->reason;
    return true;
}
