// SPDX-License-Identifier: Apache-2.0
// Readers take no lock: what a reload replaced rests until no request can hold it any more.
#include "common/region_book.h"

#include "common/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct resting {
    struct region *region;
    int64_t since_ms; // monotonic
    struct resting *next;
};

struct region_book {
    _Atomic(struct region *) now;
    char *directory; // NULL: borrowed
    struct resting *resting;
};

static enum rc make(struct region_book **out, struct error *error) {
    *out = calloc(1, sizeof **out);
    return *out == NULL ? error_set(error, RC_INTERNAL, "out of memory for the region") : RC_OK;
}

enum rc region_book_load(struct region_book **out, const char *directory, struct error *error) {
    struct region *region = NULL;
    enum rc rc = make(out, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (asprintf(&(*out)->directory, "%s", directory) < 0) {
        (*out)->directory = NULL;
        return error_set(error, RC_INTERNAL, "out of memory for the region");
    }
    rc = region_load(&region, directory, error);
    atomic_store(&(*out)->now, region);
    return rc;
}

enum rc region_book_borrow(struct region_book **out, struct region *region, struct error *error) {
    enum rc rc = make(out, error);
    if (rc == RC_OK) {
        atomic_store(&(*out)->now, region);
    }
    return rc;
}

const struct region *region_book_now(const struct region_book *book) {
    return atomic_load(&book->now);
}

// Frees what has rested since before this moment.
static void free_rested(struct region_book *book, int64_t before_ms) {
    struct resting **at = &book->resting;
    while (*at != NULL) {
        struct resting *entry = *at;
        if (entry->since_ms > before_ms) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        region_free(entry->region);
        free(entry);
    }
}

enum rc region_book_reload(struct region_book *book, struct error *error) {
    struct region *region = NULL;
    int64_t now_ms = clock_monotonic_ms();
    struct resting *rests = calloc(1, sizeof *rests);
    enum rc rc = rests == NULL ? error_set(error, RC_INTERNAL, "out of memory for the region")
                 : book->directory == NULL
                     ? error_set(error, RC_INTERNAL, "a borrowed region can't be read again")
                     : region_load(&region, book->directory, error);
    if (rc != RC_OK) {
        region_free(region);
        free(rests);
        return rc;
    }
    free_rested(book, now_ms - REGION_BOOK_REST_MS);
    *rests = (struct resting){atomic_exchange(&book->now, region), now_ms, book->resting};
    book->resting = rests;
    return RC_OK;
}

void region_book_free(struct region_book *book) {
    if (book == NULL) {
        return;
    }
    free_rested(book, INT64_MAX);
    if (book->directory != NULL) {
        region_free(atomic_load(&book->now));
    }
    free(book->directory);
    free(book);
}
