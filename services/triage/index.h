// SPDX-License-Identifier: Apache-2.0
// Keeps the index of similar cases: redress.facts in, in a group of its own, so that an index that
// is away never delays an assessment. Whatever is missing is read from the ledger again. Who comes
// again is proposed to the ledger (NoteRepeat).
#pragma once

#include "common/bus.h"

struct index;

struct index_options {
    struct bus_settings bus;
    const char *redis_host;
    int redis_port;
    const char *ledger_url;
    const char *service_token;
};

MUST_CHECK enum rc index_start(struct index **index, const struct index_options *options,
                               struct error *error);
void index_free(struct index *index);
