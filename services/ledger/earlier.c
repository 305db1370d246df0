// SPDX-License-Identifier: Apache-2.0
#include "earlier.h"

#include "query.h"

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

bool earlier_is_taken_up(const struct case_state *earlier) {
    return earlier->status != CASE_NONE && earlier->status != CASE_NOT_ACCEPTED &&
           earlier->status != CASE_WITHDRAWN && earlier->status != CASE_TERMINATED &&
           !earlier->erased;
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
