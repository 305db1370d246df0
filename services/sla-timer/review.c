// SPDX-License-Identifier: Apache-2.0
// What is proposed names the version that it was computed from: what happened meanwhile goes first.
#include "review.h"

#include "proposals.h"
#include "stats.h"

#include "common/clock.h"
#include "common/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGE_CASES 500
#define RETRY_MS 2000
#define WATCH_MS 60000

// A clock as the ledger has it. Texts belong to the JSON.
struct open_clock {
    struct timer_fact fact;
    struct clock_run run;
    const char *case_id;
    uint32_t version;
    bool paused;
    bool provisional;
    int64_t warn_at_ms[DEADLINE_WARNS]; // that are still to come
    unsigned warn_count;
    int64_t due_at_ms;
};

enum rc review_get(struct review *review, const char *path, json_t **answer, struct error *error) {
    long status = 0;
    enum rc rc = http_client_json(review->ledger, "GET", path, NULL, NULL, &status, answer, error);
    if (rc == RC_OK && status != 200) {
        json_decref(*answer);
        *answer = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "the ledger answered with status %ld", status);
    }
    return rc;
}

static int64_t number(const json_t *item, const char *name) {
    return json_integer_value(json_object_get(item, name));
}

static const char *text(const json_t *item, const char *name) {
    const char *value = json_string_value(json_object_get(item, name));
    return value == NULL ? "" : value;
}

static bool flag(const json_t *item, const char *name) {
    return json_is_true(json_object_get(item, name));
}

static bool read_changes(const json_t *list, struct clock_run *run) {
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        if (run->change_count == COURSE_CHANGES) {
            return false;
        }
        struct clock_change *change = &run->changes[run->change_count++];
        memset(change, 0, sizeof *change);
        snprintf(change->ground, sizeof change->ground, "%s", text(item, "ground"));
        change->from_ms = number(item, "from_ms");
        change->to_ms = number(item, "to_ms");
        change->until_ms = number(item, "until_ms");
        change->limit.value = (uint32_t)number(item, "value");
        change->limit.keeps_last_day = flag(item, "last_day_kept");
        if (!limit_unit_read(text(item, "unit"), &change->limit.unit)) {
            return false;
        }
    }
    return true;
}

static void read_warns(const json_t *list, struct open_clock *clock) {
    size_t index;
    json_t *item;
    clock->warn_count = 0;
    json_array_foreach(list, index, item) {
        if (clock->warn_count < DEADLINE_WARNS) {
            clock->warn_at_ms[clock->warn_count++] = json_integer_value(item);
        }
    }
}

static bool read_clock(const json_t *item, struct open_clock *clock) {
    clock->fact = (struct timer_fact){.institution = text(item, "tenant"),
                                      .category = text(item, "category"),
                                      .situations = text(item, "situations"),
                                      .urgency = (uint32_t)number(item, "urgency"),
                                      .crisis = (uint32_t)number(item, "crisis"),
                                      .channel = (uint32_t)number(item, "channel")};
    clock->run.name = text(item, "name");
    clock->run.started_at_ms = number(item, "started_at_ms");
    clock->run.restarted_on = text(item, "restarted_on");
    clock->run.change_count = 0;
    clock->case_id = text(item, "case_id");
    clock->version = (uint32_t)number(item, "version");
    clock->paused = flag(item, "paused");
    clock->provisional = flag(item, "provisional");
    read_warns(json_object_get(item, "warns_at_ms"), clock);
    clock->due_at_ms = number(item, "due_at_ms");
    return read_changes(json_object_get(item, "changes"), &clock->run);
}

// What the ledger tells of a clock that rests and may begin elsewhere; false: nothing.
static bool read_past(const json_t *item, struct clock_past *past) {
    const char *name;
    json_t *at_ms;
    json_t *told = json_object_get(item, "past");
    memset(past, 0, sizeof *past);
    past->restarted_at_ms = number(told, "restarted_at_ms");
    past->restarted_on = text(told, "restarted_on");
    json_object_foreach(json_object_get(told, "reached"), name, at_ms) {
        enum milestone milestone = milestone_read(name);
        if (milestone < MILESTONE_COUNT) {
            past->reached_at_ms[milestone] = json_integer_value(at_ms);
        }
    }
    return told != NULL;
}

static enum rc publish(struct review *review, const struct open_clock *clock,
                       const struct timer_arm *arm, struct bus_wait *wait, struct error *error) {
    char cause[64];
    snprintf(cause, sizeof cause, "%s-%" PRIu32 "-%" PRId64 "-%d", arm->reason, clock->version,
             arm->terms.due_at_ms, arm->terms.provisional);
    return proposals_arm(review->producer, clock->case_id, clock->fact.institution, cause, arm,
                         NULL, wait, error);
}

