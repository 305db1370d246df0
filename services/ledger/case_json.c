// SPDX-License-Identifier: Apache-2.0
// Names and shapes of the staff API, in one place.
#include "case_json.h"

#include "parts_json.h"
#include "permission.h"
#include "plans.h"

#include "common/clock.h"
#include "common/escalation.h"
#include "common/field.h"
#include "common/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const urgencies[] = {"", "P1", "P2", "P3", "P4"};
static const char *const crises[] = {"", "R0", "R1", "R2", "R3", "R4"};
static const char *const channels[] = {"",       "phone",  "web",   "wechat",     "app",
                                       "window", "letter", "email", "institution"};
static const char *const outcomes[] = {"", "upheld", "partly_upheld", "not_upheld", "explained"};
static const char *const not_accepted_grounds[] = {"",
                                                   "out_of_scope",
                                                   "other_authority",
                                                   "in_legal_proceedings",
                                                   "same_matter",
                                                   "already_final",
                                                   "no_facts"};
static const char *const reopen_grounds[] = {"", "new_facts", "dissatisfied"};
static const char *const visit_outcomes[] = {"", "done", "unreachable", "declined"};
static const char *const mediation_stages[] = {"",         "requested", "accepted",
                                               "declined", "agreed",    "failed"};
static const char *const review_results[] = {"", "confirmed", "changed", "returned"};
static const char *const clock_states[] = {"running", "warned", "breached", "stopped", "paused"};

static const char *const alarm_kinds[] = {
    "", "urgent", "breach", "no-assignee", "glass-broken", "no-supervisor"};

static const char *name_at(const char *const *names, size_t count, uint32_t place) {
    return place < count ? names[place] : "";
}

static uint32_t place_of(const char *const *names, size_t count, const char *name) {
    for (uint32_t i = 1; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return 0;
}

const char *urgency_name(uint32_t urgency) { return name_at(urgencies, COUNT(urgencies), urgency); }
const char *crisis_name(uint32_t crisis) { return name_at(crises, COUNT(crises), crisis); }
const char *channel_name(uint32_t channel) { return name_at(channels, COUNT(channels), channel); }
const char *outcome_name(uint32_t outcome) { return name_at(outcomes, COUNT(outcomes), outcome); }
uint32_t urgency_read(const char *name) { return place_of(urgencies, COUNT(urgencies), name); }
uint32_t crisis_read(const char *name) { return place_of(crises, COUNT(crises), name); }
uint32_t outcome_read(const char *name) { return place_of(outcomes, COUNT(outcomes), name); }
uint32_t not_accepted_ground_read(const char *name) {
    return place_of(not_accepted_grounds, COUNT(not_accepted_grounds), name);
}
uint32_t reopen_ground_read(const char *name) {
    return place_of(reopen_grounds, COUNT(reopen_grounds), name);
}
uint32_t visit_outcome_read(const char *name) {
    return place_of(visit_outcomes, COUNT(visit_outcomes), name);
}
const char *mediation_stage_name(uint32_t stage) {
    return name_at(mediation_stages, COUNT(mediation_stages), stage);
}
uint32_t mediation_stage_read(const char *name) {
    return place_of(mediation_stages, COUNT(mediation_stages), name);
}
uint32_t review_result_read(const char *name) {
    return place_of(review_results, COUNT(review_results), name);
}

json_t *time_to_json(int64_t ms) {
    char text[CLOCK_TEXT_SIZE];
    if (ms == 0) {
        return json_null();
    }
    clock_format(ms, text);
    return json_string(text);
}

void case_version(const struct case_state *state, char version[CASE_VERSION_SIZE]) {
    char text[1024];
    unsigned char hash[SEAL_HASH_SIZE];
    unsigned open = 0;
    for (size_t i = 0; i < state->alarm_count; i++) {
        open += !state->alarms[i].acknowledged;
    }
    int size = snprintf(
        text, sizeof text, "%s|%d|%s|%s|%u|%u|%s|%s|%u|%u|%u|%u|%d|%u|%s|%s|%s|%u|%s|%zu|%" PRIu64,
        state->case_id, (int)state->status, state->category, state->subject, state->urgency,
        state->crisis, state->unit, state->handler, state->outcome, state->alarm_ordinal, open,
        state->failed_follow_ups, state->followed_up, state->reviews, state->termination_requester,
        state->situations, state->extension.clock, state->parts.revision, state->cluster.cluster_id,
        state->cluster.other_count, state->turn_sequence);
    seal_sha256(text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1, hash);
    seal_hex(hash, 8, version);
}

static json_t *warns_to_json(const struct case_clock *clock) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < clock->warn_count; i++) {
        json_array_append_new(list,
                              json_pack("{s:o, s:b}", "at", time_to_json(clock->warn_at_ms[i]),
                                        "passed", i < clock->warned));
    }
    return list;
}

// The next point to warn of; after the last, that one.
static int64_t shown_warn(const struct case_clock *clock) {
    int64_t next = case_clock_next_warn(clock);
    return next != 0 || clock->warn_count == 0 ? next : clock->warn_at_ms[clock->warn_count - 1];
}

