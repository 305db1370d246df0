// SPDX-License-Identifier: Apache-2.0
// Topics, groups and the calls of librdkafka that common/bus_*.c makes. Eager rebalancing: everyone
// gives everything back before anyone gets anything; a member that does not poll holds it up until
// its session expires, and then is a zombie that does not know it yet.
#include "kafka.h"

#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPICS 6
#define GROUPS 6 // of intake, ledger, sla-timer and notification four are used
#define MEMBERS 8
#define HANDLES 512
#define SLOTS 16
#define SESSION_MS 10000
#define DELIVERY_MS 10000

struct rd_kafka_conf_s {
    char group[64];
    bool gapless;
    void *opaque;
    void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *);
    void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t *, void *);
};

struct outgoing {
    struct outgoing *next;
    struct kafka_topic *topic;
    struct kafka_record record;
    void *opaque;
    int64_t deadline_ms;
    rd_kafka_resp_err_t code;
    rd_kafka_msg_status_t status;
};

struct outgoing_list {
    struct outgoing *first, *last;
};

struct slot {
    struct kafka_topic *topic;
    size_t partition;
    size_t position;
    bool paused;
};

struct group;

struct rd_kafka_s {
    struct rd_kafka_conf_s conf;
    bool producing;
    bool closed;
    struct process *process;
    struct outgoing_list waiting; // not yet at the broker
    struct outgoing_list ended;   // reports on their way or due
    size_t due;                   // of ended
    bool sending;                 // an event is under way
    struct group *group;
    struct kafka_topic *subscribed[4];
    size_t subscribed_count;
    struct slot slots[SLOTS]; // assigned
    size_t slot_count;
    struct slot offered[SLOTS];
    size_t offered_count;
    bool must_revoke;
    bool must_join;
    bool must_assign;
    bool ready;         // gave everything back
    bool idle;          // polls with nothing in hand
    bool fetched_ahead; // one record may still come after a pause
};

struct group {
    char name[64];
    struct rd_kafka_s *members[MEMBERS];
    size_t member_count;
    int64_t committed[TOPICS][KAFKA_PARTITIONS];
};

struct message {
    rd_kafka_message_t public;
    const struct kafka_record *record;
    rd_kafka_msg_status_t status;
};

static struct kafka_topic topics[TOPICS] = {
    {.name = "redress.inbound", .partition_count = 2},
    {.name = "redress.proposals", .partition_count = 3},
    {.name = "redress.facts", .partition_count = 3},
    {.name = "redress.contacts", .partition_count = 2},
    {.name = "redress.notices", .partition_count = 1},
    {.name = "redress.dead-letters", .partition_count = 1},
};
static struct group groups[GROUPS];
static size_t group_count;
static struct rd_kafka_s *handles[HANDLES];
static size_t handle_count;

void kafka_reset(void) {
    for (size_t t = 0; t < TOPICS; t++) {
        for (size_t p = 0; p < KAFKA_PARTITIONS; p++) {
            struct kafka_partition *partition = &topics[t].partitions[p];
            for (size_t i = 0; i < partition->count; i++) {
                if (partition->records[i].headers != NULL) {
                    rd_kafka_headers_destroy(partition->records[i].headers);
                }
            }
            *partition = (struct kafka_partition){0};
        }
    }
    group_count = 0;
    handle_count = 0;
}

struct kafka_topic *kafka_topic(const char *name) {
    for (size_t i = 0; i < TOPICS; i++) {
        if (topics[i].name != NULL && strcmp(topics[i].name, name) == 0) {
            return &topics[i];
        }
    }
    fprintf(stderr, "the simulation has no topic %s\n", name);
    abort();
}

static size_t number_of(const struct kafka_topic *topic) { return (size_t)(topic - topics); }

static size_t partition_of(const struct kafka_topic *topic, const void *key, size_t size) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const unsigned char *)key)[i]) * 16777619u;
    }
    return (hash >> 8) % topic->partition_count;
}

static void *copy(const void *bytes, size_t size) {
    if (bytes == NULL) {
        return NULL;
    }
    return memcpy(sim_alloc(size + 1), bytes, size);
}

