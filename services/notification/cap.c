// SPDX-License-Identifier: Apache-2.0
// Notices and what there was before are sorted by recipient, so that each recipient is a run.
#include "cap.h"

#include "notification.h"

#include <stdlib.h>
#include <string.h>

// One moment of a recipient: before (notice NULL), or of the batch.
struct moment {
    const char *recipient;
    const char *case_id;
    struct cap_notice *notice;
    int64_t at_ms;
    size_t place;
};

enum rc cap_add(struct cap_batch *batch, const struct cap_notice *notice, struct error *error) {
    if (batch->count == batch->room) {
        size_t room = batch->room == 0 ? 64 : 2 * batch->room;
        struct cap_notice *list = realloc(batch->list, room * sizeof *list);
        if (list == NULL) {
            return error_set(error, RC_INTERNAL, "out of memory for notices");
        }
        batch->list = list;
        batch->room = room;
    }
    batch->list[batch->count++] = *notice;
    return RC_OK;
}

void cap_free(struct cap_batch *batch) {
    free(batch->list);
    *batch = (struct cap_batch){0};
}

static int compare_times(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t cap_next(int64_t *times, size_t count, size_t most, int64_t at_ms) {
    if (count < most) {
        return at_ms;
    }
    qsort(times, count, sizeof *times, compare_times);
    int64_t free_ms = times[count - most] + CAP_HOUR_MS;
    return free_ms > at_ms ? free_ms : at_ms;
}

static int compare_owner(const struct moment *a, const struct moment *b) {
    int order = strcmp(a->recipient, b->recipient);
    return order != 0 ? order : strcmp(a->case_id, b->case_id);
}

// What was before goes first; the batch keeps its order.
static int compare_moments(const void *left, const void *right) {
    const struct moment *a = left;
    const struct moment *b = right;
    int order = compare_owner(a, b);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static size_t collect(struct moment *moments, struct cap_batch *batch, const struct cap_past *past,
                      size_t past_count) {
    size_t count = 0;
    for (size_t i = 0; i < past_count; i++) {
        moments[count] =
            (struct moment){past[i].recipient, past[i].case_id, NULL, past[i].at_ms, count};
        count++;
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct cap_notice *notice = &batch->list[i];
        if (notice->counted) {
            moments[count] =
                (struct moment){notice->recipient, notice->case_id, notice, notice->at_ms, count};
            count++;
        }
    }
    return count;
}

// times has room for all moments.
static void spread(const struct moment *moments, size_t count, size_t most, int64_t *times) {
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        struct cap_notice *notice = moments[i].notice;
        known = i > 0 && compare_owner(&moments[i - 1], &moments[i]) == 0 ? known : 0;
        if (notice != NULL) {
            int64_t at_ms = cap_next(times, known, most, notice->at_ms);
            at_ms = notification_in_time(notice->at_ms, at_ms, notice->latest_ms);
            notice->capped = at_ms > notice->at_ms;
            notice->at_ms = at_ms;
        }
        times[known++] = notice == NULL ? moments[i].at_ms : notice->at_ms;
    }
}

enum rc cap_apply(struct cap_batch *batch, const struct cap_past *past, size_t past_count,
                  size_t most, struct error *error) {
    size_t room = batch->count + past_count;
    if (most == 0 || room == 0) {
        return RC_OK;
    }
    struct moment *moments = calloc(room, sizeof *moments);
    int64_t *times = calloc(room, sizeof *times);
    enum rc rc = moments == NULL || times == NULL
                     ? error_set(error, RC_INTERNAL, "out of memory for notices")
                     : RC_OK;
    if (rc == RC_OK) {
        size_t count = collect(moments, batch, past, past_count);
        qsort(moments, count, sizeof *moments, compare_moments);
        spread(moments, count, most, times);
    }
    free(times);
    free(moments);
    return rc;
}
