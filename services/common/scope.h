// SPDX-License-Identifier: Apache-2.0
// Which institutions a staff token opens: its claim "institutions", codes or "*" for the region's.
// Two walls stand behind it, each enough alone: the application's filter and PostgreSQL's row-level
// security (scope_begin).
#pragma once

#include "common/pg.h"
#include "common/region.h"

#include <jansson.h>
#include <stdbool.h>

#define SCOPE_SIZE 16384

// A test build takes the application's filter away, to show that row-level security holds alone.
#ifdef REDRESS_TEST_WITHOUT_TENANT_FILTER
#define SCOPE_FILTERED false
#else
#define SCOPE_FILTERED true
#endif

// Fills codes separated by commas; empty where the token opens nothing. Only codes that the region
// knows get in, so that no claim can widen the list.
void scope_read(const json_t *claims, const struct region *region, char scope[SCOPE_SIZE]);

// Whether these are all institutions of the region.
bool scope_is_region(const char *scope, const struct region *region);

// Whether the code is one of the scope's.
bool scope_contains(const char *scope, const char *code);

// What row-level security is told of who reads. Borrowed texts.
struct scope_reader {
    const char *tenants; // as scope_read fills them
    const char *subject; // of the token
    const char *views;   // names of what the roles may read (role.h), separated by commas
    bool closed_only;    // sees no case before it is closed
};

// Begins a transaction that reads as this database role, which row-level security keeps to what the
// reader may see. End it with scope_end, also after a failure.
MUST_CHECK enum rc scope_begin(struct pg *pg, const char *role, const struct scope_reader *reader,
                               struct error *error);
// The same inside of a transaction that a pipeline began; one statement. Another call replaces it.
MUST_CHECK enum rc scope_queue(struct pg *pg, const char *role, const struct scope_reader *reader,
                               struct error *error);
void scope_end(struct pg *pg);
