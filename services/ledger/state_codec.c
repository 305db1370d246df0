// SPDX-License-Identifier: Apache-2.0
// Field by field, both ways; the test checks that a round trip changes nothing.
#include "state_codec.h"

#include "hands_codec.h"
#include "parts_codec.h"
#include "reached_codec.h"
#include "reveals_codec.h"

#include "common/danger.h"
#include "common/protobuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY(target, source) snprintf(target, sizeof(target), "%s", source)

struct clocks {
    Redress__Ledger__ClockState messages[CASE_CLOCKS];
    Redress__Ledger__ClockState *pointers[CASE_CLOCKS];
};

struct changes {
    Redress__Ledger__ChangeState messages[CASE_CHANGES];
    Redress__Ledger__ChangeState *pointers[CASE_CHANGES];
};

struct alarms {
    Redress__Ledger__AlarmState messages[CASE_ALARMS];
    Redress__Ledger__AlarmState *pointers[CASE_ALARMS];
};

static void fill_clocks(const struct case_state *state, struct clocks *clocks) {
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        Redress__Ledger__ClockState *message = &clocks->messages[i];
        redress__ledger__clock_state__init(message);
        message->name = (char *)clock->name;
        message->version = clock->version;
        message->started_at_ms = clock->started_at_ms;
        message->n_warn_at_ms = clock->warn_count;
        message->warn_at_ms = (int64_t *)clock->warn_at_ms;
        message->due_at_ms = clock->due_at_ms;
        message->state = (uint32_t)clock->state;
        message->stops_on =
            (char *)(clock->stops_on == MILESTONE_COUNT ? "" : milestone_name(clock->stops_on));
        message->lapses = clock->lapses;
        message->provisional = clock->provisional;
        message->displaced = clock->displaced;
        message->based_on = clock->based_on;
        message->warned = clock->warned;
        message->armed_sequence = clock->armed_sequence;
        message->restarted_on = (char *)clock->restarted_on;
        message->policy_version = (char *)clock->policy_version;
        message->calendar_version = (char *)clock->calendar_version;
        clocks->pointers[i] = message;
    }
}

static void fill_changes(const struct case_state *state, struct changes *changes) {
    for (size_t i = 0; i < state->change_count; i++) {
        const struct case_change *change = &state->changes[i];
        Redress__Ledger__ChangeState *message = &changes->messages[i];
        redress__ledger__change_state__init(message);
        message->clock = (char *)change->clock;
        message->ground = (char *)change->ground;
        message->from_ms = change->from_ms;
        message->to_ms = change->to_ms;
        message->until_ms = change->until_ms;
        message->value = change->limit.value;
        message->unit = (uint32_t)change->limit.unit;
        message->keeps_last_day = change->limit.keeps_last_day;
        message->alone = change->alone;
        changes->pointers[i] = message;
    }
}

static void fill_alarms(const struct case_state *state, struct alarms *alarms) {
    for (size_t i = 0; i < state->alarm_count; i++) {
        const struct case_alarm *alarm = &state->alarms[i];
        Redress__Ledger__AlarmState *message = &alarms->messages[i];
        redress__ledger__alarm_state__init(message);
        message->alarm_id = (char *)alarm->alarm_id;
        message->ordinal = alarm->ordinal;
        message->kind = alarm->kind;
        message->clock = (char *)alarm->clock;
        message->level = alarm->level;
        message->acknowledged = alarm->acknowledged;
        message->unit = (char *)alarm->unit;
        message->danger = alarm->danger;
        message->reviewers_of = (char *)alarm->reviewers_of;
        alarms->pointers[i] = message;
    }
}

struct improvements {
    Redress__Ledger__ImprovementState messages[CASE_IMPROVEMENTS];
    Redress__Ledger__ImprovementState *pointers[CASE_IMPROVEMENTS];
};

