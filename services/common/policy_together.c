// SPDX-License-Identifier: Apache-2.0
// Tries every severity and channel, and the categories and situations that the rules themselves
// name: in any more only more rules could go before these.
#include "common/policy_together.h"

#include <string.h>

#define CHANNELS 9 // not known, and 1 to 8

const char *policy_situation_of(const struct policy_rule *rule, unsigned number) {
    return rule->when.situation_count == 0 ? NULL : rule->when.situations[number];
}

// The categories of a case of these rules: any of those that the first rule which asks for some
// names.
static const struct policy_when *when_of_category(const struct policy_step *steps, size_t count) {
    const struct policy_when *when = &steps[0].rule->when;
    for (size_t i = 0; i < count && when->category_count == 0; i++) {
        when = &steps[i].rule->when;
    }
    return when;
}

// Most cases are not of one of the rules: that is seen without a choice among all.
static bool is_chosen(const struct policy_packs *packs, const struct policy_step *steps,
                      size_t count, const struct policy_case *about, int64_t at_ms) {
    struct policy_choice choice;
    bool all = true;
    for (size_t i = 0; i < count && all; i++) {
        all = policy_rule_holds(steps[i].rule, about);
    }
    for (size_t i = 0; i < count && all; i++) {
        all =
            policy_choose(packs->all, packs->count, about, steps[i].rule->clock, at_ms, &choice) &&
            choice.rule == steps[i].rule;
    }
    return all;
}

static bool is_listed(const char *const *list, size_t count, const char *text) {
    bool is = false;
    for (size_t i = 0; i < count && !is; i++) {
        is = strcmp(list[i], text) == 0;
    }
    return is;
}

// Situations of the rules, each once.
static size_t list_situations(const struct policy_step *steps, size_t count,
                              const char **situations) {
    size_t listed = 0;
    for (size_t i = 0; i < count; i++) {
        const char *situation = steps[i].situation;
        if (situation != NULL && !is_listed(situations, listed, situation)) {
            situations[listed++] = situation;
        }
    }
    return listed;
}

// A case has one level of crisis.
static bool is_possible(const char *const *situations, size_t count) {
    unsigned levels = 0;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t level = 0; level < POLICY_CRISES; level++) {
            levels += strcmp(situations[i], policy_crisis(level)) == 0 ? 1 : 0;
        }
    }
    return levels <= 1;
}

bool policy_chosen_together(const struct policy_packs *packs, const struct policy_step *steps,
                            size_t count, struct policy_case *about, int64_t at_ms) {
    const char *situations[POLICY_CLOCKS_MOST];
    const struct policy_when *when = when_of_category(steps, count);
    bool chosen = false;
    about->situations = situations;
    about->situation_count = list_situations(steps, count, situations);
    bool possible = is_possible(situations, about->situation_count);
    for (unsigned category = 0;
         possible && !chosen && (category == 0 || category < when->category_count); category++) {
        about->category = when->category_count == 0 ? NULL : when->categories[category];
        for (unsigned i = 0; i < POLICY_SEVERITIES * CHANNELS && !chosen; i++) {
            about->severity = i % POLICY_SEVERITIES;
            about->channel = i / POLICY_SEVERITIES;
            chosen = is_chosen(packs, steps, count, about, at_ms);
        }
    }
    about->situations = NULL; // they were borrowed
    about->situation_count = 0;
    return chosen;
}
