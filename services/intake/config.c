// SPDX-License-Identifier: Apache-2.0
// Intake's option table.
#include "config.h"

const struct option_entry intake_options[] = {
    OPTION(OPTION_TEXT, struct intake_config, redis_host, "redis.host", "127.0.0.1", 1, 255,
           "host of Redis"),
    OPTION(OPTION_NUMBER, struct intake_config, redis_port, "redis.port", "6379", 1, 65535,
           "port of Redis"),
    OPTION(OPTION_TEXT, struct intake_config, ledger_url, "ledger.url", "http://127.0.0.1:18030", 1,
           1024, "base URL of the ledger's internal API"),
    OPTION(OPTION_SECRET, struct intake_config, service_token, "service.token", NULL, 16, 256,
           "bearer token of the platform's own services"),
    OPTION(OPTION_SECRET, struct intake_config, derive_key, "keys.derive", NULL, 64, 65,
           "key that case ids, tracking codes and PINs derive from; 32 bytes in hex"),
    OPTION(OPTION_SECRET, struct intake_config, receipt_key, "keys.receipt", NULL, 128, 129,
           "Ed25519 secret key that signs receipts; 64 bytes in hex"),
    OPTION(
        OPTION_SECRET, struct intake_config, satisfaction_key, "keys.satisfaction", NULL, 64, 65,
        "key of the one-time links by which closures are rated, as notification has it; 32 bytes "
        "in hex"),
    OPTION(OPTION_TEXT, struct intake_config, bureau_public, "keys.bureau_public", NULL, 64, 65,
           "the bureau's public key, that content is sealed to; 32 bytes in hex"),
    OPTION(OPTION_TEXT, struct intake_config, notification_public, "keys.notification_public", NULL,
           64, 65, "notification's public key, that contacts are sealed to; 32 bytes in hex"),
    OPTION(OPTION_NUMBER, struct intake_config, workers, "http.workers", "8", 1, 32,
           "threads for public status and ratings"),
};
const size_t intake_option_count = sizeof intake_options / sizeof intake_options[0];
