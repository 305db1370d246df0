// SPDX-License-Identifier: Apache-2.0
// The option table of a program and what fills it: defaults < YAML file < environment
// (REDRESS_HTTP_PORT for http.port) < REDRESS_<NAME>_FILE for secrets. An unknown key fails.
// Secrets are kept in memory of their own (seal_alloc) and taken out of the environment.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
    OPTION_TEXT,   // char *, bounds are its length in bytes
    OPTION_NUMBER, // int64_t, bounds are its value
    OPTION_SWITCH, // bool, "true" or "false"
    OPTION_SECRET, // char *, as text; never printed; may come from a file
};

// One option. An entry without a default must be given.
struct option_entry {
    const char *name; // dotted, "http.port"
    enum option_type type;
    size_t offset; // of the value in the config struct
    const char *fallback;
    int64_t least;
    int64_t most;
    const char *help; // one sentence with unit
};

#define OPTION(type_, struct_, member, name_, fallback_, least_, most_, help_)                     \
    {                                                                                              \
        .name = (name_), .type = (type_), .offset = offsetof(struct_, member),                     \
        .fallback = (fallback_), .least = (least_), .most = (most_), .help = (help_)               \
    }

// Keys under "kafka." are handed to librdkafka as they are; REDRESS_KAFKA_<NAME>_FILE names a file
// that holds the value.
struct option_pair {
    char *name;
    char *value;
};

struct options {
    const struct option_entry *tables[2]; // common ones, then the program's
    size_t counts[2];
    void *config; // the struct that is filled; its texts are owned by this object
    struct option_pair *kafka;
    size_t kafka_count;
};

// Fills config from defaults, the file (NULL: none) and the environment, and checks every bound.
// RC_INVALID names the option in error->field. options_free also after a failure.
MUST_CHECK enum rc options_load(struct options *options, const char *file, struct error *error);

void options_free(struct options *options);

// Whether a librdkafka property holds what nobody may read.
bool option_kafka_is_secret(const char *name);

// What --help and --config print; secrets as ***.
void options_print_help(const struct options *options, FILE *to);
void options_print_config(const struct options *options, FILE *to);
