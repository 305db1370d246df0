// SPDX-License-Identifier: Apache-2.0
// Clocks, their pauses and extensions.
#include "apply.h"

#include "case_visits.h"

static struct case_clock *clock_of(struct case_state *state, const char *name) {
    return (struct case_clock *)case_clock_find(state, name);
}

// Those that began before a moment; INT64_MAX: all. Another run never knows of them again.
static void forget_changes(struct case_state *state, const char *clock, int64_t before_ms) {
    size_t kept = 0;
    for (size_t i = 0; i < state->change_count; i++) {
        if (strcmp(state->changes[i].clock, clock) != 0 || state->changes[i].from_ms >= before_ms) {
            if (kept != i) {
                state->changes[kept] = state->changes[i];
            }
            kept++;
        }
    }
    state->change_count = kept;
}

// It counted on the run that is over; for the next one somebody asks anew.
void apply_forget_extension(struct case_state *state, const char *clock) {
    if (clock == NULL || strcmp(state->extension.clock, clock) == 0) {
        memset(&state->extension, 0, sizeof state->extension);
    }
}

static struct case_change *add_change(struct case_state *state, const char *clock,
                                      int64_t from_ms) {
    if (state->change_count == CASE_CHANGES) {
        return NULL;
    }
    struct case_change *change = &state->changes[state->change_count++];
    memset(change, 0, sizeof *change);
    COPY(change->clock, clock);
    change->from_ms = from_ms;
    return change;
}

// A pause that used up its cap ended then, whenever that was noticed.
static void end_pause(struct case_state *state, const char *clock, int64_t at_ms) {
    struct case_change *pause = (struct case_change *)case_pause_find(state, clock);
    if (pause != NULL) {
        int64_t to_ms = pause->alone ? at_ms : case_rests_until(state, pause->from_ms, at_ms);
        pause->to_ms = to_ms < pause->until_ms ? to_ms : pause->until_ms;
    }
}

static void set_warns(struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    clock->warn_count = 0;
    if (terms->warn_at_ms != 0) {
        clock->warn_at_ms[clock->warn_count++] = terms->warn_at_ms;
    }
    for (size_t i = 0; i < terms->n_later_warns_at_ms && clock->warn_count < CASE_WARNS; i++) {
        clock->warn_at_ms[clock->warn_count++] = terms->later_warns_at_ms[i];
    }
}

// What begins a clock another time; an assessment only moves where the one run counts from.
static bool is_another_run(const struct case_clock *clock, const Redress__V1__ClockArmed *armed) {
    bool again = armed->terms->restarted_on[0] != '\0' ||
                 (strcmp(armed->reason, "started") == 0 && !clock->displaced);
    return again && clock->started_at_ms != armed->terms->started_at_ms;
}

static struct case_clock *clock_to_arm(struct case_state *state,
                                       const Redress__V1__ClockArmed *armed) {
    const Redress__V1__ClockTerms *terms = armed->terms;
    struct case_clock *clock = clock_of(state, terms->name);
    if (clock != NULL) {
        if (is_another_run(clock, armed)) {
            forget_changes(state, terms->name, terms->started_at_ms);
            apply_forget_extension(state, terms->name);
        }
        return clock;
    }
    size_t place = case_place_for_clock(state);
    if (place == CASE_CLOCKS) {
        return NULL;
    }
    state->clock_count += place == state->clock_count ? 1 : 0;
    clock = &state->clocks[place];
    memset(clock, 0, sizeof *clock);
    COPY(clock->name, terms->name);
    return clock;
}

void apply_clock_armed(struct case_state *state, const struct fact *fact) {
    const Redress__V1__ClockTerms *terms = fact->body.clock_armed.terms;
    struct case_clock *clock = clock_to_arm(state, &fact->body.clock_armed);
    if (clock == NULL) {
        return;
    }
    end_pause(state, clock->name, fact->meta.decided_at_ms);
    state->parts.revision += fact->body.clock_armed.alone ? 1 : 0;
    COPY(clock->restarted_on, terms->restarted_on);
    COPY(clock->policy_version, terms->policy_version);
    COPY(clock->calendar_version, terms->calendar_version);
    clock->version = terms->version;
    clock->started_at_ms = terms->started_at_ms;
    set_warns(clock, terms);
    clock->warned = terms->warns_passed;
    clock->due_at_ms = terms->due_at_ms;
    clock->stops_on = milestone_read(terms->stops_on);
    clock->lapses = terms->lapses;
    clock->provisional = terms->provisional;
    clock->displaced = false;
    clock->based_on = terms->based_on == 0 ? clock->based_on : terms->based_on;
    clock->armed_sequence = fact->meta.sequence;
    clock->state = CLOCK_STATE_RUNNING;
}

