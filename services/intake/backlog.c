// SPDX-License-Identifier: Apache-2.0
// Multiplicative decrease while what waits for the ledger or for triage grows or stands, increase
// while both are near: as TCP finds its rate. Growth shows at once whether a rate is too high; the
// delay would show it as late as it is long. A queue that stands is no burst: it delays everybody
// and serves nobody (Nichols and Jacobson, "Controlling Queue Delay").
#include "backlog.h"

#include "common/clock.h"
#include "common/http_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BEHIND_MS 1000
#define NEAR_MS 500
#define GROWING_LOOKS 2
#define STANDING_LOOKS 4
#define BUDGET_LEAST 10
#define SLICE_MS 50
#define TIMEOUT_MS 1000

struct backlog {
    struct http_client *client;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic int64_t budget;   // of this step; 0: without bound
    _Atomic int64_t admitted; // in this step
};

static int64_t at_least(int64_t budget) { return budget < BUDGET_LEAST ? BUDGET_LEAST : budget; }

// What grows while fewer come than may is not their doing: the end of a flood would shut the door.
static void decrease(struct backlog_state *state, int64_t admitted) {
    if (admitted <= state->budget / 2) {
        return;
    }
    int64_t used = state->budget == 0 || admitted < state->budget ? admitted : state->budget;
    state->budget = at_least(used * 7 / 10);
}

// It is lifted once it does not bind any more.
static void increase(struct backlog_state *state, int64_t admitted) {
    if (state->budget != 0) {
        state->budget = admitted < state->budget / 2 ? 0 : state->budget * 5 / 4;
    }
}

static bool keeps_growing(struct backlog_growth *growth, int64_t now, bool matters) {
    growth->looks = matters && now > growth->last ? growth->looks + 1 : 0;
    growth->last = now;
    return growth->looks >= GROWING_LOOKS;
}

// Not again before what was done about it can have shown.
static bool stands(struct backlog_growth *growth, int64_t now, bool matters) {
    bool begins = growth->standing == 0 || now < growth->least;
    growth->least = begins ? now : growth->least;
    growth->standing = !matters ? 0 : begins ? 1 : growth->standing + 1;
    bool stood = growth->standing > STANDING_LOOKS;
    growth->standing = stood ? 0 : growth->standing;
    return stood;
}

// Only looks at which it matters count.
static bool does_not_fall(struct backlog_growth *growth, int64_t now, bool matters) {
    bool grows = keeps_growing(growth, now, matters);
    return stands(growth, now, matters) || grows;
}

void backlog_step(struct backlog_state *state, const struct backlog_look *look) {
    if (!look->known || look->lag < 0) {
        *state = (struct backlog_state){0};
        return;
    }
    bool late = look->delay_ms > BEHIND_MS;
    // While the ledger catches up, what waits for triage grows by what came before.
    bool unassessed = look->assessment_ms > BEHIND_MS && !late;
    bool lag_stays = does_not_fall(&state->lag, look->lag, late);
    bool unassessed_stay = does_not_fall(&state->unassessed, look->unassessed, unassessed);
    if (lag_stays || unassessed_stay) {
        decrease(state, look->admitted);
    } else if (look->delay_ms <= NEAR_MS && look->assessment_ms <= NEAR_MS) {
        increase(state, look->admitted);
    }
}

static void look_at_ledger(struct backlog *backlog, struct backlog_look *look) {
    struct error ignored;
    json_t *answer = NULL;
    long status = 0;
    *look = (struct backlog_look){.admitted = 0};
    if (http_client_json(backlog->client, "GET", "/internal/v1/load", NULL, NULL, &status, &answer,
                         &ignored) == RC_OK &&
        status == 200) {
        look->known = true;
        look->lag = json_integer_value(json_object_get(answer, "lag"));
        look->delay_ms = json_integer_value(json_object_get(answer, "delay_ms"));
        look->unassessed = json_integer_value(json_object_get(answer, "unassessed"));
        look->assessment_ms = json_integer_value(json_object_get(answer, "assessment_ms"));
    }
    json_decref(answer);
}

static void wait_step(struct backlog *backlog, int64_t since_ms) {
    while (!atomic_load(&backlog->stop) && clock_monotonic_ms() - since_ms < BACKLOG_STEP_MS) {
        clock_sleep_ms(SLICE_MS);
    }
}

static void *run(void *argument) {
    struct backlog *backlog = argument;
    struct backlog_state state = {0};
    while (!atomic_load(&backlog->stop)) {
        struct backlog_look look;
        int64_t since = clock_monotonic_ms();
        wait_step(backlog, since);
        look_at_ledger(backlog, &look);
        // A late step had more time.
        int64_t took = clock_monotonic_ms() - since;
        look.admitted = atomic_exchange(&backlog->admitted, 0) * BACKLOG_STEP_MS / (took + 1);
        backlog_step(&state, &look);
        atomic_store(&backlog->budget, state.budget);
    }
    return NULL;
}

enum rc backlog_start(struct backlog **out, const struct backlog_options *options,
                      struct error *error) {
    struct backlog *backlog = calloc(1, sizeof *backlog);
    *out = backlog;
    if (backlog == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the backlog");
    }
    enum rc rc = http_client_new(&backlog->client, options->ledger_url, options->service_token,
                                 TIMEOUT_MS, error);
    if (rc == RC_OK && pthread_create(&backlog->thread, NULL, run, backlog) != 0) {
        rc = error_set(error, RC_INTERNAL, "the backlog's thread does not start");
    }
    backlog->started = rc == RC_OK;
    return rc;
}

enum rc backlog_admit(struct backlog *backlog, struct error *error) {
    int64_t budget = atomic_load(&backlog->budget);
    int64_t before = atomic_fetch_add(&backlog->admitted, 1);
    if (budget == 0 || before < budget) {
        return RC_OK;
    }
    atomic_fetch_sub(&backlog->admitted, 1);
    return error_set(error, RC_UNAVAILABLE, "more comes in than can be worked off");
}

void backlog_free(struct backlog *backlog) {
    if (backlog == NULL) {
        return;
    }
    if (backlog->started) {
        atomic_store(&backlog->stop, true);
        pthread_join(backlog->thread, NULL);
    }
    http_client_free(backlog->client);
    free(backlog);
}
