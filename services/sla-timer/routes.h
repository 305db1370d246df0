// SPDX-License-Identifier: Apache-2.0
// sla-timer's HTTP (openapi.yaml); the context is struct region_book.
#pragma once

#include "common/http.h"

extern const struct http_route sla_timer_routes[];
extern const size_t sla_timer_route_count;
