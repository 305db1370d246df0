// SPDX-License-Identifier: Apache-2.0
// What an assessment makes of clocks whose rule begins elsewhere now, or is none any more.
#include "ask.h"

#include <string.h>

// The case as it was and is, and where one clock begins by each.
struct displaced {
    const struct region *region;
    struct clock_about before, now;
    enum milestone began, begins; // MILESTONE_COUNT: no rule holds
    const char *policy_version;   // of the rule that holds now; "": none
};

static bool know_both(const struct region *region, const struct timer_assessment *assessment,
                      struct displaced *displaced) {
    displaced->region = region;
    return ask_about(region, &assessment->before, &displaced->before) &&
           ask_about(region, &assessment->now, &displaced->now);
}

static void find_starts(struct displaced *displaced, const char *name, int64_t at_ms) {
    const struct region *region = displaced->region;
    const struct policy_case *before = &displaced->before.about;
    const struct policy_case *now = &displaced->now.about;
    struct policy_choice choice;
    displaced->began = ask_choice(region, before, name, at_ms, &choice)
                           ? ask_start(region, before, &choice, at_ms)
                           : MILESTONE_COUNT;
    bool holds = ask_choice(region, now, name, at_ms, &choice);
    displaced->begins = holds ? ask_start(region, now, &choice, at_ms) : MILESTONE_COUNT;
    displaced->policy_version = displaced->begins < MILESTONE_COUNT ? choice.policy->label : "";
}

static bool is_reached(const struct timer_assessment *assessment, enum milestone milestone) {
    return milestone < MILESTONE_COUNT && assessment->reached_at_ms[milestone] != 0;
}

static void arm_displaced(const struct displaced *displaced, const struct timer_fact *fact,
                          const char *name, struct timer_displacement *displacement) {
    struct policy_choice choice;
    if (displacement->arm_count < TIMER_ARMS &&
        ask_choice(displaced->region, &displaced->now.about, name, fact->at_ms, &choice)) {
        ask_arm(&choice, fact, name, &displacement->arms[displacement->arm_count++]);
    }
}

// What begins with the registration goes on where the case was taken up again.
static bool has_begun(const struct timer_assessment *assessment, enum milestone milestone) {
    return milestone == MILESTONE_CASE_REGISTERED || is_reached(assessment, milestone);
}

// begins: what the rule of now begins with; MILESTONE_COUNT: the run's end is for another reason.
static void end_run(const char *name, int64_t started_at_ms, enum milestone begins,
                    const char *policy_version, struct timer_displacement *displacement) {
    if (displacement->end_count < TIMER_NAMES) {
        displacement->ends[displacement->end_count++] =
            (struct timer_end){.name = name,
                               .started_at_ms = started_at_ms,
                               .begins_on = begins == MILESTONE_COUNT ? "" : milestone_name(begins),
                               .policy_version = policy_version};
    }
}

// The registration arms its own.
static void displace(const struct timer_assessment *assessment, const struct displaced *displaced,
                     const char *name, enum milestone milestone,
                     struct timer_displacement *displacement) {
    enum milestone begins = displaced->begins;
    if (begins == milestone && milestone != MILESTONE_CASE_REGISTERED) {
        struct timer_fact fact = assessment->now;
        fact.at_ms = assessment->reached_at_ms[milestone];
        arm_displaced(displaced, &fact, name, displacement);
    }
    if (displaced->began == milestone && !has_begun(assessment, begins)) {
        end_run(name, assessment->reached_at_ms[milestone], begins, displaced->policy_version,
                displacement);
    }
}

static bool restarts(const struct region *region, const struct policy_case *about, const char *name,
                     const char *ground, int64_t at_ms) {
    struct policy_choice choice;
    return ask_choice(region, about, name, at_ms, &choice) &&
           policy_restarts_on(deadline_bound(&choice, at_ms).rule, ground);
}

