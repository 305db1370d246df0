// SPDX-License-Identifier: Apache-2.0
// The ledger's HTTP: staff API under /v1, the platform's own under /internal/v1 (openapi.yaml).
#pragma once

#include "common/http.h"

extern const struct http_route ledger_routes[];
extern const size_t ledger_route_count;

// For the table; in routes_grants.c.
void routes_grant_unit(struct http_request *request, void *ledger);
void routes_list_grants(struct http_request *request, void *ledger);
// In routes_internal.c.
void routes_internal_case(struct http_request *request, void *ledger);
void routes_internal_by_code(struct http_request *request, void *ledger);
void routes_internal_dialogue(struct http_request *request, void *ledger);
void routes_internal_clocks(struct http_request *request, void *ledger);
void routes_internal_runs(struct http_request *request, void *context);
void routes_internal_case_runs(struct http_request *request, void *context);
void routes_internal_narratives(struct http_request *request, void *context);
void routes_internal_overdue(struct http_request *request, void *ledger);
void routes_internal_load(struct http_request *request, void *ledger);
void routes_internal_summary(struct http_request *request, void *ledger);
