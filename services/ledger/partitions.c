// SPDX-License-Identifier: Apache-2.0
#include "partitions.h"

// Its count where it is none of them.
static size_t place_of(const struct partitions *partitions, int32_t number) {
    size_t place = 0;
    while (place < partitions->count && partitions->list[place].number != number) {
        place++;
    }
    return place;
}

static enum rc find_shards(struct partitions *partitions, const char *topic,
                           struct partition *taken, struct error *error) {
    if (!partitions->followed) {
        return RC_OK;
    }
    enum rc rc = partitions->of_topic == 0 ? bus_count_partitions(partitions->producer, topic,
                                                                  &partitions->of_topic, error)
                                           : RC_OK;
    if (rc == RC_OK) {
        taken->shards = relay_shards_of(taken->number, partitions->of_topic);
    }
    return rc;
}

static enum rc take_over(struct partitions *partitions, const char *topic, struct partition *taken,
                         struct error *error) {
    enum rc rc = find_shards(partitions, topic, taken, error);
    rc = rc == RC_OK ? pg_ensure(partitions->pg, error) : rc;
    return rc == RC_OK ? store_take_partition(partitions->pg, topic, taken->number, &taken->epoch,
                                              &taken->next_offset, error)
                       : rc;
}

enum rc partitions_take(struct partitions *partitions, const char *topic, int32_t number,
                        int64_t *offset, struct error *error) {
    struct partition taken = {.number = number};
    enum rc rc = take_over(partitions, topic, &taken, error);
    if (rc != RC_OK) {
        return rc;
    }
    size_t place = place_of(partitions, number);
    if (place == PARTITIONS_MOST) {
        return error_set(error, RC_INTERNAL, "more than %d partitions", PARTITIONS_MOST);
    }
    partitions->count += place == partitions->count;
    partitions->list[place] = taken;
    *offset = taken.next_offset;
    return RC_OK;
}

void partitions_settle(const struct partitions *partitions) {
    relay_shards shards = 0;
    for (size_t i = 0; i < partitions->count; i++) {
        shards |= partitions->list[i].shards;
    }
    if (partitions->followed) {
        relay_follow(partitions->relay, shards);
    }
}

void partitions_lose(struct partitions *partitions, int32_t number) {
    size_t place = place_of(partitions, number);
    if (place < partitions->count) {
        partitions->list[place].shards = 0;
    }
    if (partitions->followed) {
        relay_follow(partitions->relay, RELAY_UNKNOWN);
    }
}

static enum rc add_fence(const struct partitions *partitions, const struct bus_record *record,
                         struct partition_fences *fences, struct error *error) {
    for (size_t i = 0; i < fences->count; i++) {
        if (fences->list[i].partition == record->partition) {
            fences->list[i].next = record->offset + 1;
            return RC_OK;
        }
    }
    size_t place = place_of(partitions, record->partition);
    if (place == partitions->count) {
        return error_set(error, RC_CONFLICT, "partition %d is not ours", record->partition);
    }
    fences->list[fences->count++] = (struct store_fence){
        .topic = record->topic,
        .partition = record->partition,
        .epoch = partitions->list[place].epoch,
        .previous = partitions->list[place].next_offset,
        .next = record->offset + 1,
    };
    return RC_OK;
}

enum rc partitions_fence(const struct partitions *partitions, const struct bus_record *records,
                         size_t count, struct partition_fences *fences, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = add_fence(partitions, &records[i], fences, error);
    }
    return rc;
}

void partitions_move_on(struct partitions *partitions, const struct partition_fences *fences) {
    for (size_t i = 0; i < fences->count; i++) {
        partitions->list[place_of(partitions, fences->list[i].partition)].next_offset =
            fences->list[i].next;
    }
}
