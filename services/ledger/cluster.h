// SPDX-License-Identifier: Apache-2.0
// Merging and unmerging over the members of a cluster: who joins or leaves whom, who leads, and
// each member's fact. Pure; the members are what one transaction has loaded and locked.
#pragma once

#include "work.h"

#define CLUSTER_CASES (2 * CASE_CLUSTER)

// The ids (borrowed) of all cases that a merge of these two touches; other is NULL for an unmerge
// or an end.
size_t cluster_cases(const struct case_state *one, const struct case_state *other,
                     const char *ids[CLUSTER_CASES]);

// Whether an input of this kind may end a case without a closure.
bool cluster_may_lose_its_lead(enum input_kind kind);

// After such an input made facts of the target: where it leads, the member that would be elected
// now leads from now on; where none stands in a number, nothing changes. RC_CONFLICT, "stale", as
// below.
MUST_CHECK enum rc cluster_pass_lead(struct work *work, struct work_case *target,
                                     const struct case_input *input, int64_t now_ms,
                                     struct error *error);

// Applies a merge with the case that the command names, or an unmerge, to the target and to every
// other member. *decision is the target's, or the refusal of any, after which the work must be
// dropped. RC_CONFLICT with code "stale" where a member is not in the work: it came meanwhile.
MUST_CHECK enum rc cluster_apply(struct work *work, struct work_case *target,
                                 const struct case_input *input, int64_t now_ms,
                                 struct case_decision *decision, struct error *error);
