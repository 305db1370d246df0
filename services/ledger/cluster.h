// SPDX-License-Identifier: Apache-2.0
// Merging and unmerging over the members of a cluster: who joins or leaves whom, and each member's
// fact. Pure; the members are what one transaction has loaded and locked.
#pragma once

#include "work.h"

#define CLUSTER_CASES (2 * CASE_CLUSTER)

// The ids (borrowed) of all cases that a merge of these two touches; other is NULL for an unmerge.
size_t cluster_cases(const struct case_state *one, const struct case_state *other,
                     const char *ids[CLUSTER_CASES]);

// Applies a merge with the case that the command names, or an unmerge, to the target and to every
// other member. *decision is the target's, or the refusal of any, after which the work must be
// dropped. RC_CONFLICT with code "stale" where a member is not in the work: it came meanwhile.
MUST_CHECK enum rc cluster_apply(struct work *work, struct work_case *target,
                                 const struct case_input *input, int64_t now_ms,
                                 struct case_decision *decision, struct error *error);
