// SPDX-License-Identifier: Apache-2.0
// The relay's batch: each fact goes out once and in its order, whatever fails on the way, or the
// relay ends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_batch.h"
#include "fake_libpq.h"
#include "relay.h"
#include "relay_locks.h"
#include "sent.h"
#include "work.h"

#include "common/clock.h"
#include "common/service.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#define ROUNDS 20 // after which it does not come to an end any more
#define FACTS 3

static const char first_case[] = "01234567-89ab-8def-8123-456789abcdef";
static const char second_case[] = "11234567-89ab-8def-8123-456789abcdef";
static const char first_bytes[16] =
    "\x01\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";
static const char second_bytes[16] =
    "\x11\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

// Two of an entry, one of another: a contact goes with the first, a tombstone with the last.
static const struct {
    const char *case_bytes;
    int entry;
    int sequence;
    enum fact_kind kind;
} facts[FACTS] = {{first_bytes, 1, 1, FACT_CASE_REGISTERED},
                  {first_bytes, 1, 2, FACT_CASE_ASSESSED},
                  {second_bytes, 2, 7, FACT_CONTENT_ERASED}};
static bool in_memory[FACTS]; // the relay has it: nobody asks the database

static bool starts;  // the relay's thread may
static bool deleted; // the outbox is empty
static bool ending;
static struct error last; // by which the relay ended
static sem_t rounds;      // that ended
static sem_t go_on;
static struct {
    pthread_t *thread;
    void *(*begin)(void *);
    void *argument;
} waiting; // the thread that the relay wants

__typeof__(clock_sleep_ms) __wrap_clock_sleep_ms;
__typeof__(pthread_cond_signal) __wrap_pthread_cond_signal, __real_pthread_cond_signal;
__typeof__(pthread_cond_timedwait) __wrap_pthread_cond_timedwait;
__typeof__(pthread_create) __wrap_pthread_create, __real_pthread_create;
__typeof__(service_fail) __wrap_service_fail;

// Its thread runs only while the test waits for it: what is allocated comes in order.
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*begin)(void *), void *argument) {
    (void)attributes;
    waiting.thread = thread;
    waiting.begin = begin;
    waiting.argument = argument;
    return starts ? 0 : EAGAIN;
}

void __wrap_clock_sleep_ms(int64_t ms) {
    (void)ms;
    sem_post(&rounds);
    sem_wait(&go_on);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                                  const struct timespec *until) {
    (void)condition;
    (void)until;
    pthread_mutex_unlock(lock);
    __wrap_clock_sleep_ms(0);
    pthread_mutex_lock(lock);
    return ETIMEDOUT;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition) {
    if (ending) {
        sem_post(&go_on);
    }
    return __real_pthread_cond_signal(condition);
}

void __wrap_service_fail(const struct error *error) {
    last = *error;
    sem_post(&rounds);
}

static PGresult *answer_entries(void) {
    PGresult *rows = fake_libpq_rows(4);
    for (size_t i = 0; i < FACTS; i++) {
        fake_libpq_number(rows, facts[i].entry);
        fake_libpq_bytes(rows, facts[i].case_bytes, sizeof first_bytes);
        fake_libpq_number(rows, facts[i].sequence);
        fake_libpq_text(rows, "");
    }
    return rows;
}

static PGresult *answer_facts(void) {
    static const char hash[32];
    PGresult *rows = fake_libpq_rows(6);
    for (size_t i = 0; i < FACTS; i++) {
        if (!in_memory[i]) {
            fake_libpq_number(rows, (long long)i + 1);
            fake_libpq_text(rows, fact_type(facts[i].kind));
            fake_libpq_text(rows, "8 bytes.");
            fake_libpq_bytes(rows, hash, sizeof hash);
            fake_libpq_number(rows, 0);
            fake_libpq_text(rows, facts[i].kind == FACT_CASE_REGISTERED ? "contact" : NULL);
        }
    }
    return rows;
}

static PGresult *answer(const char *sql) {
    PGresult *rows = NULL;
    if (strstr(sql, "advisory") != NULL) {
        rows = fake_libpq_rows(1);
        for (int i = 0; i < RELAY_SHARDS; i++) {
            fake_libpq_number(rows, i);
        }
    } else if (strncmp(sql, "SELECT o.entry_id", 17) == 0 && !deleted) {
        rows = answer_entries();
    } else if (strncmp(sql, "SELECT f.place", 14) == 0) {
        rows = answer_facts();
    } else if (strncmp(sql, "DELETE FROM outbox", 18) == 0) {
        deleted = true;
    }
    return rows;
}

