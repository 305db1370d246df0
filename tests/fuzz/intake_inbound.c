// SPDX-License-Identifier: Apache-2.0
// A message of redress.inbound: a byte, then the value, an ExternalComplaint.
#include "fake_claims.h"
#include "intake.h"
#include "published.h"

#include "consumer.h"

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    const struct bus_settings bus = {.brokers = ""};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(consumer_start(&consumer, &bus, intake_submit(), &error) == RC_OK);
    return 0;
}

// Each record is a proposal, whose claim is done, or a dead letter, never nothing.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const types[] = {"redress.v1.ExternalComplaint"};
    FUZZ_CHECK(fuzz_bus_feed(BUS_TOPIC_INBOUND, types, 1, data, size) == RC_OK);
    FUZZ_CHECK(fake_bus_count + fake_bus_dead == 1);
    FUZZ_CHECK(fake_claims_done == fake_bus_count && fake_claims_given_back == 0);
    published_fits_the_ledger();
    fuzz_bus_clear();
    fake_claims_done = 0;
    return 0;
}
