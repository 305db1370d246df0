// SPDX-License-Identifier: Apache-2.0
#include "shape.h"

#include "sim.h"

#include <string.h>

#define FAR_S (30 * 24 * 3600)
#define CLOCKS_ONE_IN 10 // small ones see clocks end
#define RULES 32
#define LEVELS 8

struct shape shape;

// The promises as the region has them.
static struct policy *policy;
static uint32_t limits[RULES];
static uint32_t rungs[LEVELS];

void shape_prepare(struct region *region) {
    for (size_t i = 0; i < region->policy_count; i++) {
        if (strcmp(region->policies[i]->id, "demo-seconds") == 0) {
            policy = (struct policy *)region->policies[i];
        }
    }
    for (unsigned rule = 0; rule < policy->rule_count; rule++) {
        limits[rule] = policy->rules[rule].limit.value;
    }
    for (unsigned level = 0; level < policy->ladder.level_count; level++) {
        rungs[level] = policy->ladder.levels[level].after.value;
    }
}

// The promises become longer, or so long that they do not matter, and the ladder's top rung, which
// is told for ever, is far away, so that a schedule sees a few clocks of each kind and all of their
// ends.
static void stretch(uint32_t limit_by, uint32_t rung_by) {
    const unsigned top = policy->ladder.level_count - 1;
    for (unsigned rule = 0; rule < policy->rule_count; rule++) {
        policy->rules[rule].limit.value = limits[rule] * limit_by;
    }
    for (unsigned level = 0; level < top; level++) {
        policy->ladder.levels[level].after.value = rungs[level] * rung_by;
    }
    policy->ladder.levels[top].after.value = FAR_S;
}

static void draw_large(void) {
    for (size_t i = 0; i < SHAPE_PROGRAMS; i++) {
        shape.processes[i] = 1 + sim_below(2);
    }
    shape.submissions = sim_below(3);
    shape.inbound = shape.submissions == 0 ? 1 : sim_below(2);
    shape.assessments = sim_below(4);
    shape.staff = 1 + sim_below(2);
    shape.commands[0] = sim_below(6);
    shape.commands[1] = sim_below(6);
    shape.pace = 1;
    stretch(6, 8);
}

static void draw_small(void) {
    static const enum shape_program twice[] = {SHAPE_LEDGER, SHAPE_LEDGER,       SHAPE_LEDGER,
                                               SHAPE_INTAKE, SHAPE_NOTIFICATION, SHAPE_SLA_TIMER};
    const uint32_t count = sizeof twice / sizeof twice[0];
    for (size_t i = 0; i < SHAPE_PROGRAMS; i++) {
        shape.processes[i] = 1;
    }
    uint32_t second = sim_below(count + 2);
    if (second < count) {
        shape.processes[twice[second]] = 2;
    }
    shape.submissions = sim_chance(4) ? 0 : 1;
    shape.inbound = 1 - shape.submissions;
    shape.skewed = sim_chance(3);
    if (sim_chance(CLOCKS_ONE_IN)) {
        shape.assessments = 1 + sim_below(3);
        shape.staff = 1;
        shape.commands[0] = sim_below(6);
        shape.pace = 1u << sim_below(3);
        stretch(1 + sim_below(4), sim_chance(2) ? FAR_S : 1 + sim_below(4));
    } else {
        shape.assessments = sim_below(3);
        shape.staff = sim_below(2);
        shape.commands[0] = sim_below(4);
        shape.pace = 1u << sim_below(5);
        shape.lull_ms = sim_below(1u << sim_below(14));
        stretch(FAR_S / 60, FAR_S);
    }
}

uint32_t shape_pause(uint32_t most_ms) { return sim_below(most_ms) / shape.pace; }

void shape_draw(uint32_t large_one_in) {
    shape = (struct shape){.small = !sim_chance(large_one_in)};
    if (shape.small) {
        draw_small();
    } else {
        draw_large();
    }
}
