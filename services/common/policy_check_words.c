// SPDX-License-Identifier: Apache-2.0
// Words that a pack by itself may use: a region may declare more (region_check_policies.c).
#include "policy_check.h"

#include "common/yaml_place.h"
#include "policy_known.h"

#include <stdio.h>

static enum rc refuse(const struct policy_checking *checking, const char *entry, const char *key,
                      const char *word, const char *known) {
    const struct yaml_place place = {
        .file = checking->file, .entry_key = "id", .entry = entry, .key = key};
    return yaml_fault(checking->directory, &place, checking->error, "\"%s\" is none of %s", word,
                      known);
}

static enum rc check_rule(const struct policy_checking *checking, const struct policy_rule *rule) {
    for (unsigned i = 0; i < rule->when.situation_count; i++) {
        const char *situation = rule->when.situations[i];
        if (!policy_knows_situation(situation)) {
            return refuse(checking, rule->id, "situations", situation, POLICY_SITUATIONS_TEXT);
        }
    }
    return RC_OK;
}

enum rc policy_check_words(const char *directory, const struct policy *policy,
                           struct error *error) {
    char file[POLICY_LABEL_SIZE + sizeof ".yaml"];
    enum rc rc = RC_OK;
    snprintf(file, sizeof file, "%s.yaml", policy->label);
    const struct policy_checking checking = {directory, file, NULL, error};
    for (unsigned i = 0; i < policy->institution_type_count; i++) {
        const char *type = policy->institution_types[i];
        if (!policy_knows_type(type)) {
            return refuse(&checking, policy->id, "institution_types", type, POLICY_TYPES_TEXT);
        }
    }
    for (unsigned i = 0; i < policy->rule_count && rc == RC_OK; i++) {
        rc = check_rule(&checking, &policy->rules[i]);
    }
    return rc;
}
