// SPDX-License-Identifier: Apache-2.0
// Analytics' requests, see fake_request.h.
#include "fake_request.h"
#include "regions.h"

#include "indicators.h"
#include "routes.h"

#include <string.h>

__typeof__(indicators_read) __wrap_indicators_read;
__typeof__(indicators_read_units) __wrap_indicators_read_units;

// What reaches the database: days that it can read, and codes of the region.
enum rc __wrap_indicators_read(struct pg *pg, const struct indicator_query *query,
                               json_t **indicators, struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(strlen(query->from) == 10 && strlen(query->to) == 10);
    FUZZ_CHECK(strspn(query->from, "0123456789-") == 10 && strspn(query->to, "0123456789-") == 10);
    FUZZ_CHECK(strspn(query->scope, "abcdefghijklmnopqrstuvwxyz0123456789-,") ==
               strlen(query->scope));
    *indicators = json_object();
    return RC_OK;
}

enum rc __wrap_indicators_read_units(struct pg *pg, const struct indicator_query *query,
                                     json_t **units, struct error *error) {
    return __wrap_indicators_read(pg, query, units, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct routes_context context = {.regions = regions_book()};
    fake_request_run(analytics_routes, analytics_route_count, &context, data, size);
    return 0;
}
