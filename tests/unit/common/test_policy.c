// SPDX-License-Identifier: Apache-2.0
// Packs: which rule holds for which case and day; each way to break a file is named by its place.
#include "common/policy_check.h"
#include "common/policy_file.h"
#include "common/policy_known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct calendar_set *calendars;

static int load(void **state) {
    struct error error;
    (void)state;
    return calendar_set_load(&calendars, "deploy/calendars", &error) == RC_OK ? 0 : -1;
}

static int unload(void **state) {
    (void)state;
    calendar_set_free(calendars);
    return 0;
}

// Its lines are numbered from 1; the tests below name them.
static const char sound[] =
    "id: test\n"                                                                              // 1
    "version: 1\n"                                                                            // 2
    "title: Test\n"                                                                           // 3
    "layer: national\n"                                                                       // 4
    "calendar: cn-state-council\n"                                                            // 5
    "effective_from: 2020-01-01\n"                                                            // 6
    "ladder:\n"                                                                               // 7
    "  levels:\n"                                                                             // 8
    "    - {after: {value: 0, unit: minutes}, tell: [handler]}\n"                             // 9
    "    - {after: {value: 30, unit: minutes}, tell: [supervisor]}\n"                         // 10
    "  most: 12\n"                                                                            // 11
    "rules:\n"                                                                                // 12
    "  - id: response\n"                                                                      // 13
    "    clock: first_response\n"                                                             // 14
    "    source: {kind: ours, text: test}\n"                                                  // 15
    "    starts_on: case_registered\n"                                                        // 16
    "    stops_on: complainant_told\n"                                                        // 17
    "    limit: {value: 1, unit: working_days}\n"                                             // 18
    "    warn_percents: [50, 75]\n"                                                           // 19
    "  - id: decision\n"                                                                      // 20
    "    clock: resolution\n"                                                                 // 21
    "    source: {kind: law, text: test}\n"                                                   // 22
    "    statutory: true\n"                                                                   // 23
    "    after: first_response\n"                                                             // 24
    "    stops_on: case_replied\n"                                                            // 25
    "    limit: {value: 10, unit: working_days}\n"                                            // 26
    "    pauses:\n"                                                                           // 27
    "      - {ground: appraisal, cap: {value: 30, unit: working_days}}\n"                     // 28
    "    extension:\n"                                                                        // 29
    "      count: 1\n"                                                                        // 30
    "      limit: {value: 5, unit: working_days}\n"                                           // 31
    "      approved_by: [supervisor]\n"                                                       // 32
    "      tell: [complainant]\n"                                                             // 33
    "  - id: decision-urgent\n"                                                               // 34
    "    clock: resolution\n"                                                                 // 35
    "    source: {kind: ours, text: test}\n"                                                  // 36
    "    when: {severities: [P1, P2]}\n"                                                      // 37
    "    starts_on: case_registered\n"                                                        // 38
    "    stops_on: case_replied\n"                                                            // 39
    "    limit: {value: 24, unit: hours}\n"                                                   // 40
    "  - id: decision-calm\n"                                                                 // 41
    "    clock: resolution\n"                                                                 // 42
    "    source: {kind: ours, text: test}\n"                                                  // 43
    "    when: {severities: [P3], channels: [letter], categories: [fees], situations: [x]}\n" // 44
    "    starts_on: case_registered\n"                                                        // 45
    "    stops_on: case_replied\n"                                                            // 46
    "    limit: {value: 20, unit: working_days}\n";                                           // 47

