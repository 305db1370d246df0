// SPDX-License-Identifier: Apache-2.0
// What the files of the simulated broker share.
#pragma once

#include "kafka.h"

#define KAFKA_TOPICS 7
#define KAFKA_HANDLES 512
#define MEMBERS 8
#define SLOTS 16

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

// A handle of librdkafka.
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
    int64_t committed[KAFKA_TOPICS][KAFKA_PARTITIONS];
};

struct message {
    rd_kafka_message_t public;
    const struct kafka_record *record;
    rd_kafka_msg_status_t status;
};

// kafka.c: every handle of the schedule, in the order of their making; closed ones too.
extern struct rd_kafka_s *kafka_handles[KAFKA_HANDLES];
extern size_t kafka_handle_count;
bool kafka_is_dead(const struct rd_kafka_s *handle); // its process has crashed

// kafka_topics.c
extern struct kafka_topic kafka_topics[KAFKA_TOPICS];
void kafka_topics_reset(void);
size_t kafka_topic_number(const struct kafka_topic *topic); // its place in kafka_topics
void *kafka_copy(const void *bytes, size_t size); // lives as long as the schedule; NULL of NULL
// Wakes who reads there. The record's key and value must live as long as the schedule.
void kafka_append_record(struct kafka_topic *topic, const struct kafka_record *record);

// kafka_producer.c: what is left of a producer that ends; some of it was on the wire.
void kafka_give_up(struct rd_kafka_s *handle);

// kafka_group.c
void kafka_groups_reset(void);
struct group *kafka_group_find(const char *name);      // made at its first mention
bool kafka_group_has(const struct rd_kafka_s *handle); // a member of its group
void kafka_group_join(struct rd_kafka_s *handle);
bool kafka_group_leave(struct rd_kafka_s *handle);      // false: it was no member
void kafka_group_leave_late(struct rd_kafka_s *handle); // when its session has expired
void kafka_group_complete(struct group *group);         // deals anew once everyone has given back
// Every group there is to be has read everything it is to read.
bool kafka_groups_are_settled(void);
