// SPDX-License-Identifier: Apache-2.0
// The simulated machine: virtual time, one seeded source of chance, fibers in place of threads,
// processes that crash and freeze. Everything runs on one thread; a fiber gives way only where the
// product does I/O, sleeps or waits, and there the seed decides who goes on.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_HORIZON_MS 3600000LL // clocks that are due later may stay armed when all is at rest
#define SIM_WALL_BASE_MS 1781000000000LL // 2026-06-09, a working day of the example calendar
#define SIM_PROCESSES 12

struct fiber;
struct process;

// What a process runs. start and stop are the service's own, as main.c has them.
struct sim_program {
    const char *name;
    bool (*start)(struct process *process, void **state); // false: it exits and is started again
    void (*stop)(void *state);
};

struct process {
    const struct sim_program *program;
    int number; // among all processes
    void *state;
    bool running; // start has returned true
    bool dead;    // crashed: nothing it does reaches the world any more; it is being unwound
    int incarnation;
    int64_t frozen_until_ms;
    int64_t skew_ms; // its wall clock minus the true one
};

// A moment of the world that belongs to no fiber: a broker appends, a session expires.
typedef void (*sim_event)(void *context, int64_t number);

struct sim_limits {        // drawn from the seed
    unsigned faults;       // left
    uint32_t fault_one_in; // I/O calls
    uint32_t fault_kinds;  // bits of enum sim_fault
    uint32_t yield_one_in;
    uint32_t drowse_ms; // a thread that waits in vain may wake so much later
    bool leaps;         // while all comes to rest, time goes by in large steps
};

struct sim {
    uint64_t seed;
    int64_t now_ms; // monotonic
    uint64_t steps;
    struct process processes[SIM_PROCESSES];
    size_t process_count;
    struct sim_limits limits;
    bool stopping;       // processes that end are not started again
    bool healing;        // no more faults; everything must come to an end
    char violation[512]; // the first broken promise; empty
    bool tracing;
};
extern struct sim sim;

void sim_begin(uint64_t seed, bool tracing);
void sim_end(void); // frees what the schedule used
// Memory that lives until sim_end. Never fails: out of memory ends the program.
void *sim_alloc(size_t size);

uint64_t sim_random(void);
uint32_t sim_below(uint32_t bound); // 0 to bound - 1
bool sim_chance(uint32_t one_in);

// Appends a line to the trace: time, process, text. The trace is part of what a seed determines.
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sim_write_trace(void);
// The first call wins and ends the schedule.
void sim_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Fibers. process is NULL for the world's own.
struct fiber *sim_fiber(const char *name, struct process *process, void *(*run)(void *),
                        void *argument);
struct process *sim_process(void);                  // of the running fiber; NULL outside
struct process *sim_enter(struct process *process); // does something in its name; gives the last
void sim_yield(void);
void sim_sleep(int64_t ms);
// Waits until sim_wake(object) or the deadline (monotonic; INT64_MAX for none); false at the
// deadline or when the process died.
bool sim_wait(const void *object, int64_t deadline_ms);
int64_t sim_drowse(int64_t deadline_ms); // when a time-out that nobody is in a hurry for is noticed
void sim_wake(const void *object, bool all);
void *sim_join(struct fiber *fiber);
// A point between two I/O calls: others may run, faults may strike. False when the process is dead.
bool sim_io(const char *what);
// One where a fault does most harm: before and after a transaction's statements.
bool sim_risky_io(const char *what);

// Who does what, for a schedule that does not end.
void sim_trace_fibers(void);

void sim_at(int64_t at_ms, sim_event event, void *context, int64_t number);
// Runs until done says so, nothing is left, or so many steps were made; false in the last case.
bool sim_run(bool (*done)(void), uint64_t steps);

struct process *sim_start_process(const struct sim_program *program);
void sim_crash(struct process *process);
void sim_freeze(struct process *process, int64_t ms);
static inline bool sim_is_frozen(const struct process *process) {
    return process != NULL && process->frozen_until_ms > sim.now_ms;
}
