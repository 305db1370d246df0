// SPDX-License-Identifier: Apache-2.0
// The ledger's reads. Staff reads run as redress_ledger_api, so that row-level security bounds them
// whatever this file forgets; reads of the platform's own services run as the owner.
#pragma once

#include "case.h"
#include "export.h"

#include "common/pg.h"

#include <jansson.h>

#define QUERY_PAGE_MOST 200

struct query_filter { // NULL where not asked for
    const char *status;
    const char *institution;
    const char *category;
    const char *unit;
    uint32_t urgency;  // 0 any
    bool open_alarm;   // only cases with one
    bool breached;     // only cases with a breached clock
    const char *after; // cursor of the page before
    int64_t limit;
    const char *tenants; // the scope: never NULL
};

// Begins a transaction in the scope of these tenants. End it with scope_end.
MUST_CHECK enum rc query_begin(struct pg *pg, const char *tenants, struct error *error);

// {items, next}; items carry what a list shows.
MUST_CHECK enum rc query_cases(struct pg *pg, const struct query_filter *filter, json_t **page,
                               struct error *error);
// RC_NOT_FOUND for an absent case and for one out of scope alike. tenants is the scope, NULL for
// the platform's own services.
MUST_CHECK enum rc query_state(struct pg *pg, const char *tenants, const char *case_id,
                               struct case_state *state, struct error *error);
// By tracking code: the case id.
MUST_CHECK enum rc query_case_id(struct pg *pg, const char *tracking_code, char case_id[37],
                                 struct error *error);
// The first fact; free *message with fact_release.
MUST_CHECK enum rc query_registered(struct pg *pg, const char *case_id, ProtobufCMessage **message,
                                    struct error *error);
// {items, next} of facts after a sequence.
MUST_CHECK enum rc query_timeline(struct pg *pg, const char *case_id, int64_t after, int64_t limit,
                                  json_t **page, struct error *error);
// Whether the case has a fact of this cause.
MUST_CHECK enum rc query_has_cause(struct pg *pg, const char *case_id, const char *cause_id,
                                   bool *known, struct error *error);
// {items, next} of what was said between a complainant and the bureau, after a sequence: {sequence,
// at, kind, text …}. In query_dialogue.c.
MUST_CHECK enum rc query_dialogue(struct pg *pg, const char *case_id, int64_t after, int64_t limit,
                                  json_t **page, struct error *error);
// The text of the last reply; NULL where there is none. The caller frees it.
MUST_CHECK enum rc query_reply(struct pg *pg, const char *case_id, char **reply,
                               struct error *error);
// {items, next} of running clocks after "case id/name".
MUST_CHECK enum rc query_clocks(struct pg *pg, const char *after, int64_t limit, json_t **page,
                                struct error *error);
// {items} of clocks whose warn or due time has passed.
MUST_CHECK enum rc query_overdue(struct pg *pg, int64_t now_ms, int64_t limit, json_t **page,
                                 struct error *error);
// The facts up to the state that a bundle is of; in query_export.c. RC_CONFLICT with code
// "too-large".
MUST_CHECK enum rc query_export(struct pg *pg, const struct export_head *head, json_t *bundle,
                                struct error *error);
// {cases, events, outbox}.
MUST_CHECK enum rc query_summary(struct pg *pg, json_t **summary, struct error *error);
