// SPDX-License-Identifier: Apache-2.0
// The same matter: by what right a case's complainant knows how far an earlier case is. It is asked
// anew whenever something is told, for a cluster may come apart.
#pragma once

#include "case.h"

#include "common/pg.h"

#include <jansson.h>

enum earlier_right {
    EARLIER_NONE,
    EARLIER_CLUSTER, // a person confirmed that both are of one matter
    EARLIER_CONTACT, // both are of one complainant
};

// Of an erased case nobody knows anything any more. Pure.
enum earlier_right earlier_right_of(const struct case_state *state,
                                    const struct case_state *earlier, bool shares_contact);
// Whether a case is or was taken up and is not erased, an archived one was closed before: then it
// has progress to tell of. Pure.
bool earlier_has_progress(const struct case_state *earlier);
// Whether two cases in the database are of one complainant.
MUST_CHECK enum rc earlier_shares_contact(struct pg *pg, const char *case_id,
                                          const char *earlier_case_id, bool *shares,
                                          struct error *error);
// Adds "earlier" to what a complainant reads of a case that was refused for the same matter:
// status, received_at_ms, progress (a sentence), and of one that was refused itself ground,
// ground_title and, for the same complainant, right_route. One that is gone, or by now another's,
// tells nothing.
MUST_CHECK enum rc earlier_tell(struct pg *pg, const struct case_state *state, json_t *body,
                                struct error *error);
