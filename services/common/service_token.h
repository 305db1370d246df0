// SPDX-License-Identifier: Apache-2.0
// The bearer token that the platform's own services show each other.
#pragma once

#include "common/http.h"

// Compares in constant time. False fills the error; answer 401.
bool service_token_fits(struct http_request *request, const char *token, struct error *error);
