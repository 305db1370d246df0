// SPDX-License-Identifier: Apache-2.0
// Facts of one case, each applied to its measure, and what the measure then counts.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analytics.h"

static inline Redress__V1__FactMeta meta_of(uint64_t sequence, int64_t at_ms) {
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    meta.tenant = "bureau";
    meta.sequence = sequence;
    meta.decided_at_ms = at_ms;
    return meta;
}

static inline void registered(struct measure *measure) {
    Redress__V1__FactMeta meta = meta_of(1, 1000);
    Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
    fact.meta = &meta;
    fact.received_at_ms = 1000;
    assert_true(measure_apply(measure, "redress.v1.CaseRegistered", &fact.base));
}

static inline bool armed(struct measure *measure, uint64_t sequence, const char *name,
                         int64_t due_ms) {
    Redress__V1__FactMeta meta = meta_of(sequence, 1000);
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ClockArmed fact = REDRESS__V1__CLOCK_ARMED__INIT;
    terms.name = (char *)name;
    terms.due_at_ms = due_ms;
    fact.meta = &meta;
    fact.terms = &terms;
    return measure_apply(measure, "redress.v1.ClockArmed", &fact.base);
}

static inline bool accepted(struct measure *measure, uint64_t sequence, int64_t at_ms) {
    Redress__V1__FactMeta meta = meta_of(sequence, at_ms);
    Redress__V1__CaseAccepted fact = REDRESS__V1__CASE_ACCEPTED__INIT;
    fact.meta = &meta;
    return measure_apply(measure, "redress.v1.CaseAccepted", &fact.base);
}

static inline void plain(struct measure *measure, const char *type) {
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, 9000);
    Redress__V1__CaseClosed fact = REDRESS__V1__CASE_CLOSED__INIT; // begins as they all do
    fact.meta = &meta;
    assert_true(measure_apply(measure, type, &fact.base));
}

static inline int64_t counted(const struct measure *measure, enum count kind) {
    struct contribution contribution;
    measure_contribution(measure, &contribution);
    return contribution.counts[kind];
}
