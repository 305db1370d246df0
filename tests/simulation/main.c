// SPDX-License-Identifier: Apache-2.0
// simulate [--seed N] [--schedules N] [--jobs N] [--large-one-in N] [--trace]: runs schedules of
// consecutive seeds. A broken promise prints the seed and its trace and exits with 1.
#include "clients.h"
#include "faults.h"
#include "kafka.h"
#include "redis_server.h"
#include "round.h"
#include "shape.h"
#include "sql.h"
#include "world.h"

#include "common/clock.h"

#include <getopt.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORK_STEPS 20000
#define HEAL_STEPS 60000

struct world world;
static uint32_t large_one_in = SHAPE_LARGE_ONE_IN;
extern struct randombytes_implementation sim_randombytes;
void pg_server_reset(void);

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
            struct process *process = sim_start_process(programs[i]);
            process->skew_ms = shape.skewed ? faults_draw_skew() : 0;
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
    kafka_reset(); // what its records hold is no schedule's memory
    return sim.violation[0] == '\0';
}

static bool run_untraced(uint64_t seed) { return run_schedule(seed, false); }

static int replay(uint64_t seed) {
    run_schedule(seed, true);
    sim_write_trace();
    if (sim.violation[0] != '\0') {
        fprintf(stderr, "simulate: seed %" PRIu64 " breaks a promise: %s\n", seed, sim.violation);
        return 1;
    }
    return 0;
}

static int run_round(const struct round *round) {
    uint64_t seed = 0;
    if (round_run(round, &seed)) {
        return 0;
    }
    fprintf(stderr, "again: simulate --seed %" PRIu64 " --large-one-in %u --trace\n", seed,
            large_one_in);
    return replay(seed) == 0 ? 2 : 1; // 2: it did not fail again
}

static int usage(void) {
    fprintf(stderr, "usage: simulate [--seed N] [--schedules N] [--jobs N] [--large-one-in N] "
                    "[--trace]\n");
    return 2;
}

int main(int argc, char **argv) {
    static const struct option flags[] = {
        {"seed", required_argument, NULL, 's'}, {"schedules", required_argument, NULL, 'n'},
        {"jobs", required_argument, NULL, 'j'}, {"large-one-in", required_argument, NULL, 'l'},
        {"trace", no_argument, NULL, 't'},      {NULL, 0, NULL, 0}};
    struct round round = {.seed = 1, .schedules = 0, .run = run_untraced};
    bool tracing = false;
    for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
        switch (flag) {
        case 's':
            round.seed = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            round.schedules = strtoull(optarg, NULL, 10);
            break;
        case 'j':
            round.jobs = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'l':
            large_one_in = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 't':
            tracing = true;
            break;
        default:
            return usage();
        }
    }
    prepare_world();
    if (tracing) { // with --schedules, after so many others
        for (; round.schedules > 0; round.schedules--) {
            run_schedule(round.seed++, false);
        }
        return replay(round.seed);
    }
    round.schedules = round.schedules == 0 ? 1000 : round.schedules;
    return run_round(&round);
}