// Those that have not come yet, at the end of the list; how many.
static unsigned count_ahead(const int64_t *at_ms, unsigned count, int64_t now_ms) {
    unsigned passed = 0;
    while (passed < count && at_ms[passed] <= now_ms) {
        passed++;
    }
    return count - passed;
}

// One that has passed is not told again because it moved.
static bool warns_move(const struct open_clock *clock, const struct clock_terms *terms,
                       int64_t now_ms) {
    unsigned have = count_ahead(clock->warn_at_ms, clock->warn_count, now_ms);
    unsigned want = count_ahead(terms->warn_at_ms, terms->warn_count, now_ms);
    return have != want || (have > 0 && memcmp(clock->warn_at_ms + clock->warn_count - have,
                                               terms->warn_at_ms + terms->warn_count - want,
                                               have * sizeof(int64_t)) != 0);
}

// What differs now; a due time that has passed never changes, and none moves into the past.
static bool is_amended(const struct open_clock *clock, const struct clock_terms *terms,
                       int64_t now_ms) {
    if (course_amended_due(clock->due_at_ms, terms->due_at_ms, now_ms) != terms->due_at_ms) {
        return false;
    }
    return clock->due_at_ms != terms->due_at_ms || clock->provisional != terms->provisional ||
           warns_move(clock, terms, now_ms);
}

static enum rc review_item(struct review *review, const struct region *region, const json_t *item,
                           struct bus_wait *wait, struct error *error) {
    struct open_clock clock;
    struct timer_arm arm = {.based_on = 0};
    int64_t now = clock_wall_ms();
    review->seen++;
    bool by_policy = text(item, "policy_version")[0] != '\0'; // else a person set it
    if (!read_clock(item, &clock) || !by_policy || clock.due_at_ms <= now) {
        return RC_OK;
    }
    clock.fact.reason = "amended";
    arm.replaces_version = clock.version;
    arm.known_changes = (uint32_t)clock.run.change_count;
    arm.known_sequence = (uint64_t)number(item, "sequence");
    if (!timer_rearm(region, &clock.fact, &clock.run, now, &arm) ||
        !is_amended(&clock, &arm.terms, now)) {
        return RC_OK;
    }
    review->changed++;
    metric_add(&sla_timer_stats[STAT_AMENDED], 1);
    return publish(review, &clock, &arm, wait, error);
}

static enum rc review_page(struct review *review, const json_t *items, struct error *error) {
    struct bus_wait wait;
    size_t index;
    json_t *item;
    enum rc rc = RC_OK;
    const struct region_edition *edition = region_book_hold(review->regions);
    bus_wait_init(&wait);
    json_array_foreach(items, index, item) {
        rc = rc == RC_OK ? review_item(review, edition->region, item, &wait, error) : rc;
    }
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    region_book_release(edition);
    return rc == RC_OK ? end : rc;
}

static enum rc next_page(struct review *review, struct error *error) {
    char path[128];
    json_t *page = NULL;
    snprintf(path, sizeof path, "/internal/v1/clocks/runs?limit=%d&after=%s", PAGE_CASES,
             review->after);
    enum rc rc = review_get(review, path, &page, error);
    rc = rc == RC_OK ? review_page(review, json_object_get(page, "items"), error) : rc;
    if (rc == RC_OK) {
        snprintf(review->after, sizeof review->after, "%s", text(page, "next"));
        review->done = review->after[0] == '\0';
    }
    json_decref(page);
    return rc;
}

void review_begin(struct review *review) { atomic_store(&review->again, true); }

static void watch_calendars(struct review *review, int64_t now_ms) {
    if (now_ms < review->watch_ms) {
        return;
    }
    review->watch_ms = now_ms + WATCH_MS;
    const struct region_edition *edition = region_book_hold(review->regions);
    calendar_watch(&review->calendars, edition->region, clock_wall_ms());
    region_book_release(edition);
}

// After a page that moves nothing the ledger is left alone for as long as it took: at a start
// mostly none does, and cases are waiting.
static void rest(struct review *review, int64_t began_ms, size_t changed_before) {
    int64_t now = clock_monotonic_ms();
    review->wait_ms = review->changed == changed_before ? now + (now - began_ms) : now;
}

