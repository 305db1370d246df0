// SPDX-License-Identifier: Apache-2.0
// Consumers: what the coordinator wants is served in their polls, records are fetched from where
// they stand, and commits may be lost.
#include "kafka_inside.h"

#include "faults.h"

#include "common/bus_prefetch.h"

#include <stdlib.h>
#include <string.h>

static rd_kafka_topic_partition_list_t *list_of(const struct slot *slots, size_t count) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(SLOTS);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(list, slots[i].topic->name, (int32_t)slots[i].partition);
    }
    return list;
}

static void tell(struct rd_kafka_s *handle, rd_kafka_resp_err_t code, const struct slot *slots,
                 size_t count) {
    rd_kafka_topic_partition_list_t *list = list_of(slots, count);
    handle->conf.rebalance(handle, code, list, handle->conf.opaque);
    rd_kafka_topic_partition_list_destroy(list);
}

// Serves what the coordinator wants; true when it did something.
static bool serve_group(struct rd_kafka_s *handle) {
    if (handle->must_revoke) {
        tell(handle, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, handle->slots, handle->slot_count);
        handle->must_revoke = false;
        handle->slot_count = 0;
        if (kafka_group_has(handle)) {
            handle->ready = true;
            kafka_group_complete(handle->group);
        }
        return true;
    }
    if (handle->must_join) {
        kafka_group_join(handle);
        return true;
    }
    if (handle->must_assign) {
        struct slot offered[SLOTS];
        size_t count = handle->offered_count;
        memcpy(offered, handle->offered, sizeof offered);
        handle->must_assign = false;
        handle->slot_count = 0;
        tell(handle, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, offered, count);
        return true;
    }
    return false;
}

