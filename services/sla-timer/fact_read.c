// SPDX-License-Identifier: Apache-2.0
// Messages have been checked against the schema; what has a meaning beyond it is checked here.
#include "fact_read.h"

#include "common/clock.h"

#include <string.h>

enum rc fact_read_time(int64_t ms, struct error *error) {
    return clock_is_time(ms) ? RC_OK
                             : error_field(error, "bad-time", "received_at_ms", "it is no time");
}

static void read_case(const Redress__V1__CaseTraits *traits, struct timer_fact *fact) {
    fact->category = traits->category;
    fact->situations = traits->situations;
    fact->urgency = (uint32_t)traits->urgency;
    fact->crisis = (uint32_t)traits->crisis;
    fact->channel = (uint32_t)traits->channel;
}

bool fact_read_traits(const Redress__V1__FactMeta *meta, struct timer_fact *fact) {
    if (meta->traits == NULL) {
        return false;
    }
    fact->institution = meta->tenant;
    read_case(meta->traits, fact);
    return true;
}

bool fact_read_overtaken(const Redress__V1__ClockArmed *armed, struct timer_fact *fact) {
    if (armed->run == NULL || armed->assessed == NULL) {
        return false;
    }
    *fact = (struct timer_fact){.institution = armed->meta->tenant,
                                .at_ms = armed->meta->decided_at_ms,
                                .reason = "overtaken"};
    read_case(armed->assessed, fact);
    return true;
}

// Before its first assessment a case is nothing but what it was registered as.
static void read_before(const Redress__V1__CaseAssessed *assessed,
                        struct timer_assessment *assessment) {
    assessment->before = assessment->now;
    if (assessed->before != NULL) {
        read_case(assessed->before, &assessment->before);
        return;
    }
    assessment->before.situations = "";
    assessment->before.urgency = 0;
    assessment->before.crisis = 0;
}

// What the assessment itself makes true begins its clocks by itself.
static enum rc read_reached(const Redress__V1__CaseAssessed *assessed,
                            struct timer_assessment *assessment, struct error *error) {
    uint64_t now = milestones_of(&assessed->base);
    enum rc rc =
        assessed->restarted_at_ms == 0 ? RC_OK : fact_read_time(assessed->restarted_at_ms, error);
    for (size_t i = 0; i < assessed->n_reached && rc == RC_OK; i++) {
        enum milestone milestone = milestone_read(assessed->reached[i]->milestone);
        rc = fact_read_time(assessed->reached[i]->at_ms, error);
        if (milestone < MILESTONE_COUNT && (now & MILESTONE_BIT(milestone)) == 0) {
            assessment->reached_at_ms[milestone] = assessed->reached[i]->at_ms;
        }
    }
    assessment->reached_at_ms[MILESTONE_CASE_REGISTERED] =
        assessed->reopened ? 0 : assessed->received_at_ms;
    return rc;
}

enum rc fact_read_assessment(const Redress__V1__CaseAssessed *assessed,
                             struct timer_assessment *assessment, struct error *error) {
    memset(assessment, 0, sizeof *assessment);
    enum rc rc = fact_read_time(assessed->received_at_ms, error);
    if (rc != RC_OK || !fact_read_traits(assessed->meta, &assessment->now)) {
        return rc;
    }
    assessment->now.reason = "assessed";
    assessment->now.at_ms = assessed->meta->decided_at_ms;
    assessment->restarted_at_ms = assessed->restarted_at_ms;
    assessment->restarted_on = assessed->restarted_on;
    read_before(assessed, assessment);
    return read_reached(assessed, assessment, error);
}

int64_t fact_read_first_warn(const Redress__V1__ClockTerms *terms) {
    if (terms->warns_passed == 0) {
        return terms->warn_at_ms;
    }
    return terms->warns_passed <= terms->n_later_warns_at_ms
               ? terms->later_warns_at_ms[terms->warns_passed - 1]
               : 0;
}
