// SPDX-License-Identifier: Apache-2.0
// The example region's rules, and a fact to ask them about.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "sla_timer.h"

#define REGISTERED MILESTONE_BIT(MILESTONE_CASE_REGISTERED)

static struct region *region;
static struct timer_rules rules;
__attribute__((unused)) static struct timer_arm arms[TIMER_ARMS];

static inline int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK &&
                   timer_rules_init(&rules, region, NULL) == RC_OK
               ? 0
               : -1;
}

static inline int unload(void **unused) {
    (void)unused;
    region_free(region);
    return 0;
}

static inline int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

static inline struct timer_fact fact_of(const char *institution, uint64_t milestones,
                                        const char *at) {
    return (struct timer_fact){.institution = institution,
                               .category = "other",
                               .situations = "",
                               .milestones = milestones,
                               .at_ms = ms(at),
                               .reason = "started"};
}