static void fill_improvements(const struct case_state *state, struct improvements *improvements) {
    for (size_t i = 0; i < state->improvement_count; i++) {
        Redress__Ledger__ImprovementState *message = &improvements->messages[i];
        redress__ledger__improvement_state__init(message);
        message->owner = (char *)state->improvements[i].owner;
        message->due_at_ms = state->improvements[i].due_at_ms;
        message->done = state->improvements[i].done;
        message->done_at_ms = state->improvements[i].done_at_ms;
        improvements->pointers[i] = message;
    }
}

struct cluster_message {
    Redress__Ledger__ClusterState message;
    char *others[CASE_CLUSTER - 1];
};

static bool is_alone(const struct case_cluster *cluster) {
    return cluster->other_count == 0 && cluster->earlier == 0 && cluster->same_as[0] == '\0';
}

static void fill_cluster(const struct case_cluster *cluster, struct cluster_message *filled) {
    redress__ledger__cluster_state__init(&filled->message);
    for (size_t i = 0; i < cluster->other_count; i++) {
        filled->others[i] = (char *)cluster->others[i];
    }
    filled->message.cluster_id = (char *)cluster->cluster_id;
    filled->message.leads = cluster->leads;
    filled->message.n_others = cluster->other_count;
    filled->message.others = filled->others;
    filled->message.earlier = cluster->earlier;
    filled->message.same_as = (char *)cluster->same_as;
}

static void fill_case(const struct case_state *state, Redress__Ledger__CaseState *message) {
    message->case_id = (char *)state->case_id;
    message->tenant = (char *)state->tenant;
    message->tracking_code = (char *)state->tracking_code;
    message->category = (char *)state->category;
    message->subject = (char *)state->subject;
    message->unit = (char *)state->unit;
    message->handler = (char *)state->handler;
    message->language = (char *)state->language;
    message->sequence = state->sequence;
    message->channel = state->channel;
    message->urgency = state->urgency;
    message->crisis = state->crisis;
    message->person_urgency = state->person_urgency;
    message->person_crisis = state->person_crisis;
    message->outcome = state->outcome;
    message->received_at_ms = state->received_at_ms;
    message->promised_at_ms = state->promised_at_ms;
    message->anonymous = state->anonymous;
    message->contactable = state->contactable;
    message->rating = state->rating;
    message->first_response_at_ms = state->first_response_at_ms;
    message->replied_at_ms = state->replied_at_ms;
    message->closed_at_ms = state->closed_at_ms;
    message->updated_at_ms = state->updated_at_ms;
    message->alarmed_danger = state->alarmed_danger;
    message->status = (uint32_t)state->status;
    message->alarm_count = state->alarm_ordinal;
    message->returns = state->returns;
    message->follow_up_attempts = state->follow_up_attempts;
    message->failed_follow_ups = state->failed_follow_ups;
    message->reviews = state->reviews;
    message->followed_up = state->followed_up;
    message->closed_before = state->closed_before;
    message->visits = state->visits;
    message->failed_visits = state->failed_visits;
    message->mediation = state->mediation;
    message->rounds = state->rounds;
    message->messages = state->messages;
    message->offers = state->offers;
    message->offered = (ProtobufCBinaryData){state->offered_count * sizeof state->offered[0],
                                             (uint8_t *)state->offered};
    message->decider = (char *)state->decider;
    message->reviewer = (char *)state->reviewer;
    message->supervised_until_ms = state->supervised_until_ms;
    message->handled_until_ms = state->handled_until_ms;
    message->looked_at_ms = state->looked_at_ms;
    message->decided_for = (char *)state->decided_for;
    message->reviewed_for = (char *)state->reviewed_for;
    message->previous_handler = (char *)state->previous_handler;
    message->rested_on = (char *)state->rested_on;
    message->termination_requester = (char *)state->termination_requester;
    message->situations = (char *)state->situations;
    message->extension_clock = (char *)state->extension.clock;
    message->first_replied_at_ms = state->first_replied_at_ms;
    message->restarted_at_ms = state->restarted_at_ms;
    message->restarted_on = (char *)state->restarted_on;
    message->assessed_sequence = state->assessed_sequence;
    message->turn_sequence = state->turn_sequence;
    message->extension_sequence = state->extension.sequence;
    message->extension_requester = (char *)state->extension.requester;
    message->reveals = state->reveals;
    message->erased = state->erased;
    message->hash = (ProtobufCBinaryData){32, (uint8_t *)state->hash};
    message->content_sha256 = (ProtobufCBinaryData){32, (uint8_t *)state->content_sha256};
}

