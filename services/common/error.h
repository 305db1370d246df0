// SPDX-License-Identifier: Apache-2.0
// How a function that can fail says so. The failing place fills the text; callers may prefix it;
// it is reported once, at the edge.
#pragma once

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))

// The three verdicts of an edge are retry (UNAVAILABLE), reject (INVALID, NOT_FOUND, CONFLICT,
// FORBIDDEN) and fatal (INTERNAL).
enum rc {
    RC_OK = 0,
    RC_INVALID,     // the input is wrong and stays wrong
    RC_NOT_FOUND,   // what it names does not exist, or not for this caller
    RC_CONFLICT,    // the state has moved on: a stale version, another body, a lost fence
    RC_FORBIDDEN,   // known caller, not allowed
    RC_UNAVAILABLE, // a dependency is down or full; trying again may help
    RC_INTERNAL,    // our own bug or no memory
};

// Owned by the caller, no heap. Never holds a secret or a personal datum.
struct error {
    enum rc rc;
    char code[48];  // stable machine-readable code, "too-long"; may be empty
    char field[96]; // the field, header or option that is wrong, "complainant.phone"; may be empty
    char text[512]; // one sentence for people, English
};

// Fills the error and returns rc. A NULL error is allowed. Macros, so that a reader of the code,
// and an analyzer, sees which rc comes back.
#define error_set(error, verdict, ...)                                                             \
    ({                                                                                             \
        enum rc error_rc_ = (verdict);                                                             \
        error_fill((error), error_rc_, "", "", __VA_ARGS__);                                       \
        error_rc_;                                                                                 \
    })

// Fills the error for one wrong field and returns RC_INVALID.
#define error_field(error, code, field, ...)                                                       \
    ({                                                                                             \
        enum rc error_rc_ = RC_INVALID;                                                            \
        error_fill((error), error_rc_, (code), (field), __VA_ARGS__);                              \
        error_rc_;                                                                                 \
    })

// Use the macros above.
void error_fill(struct error *error, enum rc rc, const char *code, const char *field,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

// Puts context in front of the text, as "region.yaml: ".
void error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
