// SPDX-License-Identifier: Apache-2.0
// What the product asks of the C library and the kernel, answered by the simulation: threads are
// fibers, time is virtual, chance is seeded. The linker redirects the names (--wrap).
#include "sim.h"

#include "common/log.h"
#include "common/service.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// Laid over the zeroed memory of pthread_mutex_t.
struct mutex {
    struct fiber *owner;
    bool taken;
};

_Static_assert(sizeof(struct mutex) <= sizeof(pthread_mutex_t), "a mutex has room");

__typeof__(pthread_create) __wrap_pthread_create;
__typeof__(pthread_join) __wrap_pthread_join;
__typeof__(pthread_mutex_init) __wrap_pthread_mutex_init;
__typeof__(pthread_mutex_destroy) __wrap_pthread_mutex_destroy;
__typeof__(pthread_mutex_lock) __wrap_pthread_mutex_lock;
__typeof__(pthread_mutex_unlock) __wrap_pthread_mutex_unlock;
__typeof__(pthread_cond_init) __wrap_pthread_cond_init;
__typeof__(pthread_cond_destroy) __wrap_pthread_cond_destroy;
__typeof__(pthread_cond_wait) __wrap_pthread_cond_wait;
__typeof__(pthread_cond_timedwait) __wrap_pthread_cond_timedwait;
__typeof__(pthread_cond_signal) __wrap_pthread_cond_signal;
__typeof__(pthread_cond_broadcast) __wrap_pthread_cond_broadcast;
__typeof__(clock_gettime) __wrap_clock_gettime;
__typeof__(nanosleep) __wrap_nanosleep;
__typeof__(random) __wrap_random;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument) {
    (void)attributes;
    *thread = (pthread_t)sim_fiber("thread", sim_process(), run, argument);
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result) {
    void *value = sim_join((struct fiber *)thread);
    if (result != NULL) {
        *result = value;
    }
    return 0;
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    (void)attributes;
    memset(mutex, 0, sizeof *mutex);
    return 0;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex) {
    (void)mutex;
    return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex) {
    struct mutex *inner = (struct mutex *)mutex;
    while (inner->taken) {
        sim_wait(mutex, INT64_MAX);
    }
    inner->taken = true;
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
    ((struct mutex *)mutex)->taken = false;
    sim_wake(mutex, false);
    return 0;
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    (void)condition;
    (void)attributes;
    return 0;
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition) {
    (void)condition;
    return 0;
}

static int wait_on(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ms) {
    __wrap_pthread_mutex_unlock(mutex);
    bool woken = sim_wait(condition, deadline_ms);
    __wrap_pthread_mutex_lock(mutex);
    return woken ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    wait_on(condition, mutex, INT64_MAX);
    return 0;
}

static int64_t wall_ms(void) {
    const struct process *process = sim_process();
    return SIM_WALL_BASE_MS + sim.now_ms + (process == NULL ? 0 : process->skew_ms);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until) {
    int64_t until_ms = (int64_t)until->tv_sec * 1000 + until->tv_nsec / 1000000;
    return wait_on(condition, mutex, sim_drowse(sim.now_ms + (until_ms - wall_ms())));
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition) {
    sim_wake(condition, false);
    return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition) {
    sim_wake(condition, true);
    return 0;
}

int __wrap_clock_gettime(clockid_t which, struct timespec *now) {
    int64_t ms = which == CLOCK_REALTIME ? wall_ms() : sim.now_ms;
    *now = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

int __wrap_nanosleep(const struct timespec *span, struct timespec *left) {
    (void)left;
    int64_t ms = (int64_t)span->tv_sec * 1000 + span->tv_nsec / 1000000;
    sim_wait(NULL, sim_drowse(sim.now_ms + ms));
    return 0;
}

long __wrap_random(void) { return (long)(sim_random() >> 33); }

// Keys and nonces of a schedule come from its seed too.
static uint32_t random_word(void) { return (uint32_t)sim_random(); }

static void random_bytes(void *const buffer, const size_t size) {
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = sim_random();
        memcpy((char *)buffer + i, &word, size - i < 8 ? size - i : 8);
    }
}

static const char *random_name(void) { return "simulation"; }

struct randombytes_implementation sim_randombytes = {
    .implementation_name = random_name, .random = random_word, .buf = random_bytes};

// Log lines are part of the trace.
void log_init(const char *service, enum log_level least) {
    (void)service;
    (void)least;
}

void log_write(struct log_site *site, enum log_level level, const char *message,
               const struct log_field *fields) {
    char text[320];
    size_t used = 0;
    (void)site;
    (void)level;
    if (!sim.tracing) {
        return;
    }
    for (; fields->key != NULL && used < sizeof text; fields++) {
        int more = fields->text != NULL ? snprintf(text + used, sizeof text - used, " %s=%s",
                                                   fields->key, fields->text)
                                        : snprintf(text + used, sizeof text - used, " %s=%lld",
                                                   fields->key, (long long)fields->number);
        used += more > 0 ? (size_t)more : 0;
    }
    sim_trace("log: %s%s", message, used > 0 ? text : "");
}

void service_fail(const struct error *error) {
    struct process *process = sim_process();
    if (process != NULL && !process->dead) {
        sim_violation("%s ends itself: %s", process->program->name, error->text);
    }
}

bool service_stopping(void) {
    const struct process *process = sim_process();
    return process != NULL && process->dead;
}
