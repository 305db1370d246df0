// SPDX-License-Identifier: Apache-2.0
// Places where tests make a process die, stall or lose its connection, between two steps that
// belong together. Only builds with -DREDRESS_FAILPOINTS=ON have them; elsewhere FAILPOINT is
// nothing. A failpoint is armed once, by REDRESS_FAILPOINT="name=action" at the start or by POST
// /failpoints/{name}?action=… on the admin port, and disarmed when it is passed.
// Actions: "crash" (as SIGKILL), "pause:<milliseconds>", "cut" (where a place can lose its
// connection), "nth:<n>" (cut, when it is passed for the n-th time). The place "allocation" is each
// malloc of our own objects: cut, it finds no memory (failpoint_allocation.c).
#pragma once

#ifdef REDRESS_FAILPOINTS

#include "common/error.h"
#include "common/http.h"

#define FAILPOINTS_MOST 16

// Passes a place: crashes, pauses or does nothing. True where it is to be cut.
bool failpoint_pass(const char *name);
// RC_INVALID for an unknown action or where too many are armed.
MUST_CHECK enum rc failpoint_arm(const char *name, const char *action, struct error *error);
// Arms what REDRESS_FAILPOINT says.
MUST_CHECK enum rc failpoint_read_environment(struct error *error);
// Handler of POST /failpoints/{name} and of GET /failpoints/{name}, which tells how often it was
// passed while armed.
void failpoint_request(struct http_request *request, void *context);

#define FAILPOINT(name) ((void)failpoint_pass(name))
#define FAILPOINT_CUT(name, cut)                                                                   \
    do {                                                                                           \
        if (failpoint_pass(name)) {                                                                \
            cut;                                                                                   \
        }                                                                                          \
    } while (0)

#else

#define FAILPOINT(name) ((void)0)
#define FAILPOINT_CUT(name, cut) ((void)0)

#endif