uint8_t *state_pack(const struct case_state *state, size_t *size) {
    struct clocks clocks;
    struct alarms alarms;
    struct changes changes;
    struct improvements improvements;
    struct parts_messages parts;
    struct hands_messages hands;
    struct reveals_messages reveals;
    struct reached_messages reached;
    struct cluster_message cluster;
    Redress__Ledger__CaseState message;
    redress__ledger__case_state__init(&message);
    fill_clocks(state, &clocks);
    fill_alarms(state, &alarms);
    fill_changes(state, &changes);
    fill_improvements(state, &improvements);
    fill_case(state, &message);
    char *conflicts[CASE_CONFLICTS];
    for (size_t i = 0; i < state->conflict_count; i++) {
        conflicts[i] = (char *)state->conflicts[i];
    }
    message.n_conflicts = state->conflict_count;
    message.conflicts = conflicts;
    message.n_clocks = state->clock_count;
    message.clocks = clocks.pointers;
    message.n_improvements = state->improvement_count;
    message.improvements = improvements.pointers;
    message.n_alarms = state->alarm_count;
    message.alarms = alarms.pointers;
    message.n_changes = state->change_count;
    message.changes = changes.pointers;
    parts_fill(&state->parts, &parts);
    message.parts = parts_are_empty(&state->parts) ? NULL : &parts.message;
    hands_fill(&state->hands, &hands, &message);
    reveals_fill(&state->reveal_requests, &reveals, &message);
    reached_fill(state, &reached, &message);
    fill_cluster(&state->cluster, &cluster);
    message.cluster = is_alone(&state->cluster) ? NULL : &cluster.message;
    *size = redress__ledger__case_state__get_packed_size(&message);
    uint8_t *bytes = malloc(*size);
    if (bytes != NULL) {
        redress__ledger__case_state__pack(&message, bytes);
    }
    return bytes;
}

static void read_warns(const Redress__Ledger__ClockState *message, struct case_clock *clock) {
    for (size_t i = 0; i < message->n_warn_at_ms && i < CASE_WARNS; i++) {
        clock->warn_at_ms[clock->warn_count++] = message->warn_at_ms[i];
    }
    clock->warned = message->warned;
}

static void read_clocks(const Redress__Ledger__CaseState *message, struct case_state *state) {
    for (size_t i = 0; i < message->n_clocks && i < CASE_CLOCKS; i++) {
        struct case_clock *clock = &state->clocks[state->clock_count++];
        COPY(clock->name, message->clocks[i]->name);
        clock->version = message->clocks[i]->version;
        clock->started_at_ms = message->clocks[i]->started_at_ms;
        read_warns(message->clocks[i], clock);
        clock->due_at_ms = message->clocks[i]->due_at_ms;
        clock->state = (enum case_clock_state)message->clocks[i]->state;
        clock->stops_on = milestone_read(message->clocks[i]->stops_on);
        clock->lapses = message->clocks[i]->lapses;
        clock->provisional = message->clocks[i]->provisional;
        clock->displaced = message->clocks[i]->displaced;
        clock->based_on = message->clocks[i]->based_on;
        clock->armed_sequence = message->clocks[i]->armed_sequence;
        COPY(clock->restarted_on, message->clocks[i]->restarted_on);
        COPY(clock->policy_version, message->clocks[i]->policy_version);
        COPY(clock->calendar_version, message->clocks[i]->calendar_version);
    }
}

