// SPDX-License-Identifier: Apache-2.0
// analytics' HTTP (openapi.yaml); the context is struct routes_context.
#pragma once

#include "common/http.h"
#include "common/jwt.h"
#include "common/pg.h"
#include "common/region_book.h"

struct routes_context {
    struct region_book *regions;
    struct jwt_keys *keys;
    struct pg_pool *pool;
};

extern const struct http_route analytics_routes[];
extern const size_t analytics_route_count;
