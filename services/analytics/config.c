// SPDX-License-Identifier: Apache-2.0
// analytics' option table.
#include "config.h"

const struct option_entry analytics_options[] = {
    OPTION(OPTION_SECRET, struct analytics_config, postgres_url, "postgres.url", NULL, 1, 1024,
           "PostgreSQL connection string of the role redress_analytics"),
    OPTION(OPTION_TEXT, struct analytics_config, staff_jwks, "staff.jwks", NULL, 1, 1024,
           "file or URL of the staff's token keys"),
    OPTION(OPTION_TEXT, struct analytics_config, staff_issuer, "staff.issuer", "redress-local", 1,
           256, "issuer of staff tokens"),
    OPTION(OPTION_TEXT, struct analytics_config, staff_audience, "staff.audience", "redress", 1,
           256, "audience of staff tokens"),
};
const size_t analytics_option_count = sizeof analytics_options / sizeof analytics_options[0];
