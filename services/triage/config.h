// SPDX-License-Identifier: Apache-2.0
// Triage's options.
#pragma once

#include "common/service.h"

struct triage_config {
    struct service_config service; // first
    char *redis_host;
    int64_t redis_port;
    char *ledger_url;
    char *service_token;
};

extern const struct option_entry triage_options[];
extern const size_t triage_option_count;
