// SPDX-License-Identifier: Apache-2.0
// HTTP between the services, without sockets: a request of http_client.h runs the ledger's own
// handler, in the ledger's name.
#pragma once

#include "sim.h"

#include "common/error.h"

#include <jansson.h>

#define HTTP_TOKEN "simulated"

// What a handler of the ledger sees and what it leaves behind.
struct http_request {
    char path_value[64];
    char after[128];
    char limit[16];
    unsigned status;
    json_t *body;
};

// Answers GET path in the name of this ledger; *answer is the caller's. Written by ledger.c.
enum rc ledger_answer(struct process *process, const char *path, long *status, json_t **answer,
                      struct error *error);
// A ledger that takes requests now, NULL when there is none.
struct process *http_find_ledger(void);
