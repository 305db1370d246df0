// SPDX-License-Identifier: Apache-2.0
// analytics' options.
#pragma once

#include "common/service.h"

struct analytics_config {
    struct service_config service; // first
    char *postgres_url;
    char *staff_jwks;
    char *staff_issuer;
    char *staff_audience;
};

extern const struct option_entry analytics_options[];
extern const size_t analytics_option_count;
