// SPDX-License-Identifier: Apache-2.0
// Fibers, events and virtual time: in each step chance picks one of all that could happen now.
#include "sim_inside.h"

#include "faults.h"
#include "sim_stack.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define FIBERS 192
#define EVENTS 2048
#define WAITERS 1024
#define STACK_SIZE (512 * 1024)
#define STAGGER (9 * 64) // else the frames of all fibers share few lines of the cache
#define ARENA_SIZE (64u << 20)

enum fiber_state { FIBER_FREE, FIBER_READY, FIBER_WAITING, FIBER_DONE };

struct fiber {
    enum fiber_state state;
    bool woken;
    bool entered;            // its stack runs begin_fiber: kept for the next fiber in this place
    const void *object;      // waited for
    struct process *process; // in whose name it acts now: a request is served in the server's
    struct process *home;    // whose thread it is
    const char *name;
    void *(*run)(void *);
    void *argument;
    void *result;
    uint64_t turns;
    struct sim_stack stack;
    jmp_buf resume;
};

struct event {
    int64_t at_ms;
    sim_event run;
    void *context;
    int64_t number;
};

struct sim sim;
static struct fiber fibers[FIBERS];
static size_t fiber_count; // places used so far
// When each may go on, looked at in every step: INT64_MIN at once, INT64_MAX by its object alone.
static int64_t due_ms[FIBERS];
static struct fiber *current;
static struct process *current_process;
static jmp_buf scheduler;
static struct sim_stack scheduler_stack;
static struct event events[EVENTS];
static size_t event_count;
static uint16_t waiters[WAITERS]; // of the objects with that hash
static char *arena;
static size_t arena_used;

void sim_give_up(const char *what) {
    fprintf(stderr, "simulation, seed %llu: %s\n", (unsigned long long)sim.seed, what);
    abort();
}

void *sim_alloc(size_t size) {
    size_t rounded = (size + 15) & ~(size_t)15;
    if (arena_used + rounded > ARENA_SIZE) {
        sim_give_up("a schedule needs more memory than there is");
    }
    void *memory = arena + arena_used;
    arena_used += rounded;
    return memset(memory, 0, rounded);
}

static void set_state(struct fiber *fiber, enum fiber_state state, int64_t due) {
    fiber->state = state;
    due_ms[fiber - fibers] = due;
}

void sim_begin(uint64_t seed, bool tracing) {
    memset(&sim, 0, sizeof sim);
    sim.seed = seed;
    sim.tracing = tracing;
    sim.now_ms = 1000;
    sim_random_begin(seed);
    sim_trace_begin();
    event_count = 0;
    fiber_count = 0;
    current = NULL;
    current_process = NULL;
    arena_used = 0;
    memset(waiters, 0, sizeof waiters);
    for (size_t i = 0; i < FIBERS; i++) {
        bool rests = fibers[i].state == FIBER_FREE || fibers[i].state == FIBER_DONE;
        fibers[i].entered = fibers[i].entered && rests; // what did not end is left behind
        set_state(&fibers[i], FIBER_FREE, INT64_MAX);
    }
    if (arena == NULL) {
        arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (arena == MAP_FAILED) {
            sim_give_up("no memory");
        }
    }
}

void sim_end(void) { arena_used = 0; }

static void pass_to_scheduler(struct fiber *fiber) {
    if (_setjmp(fiber->resume) == 0) {
        sim_stack_leave(&fiber->stack, &scheduler_stack);
        _longjmp(scheduler, 1);
    }
    sim_stack_arrive(&fiber->stack, &scheduler_stack);
}

// One fiber after the other of a place: a new stack costs system calls.
static void begin_fiber(void) {
    sim_stack_arrive(&current->stack, &scheduler_stack);
    for (;;) {
        struct fiber *fiber = current;
        fiber->result = fiber->run(fiber->argument);
        set_state(fiber, FIBER_DONE, INT64_MAX);
        sim_wake(fiber, true);
        pass_to_scheduler(fiber);
    }
}

struct fiber *sim_fiber(const char *name, struct process *process, void *(*run)(void *),
                        void *argument) {
    size_t place = 0;
    while (place < fiber_count && fibers[place].state != FIBER_FREE) {
        place++;
    }
    if (place == FIBERS) {
        sim_give_up("too many fibers");
    }
    fiber_count = place == fiber_count ? place + 1 : fiber_count;
    struct fiber *fiber = &fibers[place];
    if (fiber->stack.bottom == NULL) {
        void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (stack == MAP_FAILED) {
            sim_give_up("no memory for a stack");
        }
        fiber->stack = (struct sim_stack){.bottom = stack, .size = STACK_SIZE - place * STAGGER};
    }
    set_state(fiber, FIBER_READY, INT64_MIN);
    fiber->name = name;
    fiber->home = process;
    fiber->process = process;
    fiber->run = run;
    fiber->argument = argument;
    fiber->result = NULL;
    fiber->object = NULL;
    fiber->turns = 0;
    return fiber;
}

