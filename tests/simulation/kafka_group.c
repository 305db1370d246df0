// SPDX-License-Identifier: Apache-2.0
// Groups. Eager rebalancing: everyone gives everything back before anyone gets anything; a member
// that does not poll holds it up until its session expires, and then is a zombie that does not know
// it yet.
#include "kafka_inside.h"

#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 5 // of intake, ledger (two), sla-timer and notification
#define SESSION_MS 10000
#define MEMBER_NAME 32

static struct group groups[GROUPS];
static size_t group_count;

void kafka_groups_reset(void) { group_count = 0; }

struct group *kafka_group_find(const char *name) {
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

int64_t kafka_committed(const char *group, const struct kafka_topic *topic, size_t partition) {
    for (size_t i = 0; i < group_count; i++) {
        if (strcmp(groups[i].name, group) == 0) {
            return groups[i].committed[kafka_topic_number(topic)][partition];
        }
    }
    return 0;
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
void kafka_group_complete(struct group *group) {
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
    for (size_t t = 0; t < KAFKA_TOPICS && group->member_count > 0; t++) {
        for (size_t p = 0; p < kafka_topics[t].partition_count; p++) {
            offer(group, &kafka_topics[t], p, turn++);
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
    kafka_group_complete(group);
}

bool kafka_group_has(const struct rd_kafka_s *handle) {
    for (size_t i = 0; handle->group != NULL && i < handle->group->member_count; i++) {
        if (handle->group->members[i] == handle) {
            return true;
        }
    }
    return false;
}

void kafka_group_join(struct rd_kafka_s *handle) {
    struct group *group = handle->group;
    handle->must_join = false;
    if (!kafka_group_has(handle)) {
        if (group->member_count == MEMBERS) {
            abort();
        }
        group->members[group->member_count++] = handle;
        rebalance(group);
    }
}

bool kafka_group_leave(struct rd_kafka_s *handle) {
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

// The coordinator throws it out; it learns so at its next poll.
static void throw_out(struct rd_kafka_s *handle) {
    if (kafka_group_leave(handle)) {
        sim_trace("kafka: a member of %s#%d leaves %s", handle->process->program->name,
                  handle->process->number, handle->group->name);
        handle->must_revoke = handle->slot_count > 0;
        handle->must_join = !handle->closed;
    }
}

static void end_session(void *context, int64_t frozen_until_ms) {
    struct process *process = context;
    for (size_t i = 0; i < kafka_handle_count; i++) {
        if (kafka_handles[i]->process == process && process->frozen_until_ms == frozen_until_ms &&
            sim_is_frozen(process) && !kafka_handles[i]->producing) {
            throw_out(kafka_handles[i]);
        }
    }
}

void kafka_watch_session(struct process *process) {
    sim_at(sim.now_ms + SESSION_MS, end_session, process, process->frozen_until_ms);
}

void kafka_shake(void) {
    for (size_t i = 0, from = sim_below(KAFKA_HANDLES); i < kafka_handle_count; i++) {
        struct rd_kafka_s *handle = kafka_handles[(from + i) % kafka_handle_count];
        if (!handle->producing && !handle->closed && kafka_group_has(handle)) {
            throw_out(handle);
            return;
        }
    }
}

static void end_closed(void *context, int64_t number) {
    (void)number;
    kafka_group_leave(context);
}

void kafka_group_leave_late(struct rd_kafka_s *handle) {
    if (kafka_group_has(handle)) {
        sim_at(sim.now_ms + SESSION_MS, end_closed, handle, 0);
    }
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

bool kafka_groups_are_settled(void) {
    for (size_t i = 0; i < group_count; i++) {
        if (!is_settled(&groups[i])) {
            return false;
        }
    }
    return group_count == GROUPS;
}

// Of a classic group, as Kafka names it: prepared until everyone has given everything back.
static const char *state_of(const struct group *group) {
    bool prepares = false;
    for (size_t i = 0; i < group->member_count; i++) {
        prepares = prepares || group->members[i]->ready || group->members[i]->must_revoke;
    }
    return group->member_count == 0 ? "Empty" : prepares ? "PreparingRebalance" : "Stable";
}

// As librdkafka: none once it knows that it was thrown out.
static void name_member(const struct rd_kafka_s *handle, char name[MEMBER_NAME]) {
    size_t place = 0;
    name[0] = '\0';
    while (kafka_handles[place] != handle) {
        place++;
    }
    if (kafka_group_has(handle)) {
        snprintf(name, MEMBER_NAME, "member-%zu", place);
    }
}

rd_kafka_resp_err_t rd_kafka_list_groups(rd_kafka_t *handle, const char *name,
                                         const struct rd_kafka_group_list **list, int timeout_ms) {
    static char names[MEMBERS][MEMBER_NAME];
    static struct rd_kafka_group_member_info members[MEMBERS];
    static struct rd_kafka_group_info info;
    static const struct rd_kafka_group_list found = {.groups = &info, .group_cnt = 1};
    (void)timeout_ms;
    if (!sim_io("groups") || faults_is_down(FAULT_KAFKA_DOWN)) {
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    const struct group *group = kafka_group_find(name);
    for (size_t i = 0; i < group->member_count; i++) {
        name_member(group->members[i], names[i]);
        members[i].member_id = names[i];
    }
    info = (struct rd_kafka_group_info){.group = (char *)group->name,
                                        .state = (char *)state_of(group),
                                        .members = members,
                                        .member_cnt = (int)group->member_count};
    *list = &found;
    (void)handle;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void rd_kafka_group_list_destroy(const struct rd_kafka_group_list *list) { (void)list; }

char *rd_kafka_memberid(const rd_kafka_t *handle) {
    char *name = malloc(MEMBER_NAME);
    if (name == NULL) {
        abort();
    }
    name_member(handle, name);
    return name;
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
