// SPDX-License-Identifier: Apache-2.0
// sla-timer's option table.
#include "config.h"

const struct option_entry sla_timer_options[] = {
    OPTION(OPTION_TEXT, struct sla_timer_config, redis_host, "redis.host", "127.0.0.1", 1, 255,
           "host of Redis"),
    OPTION(OPTION_NUMBER, struct sla_timer_config, redis_port, "redis.port", "6379", 1, 65535,
           "port of Redis"),
    OPTION(OPTION_TEXT, struct sla_timer_config, ledger_url, "ledger.url", "http://127.0.0.1:18030",
           1, 1024, "base URL of the ledger's internal API"),
    OPTION(OPTION_SECRET, struct sla_timer_config, service_token, "service.token", NULL, 16, 256,
           "bearer token of the platform's own services"),
    OPTION(OPTION_TEXT, struct sla_timer_config, calendar_missing_from, "calendar.missing_from",
           "12-01", 5, 5,
           "month and day from which administrators are told that next year's calendar is missing"),
};
const size_t sla_timer_option_count = sizeof sla_timer_options / sizeof sla_timer_options[0];
