// SPDX-License-Identifier: Apache-2.0
// What left no trace is zero again, so that unmerging gives back the very state from before.
#include "apply_cluster.h"

#include <string.h>

static size_t place_of(const struct case_cluster *cluster, const char *case_id) {
    size_t place = 0;
    while (place < cluster->other_count && strcmp(cluster->others[place], case_id) != 0) {
        place++;
    }
    return place;
}

bool case_is_with(const struct case_state *state, const char *case_id) {
    return place_of(&state->cluster, case_id) < state->cluster.other_count;
}

static void copy_id(char target[37], const char *source) {
    size_t size = strnlen(source, 36);
    memmove(target, source, size); // a fact may borrow from this very state
    memset(target + size, 0, 37 - size);
}

void apply_not_accepted(struct case_state *state, const struct fact *fact) {
    copy_id(state->cluster.same_as, fact->body.not_accepted.earlier_case_id);
}

void apply_repeat_recognised(struct case_state *state, const struct fact *fact) {
    state->cluster.earlier = fact->body.repeat_recognised.earlier;
}

void apply_merged(struct case_state *state, const struct fact *fact) {
    const Redress__V1__CaseMerged *body = &fact->body.merged;
    struct case_cluster *cluster = &state->cluster;
    copy_id(cluster->cluster_id, body->cluster_id);
    cluster->leads = body->leads;
    for (size_t i = 0; i < body->n_with; i++) {
        if (!case_is_with(state, body->with[i]) && cluster->other_count < CASE_CLUSTER - 1) {
            copy_id(cluster->others[cluster->other_count++], body->with[i]);
        }
    }
}

static void take_out(struct case_cluster *cluster, const char *case_id) {
    size_t place = place_of(cluster, case_id);
    if (place == cluster->other_count) {
        return;
    }
    cluster->other_count--;
    memmove(cluster->others[place], cluster->others[place + 1],
            (cluster->other_count - place) * sizeof cluster->others[0]);
    memset(cluster->others[cluster->other_count], 0, sizeof cluster->others[0]);
}

void apply_unmerged(struct case_state *state, const struct fact *fact) {
    const Redress__V1__CaseUnmerged *body = &fact->body.unmerged;
    struct case_cluster *cluster = &state->cluster;
    for (size_t i = 0; i < body->n_without; i++) {
        take_out(cluster, body->without[i]);
    }
    cluster->leads = body->leads && cluster->other_count > 0;
    if (cluster->other_count == 0) {
        memset(cluster->cluster_id, 0, sizeof cluster->cluster_id);
    }
}
