// SPDX-License-Identifier: Apache-2.0
// What the staff's routes share: refusals, the path's case, the version of an answer.
#pragma once

#include "access.h"
#include "case.h"
#include "ledger.h"

#include "common/http.h"

#include <jansson.h>

// Answers with what went wrong; an internal error is logged and not told.
void routes_problem(struct http_request *request, const struct error *error);
// Takes the reference of members, which may be NULL.
void routes_problem_with(struct http_request *request, const struct error *error, json_t *members);
// What is no UUID can't be a case: RC_NOT_FOUND, the same answer as for one that is absent.
MUST_CHECK enum rc routes_path_case(const struct http_request *request, const char **case_id,
                                    struct error *error);
void routes_set_etag(struct http_request *request, const struct case_state *state);
// A JSON object, maybe empty; the caller owns it.
MUST_CHECK enum rc routes_read_body(const struct http_request *request, json_t **body,
                                    struct error *error);
MUST_CHECK enum rc routes_read_key(const struct http_request *request, const char **key,
                                   struct error *error);

// The other members of the case's cluster that the user sees, NULL where it is of none; takes out
// of its actions (NULL: none) what they may not do with all of them. Within query_begin. The caller
// owns the members.
MUST_CHECK enum rc routes_read_cluster(struct pg *pg, const struct case_actor *actor,
                                       const struct case_state *state, json_t *actions,
                                       json_t **members, struct error *error);
// The same for the answer of a command, which has ended its own transaction.
void routes_limit_actions(struct ledger *ledger, struct access *access,
                          const struct case_state *state, json_t *actions);

// For the table: one handler for all commands; the last part of the path names it. In
// routes_command.c.
void routes_command(struct http_request *request, void *context);
