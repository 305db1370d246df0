// SPDX-License-Identifier: Apache-2.0
// A list by age; all its operations take constant time.
#include "common/admission.h"

void admission_init(struct admission *admission, const struct admission_limits *limits) {
    *admission = (struct admission){.limits = *limits};
    pthread_mutex_init(&admission->lock, NULL);
}

void admission_close(struct admission *admission) { pthread_mutex_destroy(&admission->lock); }

static enum rc judge(const struct admission *admission, size_t bytes, int64_t now_ms,
                     struct error *error) {
    const struct admission_limits *limits = &admission->limits;
    if (admission->count >= limits->count) {
        return error_set(error, RC_UNAVAILABLE, "too many requests wait");
    }
    if (admission->count > 0 && bytes > limits->bytes - admission->bytes) {
        return error_set(error, RC_UNAVAILABLE, "the requests that wait are too large");
    }
    if (admission->count >= limits->sure && admission->eldest != NULL &&
        now_ms - admission->eldest->since_ms > limits->wait_ms) {
        return error_set(error, RC_UNAVAILABLE, "requests wait too long");
    }
    return RC_OK;
}

enum rc admission_judge(struct admission *admission, size_t bytes, int64_t now_ms,
                        struct error *error) {
    pthread_mutex_lock(&admission->lock);
    enum rc rc = judge(admission, bytes, now_ms, error);
    pthread_mutex_unlock(&admission->lock);
    return rc;
}

enum rc admission_enter(struct admission *admission, struct admission_ticket *ticket, size_t bytes,
                        int64_t now_ms, struct error *error) {
    pthread_mutex_lock(&admission->lock);
    enum rc rc = judge(admission, bytes, now_ms, error);
    if (rc == RC_OK) {
        *ticket = (struct admission_ticket){now_ms, bytes, admission->youngest, NULL};
        *(admission->youngest == NULL ? &admission->eldest : &admission->youngest->younger) =
            ticket;
        admission->youngest = ticket;
        admission->count++;
        admission->bytes += bytes;
    }
    pthread_mutex_unlock(&admission->lock);
    return rc;
}

void admission_leave(struct admission *admission, struct admission_ticket *ticket) {
    pthread_mutex_lock(&admission->lock);
    *(ticket->elder == NULL ? &admission->eldest : &ticket->elder->younger) = ticket->younger;
    *(ticket->younger == NULL ? &admission->youngest : &ticket->younger->elder) = ticket->elder;
    admission->count--;
    admission->bytes -= ticket->bytes;
    pthread_mutex_unlock(&admission->lock);
    *ticket = (struct admission_ticket){0};
}
