// SPDX-License-Identifier: Apache-2.0
// Policies decide; this file only asks them the right question for each fact.
#include "sla_timer.h"

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

static bool know_about(const struct region *region, const struct timer_fact *fact,
                       struct clock_about *about) {
    struct policy_case place;
    if (!region_case(region, fact->institution, &place)) {
        return false;
    }
    clock_about_init(about, fact->category, fact->urgency, fact->crisis, fact->channel,
                     fact->situations);
    about->about.institution = place.institution;
    about->about.institution_type = place.institution_type;
    return true;
}

static bool choose(const struct region *region, const struct policy_case *about, const char *name,
                   int64_t at_ms, struct policy_choice *choice) {
    return policy_choose(region->policies, region->policy_count, about, name, at_ms, choice);
}

static enum milestone start_of(const struct region *region, const struct policy_case *about,
                               const struct policy_choice *choice, int64_t at_ms) {
    const struct clock_asked asked = {region->policies, region->policy_count, about};
    return clock_begin_on(&asked, choice, at_ms);
}

static void propose_first(struct timer_arm *arm, const char *reason) {
    arm->replaces_version = 0;
    arm->known_changes = 0;
    arm->known_sequence = 0;
    arm->reason = reason;
}

static void arm_choice(const struct policy_choice *choice, const struct timer_fact *fact,
                       const char *name, struct timer_arm *arm) {
    struct deadline deadline;
    deadline_of_choice(choice, fact->at_ms, NULL, 0, &deadline);
    deadline.steps[0].text = fact->restart;
    clock_terms_fill(&arm->terms, name, fact->restart == NULL ? "" : fact->restart, &deadline);
    propose_first(arm, fact->reason);
}

static size_t arm_milestone(const struct timer_rules *rules, const struct policy_case *about,
                            const struct timer_fact *fact, enum milestone milestone,
                            struct timer_arm *arms, size_t count) {
    const struct timer_names *list = &rules->starts[milestone];
    for (size_t i = 0; i < list->count && count < TIMER_ARMS; i++) {
        struct policy_choice choice;
        if (choose(rules->region, about, list->names[i], fact->at_ms, &choice) &&
            start_of(rules->region, about, &choice, fact->at_ms) == milestone) {
            arm_choice(&choice, fact, list->names[i], &arms[count++]);
        }
    }
    return count;
}

static size_t arm_restarts(const struct timer_rules *rules, const struct policy_case *about,
                           const struct timer_fact *fact, struct timer_arm *arms, size_t count) {
    const struct timer_names *list = &rules->restarts;
    for (size_t i = 0; i < list->count && count < TIMER_ARMS; i++) {
        struct policy_choice choice;
        if (choose(rules->region, about, list->names[i], fact->at_ms, &choice) &&
            policy_restarts_on(deadline_bound(&choice, fact->at_ms).rule, fact->restart)) {
            arm_choice(&choice, fact, list->names[i], &arms[count++]);
        }
    }
    return count;
}

