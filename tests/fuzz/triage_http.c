// SPDX-License-Identifier: Apache-2.0
// Triage's requests, see fake_request.h.
#include "fake_request.h"
#include "regions.h"

#include "routes.h"
#include "triage.h"

static struct triage triage;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(triage_init(&triage, regions_example(), &error) == RC_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fake_request_run(triage_routes, triage_route_count, &triage, data, size);
    return 0;
}
