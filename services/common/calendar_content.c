// SPDX-License-Identifier: Apache-2.0
#include "common/calendar_content.h"

#include "yaml_schema.h"

static const cyaml_schema_field_t range_fields[] = {
    TEXT("first", struct calendar_range, first, 10, 10),
    TEXT_OPTIONAL("last", struct calendar_range, last, 10, 10),
    SWITCH("working", struct calendar_range, working),
    TEXT_OPTIONAL("name", struct calendar_range, name, 1, 128), CYAML_FIELD_END};
static const cyaml_schema_value_t range_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct calendar_range, range_fields)};

static const cyaml_schema_field_t stretch_fields[] = {
    TEXT("from", struct calendar_stretch, from, 5, 5),
    TEXT("to", struct calendar_stretch, to, 5, 5), CYAML_FIELD_END};
static const cyaml_schema_value_t stretch_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct calendar_stretch, stretch_fields)};

static const cyaml_strval_t weekdays[] = {{"monday", 0},   {"tuesday", 1}, {"wednesday", 2},
                                          {"thursday", 3}, {"friday", 4},  {"saturday", 5},
                                          {"sunday", 6}};
static const cyaml_schema_value_t weekday_entry = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, uint32_t, weekdays, CYAML_ARRAY_LEN(weekdays))};

static const cyaml_schema_field_t content_fields[] = {
    TEXT("id", struct calendar_content, id, 1, 48),
    NUMBER("version", struct calendar_content, version),
    TEXT("source", struct calendar_content, source, 1, 400),
    TEXT("zone", struct calendar_content, zone, 1, 63),
    LIST("week", struct calendar_content, week, week_count, &weekday_entry, 0),
    LIST_OPTIONAL("hours", struct calendar_content, hours, hour_count, &stretch_entry),
    CYAML_FIELD_INT("first_year", CYAML_FLAG_DEFAULT, struct calendar_content, first_year),
    CYAML_FIELD_INT("last_year", CYAML_FLAG_DEFAULT, struct calendar_content, last_year),
    LIST_OPTIONAL("ranges", struct calendar_content, ranges, range_count, &range_entry),
    CYAML_FIELD_END};
static const cyaml_schema_value_t content_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct calendar_content, content_fields)};

enum rc calendar_content_load(struct calendar_content **content, const char *directory,
                              const char *file, struct error *error) {
    void *loaded = NULL;
    enum rc rc = yaml_file_load(directory, file, &content_schema, &loaded, error);
    *content = rc == RC_OK ? loaded : NULL;
    return rc;
}

void calendar_content_free(struct calendar_content *content) {
    yaml_file_free(&content_schema, content);
}