static void write_changed(const char *path, const char *from, const char *to) {
    const char *at = strstr(sound, from);
    FILE *file = fopen(path, "wb");
    assert_non_null(at);
    assert_non_null(file);
    fprintf(file, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
    fclose(file);
}

static enum rc load_changed(const char *from, const char *to, struct policy_set **set,
                            struct error *error) {
    char directory[] = "/tmp/redress-policy-XXXXXX";
    char path[128];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/test@1.yaml", directory);
    write_changed(path, from, to);
    enum rc rc = policy_set_load(set, directory, NULL, calendars, error);
    unlink(path);
    rmdir(directory);
    return rc;
}

static const struct {
    const char *from, *to, *place, *what;
} faults[] = {
    {"title:", "tittle:", ":3: ", "Unexpected key: tittle"},
    {"{value: 1, unit: working_days}", "{value: 1}",
     ":18: Missing required mapping field: ", "rules[1].limit.unit"},
    {"    limit: {value: 24, unit: hours}\n", "",
     ":34: Missing required mapping field: ", "rules[3].limit"},
    {"title: ", "#title: ", ":1: Missing required mapping field: ", "title"},
    {"unit: working_days", "unit: fortnights", ":18: ", "Invalid ENUM"},
    {"{value: 24, unit: hours}", "{value: 0, unit: hours}",
     ":40: decision-urgent: limit: ", "at least 1"},
    {"{value: 10, unit: working_days}", "{value: 9999, unit: working_days}",
     ":26: decision: limit: ", "ten years"},
    {"{value: 24, unit: hours}", "{value: 24, unit: hours, start_day: counted}",
     ":40: decision-urgent: limit: ", "start_day"},
    {"{value: 1, unit: working_days}", "{value: 1, unit: working_days, last_day: kept}",
     ":18: response: limit: ", "last_day"},
    {"cn-state-council", "cn-nothing", ":5: test: calendar: ", "no calendar"},
    {"2020-01-01", "2020-02-30", ":6: test: effective_from: ", "not a date"},
    {"2020-01-01", "2020-01-01\neffective_until: 2019-01-01",
     ":7: test: effective_until: ", "on or after"},
    {"layer: national", "layer: institution", ":4: test: layer: ", "names its institutions"},
    {"layer: national", "layer: national\ninstitutions: [a]",
     ":4: test: layer: ", "names its institutions"},
    {"version: 1", "version: 0", ":2: test: version: ", "the file's name must be"},
    {"tell: [handler]", "tell: []", ":9: test: tell: ", "level 1 names nobody"},
    {"tell: [supervisor]", "tell: []", "test: tell: ", "level 2 names nobody"},
    {"tell: [handler]", "tell: [king]", ":9: ", "king"},
    {"value: 0, unit: minutes", "value: 5, unit: minutes", ":9: test: after: ", "at once"},
    {"value: 30, unit: minutes", "value: 0, unit: working_days",
     ":7: test: ladder: ", "at once after"},
    {"most: 12", "most: 0", ":11: test: most: ", "must climb"},
    {"after: first_response", "after: resolution", ":24: decision: after: ", "a cycle"},
    {"    starts_on: case_registered\n    stops_on: complainant_told",
     "    after: resolution\n"
     "    stops_on: complainant_told",
     ":16: response: after: ", "a cycle"},
    {"    statutory: true\n    after: first_response", "    starts_on: resolution_overdue",
     ":23: decision: starts_on: ", "a cycle: resolution waits for itself"},
    {"    starts_on: case_registered\n    stops_on: case_replied\n    limit: {value: 24, unit: "
     "hours}",
     "    after: first_response\n    stops_on: case_replied\n    limit: {value: 24, unit: hours}\n"
     "  - id: response-phone\n    clock: first_response\n    source: {kind: ours, text: x}\n"
     "    when: {channels: [phone]}\n    starts_on: resolution_overdue\n"
     "    stops_on: complainant_told\n    limit: {value: 1, unit: hours}",
     ":24: decision: after: ", "a cycle"},
    {"title: Test\n", "title: Test\nclosure: {follow_up_attempts: 0}\n",
     ":4: test: follow_up_attempts: ", "must be 1 to"},
    {"{value: 20, unit: working_days}", "{value: 20, unit: working_days}\nretention: {years: 2}",
     ":48: test: years: ", "must be 3"},
    {"stops_on: case_replied", "stops_on: resolution_overdue",
     ":25: decision: stops_on: ", "its own breach"},
    {"stops_on: case_replied", "stops_on: call_ended",
     ":25: decision: stops_on: ", "no fact tells call_ended yet"},
    {"after: first_response", "after: nothing", ":24: decision: after: ", "no clock"},
    {"after: first_response", "after: first_response\n    starts_on: case_registered",
     ":25: decision: starts_on: ", "exactly one"},
    {"starts_on: case_registered", "starts_on: case_imagined",
     ":16: response: starts_on: ", "no fact"},
    {"stops_on: case_replied", "stops_on: supervision_answered",
     ":25: decision: stops_on: ", "is no end of this clock"},
    {"stops_on: case_replied", "stops_on: co_handler_answered",
     ":25: decision: stops_on: ", "is no end of this clock"},
    {"clock: first_response\n", "clock: follow_up_1\n",
     ":17: response: stops_on: ", "visit_done alone stops follow_up_1"},
    {"starts_on: case_registered", "starts_on: case_closed",
     ":16: response: starts_on: ", "closed case"},
    {"stops_on: complainant_told", "stops_on: never", ":17: response: stops_on: ", "no fact"},
    {"stops_on: complainant_told", "stops_on: visit_done", ":14: response: clock: ", "follow_up_1"},
    {"[50, 75]", "[75, 50]", ":19: response: warn_percents: ", "must climb"},
    {"[50, 75]", "[75, 75]", ":19: response: warn_percents: ", "must climb"},
    {"[50, 75]", "[0, 75]", ":19: response: warn_percents: ", "1 to 99"},
    {"[50, 75]", "[50, 100]", ":19: response: warn_percents: ", "1 to 99"},
    {"[50, 75]", "[1, 2, 3, 4, 5]", ":19: response: warn_percents: ", "more than 4"},
    {"cap: {value: 30", "cap: {value: 0", ":27: decision: pauses: ", "a cap"},
    {"{ground: appraisal, cap: {value: 30, unit: working_days}}", "{ground: appraisal}",
     ":28: ", "cap"},
    {"      - {ground: appraisal, cap: {value: 30, unit: working_days}}\n",
     "      - {ground: testing, cap: {value: 3, unit: hours}}\n"
     "      - {ground: testing, cap: {value: 3, unit: hours}}\n",
     ":27: decision: pauses: ", "twice"},
    {"ground: appraisal", "ground: waiting_for_complainant",
     ":27: decision: pauses: ", "is none of appraisal, testing, hearing"},
    {"ground: appraisal", "ground: apprais", ":27: decision: pauses: ", "\"apprais\" is none"},
    {"ground: appraisal", "ground: \"appraisal, testing\"",
     ":27: decision: pauses: ", "is none of"},
    {"    extension:\n", "    restarts: [new-facts, new-fact]\n    extension:\n",
     ":29: decision: restarts: ",
     "the ground \"new-fact\" is none of new-facts, rework, progress-told"},
    {"    extension:\n", "    restarts: [rework, rework]\n    extension:\n",
     ":29: ", "\"rework\" is there twice in mapping field 'restarts'"},
    // A word twice in a list, whatever the list is of; two names of one channel too.
    {"situations: [x]", "situations: [x, y, x]",
     ":44: ", "\"x\" is there twice in mapping field 'situations'"},
    {"severities: [P1, P2]", "severities: [P1, P1]",
     ":37: ", "\"P1\" is there twice in mapping field 'severities'"},
    {"channels: [letter]", "channels: [institution, integrator]",
     ":44: ", "\"integrator\" is there twice in mapping field 'channels'"},
    {"categories: [fees]", "categories: [fees, fees]", ":44: ", "mapping field 'categories'"},
    {"categories: [fees]", "categories: [&fees fees, *fees]", ":44: ", "each is written out"},
    {"approved_by: [supervisor]", "approved_by: [supervisor, supervisor]",
     ":32: ", "mapping field 'approved_by'"},
    {"tell: [handler]", "tell: [handler, handler]", ":9: ", "mapping field 'tell'"},
    {"title: Test\n", "title: Test\ninstitution_types: [clinic, clinic]\n",
     ":4: ", "mapping field 'institution_types'"},
    {"situations: [x]", "situations: [\"x,y\"]", ":44: decision-calm: situations: ", "\"x,y\""},
    {"channels: [letter]", "channels: [pigeon]", ":44: ", "pigeon"},
    {"severities: [P1, P2]", "severities: [P1, P9]", ":37: ", "P9"},
    {"starts_on: case_registered", "starts_on: case_regstered",
     ":16: response: starts_on: ", "no fact"},
    {"stops_on: case_replied", "stops_on: case_reply", ":25: decision: stops_on: ", "no fact"},
    {"starts_on: case_registered", "after: decisions", ":16: response: after: ", "no clock"},
    {"approved_by: [supervisor]", "approved_by: [complainant]",
     ":32: decision: approved_by: ", "nobody who can decide"},
    // What every case is owed is no right that lapses.
    {"statutory: true", "statutory: true\n    lapses: true",
     ":24: decision: lapses: ", "resolution is owed"},
    {"stops_on: complainant_told", "stops_on: complainant_told\n    lapses: true",
     ":18: response: lapses: ", "first_response is owed"},
    // A list that names nothing would hold for all.
    {"categories: [fees]", "categories: []", ":44: ", "empty list in mapping field 'categories'"},
    {"situations: [x]", "situations: []", ":44: ", "empty list in mapping field 'situations'"},
    {"channels: [letter]", "channels: []", ":44: ", "empty list in mapping field 'channels'"},
    {"severities: [P1, P2]", "severities: []", ":37: ", "empty list in mapping field 'severities'"},
    {"[50, 75]", "[]", ":19: ", "empty list in mapping field 'warn_percents'"},
    {"title: Test\n", "title: Test\ninstitution_types: []\n",
     ":4: ", "empty list in mapping field 'institution_types'"},
    {"stops_on: complainant_told", "stops_on: case_registered",
     ":17: response: stops_on: ", "never stop"},
    {"starts_on: case_registered\n    stops_on: complainant_told",
     "starts_on: case_closed\n    stops_on: case_registered",
     ":17: response: stops_on: ", "can't come after case_closed"},
    {"stops_on: case_replied", "stops_on: complainant_told",
     ":25: decision: stops_on: ", "can't come after complainant_told"},
    {"count: 1", "count: 0", ":30: decision: count: ", "must be"},
    {"      limit: {value: 5, unit: working_days}\n", "",
     ":29: decision: extension: ", "needs a limit"},
    {"      count: 1\n", "      count: 1\n      unbounded: true\n",
     ":29: decision: extension: ", "not both"},
    {"approved_by: [supervisor]", "approved_by: []",
     ":32: decision: approved_by: ", "names nobody"},
    {"tell: [complainant]", "tell: [supervisor]",
     ":33: decision: tell: ", "complainant must be told"},
    {"{kind: law, text: test}", "{kind: law, text: \" \"}",
     ":22: decision: source: ", "says nothing"},
    {"clock: first_response", "clock: supervision-1", ":14: response: clock: ", "numbers itself"},
    {"clock: first_response", "clock: escalation-9", ":14: response: clock: ", "numbers itself"},
    {"{kind: law, text: test}", "{kind: ours, text: test}",
     ":23: decision: statutory: ", "national law"},
    {"statutory: true", "statutory: true\n    longer_law_prevails: true",
     ":24: decision: longer_law_prevails: ", "gives way to none"},
    {"situations: [x]}", "situations: [x]}\n    longer_law_prevails: perhaps",
     ":45: ", "Invalid ENUM"},
    {"    when: {severities: [P1, P2]}\n", "", "decision-urgent: when: ", "it overlaps decision"},
    {"    when: {severities: [P1, P2]}\n",
     "    when: {severities: [P3], channels: [letter], categories: [fees], situations: [y]}\n",
     "decision-calm: when: ", "it overlaps decision-urgent"}, // a case may be in both
    {"id: decision-urgent", "id: decision", ":34: decision: id: ", "twice"},
    // A ladder for nobody of the staff, and numbers beyond what anything can mean.
    {"tell: [handler]", "tell: [complainant]", ":9: test: tell: ", "nobody of the staff"},
    {"limit: {value: 5, unit: working_days}", "limit: {value: 0, unit: working_days}",
     ":29: decision: extension: ", "extends nothing"},
    {"rules:\n", "closure: {follow_up_attempts: 4000000000}\nrules:\n",
     ":12: test: follow_up_attempts: ", "1 to 100"},
    {"rules:\n", "closure: {follow_up_attempts: 0}\nrules:\n",
     ":12: test: follow_up_attempts: ", "1 to 100"},
    {"rules:\n", "retention: {years: 0}\nrules:\n", ":12: test: years: ", "standard's least"},
    {"rules:\n", "retention: {years: 4000000000}\nrules:\n", ":12: test: years: ", "to 100"},
    // Names that are none.
    {"clock: first_response", "clock: \" \"", ":14: response: clock: ", "letters, digits"},
    {"clock: first_response", "clock: slash/x", ":14: response: clock: ", "letters, digits"},
    {"clock: first_response", "clock: stage-2", ":14: response: clock: ", "numbers itself"},
    {"id: response", "id: \"res\\nponse\"", ":12: test: rules: ", "rule 1"},
    {"id: response", "id: \" \"", ":12: test: rules: ", "rule 1"},
    // Blank in any script: an ideographic and a no-break space.
    {"title: Test", "title: \"\\u3000\"", ":3: test: title: ", "says nothing"},
    {"{kind: law, text: test}", "{kind: law, text: \"\\u3000\"}",
     ":22: decision: source: ", "says nothing"},
    {"{kind: law, text: test}", "{kind: law, text: \"\\u00a0\"}",
     ":22: decision: source: ", "says nothing"},
    // What libcyaml would read as 5, 5, 1, 8, 16 and 2.
    {"{value: 10,", "{value: 5.9,", ":26: ", "\"5.9\""},
    {"{value: 10,", "{value: 5x,", ":26: ", "mapping field 'value'"},
    {"{value: 10,", "{value: 1e3,", ":26: ", "\"1e3\""},
    {"{value: 10,", "{value: 010,", ":26: ", "leading zeros"},
    {"{value: 10,", "{value: 0x10,", ":26: ", "decimal digits"},
    {"version: 1", "version: -18446744073709551615", ":2: ", "mapping field 'version'"},
    {"[50, 75]", "[50, 7_5]", ":19: ", "mapping field 'warn_percents'"},
    {"count: 1", "count: \"1 \"", ":30: ", "mapping field 'count'"},
    {"    statutory: true\n", "    statutory: &yes true\n    warn_percents: [*yes]\n",
     ":24: ", "written out"},
    // What follows the first document, and what is no YAML.
    {"title: Test\n", "title: Test\n---\nid: other\n", ":4: ", "second document"},
    {"title: Test\n", "title: Test\n...\n---\n", ":5: ", "second document"},
    {"[handler]}", "[handler}", ":9: ", "expected ',' or ']'"},
    {"id: response", "id: test", "test: id: ", "the pack's own"},
    {"{kind: ours, text: test}", "{kind: rumour, text: test}", ":15: ", "rumour"},
};

static void test_rules_for_different_levels_of_crisis_never_overlap(void **state) {
    static const char other_level[] =
        "    when: {severities: [P3], channels: [letter], categories: [fees], situations: [R1]}\n"
        "    starts_on: case_registered\n"
        "    stops_on: case_replied\n"
        "    limit: {value: 24, unit: hours}\n"
        "  - id: decision-calm\n"
        "    clock: resolution\n"
        "    source: {kind: ours, text: test}\n"
        "    when: {severities: [P3], channels: [letter], categories: [fees], situations: [R2]}\n";
    char from[1024];
    struct policy_set *set = NULL;
    struct error error = {.text = ""};
    const char *begin = strstr(sound, "    when: {severities: [P1, P2]}");
    const char *end = strstr(begin, "situations: [x]}\n") + strlen("situations: [x]}\n");
    (void)state;
    snprintf(from, sizeof from, "%.*s", (int)(end - begin), begin);
    assert_int_equal(load_changed(from, other_level, &set, &error), RC_OK);
    policy_set_free(set);
}

static void test_policy_file_faults_are_named(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct policy_set *set = NULL;
        struct error error = {.text = ""};
        enum rc rc = load_changed(faults[i].from, faults[i].to, &set, &error);
        if (rc != RC_INVALID || strstr(error.text, "@1.yaml:") == NULL ||
            strstr(error.text, faults[i].place) == NULL ||
            strstr(error.text, faults[i].what) == NULL) {
            fail_msg("\"%s\": want %s … %s, got %d: %s", faults[i].to, faults[i].place,
                     faults[i].what, rc, error.text);
        }
        assert_null(set);
    }
}