static void read_changes(const Redress__Ledger__CaseState *message, struct case_state *state) {
    for (size_t i = 0; i < message->n_changes && i < CASE_CHANGES; i++) {
        const Redress__Ledger__ChangeState *from = message->changes[i];
        struct case_change *change = &state->changes[state->change_count++];
        COPY(change->clock, from->clock);
        COPY(change->ground, from->ground);
        change->from_ms = from->from_ms;
        change->to_ms = from->to_ms;
        change->until_ms = from->until_ms;
        change->limit.value = from->value;
        change->limit.unit =
            from->unit <= LIMIT_WORKING_DAYS ? (enum limit_unit)from->unit : LIMIT_SECONDS;
        change->limit.keeps_last_day = from->keeps_last_day;
        change->alone = from->alone;
    }
}

static void read_alarms(const Redress__Ledger__CaseState *message, struct case_state *state) {
    for (size_t i = 0; i < message->n_alarms && i < CASE_ALARMS; i++) {
        struct case_alarm *alarm = &state->alarms[state->alarm_count++];
        COPY(alarm->alarm_id, message->alarms[i]->alarm_id);
        COPY(alarm->clock, message->alarms[i]->clock);
        alarm->ordinal = message->alarms[i]->ordinal;
        alarm->kind = message->alarms[i]->kind;
        alarm->level = message->alarms[i]->level;
        alarm->acknowledged = message->alarms[i]->acknowledged;
        COPY(alarm->unit, message->alarms[i]->unit);
        alarm->danger = message->alarms[i]->danger;
        COPY(alarm->reviewers_of, message->alarms[i]->reviewers_of);
    }
}

static void read_improvements(const Redress__Ledger__CaseState *message, struct case_state *state) {
    for (size_t i = 0; i < message->n_improvements && i < CASE_IMPROVEMENTS; i++) {
        struct case_improvement *improvement = &state->improvements[state->improvement_count++];
        COPY(improvement->owner, message->improvements[i]->owner);
        improvement->due_at_ms = message->improvements[i]->due_at_ms;
        improvement->done = message->improvements[i]->done;
        improvement->done_at_ms = message->improvements[i]->done_at_ms;
    }
}

static void read_offered(const Redress__Ledger__CaseState *message, struct case_state *state) {
    size_t count = message->offered.len / sizeof state->offered[0];
    state->offered_count = count < CASE_OFFERS ? count : CASE_OFFERS;
    if (state->offered_count > 0) {
        memcpy(state->offered, message->offered.data,
               state->offered_count * sizeof state->offered[0]);
    }
}

static void read_texts(const Redress__Ledger__CaseState *message, struct case_state *state) {
    COPY(state->case_id, message->case_id);
    COPY(state->tenant, message->tenant);
    COPY(state->tracking_code, message->tracking_code);
    COPY(state->category, message->category);
    COPY(state->subject, message->subject);
    COPY(state->unit, message->unit);
    COPY(state->handler, message->handler);
    COPY(state->language, message->language);
    COPY(state->decider, message->decider);
    COPY(state->reviewer, message->reviewer);
    COPY(state->decided_for, message->decided_for);
    COPY(state->reviewed_for, message->reviewed_for);
    COPY(state->previous_handler, message->previous_handler);
    COPY(state->rested_on, message->rested_on);
    COPY(state->termination_requester, message->termination_requester);
    COPY(state->situations, message->situations);
    COPY(state->extension.clock, message->extension_clock);
    COPY(state->restarted_on, message->restarted_on);
    COPY(state->extension.requester, message->extension_requester);
}

