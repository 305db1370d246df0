// SPDX-License-Identifier: Apache-2.0
// Loaded beside the old one, then swapped under the lock.
#include "rulebook.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct rulebook {
    pthread_rwlock_t lock;
    char *directory;      // NULL: borrowed
    struct region *owned; // NULL: borrowed
    struct timer_rules rules;
};

static enum rc make(struct rulebook **out, struct error *error) {
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the rulebook");
    }
    pthread_rwlock_init(&(*out)->lock, NULL);
    return RC_OK;
}

enum rc rulebook_load(struct rulebook **out, const char *directory, struct error *error) {
    enum rc rc = make(out, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (asprintf(&(*out)->directory, "%s", directory) < 0) {
        (*out)->directory = NULL;
        return error_set(error, RC_INTERNAL, "out of memory for the rulebook");
    }
    return rulebook_reload(*out, error);
}

enum rc rulebook_borrow(struct rulebook **out, const struct region *region, struct error *error) {
    enum rc rc = make(out, error);
    return rc == RC_OK ? timer_rules_init(&(*out)->rules, region, error) : rc;
}

enum rc rulebook_reload(struct rulebook *rulebook, struct error *error) {
    struct region *region = NULL;
    struct timer_rules rules;
    enum rc rc = rulebook->directory == NULL
                     ? error_set(error, RC_INTERNAL, "a borrowed region can't be loaded again")
                     : region_load(&region, rulebook->directory, error);
    rc = rc == RC_OK ? timer_rules_init(&rules, region, error) : rc;
    if (rc != RC_OK) {
        region_free(region);
        return rc;
    }
    pthread_rwlock_wrlock(&rulebook->lock);
    struct region *before = rulebook->owned;
    rulebook->owned = region;
    rulebook->rules = rules;
    pthread_rwlock_unlock(&rulebook->lock);
    region_free(before);
    return RC_OK;
}

const struct timer_rules *rulebook_hold(struct rulebook *rulebook) {
    pthread_rwlock_rdlock(&rulebook->lock);
    return &rulebook->rules;
}

void rulebook_release(struct rulebook *rulebook) { pthread_rwlock_unlock(&rulebook->lock); }

void rulebook_free(struct rulebook *rulebook) {
    if (rulebook == NULL) {
        return;
    }
    region_free(rulebook->owned);
    free(rulebook->directory);
    pthread_rwlock_destroy(&rulebook->lock);
    free(rulebook);
}