// Two more clocks, each of which waits for the other in rules for these cases.
static enum rc load_ring(const char *first, const char *second, const char *more,
                         struct error *error) {
    static const char rule[] = "  - {id: %s, clock: %s, source: {kind: ours, text: x}, %s, "
                               "%s, stops_on: %s, limit: {value: 1, unit: hours}}\n";
    static const char begins[] = "starts_on: case_registered";
    const struct {
        const char *id, *clock, *when, *start, *stop;
    } rules[] = {{"q1", "call_back", first, "after: review", "case_decided"},
                 {"q1-else", "call_back", "lapses: false", begins, "case_decided"},
                 {"q2", "review", second, "after: call_back", "case_replied"},
                 {"q2-else", "review", "lapses: false", begins, "case_replied"}};
    char to[4096];
    size_t used = (size_t)snprintf(to, sizeof to, "rules:\n");
    struct policy_set *set = NULL;
    for (size_t i = 0; i < COUNT(rules); i++) {
        used += (size_t)snprintf(to + used, sizeof to - used, rule, rules[i].id, rules[i].clock,
                                 rules[i].when, rules[i].start, rules[i].stop);
    }
    snprintf(to + used, sizeof to - used, "%s", more);
    enum rc rc = load_changed("rules:\n", to, &set, error);
    policy_set_free(set);
    return rc;
}

