// SPDX-License-Identifier: Apache-2.0
// The ledger's option table.
#include "config.h"

const struct option_entry ledger_options[] = {
    OPTION(OPTION_SECRET, struct ledger_config, postgres_url, "postgres.url", NULL, 1, 1024,
           "PostgreSQL connection string of the role redress_ledger"),
    OPTION(OPTION_SECRET, struct ledger_config, service_token, "service.token", NULL, 16, 256,
           "bearer token of the platform's own services"),
    OPTION(OPTION_TEXT, struct ledger_config, staff_jwks, "staff.jwks", NULL, 1, 1024,
           "file or URL of the staff's token keys"),
    OPTION(OPTION_TEXT, struct ledger_config, staff_issuer, "staff.issuer", "redress-local", 1, 256,
           "issuer of staff tokens"),
    OPTION(OPTION_TEXT, struct ledger_config, staff_audience, "staff.audience", "redress", 1, 256,
           "audience of staff tokens"),
    OPTION(OPTION_SECRET, struct ledger_config, bureau_secret, "keys.bureau_secret", NULL, 64, 65,
           "the bureau's secret key, to reveal sealed content; 32 bytes in hex"),
    OPTION(OPTION_SECRET, struct ledger_config, export_secret, "keys.export_secret", NULL, 128, 129,
           "signs exported cases: an Ed25519 secret key, 64 bytes in hex"),
    OPTION(OPTION_TEXT, struct ledger_config, instance_id, "kafka.instance_id", "", 0, 64,
           "group.instance.id of this instance; none lets Kafka choose"),
    OPTION(OPTION_NUMBER, struct ledger_config, connections, "postgres.connections", "6", 1, 32,
           "PostgreSQL connections for requests, and half as many again for commands"),
    OPTION(OPTION_TEXT, struct ledger_config, triage_url, "triage.url", "http://127.0.0.1:18020", 1,
           1024, "base URL of triage's internal API, which knows similar cases"),
};
const size_t ledger_option_count = sizeof ledger_options / sizeof ledger_options[0];
