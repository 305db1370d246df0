// SPDX-License-Identifier: Apache-2.0
#include "bus_prefetch.h"

#include "common/clock.h"

#define WORTH 1000  // records
#define EVERY_MS 50 // a full queue lasts longer
#define ASK_MS 300  // above the longest fetch.wait.max.ms: the answer comes after a fetch's
#define SILENT_MS 1000

bool bus_prefetch_is_due(const struct bus_prefetch *prefetch, int64_t fetched, int64_t lag,
                         int64_t now_ms) {
    return fetched < PREFETCH_RECORDS / 2 && lag - fetched >= WORTH && now_ms >= prefetch->next_ms;
}

static int64_t count_fetched(rd_kafka_t *handle) {
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(handle);
    int64_t count = (int64_t)rd_kafka_queue_length(queue);
    rd_kafka_queue_destroy(queue);
    return count;
}

// One request to each leader; the answer is of no use.
static bool ask(rd_kafka_t *handle) {
    rd_kafka_topic_partition_list_t *list = NULL;
    if (rd_kafka_assignment(handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset = RD_KAFKA_OFFSET_END;
    }
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(handle, list, ASK_MS);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void bus_prefetch_turn(struct bus_prefetch *prefetch, rd_kafka_t *handle, int64_t lag) {
    if (bus_prefetch_is_due(prefetch, count_fetched(handle), lag, clock_monotonic_ms())) {
        bool answered = ask(handle);
        prefetch->next_ms = clock_monotonic_ms() + (answered ? EVERY_MS : SILENT_MS);
    }
}
