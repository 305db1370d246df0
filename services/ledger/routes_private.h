// SPDX-License-Identifier: Apache-2.0
// What the files of routes share.
#pragma once

#include "common/http.h"

#include <jansson.h>

// Answers with the error's problem, which some codes give a status of their own.
void routes_problem(struct http_request *request, const struct error *error);
// A JSON object, maybe empty; the caller owns it.
MUST_CHECK enum rc routes_read_body(const struct http_request *request, json_t **body,
                                    struct error *error);
MUST_CHECK enum rc routes_read_key(const struct http_request *request, const char **key,
                                   struct error *error);
