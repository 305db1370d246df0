// SPDX-License-Identifier: Apache-2.0
// Which clock waits for which.
#include "common/milestone.h"
#include "policy_check_private.h"
#include "policy_known.h"

#include <string.h>

static bool is_fact(const char *name) { return milestone_read(name) != MILESTONE_COUNT; }

static const struct policy_rule *rule_of_clock(const struct policy *policy, const char *clock) {
    for (unsigned i = 0; i < policy->rule_count; i++) {
        if (strcmp(policy->rules[i].clock, clock) == 0) {
            return &policy->rules[i];
        }
    }
    return NULL;
}

static const char visit_prefix[] = "follow_up_";

static bool is_named_as_visit(const char *clock) {
    return strncmp(clock, visit_prefix, strlen(visit_prefix)) == 0;
}

// The ledger tells one visit from the next by the number in its clock's name.
static bool is_visit(const char *clock) {
    const char *number = clock + strlen(visit_prefix);
    return is_named_as_visit(clock) && number[0] >= '1' && number[0] <= '9' && number[1] == '\0';
}

static enum rc check_facts(const struct policy_checking *checking, const struct policy_rule *rule) {
    if ((rule->starts_on == NULL) == (rule->after == NULL)) {
        return FAIL(checking, rule->id, "starts_on",
                    "exactly one of starts_on and after is needed");
    }
    if (rule->starts_on != NULL && !is_fact(rule->starts_on)) {
        return FAIL(checking, rule->id, "starts_on", "there is no fact \"%s\"", rule->starts_on);
    }
    if (!is_fact(rule->stops_on)) {
        return FAIL(checking, rule->id, "stops_on", "there is no fact \"%s\"", rule->stops_on);
    }
    bool by_visit = strcmp(rule->stops_on, "visit_done") == 0;
    if (by_visit && !is_visit(rule->clock)) {
        return FAIL(checking, rule->id, "clock", "a visit stops follow_up_1 to follow_up_9 alone");
    }
    return !by_visit && is_named_as_visit(rule->clock)
               ? FAIL(checking, rule->id, "stops_on", "visit_done alone stops %s: it is a visit",
                      rule->clock)
               : RC_OK;
}

const char *policy_clock_before(const struct policy_rule *rule) {
    bool at_breach =
        rule->starts_on != NULL && milestone_read(rule->starts_on) == MILESTONE_RESOLUTION_OVERDUE;
    return at_breach ? "resolution" : rule->after;
}

// A clock that starts after another needs that one to start first. Whose breach starts one may be
// another pack's.
static enum rc check_after(const struct policy_checking *checking, const struct policy *policy,
                           const struct policy_rule *rule) {
    return rule->after != NULL && rule_of_clock(policy, rule->after) == NULL
               ? FAIL(checking, rule->id, "after", "there is no clock \"%s\"", rule->after)
               : policy_check_cycle(checking, policy, rule);
}

// What starts it once it stands alone, and what stops it. Where no fact tells either yet the rule
// never runs, and may wait for that.
static enum rc check_span(const struct policy_checking *checking, const struct policy *policy,
                          const struct policy_rule *rule) {
    const char *start =
        rule->after == NULL ? rule->starts_on : rule_of_clock(policy, rule->after)->stops_on;
    enum milestone stop = milestone_read(rule->stops_on);
    if (!policy_may_follow(milestone_read(start), stop)) {
        return FAIL(checking, rule->id, "stops_on",
                    "%s can't come after %s, which starts it: the clock would never stop",
                    rule->stops_on, start);
    }
    if (milestone_read(start) == MILESTONE_CASE_CLOSED && stop != MILESTONE_VISIT_DONE) {
        return FAIL(checking, rule->id, rule->after == NULL ? "starts_on" : "after",
                    "no clock runs on a closed case but a visit's: it would never run");
    }
    if (milestone_is_told(stop) && !policy_is_told(rule->clock, stop)) {
        return FAIL(checking, rule->id, "stops_on",
                    "%s is no end of this clock: %s would never stop", rule->stops_on, rule->clock);
    }
    if (milestone_is_told(milestone_read(start)) && !milestone_is_told(stop)) {
        return FAIL(checking, rule->id, "stops_on",
                    "no fact tells %s yet: the clock would never stop", rule->stops_on);
    }
    if (stop == MILESTONE_RESOLUTION_OVERDUE && strcmp(rule->clock, "resolution") == 0) {
        return FAIL(checking, rule->id, "stops_on", "%s is its own breach: nothing would stop it",
                    rule->stops_on);
    }
    return RC_OK;
}

enum rc policy_check_start(const struct policy_checking *checking, const struct policy *policy,
                           const struct policy_rule *rule) {
    enum rc rc = check_facts(checking, rule);
    rc = rc == RC_OK ? check_after(checking, policy, rule) : rc;
    return rc == RC_OK ? check_span(checking, policy, rule) : rc;
}
