// SPDX-License-Identifier: Apache-2.0
// One table a mapping: key, member, bounds.
#include "policy_schema.h"

#include "yaml_schema.h"

static const cyaml_schema_value_t code_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 64)};
static const cyaml_schema_value_t percent_entry = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};

static const cyaml_strval_t units[] = {{"seconds", LIMIT_SECONDS},
                                       {"minutes", LIMIT_MINUTES},
                                       {"hours", LIMIT_HOURS},
                                       {"working_hours", LIMIT_WORKING_HOURS},
                                       {"calendar_days", LIMIT_CALENDAR_DAYS},
                                       {"months", LIMIT_MONTHS},
                                       {"working_days", LIMIT_WORKING_DAYS}};
static const cyaml_strval_t start_days[] = {{"not_counted", 0}, {"counted", 1}};
static const cyaml_strval_t last_days[] = {{"rolls_forward", 0}, {"kept", 1}};
static const cyaml_schema_field_t limit_fields[] = {
    NUMBER("value", struct limit, value), CHOICE("unit", struct limit, unit, units),
    CHOICE_OPTIONAL("start_day", struct limit, counts_start_day, start_days),
    CHOICE_OPTIONAL("last_day", struct limit, keeps_last_day, last_days), CYAML_FIELD_END};
#define LIMIT(key, type, member)                                                                   \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_DEFAULT, type, member, limit_fields)
#define LIMIT_OPTIONAL(key, type, member)                                                          \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member,           \
                            limit_fields)

static const cyaml_strval_t source_kinds[] = {{"law", POLICY_LAW},
                                              {"standard", POLICY_STANDARD},
                                              {"plan", POLICY_PLAN},
                                              {"ours", POLICY_OURS}};
static const cyaml_schema_field_t source_fields[] = {
    CHOICE("kind", struct policy_source, kind, source_kinds),
    TEXT("text", struct policy_source, text, 1, 400), CYAML_FIELD_END};

static const cyaml_strval_t severities[] = {
    {"not_assessed", 1}, {"P1", 2}, {"P2", 4}, {"P3", 8}, {"P4", 16}};
static const cyaml_strval_t channels[] = {
    {"phone", 1 << 1},     {"web", 1 << 2},    {"wechat", 1 << 3}, {"app", 1 << 4},
    {"window", 1 << 5},    {"letter", 1 << 6}, {"email", 1 << 7},  {"institution", 1 << 8},
    {"integrator", 1 << 8}}; // as packs of before call it
static const cyaml_schema_field_t when_fields[] = {
    LIST_OF_SOME("situations", struct policy_when, situations, situation_count, &code_entry),
    LIST_OF_SOME("categories", struct policy_when, categories, category_count, &code_entry),
    CHOICES_OPTIONAL("channels", struct policy_when, channels, channels),
    CHOICES_OPTIONAL("severities", struct policy_when, severities, severities), CYAML_FIELD_END};

static const cyaml_strval_t roles[] = {
    {"operator", POLICY_OPERATOR},      {"handler", POLICY_HANDLER},
    {"supervisor", POLICY_SUPERVISOR},  {"reviewer", POLICY_REVIEWER},
    {"counsellor", POLICY_COUNSELLOR},  {"administrator", POLICY_ADMINISTRATOR},
    {"complainant", POLICY_COMPLAINANT}};

static const cyaml_schema_field_t pause_fields[] = {
    TEXT("ground", struct policy_pause, ground, 1, 64), LIMIT("cap", struct policy_pause, cap),
    CYAML_FIELD_END};
static const cyaml_schema_value_t pause_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct policy_pause, pause_fields)};

static const cyaml_schema_field_t extension_fields[] = {
    NUMBER("count", struct policy_extension, count),
    LIMIT_OPTIONAL("limit", struct policy_extension, limit),
    SWITCH_OPTIONAL("unbounded", struct policy_extension, unbounded),
    LIMIT_OPTIONAL("reason_above", struct policy_extension, reason_above),
    CHOICES("approved_by", struct policy_extension, approved_by, roles),
    CHOICES("tell", struct policy_extension, tell, roles),
    CYAML_FIELD_END};

