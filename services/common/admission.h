// SPDX-License-Identifier: Apache-2.0
// Load shedding by what is inside: one more is let in while their number and bytes are bounded and
// the eldest has not waited too long. When more comes than goes, the eldest's wait grows to its
// bound and stays there, and the excess is refused at once; when nothing goes any more, it is
// refused as soon as that shows. The bound needs no tuning to the machine: it is a wait, not a
// rate. Safe from any thread.
#pragma once

#include "common/error.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

// Of one that is inside, on its owner's storage; zero while it is not.
struct admission_ticket {
    int64_t since_ms;
    size_t bytes;
    struct admission_ticket *elder;
    struct admission_ticket *younger;
};

struct admission_limits {
    size_t count;
    size_t bytes;
    size_t sure;     // so many may come in however long the eldest waits
    int64_t wait_ms; // of the eldest
};

struct admission {
    struct admission_limits limits;
    pthread_mutex_t lock; // guards what follows
    struct admission_ticket *eldest;
    struct admission_ticket *youngest;
    size_t count;
    size_t bytes;
};

void admission_init(struct admission *admission, const struct admission_limits *limits);
void admission_close(struct admission *admission);
// Whether one could enter now, before work is spent on it; RC_UNAVAILABLE tells why not.
MUST_CHECK enum rc admission_judge(struct admission *admission, size_t bytes, int64_t now_ms,
                                   struct error *error);
// RC_UNAVAILABLE tells why not; the ticket is left alone then. now_ms is monotonic.
MUST_CHECK enum rc admission_enter(struct admission *admission, struct admission_ticket *ticket,
                                   size_t bytes, int64_t now_ms, struct error *error);
// Once for each that entered.
void admission_leave(struct admission *admission, struct admission_ticket *ticket);
