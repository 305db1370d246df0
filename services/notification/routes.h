// SPDX-License-Identifier: Apache-2.0
// notification's HTTP (openapi.yaml); the context is struct routes_context.
#pragma once

#include "common/http.h"
#include "common/pg.h"
#include "common/region_book.h"

struct routes_context {
    struct region_book *regions;
    struct pg_pool *pool;
    const char *service_token;
};

extern const struct http_route notification_routes[];
extern const size_t notification_route_count;
