// SPDX-License-Identifier: Apache-2.0
// A table that is searched from end to end: 4,096 short rows take microseconds, and no choice of
// codes can crowd one out of its place.
#include "attempts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 4096
#define SHARED_A_SECOND 50
#define FIRST_WAIT_MS 60000
#define LONGEST_WAIT_MS 1800000

struct row {
    char code[IDENT_TRACKING_SIZE];
    int64_t wrong; // 0: free
    int64_t last_ms;
};

struct attempts {
    pthread_mutex_t lock;
    struct row rows[ROWS];
    int64_t second; // of the budget
    unsigned shared;
};

int64_t attempts_wait_ms(int64_t wrong, int64_t last_ms, int64_t now_ms) {
    int64_t wait = FIRST_WAIT_MS;
    if (wrong < ATTEMPTS_FREE) {
        return 0;
    }
    for (int64_t i = ATTEMPTS_FREE; i < wrong && wait < LONGEST_WAIT_MS; i++) {
        wait *= 2;
    }
    wait = wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
    // Another machine's clock may be ahead of ours.
    int64_t passed = now_ms > last_ms ? now_ms - last_ms : 0;
    return passed < wait ? wait - passed : 0;
}

enum rc attempts_new(struct attempts **out, struct error *error) {
    struct attempts *attempts = calloc(1, sizeof *attempts);
    *out = attempts;
    if (attempts == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for attempts");
    }
    pthread_mutex_init(&attempts->lock, NULL);
    return RC_OK;
}

void attempts_free(struct attempts *attempts) {
    if (attempts != NULL) {
        pthread_mutex_destroy(&attempts->lock);
        free(attempts);
    }
}

// The code's row, or the one to use for it: a free one, else the one longest untouched.
static struct row *find(struct attempts *attempts, const char *code, int64_t now_ms) {
    struct row *best = &attempts->rows[0];
    for (size_t i = 0; i < ROWS; i++) {
        struct row *row = &attempts->rows[i];
        if (row->wrong > 0 && now_ms - row->last_ms >= ATTEMPTS_LIFE_MS) {
            *row = (struct row){.wrong = 0};
        }
        if (row->wrong > 0 && strcmp(row->code, code) == 0) {
            return row;
        }
        best = row->last_ms < best->last_ms ? row : best;
    }
    return best;
}

static bool is_row_of(const struct row *row, const char *code) {
    return row->wrong > 0 && strcmp(row->code, code) == 0;
}

int64_t attempts_of(struct attempts *attempts, const char code[IDENT_TRACKING_SIZE],
                    int64_t now_ms) {
    pthread_mutex_lock(&attempts->lock);
    const struct row *row = find(attempts, code, now_ms);
    int64_t wait = is_row_of(row, code) ? attempts_wait_ms(row->wrong, row->last_ms, now_ms) : 0;
    pthread_mutex_unlock(&attempts->lock);
    return wait;
}

bool attempts_count(struct attempts *attempts, const char code[IDENT_TRACKING_SIZE],
                    int64_t now_ms) {
    pthread_mutex_lock(&attempts->lock);
    struct row *row = find(attempts, code, now_ms);
    if (!is_row_of(row, code)) {
        snprintf(row->code, sizeof row->code, "%s", code);
        row->wrong = 0;
    }
    row->wrong++;
    row->last_ms = now_ms;
    if (attempts->second != now_ms / 1000) {
        attempts->second = now_ms / 1000;
        attempts->shared = 0;
    }
    bool share = attempts->shared < SHARED_A_SECOND;
    attempts->shared += share ? 1 : 0;
    pthread_mutex_unlock(&attempts->lock);
    return share;
}