static void test_policy_rules_that_no_case_has_together_are_no_cycle(void **state) {
    (void)state;
    static const char p2_begins[] =
        "  - {id: q3, clock: review, source: {kind: ours, text: x}, when: {severities: [P2], "
        "channels: [phone]}, starts_on: case_registered, stops_on: case_replied, limit: {value: 1, "
        "unit: hours}}\n";
    static const struct {
        const char *first, *second, *more;
        bool cycle;
    } rows[] = {
        {"when: {severities: [P2]}", "when: {severities: [P3]}", "", false},
        {"when: {severities: [P2]}", "when: {severities: [P2, P3]}", "", true},
        {"when: {severities: [P2]}", "when: {channels: [phone]}", "", true},
        {"when: {channels: [web]}", "when: {channels: [phone]}", "", false},
        {"when: {categories: [fees]}", "when: {categories: [waiting]}", "", false},
        {"when: {categories: [waiting, fees]}", "when: {categories: [fees]}", "", true},
        {"when: {situations: [R3]}", "when: {situations: [R4]}", "", false},
        {"when: {situations: [R3]}", "when: {situations: [R3, R4]}", "", true},
        {"when: {situations: [petition]}", "when: {situations: [R4]}", "", true}, // both may be
        // A more particular rule goes before the one that would close the ring.
        {"when: {severities: [P2], channels: [phone]}", "when: {severities: [P2]}", p2_begins,
         false},
        {"when: {severities: [P2]}", "when: {severities: [P2]}", p2_begins, true}, // by letter
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {.text = ""};
        enum rc rc = load_ring(rows[i].first, rows[i].second, rows[i].more, &error);
        if ((rc == RC_OK) == rows[i].cycle ||
            (rc != RC_OK && strstr(error.text, "q1: after: a cycle") == NULL)) {
            fail_msg("%s, %s: %s", rows[i].first, rows[i].second, error.text);
        }
    }
}

