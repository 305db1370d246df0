// SPDX-License-Identifier: Apache-2.0
// A message of redress.inbound: a byte, then the value, an ExternalComplaint.
#include "intake.h"
#include "published.h"

#include "consumer.h"

__typeof__(store_settle) __wrap_store_settle;
__typeof__(store_claim) __wrap_store_claim;

void __wrap_store_claim(struct store *store, struct claim *claims, size_t count) {
    (void)store;
    for (size_t i = 0; i < count; i++) {
        claims[i].verdict = CLAIM_NEW;
    }
}

void __wrap_store_settle(struct store *store, struct claim *claims, size_t count, bool done) {
    (void)store;
    (void)claims;
    FUZZ_CHECK(done && count == fake_bus_count);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    const struct bus_settings bus = {.brokers = ""};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(consumer_start(&consumer, &bus, intake_submit(), &error) == RC_OK);
    return 0;
}

// Each record is a proposal or a dead letter, never nothing.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const types[] = {"redress.v1.ExternalComplaint"};
    FUZZ_CHECK(fuzz_bus_feed(BUS_TOPIC_INBOUND, types, 1, data, size) == RC_OK);
    FUZZ_CHECK(fake_bus_count + fake_bus_dead == 1);
    published_fits_the_ledger();
    fuzz_bus_clear();
    return 0;
}