static json_t *clock_to_json(const struct case_state *state, const struct case_clock *clock) {
    const struct case_change *pause = case_pause_find(state, clock->name);
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:b, s:s, s:s, s:s}", "name",
                  clock->name, "version", (int)clock->version, "state", clock_states[clock->state],
                  "displaced", clock->displaced, "started_at", time_to_json(clock->started_at_ms),
                  "warn_at", time_to_json(shown_warn(clock)), "warns", warns_to_json(clock),
                  "due_at", time_to_json(clock->due_at_ms), "provisional", clock->provisional,
                  "policy_version", clock->policy_version, "calendar_version",
                  clock->calendar_version, "restarted_on", clock->restarted_on);
    if (pause != NULL) {
        json_object_set_new(json, "paused_on", json_string(pause->ground));
        json_object_set_new(json, "paused_until", time_to_json(pause->until_ms));
        json_object_set_new(json, "paused_alone", json_boolean(pause->alone));
    }
    return json;
}

static json_t *clocks_to_json(const struct case_state *state) {
    json_t *list = json_array();
    for (size_t i = 0; i < state->clock_count; i++) {
        if (!escalation_is(state->clocks[i].name)) {
            json_array_append_new(list, clock_to_json(state, &state->clocks[i]));
        }
    }
    return list;
}

// 0: its ladder is at the top, or somebody has it.
static int64_t escalates_at(const struct case_state *state, const struct case_alarm *alarm) {
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        if (case_clock_runs(clock) && case_alarm_of_clock(state, clock->name) == alarm) {
            return clock->due_at_ms;
        }
    }
    return 0;
}

static json_t *improvements_to_json(const struct case_state *state) {
    json_t *list = json_array();
    for (size_t i = 0; i < state->improvement_count; i++) {
        const struct case_improvement *improvement = &state->improvements[i];
        json_array_append_new(list, json_pack("{s:i, s:s, s:o, s:b}", "improvement", (int)i + 1,
                                              "owner", improvement->owner, "due_at",
                                              time_to_json(improvement->due_at_ms), "done",
                                              improvement->done));
    }
    return list;
}

static json_t *alarms_to_json(const struct case_state *state) {
    json_t *list = json_array();
    for (size_t i = 0; i < state->alarm_count; i++) {
        const struct case_alarm *alarm = &state->alarms[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:b, s:o}", "alarm_id",
                                              alarm->alarm_id, "kind",
                                              name_at(alarm_kinds, COUNT(alarm_kinds), alarm->kind),
                                              "clock", alarm->clock, "level", (int)alarm->level,
                                              "acknowledged", alarm->acknowledged, "escalates_at",
                                              time_to_json(escalates_at(state, alarm))));
    }
    return list;
}

json_t *case_actions(const struct case_state *state, const struct case_actor *actor,
                     const struct region *region) {
    json_t *list = json_array();
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        if (case_permits(state, kind, actor) == NULL && !plans_never(region, state, kind, actor)) {
            json_array_append_new(list, json_string(case_command_name(kind)));
        }
    }
    return list;
}

static void drop_action(json_t *actions, enum input_kind kind) {
    for (size_t i = json_array_size(actions); i > 0; i--) {
        const char *name = json_string_value(json_array_get(actions, i - 1));
        if (name != NULL && strcmp(name, case_command_name(kind)) == 0) {
            json_array_remove(actions, i - 1);
        }
    }
}

void case_limit_actions(json_t *actions, const struct case_state *state, size_t movable) {
    if (movable < state->cluster.other_count) {
        drop_action(actions, INPUT_MERGE);
        drop_action(actions, INPUT_UNMERGE);
    }
}

static void add_times(json_t *json, const struct case_state *state) {
    const struct {
        const char *name;
        int64_t ms;
    } times[] = {{"received_at", state->received_at_ms},
                 {"promised_at", state->promised_at_ms},
                 {"first_response_at", state->first_response_at_ms},
                 {"replied_at", state->replied_at_ms},
                 {"closed_at", state->closed_at_ms},
                 {"appeal_until", state->appeal_until_ms},
                 {"updated_at", state->updated_at_ms}};
    for (size_t i = 0; i < COUNT(times); i++) {
        json_object_set_new(json, times[i].name, time_to_json(times[i].ms));
    }
}

// The last of each, and all of them.
static void reveals_to_json(json_t *json, const struct case_state *state) {
    const struct case_reveals *reveals = &state->reveal_requests;
    const char *approved = case_reveal_last(reveals, true, state->asked_at_ms);
    json_t *list = json_array();
    for (size_t i = 0; i < reveals->count; i++) {
        const struct case_reveal *one = &reveals->open[i];
        if (case_reveal_is_over(one, state->asked_at_ms)) {
            continue;
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:b, s:o, s:o}", "staff", one->staff, "approved",
                                        one->approved_until_ms != 0, "at", time_to_json(one->at_ms),
                                        "approved_until", time_to_json(one->approved_until_ms)));
    }
    json_object_set_new(json, "reveal_requester",
                        json_string(case_reveal_last(reveals, false, state->asked_at_ms)));
    json_object_set_new(json, "reveal_approved", json_boolean(approved[0] != '\0'));
    json_object_set_new(json, "reveal_approved_for", json_string(approved));
    json_object_set_new(json, "reveal_requests", list);
}

