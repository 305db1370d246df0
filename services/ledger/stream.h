// SPDX-License-Identifier: Apache-2.0
// What changed, live: follows redress.facts from its end and tells each listener ids and versions
// of the cases in its scope. A listener that missed something is told to read again.
#pragma once

#include "access.h"

#include "common/bus.h"

struct stream;

MUST_CHECK enum rc stream_start(struct stream **stream, const struct bus_settings *bus,
                                struct error *error);
// Takes the request over, until the token ends; what it needs of the access is copied.
void stream_listen(struct stream *stream, struct http_request *request,
                   const struct access *access);
void stream_free(struct stream *stream);