void review_turn(struct review *review) {
    struct error error;
    int64_t now = clock_monotonic_ms();
    watch_calendars(review, now);
    if (atomic_exchange(&review->again, false)) {
        review->done = false;
        review->after[0] = '\0';
        review->seen = 0;
        review->changed = 0;
    }
    if (review->done || now < review->wait_ms) {
        return;
    }
    size_t changed = review->changed;
    if (next_page(review, &error) != RC_OK) {
        review->wait_ms = now + RETRY_MS;
        log_warn("open deadlines can't be computed again yet", LOG_STR("reason", error.text));
        return;
    }
    rest(review, now, changed);
    if (review->done) {
        metric_add(&sla_timer_stats[STAT_REVIEWS], 1);
        log_info("open deadlines were computed by the rules as they are",
                 LOG_INT("clocks", (int64_t)review->seen),
                 LOG_INT("changed", (int64_t)review->changed));
    }
}

// Another edition of the region may have dropped the rule meanwhile: what was promised stands, as
// it does of a clock that runs. The date that the ledger tells counts on the whole pause.
static void fill_told(const json_t *item, const struct open_clock *clock, struct clock_terms *to) {
    memset(to, 0, sizeof *to);
    snprintf(to->name, sizeof to->name, "%s", clock->run.name);
    to->started_at_ms = clock->run.started_at_ms;
    memcpy(to->warn_at_ms, clock->warn_at_ms, sizeof to->warn_at_ms);
    to->warn_count = clock->warn_count;
    to->due_at_ms = clock->due_at_ms;
    to->provisional = clock->provisional;
    to->lapses = flag(item, "lapses");
    snprintf(to->stops_on, sizeof to->stops_on, "%s", text(item, "stops_on"));
    snprintf(to->restarted_on, sizeof to->restarted_on, "%s", clock->run.restarted_on);
    snprintf(to->policy_version, sizeof to->policy_version, "%s", text(item, "policy_version"));
    snprintf(to->calendar_version, sizeof to->calendar_version, "%s",
             text(item, "calendar_version"));
    clock_terms_stand(to);
}

// No rule holds, whatever the time is: else a change lies in the future of this clock alone.
static bool has_no_rule(const struct region *region, const struct open_clock *clock,
                        const struct clock_past *past) {
    struct clock_run run = clock->run;
    struct timer_arm ignored;
    return !timer_resume(region, &clock->fact, past, &run, CLOCK_MOST_MS, &ignored);
}

enum rc review_resumed(const struct region *region, const json_t *item, int64_t now_ms,
                       struct timer_arm *arm, struct error *error) {
    struct open_clock clock;
    struct clock_past past;
    if (!read_clock(item, &clock)) {
        return error_set(error, RC_INVALID, "the ledger's run of a clock is not readable");
    }
    const struct clock_past *told = read_past(item, &past) ? &past : NULL;
    struct clock_run run = clock.run;
    clock.fact.reason = "resumed";
    arm->replaces_version = clock.version;
    arm->known_changes = 0;
    arm->based_on = 0;
    arm->urgent = false;
    arm->known_sequence = (uint64_t)number(item, "sequence");
    arm->reason = clock.fact.reason;
    if (timer_resume(region, &clock.fact, told, &run, now_ms, arm)) {
        return RC_OK;
    }
    if (!has_no_rule(region, &clock, told)) {
        return error_set(error, RC_UNAVAILABLE, "%s was changed later than now", clock.run.name);
    }
    fill_told(item, &clock, &arm->terms);
    return RC_OK;
}

static enum rc resume_item(struct review *review, const struct region *region, const json_t *item,
                           struct error *error) {
    struct open_clock clock;
    struct timer_arm arm;
    struct bus_wait wait;
    enum rc read = review_resumed(region, item, clock_wall_ms(), &arm, error);
    if (read != RC_OK || !read_clock(item, &clock)) {
        return read;
    }
    bus_wait_init(&wait);
    enum rc rc = publish(review, &clock, &arm, &wait, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

enum rc review_resume(struct review *review, const struct timer_entry *entry, struct error *error) {
    char path[128];
    size_t index;
    json_t *item;
    json_t *page = NULL;
    const struct region_edition *edition = region_book_hold(review->regions);
    snprintf(path, sizeof path, "/internal/v1/cases/%s/clocks", entry->case_id);
    enum rc rc = review_get(review, path, &page, error);
    json_array_foreach(json_object_get(page, "items"), index, item) {
        if (rc == RC_OK && flag(item, "paused") && strcmp(text(item, "name"), entry->name) == 0 &&
            number(item, "version") == entry->version) {
            rc = resume_item(review, edition->region, item, error);
        }
    }
    region_book_release(edition);
    json_decref(page);
    return rc;
}
