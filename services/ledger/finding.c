// SPDX-License-Identifier: Apache-2.0
// One row an outcome [ours]: the domain names outcomes, degrees and measures, not how they combine.
#include "finding.h"

#include "case_parts.h"

#include "redress/v1/types.pb-c.h"

#include <stddef.h>
#include <string.h>

#define NONE REDRESS__V1__RESPONSIBILITY__RESPONSIBILITY_NONE

// What the outcome of a whole case asks of its allegations. They are about persons alone, so that
// with none of them upheld the rest of a complaint still may be.
enum demand { ANY, ONE_UPHELD, NONE_UPHELD };

static const struct row {
    Redress__V1__Outcome outcome;
    bool answered_for; // somebody may be found responsible, and a measure taken
    enum demand allegations;
} rows[] = {
    {REDRESS__V1__OUTCOME__OUTCOME_UPHELD, true, ONE_UPHELD},
    {REDRESS__V1__OUTCOME__OUTCOME_PARTLY_UPHELD, true, ANY},
    {REDRESS__V1__OUTCOME__OUTCOME_NOT_UPHELD, false, NONE_UPHELD},
    // Nothing was wrong that had to be explained.
    {REDRESS__V1__OUTCOME__OUTCOME_EXPLAINED, false, NONE_UPHELD},
};

static const struct row *row_of(uint32_t outcome) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].outcome == outcome) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool is_answered_for(uint32_t outcome) {
    const struct row *row = row_of(outcome);
    return row != NULL && row->answered_for;
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

static bool has_outcome(const struct case_parts *parts, uint32_t outcome) {
    for (size_t i = 0; i < parts->allegation_count; i++) {
        if (parts->allegations[i].outcome == outcome) {
            return true;
        }
    }
    return false;
}

const char *finding_contradiction(uint32_t outcome, const struct case_parts *parts) {
    const struct row *row = row_of(outcome);
    bool upheld = has_outcome(parts, REDRESS__V1__OUTCOME__OUTCOME_UPHELD);
    if (row == NULL || parts->allegation_count == 0) {
        return NULL;
    }
    if (row->allegations == ONE_UPHELD && !upheld) {
        return "no allegation is upheld: decide one anew, or the case partly_upheld or below";
    }
    if (row->allegations == NONE_UPHELD &&
        (upheld || has_outcome(parts, REDRESS__V1__OUTCOME__OUTCOME_PARTLY_UPHELD))) {
        return "an allegation is upheld, wholly or partly: so is the case, or decide it anew";
    }
    return NULL;
}
