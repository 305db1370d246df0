// SPDX-License-Identifier: Apache-2.0
// A fact as triage reads it: a digit that picks its type, then the value.
#include "published.h"
#include "regions.h"

#include "consumer.h"
#include "rulebook.h"

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    static struct region_book *regions;
    const struct bus_settings bus = {.brokers = ""};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(region_book_borrow(&regions, regions_example(), &rulebook_options, &error) == RC_OK);
    FUZZ_CHECK(consumer_start(&consumer, &bus, regions, &error) == RC_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const types[] = {"redress.v1.CaseRegistered", "redress.v1.CaseClosed"};
    FUZZ_CHECK(fake_bus_feed(BUS_TOPIC_FACTS, types, 2, data, size) == RC_OK);
    published_fits_the_ledger();
    fake_bus_clear();
    return 0;
}
