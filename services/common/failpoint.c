// SPDX-License-Identifier: Apache-2.0
// A small table under a lock; only compiled into test builds.
#include "common/failpoint.h"

#ifdef REDRESS_FAILPOINTS

#include "common/clock.h"
#include "common/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE 48
#define PAUSE_MOST_MS 60000

enum action { ACTION_NONE, ACTION_CRASH, ACTION_PAUSE, ACTION_CUT };

static struct point {
    char name[NAME_SIZE];
    enum action action;
    int64_t pause_ms;
    int64_t passes; // until it is cut
    int64_t hits;
} points[FAILPOINTS_MOST];
static size_t point_count;
static _Atomic bool any_armed; // spares each allocation the lock
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct point *find(const char *name) {
    for (size_t i = 0; i < point_count; i++) {
        if (strcmp(points[i].name, name) == 0) {
            return &points[i];
        }
    }
    return NULL;
}

static bool is_any_armed(void) {
    for (size_t i = 0; i < point_count; i++) {
        if (points[i].action != ACTION_NONE) {
            return true;
        }
    }
    return false;
}

// What is to be done now at this point; disarms it.
static enum action spend(struct point *point) {
    enum action action = point == NULL ? ACTION_NONE : point->action;
    if (action == ACTION_NONE || (action == ACTION_CUT && --point->passes > 0)) {
        return ACTION_NONE;
    }
    point->action = ACTION_NONE;
    point->hits++;
    atomic_store(&any_armed, is_any_armed());
    return action;
}

bool failpoint_pass(const char *name) {
    if (!atomic_load(&any_armed)) {
        return false;
    }
    pthread_mutex_lock(&lock);
    struct point *point = find(name);
    int64_t pause_ms = point == NULL ? 0 : point->pause_ms;
    enum action action = spend(point);
    pthread_mutex_unlock(&lock);
    if (action == ACTION_CRASH) {
        kill(getpid(), SIGKILL);
    } else if (action == ACTION_PAUSE) {
        log_warn("failpoint pauses", LOG_STR("name", name), LOG_INT("ms", pause_ms));
        clock_sleep_ms(pause_ms);
    }
    return action == ACTION_CUT;
}

static enum rc read_action(const char *text, struct point *point, struct error *error) {
    static const char pause[] = "pause:";
    static const char nth[] = "nth:";
    if (strcmp(text, "crash") == 0) {
        point->action = ACTION_CRASH;
        return RC_OK;
    }
    if (strcmp(text, "cut") == 0) {
        point->action = ACTION_CUT;
        return RC_OK;
    }
    if (strncmp(text, nth, sizeof nth - 1) == 0) {
        point->action = ACTION_CUT;
        point->passes = strtoll(text + sizeof nth - 1, NULL, 10);
        if (point->passes > 0) {
            return RC_OK;
        }
    }
    if (strncmp(text, pause, sizeof pause - 1) == 0) {
        point->action = ACTION_PAUSE;
        point->pause_ms = strtoll(text + sizeof pause - 1, NULL, 10);
        if (point->pause_ms > 0 && point->pause_ms <= PAUSE_MOST_MS) {
            return RC_OK;
        }
    }
    return error_field(error, "unknown-code", "action",
                       "must be crash, cut, nth:<n> or pause:<ms>");
}

enum rc failpoint_arm(const char *name, const char *action, struct error *error) {
    struct point wanted = {.action = ACTION_NONE};
    enum rc rc = read_action(action, &wanted, error);
    if (rc == RC_OK && strlen(name) >= NAME_SIZE) {
        rc = error_field(error, "out-of-bounds", "name", "the name is too long");
    }
    if (rc != RC_OK) {
        return rc;
    }
    pthread_mutex_lock(&lock);
    struct point *point = find(name);
    if (point == NULL && point_count < FAILPOINTS_MOST) {
        point = &points[point_count++];
        snprintf(point->name, sizeof point->name, "%s", name);
    }
    if (point == NULL) {
        rc = error_field(error, "out-of-bounds", "name", "too many failpoints are armed");
    } else {
        point->action = wanted.action;
        point->pause_ms = wanted.pause_ms;
        point->passes = wanted.passes;
        atomic_store(&any_armed, true);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

enum rc failpoint_read_environment(struct error *error) {
    const char *text = getenv("REDRESS_FAILPOINT");
    const char *action = text == NULL ? NULL : strchr(text, '=');
    char name[NAME_SIZE];
    if (text == NULL || text[0] == '\0') {
        return RC_OK;
    }
    if (action == NULL || (size_t)(action - text) >= sizeof name) {
        return error_field(error, "unknown-code", "REDRESS_FAILPOINT", "must be name=action");
    }
    snprintf(name, sizeof name, "%.*s", (int)(action - text), text);
    return failpoint_arm(name, action + 1, error);
}

void failpoint_request(struct http_request *request, void *context) {
    (void)context;
    struct error error;
    const char *name = http_path_value(request, "name");
    const char *action = http_query(request, "action");
    bool arms = strcmp(http_method(request), "POST") == 0;
    enum rc rc = arms ? failpoint_arm(name, action == NULL ? "" : action, &error) : RC_OK;
    if (rc != RC_OK) {
        http_reply_problem(request, 0, &error);
        return;
    }
    pthread_mutex_lock(&lock);
    const struct point *point = find(name);
    json_int_t hits = point == NULL ? 0 : point->hits;
    bool armed = point != NULL && point->action != ACTION_NONE;
    pthread_mutex_unlock(&lock);
    http_reply_json(request, 200,
                    json_pack("{s:s, s:b, s:I}", "name", name, "armed", armed, "hits", hits));
}

#else

// A translation unit may not be empty.
extern int failpoint_absent;
int failpoint_absent;

#endif
