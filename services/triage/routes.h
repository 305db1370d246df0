// SPDX-License-Identifier: Apache-2.0
// Triage's HTTP (openapi.yaml); the context is struct routes_context.
#pragma once

#include "common/http.h"
#include "common/redis.h"
#include "common/region_book.h"

struct routes_context {
    struct region_book *regions; // with rulebook_options
    struct redis_pool *redis;
    const char *service_token;
};

extern const struct http_route triage_routes[];
extern const size_t triage_route_count;

// For the ledger: the cases in the index that may be of the same matter; in routes_similar.c.
void routes_similar(struct http_request *request, void *context);
