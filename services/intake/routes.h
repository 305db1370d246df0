// SPDX-License-Identifier: Apache-2.0
// Intake's HTTP (openapi.yaml); the context is struct submit.
#pragma once

#include "common/http.h"

extern const struct http_route intake_routes[];
extern const size_t intake_route_count;
