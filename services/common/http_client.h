// SPDX-License-Identifier: Apache-2.0
// Small JSON requests to other services of the platform (libcurl). One client a thread; its
// connections are kept. Time and size are bounded.
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdint.h>

struct http_client;

MUST_CHECK enum rc http_client_new(struct http_client **client, const char *base_url,
                                   const char *bearer_token, int64_t timeout_ms,
                                   struct error *error);
void http_client_free(struct http_client *client);

// Sends body (borrowed, NULL for none) and hands over the parsed answer (NULL if it has none).
// Any HTTP status is RC_OK with *status set; RC_UNAVAILABLE when nothing answered.
MUST_CHECK enum rc http_client_json(struct http_client *client, const char *method,
                                    const char *path, const json_t *body,
                                    const char *const *headers, long *status, json_t **answer,
                                    struct error *error);

// How large an answer may be from now on; 4 MiB else.
void http_client_expect(struct http_client *client, size_t most);
