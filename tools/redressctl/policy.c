// SPDX-License-Identifier: Apache-2.0
// Packs from the command line: are they sound, and what would a clock of theirs do.
#include "command.h"
#include "moment.h"
#include "packs.h"
#include "simulated_case.h"

#include "common/course.h"
#include "common/deadline_text.h"
#include "common/milestone.h"
#include "common/policy_known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICIES "deploy/policies"
#define EVENTS_MOST 16
#define TEXT_SIZE 200
#define DIGITS_MOST 9 // fit 32 bits

// Rules whose clock no fact begins yet.
static json_t *never_run(const struct policy *policy) {
    json_t *list = json_array();
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const char *start = policy->rules[i].starts_on;
        const char *clock = policy->rules[i].clock;
        if (start != NULL && !policy_is_told(clock, milestone_read(start))) {
            json_array_append_new(list, json_string(policy->rules[i].id));
        }
    }
    return list;
}

int policy_check(const struct arguments *arguments) {
    struct packs packs = {.count = 0};
    struct error error;
    enum rc rc = packs_open(&packs, arguments->positional[0],
                            argument(arguments, "calendars", NULL, NULL), &error);
    json_t *list = json_array();
    for (size_t i = 0; i < packs.count; i++) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:o}", "pack", packs.all[i]->label,
                                              "calendar", calendar_label(packs.all[i]->calendar),
                                              "rules", (int)packs.all[i]->rule_count, "never_run",
                                              never_run(packs.all[i])));
    }
    packs_close(&packs);
    if (rc != RC_OK) {
        json_decref(list);
        return fail(&error);
    }
    print_json(list);
    return EXIT_GOOD;
}

struct simulation {
    const struct arguments *arguments;
    struct packs packs;
    struct simulated_case of;
    int64_t start_ms;
    int64_t now_ms; // INT64_MAX: after all facts
    struct course_event events[EVENTS_MOST];
    char event_texts[EVENTS_MOST][TEXT_SIZE];
    size_t event_count;
    struct error *error;
};

// The region's clocks, else those of the pack's calendar.
static enum rc read_moment(const struct simulation *simulation, const char *option,
                           const char *text, int64_t *ms) {
    const struct packs *packs = &simulation->packs;
    const char *zone = packs->region != NULL ? packs->region->zone
                                             : zone_name(calendar_zone(packs->all[0]->calendar));
    return moment_read(option, text, zone, ms, simulation->error);
}

// "5 working_days" and nothing else; as much as a pack may say.
static bool read_limit(const char *text, struct limit *limit) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MOST || text[digits] != ' ' ||
        !limit_unit_read(text + digits + 1, &limit->unit)) {
        return false;
    }
    limit->value = (uint32_t)strtoul(text, NULL, 10);
    return limit_is_bounded(*limit);
}

static const struct {
    const char *name;
    enum course_event_kind kind;
    bool has_ground;
} event_kinds[] = {{"pause", COURSE_PAUSE, true},
                   {"resume", COURSE_RESUME, false},
                   {"extend", COURSE_EXTEND, true},
                   {"restart", COURSE_RESTART, true},
                   {"stop", COURSE_STOP, false}};

// "pause:appraisal@T", "resume@T", "extend:30 calendar_days@T", "restart:new-facts@T", "stop@T".
static enum rc read_event(struct simulation *simulation, const char *text) {
    struct course_event *event = &simulation->events[simulation->event_count];
    char *own = simulation->event_texts[simulation->event_count];
    snprintf(own, TEXT_SIZE, "%s", text);
    char *at = strchr(own, '@');
    char *ground = strchr(own, ':');
    if (at == NULL || simulation->event_count == EVENTS_MOST) {
        return error_field(simulation->error, "bad-event", "event",
                           "\"%s\" is no event as pause:GROUND@TIME, or one too many", text);
    }
    *at = '\0';
    if (ground != NULL && ground < at) {
        *ground++ = '\0';
    } else {
        ground = NULL;
    }
    for (size_t i = 0; i < sizeof event_kinds / sizeof event_kinds[0]; i++) {
        if (strcmp(event_kinds[i].name, own) == 0 &&
            event_kinds[i].has_ground == (ground != NULL)) {
            *event = (struct course_event){.kind = event_kinds[i].kind,
                                           .ground = ground,
                                           .reason = "simulated",
                                           .plan = "simulated",
                                           .approver = UINT32_MAX};
            if (event->kind == COURSE_EXTEND && ground != NULL &&
                !read_limit(ground, &event->limit)) {
                break;
            }
            simulation->event_count++;
            return read_moment(simulation, "event", at + 1, &event->at_ms);
        }
    }
    return error_field(simulation->error, "bad-event", "event",
                       "\"%s\" is none of pause:GROUND resume extend:N UNIT restart:GROUND stop",
                       text);
}

