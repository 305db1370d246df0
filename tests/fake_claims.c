// SPDX-License-Identifier: Apache-2.0
#include "fake_claims.h"

#include "fake_bus.h"

#include "fuzz/fuzz.h"

size_t fake_claims_done;
size_t fake_claims_given_back;

__typeof__(store_claim) __wrap_store_claim;
__typeof__(store_settle) __wrap_store_settle;

void __wrap_store_claim(struct store *store, struct claim *claims, size_t count) {
    (void)store;
    for (size_t i = 0; i < count; i++) {
        claims[i].verdict = CLAIM_NEW;
    }
}

void __wrap_store_settle(struct store *store, struct claim *claims, size_t count, bool done) {
    (void)store;
    (void)claims;
    *(done ? &fake_claims_done : &fake_claims_given_back) += count;
    FUZZ_CHECK(fake_claims_done <= fake_bus_count);
}
