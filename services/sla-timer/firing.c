// SPDX-License-Identifier: Apache-2.0
// Firing is at least once: the ledger applies a version of a clock once.
#include "firing.h"

#include "proposals.h"
#include "rebuild.h"
#include "review.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/http_client.h"
#include "common/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 20
#define SWEEP_MS 5000
#define SWEEP_AGAIN_MS 500   // what was named is on its way to the ledger
#define SWEEP_REBUILD_MS 250 // while the index is not whole
#define SWEEP_PAGE 50
#define REDIS_RETRY_MS 500
#define SKEW_MS 50
#define CLAIMS 5 // of one wait for Kafka

struct firing {
    struct redis *redis;
    struct store_due due[CLAIMS * STORE_CLAIM_MOST];
    struct http_client *ledger;
    struct bus_producer *producer;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic bool swept;    // the last sweep worked
    _Atomic bool whole;    // the index can be trusted
    _Atomic bool distrust; // somebody could not write
    struct review review;
    int64_t sweep_at_ms;
    int64_t between_at_ms;          // of a rebuild
    struct timer_entry swept_first; // of the last full page
    int64_t redis_at_ms;
};

// Lateness is measured where the due time is known; the end of a pause is computed anew.
static enum rc publish(struct firing *firing, const struct store_due *due, size_t count,
                       struct bus_wait *wait, struct error *error) {
    int64_t now = clock_wall_ms();
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (due[i].entry.kind == TIMER_RESUME) {
            continue;
        }
        rc = proposals_fire(firing->producer, &due[i].entry, due[i].at_ms, wait, error);
        if (due[i].at_ms > 0) {
            metric_observe_us(&sla_timer_stats[STAT_LATENESS_SECONDS], (now - due[i].at_ms) * 1000);
        }
    }
    return rc;
}

// Claims and publishes what is due, CLAIMS times at most: all wait for Kafka together.
static enum rc publish_due(struct firing *firing, size_t *count, struct bus_wait *wait,
                           struct error *error) {
    enum rc rc = RC_OK;
    size_t taken = STORE_CLAIM_MOST;
    for (size_t i = 0; i < CLAIMS && rc == RC_OK && taken == STORE_CLAIM_MOST; i++) {
        bool complete = true;
        struct store_due *due = firing->due + *count;
        rc = store_claim(firing->redis, due, &taken, &complete, error);
        if (rc == RC_OK && !complete) {
            atomic_store(&firing->whole, false);
            break;
        }
        if (rc == RC_OK && taken > 0) {
            FAILPOINT("sla-timer-claimed");
        }
        *count += rc == RC_OK ? taken : 0;
        rc = rc == RC_OK ? publish(firing, due, taken, wait, error) : rc;
    }
    return rc;
}

// The end of a pause is computed anew, from what the ledger has of it now. Where that fails, the
// entry's lease ends and it comes again.
static bool has_ended(struct firing *firing, const struct timer_entry *entry) {
    struct error error;
    if (entry->kind != TIMER_RESUME) {
        return true;
    }
    enum rc rc = review_resume(&firing->review, entry, &error);
    if (rc != RC_OK) {
        log_warn("a clock can't be resumed yet", LOG_STR("reason", error.text));
    }
    return rc == RC_OK;
}

// Moves those that are done to the front; how many.
static size_t keep_ended(struct firing *firing, size_t count) {
    size_t ended = 0;
    for (size_t i = 0; i < count; i++) {
        if (has_ended(firing, &firing->due[i].entry)) {
            firing->due[ended++] = firing->due[i];
        }
    }
    return ended;
}