static enum rc read_events(struct simulation *simulation) {
    const struct arguments *arguments = simulation->arguments;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < arguments->option_count && rc == RC_OK; i++) {
        if (strcmp(arguments->options[i].name, "event") == 0) {
            rc = read_event(simulation, arguments->options[i].value);
        }
    }
    return rc;
}

static enum rc open_pack(struct simulation *simulation, const char *pack) {
    const struct arguments *arguments = simulation->arguments;
    struct packs *packs = &simulation->packs;
    const struct policy *const *all = NULL;
    size_t first = 0;
    size_t size = strlen(pack);
    enum rc rc = packs_open(packs, argument(arguments, "directory", NULL, POLICIES),
                            argument(arguments, "calendars", NULL, NULL), simulation->error);
    if (rc != RC_OK) {
        return rc;
    }
    all = packs->all;
    while (first < packs->count && strcmp(all[first]->label, pack) != 0 &&
           strcmp(all[first]->id, pack) != 0) {
        first++;
    }
    size_t end = first;
    while (end < packs->count && strncmp(all[end]->label, pack, size) == 0 &&
           (all[end]->label[size] == '@' || all[end]->label[size] == '\0')) {
        end++;
    }
    if (first == end) {
        return error_field(simulation->error, "unknown-code", "pack", "there is no pack \"%s\"",
                           pack);
    }
    packs->all = &all[first];
    packs->count = end - first;
    simulation->of.about.institution_type =
        all[first]->institution_type_count == 0 ? NULL : all[first]->institution_types[0];
    return RC_OK;
}

static enum rc open_region(struct simulation *simulation, const char *directory) {
    const char *institution = argument(simulation->arguments, "institution", NULL, "");
    struct packs *packs = &simulation->packs;
    enum rc rc = region_load(&packs->region, directory, simulation->error);
    if (rc != RC_OK) {
        return rc;
    }
    packs->all = packs->region->policies;
    packs->count = packs->region->policy_count;
    return region_case(packs->region, institution, &simulation->of.about)
               ? RC_OK
               : error_field(simulation->error, "unknown-code", "institution",
                             "--institution \"%s\" names nothing", institution);
}

static enum rc simulation_open(struct simulation *simulation) {
    const struct arguments *arguments = simulation->arguments;
    const char *pack = argument(arguments, "pack", NULL, NULL);
    const char *region = argument(arguments, "region", NULL, NULL);
    const char *now = argument(arguments, "now", NULL, NULL);
    enum rc rc = pack != NULL ? open_pack(simulation, pack) : open_region(simulation, region);
    if (rc != RC_OK) {
        return rc;
    }
    simulation->now_ms = INT64_MAX;
    rc = simulated_case_read(&simulation->of, arguments, &simulation->packs, simulation->error);
    rc = rc == RC_OK ? read_moment(simulation, "at", argument(arguments, "at", NULL, ""),
                                   &simulation->start_ms)
                     : rc;
    rc = rc == RC_OK && now != NULL ? read_moment(simulation, "now", now, &simulation->now_ms) : rc;
    return rc == RC_OK ? read_events(simulation) : rc;
}

// A clock that starts after another is taken to start when that one is due. false: it doesn't run.
static bool start_of(const struct simulation *simulation, const char *clock, int64_t *start_ms,
                     struct policy_choice *choice) {
    const struct packs *packs = &simulation->packs;
    struct policy_choice other;
    struct deadline deadline;
    *start_ms = simulation->start_ms;
    if (!policy_choose(packs->all, packs->count, &simulation->of.about, clock, *start_ms, choice)) {
        return false;
    }
    if (choice->rule->after != NULL) {
        if (!start_of(simulation, choice->rule->after, start_ms, &other)) {
            return false;
        }
        deadline_of_choice(&other, *start_ms, NULL, 0, &deadline);
        *start_ms = deadline.due_at_ms - (limit_is_by_day(deadline.rule->limit.unit) ? 1 : 0);
    }
    return true;
}

static json_t *course_json(const char *clock, const struct course *course) {
    static const char *const states[] = {"running", "paused", "stopped", "breached"};
    bool english = course->deadline.policy->calendar_name[0] != 'c';
    json_t *json = deadline_json(&course->deadline, english ? DEADLINE_ENGLISH : DEADLINE_CHINESE);
    json_object_set_new(json, "clock", json_string(clock));
    json_object_set_new(json, "state", json_string(states[course->state]));
    json_object_set_new(json, "late", json_boolean(course->late));
    return json;
}

