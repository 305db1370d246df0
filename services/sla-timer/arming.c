// SPDX-License-Identifier: Apache-2.0
// Rules decide (sla_timer.h); what they ask for is published here.
#include "arming.h"

#include "fact_read.h"
#include "proposals.h"

#include "common/clock.h"
#include "common/fact_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AHEAD_MS 600000

static enum rc publish(const struct arming *arming, const Redress__V1__FactMeta *meta,
                       struct timer_arm *arm) {
    char cause[64];
    // As the fact asks, or time is at its end.
    if (arm->terms.due_at_ms <= arm->terms.started_at_ms || !clock_is_time(arm->terms.due_at_ms)) {
        return error_field(arming->error, "bad-time", "due_at_ms", "%s is not due after it begins",
                           arm->terms.name);
    }
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

static enum rc propose(const struct arming *arming, const Redress__V1__FactMeta *meta,
                       struct timer_fact fact) {
    return publish_all(arming, meta, arming->arms, find_arms(arming, meta, fact));
}

static enum rc propose_registered(const struct arming *arming, const Redress__V1__FactMeta *meta,
                                  struct timer_fact fact) {
    size_t count = find_arms(arming, meta, fact);
    proposed_keep(arming->proposed, meta->case_id, arming->arms, count);
    return publish_all(arming, meta, arming->arms, count);
}

// Whether the ledger hears it well before its end. What it hears later may have ended too late,
// which it judges by terms that know the assessment: those are proposed however alike they are.
static bool is_ahead(const struct arming *arming, const struct timer_arm *arm) {
    return arm->terms.due_at_ms > arming->now_ms + AHEAD_MS;
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
        bool spared = is_ahead(arming, &arms[i]) && is_first(assessed, &assessment->before) &&
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

static enum rc on_assessed(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__CaseAssessed *assessed = (const Redress__V1__CaseAssessed *)message;
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
    fact.milestones = milestones_of(message);
    fact.reason = "started";
    return rc == RC_OK ? propose(arming, assessed->meta, fact) : rc;
}

// No rule holds any more: the assessment that says so was heard before there was a run to end.
static enum rc end_overtaken(const struct arming *arming, const Redress__V1__FactMeta *meta,
                             const struct timer_fact *fact, const struct clock_run *run) {
    const struct timer_end end = {run->name, run->started_at_ms, "", ""};
    return timer_lacks_rule(arming->rules->region, fact, run->name)
               ? proposals_end(arming->producer, meta, &end, arming->traceparent, arming->wait,
                               arming->error)
               : RC_OK;
}

// Terms of before an assessment that could not count their run are counted again.
static enum rc on_armed(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__ClockArmed *armed = (const Redress__V1__ClockArmed *)message;
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
               : end_overtaken(arming, armed->meta, &fact, &run);
}

static enum rc on_registered(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__CaseRegistered *fact = (const Redress__V1__CaseRegistered *)message;
    enum rc rc = fact_read_time(fact->received_at_ms, arming->error);
    return rc == RC_OK
               ? propose_registered(arming, fact->meta,
                                    (struct timer_fact){.at_ms = fact->received_at_ms,
                                                        .category = fact->category,
                                                        .situations = "",
                                                        .channel = (uint32_t)fact->channel,
                                                        .milestones = milestones_of(message),
                                                        .reason = "started"})
               : rc;
}

static enum rc on_milestone(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct timer_fact fact = {.milestones = milestones_of(message), .reason = "started"};
    return fact_read_traits(meta, &fact) ? propose(arming, meta, fact) : RC_OK;
}

// A message of progress promises the next one.
static enum rc on_progress(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct timer_fact fact = {.restart = "progress-told", .reason = "restarted"};
    enum rc rc = on_milestone(arming, message);
    return rc == RC_OK && fact_read_traits(meta, &fact) ? propose(arming, meta, fact) : rc;
}

static enum rc on_rework(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__FactMeta *meta = fact_record_meta(message);
    struct timer_fact fact = {.restart = "rework", .reason = "restarted"};
    return fact_read_traits(meta, &fact) ? propose(arming, meta, fact) : RC_OK;
}

static enum rc on_reopened(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__CaseReopened *reopened = (const Redress__V1__CaseReopened *)message;
    bool new_facts = reopened->ground == REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS;
    struct timer_fact fact = {.restart = new_facts ? "new-facts" : "rework", .reason = "restarted"};
    return fact_read_traits(reopened->meta, &fact) ? propose(arming, reopened->meta, fact) : RC_OK;
}

// Alarms of before said nothing of their cases: those are no crisis here.
static enum rc on_climb(const struct arming *arming, const Redress__V1__FactMeta *meta,
                        struct timer_fact fact) {
    (void)fact_read_traits(meta, &fact);
    return propose(arming, meta, fact);
}

static enum rc on_alarm(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__AlarmRaised *fact = (const Redress__V1__AlarmRaised *)message;
    return on_climb(arming, fact->meta,
                    (struct timer_fact){.kind = TIMER_ALARM_RAISED,
                                        .ordinal = fact->ordinal,
                                        .policy_version = fact->policy_version});
}

static enum rc on_escalated(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__CaseEscalated *fact = (const Redress__V1__CaseEscalated *)message;
    return on_climb(arming, fact->meta,
                    (struct timer_fact){.kind = TIMER_CASE_ESCALATED,
                                        .ordinal = fact->ordinal,
                                        .level = fact->level,
                                        .policy_version = fact->policy_version});
}

static enum rc on_numbered(const struct arming *arming, const Redress__V1__FactMeta *meta,
                           struct timer_fact fact) {
    fact.reason = "started";
    return fact_read_traits(meta, &fact) ? propose(arming, meta, fact) : RC_OK;
}

static enum rc on_supervision(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__SupervisionOrdered *fact = (const Redress__V1__SupervisionOrdered *)message;
    return on_numbered(arming, fact->meta,
                       (struct timer_fact){.kind = TIMER_SUPERVISION_ORDERED,
                                           .ordinal = fact->order,
                                           .due_at_ms = fact->due_at_ms});
}

static enum rc on_co_handler(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__CoHandlerAdded *fact = (const Redress__V1__CoHandlerAdded *)message;
    return on_numbered(arming, fact->meta,
                       (struct timer_fact){.kind = TIMER_CO_HANDLER_ADDED,
                                           .ordinal = fact->number,
                                           .due_at_ms = fact->due_at_ms});
}

static enum rc on_improvement(const struct arming *arming, const ProtobufCMessage *message) {
    const Redress__V1__ImprovementOpened *fact = (const Redress__V1__ImprovementOpened *)message;
    return on_numbered(arming, fact->meta,
                       (struct timer_fact){.kind = TIMER_IMPROVEMENT_OPENED,
                                           .ordinal = fact->improvement,
                                           .due_at_ms = fact->due_at_ms});
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    enum rc (*take)(const struct arming *, const ProtobufCMessage *);
} handlers[] = {
    {&redress__v1__case_registered__descriptor, on_registered},
    {&redress__v1__case_assessed__descriptor, on_assessed},
    {&redress__v1__progress_told__descriptor, on_progress},
    {&redress__v1__alarm_raised__descriptor, on_alarm},
    {&redress__v1__case_escalated__descriptor, on_escalated},
    {&redress__v1__case_accepted__descriptor, on_milestone},
    {&redress__v1__case_transferred_to_emergency__descriptor, on_milestone},
    {&redress__v1__case_dispatched__descriptor, on_milestone},
    {&redress__v1__case_designated__descriptor, on_milestone},
    {&redress__v1__case_signed__descriptor, on_milestone},
    {&redress__v1__return_requested__descriptor, on_milestone},
    {&redress__v1__case_decided__descriptor, on_milestone},
    {&redress__v1__case_replied__descriptor, on_milestone},
    {&redress__v1__review_requested__descriptor, on_milestone},
    {&redress__v1__final_review_requested__descriptor, on_milestone},
    {&redress__v1__review_decided__descriptor, on_milestone},
    {&redress__v1__follow_up_recorded__descriptor, on_milestone},
    {&redress__v1__feedback_recorded__descriptor, on_milestone},
    {&redress__v1__follow_up_visited__descriptor, on_milestone},
    {&redress__v1__mediation_recorded__descriptor, on_milestone},
    {&redress__v1__rework_ordered__descriptor, on_rework},
    {&redress__v1__case_reopened__descriptor, on_reopened},
    {&redress__v1__supervision_ordered__descriptor, on_supervision},
    {&redress__v1__co_handler_added__descriptor, on_co_handler},
    {&redress__v1__improvement_opened__descriptor, on_improvement},
    {&redress__v1__clock_armed__descriptor, on_armed},
    {&redress__v1__clock_breached__descriptor, on_milestone},
};

const ProtobufCMessageDescriptor *arming_reads(const char *type) {
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (strcmp(type, handlers[i].descriptor->name) == 0) {
            return handlers[i].descriptor;
        }
    }
    return NULL;
}

enum rc arming_take(const struct arming *arming, const ProtobufCMessage *message) {
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (message->descriptor == handlers[i].descriptor) {
            return handlers[i].take(arming, message);
        }
    }
    return RC_OK;
}
