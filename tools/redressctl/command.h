// SPDX-License-Identifier: Apache-2.0
// What every command of redressctl gets, and the table that names them.
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// Exit codes; documented in --help.
enum exit_code { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

#define COMMAND_OPTIONS 24

// Parsed words: positional ones, and "--name value" pairs.
struct arguments {
    const char *positional[8];
    size_t count;
    struct {
        const char *name;
        const char *value;
    } options[COMMAND_OPTIONS];
    size_t option_count;
    bool json;
};

struct command {
    const char *name;    // "case list"
    const char *usage;   // "[--status S] …"
    const char *purpose; // one sentence
    const char *options; // allowed names, separated by spaces; flags end with "!", what may be
                         // given several times with "+"
    size_t least, most;  // positional arguments
    int (*run)(const struct arguments *arguments);
};

// The option's value, else the environment variable's, else fallback.
const char *argument(const struct arguments *arguments, const char *name, const char *variable,
                     const char *fallback);
// Prints "redressctl: text" and gives the exit code of the error's verdict.
int fail(const struct error *error);
// Reads a small file (at most 64 KiB) into a fresh text without its last line end.
MUST_CHECK enum rc read_text(const char *path, char **text, struct error *error);
// Prints an object as indented JSON and releases it.
void print_json(json_t *json);
// Prints text and pads it to so many columns; CJK characters take two.
void print_cell(const char *text, int columns);

int keys_init(const struct arguments *arguments);
int token_mint(const struct arguments *arguments);
int region_check_command(const struct arguments *arguments);
int calendar_check(const struct arguments *arguments);
int calendar_import(const struct arguments *arguments);
int calendar_add(const struct arguments *arguments);
int policy_check(const struct arguments *arguments);
int policy_simulate(const struct arguments *arguments);
int workflow_show(const struct arguments *arguments);
int retention_run(const struct arguments *arguments);
int permissions_show(const struct arguments *arguments);
int permissions_walk(const struct arguments *arguments);
int receipt_verify(const struct arguments *arguments);
int topics_apply(const struct arguments *arguments);
int migrate_apply(const struct arguments *arguments);
int case_list(const struct arguments *arguments);
int case_show(const struct arguments *arguments);
int case_timeline(const struct arguments *arguments);
int case_export(const struct arguments *arguments);
int case_check_export(const struct arguments *arguments);
int case_command(const struct arguments *arguments);
int analytics_rebuild(const struct arguments *arguments);
int grant_unit(const struct arguments *arguments);
int grant_list(const struct arguments *arguments);
int submit(const struct arguments *arguments);
int dead_letters_list(const struct arguments *arguments);
int dead_letters_show(const struct arguments *arguments);
int dead_letters_replay(const struct arguments *arguments);
int verify(const struct arguments *arguments);
int doctor(const struct arguments *arguments);
