// SPDX-License-Identifier: Apache-2.0
#include "ask.h"

bool ask_about(const struct region *region, const struct timer_fact *fact,
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

bool ask_choice(const struct region *region, const struct policy_case *about, const char *name,
                int64_t at_ms, struct policy_choice *choice) {
    return policy_choose(region->policies, region->policy_count, about, name, at_ms, choice);
}

enum milestone ask_start(const struct region *region, const struct policy_case *about,
                         const struct policy_choice *choice, int64_t at_ms) {
    const struct clock_asked asked = {region->policies, region->policy_count, about};
    return clock_begin_on(&asked, choice, at_ms);
}

void ask_first(struct timer_arm *arm, const char *reason) {
    arm->replaces_version = 0;
    arm->known_changes = 0;
    arm->known_sequence = 0;
    arm->urgent = false;
    arm->reason = reason;
}

void ask_arm(const struct policy_choice *choice, const struct timer_fact *fact, const char *name,
             struct timer_arm *arm) {
    struct deadline deadline;
    deadline_of_choice(choice, fact->at_ms, NULL, 0, &deadline);
    deadline.steps[0].text = fact->restart;
    clock_terms_fill(&arm->terms, name, fact->restart == NULL ? "" : fact->restart, &deadline);
    ask_first(arm, fact->reason);
}