// By the table of what comes once; what can come again after a reopening may stop any clock.
static void test_policy_stop_that_only_comes_before_its_start_is_refused(void **state) {
    (void)state;
    static const struct {
        enum milestone start, stop;
        bool may;
    } spans[] = {{MILESTONE_CASE_REPLIED, MILESTONE_CASE_REPLIED, false},
                 {MILESTONE_CASE_CLOSED, MILESTONE_CASE_REGISTERED, false},
                 {MILESTONE_CALL_OFFERED, MILESTONE_CASE_REGISTERED, true},
                 {MILESTONE_CASE_REPLIED, MILESTONE_REVIEW_REQUESTED, true},
                 {MILESTONE_REVIEW_DECIDED, MILESTONE_REVIEW_REQUESTED, false},
                 {MILESTONE_REVIEW_DECIDED, MILESTONE_RE_REVIEW_REQUESTED, true},
                 {MILESTONE_RE_REVIEW_REQUESTED, MILESTONE_REVIEW_DECIDED, false},
                 {MILESTONE_RE_REVIEW_DECIDED, MILESTONE_RE_REVIEW_REQUESTED, false},
                 {MILESTONE_CASE_ACCEPTED, MILESTONE_COMPLAINANT_TOLD, false}, // one fact is both
                 {MILESTONE_CASE_SIGNED, MILESTONE_DISPATCH_ANSWERED, false},
                 {MILESTONE_DISPATCH_ANSWERED, MILESTONE_CASE_SIGNED, true}, // or a return
                 {MILESTONE_COMPLAINANT_TOLD, MILESTONE_CASE_ACCEPTED, true},
                 {MILESTONE_CASE_IS_MAJOR, MILESTONE_CASE_ASSESSED, false},
                 {MILESTONE_CASE_CLOSED, MILESTONE_CASE_REPLIED, true}};
    for (size_t i = 0; i < COUNT(spans); i++) {
        if (policy_may_follow(spans[i].start, spans[i].stop) != spans[i].may) {
            fail_msg("%s to %s", milestone_name(spans[i].start), milestone_name(spans[i].stop));
        }
    }
}

