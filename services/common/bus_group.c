// SPDX-License-Identifier: Apache-2.0
// A consumer that librdkafka does not bring back sends no heartbeats either (it sends them while it
// has partitions or waits for the application): after a session of 10 s it is in no group. So who
// is in one that rebalances has asked to be in it, and is not the one that it waits for.
#include "bus_group.h"

#include <string.h>

#define ASK_MS 1000
#define NAME_SIZE 256

static bool is_rebalancing(const struct rd_kafka_group_info *group) {
    return group->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
           (strcmp(group->state, "PreparingRebalance") == 0 ||
            strcmp(group->state, "CompletingRebalance") == 0);
}

static bool has_member(const struct rd_kafka_group_info *group, const char *id) {
    int place = 0;
    while (place < group->member_cnt && strcmp(group->members[place].member_id, id) != 0) {
        place++;
    }
    return place < group->member_cnt;
}

bool bus_group_waits(rd_kafka_t *handle) {
    const struct rd_kafka_group_list *list = NULL;
    char name[NAME_SIZE];
    size_t size = sizeof name;
    if (rd_kafka_conf_get(rd_kafka_conf(handle), "group.id", name, &size) != RD_KAFKA_CONF_OK) {
        return false;
    }
    // A list may come with an error: where some brokers answered and others did not.
    (void)rd_kafka_list_groups(handle, name, &list, ASK_MS);
    if (list == NULL) {
        return false;
    }
    char *id = rd_kafka_memberid(handle);
    bool waits = false;
    for (int i = 0; i < list->group_cnt && id != NULL; i++) {
        waits = waits || (is_rebalancing(&list->groups[i]) && has_member(&list->groups[i], id));
    }
    rd_kafka_mem_free(handle, id);
    rd_kafka_group_list_destroy(list);
    return waits;
}
