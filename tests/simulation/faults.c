// SPDX-License-Identifier: Apache-2.0
#include "faults.h"

#include "kafka.h"
#include "redis_server.h"
#include "shape.h"

#include <string.h>

static int64_t down_until_ms[FAULT_COUNT];
static bool armed[FAULT_COUNT];

void faults_reset(void) {
    memset(down_until_ms, 0, sizeof down_until_ms);
    memset(armed, 0, sizeof armed);
}

void faults_draw(struct sim_limits *limits) {
    static const uint32_t drowsiness[] = {0, 2000, 10000, 10000};
    limits->faults = sim_chance(8) ? 0 : 1 + sim_below(shape.small ? 3 : 8);
    limits->fault_one_in = shape.small ? 8u << sim_below(5) : 20 + sim_below(200);
    limits->fault_kinds = (uint32_t)sim_random() & ((1u << FAULT_COUNT) - 1);
    limits->drowse_ms = shape.small ? drowsiness[sim_below(4)] : 0;
    limits->leaps = sim_chance(2);
    limits->yield_one_in = 1 + sim_below(4);
}

bool faults_is_down(enum sim_fault kind) {
    return !sim.healing && down_until_ms[kind] > sim.now_ms;
}

bool faults_take(enum sim_fault kind) {
    bool taken = armed[kind];
    armed[kind] = false;
    return taken && !sim.healing;
}

static struct process *any_process(void) {
    return &sim.processes[sim_below((uint32_t)sim.process_count)];
}

int64_t faults_draw_skew(void) { return (int64_t)sim_below(6000) - 3000; }

void faults_strike(struct process *process, const char *what) {
    static const uint32_t spans[] = {3000, 20000, 60000};
    uint32_t kind = sim_below(FAULT_COUNT);
    if ((sim.limits.fault_kinds >> kind & 1) == 0) {
        return;
    }
    sim.limits.faults--;
    int64_t span = 1 + sim_below(spans[sim_below(3)]);
    switch ((enum sim_fault)kind) {
    case FAULT_CRASH:
        sim_trace("at %s", what);
        sim_crash(process);
        return;
    case FAULT_CRASH_ANY:
        sim_crash(any_process());
        return;
    case FAULT_FREEZE:
        sim_trace("at %s", what);
        sim_freeze(process, sim_chance(2) ? 11000 + span : span);
        kafka_watch_session(process);
        return;
    case FAULT_REDIS_FLUSH:
        sim_trace("Redis forgets everything");
        redis_server_flush();
        return;
    case FAULT_REBALANCE:
        kafka_shake();
        return;
    case FAULT_CLOCK:
        process->skew_ms = faults_draw_skew();
        sim_trace("wall clock off by %lld ms", (long long)process->skew_ms);
        return;
    case FAULT_PG_CUT:
        armed[kind] = true;
        return;
    case FAULT_PG_DOWN:
    case FAULT_REDIS_DOWN:
    case FAULT_KAFKA_DOWN:
    case FAULT_LEDGER_AWAY:
    case FAULT_SMTP:
    case FAULT_COUNT:
        down_until_ms[kind] = sim.now_ms + span / 3;
        sim_trace("fault %u for %lld ms", kind, (long long)(span / 3));
        return;
    }
}
