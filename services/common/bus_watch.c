// SPDX-License-Identifier: Apache-2.0
// Nothing is taken for stuck while no broker answers, its group waits for another member or nothing
// comes. That the ends move is what counts, not the lag: what compaction removed is never read.
// Where they move by what was aborted, another reader finds nothing either.
#include "bus_watch.h"

#include "bus_group.h"
#include "bus_private.h"
#include "common/clock.h"

#define LOOK_MS 5000
#define ASK_MS 1000
#define UNREAD 3
#define UNASSIGNED 4 // who left its group without a word is in it for a session of 10 s more

bool bus_watch_judge(struct bus_watch *watch, const struct bus_look *look) {
    bool comparable = look->assigned && look->ends >= 0 && watch->ends >= 0;
    bool without = look->reachable && !look->assigned && !look->rebalanced && !look->held;
    watch->unassigned = without ? watch->unassigned + 1 : 0;
    if (!look->assigned || !look->reachable || look->took) {
        watch->unread = 0;
    } else if (comparable && look->ends > watch->ends) {
        watch->unread++;
    }
    watch->ends = look->assigned ? look->ends : -1;
    return watch->unread >= UNREAD || watch->unassigned >= UNASSIGNED;
}

static bool is_reachable(rd_kafka_t *handle) {
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(handle, 0, NULL, &metadata, ASK_MS) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    rd_kafka_metadata_destroy(metadata);
    return true;
}

// False where a broker does not say.
static bool sum_ends(rd_kafka_t *handle, int64_t *ends) {
    rd_kafka_topic_partition_list_t *list = NULL;
    int64_t sum = 0;
    if (rd_kafka_assignment(handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    bool known = true;
    for (int i = 0; i < list->cnt && known; i++) {
        int64_t low = 0;
        int64_t high = 0;
        known =
            rd_kafka_query_watermark_offsets(handle, list->elems[i].topic, list->elems[i].partition,
                                             &low, &high, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
        sum += high;
    }
    rd_kafka_topic_partition_list_destroy(list);
    *ends = known ? sum : -1;
    return known;
}

// Once may be chance: what just came is taken a moment later.
bool bus_watch_doubts(const struct bus_watch *watch) {
    return watch->unread > 1 || watch->unassigned > 1;
}

bool bus_watch_turn(struct bus_watch *watch, rd_kafka_t *handle) {
    int64_t now = clock_monotonic_ms();
    struct bus_look look = {.took = watch->took,
                            .rebalanced = watch->rebalanced,
                            .assigned = watch->assigned,
                            .ends = -1};
    bool begins = watch->next_ms == 0;
    if (now < watch->next_ms) {
        return false;
    }
    watch->next_ms = now + LOOK_MS;
    watch->took = false;
    watch->rebalanced = false;
    if (begins) {
        return false;
    }
    if (look.took) { // it reads: nobody need be asked
        look.reachable = true;
    } else if (look.assigned) {
        look.reachable = sum_ends(handle, &look.ends);
    } else {
        look.reachable = is_reachable(handle);
        look.held = look.reachable && bus_group_waits(handle);
    }
    bool stuck = bus_watch_judge(watch, &look);
    if (bus_watch_doubts(watch) && look.assigned && !bus_is_readable(handle)) {
        watch->unread = 0;
        return false;
    }
    return stuck;
}
