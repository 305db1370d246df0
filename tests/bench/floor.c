// SPDX-License-Identifier: Apache-2.0
// redress-floor serve | drain COUNT | fill TOPIC COUNT | arm …: see floor.h and README.md.
#include "floor.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/seal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_MOST_MS 300000

static int fail(const struct error *error) {
    fprintf(stderr, "redress-floor: %s\n", error->text);
    return 3;
}

static int serve(const struct floor_options *options) {
    struct floor_sink *sink = NULL;
    struct floor_door *door = NULL;
    struct error error;
    sigset_t ends;
    int signal_number = 0;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    enum rc rc = floor_sink_start(&sink, options, &error);
    rc = rc == RC_OK ? floor_door_start(&door, options, &error) : rc;
    if (rc == RC_OK) {
        sigwait(&ends, &signal_number);
    }
    floor_door_free(door);
    floor_sink_free(sink);
    return rc == RC_OK ? 0 : fail(&error);
}

static int drain(const struct floor_options *options, uint64_t count) {
    struct floor_sink *sink = NULL;
    struct error error;
    int64_t first_ms = 0;
    int64_t until_ms = clock_monotonic_ms() + DRAIN_MOST_MS;
    if (floor_sink_start(&sink, options, &error) != RC_OK) {
        floor_sink_free(sink);
        return fail(&error);
    }
    while (floor_sink_count(sink) < count && clock_monotonic_ms() < until_ms) {
        first_ms = first_ms == 0 && floor_sink_count(sink) > 0 ? clock_monotonic_ms() : first_ms;
        clock_sleep_ms(1);
    }
    double seconds = (double)(clock_monotonic_ms() - first_ms) / 1000;
    uint64_t done = floor_sink_count(sink);
    floor_sink_free(sink);
    printf("{\"count\": %llu, \"seconds\": %.3f, \"per_second\": %.1f}\n", (unsigned long long)done,
           seconds, (double)done / seconds);
    return done >= count ? 0 : 3;
}

static int fill(const struct floor_options *options, struct floor_fill wanted) {
    struct error error;
    return floor_fill(options, &wanted, &error) == RC_OK ? 0 : fail(&error);
}

static const char *setting(const char *name, const char *fallback) {
    const char *value = getenv(name);
    return value == NULL ? fallback : value;
}

int main(int argc, char **argv) {
    struct floor_options options = {
        .brokers = setting("REDRESS_KAFKA_BROKERS", "127.0.0.1:18092"),
        .postgres_url = setting("REDRESS_POSTGRES_ADMIN_URL", ""),
        .port = (uint16_t)strtoul(setting("REDRESS_FLOOR_PORT", "18080"), NULL, 10)};
    struct error error;
    signal(SIGPIPE, SIG_IGN);
    log_init("redress-floor", LOG_ERROR);
    if (seal_init(&error) != RC_OK) {
        return fail(&error);
    }
    srandom((unsigned)clock_wall_ms());
    if (argc == 2 && strcmp(argv[1], "serve") == 0) {
        return serve(&options);
    }
    if (argc == 3 && strcmp(argv[1], "drain") == 0) {
        return drain(&options, strtoull(argv[2], NULL, 10));
    }
    if (argc == 4 && strcmp(argv[1], "fill") == 0) {
        return fill(&options, (struct floor_fill){argv[2], strtoll(argv[3], NULL, 10), 0, 0, 0, 0});
    }
    if (argc == 7 && strcmp(argv[1], "arm") == 0) {
        return fill(&options,
                    (struct floor_fill){BUS_TOPIC_PROPOSALS, strtoll(argv[2], NULL, 10),
                                        strtoll(argv[3], NULL, 10), strtoll(argv[4], NULL, 10),
                                        strtoll(argv[5], NULL, 10), strtoll(argv[6], NULL, 10)});
    }
    fprintf(stderr,
            "usage: redress-floor serve | drain COUNT | fill TOPIC COUNT |\n"
            "                     arm COUNT FIRST_DUE_MS SPACING_US WARN_BEFORE_MS CRISIS_EVERY\n");
    return 2;
}
