// SPDX-License-Identifier: Apache-2.0
// Intake's options.
#pragma once

#include "common/service.h"

struct intake_config {
    struct service_config service; // first
    char *redis_host;
    int64_t redis_port;
    char *ledger_url;
    char *service_token;
    char *derive_key;
    char *receipt_key;
    char *satisfaction_key;
    char *bureau_public;
    char *notification_public;
    int64_t workers;
};

extern const struct option_entry intake_options[];
extern const size_t intake_option_count;