static enum rc simulate_clock(const struct simulation *simulation, const char *clock,
                              json_t *list) {
    struct course course;
    struct policy_choice choice;
    int64_t start_ms = 0;
    if (!start_of(simulation, clock, &start_ms, &choice)) {
        return RC_OK;
    }
    int64_t last_ms = simulation->event_count == 0
                          ? start_ms
                          : simulation->events[simulation->event_count - 1].at_ms;
    enum rc rc = course_run(&choice, start_ms, simulation->events, simulation->event_count,
                            simulation->now_ms == INT64_MAX ? last_ms : simulation->now_ms, &course,
                            simulation->error);
    if (rc == RC_OK) {
        json_array_append_new(list, course_json(clock, &course));
    }
    return rc;
}

static bool is_first_of_clock(const struct packs *packs, size_t policy, unsigned rule) {
    const char *clock = packs->all[policy]->rules[rule].clock;
    for (size_t i = 0; i <= policy; i++) {
        unsigned end = i == policy ? rule : packs->all[i]->rule_count;
        for (unsigned r = 0; r < end; r++) {
            if (strcmp(packs->all[i]->rules[r].clock, clock) == 0) {
                return false;
            }
        }
    }
    return true;
}

static enum rc simulate_all(const struct simulation *simulation, json_t *list) {
    const struct packs *packs = &simulation->packs;
    const char *only = argument(simulation->arguments, "clock", NULL, NULL);
    enum rc rc = RC_OK;
    if (only != NULL) {
        rc = simulate_clock(simulation, only, list);
    }
    for (size_t i = 0; only == NULL && i < packs->count; i++) {
        for (unsigned r = 0; r < packs->all[i]->rule_count && rc == RC_OK; r++) {
            if (is_first_of_clock(packs, i, r)) {
                rc = simulate_clock(simulation, packs->all[i]->rules[r].clock, list);
            }
        }
    }
    return rc == RC_OK && json_array_size(list) == 0
               ? simulated_case_has_no_clock(packs, only, simulation->error)
               : rc;
}

static void print_clocks(const json_t *list) {
    size_t index = 0;
    json_t *clock = NULL;
    json_array_foreach(list, index, clock) {
        size_t step = 0;
        json_t *entry = NULL;
        printf("%s (%s)\n", json_string_value(json_object_get(clock, "clock")),
               json_string_value(json_object_get(clock, "state")));
        json_array_foreach(json_object_get(clock, "steps"), step, entry) {
            printf("  %zu. %s\n", step + 1, json_string_value(json_object_get(entry, "text")));
        }
        json_array_foreach(json_object_get(clock, "warn_at"), step, entry) {
            printf("  warn %s\n", json_string_value(entry));
        }
    }
}

// What is missing from the command line; NULL: nothing.
static const char *missing(const struct arguments *arguments) {
    const char *region = argument(arguments, "region", NULL, NULL);
    if ((argument(arguments, "pack", NULL, NULL) == NULL) == (region == NULL) ||
        (region != NULL && argument(arguments, "institution", NULL, NULL) == NULL)) {
        return "--pack NAME, or --region DIRECTORY --institution CODE, is needed";
    }
    if (region == NULL && argument(arguments, "institution", NULL, NULL) != NULL) {
        return "--institution names one of a region: --region DIRECTORY is needed";
    }
    if (argument(arguments, "at", NULL, NULL) == NULL) {
        return "--at TIME is needed";
    }
    return argument(arguments, "event", NULL, NULL) != NULL &&
                   argument(arguments, "clock", NULL, NULL) == NULL
               ? "--event needs --clock"
               : NULL;
}

int policy_simulate(const struct arguments *arguments) {
    const char *what = missing(arguments);
    if (what != NULL) {
        fprintf(stderr, "redressctl: %s\n", what);
        return EXIT_USAGE;
    }
    struct error error;
    struct simulation simulation = {.arguments = arguments, .error = &error};
    json_t *list = json_array();
    enum rc rc = simulation_open(&simulation);
    rc = rc == RC_OK ? simulate_all(&simulation, list) : rc;
    if (rc == RC_OK && arguments->json) {
        print_json(json_incref(list));
    } else if (rc == RC_OK) {
        print_clocks(list);
    }
    json_decref(list);
    packs_close(&simulation.packs);
    return rc == RC_OK ? EXIT_GOOD : fail(&error);
}