static void wake_readers(const struct kafka_topic *topic, size_t partition) {
    for (size_t h = 0; h < handle_count; h++) {
        struct rd_kafka_s *handle = handles[h];
        for (size_t i = 0; i < handle->slot_count; i++) {
            if (handle->slots[i].topic == topic && handle->slots[i].partition == partition) {
                sim_wake(handle, true);
            }
        }
    }
}

static void append(struct kafka_topic *topic, const struct kafka_record *record) {
    size_t number = partition_of(topic, record->key, record->key_size);
    struct kafka_partition *partition = &topic->partitions[number];
    if (partition->count == partition->room) {
        size_t room = partition->room == 0 ? 64 : partition->room * 2;
        struct kafka_record *records = sim_alloc(room * sizeof *records);
        if (partition->count > 0) {
            memcpy(records, partition->records, partition->count * sizeof *records);
        }
        partition->records = records;
        partition->room = room;
    }
    partition->records[partition->count] = *record;
    partition->records[partition->count].at_ms = SIM_WALL_BASE_MS + sim.now_ms;
    sim_trace("kafka: %s/%zu@%zu", topic->name, number, partition->count);
    partition->count++;
    wake_readers(topic, number);
}

void kafka_append(struct kafka_topic *topic, const void *key, size_t key_size, const void *value,
                  size_t value_size, rd_kafka_headers_t *headers) {
    const struct kafka_record record = {copy(key, key_size), key_size, copy(value, value_size),
                                        value_size,          headers,  0};
    append(topic, &record);
}

int64_t kafka_committed(const char *group, const struct kafka_topic *topic, size_t partition) {
    for (size_t i = 0; i < group_count; i++) {
        if (strcmp(groups[i].name, group) == 0) {
            return groups[i].committed[number_of(topic)][partition];
        }
    }
    return 0;
}

// Configuration

rd_kafka_conf_t *rd_kafka_conf_new(void) { return calloc(1, sizeof(rd_kafka_conf_t)); }

void rd_kafka_conf_destroy(rd_kafka_conf_t *conf) { free(conf); }

rd_kafka_conf_res_t rd_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                                      char *text, size_t room) {
    (void)text;
    (void)room;
    if (strcmp(name, "group.id") == 0) {
        snprintf(conf->group, sizeof conf->group, "%s", value);
    }
    conf->gapless = conf->gapless ||
                    (strcmp(name, "enable.gapless.guarantee") == 0 && strcmp(value, "true") == 0);
    return RD_KAFKA_CONF_OK;
}

void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t *conf,
                                 void (*call)(rd_kafka_t *, const rd_kafka_message_t *, void *)) {
    conf->delivered = call;
}

void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf,
                                void (*call)(rd_kafka_t *, int, const char *, void *)) {
    (void)conf;
    (void)call;
}

void rd_kafka_conf_set_log_cb(rd_kafka_conf_t *conf,
                              void (*call)(const rd_kafka_t *, int, const char *, const char *)) {
    (void)conf;
    (void)call;
}

void rd_kafka_conf_set_rebalance_cb(rd_kafka_conf_t *conf,
                                    void (*call)(rd_kafka_t *, rd_kafka_resp_err_t,
                                                 rd_kafka_topic_partition_list_t *, void *)) {
    conf->rebalance = call;
}

void rd_kafka_conf_set_opaque(rd_kafka_conf_t *conf, void *opaque) { conf->opaque = opaque; }

rd_kafka_t *rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text, size_t room) {
    struct rd_kafka_s *handle = sim_alloc(sizeof *handle);
    (void)text;
    (void)room;
    if (handle_count == HANDLES) {
        abort();
    }
    handle->conf = *conf;
    handle->producing = type == RD_KAFKA_PRODUCER;
    handle->process = sim_process();
    handles[handle_count++] = handle;
    free(conf);
    return handle;
}

static bool is_dead(const struct rd_kafka_s *handle) {
    return handle->process != NULL && handle->process->dead;
}

// Producing