static enum rc fire_due(struct firing *firing, size_t *count, struct error *error) {
    struct bus_wait wait;
    *count = 0;
    bus_wait_init(&wait);
    enum rc rc = publish_due(firing, count, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    rc = rc == RC_OK ? end : rc;
    size_t ended = rc == RC_OK ? keep_ended(firing, *count) : 0;
    for (size_t i = 0; i < ended && rc == RC_OK; i += STORE_CLAIM_MOST) {
        size_t left = ended - i;
        rc = store_done(firing->redis, firing->due + i,
                        left < STORE_CLAIM_MOST ? left : STORE_CLAIM_MOST, error);
    }
    return rc;
}

static int64_t number(const json_t *item, const char *name) {
    return json_integer_value(json_object_get(item, name));
}

static size_t read_overdue(const json_t *items, struct store_due *due) {
    size_t count = 0;
    size_t index;
    json_t *item;
    int64_t now = clock_wall_ms();
    json_array_foreach(items, index, item) {
        struct store_due *entry = &due[count];
        if (count == STORE_CLAIM_MOST) {
            break;
        }
        memset(entry, 0, sizeof *entry);
        snprintf(entry->entry.case_id, sizeof entry->entry.case_id, "%s",
                 json_string_value(json_object_get(item, "case_id")));
        snprintf(entry->entry.name, sizeof entry->entry.name, "%s",
                 json_string_value(json_object_get(item, "name")));
        entry->entry.version = (uint32_t)number(item, "version");
        entry->entry.kind = json_is_true(json_object_get(item, "paused")) ? TIMER_RESUME
                            : number(item, "due_at_ms") <= now            ? TIMER_BREACH
                                                                          : TIMER_WARN;
        entry->at_ms = entry->entry.kind == TIMER_WARN     ? number(item, "warn_at_ms")
                       : entry->entry.kind == TIMER_BREACH ? number(item, "due_at_ms")
                                                           : 0;
        count++;
    }
    return count;
}

static enum rc publish_overdue(struct firing *firing, const struct store_due *due, size_t count,
                               struct error *error) {
    struct bus_wait wait;
    bus_wait_init(&wait);
    enum rc rc = publish(firing, due, count, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

static bool is_same(const struct timer_entry *one, const struct timer_entry *other) {
    return strcmp(one->case_id, other->case_id) == 0 && strcmp(one->name, other->name) == 0 &&
           one->version == other->version && one->kind == other->kind;
}

// A full page means that there is more: look again at once, but where it is the same page. A ledger
// that is behind would be told of it thousands of times.
static void sweep_again(struct firing *firing, const struct timer_entry *first) {
    bool same = is_same(first, &firing->swept_first);
    firing->sweep_at_ms = same ? clock_monotonic_ms() + SWEEP_AGAIN_MS : 0;
    firing->swept_first = *first;
}

static enum rc sweep(struct firing *firing, struct error *error) {
    struct store_due due[STORE_CLAIM_MOST];
    json_t *page = NULL;
    enum rc rc = review_get(&firing->review, "/internal/v1/clocks/overdue?limit=50", &page, error);
    if (rc == RC_OK) {
        size_t count = read_overdue(json_object_get(page, "items"), due);
        metric_add(&sla_timer_stats[STAT_SWEPT], (int64_t)count);
        rc = publish_overdue(firing, due, count, error);
        for (size_t i = 0; i < count && rc == RC_OK; i++) {
            (void)has_ended(firing, &due[i].entry); // else the next sweep names it again
        }
        if (count >= SWEEP_PAGE) {
            sweep_again(firing, &due[0].entry);
        }
    }
    json_decref(page);
    return rc;
}

// The next one comes after so long, or nearer, where there is more.
static bool sweep_and_tell(struct firing *firing, int64_t next_ms) {
    struct error error;
    firing->sweep_at_ms = clock_monotonic_ms() + next_ms;
    enum rc rc = sweep(firing, &error);
    if (rc != RC_OK) {
        log_warn("sweep failed", LOG_STR("reason", error.text));
    }
    return rc == RC_OK;
}

// Of a million clocks it takes ten seconds: what falls due meanwhile is swept.
static void sweep_between_pages(void *context) {
    struct firing *firing = context;
    if (clock_monotonic_ms() >= firing->between_at_ms && !atomic_load(&firing->stop)) {
        (void)sweep_and_tell(firing, SWEEP_REBUILD_MS);
        firing->between_at_ms = firing->sweep_at_ms;
    }
}

static enum rc rebuild(struct firing *firing, struct error *error) {
    const struct rebuild rebuild = {.redis = firing->redis,
                                    .review = &firing->review,
                                    .stop = &firing->stop,
                                    .between = sweep_between_pages,
                                    .context = firing};
    atomic_store(&firing->distrust, false);
    enum rc rc = rebuild_index(&rebuild, error);
    if (rc == RC_OK && !atomic_load(&firing->stop)) {
        atomic_store(&firing->whole, true);
        firing->sweep_at_ms = 0; // readiness waits for the sweep that follows
        metric_add(&sla_timer_stats[STAT_REBUILDS], 1);
        log_info("index rebuilt from the ledger");
    }
    return rc;
}

static void check_skew(struct firing *firing) {
    int64_t skew = 0;
    struct error ignored;
    if (store_skew(firing->redis, &skew, &ignored) == RC_OK && llabs(skew) > SKEW_MS) {
        log_warn("Redis' clock differs from ours", LOG_INT("skew_ms", skew));
    }
}

static void sweep_turn(struct firing *firing) {
    if (clock_monotonic_ms() >= firing->sweep_at_ms) {
        atomic_store(&firing->swept, sweep_and_tell(firing, SWEEP_MS));
        check_skew(firing);
    }
}

static void redis_turn(struct firing *firing, size_t *count) {
    struct error error;
    *count = 0;
    if (clock_monotonic_ms() < firing->redis_at_ms) {
        return;
    }
    enum rc rc = atomic_load(&firing->whole) && !atomic_load(&firing->distrust)
                     ? fire_due(firing, count, &error)
                     : rebuild(firing, &error);
    if (rc != RC_OK) {
        atomic_store(&firing->whole, false);
        firing->redis_at_ms = clock_monotonic_ms() + REDIS_RETRY_MS;
        log_warn("the index can't be used; the sweep stands in", LOG_STR("reason", error.text));
    }
}

static void *run(void *argument) {
    struct firing *firing = argument;
    while (!atomic_load(&firing->stop)) {
        size_t count = 0;
        redis_turn(firing, &count);
        sweep_turn(firing);
        review_turn(&firing->review);
        if (count < STORE_CLAIM_MOST) {
            clock_sleep_ms(POLL_MS);
        }
    }
    return NULL;
}

enum rc firing_start(struct firing **out, const struct firing_options *options,
                     struct error *error) {
    struct firing *firing = calloc(1, sizeof *firing);
    *out = firing;
    if (firing == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the firing loop");
    }
    firing->producer = options->producer;
    firing->review.regions = options->regions;
    firing->review.producer = options->producer;
    firing->review.calendars.producer = options->producer;
    enum rc rc =
        calendar_watch_read(options->calendar_missing_from, &firing->review.calendars, error);
    rc = rc == RC_OK
             ? redis_new(&firing->redis, options->redis_host, options->redis_port, 1000, error)
             : rc;
    rc = rc == RC_OK ? http_client_new(&firing->ledger, options->ledger_url, options->service_token,
                                       5000, error)
                     : rc;
    firing->review.ledger = firing->ledger;
    if (rc == RC_OK && pthread_create(&firing->thread, NULL, run, firing) != 0) {
        rc = error_set(error, RC_INTERNAL, "the firing loop's thread does not start");
    }
    firing->started = rc == RC_OK;
    return rc;
}

void firing_review(struct firing *firing) { review_begin(&firing->review); }

void firing_distrust(struct firing *firing) { atomic_store(&firing->distrust, true); }

bool firing_ready(struct firing *firing, struct error *why) {
    if (!atomic_load(&firing->swept)) {
        error_set(why, RC_UNAVAILABLE, "the ledger has not answered the last sweep");
        return false;
    }
    return true;
}

void firing_free(struct firing *firing) {
    if (firing == NULL) {
        return;
    }
    if (firing->started) {
        atomic_store(&firing->stop, true);
        pthread_join(firing->thread, NULL);
    }
    redis_free(firing->redis);
    http_client_free(firing->ledger);
    free(firing);
}
