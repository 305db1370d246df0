// SPDX-License-Identifier: Apache-2.0
// Triage's HTTP (openapi.yaml); the context is struct triage.
#pragma once

#include "common/http.h"

extern const struct http_route triage_routes[];
extern const size_t triage_route_count;
