// SPDX-License-Identifier: Apache-2.0
// sla-timer's options.
#pragma once

#include "common/service.h"

struct sla_timer_config {
    struct service_config service; // first
    char *redis_host;
    int64_t redis_port;
    char *ledger_url;
    char *service_token;
    char *calendar_missing_from;
};

extern const struct option_entry sla_timer_options[];
extern const size_t sla_timer_option_count;