struct process *sim_process(void) {
    return current_process;
}

struct process *sim_enter(struct process *process) {
    struct process *last = current_process;
    current_process = process;
    current->process = process;
    return last;
}

// To the scheduler and, later, back.
static void leave(void) {
    struct fiber *fiber = current;
    struct process *process = current_process;
    pass_to_scheduler(fiber);
    current_process = process;
}

void sim_yield(void) {
    if (current != NULL) {
        leave();
    }
}

static uint16_t *waiters_of(const void *object) {
    return &waiters[(uintptr_t)object / 8 * 0x9e3779b97f4a7c15u >> 54];
}

bool sim_wait(const void *object, int64_t deadline_ms) {
    struct process *process = current_process;
    if (process != NULL && process->dead) {
        sim_yield();
        return false;
    }
    set_state(current, FIBER_WAITING, deadline_ms);
    current->object = object;
    current->woken = false;
    *waiters_of(object) += 1;
    leave();
    *waiters_of(object) -= 1;
    return current->woken && (process == NULL || !process->dead);
}

int64_t sim_drowse(int64_t deadline_ms) {
    const struct process *process = current_process;
    const bool may = sim.limits.drowse_ms > 0 && process != NULL && !process->dead;
    return may ? deadline_ms + sim_below(sim.limits.drowse_ms) : deadline_ms;
}

void sim_sleep(int64_t ms) { sim_wait(NULL, sim.now_ms + (ms > 0 ? ms : 0)); }

void sim_wake(const void *object, bool all) {
    static struct fiber *found[FIBERS];
    size_t count = 0;
    if (*waiters_of(object) == 0) { // most often; where it lies must decide nothing
        return;
    }
    for (size_t i = 0; i < fiber_count; i++) {
        if (fibers[i].state == FIBER_WAITING && fibers[i].object == object) {
            found[count++] = &fibers[i];
        }
    }
    if (!all && count > 1) {
        found[0] = found[sim_below((uint32_t)count)];
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        set_state(found[i], FIBER_READY, INT64_MIN);
        found[i]->woken = true;
    }
}

void *sim_join(struct fiber *fiber) {
    while (fiber->state != FIBER_DONE) {
        if (current_process != NULL && current_process->dead) {
            sim_yield();
        } else {
            sim_wait(fiber, INT64_MAX);
        }
    }
    set_state(fiber, FIBER_FREE, INT64_MAX);
    return fiber->result;
}

static bool pass(const char *what, uint32_t one_in) {
    struct process *process = current_process;
    if (process == NULL) {
        sim_yield();
        return true;
    }
    if (process->dead) {
        return false;
    }
    if (!sim.healing && sim.limits.faults > 0 && sim_chance(one_in)) {
        faults_strike(process, what);
    }
    if (!process->dead && (sim_is_frozen(process) || sim_chance(sim.limits.yield_one_in))) {
        sim_yield();
    }
    return !process->dead;
}

bool sim_io(const char *what) { return pass(what, sim.limits.fault_one_in); }

bool sim_risky_io(const char *what) { return pass(what, 1 + sim.limits.fault_one_in / 8); }

void sim_at(int64_t at_ms, sim_event run, void *context, int64_t number) {
    if (event_count == EVENTS) {
        sim_give_up("too many events");
    }
    events[event_count++] = (struct event){at_ms, run, context, number};
}

static const struct process *dying(void) {
    for (size_t i = 0; i < sim.process_count; i++) {
        if (sim.processes[i].dead) {
            return &sim.processes[i];
        }
    }
    return NULL;
}

static void enter(struct fiber *fiber) {
    current = fiber;
    current_process = fiber->process;
    fiber->turns++;
    if (_setjmp(scheduler) == 0) {
        sim_stack_leave(&scheduler_stack, &fiber->stack);
        if (fiber->entered) {
            _longjmp(fiber->resume, 1);
        }
        static ucontext_t context;
        fiber->entered = true;
        getcontext(&context);
        context.uc_stack.ss_sp = (void *)fiber->stack.bottom;
        context.uc_stack.ss_size = fiber->stack.size;
        context.uc_link = NULL;
        makecontext(&context, begin_fiber, 0);
        setcontext(&context);
    }
    sim_stack_arrive(&scheduler_stack, NULL);
    current = NULL;
    current_process = NULL;
}