static size_t arm_case(const struct timer_rules *rules, const struct timer_fact *fact,
                       struct timer_arm arms[TIMER_ARMS]) {
    struct clock_about about;
    size_t count = 0;
    if (!know_about(rules->region, fact, &about)) {
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
    propose_first(arm, "started");
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
    if (!know_about(region, fact, &about)) {
        return 0;
    }
    if (fact->due_at_ms == 0 && !choose(region, &about.about, clock, fact->at_ms, &choice)) {
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
        arm_choice(&choice, fact, clock, arm);
    }
    snprintf(terms->name, sizeof terms->name, "%s-%" PRIu32, clock, fact->ordinal);
    propose_first(arm, fact->reason);
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
    if (past != NULL && know_about(region, fact, &about)) {
        const struct clock_asked asked = {region->policies, region->policy_count, &about.about};
        clock_begin_move(&asked, past, run);
    }
    return timer_rearm(region, fact, run, now_ms, arm);
}

bool timer_rearm(const struct region *region, const struct timer_fact *fact,
                 const struct clock_run *run, int64_t now_ms, struct timer_arm *arm) {
    struct clock_about about;
    struct course course;
    struct error ignored;
    if (!know_about(region, fact, &about) ||
        clock_run_course(region->policies, region->policy_count, &about.about, run, NULL, now_ms,
                         &course, &ignored) != RC_OK) {
        return false;
    }
    clock_terms_fill(&arm->terms, run->name, run->restarted_on, &course.deadline);
    arm->reason = fact->reason;
    return true;
}

// The case as it was and is, and where one clock begins by each.
struct displaced {
    const struct region *region;
    struct clock_about before, now;
    enum milestone began, begins; // MILESTONE_COUNT: no rule holds
    const char *policy_version;   // of the rule that holds now
};

static bool know_both(const struct region *region, const struct timer_assessment *assessment,
                      struct displaced *displaced) {
    displaced->region = region;
    return know_about(region, &assessment->before, &displaced->before) &&
           know_about(region, &assessment->now, &displaced->now);
}

static void find_starts(struct displaced *displaced, const char *name, int64_t at_ms) {
    const struct region *region = displaced->region;
    const struct policy_case *before = &displaced->before.about;
    const struct policy_case *now = &displaced->now.about;
    struct policy_choice choice;
    displaced->began = choose(region, before, name, at_ms, &choice)
                           ? start_of(region, before, &choice, at_ms)
                           : MILESTONE_COUNT;
    bool holds = choose(region, now, name, at_ms, &choice);
    displaced->begins = holds ? start_of(region, now, &choice, at_ms) : MILESTONE_COUNT;
    displaced->policy_version = holds ? choice.policy->label : "";
}

static bool is_reached(const struct timer_assessment *assessment, enum milestone milestone) {
    return milestone < MILESTONE_COUNT && assessment->reached_at_ms[milestone] != 0;
}

static void arm_displaced(const struct displaced *displaced, const struct timer_fact *fact,
                          const char *name, struct timer_displacement *displacement) {
    struct policy_choice choice;
    if (displacement->arm_count < TIMER_ARMS &&
        choose(displaced->region, &displaced->now.about, name, fact->at_ms, &choice)) {
        arm_choice(&choice, fact, name, &displacement->arms[displacement->arm_count++]);
    }
}

// What begins with the registration goes on where the case was taken up again.
static bool has_begun(const struct timer_assessment *assessment, enum milestone milestone) {
    return milestone == MILESTONE_CASE_REGISTERED || is_reached(assessment, milestone);
}

// The registration arms its own.
static void displace(const struct timer_assessment *assessment, const struct displaced *displaced,
                     const char *name, enum milestone milestone,
                     struct timer_displacement *displacement) {
    enum milestone begins = displaced->begins;
    if (begins == milestone && milestone != MILESTONE_CASE_REGISTERED) {
        struct timer_fact fact = assessment->now;
        fact.at_ms = assessment->reached_at_ms[milestone];
        arm_displaced(displaced, &fact, name, displacement);
    }
    if (displaced->began == milestone && !has_begun(assessment, begins) &&
        displacement->end_count < TIMER_NAMES) {
        displacement->ends[displacement->end_count++] =
            (struct timer_end){.name = name,
                               .started_at_ms = assessment->reached_at_ms[milestone],
                               .begins_on = begins == MILESTONE_COUNT ? "" : milestone_name(begins),
                               .policy_version = displaced->policy_version};
    }
}

static bool holds(const struct region *region, const struct policy_case *about, const char *name,
                  int64_t at_ms) {
    struct policy_choice choice;
    return choose(region, about, name, at_ms, &choice);
}

static bool restarts(const struct region *region, const struct policy_case *about, const char *name,
                     const char *ground, int64_t at_ms) {
    struct policy_choice choice;
    return choose(region, about, name, at_ms, &choice) &&
           policy_restarts_on(deadline_bound(&choice, at_ms).rule, ground);
}

// What the rules of before let not begin again, those of now do.
static void restart_displaced(const struct timer_rules *rules,
                              const struct timer_assessment *assessment,
                              const struct displaced *displaced,
                              struct timer_displacement *displacement) {
    struct timer_fact fact = assessment->now;
    fact.at_ms = assessment->restarted_at_ms;
    fact.restart = assessment->restarted_on;
    for (size_t i = 0; fact.at_ms != 0 && i < rules->restarts.count; i++) {
        const char *name = rules->restarts.names[i];
        if (restarts(rules->region, &displaced->now.about, name, fact.restart, fact.at_ms) &&
            !restarts(rules->region, &displaced->before.about, name, fact.restart, fact.at_ms)) {
            arm_displaced(displaced, &fact, name, displacement);
        }
    }
}

// What began again goes on by no rule of now.
static void end_restarted(const struct timer_rules *rules,
                          const struct timer_assessment *assessment,
                          const struct displaced *displaced,
                          struct timer_displacement *displacement) {
    int64_t at_ms = assessment->now.at_ms;
    for (size_t i = 0; assessment->restarted_at_ms != 0 && i < rules->restarts.count; i++) {
        const char *name = rules->restarts.names[i];
        if (displacement->end_count < TIMER_NAMES &&
            holds(rules->region, &displaced->before.about, name, at_ms) &&
            !holds(rules->region, &displaced->now.about, name, at_ms)) {
            displacement->ends[displacement->end_count++] =
                (struct timer_end){.name = name,
                                   .started_at_ms = assessment->restarted_at_ms,
                                   .begins_on = "",
                                   .policy_version = ""};
        }
    }
}

static bool is_ended(const struct timer_displacement *displacement, const char *name) {
    for (size_t i = 0; i < displacement->end_count; i++) {
        if (strcmp(displacement->ends[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

void timer_displace(const struct timer_rules *rules, const struct timer_assessment *assessment,
                    struct timer_displacement *displacement) {
    struct displaced displaced;
    displacement->arm_count = 0;
    displacement->end_count = 0;
    if (!know_both(rules->region, assessment, &displaced)) {
        return;
    }
    restart_displaced(rules, assessment, &displaced, displacement);
    end_restarted(rules, assessment, &displaced, displacement);
    for (int m = 0; m < MILESTONE_COUNT; m++) {
        const struct timer_names *list = &rules->starts[m];
        for (size_t i = 0; i < list->count && is_reached(assessment, (enum milestone)m); i++) {
            find_starts(&displaced, list->names[i], assessment->now.at_ms);
            if (displaced.began != displaced.begins && !is_ended(displacement, list->names[i])) {
                displace(assessment, &displaced, list->names[i], (enum milestone)m, displacement);
            }
        }
    }
}

bool timer_move_run(const struct timer_rules *rules, const struct timer_assessment *assessment,
                    struct clock_run *run) {
    struct displaced displaced;
    if (run->restarted_on[0] != '\0' || !know_both(rules->region, assessment, &displaced)) {
        return true;
    }
    find_starts(&displaced, run->name, assessment->now.at_ms);
    if (displaced.began == displaced.begins) {
        return true;
    }
    if (!is_reached(assessment, displaced.begins)) {
        return has_begun(assessment, displaced.begins);
    }
    run->started_at_ms = assessment->reached_at_ms[displaced.begins];
    clock_run_forget(run, run->started_at_ms);
    return true;
}
