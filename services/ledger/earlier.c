// SPDX-License-Identifier: Apache-2.0
#include "earlier.h"

#include "case_json.h"
#include "dialogue_item.h"
#include "query.h"

#include "common/title.h"

#include <string.h>

enum earlier_right earlier_right_of(const struct case_state *state,
                                    const struct case_state *earlier, bool shares_contact) {
    if (earlier->erased) {
        return EARLIER_NONE;
    }
    if (shares_contact) {
        return EARLIER_CONTACT;
    }
    return case_is_with(state, earlier->case_id) ? EARLIER_CLUSTER : EARLIER_NONE;
}

static bool share_contact(const Redress__V1__CaseRegistered *one,
                          const Redress__V1__CaseRegistered *other) {
    bool same = false;
    for (size_t i = 0; i < one->n_contact_hashes; i++) {
        for (size_t k = 0; k < other->n_contact_hashes; k++) {
            const ProtobufCBinaryData *left = &one->contact_hashes[i];
            const ProtobufCBinaryData *right = &other->contact_hashes[k];
            same |= left->len > 0 && left->len == right->len &&
                    memcmp(left->data, right->data, left->len) == 0;
        }
    }
    return same;
}

static bool is_taken_up(const struct case_state *earlier) {
    return earlier->status != CASE_NONE && earlier->status != CASE_NOT_ACCEPTED &&
           earlier->status != CASE_WITHDRAWN && earlier->status != CASE_TERMINATED &&
           !earlier->erased;
}

bool earlier_has_progress(const struct case_state *earlier) {
    bool unclosed = earlier->status == CASE_ARCHIVED && earlier->closed_at_ms == 0;
    return is_taken_up(earlier) && !unclosed;
}

enum rc earlier_shares_contact(struct pg *pg, const char *case_id, const char *earlier_case_id,
                               bool *shares, struct error *error) {
    ProtobufCMessage *one = NULL;
    ProtobufCMessage *other = NULL;
    enum rc rc = query_registered(pg, case_id, &one, error);
    rc = rc == RC_OK ? query_registered(pg, earlier_case_id, &other, error) : rc;
    *shares = rc == RC_OK && share_contact((const Redress__V1__CaseRegistered *)one,
                                           (const Redress__V1__CaseRegistered *)other);
    fact_release(one);
    fact_release(other);
    return rc;
}

// The refusal that a case ended with; *refusal is NULL where it did not. Free it with fact_release.
static enum rc read_refusal(struct pg *pg, const struct case_state *state,
                            ProtobufCMessage **refusal, struct error *error) {
    static const enum fact_kind kinds[] = {FACT_CASE_NOT_ACCEPTED, FACT_CASE_REOPENED};
    struct pg_parameters parameters = {0};
    struct pg_array types;
    struct fact fact;
    PGresult *result = NULL;
    size_t size = 0;
    if (state->status != CASE_NOT_ACCEPTED && state->status != CASE_ARCHIVED) {
        return RC_OK;
    }
    pg_add_uuid(&parameters, state->case_id);
    pg_array_begin(&types, PG_TEXT);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        pg_array_text(&types, fact_type(kinds[i]));
    }
    pg_add_array(&parameters, &types);
    enum rc rc = pg_run(pg,
                        "SELECT type, payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "type = ANY($2::text[]) ORDER BY seq DESC LIMIT 1",
                        &parameters, &result, error);
    bool refused = rc == RC_OK && PQntuples(result) == 1 &&
                   fact_kind_of(pg_get_text(result, 0, 0)) == FACT_CASE_NOT_ACCEPTED;
    if (refused) {
        const void *bytes = pg_get_bytes(result, 0, 1, &size);
        rc = fact_unpack(FACT_CASE_NOT_ACCEPTED, bytes, size, &fact, refusal, error);
    }
    PQclear(result);
    return rc;
}

// As its own complainant reads it.
static void tell_refusal(const ProtobufCMessage *refusal, const char *language, json_t *told) {
    json_t *item = dialogue_item(FACT_CASE_NOT_ACCEPTED, refusal, language);
    json_object_set(told, "ground", json_object_get(item, "ground"));
    json_object_set(told, "ground_title", json_object_get(item, "ground_title"));
    json_object_set(told, "right_route", json_object_get(item, "text"));
    json_decref(item);
}

// What is told of one that nobody handles any more. That another person withdrew, or why they were
// refused, is theirs.
static enum case_status end_told(const struct case_state *earlier, bool refused, bool own) {
    if (!own) {
        return CASE_TERMINATED;
    }
    if (refused) {
        return CASE_NOT_ACCEPTED;
    }
    return earlier->status == CASE_ARCHIVED ? CASE_TERMINATED : earlier->status;
}

enum rc earlier_tell(struct pg *pg, const struct case_state *state, json_t *body,
                     struct error *error) {
    struct case_state earlier;
    ProtobufCMessage *refusal = NULL;
    bool shares = false;
    if (state->cluster.same_as[0] == '\0') {
        return RC_OK;
    }
    enum rc rc = query_state(pg, NULL, state->cluster.same_as, &earlier, error);
    rc = rc == RC_OK ? earlier_shares_contact(pg, state->case_id, earlier.case_id, &shares, error)
                     : rc;
    enum earlier_right right =
        rc == RC_OK ? earlier_right_of(state, &earlier, shares) : EARLIER_NONE;
    rc = right != EARLIER_NONE ? read_refusal(pg, &earlier, &refusal, error) : rc;
    if (rc != RC_OK || right == EARLIER_NONE) {
        return rc == RC_NOT_FOUND ? RC_OK : rc;
    }
    bool own = right == EARLIER_CONTACT;
    bool over = refusal != NULL || !earlier_has_progress(&earlier);
    const char *status =
        case_status_name(over ? end_told(&earlier, refusal != NULL, own) : earlier.status);
    const char *sentence = over && !own ? "over" : status;
    json_t *told = json_pack("{s:s, s:I, s:s}", "status", status, "received_at_ms",
                             (json_int_t)earlier.received_at_ms, "progress",
                             title_of("earlier_progress", sentence, state->language));
    if (told != NULL && refusal != NULL && own) {
        tell_refusal(refusal, state->language, told);
    }
    json_object_set_new(body, "earlier", told);
    fact_release(refusal);
    return RC_OK;
}