static const cyaml_schema_field_t rule_fields[] = {
    TEXT("id", struct policy_rule, id, 1, 64),
    TEXT("clock", struct policy_rule, clock, 1, 32),
    CYAML_FIELD_MAPPING("source", CYAML_FLAG_DEFAULT, struct policy_rule, source, source_fields),
    SWITCH_OPTIONAL("statutory", struct policy_rule, statutory),
    SWITCH_OPTIONAL("longer_law_prevails", struct policy_rule, longer_law_prevails),
    CYAML_FIELD_MAPPING("when", CYAML_FLAG_OPTIONAL, struct policy_rule, when, when_fields),
    TEXT_OPTIONAL("starts_on", struct policy_rule, starts_on, 1, 64),
    TEXT_OPTIONAL("after", struct policy_rule, after, 1, 32),
    TEXT("stops_on", struct policy_rule, stops_on, 1, 64),
    SWITCH_OPTIONAL("lapses", struct policy_rule, lapses),
    LIMIT("limit", struct policy_rule, limit),
    LIST_OF_SOME("warn_percents", struct policy_rule, warn_percents, warn_count, &percent_entry),
    LIST_OPTIONAL("pauses", struct policy_rule, pauses, pause_count, &pause_entry),
    CYAML_FIELD_MAPPING_PTR("extension", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                            struct policy_rule, extension, extension_fields),
    LIST_OPTIONAL("restarts", struct policy_rule, restarts, restart_count, &code_entry),
    CYAML_FIELD_END};
const cyaml_schema_value_t policy_schema_rule = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct policy_rule, rule_fields)};

static const cyaml_schema_field_t level_fields[] = {
    LIMIT("after", struct policy_level, after), CHOICES("tell", struct policy_level, tell, roles),
    CYAML_FIELD_END};
static const cyaml_schema_value_t level_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct policy_level, level_fields)};

static const cyaml_schema_field_t ladder_fields[] = {
    LIST("levels", struct policy_ladder, levels, level_count, &level_entry, 1),
    NUMBER("most", struct policy_ladder, most), CYAML_FIELD_END};

static const cyaml_schema_field_t closure_fields[] = {
    NUMBER("follow_up_attempts", struct policy_closure, follow_up_attempts), CYAML_FIELD_END};

static const cyaml_schema_field_t identity_fields[] = {
    SWITCH("approval", struct policy_identity, approval), CYAML_FIELD_END};

static const cyaml_schema_field_t retention_fields[] = {
    NUMBER("years", struct policy_retention, years), CYAML_FIELD_END};

static const cyaml_strval_t layers[] = {
    {"national", POLICY_NATIONAL}, {"region", POLICY_REGION}, {"institution", POLICY_INSTITUTION}};
static const cyaml_schema_field_t policy_fields[] = {
    TEXT("id", struct policy, id, 1, 48),
    NUMBER("version", struct policy, version),
    TEXT("title", struct policy, title, 1, 128),
    CHOICE("layer", struct policy, layer, layers),
    TEXT("calendar", struct policy, calendar_name, 1, 64),
    TEXT("effective_from", struct policy, effective_from, 10, 10),
    TEXT_OPTIONAL("effective_until", struct policy, effective_until, 10, 10),
    LIST_OF_SOME("institution_types", struct policy, institution_types, institution_type_count,
                 &code_entry),
    LIST_OPTIONAL("institutions", struct policy, institutions, institution_count, &code_entry),
    CYAML_FIELD_MAPPING("ladder", CYAML_FLAG_DEFAULT, struct policy, ladder, ladder_fields),
    CYAML_FIELD_MAPPING_PTR("closure", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct policy,
                            closure, closure_fields),
    CYAML_FIELD_MAPPING_PTR("identity", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct policy,
                            identity, identity_fields),
    CYAML_FIELD_MAPPING_PTR("retention", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct policy,
                            retention, retention_fields),
    LIST("rules", struct policy, rules, rule_count, &policy_schema_rule, 1),
    CYAML_FIELD_END};
const cyaml_schema_value_t policy_schema_file = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct policy, policy_fields)};
const cyaml_schema_value_t policy_schema_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct policy, policy_fields)};

const char *policy_schema_channel(unsigned channel) {
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (channels[i].val == INT64_C(1) << channel) {
            return channels[i].str;
        }
    }
    return NULL;
}
