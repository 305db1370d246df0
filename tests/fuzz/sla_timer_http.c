// SPDX-License-Identifier: Apache-2.0
// The SLA timer's requests, see fake_request.h.
#include "fake_request.h"
#include "regions.h"

#include "routes.h"
#include "rulebook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct rulebook *rulebook;
    struct error error;
    if (rulebook == NULL) {
        FUZZ_CHECK(rulebook_borrow(&rulebook, regions_example(), &error) == RC_OK);
    }
    fake_request_run(sla_timer_routes, sla_timer_route_count, rulebook, data, size);
    return 0;
}