static void test_policy_unknown_types_and_situations_are_named(void **state) {
    (void)state;
    struct policy_set *set = NULL;
    struct error error = {.text = ""};
    size_t count = 0;
    assert_int_equal(load_changed("layer: national",
                                  "layer: national\ninstitution_types: [bureau, hospitol]", &set,
                                  &error),
                     RC_OK);
    const struct policy *const *all = policy_set_all(set, &count);
    assert_int_equal(policy_check_words("/nowhere", all[0], &error), RC_INVALID);
    assert_non_null(strstr(error.text, "/nowhere/test@1.yaml"));
    assert_non_null(strstr(error.text, "test: institution_types: \"hospitol\""));
    assert_non_null(strstr(error.text, "none of hospital, clinic"));
    policy_set_free(set);
    assert_int_equal(load_changed("layer: national",
                                  "layer: national\ninstitution_types: [bureau, hospital]", &set,
                                  &error),
                     RC_OK);
    all = policy_set_all(set, &count);
    assert_int_equal(policy_check_words("/nowhere", all[0], &error), RC_INVALID);
    assert_non_null(strstr(error.text, "decision-calm: situations: \"x\" is none of petition, "));
    policy_set_free(set);
    assert_int_equal(load_changed("situations: [x]", "situations: [petition, R3]", &set, &error),
                     RC_OK);
    all = policy_set_all(set, &count);
    assert_int_equal(policy_check_words("/nowhere", all[0], &error), RC_OK);
    policy_set_free(set);
}

