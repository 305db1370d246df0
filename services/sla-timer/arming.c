// SPDX-License-Identifier: Apache-2.0
// Rules decide (sla_timer.h); what they ask for is published here.
#include "arming.h"

#include "fact_read.h"
#include "proposals.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>

static enum rc publish(const struct arming *arming, const Redress__V1__FactMeta *meta,
                       struct timer_arm *arm) {
    char cause[64];
    arm->based_on = meta->sequence;
    // One fact may arm a clock from its beginning and in a later run: both are told apart.
    snprintf(cause, sizeof cause, "%" PRIu64 "%s", meta->sequence,
             arm->replaces_version == 0 ? "" : "-run");
    return proposals_arm(arming->producer, meta->case_id, meta->tenant, cause, arm,
                         arming->traceparent, arming->wait, arming->error);
}

static enum rc publish_all(const struct arming *arming, const Redress__V1__FactMeta *meta,
                           struct timer_arm *arms, size_t count) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = publish(arming, meta, &arms[i]);
    }
    return rc;
}

static size_t find_arms(const struct arming *arming, const Redress__V1__FactMeta *meta,
                        struct timer_fact fact) {
    fact.institution = meta->tenant;
    fact.at_ms = fact.at_ms == 0 ? meta->decided_at_ms : fact.at_ms;
    return timer_arms(arming->rules, &fact, arming->arms);
}

enum rc arming_propose(const struct arming *arming, const Redress__V1__FactMeta *meta,
                       struct timer_fact fact) {
    if (fact.due_at_ms != 0 && !clock_is_time(fact.due_at_ms)) {
        return error_field(arming->error, "bad-time", "due_at_ms", "it is no time");
    }
    return publish_all(arming, meta, arming->arms, find_arms(arming, meta, fact));
}

enum rc arming_registered(const struct arming *arming, const Redress__V1__FactMeta *meta,
                          struct timer_fact fact) {
    size_t count = find_arms(arming, meta, fact);
    proposed_keep(arming->proposed, meta->case_id, arming->arms, count);
    return publish_all(arming, meta, arming->arms, count);
}

// The first assessment, before anything else was reached: what the registration made this process
// propose, without fail, is what the case has or will have.
static bool is_first(const Redress__V1__CaseAssessed *assessed, const struct timer_fact *before) {
    return before->urgency == 0 && before->crisis == 0 && before->situations[0] == '\0' &&
           assessed->n_reached == 0 && assessed->n_runs == 0;
}

// What counts from the registration, by what the case is now.
static enum rc propose_assessed(const struct arming *arming,
                                const Redress__V1__CaseAssessed *assessed,
                                const struct timer_assessment *assessment) {
    struct timer_fact fact = assessment->now;
    struct timer_arm *arms = arming->arms;
    enum rc rc = RC_OK;
    fact.at_ms = assessed->received_at_ms;
    fact.milestones = MILESTONE_BIT(MILESTONE_CASE_REGISTERED);
    size_t count = find_arms(arming, assessed->meta, fact);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        bool spared = is_first(assessed, &assessment->before) &&
                      proposed_holds(arming->proposed, assessed->meta->case_id, &arms[i].terms);
        rc = spared ? RC_OK : publish(arming, assessed->meta, &arms[i]);
    }
    return rc;
}

// Clocks that began later than the case, or were paused or extended, are counted again too.
static enum rc rearm_runs(const struct arming *arming, const Redress__V1__CaseAssessed *assessed,
                          const struct timer_assessment *assessment) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < assessed->n_runs && rc == RC_OK; i++) {
        struct timer_arm arm = {.replaces_version = assessed->runs[i]->version,
                                .known_changes = (uint32_t)assessed->runs[i]->n_changes};
        struct clock_run run;
        if (!clock_run_read(&run, assessed->runs[i])) {
            return error_field(arming->error, "out-of-bounds", "runs", "a run is not readable");
        }
        if (timer_move_run(arming->rules, assessment, &run) &&
            timer_rearm(arming->rules->region, &assessment->now, &run, assessment->now.at_ms,
                        &arm)) {
            rc = publish(arming, assessed->meta, &arm);
        }
    }
    return rc;
}

static enum rc displace(const struct arming *arming, const Redress__V1__FactMeta *meta,
                        const struct timer_assessment *assessment) {
    struct timer_displacement displacement = {.arms = arming->arms};
    enum rc rc = RC_OK;
    timer_displace(arming->rules, assessment, &displacement);
    for (size_t i = 0; i < displacement.end_count && rc == RC_OK; i++) {
        rc = proposals_end(arming->producer, meta, &displacement.ends[i], arming->traceparent,
                           arming->wait, arming->error);
    }
    return rc == RC_OK ? publish_all(arming, meta, displacement.arms, displacement.arm_count) : rc;
}

enum rc arming_assessed(const struct arming *arming, const Redress__V1__CaseAssessed *assessed) {
    struct timer_assessment assessment;
    enum rc rc = fact_read_assessment(assessed, &assessment, arming->error);
    if (rc != RC_OK || assessment.now.category == NULL) {
        return rc;
    }
    bool counts = assessment.reached_at_ms[MILESTONE_CASE_REGISTERED] != 0;
    rc = counts ? propose_assessed(arming, assessed, &assessment) : RC_OK;
    rc = rc == RC_OK ? rearm_runs(arming, assessed, &assessment) : rc;
    rc = rc == RC_OK ? displace(arming, assessed->meta, &assessment) : rc;
    struct timer_fact fact = assessment.now;
    fact.at_ms = assessed->meta->decided_at_ms;
    fact.milestones = milestones_of(&assessed->base);
    fact.reason = "started";
    return rc == RC_OK ? arming_propose(arming, assessed->meta, fact) : rc;
}

// Terms of before an assessment that could not count their run are counted again.
enum rc arming_overtaken(const struct arming *arming, const Redress__V1__ClockArmed *armed) {
    struct timer_fact fact;
    struct clock_run run;
    if (!fact_read_overtaken(armed, &fact)) {
        return RC_OK;
    }
    struct timer_arm arm = {.replaces_version = armed->run->version,
                            .known_changes = (uint32_t)armed->run->n_changes};
    if (!clock_run_read(&run, armed->run)) {
        return error_field(arming->error, "out-of-bounds", "run", "the run is not readable");
    }
    return timer_rearm(arming->rules->region, &fact, &run, fact.at_ms, &arm)
               ? publish(arming, armed->meta, &arm)
               : RC_OK;
}
