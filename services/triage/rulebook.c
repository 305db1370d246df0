// SPDX-License-Identifier: Apache-2.0
#include "rulebook.h"

#include "stats.h"

#include <stdlib.h>

static enum rc make(const struct region *region, void **made, struct error *error) {
    struct triage *triage = calloc(1, sizeof *triage);
    *made = triage;
    return triage == NULL ? error_set(error, RC_INTERNAL, "out of memory for the lexicon")
                          : triage_init(triage, region, error);
}

static void unmake(void *made) {
    if (made != NULL) {
        triage_close(made);
        free(made);
    }
}

const struct region_book_options rulebook_options = {.make = make,
                                                     .unmake = unmake,
                                                     .read = &triage_stats[STAT_REGION_READ],
                                                     .refused = &triage_stats[STAT_REGION_REFUSED]};