static void test_policy_working_hours_need_a_calendar_with_hours(void **state) {
    (void)state;
    struct calendar *bare = NULL;
    struct error error = {.text = ""};
    const struct calendar_terms terms = {.id = "bare",
                                         .version = 1,
                                         .zone = "UTC",
                                         .week = {true},
                                         .first_year = 2026,
                                         .last_year = 2026};
    assert_int_equal(calendar_new(&bare, &terms, &error), RC_OK);
    assert_false(calendar_has_hours(bare));
    assert_int_equal(calendar_add_working_ms(bare, 1000, 5000), 1000);
    calendar_free(bare);
}

static const char *chosen(const struct policy *const *all, size_t count,
                          const struct policy_case *about, int64_t at_ms) {
    struct policy_choice choice;
    return policy_choose(all, count, about, "resolution", at_ms, &choice) ? choice.rule->id
                                                                          : "none";
}

#define MARCH_2026_MS 1772409600000

static void test_policy_most_particular_rule_holds(void **state) {
    (void)state;
    static const char *const x[] = {"y", "x"};
    struct policy_set *set = NULL;
    struct error error;
    size_t count = 0;
    assert_int_equal(load_changed("id: test", "id: test", &set, &error), RC_OK);
    const struct policy *const *all = policy_set_all(set, &count);
    struct policy_case about = {.institution = "a", .institution_type = "hospital"};
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.severity = 2;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision-urgent");
    about.severity = 3;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.channel = 6;
    about.category = "fees";
    about.situations = x;
    about.situation_count = 2;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision-calm");
    about.situation_count = 1;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.situation_count = 2;
    about.category = "other";
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.category = NULL;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    assert_string_equal(chosen(all, count, &about, 0), "none"); // 1970
    policy_set_free(set);
}

// By layer, by version in force on the day the clock starts, by institution.
static const struct policy_rule *rule_chosen(const struct policy *policy, unsigned severity,
                                             const char *situation) {
    const struct policy *const all[] = {policy};
    const struct policy_case about = {
        .severity = severity, .situations = &situation, .situation_count = 1};
    struct policy_choice choice;
    assert_true(policy_choose(all, 1, &about, "first_response", 0, &choice));
    return choice.rule;
}

// A petition does not wait for fifteen days where a life is at stake.
static void test_policy_urgent_rule_goes_before_a_situation(void **state) {
    (void)state;
    static char *petition[] = {"petition"};
    static char *crises[] = {"R3", "R4"};
    static char *mild[] = {"R2"};
    struct policy_rule rules[] = {
        {.id = "petition", .when = {.situations = petition, .situation_count = 1}},
        {.id = "p1", .when = {.severities = 2}},
        {.id = "p2", .when = {.severities = 4}},
        {.id = "crisis", .when = {.situations = crises, .situation_count = 2}},
        {.id = "mild", .when = {.situations = mild, .situation_count = 1, .categories = NULL}},
    };
    struct policy policy = {.id = "test",
                            .until = INT32_MAX,
                            .calendar = calendar_set_find(calendars, "cn-state-council"),
                            .rules = rules,
                            .rule_count = COUNT(rules)};
    for (size_t i = 0; i < COUNT(rules); i++) {
        rules[i].clock = "first_response";
    }
    assert_string_equal(rule_chosen(&policy, 1, "petition")->id, "p1");
    assert_string_equal(rule_chosen(&policy, 2, "petition")->id, "petition");
    assert_string_equal(rule_chosen(&policy, 2, "R3")->id, "crisis");
    assert_string_equal(rule_chosen(&policy, 1, "R4")->id, "crisis");
    assert_string_equal(rule_chosen(&policy, 3, "R2")->id, "mild");
    rules[1].when.severities = 2 | 4; // for both: before the petition at P1 alone
    rules[2].when.severities = 8;
    assert_string_equal(rule_chosen(&policy, 1, "petition")->id, "p1");
    assert_string_equal(rule_chosen(&policy, 2, "petition")->id, "petition");
    assert_false(policy_rules_overlap(&policy, &rules[0], &policy, &rules[1]));
    rules[2].when.severities = 2 | 16; // P1 is in both
    assert_true(policy_rules_overlap(&policy, &rules[1], &policy, &rules[2]));
}

