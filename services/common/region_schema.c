// SPDX-License-Identifier: Apache-2.0
// One table a mapping: key, member, bounds. Bounds of texts are bytes.
#include "region_schema.h"

#include "policy_schema.h"
#include "yaml_schema.h"

static const cyaml_schema_value_t code_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 64)};
static const cyaml_schema_value_t term_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 128)};

static const cyaml_schema_field_t clock_fields[] = {
    TEXT("code", struct region_clock, code, 1, 64),
    TEXT("zh-CN", struct region_clock, chinese, 1, 128),
    TEXT("en", struct region_clock, english, 1, 128), CYAML_FIELD_END};
static const cyaml_schema_value_t clock_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_clock, clock_fields)};

static const cyaml_schema_field_t main_file_fields[] = {
    TEXT("id", struct region_file_main, id, 1, 64),
    NUMBER("version", struct region_file_main, version),
    TEXT("name", struct region_file_main, name, 1, 128),
    TEXT("zone", struct region_file_main, zone, 1, 64),
    TEXT("calendars", struct region_file_main, calendars, 1, 200),
    TEXT("calendar", struct region_file_main, calendar, 1, 64),
    TEXT("policies", struct region_file_main, policies, 1, 200),
    LIST_OPTIONAL("situations", struct region_file_main, situations, situation_count, &code_entry),
    LIST_OPTIONAL("clocks", struct region_file_main, clocks, clock_count, &clock_entry),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_main = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_file_main, main_file_fields)};

static const cyaml_schema_field_t department_fields[] = {
    TEXT("code", struct region_department, code, 1, 64),
    TEXT("name", struct region_department, name, 1, 128),
    LIST("ladder", struct region_department, ladder, ladder_count, &code_entry, 1),
    CYAML_FIELD_END};
static const cyaml_schema_value_t department_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_department, department_fields)};

static const cyaml_schema_field_t institution_fields[] = {
    TEXT("code", struct region_institution, code, 1, 32),
    TEXT("name", struct region_institution, name, 1, 128),
    TEXT("type", struct region_institution, type, 1, 64),
    TEXT_OPTIONAL("parent", struct region_institution, parent, 1, 32),
    LIST_OPTIONAL("units", struct region_institution, units, unit_count, &department_entry),
    LIST_OPTIONAL("ladder", struct region_institution, ladder, ladder_count, &code_entry),
    CYAML_FIELD_END};
static const cyaml_schema_value_t institution_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_institution, institution_fields)};

static const cyaml_schema_field_t institutions_file_fields[] = {
    TEXT("id", struct region_file_institutions, id, 1, 64),
    NUMBER("version", struct region_file_institutions, version),
    LIST("institutions", struct region_file_institutions, institutions, institution_count,
         &institution_entry, 1),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_institutions = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct region_file_institutions, institutions_file_fields)};

static const cyaml_schema_field_t subject_fields[] = {
    TEXT("code", struct region_subject, code, 1, 64),
    TEXT("name", struct region_subject, name, 1, 128), CYAML_FIELD_END};
static const cyaml_schema_value_t subject_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_subject, subject_fields)};

static const cyaml_schema_field_t category_fields[] = {
    TEXT("code", struct region_category, code, 1, 64),
    TEXT("name", struct region_category, name, 1, 128),
    LIST_OPTIONAL("subjects", struct region_category, subjects, subject_count, &subject_entry),
    LIST("institution_types", struct region_category, institution_types, institution_type_count,
         &code_entry, 1),
    CYAML_FIELD_END};
static const cyaml_schema_value_t category_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_category, category_fields)};

static const cyaml_schema_field_t categories_file_fields[] = {
    TEXT("id", struct region_file_categories, id, 1, 64),
    NUMBER("version", struct region_file_categories, version),
    LIST("categories", struct region_file_categories, categories, category_count, &category_entry,
         1),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_categories = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_file_categories, categories_file_fields)};

static const cyaml_schema_field_t policies_file_fields[] = {
    TEXT("id", struct region_file_policies, id, 1, 64),
    NUMBER("version", struct region_file_policies, version),
    LIST_OPTIONAL("use", struct region_file_policies, use, use_count, &code_entry),
    LIST_OPTIONAL("packs", struct region_file_policies, packs, pack_count, &policy_schema_entry),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_policies = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_file_policies, policies_file_fields)};

static const cyaml_schema_field_t staff_fields[] = {
    TEXT("subject", struct region_staff, subject, 1, 64),
    TEXT("name", struct region_staff, name, 1, 128),
    TEXT("email", struct region_staff, email, 3, 254),
    LIST("roles", struct region_staff, roles, role_count, &code_entry, 1),
    LIST("institutions", struct region_staff, institutions, institution_count, &code_entry, 1),
    LIST_OPTIONAL("units", struct region_staff, units, unit_count, &code_entry),
    TEXT("language", struct region_staff, language, 1, 8),
    TEXT_OPTIONAL("hours", struct region_staff, hours, 11, 11),
    CYAML_FIELD_END};
