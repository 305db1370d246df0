// SPDX-License-Identifier: Apache-2.0
// Names in one table each; a list a function.
#include "parts_json.h"

#include "case_json.h"

#include "common/seal.h"

#include <stdio.h>
#include <string.h>

#define MOST_NAMES 8
struct names {
    const char *names[MOST_NAMES]; // at the code's place; "" for 0
};

static const struct names levels = {{"", "ordinary", "key", "listed"}};
static const struct names triggers = {{"", "ordered", "refused", "overdue", "unresolved",
                                       "adverse_effect", "repeated", "failed_call_back"}};
static const struct names kinds = {{"", "staff", "contractor", "volunteer", "other"}};
static const struct names degrees = {{"", "none", "slight", "minor", "equal", "main", "full"}};
static const struct names authorities = {
    {"", "guardian", "power_of_attorney", "next_of_kin", "legal_representative", "lawyer"}};
static const struct names purposes = {{"", "medical_error", "major_dispute"}};
static const struct names givers = {{"", "complainant", "unit", "witness", "staff", "authority"}};

static const char *name_of(const struct names *names, uint32_t code) {
    return code < MOST_NAMES && names->names[code] != NULL ? names->names[code] : "";
}

static uint32_t code_of(const struct names *names, const char *name) {
    for (uint32_t code = 1; code < MOST_NAMES && names->names[code] != NULL; code++) {
        if (strcmp(names->names[code], name) == 0) {
            return code;
        }
    }
    return 0;
}

uint32_t supervision_level_read(const char *name) { return code_of(&levels, name); }
uint32_t supervision_trigger_read(const char *name) { return code_of(&triggers, name); }
uint32_t person_kind_read(const char *name) { return code_of(&kinds, name); }
uint32_t responsibility_read(const char *name) { return code_of(&degrees, name); }
uint32_t authority_read(const char *name) { return code_of(&authorities, name); }
uint32_t team_purpose_read(const char *name) { return code_of(&purposes, name); }
uint32_t evidence_giver_read(const char *name) { return code_of(&givers, name); }

// As asked for, else as its clock has it.
static int64_t due_of(const struct case_state *state, int64_t asked_ms, const char *prefix,
                      size_t number) {
    char name[33];
    snprintf(name, sizeof name, "%s-%zu", prefix, number);
    const struct case_clock *clock = case_clock_find(state, name);
    return asked_ms != 0 ? asked_ms : clock == NULL ? 0 : clock->due_at_ms;
}

static json_t *orders_to_json(const struct case_state *state) {
    json_t *list = json_array();
    for (size_t i = 0; i < state->parts.order_count; i++) {
        const struct case_order *order = &state->parts.orders[i];
        json_array_append_new(
            list, json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:b, s:s}", "order",
                            (int)i + 1, "level", name_of(&levels, order->level), "trigger",
                            name_of(&triggers, order->trigger), "issuer", order->issuer,
                            "ordered_at", time_to_json(order->ordered_at_ms), "due_at",
                            time_to_json(due_of(state, order->due_at_ms, "supervision", i + 1)),
                            "answered", order->answered, "lifted", order->lifted, "by_region",
                            order->by_region, "acting_for", order->acting_for));
    }
    return list;
}

static json_t *persons_to_json(const struct case_parts *parts) {
    json_t *list = json_array();
    for (size_t i = 0; i < parts->person_count; i++) {
        const struct case_person *person = &parts->persons[i];
        json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s}", "person", (int)i + 1, "kind",
                                              name_of(&kinds, person->kind), "title", person->title,
                                              "staff_code", person->staff_code));
    }
    return list;
}

static json_t *allegations_to_json(const struct case_parts *parts) {
    json_t *list = json_array();
    for (size_t i = 0; i < parts->allegation_count; i++) {
        const struct case_allegation *allegation = &parts->allegations[i];
        json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:s, s:s}", "allegation", (int)i + 1,
                                              "person", (int)allegation->person, "category",
                                              allegation->category, "outcome",
                                              outcome_name(allegation->outcome), "responsibility",
                                              name_of(&degrees, allegation->responsibility)));
    }
    return list;
}

static json_t *evidence_to_json(const struct case_parts *parts) {
    json_t *list = json_array();
    for (size_t i = 0; i < parts->evidence_count; i++) {
        char hex[65];
        seal_hex(parts->evidence[i], 32, hex);
        json_array_append_new(list, json_pack("{s:i, s:s}", "evidence", (int)i + 1, "sha256", hex));
    }
    return list;
}

static json_t *co_handlers_to_json(const struct case_state *state) {
    json_t *list = json_array();
    for (size_t i = 0; i < state->parts.co_handler_count; i++) {
        const struct case_co_handler *at = &state->parts.co_handlers[i];
        json_array_append_new(
            list,
            json_pack("{s:i, s:s, s:o, s:b, s:b}", "number", (int)i + 1, "unit", at->unit, "due_at",
                      time_to_json(due_of(state, at->due_at_ms, "co-handling", i + 1)), "reported",
                      at->reported, "answered", at->answered));
    }
    return list;
}

static json_t *team_to_json(const struct case_team *team) {
    return team->purpose == 0
               ? json_null()
               : json_pack("{s:s, s:s, s:s, s:s}", "purpose", name_of(&purposes, team->purpose),
                           "medical", team->medical, "legal", team->legal, "service",
                           team->service);
}

static json_t *authority_to_json(const struct case_parts *parts) {
    return parts->authority == 0
               ? json_null()
               : json_pack("{s:s, s:s}", "authority", name_of(&authorities, parts->authority),
                           "since", parts->authority_since);
}

// DOMAIN: flags, not states. A flag that has a level says it, else true.
json_t *flags_to_json(const struct case_state *state) {
    json_t *flags = json_object();
    uint32_t level = case_supervision_level(state);
    if (level != 0) {
        json_object_set_new(flags, "SUPERVISED", json_string(name_of(&levels, level)));
    }
    if (case_is_major(state)) {
        json_object_set_new(flags, "MAJOR", json_true());
    }
    if (case_is_overdue(state)) {
        json_object_set_new(flags, "OVERDUE", json_true());
    }
    if (case_is_extended(state)) {
        json_object_set_new(flags, "EXTENDED", json_true());
    }
    return flags;
}

void parts_to_json(json_t *json, const struct case_state *state) {
    json_object_set_new(json, "orders", orders_to_json(state));
    json_object_set_new(json, "persons", persons_to_json(&state->parts));
    json_object_set_new(json, "allegations", allegations_to_json(&state->parts));
    json_object_set_new(json, "evidence", evidence_to_json(&state->parts));
    json_object_set_new(json, "team", team_to_json(&state->parts.team));
    json_object_set_new(json, "co_handlers", co_handlers_to_json(state));
    json_object_set_new(json, "authority", authority_to_json(&state->parts));
    json_object_set_new(json, "flags", flags_to_json(state));
}
