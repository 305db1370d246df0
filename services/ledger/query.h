// SPDX-License-Identifier: Apache-2.0
// The ledger's reads. Staff reads run as redress_ledger_api, so that row-level security bounds them
// whatever this file forgets; reads of the platform's own services run as the owner.
#pragma once

#include "access.h"
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
    bool breached;     // only cases with a breached clock: OVERDUE
    bool extended;     // only cases with an extended clock: EXTENDED
    const char *after; // cursor of the page before
    int64_t limit;
    const struct case_actor *actor; // who asks: never NULL
};

// Begins a transaction that sees what this user may, and learns their grants. End it with
// scope_end.
MUST_CHECK enum rc query_begin(struct pg *pg, struct access *access, struct error *error);

// Of a pipeline's read-only transaction, one user's part: from here on it reads as they, and learns
// what was granted and the states of the cases that they see; rows (case_id, state).
#define QUERY_READER_STATEMENTS 3 // scope, grants, states
MUST_CHECK enum rc query_queue_reader(struct pg *pg, const struct access *access,
                                      const char *const *case_ids, size_t count,
                                      struct error *error);
// Fills what was granted from the second of these results.
void query_take_grants(const PGresult *rows, struct access *access);

// {items, next}; items carry what a list shows.
MUST_CHECK enum rc query_cases(struct pg *pg, const struct query_filter *filter, json_t **page,
                               struct error *error);
// RC_NOT_FOUND for an absent case and for one that does not exist for this user alike. actor is
// NULL for the platform's own services.
MUST_CHECK enum rc query_state(struct pg *pg, const struct case_actor *actor, const char *case_id,
                               struct case_state *state, struct error *error);
// By tracking code: the case id.
MUST_CHECK enum rc query_case_id(struct pg *pg, const char *tracking_code, char case_id[37],
                                 struct error *error);
// The first fact; free *message with fact_release.
MUST_CHECK enum rc query_registered(struct pg *pg, const char *case_id, ProtobufCMessage **message,
                                    struct error *error);
// Any one fact of a case by its place and kind; likewise.
MUST_CHECK enum rc query_fact(struct pg *pg, const char *case_id, uint64_t sequence,
                              enum fact_kind kind, ProtobufCMessage **message, struct error *error);
// The last offer of evidence with this digest; NULL where the complainant made none.
MUST_CHECK enum rc query_offer(struct pg *pg, const char *case_id, const char *sha256,
                               ProtobufCMessage **message, struct error *error);
// {items, next} of facts after a sequence, as these roles may read them.
MUST_CHECK enum rc query_timeline(struct pg *pg, const char *case_id, unsigned roles, int64_t after,
                                  int64_t limit, json_t **page, struct error *error);
// "<milliseconds>_<case id>", where a page ended; case_id points into it. RC_INVALID names after.
MUST_CHECK enum rc query_read_cursor(const char *after, int64_t *ms, const char **case_id,
                                     struct error *error);
// What became of a proposal.
struct query_cause {
    bool known;       // the case has a fact of it
    char refused[65]; // the code, where that fact is a refusal; "" else
};
MUST_CHECK enum rc query_cause(struct pg *pg, const char *case_id, const char *cause_id,
                               struct query_cause *cause, struct error *error);
// {items, next} of what was said between a complainant and the bureau, after a sequence: {sequence,
// at, kind, text …}, in the case's language. In query_dialogue.c.
MUST_CHECK enum rc query_dialogue(struct pg *pg, const struct case_state *state, int64_t after,
                                  int64_t limit, json_t **page, struct error *error);
// The text of the last reply; NULL where there is none. The caller frees it.
MUST_CHECK enum rc query_reply(struct pg *pg, const char *case_id, char **reply,
                               struct error *error);
// [{at_ms, role}] of each time that the sealed content was seen.
MUST_CHECK enum rc query_reveals(struct pg *pg, const char *case_id, json_t **reveals,
                                 struct error *error);
// {items, next} of running clocks after "case id/name".
MUST_CHECK enum rc query_clocks(struct pg *pg, const char *after, int64_t limit, json_t **page,
                                struct error *error);
// {items, next} of clocks that run or rest, with all that their deadlines follow from, by case.
MUST_CHECK enum rc query_runs(struct pg *pg, const char *after, int64_t limit, json_t **page,
                              struct error *error);
// The same of one case; no items for an absent one.
MUST_CHECK enum rc query_runs_of(struct pg *pg, const char *case_id, json_t **page,
                                 struct error *error);
// Adds to each clock of a case's JSON how its deadline was computed.
MUST_CHECK enum rc query_explain(struct pg *pg, const struct case_state *state, json_t *clocks,
                                 struct error *error);
// {items} of clocks whose warn or due time has passed.
MUST_CHECK enum rc query_overdue(struct pg *pg, int64_t now_ms, int64_t limit, json_t **page,
                                 struct error *error);
// The facts up to the state that a bundle is of; in query_export.c. RC_CONFLICT with code
// "too-large".
MUST_CHECK enum rc query_export(struct pg *pg, const struct export_head *head, json_t *bundle,
                                struct error *error);
struct query_seen {
    json_t *items;  // what a list shows of each, the first received first; owned
    size_t movable; // of one cluster: those that the user may take out of it
};
// Of these cases those that the user sees; in query_related.c.
MUST_CHECK enum rc query_seen(struct pg *pg, const struct case_actor *actor,
                              const char *const *case_ids, size_t count, struct query_seen *seen,
                              struct error *error);
// Ids of cases of the last 90 days that one of these units, separated by commas, co-handles and the
// user sees, the last received first; in query_related.c.
MUST_CHECK enum rc query_co_handled(struct pg *pg, const char *units, char ids[][37], size_t most,
                                    size_t *count, struct error *error);
// Takes the names of cases that the user does not see out of a timeline's page.
MUST_CHECK enum rc query_hide_unseen(struct pg *pg, const struct case_actor *actor, json_t *page,
                                     struct error *error);
// The same for a bundle's facts, whose bytes go as well where they name one.
MUST_CHECK enum rc query_withhold_unseen(struct pg *pg, const struct case_actor *actor,
                                         json_t *bundle, struct error *error);
// {items, next} of narratives and contact hashes of the cases received after "<ms>_<case id>", but
// for those whose content was erased.
MUST_CHECK enum rc query_narratives(struct pg *pg, const char *after, int64_t limit, json_t **page,
                                    struct error *error);
// {cases, events, outbox}.
MUST_CHECK enum rc query_summary(struct pg *pg, json_t **summary, struct error *error);
// {items, next}; takes both over.
json_t *query_page(json_t *items, json_t *next);
