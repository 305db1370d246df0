// SPDX-License-Identifier: Apache-2.0
// A new edition is read and made beside the old one, then put in its place. The lock is held for a
// pointer and a count alone; letting go takes none.
#include "common/region_book.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct edition {
    struct region_edition shown; // first: what holders have
    struct region *owned;        // NULL: borrowed
    void *made;
    void (*unmake)(void *made);
    _Atomic size_t holders; // the book is one while it is the edition of now
};

struct region_book {
    pthread_mutex_t lock; // of now, and of taking hold of it
    struct edition *now;  // NULL: nothing was read yet
    char *directory;      // NULL: borrowed
    struct region_book_options options;
};

static enum rc make_book(struct region_book **out, const struct region_book_options *options,
                         struct error *error) {
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the region");
    }
    pthread_mutex_init(&(*out)->lock, NULL);
    if (options != NULL) {
        (*out)->options = *options;
    }
    return RC_OK;
}

static void free_edition(struct edition *edition) {
    if (edition->unmake != NULL) {
        edition->unmake(edition->made);
    }
    region_free(edition->owned);
    free(edition);
}

static void let_go(struct edition *edition) {
    // Acquire-release: whoever frees it comes after all that others did with it.
    if (edition != NULL &&
        atomic_fetch_sub_explicit(&edition->holders, 1, memory_order_acq_rel) == 1) {
        free_edition(edition);
    }
}

// Makes an edition of a region that the book holds; owned is taken over, also by a failure.
static enum rc make_edition(const struct region_book *book, const struct region *region,
                            struct region *owned, struct edition **out, struct error *error) {
    struct edition *edition = calloc(1, sizeof *edition);
    if (edition == NULL) {
        region_free(owned);
        return error_set(error, RC_INTERNAL, "out of memory for the region");
    }
    edition->owned = owned;
    edition->unmake = book->options.unmake;
    atomic_store(&edition->holders, 1);
    enum rc rc =
        book->options.make == NULL ? RC_OK : book->options.make(region, &edition->made, error);
    if (rc != RC_OK) {
        free_edition(edition);
        return rc;
    }
    edition->shown = (struct region_edition){region, edition->made};
    *out = edition;
    return RC_OK;
}

static void put(struct region_book *book, struct edition *edition) {
    pthread_mutex_lock(&book->lock);
    struct edition *before = book->now;
    book->now = edition;
    pthread_mutex_unlock(&book->lock);
    let_go(before);
}

static enum rc read_edition(struct region_book *book, struct error *error) {
    struct region *region = NULL;
    struct edition *edition = NULL;
    enum rc rc = book->directory == NULL
                     ? error_set(error, RC_INTERNAL, "a borrowed region can't be read again")
                     : region_load(&region, book->directory, error);
    if (rc != RC_OK) {
        region_free(region);
        return rc;
    }
    rc = make_edition(book, region, region, &edition, error);
    if (rc == RC_OK) {
        put(book, edition);
    }
    return rc;
}

enum rc region_book_load(struct region_book **out, const char *directory,
                         const struct region_book_options *options, struct error *error) {
    enum rc rc = make_book(out, options, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (asprintf(&(*out)->directory, "%s", directory) < 0) {
        (*out)->directory = NULL;
        return error_set(error, RC_INTERNAL, "out of memory for the region");
    }
    return read_edition(*out, error);
}

enum rc region_book_borrow(struct region_book **out, const struct region *region,
                           const struct region_book_options *options, struct error *error) {
    struct edition *edition = NULL;
    enum rc rc = make_book(out, options, error);
    rc = rc == RC_OK ? make_edition(*out, region, NULL, &edition, error) : rc;
    if (rc == RC_OK) {
        put(*out, edition);
    }
    return rc;
}

void region_book_free(struct region_book *book) {
    if (book == NULL) {
        return;
    }
    let_go(book->now);
    free(book->directory);
    pthread_mutex_destroy(&book->lock);
    free(book);
}

const struct region_edition *region_book_hold(struct region_book *book) {
    pthread_mutex_lock(&book->lock);
    struct edition *edition = book->now;
    atomic_fetch_add_explicit(&edition->holders, 1, memory_order_relaxed);
    pthread_mutex_unlock(&book->lock);
    return &edition->shown;
}

void region_book_release(const struct region_edition *shown) { let_go((struct edition *)shown); }

enum rc region_book_reload(struct region_book *book, struct error *error) {
    enum rc rc = read_edition(book, error);
    struct metric *metric = rc == RC_OK ? book->options.read : book->options.refused;
    if (metric != NULL) {
        metric_add(metric, 1);
    }
    return rc;
}
