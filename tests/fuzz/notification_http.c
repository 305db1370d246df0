// SPDX-License-Identifier: Apache-2.0
// Notification's requests, see fake_request.h; the service token is "t".
#include "fake_request.h"
#include "regions.h"

#include "routes.h"
#include "store.h"

#include "common/ident.h"

__typeof__(store_deliveries) __wrap_store_deliveries;

enum rc __wrap_store_deliveries(struct pg *pg, const char *case_id, json_t **page,
                                struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id));
    *page = json_object();
    return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct routes_context context = {.regions = regions_book(), .service_token = "t"};
    fake_request_run(notification_routes, notification_route_count, &context, data, size);
    return 0;
}
