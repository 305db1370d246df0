// SPDX-License-Identifier: Apache-2.0
// The life of every service: flags, options, validation, start in order, ready, drain, stop.
// Only this module exits the process.
#pragma once

#include "common/error.h"
#include "common/metrics.h"
#include "common/options.h"

#include <stdbool.h>

// First member of every service's config struct.
struct service_config {
    char *http_bind;
    int64_t http_port;
    int64_t admin_port;
    char *log_level;
    char *kafka_brokers;
    char *region_directory;
    int64_t drain_seconds;     // how long not-ready is shown before the door closes
    const struct options *all; // set by service_main, for the kafka.* pass-through
};

struct service {
    const char *name;    // "triage"
    const char *purpose; // one sentence for --help
    const struct option_entry *options;
    size_t option_count;
    size_t config_size;
    struct metric *metrics;
    size_t metric_count;
    // Validates what needs more than bounds (region files, keys); for --check-config. May be NULL.
    enum rc (*check)(const void *config, struct error *error);
    // Starts everything, in order; *state is handed back to the others, also after a failure.
    enum rc (*start)(const void *config, void **state, struct error *error);
    // False with the reason while it cannot serve. Never blocks.
    bool (*ready)(void *state, struct error *why);
    // Reads its files again, on SIGHUP; a failure is logged and leaves what was. NULL: SIGHUP is
    // ignored.
    enum rc (*reload)(void *state, struct error *error);
    // Stops accepting and finishes what is in flight, bounded. May be NULL.
    void (*drain)(void *state);
    // Frees everything; accepts NULL and half-started state.
    void (*stop)(void *state);
};

// Runs a service to its end. Flags: --help, --version, --config-file FILE, --config,
// --check-config. Exit codes: 0 stopped cleanly, 1 failed, 2 wrong usage or configuration.
int service_main(const struct service *service, int argc, char **argv);

// A thread met what it cannot repair: the service becomes not ready, drains and exits 1.
void service_fail(const struct error *error);

// Whether SIGTERM came or service_fail was called; loops end on it.
bool service_stopping(void);
