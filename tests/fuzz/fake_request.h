// SPDX-License-Identifier: Apache-2.0
// Requests made of an input, in place of the HTTP server (link with FAKE_REQUEST_WRAP): a service's
// own route handlers read them. An input is a digit or letter that picks the route, a line for each
// {value} of its path, lines "name: value" for headers and "?name=value" for queries, an empty
// line, and the body. Checked here: one answer, never an internal error, and JSON that exists.
#pragma once

#include "fuzz.h"

#include "common/http.h"

struct fake_answer {
    unsigned status; // 0: not answered yet (deferred)
    char code[48];   // of a problem
};

// Makes the request and runs its handler.
struct fake_answer fake_request_run(const struct http_route *routes, size_t count, void *context,
                                    const uint8_t *data, size_t size);
