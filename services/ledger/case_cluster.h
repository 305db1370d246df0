// SPDX-License-Identifier: Apache-2.0
// Cases of one matter. A cluster is a relation: every member keeps its own clocks, complainant,
// notices and status; nothing of it but this knows of the others. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_CLUSTER 16 // members at most

struct case_cluster {
    char cluster_id[37]; // "" alone
    bool leads;          // stands for the cluster in numbers
    char others[CASE_CLUSTER - 1][37];
    size_t other_count;
    char same_as[37]; // the earlier case whose matter it was refused for; ""
    uint32_t earlier; // cases of the same complainant before it; 0: no repeat
};

struct case_state;

// What a command says of other cases. Borrowed.
struct case_relation {
    const char *with;          // merge: a case id; refuse: the earlier case's id or tracking code
    const char *cluster_id;    // merge, unmerge: what is filled in once all members are known
    const char *const *others; // that join or leave this case's cluster
    size_t other_count;
    bool leads;
    const struct case_state *earlier; // refuse for the same matter, under its lock; NULL else
    bool shares_contact;              // it is of the same complainant
};

bool case_is_with(const struct case_state *state, const char *case_id);
