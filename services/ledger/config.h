// SPDX-License-Identifier: Apache-2.0
// The ledger's options.
#pragma once

#include "common/service.h"

struct ledger_config {
    struct service_config service; // first
    char *postgres_url;
    char *service_token;
    char *triage_url;
    char *staff_jwks;
    char *staff_issuer;
    char *staff_audience;
    char *bureau_secret;
    char *export_secret;
    char *instance_id;
    int64_t connections;
};

extern const struct option_entry ledger_options[];
extern const size_t ledger_option_count;