static void test_policy_layer_version_and_date_choose_the_pack(void **state) {
    (void)state;
    static char *types[] = {"hospital"};
    static char *institutions[] = {"first"};
    struct policy_rule rules[] = {{.id = "a1", .clock = "resolution"},
                                  {.id = "a2", .clock = "resolution"},
                                  {.id = "b1", .clock = "resolution"},
                                  {.id = "c1", .clock = "resolution"}};
    const struct calendar *calendar = calendar_set_find(calendars, "cn-state-council");
    civil_day amended = civil_day_from_date(2026, 3, 2);
    struct policy packs[] = {
        {.id = "a", .version = 1, .rules = &rules[0], .until = INT32_MAX},
        {.id = "a", .version = 2, .rules = &rules[1], .from = amended, .until = INT32_MAX},
        {.id = "b",
         .version = 1,
         .layer = POLICY_REGION,
         .rules = &rules[2],
         .institution_types = types,
         .institution_type_count = 1,
         .until = amended},
        {.id = "c",
         .version = 1,
         .layer = POLICY_INSTITUTION,
         .rules = &rules[3],
         .institutions = institutions,
         .institution_count = 1,
         .from = amended - 10,
         .until = INT32_MAX}};
    const struct policy *all[COUNT(packs)];
    for (size_t i = 0; i < COUNT(packs); i++) {
        packs[i].rule_count = 1;
        packs[i].calendar = calendar;
        all[i] = &packs[i];
    }
    int64_t noon = (int64_t)amended * ZONE_DAY_MS + ZONE_DAY_MS / 6; // 12:00 of that day in China
    struct policy_case clinic = {.institution = "second", .institution_type = "clinic"};
    struct policy_case hospital = {.institution = "second", .institution_type = "hospital"};
    struct policy_case first = {.institution = "first", .institution_type = "hospital"};
    assert_string_equal(chosen(all, 4, &clinic, noon - ZONE_DAY_MS), "a1");
    assert_string_equal(chosen(all, 4, &clinic, noon), "a2");
    assert_string_equal(chosen(all, 4, &clinic, noon - ZONE_DAY_MS / 2 - 1), "a1");
    assert_string_equal(chosen(all, 4, &clinic, noon - ZONE_DAY_MS / 2), "a2");
    assert_string_equal(chosen(all, 4, &hospital, noon), "b1");
    assert_string_equal(chosen(all, 4, &hospital, noon + ZONE_DAY_MS), "a2");
    assert_string_equal(chosen(all, 4, &first, noon), "c1");
    assert_string_equal(chosen(all, 4, &first, noon - 11LL * ZONE_DAY_MS), "b1");
    // A law's limit below is handed on beside the choice.
    struct policy_choice choice;
    rules[1].statutory = true;
    assert_true(policy_choose(all, 4, &first, "resolution", noon, &choice));
    assert_string_equal(choice.rule->id, "c1");
    assert_string_equal(choice.law->id, "a2");
    assert_true(policy_choose(all, 4, &clinic, "resolution", noon, &choice));
    assert_null(choice.law);
}

static void test_policy_rows_of_the_domain_are_all_there(void **state) {
    (void)state;
    static const char *const rows[] = {
        "cn-12345",       "cn-dispute-mediation", "cn-medical", "cn-petition",   "cn-promises",
        "cn-supervision", "elderly-care",         "hotline",    "mental-health", "nz-code",
        "uk-nhs",         "us-grievance"};
    struct policy_set *set = NULL;
    struct error error;
    size_t count = 0;
    assert_int_equal(policy_set_load(&set, "deploy/policies", NULL, calendars, &error), RC_OK);
    const struct policy *const *all = policy_set_all(set, &count);
    assert_int_equal(count, COUNT(rows));
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(all[i]->id, rows[i]);
        for (unsigned r = 0; r < all[i]->rule_count; r++) {
            assert_true(strlen(all[i]->rules[r].source.text) > 0);
        }
        assert_int_equal(policy_check_words("deploy/policies", all[i], &error), RC_OK);
    }
    policy_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_file_faults_are_named),
        cmocka_unit_test(test_rules_for_different_levels_of_crisis_never_overlap),
        cmocka_unit_test(test_policy_rules_that_no_case_has_together_are_no_cycle),
        cmocka_unit_test(test_policy_stop_that_only_comes_before_its_start_is_refused),
        cmocka_unit_test(test_policy_unknown_types_and_situations_are_named),
        cmocka_unit_test(test_policy_working_hours_need_a_calendar_with_hours),
        cmocka_unit_test(test_policy_most_particular_rule_holds),
        cmocka_unit_test(test_policy_urgent_rule_goes_before_a_situation),
        cmocka_unit_test(test_policy_layer_version_and_date_choose_the_pack),
        cmocka_unit_test(test_policy_rows_of_the_domain_are_all_there),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