// The first fact with its contact, and the last.
static enum rc commit(struct relay *relay, struct error *error) {
    static uint8_t contact[] = "contact";
    struct work_case cases[2] = {{.vault = {.contact = {sizeof contact - 1, contact}}}};
    struct work_event events[2];
    struct work work = {.events = events, .event_count = 2};
    memset(events, 0, sizeof events);
    memcpy(cases[0].state.case_id, first_case, sizeof first_case);
    memcpy(cases[1].state.case_id, second_case, sizeof second_case);
    for (size_t i = 0; i < 2; i++) {
        events[i].of = &cases[i];
        events[i].sequence = (uint64_t)facts[2 * i].sequence;
        events[i].kind = facts[2 * i].kind;
        events[i].payload = calloc(1, events[i].payload_size = 8);
    }
    enum rc rc = RC_OK;
    if (events[0].payload == NULL || events[1].payload == NULL) {
        rc = error_set(error, RC_INTERNAL, "out of memory, as the caller says");
    } else {
        relay_committed(relay, &work);
    }
    for (size_t i = 0; i < 2; i++) {
        in_memory[2 * i] = rc == RC_OK && events[i].payload == NULL; // else it is to be read
        free(events[i].payload);
    }
    return rc;
}

// Until the relay has published all, and deleted it where wanted; or ended.
static void await_end(bool deletes) {
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&rounds);
        bool published = fake_bus_count == FACTS + 2;
        if (last.text[0] != '\0' || (published && (deleted || !deletes))) {
            return;
        }
        sem_post(&go_on);
    }
    fail_msg("the relay does not get on");
}

static enum rc begin(struct relay **relay, struct error *error) {
    const struct relay_options options = {.postgres_url = ""};
    sent_begin();
    sem_init(&rounds, 0, 0);
    sem_init(&go_on, 0, 0);
    last.text[0] = '\0';
    memset(in_memory, 0, sizeof in_memory);
    ending = deleted = false;
    fake_bus_count = fake_bus_bytes = 0;
    return relay_start(relay, &options, error);
}

static enum rc relay_all(bool kept, bool deletes, struct error *error) {
    struct relay *relay = NULL;
    starts = true;
    enum rc rc = begin(&relay, error);
    bool started = rc == RC_OK;
    rc = started && kept ? commit(relay, error) : rc;
    if (started) {
        assert_int_equal(
            __real_pthread_create(waiting.thread, NULL, waiting.begin, waiting.argument), 0);
        await_end(deletes);
    }
    ending = true;
    relay_free(relay);
    if (rc == RC_OK && last.text[0] != '\0') {
        *error = last;
        return last.rc;
    }
    if (rc == RC_OK) { // all once; what is not deleted goes out again
        assert_int_equal(fake_bus_count, FACTS + 2);
        assert_int_equal(fake_bus_bytes, FACTS * 8 + 7);
        assert_true(deleted || (!deletes && allocation_failed()));
    }
    return allocation_spared(rc, error);
}

static enum rc relay_stored(struct error *error) { return relay_all(false, true, error); }
static enum rc relay_kept(struct error *error) { return relay_all(true, true, error); }
static enum rc stop_early(struct error *error) { return relay_all(false, false, error); }

static enum rc start_without_thread(struct error *error) {
    struct relay *relay = NULL;
    starts = false;
    enum rc rc = begin(&relay, error);
    assert_int_equal(rc, RC_INTERNAL); // its thread does not start
    relay_free(relay);
    return allocation_failed() ? rc : RC_OK;
}

// Who can't ask holds what was held.
static enum rc change_hands(struct error *error) {
    struct relay_locks locks = {0};
    struct pg *pg = NULL;
    sent_begin();
    enum rc rc = pg_open(&pg, "", "test", "ledger", error);
    rc = rc == RC_OK ? relay_locks_take(&locks, RELAY_UNKNOWN, pg, error) : rc;
    assert_int_equal(locks.held, rc == RC_OK ? RELAY_UNKNOWN - 1 : 0);
    if (rc == RC_OK) {
        rc = relay_locks_give(&locks, 1, pg, error);
        assert_int_equal(locks.held, RELAY_UNKNOWN - (rc == RC_OK ? 2 : 1));
    }
    pg_close(pg);
    return sent_end(rc, error);
}

static void test_allocation_fails_in_the_relay_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least;
    } attempts[] = {{relay_stored, 15},
                    {relay_kept, 15},
                    {stop_early, 15},
                    {start_without_thread, 4},
                    {change_hands, 8}};
    fake_libpq_answers(answer);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_true(sent_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_the_relay_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
