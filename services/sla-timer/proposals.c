// SPDX-License-Identifier: Apache-2.0
// Filling messages; no decision is made here.
#include "proposals.h"

#include "stats.h"

#include "common/ident.h"
#include "common/proposal.h"

#include <inttypes.h>
#include <stdio.h>

// The institution is the ledger's to know: a fired clock names its case.
#define NO_TENANT "unknown"

enum rc proposals_arm(struct bus_producer *producer, const char *case_id, const char *tenant,
                      const char *cause, const struct timer_arm *arm, const char *traceparent,
                      struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    struct clock_terms_message terms;
    char proposal_id[IDENT_UUID_SIZE];
    ident_uuid_from((const char *const[]){"arm", case_id, arm->terms.name, cause, NULL},
                    proposal_id);
    proposal_meta(&meta, case_id, tenant, proposal_id, "sla-timer");
    clock_terms_to_message(&arm->terms, &terms);
    message.meta = &meta;
    message.terms = &terms.terms;
    terms.terms.based_on = arm->based_on;
    message.replaces_version = arm->replaces_version;
    message.known_changes = arm->known_changes;
    message.known_sequence = arm->known_sequence;
    message.reason = (char *)arm->reason;
    message.urgent = arm->urgent;
    metric_add(&sla_timer_stats[STAT_ARMED], 1);
    return proposal_publish(producer, &message.base, &meta, traceparent, wait, error);
}

enum rc proposals_end(struct bus_producer *producer, const Redress__V1__FactMeta *cause,
                      const struct timer_end *end, const char *traceparent, struct bus_wait *wait,
                      struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__EndClock message = REDRESS__V1__END_CLOCK__INIT;
    char proposal_id[IDENT_UUID_SIZE];
    char sequence[24];
    snprintf(sequence, sizeof sequence, "%" PRIu64, cause->sequence);
    ident_uuid_from((const char *const[]){"end", cause->case_id, end->name, sequence, NULL},
                    proposal_id);
    proposal_meta(&meta, cause->case_id, cause->tenant, proposal_id, "sla-timer");
    message.meta = &meta;
    message.name = (char *)end->name;
    message.started_at_ms = end->started_at_ms;
    message.begins_on = (char *)end->begins_on;
    message.policy_version = (char *)end->policy_version;
    message.based_on = cause->sequence;
    metric_add(&sla_timer_stats[STAT_DISPLACED], 1);
    return proposal_publish(producer, &message.base, &meta, traceparent, wait, error);
}

enum rc proposals_fire(struct bus_producer *producer, const struct timer_entry *entry,
                       int64_t at_ms, struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    char proposal_id[IDENT_UUID_SIZE];
    char version[40];
    if (entry->kind == TIMER_WARN) {
        snprintf(version, sizeof version, "%" PRIu32 "@%" PRId64, entry->version, at_ms);
    } else {
        snprintf(version, sizeof version, "%" PRIu32, entry->version);
    }
    ident_uuid_from((const char *const[]){entry->kind == TIMER_BREACH ? "breach" : "warn",
                                          entry->case_id, entry->name, version, NULL},
                    proposal_id);
    proposal_meta(&meta, entry->case_id, NO_TENANT, proposal_id, "sla-timer");
    metric_add(&sla_timer_stats[entry->kind == TIMER_BREACH ? STAT_BREACHED : STAT_WARNED], 1);
    if (entry->kind == TIMER_BREACH) {
        Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
        message.meta = &meta;
        message.name = (char *)entry->name;
        message.version = entry->version;
        return proposal_publish(producer, &message.base, &meta, NULL, wait, error);
    }
    Redress__V1__WarnClock message = REDRESS__V1__WARN_CLOCK__INIT;
    message.meta = &meta;
    message.warn_at_ms = at_ms;
    message.name = (char *)entry->name;
    message.version = entry->version;
    return proposal_publish(producer, &message.base, &meta, NULL, wait, error);
}
