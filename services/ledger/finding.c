// SPDX-License-Identifier: Apache-2.0
// One row an outcome [ours]: the domain names outcomes, degrees and measures, not how they combine.
#include "finding.h"

#include "redress/v1/types.pb-c.h"

#include <stddef.h>
#include <string.h>

#define NONE REDRESS__V1__RESPONSIBILITY__RESPONSIBILITY_NONE

static const struct row {
    Redress__V1__Outcome outcome;
    bool answered_for; // somebody may be found responsible, and a measure taken
} rows[] = {
    {REDRESS__V1__OUTCOME__OUTCOME_UPHELD, true},
    {REDRESS__V1__OUTCOME__OUTCOME_PARTLY_UPHELD, true},
    {REDRESS__V1__OUTCOME__OUTCOME_NOT_UPHELD, false},
    {REDRESS__V1__OUTCOME__OUTCOME_EXPLAINED, false}, // nothing was wrong that had to be explained
};

static bool is_answered_for(uint32_t outcome) {
    size_t place = 0;
    while (place < sizeof rows / sizeof rows[0] && rows[place].outcome != outcome) {
        place++;
    }
    return place < sizeof rows / sizeof rows[0] && rows[place].answered_for;
}

const char *finding_misfit(const struct finding *finding) {
    bool answered_for = is_answered_for(finding->outcome);
    if (finding->responsibility > NONE && !answered_for) {
        return "responsibility";
    }
    if (finding->unit && !answered_for) {
        return "responsible_unit";
    }
    // What is done is done about somebody who answers.
    return finding->measure && (!answered_for || finding->responsibility == NONE) ? "measure"
                                                                                  : NULL;
}

enum rc finding_check(const struct finding *finding, struct error *error) {
    const char *field = finding_misfit(finding);
    return field == NULL
               ? RC_OK
               : error_field(error, "does-not-fit", field,
                             "%s says that somebody answers: it goes with an outcome of upheld or "
                             "partly_upheld%s",
                             field,
                             strcmp(field, "measure") == 0 ? " and a responsibility beyond none"
                                                           : "");
}