static void push(struct outgoing_list *list, struct outgoing *message) {
    message->next = NULL;
    if (list->first == NULL) {
        list->first = message;
    } else {
        list->last->next = message;
    }
    list->last = message;
}

static struct outgoing *pop(struct outgoing_list *list) {
    struct outgoing *message = list->first;
    list->first = message->next;
    return message;
}

static void report_due(void *context, int64_t count) {
    struct rd_kafka_s *handle = context;
    handle->due += (size_t)count;
    sim_wake(handle, true);
}

static int64_t some_delay(void) {
    static const uint32_t most[] = {1, 1, 5, 5, 60, 2000};
    return sim_below(most[sim_below(6)]);
}

static void end_message(struct rd_kafka_s *handle, rd_kafka_resp_err_t code,
                        rd_kafka_msg_status_t status) {
    struct outgoing *message = pop(&handle->waiting);
    message->code = code;
    message->status = status;
    push(&handle->ended, message);
}

// The broker has it; whether the producer hears of it is another matter.
static void accept_one(struct rd_kafka_s *handle) {
    append(handle->waiting.first->topic, &handle->waiting.first->record);
    if (!handle->conf.gapless && !sim.healing && faults_is_down(FAULT_KAFKA_DOWN)) {
        end_message(handle, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                    RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
    } else {
        end_message(handle, RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_MSG_STATUS_PERSISTED);
    }
}

static void expire_one(struct rd_kafka_s *handle) {
    bool sent = sim_chance(2); // and if so the broker never got it
    if (handle->waiting.first->record.headers != NULL) {
        rd_kafka_headers_destroy(handle->waiting.first->record.headers);
    }
    end_message(handle, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                sent ? RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED : RD_KAFKA_MSG_STATUS_NOT_PERSISTED);
}

static void transmit(void *context, int64_t number) {
    struct rd_kafka_s *handle = context;
    int64_t ended = 0;
    (void)number;
    handle->sending = false;
    if (handle->closed || handle->waiting.first == NULL || is_dead(handle)) {
        return;
    }
    bool down = faults_is_down(FAULT_KAFKA_DOWN);
    bool can = !sim_is_frozen(handle->process);
    for (uint32_t room = 1 + sim_below(8); can && room > 0 && handle->waiting.first != NULL;
         room--) {
        if (!down || (!handle->conf.gapless && sim_chance(16))) {
            accept_one(handle);
        } else if (!handle->conf.gapless && handle->waiting.first->deadline_ms <= sim.now_ms) {
            expire_one(handle);
        } else {
            break;
        }
        ended++;
    }
    if (ended > 0) {
        sim_at(sim.now_ms + some_delay(), report_due, handle, ended);
    }
    if (handle->waiting.first != NULL) {
        handle->sending = true;
        sim_at(sim.now_ms + (down || !can ? 500 : some_delay()), transmit, handle, 0);
    }
}

// What is left of a producer that ends: some of it was on the wire.
static void give_up(struct rd_kafka_s *handle) {
    bool wire = true;
    while (handle->waiting.first != NULL) {
        wire = wire && sim_chance(2);
        if (wire) {
            append(handle->waiting.first->topic, &handle->waiting.first->record);
        } else if (handle->waiting.first->record.headers != NULL) {
            rd_kafka_headers_destroy(handle->waiting.first->record.headers);
        }
        end_message(handle, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
    }
    handle->due = SIZE_MAX / 2;
}

static void take_argument(struct outgoing *message, rd_kafka_vtype_t type, va_list *list) {
    switch (type) {
    case RD_KAFKA_VTYPE_TOPIC:
        message->topic = kafka_topic(va_arg(*list, const char *));
        break;
    case RD_KAFKA_VTYPE_KEY:
        message->record.key = va_arg(*list, void *);
        message->record.key_size = va_arg(*list, size_t);
        break;
    case RD_KAFKA_VTYPE_VALUE:
        message->record.value = va_arg(*list, void *);
        message->record.value_size = va_arg(*list, size_t);
        break;
    case RD_KAFKA_VTYPE_HEADERS:
        message->record.headers = va_arg(*list, rd_kafka_headers_t *);
        break;
    case RD_KAFKA_VTYPE_OPAQUE:
        message->opaque = va_arg(*list, void *);
        break;
    case RD_KAFKA_VTYPE_MSGFLAGS:
        (void)va_arg(*list, int);
        break;
    default:
        fprintf(stderr, "the simulation does not know this argument of rd_kafka_producev\n");
        abort();
    }
}

rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t *handle, ...) {
    struct outgoing *message = sim_alloc(sizeof *message);
    va_list list;
    va_start(list, handle);
    for (rd_kafka_vtype_t type; (type = va_arg(list, rd_kafka_vtype_t)) != RD_KAFKA_VTYPE_END;) {
        take_argument(message, type, &list);
    }
    va_end(list);
    if (is_dead(handle) || (!sim.healing && faults_is_down(FAULT_KAFKA_DOWN) && sim_chance(8))) {
        return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    }
    message->record.key = copy(message->record.key, message->record.key_size);
    message->record.value = copy(message->record.value, message->record.value_size);
    message->deadline_ms = sim.now_ms + DELIVERY_MS;
    push(&handle->waiting, message);
    if (!handle->sending) {
        handle->sending = true;
        sim_at(sim.now_ms + some_delay(), transmit, handle, 0);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_msg_status_t rd_kafka_message_status(const rd_kafka_message_t *message) {
    return ((const struct message *)message)->status;
}

static int serve_reports(struct rd_kafka_s *handle) {
    int served = 0;
    while (handle->due > 0 && handle->ended.first != NULL) {
        struct outgoing *ended = pop(&handle->ended);
        const struct message message = {.public = {.err = ended->code, ._private = ended->opaque},
                                        .status = ended->status};
        handle->due--;
        handle->conf.delivered(handle, &message.public, handle->conf.opaque);
        served++;
    }
    return served;
}

int rd_kafka_poll(rd_kafka_t *handle, int timeout_ms) {
    sim_io("poll for reports");
    if (is_dead(handle)) {
        give_up(handle);
        sim_yield();
    } else if (handle->due == 0) {
        sim_wait(handle, sim.now_ms + timeout_ms);
    }
    return serve_reports(handle);
}

rd_kafka_resp_err_t rd_kafka_flush(rd_kafka_t *handle, int timeout_ms) {
    int64_t until = sim.now_ms + timeout_ms;
    do {
        rd_kafka_poll(handle, 100);
    } while ((handle->waiting.first != NULL || handle->ended.first != NULL) && sim.now_ms < until &&
             !is_dead(handle));
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *handle, int flags) {
    (void)flags;
    give_up(handle);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_metadata(rd_kafka_t *handle, int all, rd_kafka_topic_t *only,
                                      const struct rd_kafka_metadata **metadata, int timeout_ms) {
    static const struct rd_kafka_metadata empty;
    (void)all;
    (void)only;
    (void)timeout_ms;
    *metadata = &empty;
    return is_dead(handle) || faults_is_down(FAULT_KAFKA_DOWN) ? RD_KAFKA_RESP_ERR__TRANSPORT
                                                               : RD_KAFKA_RESP_ERR_NO_ERROR;
}

void rd_kafka_metadata_destroy(const struct rd_kafka_metadata *metadata) { (void)metadata; }

rd_kafka_resp_err_t rd_kafka_fatal_error(rd_kafka_t *handle, char *text, size_t room) {
    (void)handle;
    snprintf(text, room, "none");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Groups

static struct group *find_group(const char *name) {
    for (size_t i = 0; i < group_count; i++) {
        if (strcmp(groups[i].name, name) == 0) {
            return &groups[i];
        }
    }
    if (group_count == GROUPS) {
        abort();
    }
    struct group *group = &groups[group_count++];
    memset(group, 0, sizeof *group);
    snprintf(group->name, sizeof group->name, "%s", name);
    return group;
}

static bool subscribes(const struct rd_kafka_s *handle, const struct kafka_topic *topic) {
    for (size_t i = 0; i < handle->subscribed_count; i++) {
        if (handle->subscribed[i] == topic) {
            return true;
        }
    }
    return false;
}

static void offer(struct group *group, struct kafka_topic *topic, size_t partition, size_t turn) {
    struct rd_kafka_s *member = group->members[turn % group->member_count];
    if (subscribes(member, topic)) {
        member->offered[member->offered_count++] =
            (struct slot){.topic = topic, .partition = partition};
    }
}

// Everyone has given everything back: it is dealt anew.
static void complete(struct group *group) {
    for (size_t i = 0; i < group->member_count; i++) {
        if (!group->members[i]->ready) {
            return;
        }
    }
    size_t turn = group->member_count == 0 ? 0 : sim_below((uint32_t)group->member_count);
    for (size_t i = 0; i < group->member_count; i++) {
        group->members[i]->offered_count = 0;
        group->members[i]->ready = false;
        group->members[i]->must_assign = true;
        sim_wake(group->members[i], true);
    }
    for (size_t t = 0; t < TOPICS && group->member_count > 0; t++) {
        for (size_t p = 0; p < topics[t].partition_count; p++) {
            offer(group, &topics[t], p, turn++);
        }
    }
}

static void rebalance(struct group *group) {
    for (size_t i = 0; i < group->member_count; i++) {
        struct rd_kafka_s *member = group->members[i];
        member->must_assign = false;
        member->must_revoke = member->slot_count > 0;
        member->ready = !member->must_revoke;
        sim_wake(member, true);
    }
    complete(group);
}

static bool leave_group(struct rd_kafka_s *handle) {
    struct group *group = handle->group;
    for (size_t i = 0; group != NULL && i < group->member_count; i++) {
        if (group->members[i] == handle) {
            group->members[i] = group->members[--group->member_count];
            handle->must_assign = false;
            handle->ready = false;
            rebalance(group);
            return true;
        }
    }
    return false;
}

static bool is_member(const struct rd_kafka_s *handle) {
    for (size_t i = 0; handle->group != NULL && i < handle->group->member_count; i++) {
        if (handle->group->members[i] == handle) {
            return true;
        }
    }
    return false;
}

// The coordinator throws it out; it learns so at its next poll.
static void throw_out(struct rd_kafka_s *handle) {
    if (leave_group(handle)) {
        sim_trace("kafka: a member of %s#%d leaves %s", handle->process->program->name,
                  handle->process->number, handle->group->name);
        handle->must_revoke = handle->slot_count > 0;
        handle->must_join = !handle->closed;
    }
}

static void end_session(void *context, int64_t frozen_until_ms) {
    struct process *process = context;
    for (size_t i = 0; i < handle_count; i++) {
        if (handles[i]->process == process && process->frozen_until_ms == frozen_until_ms &&
            sim_is_frozen(process) && !handles[i]->producing) {
            throw_out(handles[i]);
        }
    }
}

void kafka_watch_session(struct process *process) {
    sim_at(sim.now_ms + SESSION_MS, end_session, process, process->frozen_until_ms);
}

void kafka_shake(void) {
    for (size_t i = 0, from = sim_below(HANDLES); i < handle_count; i++) {
        struct rd_kafka_s *handle = handles[(from + i) % handle_count];
        if (!handle->producing && !handle->closed && is_member(handle)) {
            throw_out(handle);
            return;
        }
    }
}

static void end_closed(void *context, int64_t number) {
    (void)number;
    leave_group(context);
}

void rd_kafka_destroy(rd_kafka_t *handle) {
    handle->closed = true;
    if (handle->producing) {
        give_up(handle);
    } else if (is_member(handle)) {
        sim_at(sim.now_ms + SESSION_MS, end_closed, handle, 0);
    }
}

// Consuming

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

static void join_group(struct rd_kafka_s *handle) {
    struct group *group = handle->group;
    handle->must_join = false;
    if (!is_member(handle)) {
        if (group->member_count == MEMBERS) {
            abort();
        }
        group->members[group->member_count++] = handle;
        rebalance(group);
    }
}

// Serves what the coordinator wants; true when it did something.
static bool serve_group(struct rd_kafka_s *handle) {
    if (handle->must_revoke) {
        tell(handle, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, handle->slots, handle->slot_count);
        handle->must_revoke = false;
        handle->slot_count = 0;
        if (is_member(handle)) {
            handle->ready = true;
            complete(handle->group);
        }
        return true;
    }
    if (handle->must_join) {
        join_group(handle);
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
        int64_t offset = entry->offset >= 0
                             ? entry->offset
                             : handle->group->committed[number_of(topic)][entry->partition];
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
        if (!sim_io("poll") || is_dead(handle)) {
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
        sim_wait(handle, until);
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
    if (is_dead(handle) || !is_member(handle) || (!sim.healing && sim_chance(8))) {
        return RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
    }
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *entry = &list->elems[i];
        handle->group->committed[number_of(kafka_topic(entry->topic))][entry->partition] =
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

rd_kafka_resp_err_t rd_kafka_poll_set_consumer(rd_kafka_t *handle) {
    (void)handle;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_subscribe(rd_kafka_t *handle,
                                       const rd_kafka_topic_partition_list_t *list) {
    handle->group = find_group(handle->conf.group);
    handle->subscribed_count = 0;
    for (int i = 0; i < list->cnt; i++) {
        handle->subscribed[handle->subscribed_count++] = kafka_topic(list->elems[i].topic);
    }
    handle->must_join = true;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_unsubscribe(rd_kafka_t *handle) {
    leave_group(handle);
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
    if (!is_dead(handle)) {
        if (handle->slot_count > 0) {
            tell(handle, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, handle->slots, handle->slot_count);
        }
        leave_group(handle);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool has_read_all(const struct rd_kafka_s *handle) {
    for (size_t i = 0; i < handle->slot_count; i++) {
        const struct slot *slot = &handle->slots[i];
        if (slot->position < slot->topic->partitions[slot->partition].count) {
            return false;
        }
    }
    return handle->idle && !handle->closed && !handle->must_assign && !handle->must_revoke &&
           !handle->ready;
}

// Every partition has its reader, and every reader is at the end with nothing in hand.
static bool is_settled(const struct group *group) {
    size_t slots = 0;
    size_t partitions = 0;
    for (size_t i = 0; i < group->member_count; i++) {
        if (!has_read_all(group->members[i])) {
            return false;
        }
        slots += group->members[i]->slot_count;
    }
    for (size_t i = 0; group->member_count > 0 && i < group->members[0]->subscribed_count; i++) {
        partitions += group->members[0]->subscribed[i]->partition_count;
    }
    return group->member_count > 0 && slots == partitions;
}

bool kafka_is_quiet(void) {
    for (size_t i = 0; i < handle_count; i++) {
        const struct rd_kafka_s *handle = handles[i];
        if (handle->producing && !handle->closed &&
            (handle->waiting.first != NULL || handle->ended.first != NULL)) {
            return false;
        }
    }
    for (size_t i = 0; i < group_count; i++) {
        if (!is_settled(&groups[i])) {
            return false;
        }
    }
    return group_count == 4;
}

void kafka_trace(void) {
    for (size_t g = 0; g < group_count; g++) {
        for (size_t m = 0; m < groups[g].member_count; m++) {
            const struct rd_kafka_s *member = groups[g].members[m];
            sim_trace("kafka: %s: #%d has %zu partitions%s%s%s%s%s", groups[g].name,
                      member->process->number, member->slot_count, member->idle ? ", idle" : "",
                      member->closed ? ", closed" : "", member->must_revoke ? ", to revoke" : "",
                      member->must_assign ? ", to assign" : "", member->ready ? ", ready" : "");
        }
    }
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
            handle->group->committed[number_of(kafka_topic(entry->topic))][entry->partition];
        entry->err = RD_KAFKA_RESP_ERR_NO_ERROR;
        entry->offset = offset > 0 ? offset : RD_KAFKA_OFFSET_INVALID;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Thrown out: what it had may be another's already.
int rd_kafka_assignment_lost(rd_kafka_t *handle) { return !is_member(handle); }
