// SPDX-License-Identifier: Apache-2.0
// notification's options.
#pragma once

#include "common/service.h"

struct notification_config {
    struct service_config service; // first
    char *postgres_url;
    char *service_token;
    char *notification_secret;
    char *satisfaction_key;
    char *satisfaction_url;
    int64_t satisfaction_days;
    char *smtp_url;
    char *smtp_from;
    char *webhook_secret;
    char *webhook_url;
    int64_t quiet_begin_hour;
    int64_t quiet_end_hour;
    int64_t hourly_most;
    int64_t attempts;
    int64_t senders;
};

extern const struct option_entry notification_options[];
extern const size_t notification_option_count;
