// SPDX-License-Identifier: Apache-2.0
// For policy_check*.c alone: how a fault of a pack is told, and what has a file of its own.
#pragma once

#include "policy_check.h"

#include "common/yaml_place.h"

// RC_INVALID with the line of a key of the entry whose id is of.
#define FAIL(checking, of, what_key, ...)                                                          \
    yaml_fault((checking)->directory,                                                              \
               &(const struct yaml_place){                                                         \
                   .file = (checking)->file, .entry_key = "id", .entry = (of), .key = (what_key)}, \
               (checking)->error, __VA_ARGS__)

// What starts a rule's clock and what stops it: facts that there are, in an order that can happen.
MUST_CHECK enum rc policy_check_start(const struct policy_checking *checking,
                                      const struct policy *policy, const struct policy_rule *rule);
// Whether its clock waits for itself, by way of others, in some case that has just these rules.
MUST_CHECK enum rc policy_check_cycle(const struct policy_checking *checking,
                                      const struct policy *policy, const struct policy_rule *rule);
