// SPDX-License-Identifier: Apache-2.0
// Clocks that follow others over several packs: each pack is sound by itself, and together they
// have a case of which a clock never starts, since two wait for each other, or never stops, since
// what ends the clock before is what would stop it. Rules are a fault only where some case has just
// these chosen: a pack above may well have overridden one of them.
#include "region_check.h"

#include "common/milestone.h"
#include "common/policy_known.h"
#include "common/policy_ring.h"
#include "common/yaml_place.h"
#include "policy_check.h"

#include <string.h>

#define STEPS_MOST 100000 // of a search; no sound region comes near [ours]

// What holds changes on the first day of a pack, and after its last, alone.
static bool holds_some_day(const struct policy_ring *ring, const struct region *region,
                           struct policy_case *about) {
    const struct policy_packs packs = {region->policies, region->policy_count};
    bool holds = false;
    for (size_t i = 0; i < 2 * region->policy_count && !holds; i++) {
        const struct policy *policy = region->policies[i / 2];
        if (i % 2 == 1 && policy->until == INT32_MAX) {
            continue;
        }
        civil_day day = i % 2 == 0 ? policy->from : policy->until + 1;
        holds = policy_chosen_together(&packs, ring->steps, ring->depth, about,
                                       zone_to_instant(calendar_zone(policy->calendar), day, 0));
    }
    return holds;
}

static bool is_real(const struct policy_ring *ring, const void *of) {
    const struct region *region = of;
    struct policy_case about;
    bool real = false;
    for (size_t i = 0; i < region->institution_count && !real; i++) {
        region_case(region, region->institutions[i].code, &about);
        real = holds_some_day(ring, region, &about);
    }
    return real;
}

// Whether what ends the first's clock comes too late to stop the one that then begins.
static bool is_outlasting(struct policy_ring *search, const struct policy_step *waiting,
                          const struct policy_step *before) {
    enum milestone start = milestone_read(before->rule->stops_on);
    if (policy_may_follow(start, milestone_read(waiting->rule->stops_on))) {
        return false;
    }
    search->steps[0] = *waiting;
    search->steps[1] = *before;
    search->depth = 2;
    search->found = ++search->tried <= STEPS_MOST && search->is_real(search, search->of);
    return search->found;
}

static void find_outlasting(struct policy_ring *search, const struct policy_step *waiting,
                            const struct policy *policy, const struct policy_rule *rule) {
    unsigned own = waiting->rule->when.situation_count;
    unsigned others = rule->when.situation_count;
    bool found = false;
    for (unsigned i = 0; !found && (i == 0 || i < own); i++) {
        for (unsigned j = 0; !found && (j == 0 || j < others); j++) {
            found =
                is_outlasting(search,
                              &(struct policy_step){waiting->policy, waiting->rule,
                                                    policy_situation_of(waiting->rule, i)},
                              &(struct policy_step){policy, rule, policy_situation_of(rule, j)});
        }
    }
}

// Every rule, of another pack too, that may end the clock that this one follows.
static void find_outlasted(struct policy_ring *search, const struct policy_step *waiting) {
    for (size_t p = 0; p < search->policy_count; p++) {
        const struct policy *policy = search->policies[p];
        for (unsigned i = 0; i < policy->rule_count && !search->found; i++) {
            if (strcmp(policy->rules[i].clock, waiting->rule->after) == 0) {
                find_outlasting(search, waiting, policy, &policy->rules[i]);
            }
        }
    }
}

static struct yaml_place place_of(const struct policy_step *told, const char *key) {
    return (struct yaml_place){
        .file = told->policy->file, .entry_key = "id", .entry = told->rule->id, .key = key};
}

// The rule of the highest layer: what a region or an institution added is what it can mend.
static size_t place_told(const struct policy_ring *search) {
    size_t place = 0;
    for (size_t i = 1; i < search->depth; i++) {
        bool above = search->steps[i].policy->layer > search->steps[place].policy->layer;
        place = above ? i : place;
    }
    return place;
}

static enum rc tell_cycle(const struct region_checking *checking,
                          const struct policy_ring *search) {
    size_t place = place_told(search);
    const struct policy_step *told = &search->steps[place];
    const struct policy_step *before = &search->steps[(place == 0 ? search->depth : place) - 1];
    struct yaml_place where = place_of(told, told->rule->after != NULL ? "after" : "starts_on");
    return yaml_fault(told->policy->directory, &where, checking->error,
                      "%s: a cycle over packs: %s waits for %s, and %s for %s by %s of %s: none "
                      "would ever start",
                      told->policy->label, told->rule->clock, policy_clock_before(told->rule),
                      before->rule->clock, told->rule->clock, before->rule->id,
                      before->policy->label);
}

static enum rc tell_outlasting(const struct region_checking *checking,
                               const struct policy_ring *search) {
    const struct policy_step *told = &search->steps[place_told(search)];
    const struct policy_step *waiting = &search->steps[0];
    const struct policy_step *before = &search->steps[1];
    struct yaml_place where = place_of(told, "stops_on");
    return yaml_fault(told->policy->directory, &where, checking->error,
                      "%s: %s of %s begins after %s, which ends with %s by %s of %s, and %s can't "
                      "come after that: it would never stop",
                      told->policy->label, waiting->rule->clock, waiting->policy->label,
                      before->rule->clock, before->rule->stops_on, before->rule->id,
                      before->policy->label, waiting->rule->stops_on);
}

static enum rc check_rule(const struct region_checking *checking, struct policy_ring *search,
                          const struct policy *policy, const struct policy_rule *rule) {
    policy_ring_find(search, policy, rule);
    if (search->found) {
        return tell_cycle(checking, search);
    }
    if (rule->after != NULL) {
        find_outlasted(search, &(struct policy_step){policy, rule, NULL});
    }
    return search->found ? tell_outlasting(checking, search) : RC_OK;
}

enum rc region_check_waiting(const struct region_checking *checking) {
    const struct region *region = checking->region;
    struct policy_ring search = {.policies = region->policies,
                                 .policy_count = region->policy_count,
                                 .steps_most = STEPS_MOST,
                                 .is_real = is_real,
                                 .of = region};
    enum rc rc = RC_OK;
    for (size_t p = 0; p < region->policy_count; p++) {
        const struct policy *policy = region->policies[p];
        for (unsigned i = 0; i < policy->rule_count && rc == RC_OK; i++) {
            rc = check_rule(checking, &search, policy, &policy->rules[i]);
        }
    }
    if (rc != RC_OK || search.tried <= STEPS_MOST) {
        return rc;
    }
    return error_field(checking->error, "bad-yaml", "policies.yaml",
                       "%s/policies.yaml: too many of its clocks wait for another to be checked",
                       checking->directory);
}