static void run_event(size_t place) {
    struct event event = events[place];
    events[place] = events[--event_count];
    event.run(event.context, event.number);
}

struct choice {
    struct fiber *fibers[FIBERS];
    size_t fiber_count;
    size_t events[EVENTS];
    size_t event_count;
    int64_t next_ms; // when something else becomes possible
};

static void sooner(struct choice *choice, int64_t at_ms) {
    choice->next_ms = at_ms < choice->next_ms ? at_ms : choice->next_ms;
}

static void collect_fibers(struct choice *choice) {
    for (size_t i = 0; i < fiber_count; i++) {
        struct fiber *fiber = &fibers[i];
        if (due_ms[i] > sim.now_ms) {
            sooner(choice, due_ms[i]);
        } else if (sim_is_frozen(fiber->process)) {
            sooner(choice, fiber->process->frozen_until_ms);
        } else {
            choice->fibers[choice->fiber_count++] = fiber;
        }
    }
}

// A dead process is unwound at once: nothing of it can be seen.
static void collect_dying(struct choice *choice, const struct process *only) {
    for (size_t i = 0; i < fiber_count; i++) {
        struct fiber *fiber = &fibers[i];
        const bool lives = fiber->state == FIBER_READY || fiber->state == FIBER_WAITING;
        if (lives && (fiber->process == only || fiber->home == only)) {
            choice->fibers[choice->fiber_count++] = fiber;
        }
    }
}

static void collect_events(struct choice *choice) {
    for (size_t i = 0; i < event_count; i++) {
        if (events[i].at_ms <= sim.now_ms) {
            choice->events[choice->event_count++] = i;
        } else {
            sooner(choice, events[i].at_ms);
        }
    }
}

// Nobody wakes on the dot: a machine that was busy or asleep lets many time-outs pass at once.
static void advance(int64_t next_ms) {
    static const uint32_t lateness[2][6] = {{1, 40, 1000, 5000, 10000, 20000},
                                            {1, 40, 10000, 40000, 60000, 90000}};
    const bool leaps = sim.healing && sim.limits.leaps;
    int64_t late = sim_below(lateness[leaps][sim_below(6)]);
    sim.now_ms = next_ms + late;
}

// One step; false when there is nothing that could ever happen.
static bool step(void) {
    static struct choice choice;
    choice.fiber_count = 0;
    choice.event_count = 0;
    choice.next_ms = INT64_MAX;
    const struct process *only = dying();
    if (only == NULL) {
        collect_fibers(&choice);
        collect_events(&choice);
    } else {
        collect_dying(&choice, only);
    }
    size_t all = choice.fiber_count + choice.event_count;
    if (all == 0) {
        if (choice.next_ms == INT64_MAX) {
            return false;
        }
        advance(choice.next_ms);
        return true;
    }
    sim.now_ms += only == NULL && sim_chance(32) ? 1 : 0; // work takes time too
    size_t pick = sim_below((uint32_t)all);
    if (pick < choice.fiber_count) {
        struct fiber *fiber = choice.fibers[pick];
        set_state(fiber, FIBER_READY, INT64_MIN);
        enter(fiber);
    } else {
        run_event(choice.events[pick - choice.fiber_count]);
    }
    return true;
}

void sim_trace_fibers(void) {
    for (size_t i = 0; i < fiber_count; i++) {
        const struct fiber *fiber = &fibers[i];
        if (fiber->state == FIBER_READY || fiber->state == FIBER_WAITING) {
            sim_trace("%s %zu of %s#%d, entered %llu times: %s until %lld", fiber->name, i,
                      fiber->process == NULL ? "the world" : fiber->process->program->name,
                      fiber->process == NULL ? 0 : fiber->process->number,
                      (unsigned long long)fiber->turns,
                      fiber->state == FIBER_READY ? "ready" : "waits", (long long)due_ms[i]);
        }
    }
}

bool sim_run(bool (*done)(void), uint64_t steps) {
    for (uint64_t i = 0; i < steps; i++) {
        if (sim.violation[0] != '\0' || ((i & 15) == 0 && dying() == NULL && done())) {
            return true;
        }
        sim.steps++;
        if (!step()) {
            return true;
        }
    }
    return false;
}
