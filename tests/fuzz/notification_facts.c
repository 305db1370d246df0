// SPDX-License-Identifier: Apache-2.0
// Facts (facts.h) as notification reads them. What is said is said with the fact's parameters, in
// every language.
#include "facts.h"
#include "fake_store.h"

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    fake_store_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    FUZZ_CHECK(facts_feed(data, size) == RC_OK);
    facts_clear();
    return 0;
}