void apply_end_clock(struct case_state *state, const char *name, enum case_clock_state to) {
    struct case_clock *clock = clock_of(state, name);
    if (clock != NULL) {
        clock->state = to;
        forget_changes(state, clock->name, INT64_MAX);
        apply_forget_extension(state, clock->name);
    }
}

void apply_clock_warned(struct case_state *state, const struct fact *fact) {
    struct case_clock *clock = clock_of(state, fact->body.clock_warned.name);
    if (clock != NULL) {
        clock->state = CLOCK_STATE_WARNED;
        clock->warned++;
    }
}

void apply_clock_breached(struct case_state *state, const struct fact *fact) {
    const char *name = fact->body.clock_breached.name;
    apply_end_clock(state, name, CLOCK_STATE_BREACHED);
    if (case_visit_of(name) != 0 && case_visit_is_late_before(state, name)) {
        state->failed_visits = 0; // each is tried as often
    }
}

void apply_clock_stopped(struct case_state *state, const struct fact *fact) {
    const char *name = fact->body.clock_stopped.name;
    apply_forget_extension(state, name);
    struct case_clock *clock = clock_of(state, name);
    if (clock == NULL || !fact->body.clock_stopped.displaced) {
        apply_end_clock(state, name, CLOCK_STATE_STOPPED);
        return;
    }
    end_pause(state, name, fact->meta.decided_at_ms);
    clock->state = CLOCK_STATE_STOPPED;
    clock->displaced = true;
    clock->based_on = fact->body.clock_stopped.based_on;
}

static bool begin_pause(struct case_state *state, const struct case_clock *clock,
                        const struct fact *fact) {
    const Redress__V1__ClockPaused *body = &fact->body.clock_paused;
    int64_t now_ms = fact->meta.decided_at_ms;
    struct case_change *change =
        add_change(state, body->name,
                   body->alone ? now_ms : case_rests_since(state, clock->started_at_ms, now_ms));
    if (change == NULL) {
        return false;
    }
    COPY(change->ground, body->ground);
    change->until_ms = body->until_ms;
    change->alone = body->alone;
    state->parts.revision += body->alone ? 1 : 0;
    return true;
}

void apply_clock_paused(struct case_state *state, const struct fact *fact) {
    const Redress__V1__ClockPaused *body = &fact->body.clock_paused;
    struct case_clock *clock = clock_of(state, body->name);
    if (clock == NULL || !(body->amended || begin_pause(state, clock, fact))) {
        return;
    }
    if (body->amended) {
        clock->version = body->version;
        COPY(clock->policy_version, body->terms->policy_version);
        COPY(clock->calendar_version, body->terms->calendar_version);
    }
    clock->state = CLOCK_STATE_PAUSED;
    clock->due_at_ms = body->terms->due_at_ms;
    set_warns(clock, body->terms);
    clock->provisional = body->terms->provisional;
    clock->armed_sequence = fact->meta.sequence;
}

void apply_extension_requested(struct case_state *state, const struct fact *fact) {
    COPY(state->extension.clock, fact->body.extension_requested.clock);
    COPY(state->extension.requester, fact->meta.actor);
    state->extension.sequence = fact->meta.sequence;
}

void apply_extension_decided(struct case_state *state, const struct fact *fact) {
    const Redress__V1__ExtensionDecided *body = &fact->body.extension_decided;
    struct case_clock *clock = clock_of(state, body->clock);
    memset(&state->extension, 0, sizeof state->extension);
    struct case_change *change = !body->granted || clock == NULL
                                     ? NULL
                                     : add_change(state, clock->name, fact->meta.decided_at_ms);
    if (change == NULL || !limit_unit_read(body->unit, &change->limit.unit)) {
        return;
    }
    change->limit.value = body->value;
    change->limit.keeps_last_day = body->last_day_kept;
    clock->due_at_ms = body->due_at_ms;
}