// What the rules of before let not begin again, those of now do.
static void restart_displaced(const struct timer_rules *rules,
                              const struct timer_assessment *assessment,
                              const struct displaced *displaced,
                              struct timer_displacement *displacement) {
    struct timer_fact fact = assessment->now;
    fact.at_ms = assessment->restarted_at_ms;
    fact.restart = assessment->restarted_on;
    for (size_t i = 0; fact.at_ms != 0 && i < rules->restarts.count; i++) {
        const char *name = rules->restarts.names[i];
        if (restarts(rules->region, &displaced->now.about, name, fact.restart, fact.at_ms) &&
            !restarts(rules->region, &displaced->before.about, name, fact.restart, fact.at_ms)) {
            arm_displaced(displaced, &fact, name, displacement);
        }
    }
}

// What began again with the last rework or reopening ends where no rule holds any more, or one that
// lets nothing begin again with it.
static void end_restarted(const struct timer_rules *rules,
                          const struct timer_assessment *assessment, struct displaced *displaced,
                          struct timer_displacement *displacement) {
    const struct policy_case *before = &displaced->before.about;
    const struct policy_case *now = &displaced->now.about;
    const char *ground = assessment->restarted_on;
    int64_t at_ms = assessment->now.at_ms;
    int64_t began_ms = assessment->restarted_at_ms;
    for (size_t i = 0; began_ms != 0 && i < rules->restarts.count; i++) {
        const char *name = rules->restarts.names[i];
        find_starts(displaced, name, at_ms);
        bool gone = displaced->began != MILESTONE_COUNT && displaced->begins == MILESTONE_COUNT;
        bool began = restarts(rules->region, before, name, ground, began_ms) &&
                     !restarts(rules->region, now, name, ground, began_ms);
        if (gone || began) {
            end_run(name, began_ms, MILESTONE_COUNT, displaced->policy_version, displacement);
        }
    }
}

static bool is_ended(const struct timer_displacement *displacement, const char *name) {
    for (size_t i = 0; i < displacement->end_count; i++) {
        if (strcmp(displacement->ends[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

void timer_displace(const struct timer_rules *rules, const struct timer_assessment *assessment,
                    struct timer_displacement *displacement) {
    struct displaced displaced;
    displacement->arm_count = 0;
    displacement->end_count = 0;
    if (!know_both(rules->region, assessment, &displaced)) {
        return;
    }
    restart_displaced(rules, assessment, &displaced, displacement);
    end_restarted(rules, assessment, &displaced, displacement);
    for (int m = 0; m < MILESTONE_COUNT; m++) {
        const struct timer_names *list = &rules->starts[m];
        for (size_t i = 0; i < list->count && is_reached(assessment, (enum milestone)m); i++) {
            find_starts(&displaced, list->names[i], assessment->now.at_ms);
            if (displaced.began != displaced.begins && !is_ended(displacement, list->names[i])) {
                displace(assessment, &displaced, list->names[i], (enum milestone)m, displacement);
            }
        }
    }
}

bool timer_move_run(const struct timer_rules *rules, const struct timer_assessment *assessment,
                    struct clock_run *run) {
    struct displaced displaced;
    if (!know_both(rules->region, assessment, &displaced)) {
        return true;
    }
    if (run->restarted_on[0] != '\0') {
        return restarts(rules->region, &displaced.now.about, run->name, run->restarted_on,
                        run->started_at_ms);
    }
    find_starts(&displaced, run->name, assessment->now.at_ms);
    bool stays = displaced.began == displaced.begins;
    if (!is_reached(assessment, displaced.begins)) {
        return stays || has_begun(assessment, displaced.begins);
    }
    int64_t begins_ms = assessment->reached_at_ms[displaced.begins];
    if (stays && begins_ms <= run->started_at_ms) {
        return true;
    }
    run->started_at_ms = begins_ms; // or began again there, and nobody knew yet
    clock_run_forget(run, run->started_at_ms);
    return true;
}
