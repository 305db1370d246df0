// SPDX-License-Identifier: Apache-2.0
// Processes: started again whenever they end, crashed, frozen.
#include "sim.h"

// A supervisor: starts, waits for the end, unwinds, starts again.
static void *live(void *argument) {
    struct process *process = argument;
    for (;;) {
        process->incarnation++;
        sim_trace("starts");
        process->running = process->program->start(process, &process->state);
        while (process->running && !process->dead) {
            sim_wait(process, INT64_MAX);
        }
        process->dead = true; // whoever could not start leaves nothing behind either
        process->running = false;
        process->program->stop(process->state);
        process->state = NULL;
        process->dead = false;
        sim_trace("is gone");
        if (sim.stopping) {
            return NULL;
        }
        sim_sleep(1 + sim_below(3000));
    }
    return NULL;
}

struct process *sim_start_process(const struct sim_program *program) {
    struct process *process = &sim.processes[sim.process_count];
    *process = (struct process){.program = program, .number = (int)sim.process_count};
    sim.process_count++;
    sim_fiber("supervisor", process, live, process);
    return process;
}

void sim_crash(struct process *process) {
    if (process->running && !process->dead) {
        sim_trace("%s#%d crashes", process->program->name, process->number);
        process->dead = true;
        process->frozen_until_ms = 0;
    }
}

void sim_freeze(struct process *process, int64_t ms) {
    if (process->running && !process->dead) {
        sim_trace("%s#%d freezes for %lld ms", process->program->name, process->number,
                  (long long)ms);
        process->frozen_until_ms = sim.now_ms + ms;
    }
}
