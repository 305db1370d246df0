// SPDX-License-Identifier: Apache-2.0
// Triage's option table.
#include "config.h"

const struct option_entry triage_options[] = {
    OPTION(OPTION_TEXT, struct triage_config, redis_host, "redis.host", "127.0.0.1", 1, 255,
           "host of Redis, which keeps the index of similar cases"),
    OPTION(OPTION_NUMBER, struct triage_config, redis_port, "redis.port", "6379", 1, 65535,
           "port of Redis"),
    OPTION(OPTION_TEXT, struct triage_config, ledger_url, "ledger.url", "http://127.0.0.1:18030", 1,
           1024, "base URL of the ledger's internal API, from which the index is rebuilt"),
    OPTION(OPTION_SECRET, struct triage_config, service_token, "service.token", NULL, 16, 256,
           "bearer token of the platform's own services"),
};
const size_t triage_option_count = sizeof triage_options / sizeof triage_options[0];
