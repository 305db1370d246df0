// SPDX-License-Identifier: Apache-2.0
// What facts say, as far as clocks need it. Pure; what is read borrows from the messages.
#pragma once

#include "sla_timer.h"

#include "common/error.h"

#include "redress/v1/facts.pb-c.h"

// RC_INVALID where it is no time.
MUST_CHECK enum rc fact_read_time(int64_t ms, struct error *error);
// The case and its institution; false for the facts of before, which had no traits.
bool fact_read_traits(const Redress__V1__FactMeta *meta, struct timer_fact *fact);
// now.category is NULL for the facts of before. RC_INVALID where a time is none.
MUST_CHECK enum rc fact_read_assessment(const Redress__V1__CaseAssessed *assessed,
                                        struct timer_assessment *assessment, struct error *error);
// What the case is by the assessment that overtook a run's terms; false where none did.
bool fact_read_overtaken(const Redress__V1__ClockArmed *armed, struct timer_fact *fact);
// The first warn point that nobody was warned of; 0: none.
int64_t fact_read_first_warn(const Redress__V1__ClockTerms *terms);