rd_kafka_resp_err_t rd_kafka_assign(rd_kafka_t *handle,
                                    const rd_kafka_topic_partition_list_t *list) {
    handle->slot_count = 0;
    for (int i = 0; list != NULL && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *entry = &list->elems[i];
        struct kafka_topic *topic = kafka_topic(entry->topic);
        int64_t offset =
            entry->offset >= 0
                ? entry->offset
                : handle->group->committed[kafka_topic_number(topic)][entry->partition];
        if (entry->offset == RD_KAFKA_OFFSET_BEGINNING) {
            offset = 0;
        }
        handle->slots[handle->slot_count++] = (struct slot){
            .topic = topic, .partition = (size_t)entry->partition, .position = (size_t)offset};
        sim_trace("kafka: gets %s/%d at %lld", entry->topic, entry->partition, (long long)offset);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_message_t *fetch(struct rd_kafka_s *handle) {
    size_t from = handle->slot_count == 0 ? 0 : sim_below((uint32_t)handle->slot_count);
    for (size_t i = 0; i < handle->slot_count; i++) {
        struct slot *slot = &handle->slots[(from + i) % handle->slot_count];
        const struct kafka_partition *partition = &slot->topic->partitions[slot->partition];
        if (slot->position >= partition->count || (slot->paused && !handle->fetched_ahead)) {
            continue;
        }
        handle->fetched_ahead = false;
        const struct kafka_record *record = &partition->records[slot->position];
        struct message *message = calloc(1, sizeof *message);
        if (message == NULL) {
            abort();
        }
        message->record = record;
        message->public = (rd_kafka_message_t){.rkt = (rd_kafka_topic_t *)slot->topic,
                                               .partition = (int32_t)slot->partition,
                                               .payload = (void *)record->value,
                                               .len = record->value_size,
                                               .key = (void *)record->key,
                                               .key_len = record->key_size,
                                               .offset = (int64_t)slot->position};
        slot->position++;
        return &message->public;
    }
    return NULL;
}

static bool is_paused(const struct rd_kafka_s *handle) {
    return handle->slot_count > 0 && handle->slots[0].paused;
}

rd_kafka_message_t *rd_kafka_consumer_poll(rd_kafka_t *handle, int timeout_ms) {
    int64_t until = sim.now_ms + timeout_ms;
    for (;;) {
        if (!sim_io("poll") || kafka_is_dead(handle)) {
            sim_yield();
            return NULL;
        }
        if (serve_group(handle)) {
            continue;
        }
        rd_kafka_message_t *message =
            faults_is_down(FAULT_KAFKA_DOWN) || (timeout_ms == 0 && sim_chance(4)) ? NULL
                                                                                   : fetch(handle);
        handle->idle = message == NULL && timeout_ms > 0 && !is_paused(handle);
        if (message != NULL || sim.now_ms >= until) {
            return message;
        }
        sim_wait(handle, handle->idle ? sim_drowse(until) : until);
        if (sim.now_ms >= until && !handle->must_revoke && !handle->must_assign) {
            message = fetch(handle);
            handle->idle = handle->idle && message == NULL;
            return message;
        }
    }
}

void rd_kafka_message_destroy(rd_kafka_message_t *message) { free(message); }

const char *rd_kafka_topic_name(const rd_kafka_topic_t *topic) {
    return ((const struct kafka_topic *)topic)->name;
}

int64_t rd_kafka_message_timestamp(const rd_kafka_message_t *message,
                                   rd_kafka_timestamp_type_t *type) {
    *type = RD_KAFKA_TIMESTAMP_CREATE_TIME;
    return ((const struct message *)message)->record->at_ms;
}

rd_kafka_resp_err_t rd_kafka_message_headers(const rd_kafka_message_t *message,
                                             rd_kafka_headers_t **headers) {
    *headers = ((const struct message *)message)->record->headers;
    return *headers == NULL ? RD_KAFKA_RESP_ERR__NOENT : RD_KAFKA_RESP_ERR_NO_ERROR;
}

// A commit may be lost; one of a member that was thrown out is refused.
rd_kafka_resp_err_t rd_kafka_commit(rd_kafka_t *handle, const rd_kafka_topic_partition_list_t *list,
                                    int asynchronous) {
    (void)asynchronous;
    if (kafka_is_dead(handle) || !kafka_group_has(handle) || (!sim.healing && sim_chance(8))) {
        return RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
    }
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *entry = &list->elems[i];
        handle->group->committed[kafka_topic_number(kafka_topic(entry->topic))][entry->partition] =
            entry->offset;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_assignment(rd_kafka_t *handle,
                                        rd_kafka_topic_partition_list_t **list) {
    *list = list_of(handle->slots, handle->slot_count);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void pause_all(struct rd_kafka_s *handle, bool paused) {
    for (size_t i = 0; i < handle->slot_count; i++) {
        handle->slots[i].paused = paused;
    }
    handle->fetched_ahead = paused && sim_chance(2);
}

rd_kafka_resp_err_t rd_kafka_pause_partitions(rd_kafka_t *handle,
                                              rd_kafka_topic_partition_list_t *list) {
    (void)list;
    pause_all(handle, true);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_resume_partitions(rd_kafka_t *handle,
                                               rd_kafka_topic_partition_list_t *list) {
    (void)list;
    pause_all(handle, false);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static struct slot *find_slot(struct rd_kafka_s *handle, const char *topic, int32_t partition) {
    for (size_t i = 0; i < handle->slot_count; i++) {
        if (handle->slots[i].partition == (size_t)partition &&
            strcmp(handle->slots[i].topic->name, topic) == 0) {
            return &handle->slots[i];
        }
    }
    return NULL;
}

rd_kafka_error_t *rd_kafka_seek_partitions(rd_kafka_t *handle,
                                           rd_kafka_topic_partition_list_t *list, int timeout_ms) {
    (void)timeout_ms;
    for (int i = 0; i < list->cnt; i++) {
        struct slot *slot = find_slot(handle, list->elems[i].topic, list->elems[i].partition);
        if (slot != NULL) {
            slot->position = (size_t)list->elems[i].offset;
        }
    }
    return NULL;
}

// Nothing is fetched ahead here.
void bus_prefetch_turn(struct bus_prefetch *prefetch, rd_kafka_t *handle, int64_t lag) {
    (void)prefetch;
    (void)handle;
    (void)lag;
}

// Nothing is aborted here: where the ends moved there is something to read.
bool bus_is_readable(rd_kafka_t *handle) {
    (void)handle;
    return true;
}

rd_kafka_resp_err_t rd_kafka_position(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; i < list->cnt; i++) {
        struct slot *slot = find_slot(handle, list->elems[i].topic, list->elems[i].partition);
        list->elems[i].offset = slot == NULL ? -1 : (int64_t)slot->position;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_get_watermark_offsets(rd_kafka_t *handle, const char *topic,
                                                   int32_t partition, int64_t *low, int64_t *high) {
    (void)handle;
    *low = 0;
    *high = (int64_t)kafka_topic(topic)->partitions[partition].count;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(rd_kafka_t *handle, const char *topic,
                                                     int32_t partition, int64_t *low, int64_t *high,
                                                     int timeout_ms) {
    (void)timeout_ms;
    return kafka_is_dead(handle) || faults_is_down(FAULT_KAFKA_DOWN)
               ? RD_KAFKA_RESP_ERR__TRANSPORT
               : rd_kafka_get_watermark_offsets(handle, topic, partition, low, high);
}

rd_kafka_resp_err_t rd_kafka_poll_set_consumer(rd_kafka_t *handle) {
    (void)handle;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_subscribe(rd_kafka_t *handle,
                                       const rd_kafka_topic_partition_list_t *list) {
    handle->group = kafka_group_find(handle->conf.group);
    handle->subscribed_count = 0;
    for (int i = 0; i < list->cnt; i++) {
        handle->subscribed[handle->subscribed_count++] = kafka_topic(list->elems[i].topic);
    }
    handle->must_join = true;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_unsubscribe(rd_kafka_t *handle) {
    kafka_group_leave(handle);
    handle->must_revoke = handle->slot_count > 0;
    handle->must_join = false;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_subscription(rd_kafka_t *handle,
                                          rd_kafka_topic_partition_list_t **list) {
    *list = rd_kafka_topic_partition_list_new(4);
    for (size_t i = 0; i < handle->subscribed_count; i++) {
        rd_kafka_topic_partition_list_add(*list, handle->subscribed[i]->name,
                                          RD_KAFKA_PARTITION_UA);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_consumer_close(rd_kafka_t *handle) {
    if (!kafka_is_dead(handle)) {
        if (handle->slot_count > 0) {
            tell(handle, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, handle->slots, handle->slot_count);
        }
        kafka_group_leave(handle);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_committed(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list,
                                       int timeout_ms) {
    (void)timeout_ms;
    if (!sim_io("committed offsets") || faults_is_down(FAULT_KAFKA_DOWN)) {
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_topic_partition_t *entry = &list->elems[i];
        int64_t offset =
            handle->group
                ->committed[kafka_topic_number(kafka_topic(entry->topic))][entry->partition];
        entry->err = RD_KAFKA_RESP_ERR_NO_ERROR;
        entry->offset = offset > 0 ? offset : RD_KAFKA_OFFSET_INVALID;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Thrown out: what it had may be another's already.
int rd_kafka_assignment_lost(rd_kafka_t *handle) { return !kafka_group_has(handle); }