static const cyaml_schema_value_t staff_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_staff, staff_fields)};

static const cyaml_schema_field_t staff_file_fields[] = {
    TEXT("id", struct region_file_staff, id, 1, 64),
    NUMBER("version", struct region_file_staff, version),
    LIST("staff", struct region_file_staff, staff, staff_count, &staff_entry, 1), CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_staff = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_file_staff, staff_file_fields)};

static const cyaml_schema_field_t hook_fields[] = {
    TEXT("id", struct region_hook, id, 1, 32), TEXT("url", struct region_hook, url, 1, 1024),
    LIST("facts", struct region_hook, facts, fact_count, &code_entry, 1),
    LIST("institutions", struct region_hook, institutions, institution_count, &code_entry, 1),
    CYAML_FIELD_END};
static const cyaml_schema_value_t hook_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_hook, hook_fields)};

static const cyaml_schema_field_t hooks_file_fields[] = {
    TEXT("id", struct region_file_hooks, id, 1, 64),
    NUMBER("version", struct region_file_hooks, version),
    LIST("hooks", struct region_file_hooks, hooks, hook_count, &hook_entry, 0), CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_hooks = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_file_hooks, hooks_file_fields)};

static const cyaml_schema_field_t template_fields[] = {
    TEXT("code", struct region_template, code, 1, 64),
    TEXT("language", struct region_template, language, 1, 8),
    TEXT("subject", struct region_template, subject, 1, 400),
    TEXT("body", struct region_template, body, 1, 8000), CYAML_FIELD_END};
static const cyaml_schema_value_t template_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_template, template_fields)};

static const cyaml_schema_field_t templates_file_fields[] = {
    TEXT("id", struct region_file_templates, id, 1, 64),
    NUMBER("version", struct region_file_templates, version),
    LIST("templates", struct region_file_templates, templates, template_count, &template_entry, 1),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_templates = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_file_templates, templates_file_fields)};

static const cyaml_schema_field_t group_fields[] = {
    LIST("any", struct region_term_group, terms, term_count, &term_entry, 1), CYAML_FIELD_END};
static const cyaml_schema_value_t group_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_term_group, group_fields)};

static const cyaml_schema_field_t rule_fields[] = {
    TEXT("id", struct region_rule, id, 1, 64),
    LIST("all", struct region_rule, all, all_count, &group_entry, 1),
    TEXT_OPTIONAL("urgency", struct region_rule, urgency, 1, 64),
    TEXT_OPTIONAL("crisis", struct region_rule, crisis, 1, 64),
    TEXT_OPTIONAL("category", struct region_rule, category, 1, 64),
    TEXT_OPTIONAL("subject", struct region_rule, subject, 1, 64),
    NUMBER("weight", struct region_rule, weight),
    SWITCH("guarded", struct region_rule, guarded),
    CYAML_FIELD_END};
static const cyaml_schema_value_t rule_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_rule, rule_fields)};

static const cyaml_schema_field_t lexicon_file_fields[] = {
    TEXT("id", struct region_lexicon, id, 1, 64),
    NUMBER("version", struct region_lexicon, version),
    LIST("negations", struct region_lexicon, negations, negation_count, &term_entry, 1),
    LIST("third_persons", struct region_lexicon, third_persons, third_person_count, &term_entry, 1),
    LIST("rules", struct region_lexicon, rules, rule_count, &rule_entry, 1),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_lexicon = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct region_lexicon, lexicon_file_fields)};

static const cyaml_schema_field_t commitment_fields[] = {
    TEXT("id", struct region_commitment, policy.id, 1, 48),
    NUMBER("version", struct region_commitment, policy.version),
    TEXT("institution", struct region_commitment, institution, 1, 32),
    TEXT("title", struct region_commitment, policy.title, 1, 128),
    TEXT("text", struct region_commitment, text, 1, 4000),
    TEXT("published", struct region_commitment, published, 10, 10),
    TEXT("calendar", struct region_commitment, policy.calendar_name, 1, 64),
    TEXT("effective_from", struct region_commitment, policy.effective_from, 10, 10),
    TEXT_OPTIONAL("effective_until", struct region_commitment, policy.effective_until, 10, 10),
    LIST("terms", struct region_commitment, policy.rules, policy.rule_count, &policy_schema_rule,
         1),
    CYAML_FIELD_END};
static const cyaml_schema_value_t commitment_entry __attribute__((unused)) = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct region_commitment, commitment_fields)};

static const cyaml_schema_field_t commitments_file_fields[] = {
    TEXT("id", struct region_file_commitments, id, 1, 64),
    NUMBER("version", struct region_file_commitments, version),
    LIST("commitments", struct region_file_commitments, commitments, commitment_count,
         &commitment_entry, 0),
    CYAML_FIELD_END};
const cyaml_schema_value_t region_schema_commitments = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct region_file_commitments, commitments_file_fields)};
