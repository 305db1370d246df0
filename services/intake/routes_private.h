// SPDX-License-Identifier: Apache-2.0
// What the routes of intake share; for the routes_*.c files alone.
#pragma once

#include "routes.h"

#include "redress/v1/proposals.pb-c.h"

// Answers with a problem whose status follows from the error's code.
void routes_refuse(struct http_request *request, const struct error *error);
MUST_CHECK enum rc routes_read_key(const struct http_request *request, const char **key,
                                   struct error *error);
// The path's tracking code, normalised.
MUST_CHECK enum rc routes_read_code(const struct http_request *request,
                                    char code[IDENT_TRACKING_SIZE], struct error *error);
// Whether the request's PIN is the code's, and may be tried now.
MUST_CHECK enum rc routes_check_pin(const struct submit *submit, struct http_request *request,
                                    const char *code, struct error *error);
// A rating's body; feedback borrows from *body, which the caller owns.
MUST_CHECK enum rc routes_read_rating(const struct http_request *request, json_t **body,
                                      Redress__V1__RecordFeedback *feedback, struct error *error);
// RC_CONFLICT with "erased": nothing more can be done with this case by its complainant.
// Why what the case came to can't be rated now; the ledger judges again.
MUST_CHECK enum rc routes_check_rateable(const json_t *status, struct error *error);
// Hands a rating of the closure that the status names to Kafka. RC_CONFLICT with "already-rated"
// where another was handed over before, which the ledger may not have decided yet, "in-flight"
// where one is being handed over.
MUST_CHECK enum rc routes_propose_rating(const struct submit *submit, const json_t *status,
                                         const char *proposal_id,
                                         Redress__V1__RecordFeedback *feedback,
                                         struct error *error);

// routes_dialogue.c
void routes_post_message(struct http_request *request, void *routes);
void routes_get_messages(struct http_request *request, void *routes);
void routes_post_evidence(struct http_request *request, void *routes);
void routes_post_withdrawal(struct http_request *request, void *routes);
void routes_post_reopening(struct http_request *request, void *routes);
// routes_commitments.c
void routes_get_commitments(struct http_request *request, void *routes);
// routes_satisfaction.c
void routes_get_satisfaction(struct http_request *request, void *routes);
void routes_post_satisfaction(struct http_request *request, void *routes);
