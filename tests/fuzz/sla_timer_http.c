// SPDX-License-Identifier: Apache-2.0
// The SLA timer's requests, see fake_request.h.
#include "fake_request.h"
#include "regions.h"

#include "routes.h"
#include "rulebook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct region_book *regions;
    struct error error;
    if (regions == NULL) {
        FUZZ_CHECK(region_book_borrow(&regions, regions_example(), &rulebook_options, &error) ==
                   RC_OK);
    }
    fake_request_run(sla_timer_routes, sla_timer_route_count, regions, data, size);
    return 0;
}
