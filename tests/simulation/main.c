// SPDX-License-Identifier: Apache-2.0
// simulate [--seed N] [--schedules N] [--trace]: runs schedules of consecutive seeds. A
// broken promise prints the seed and its trace and exits with 1.
#include "clients.h"
#include "faults.h"
#include "kafka.h"
#include "redis_server.h"
#include "shape.h"
#include "sql.h"
#include "world.h"

#include "common/clock.h"

#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORK_STEPS 20000
#define HEAL_STEPS 60000

struct world world;
static uint32_t large_one_in = SHAPE_LARGE_ONE_IN;
extern struct randombytes_implementation sim_randombytes;
void pg_server_reset(void);
int __real_clock_gettime(clockid_t which, struct timespec *now);

static void prepare_world(void) {
    struct error error;
    unsigned char seed[32];
    unsigned char bureau_secret[32];
    if (randombytes_set_implementation(&sim_randombytes) != 0 || sodium_init() < 0 ||
        intake_prepare(&error) != RC_OK ||
        region_load(&world.region, "deploy/region/example", &error) != RC_OK ||
        clock_set_zone(world.region->zone, &error) != RC_OK) {
        fprintf(stderr, "simulate: %s\n", error.text);
        exit(2);
    }
    shape_prepare(world.region);
    memset(seed, 1, sizeof seed);
    crypto_box_seed_keypair(world.bureau_public, bureau_secret, seed);
    memset(seed, 2, sizeof seed);
    crypto_box_seed_keypair(world.notification_public, world.notification_secret, seed);
    memset(world.derive_key, 3, sizeof world.derive_key);
    crypto_sign_seed_keypair(seed, world.receipt_key, world.derive_key);
    sql_read_schema("ledger", "services/ledger/migrations/0001_ledger.sql");
    sql_read_schema("ledger", "services/ledger/migrations/0002_messages.sql");
    sql_read_schema("ledger", "services/ledger/migrations/0003_access.sql");
    sql_read_schema("ledger", "services/ledger/migrations/0005_glass_and_co_handlers.sql");
    sql_read_schema("ledger", "services/ledger/migrations/0006_extended.sql");
    sql_read_schema("ledger", "services/ledger/migrations/0007_list_indexes.sql");
    sql_read_schema("ledger", "services/ledger/migrations/0008_fewer_indexes.sql");
    sql_read_schema("notification", "services/notification/migrations/0001_notification.sql");
    sql_read_schema("notification", "services/notification/migrations/0002_cap.sql");
}

static void start_processes(void) {
    static const struct sim_program *const programs[SHAPE_PROGRAMS] = {
        [SHAPE_LEDGER] = &ledger_program,
        [SHAPE_SLA_TIMER] = &sla_timer_program,
        [SHAPE_INTAKE] = &intake_program,
        [SHAPE_NOTIFICATION] = &notification_program,
    };
    for (size_t i = 0; i < SHAPE_PROGRAMS; i++) {
        for (unsigned count = shape.processes[i]; count > 0; count--) {
            sim_start_process(programs[i]);
        }
    }
}

// Stops what runs, so that nothing of it is left for the next schedule.
static bool all_gone(void) {
    for (size_t i = 0; i < sim.process_count; i++) {
        if (sim.processes[i].running) {
            return false;
        }
    }
    return true;
}

static void tear_down(void) {
    bool tracing = sim.tracing;
    char violation[sizeof sim.violation];
    memcpy(violation, sim.violation, sizeof violation);
    sim.violation[0] = '\0';
    sim.tracing = false;
    sim.stopping = true;
    for (size_t i = 0; i < sim.process_count; i++) {
        sim_crash(&sim.processes[i]);
    }
    sim_run(all_gone, HEAL_STEPS * 10);
    memcpy(sim.violation, violation, sizeof violation);
    sim.tracing = tracing;
}

static bool run_schedule(uint64_t seed, bool tracing) {
    sim_begin(seed, tracing);
    faults_reset();
    pg_server_reset();
    kafka_reset();
    redis_server_reset();
    sql_reset();
    mail_count = 0;
    shape_draw(large_one_in);
    faults_draw(&sim.limits);
    start_processes();
    clients_start();
    sim_run(clients_done, WORK_STEPS);
    sim_trace("no more faults");
    sim.healing = true;
    sim.limits.yield_one_in = 3;
    if (!sim_run(clients_done, HEAL_STEPS) || !sim_run(judge_is_quiet, HEAL_STEPS)) {
        sim_trace_fibers();
        judge_trace_unrest();
        sim_violation("it does not become quiet");
    }
    if (sim.violation[0] == '\0') {
        judge_all();
    }
    tear_down();
    return sim.violation[0] == '\0';
}

static double seconds_of(clockid_t clock) {
    struct timespec now;
    __real_clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int replay(uint64_t seed) {
    run_schedule(seed, true);
    sim_write_trace();
    if (sim.violation[0] != '\0') {
        fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, sim.violation);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    static const struct option flags[] = {{"seed", required_argument, NULL, 's'},
                                          {"schedules", required_argument, NULL, 'n'},
                                          {"large-one-in", required_argument, NULL, 'l'},
                                          {"trace", no_argument, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    uint64_t seed = 1;
    uint64_t schedules = 1000;
    bool schedules_given = false;
    bool tracing = false;
    for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
        switch (flag) {
        case 's':
            seed = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            schedules = strtoull(optarg, NULL, 10);
            schedules_given = true;
            break;
        case 'l':
            large_one_in = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 't':
            tracing = true;
            break;
        default:
            fprintf(stderr, "usage: simulate [--seed N] [--schedules N] [--trace]\n");
            return 2;
        }
    }
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    prepare_world();
    if (tracing) { // with --schedules, after so many others
        for (uint64_t i = schedules_given ? schedules : 0; i > 0; i--, seed++) {
            run_schedule(seed, false);
        }
        return replay(seed);
    }
    double begin = seconds_of(CLOCK_MONOTONIC);
    double begin_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t steps = 0;
    int64_t virtual_ms = 0;
    for (uint64_t i = 0; i < schedules; i++) {
        bool good = run_schedule(seed + i, false);
        steps += sim.steps;
        virtual_ms += sim.now_ms;
        if (!good) {
            fprintf(stderr, "simulate: seed %" PRIu64 " breaks a promise: %s\n", seed + i,
                    sim.violation);
            return replay(seed + i);
        }
    }
    double span = seconds_of(CLOCK_MONOTONIC) - begin;
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin_cpu;
    printf("%" PRIu64 " schedules from seed %" PRIu64 " in %.1f s: %.0f a second, %.0f a second of "
           "CPU; %.0f steps and %.0f s of virtual time each; no promise broken\n",
           schedules, seed, span, (double)schedules / span, (double)schedules / cpu,
           (double)steps / (double)schedules, (double)virtual_ms / 1000 / (double)schedules);
    return 0;
}