static void read_case(const Redress__Ledger__CaseState *message, struct case_state *state) {
    read_texts(message, state);
    state->sequence = message->sequence;
    state->channel = message->channel;
    state->urgency = message->urgency;
    state->crisis = message->crisis;
    state->person_urgency = message->person_urgency;
    state->person_crisis = message->person_crisis;
    state->outcome = message->outcome;
    state->received_at_ms = message->received_at_ms;
    state->promised_at_ms = message->promised_at_ms;
    state->anonymous = message->anonymous;
    state->contactable = message->contactable;
    state->rating = message->rating;
    state->first_response_at_ms = message->first_response_at_ms;
    state->replied_at_ms = message->replied_at_ms;
    state->closed_at_ms = message->closed_at_ms;
    state->updated_at_ms = message->updated_at_ms;
    state->alarmed_danger = message->urgent_alarmed ? danger_of(message->urgency, message->crisis)
                                                    : message->alarmed_danger;
    state->status = (enum case_status)message->status;
    state->alarm_ordinal = message->alarm_count;
    state->returns = message->returns;
    state->follow_up_attempts = message->follow_up_attempts;
    state->failed_follow_ups = message->failed_follow_ups;
    state->reviews = message->reviews;
    state->followed_up = message->followed_up;
    state->closed_before = message->closed_before;
    state->visits = message->visits;
    state->failed_visits = message->failed_visits;
    state->mediation = message->mediation;
    state->rounds = message->rounds;
    state->messages = message->messages;
    state->offers = message->offers;
    read_offered(message, state);
    state->supervised_until_ms = message->supervised_until_ms;
    state->handled_until_ms = message->handled_until_ms;
    state->looked_at_ms =
        message->looked_at_ms == 0 ? message->updated_at_ms : message->looked_at_ms;
    state->first_replied_at_ms = message->first_replied_at_ms;
    state->restarted_at_ms = message->restarted_at_ms;
    state->assessed_sequence = message->assessed_sequence;
    state->turn_sequence = message->turn_sequence;
    state->extension.sequence = message->extension_sequence;
    state->reveals = message->reveals;
    state->erased = message->erased;
    for (size_t i = 0; i < message->n_conflicts; i++) {
        case_add_conflict(state, message->conflicts[i]);
    }
    memcpy(state->hash, message->hash.data, sizeof state->hash);
    memcpy(state->content_sha256, message->content_sha256.data, sizeof state->content_sha256);
}

static void read_cluster(const Redress__Ledger__ClusterState *message,
                         struct case_cluster *cluster) {
    if (message == NULL) {
        return;
    }
    COPY(cluster->cluster_id, message->cluster_id);
    cluster->leads = message->leads;
    cluster->earlier = message->earlier;
    COPY(cluster->same_as, message->same_as);
    for (size_t i = 0; i < message->n_others && i < CASE_CLUSTER - 1; i++) {
        COPY(cluster->others[i], message->others[i]);
        cluster->other_count = i + 1;
    }
}

enum rc state_unpack(const uint8_t *bytes, size_t size, struct case_state *state,
                     struct error *error) {
    memset(state, 0, sizeof *state);
    return state_read(bytes, size, state, error);
}

enum rc state_read(const uint8_t *bytes, size_t size, struct case_state *state,
                   struct error *error) {
    ProtobufCMessage *unpacked = NULL;
    enum rc rc =
        protobuf_unpack(&redress__ledger__case_state__descriptor, bytes, size, &unpacked, error);
    if (rc == RC_INTERNAL) {
        return rc;
    }
    const Redress__Ledger__CaseState *message = (const Redress__Ledger__CaseState *)unpacked;
    if (message == NULL || message->hash.len != 32 || message->content_sha256.len != 32 ||
        message->status >= CASE_STATUS_COUNT) {
        protobuf_free(unpacked);
        return error_set(error, RC_INTERNAL, "a stored case state does not decode");
    }
    read_case(message, state);
    read_clocks(message, state);
    read_alarms(message, state);
    read_changes(message, state);
    read_improvements(message, state);
    parts_read(message->parts, &state->parts);
    hands_read(message, state);
    reveals_read(message, &state->reveal_requests);
    reached_read(message, state);
    read_cluster(message->cluster, &state->cluster);
    protobuf_free(unpacked);
    return RC_OK;
}