// A command may take its own user's sight of the case, a conflict that they declared.
static unsigned seen_by(const struct case_state *state, const struct case_actor *actor) {
    return case_sees(state, actor) ? permission_roles_on(state, actor) : 0;
}

json_t *case_to_json(const struct case_state *state, const Redress__V1__CaseRegistered *registered,
                     const struct case_actor *actor, const struct region *region) {
    char version[CASE_VERSION_SIZE];
    const struct region_institution *institution = region_institution(region, state->tenant);
    case_version(state, version);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:I, "
        "s:s}",
        "case_id", state->case_id, "tracking_code", state->tracking_code, "institution",
        state->tenant, "institution_name", institution == NULL ? "" : institution->name, "status",
        case_status_name(state->status), "category", state->category, "subject", state->subject,
        "urgency", urgency_name(state->urgency), "crisis", crisis_name(state->crisis), "channel",
        channel_name(state->channel), "unit", state->unit, "handler", state->handler, "outcome",
        outcome_name(state->outcome), "anonymous", state->anonymous, "contactable",
        state->contactable, "rating", (int)state->rating, "sequence", (json_int_t)state->sequence,
        "version", version);
    add_times(json, state);
    if (registered != NULL) {
        json_object_set_new(json, "narrative", json_string(registered->narrative));
        json_object_set_new(json, "request", json_string(registered->request));
        json_object_set_new(json, "on_behalf_relation",
                            json_string(registered->on_behalf_relation));
    }
    json_object_set_new(json, "returns", json_integer(state->returns));
    json_object_set_new(json, "reviews", json_integer(state->reviews));
    json_object_set_new(json, "reviewer", json_string(state->reviewer));
    json_object_set_new(json, "previous_handler", json_string(state->previous_handler));
    json_object_set_new(json, "suspension_ground", json_string(case_suspension_ground(state)));
    json_object_set_new(json, "situations", json_string(state->situations));
    json_object_set_new(json, "extension_requested", json_string(state->extension.clock));
    json_object_set_new(json, "visits", json_integer(state->visits));
    json_object_set_new(json, "mediation", json_string(mediation_stage_name(state->mediation)));
    json_object_set_new(json, "improvements", improvements_to_json(state));
    json_object_set_new(json, "clocks", clocks_to_json(state));
    json_object_set_new(json, "alarms", alarms_to_json(state));
    parts_to_json(json, state);
    json_object_set_new(json, "erased", json_boolean(state->erased));
    json_object_set_new(json, "reveals", json_integer(state->reveals));
    reveals_to_json(json, state);
    json_object_set_new(json, "repeat", json_integer(state->cluster.earlier));
    json_object_set_new(json, "cluster_id", json_string(state->cluster.cluster_id));
    json_object_set_new(json, "actions", case_actions(state, actor, region));
    return field_mask(json, NULL, seen_by(state, actor));
}

void fact_move_to_json(const struct fact *fact, json_t *json) {
    const struct {
        const char *name, *value;
    } said[] = {{"from", fact->meta.from_status},
                {"to", fact->meta.to_status},
                {"policy_version", fact->meta.policy_version},
                {"calendar_version", fact->meta.calendar_version}};
    for (size_t i = 0; i < COUNT(said); i++) {
        if (said[i].value[0] != '\0') {
            json_object_set_new(json, said[i].name, json_string(said[i].value));
        }
    }
}

static json_t *value_to_json(const ProtobufCFieldDescriptor *field, const char *value) {
    const ProtobufCEnumValue *entry;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)value);
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return json_integer(*(const int64_t *)value);
    case PROTOBUF_C_TYPE_ENUM:
        entry = protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value);
        return entry == NULL ? json_null() : json_string(entry->name);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_to_json(*(ProtobufCMessage *const *)value);
    default:
        return NULL; // bytes stay out of the API
    }
}

static json_t *list_to_json(const ProtobufCFieldDescriptor *field, const char *base) {
    size_t count = *(const size_t *)(base + field->quantifier_offset);
    const char *values = *(char *const *)(base + field->offset);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *value = value_to_json(field, values + i * sizeof(void *));
        if (value != NULL) {
            json_array_append_new(list, value);
        }
    }
    return list;
}

json_t *message_to_json(const ProtobufCMessage *message) {
    json_t *json = json_object();
    for (unsigned i = 0; message != NULL && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *base = (const char *)message;
        if (strcmp(field->name, "meta") == 0 || field->type == PROTOBUF_C_TYPE_BYTES) {
            continue;
        }
        json_t *value = field->label == PROTOBUF_C_LABEL_REPEATED
                            ? list_to_json(field, base)
                            : value_to_json(field, base + field->offset);
        if (value != NULL) {
            json_object_set_new(json, field->name, value);
        }
    }
    return json;
}
