// SPDX-License-Identifier: Apache-2.0
// C11's threads by POSIX's, for builds with ThreadSanitizer. It intercepts pthread_create and the
// like, but neither gcc's nor clang's intercepts thrd_create, which librdkafka calls: inside the C
// library that does not pass any interceptor, so a thread without the sanitizer's state calls
// malloc, and the sanitizer crashes. An executable's functions come before the C library's also for
// the libraries that it uses, so these are what librdkafka calls, and the sanitizer sees its
// threads start, end and lock. The types are those of glibc, laid over POSIX's as glibc does it.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "a mtx_t holds a mutex");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "a cnd_t holds a condition");
_Static_assert(sizeof(once_flag) == sizeof(pthread_once_t), "a once_flag holds POSIX's");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "a thrd_t holds a thread");

// On the creator's stack: some tests make each allocation of this program fail.
struct start {
    thrd_start_t run;
    void *argument;
    sem_t taken;
};

static pthread_mutex_t *mutex_of(mtx_t *mutex) { return (pthread_mutex_t *)mutex; }

static pthread_cond_t *condition_of(cnd_t *condition) { return (pthread_cond_t *)condition; }

static int result_of(int code) {
    switch (code) {
    case 0:
        return thrd_success;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

static void *run(void *argument) {
    struct start *start = argument;
    thrd_start_t function = start->run;
    void *its_argument = start->argument;
    sem_post(&start->taken);
    return (void *)(intptr_t)function(its_argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument) {
    struct start start = {.run = function, .argument = argument};
    sem_init(&start.taken, 0, 0);
    int code = pthread_create(thread, NULL, run, &start);
    while (code == 0 && sem_wait(&start.taken) != 0) { // interrupted by a signal
    }
    sem_destroy(&start.taken);
    return result_of(code == EAGAIN ? ENOMEM : code);
}

int thrd_join(thrd_t thread, int *result) {
    void *value = NULL;
    int code = pthread_join(thread, &value);
    if (code == 0 && result != NULL) {
        *result = (int)(intptr_t)value;
    }
    return result_of(code);
}

int thrd_detach(thrd_t thread) { return result_of(pthread_detach(thread)); }

void thrd_exit(int result) { pthread_exit((void *)(intptr_t)result); }

int mtx_init(mtx_t *mutex, int type) {
    pthread_mutexattr_t attributes;
    int code = pthread_mutexattr_init(&attributes);
    if (code != 0) {
        return result_of(code);
    }
    if ((type & mtx_recursive) != 0) {
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    }
    code = pthread_mutex_init(mutex_of(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return result_of(code);
}

void mtx_destroy(mtx_t *mutex) { pthread_mutex_destroy(mutex_of(mutex)); }

int mtx_lock(mtx_t *mutex) { return result_of(pthread_mutex_lock(mutex_of(mutex))); }

int mtx_trylock(mtx_t *mutex) { return result_of(pthread_mutex_trylock(mutex_of(mutex))); }

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until) {
    return result_of(pthread_mutex_timedlock(mutex_of(mutex), until));
}

int mtx_unlock(mtx_t *mutex) { return result_of(pthread_mutex_unlock(mutex_of(mutex))); }

int cnd_init(cnd_t *condition) {
    return result_of(pthread_cond_init(condition_of(condition), NULL));
}

void cnd_destroy(cnd_t *condition) { pthread_cond_destroy(condition_of(condition)); }

int cnd_wait(cnd_t *condition, mtx_t *mutex) {
    return result_of(pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until) {
    return result_of(pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until));
}

int cnd_signal(cnd_t *condition) { return result_of(pthread_cond_signal(condition_of(condition))); }

int cnd_broadcast(cnd_t *condition) {
    return result_of(pthread_cond_broadcast(condition_of(condition)));
}

void call_once(once_flag *flag, void (*function)(void)) {
    pthread_once((pthread_once_t *)flag, function);
}
