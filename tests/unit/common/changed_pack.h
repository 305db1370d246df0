// SPDX-License-Identifier: Apache-2.0
// A sound pack, and what comes of loading it with one place changed.
#pragma once

#include "common/policy_file.h"

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

static inline int load(void **state) {
    struct error error;
    (void)state;
    return calendar_set_load(&calendars, "deploy/calendars", &error) == RC_OK ? 0 : -1;
}

static inline int unload(void **state) {
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

static inline void write_changed(const char *path, const char *from, const char *to) {
    const char *at = strstr(sound, from);
    FILE *file = fopen(path, "wb");
    assert_non_null(at);
    assert_non_null(file);
    fprintf(file, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
    fclose(file);
}

static inline enum rc load_changed(const char *from, const char *to, struct policy_set **set,
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
