// SPDX-License-Identifier: Apache-2.0
// The SLA timer's requests, see fake_request.h.
#include "fake_request.h"
#include "regions.h"

#include "routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fake_request_run(sla_timer_routes, sla_timer_route_count, regions_example(), data, size);
    return 0;
}
