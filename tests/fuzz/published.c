// SPDX-License-Identifier: Apache-2.0
#include "published.h"

#include "../../services/ledger/proposal.h"

#include <string.h>

void published_fits_the_ledger(void) {
    for (size_t i = 0; i < fake_bus_count && i < FUZZ_BUS_MESSAGES; i++) {
        const struct fuzz_bus_message *message = &fuzz_bus_published[i];
        struct proposal proposal;
        struct error error = {.text = ""};
        FUZZ_CHECK(strncmp(message->topic, BUS_TOPIC_PROPOSALS, strlen(BUS_TOPIC_PROPOSALS)) == 0);
        enum rc rc = proposal_read(message->type, message->key, strlen(message->key),
                                   message->value, message->size, &proposal, &error);
        if (rc != RC_OK) {
            fprintf(stderr, "the ledger refuses a %s: %s\n", message->type, error.text);
        }
        FUZZ_CHECK(rc == RC_OK);
        proposal_free(&proposal);
    }
}
