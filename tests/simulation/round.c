// SPDX-License-Identifier: Apache-2.0
#include "round.h"

#include "shape.h"
#include "sim.h"

#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS 128

int __real_clock_gettime(clockid_t which, struct timespec *now);

// What a worker tells; the workers take turns, so that the first seeds are done first.
struct told {
    uint64_t seed; // at work on it
    uint64_t schedules;
    uint64_t large;
    uint64_t steps;
    int64_t virtual_ms;
    double cpu_s;
};

static struct board {
    _Atomic uint64_t failed; // the first seed so far that does; UINT64_MAX: none
    struct told told[JOBS];
} * board;

static double seconds_of(clockid_t clock) {
    struct timespec now;
    __real_clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void note_failure(uint64_t seed) {
    uint64_t first = atomic_load(&board->failed);
    while (seed < first && !atomic_compare_exchange_weak(&board->failed, &first, seed)) {
    }
}

static void work(const struct round *round, unsigned worker, unsigned jobs) {
    struct told *told = &board->told[worker];
    for (uint64_t i = worker; i < round->schedules; i += jobs) {
        told->seed = round->seed + i;
        if (told->seed > atomic_load(&board->failed)) {
            break;
        }
        if (!round->run(told->seed)) {
            note_failure(told->seed);
            break;
        }
        told->schedules++;
        told->large += !shape.small;
        told->steps += sim.steps;
        told->virtual_ms += sim.now_ms;
    }
    told->cpu_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void work_apart(const struct round *round, unsigned jobs) {
    pid_t workers[JOBS];
    for (unsigned worker = 0; worker < jobs; worker++) {
        workers[worker] = fork();
        if (workers[worker] < 0) {
            perror("simulate: fork");
            exit(2);
        }
        if (workers[worker] == 0) {
            work(round, worker, jobs);
            exit(0);
        }
    }
    for (unsigned worker = 0; worker < jobs; worker++) {
        int status = 0;
        waitpid(workers[worker], &status, 0);
        if (status != 0) {
            fprintf(stderr, "simulate: a worker ended at seed %" PRIu64 "\n",
                    board->told[worker].seed);
            note_failure(board->told[worker].seed);
        }
    }
}

static void print_costs(unsigned jobs, uint64_t seed, double span) {
    struct told all = {.seed = seed};
    for (unsigned worker = 0; worker < jobs; worker++) {
        const struct told *told = &board->told[worker];
        all.schedules += told->schedules;
        all.large += told->large;
        all.steps += told->steps;
        all.virtual_ms += told->virtual_ms;
        all.cpu_s += told->cpu_s;
    }
    const double count = all.schedules == 0 ? 1 : (double)all.schedules;
    printf("%" PRIu64 " schedules from seed %" PRIu64 ", %" PRIu64 " of them large, by %u worker%s "
           "in %.1f s: %.0f a second, %.0f a second of CPU; %.0f steps and %.0f s of virtual time "
           "each; no promise broken\n",
           all.schedules, all.seed, all.large, jobs, jobs == 1 ? "" : "s", span, count / span,
           count / all.cpu_s, (double)all.steps / count, (double)all.virtual_ms / 1000 / count);
}

static unsigned processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

bool round_run(const struct round *round, uint64_t *failed) {
    const double begin = seconds_of(CLOCK_MONOTONIC);
    unsigned jobs = round->jobs == 0 ? processors() : round->jobs;
    jobs = jobs > JOBS ? JOBS : jobs;
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        perror("simulate: mmap");
        exit(2);
    }
    atomic_store(&board->failed, UINT64_MAX);
    if (jobs == 1) {
        work(round, 0, 1);
    } else {
        work_apart(round, jobs);
    }
    *failed = atomic_load(&board->failed);
    if (*failed != UINT64_MAX) {
        return false;
    }
    print_costs(jobs, round->seed, seconds_of(CLOCK_MONOTONIC) - begin);
    return true;
}
