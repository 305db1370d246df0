// SPDX-License-Identifier: Apache-2.0
// The YAML schemas of a region's files; only region.c includes it.
#pragma once

#include "common/region.h"

#include <cyaml/cyaml.h>

// One file's content. Every file begins with id and version.
struct region_file_main {
    char *id;
    uint32_t version;
    char *name;
    char *zone;
    char *calendars;   // folder, relative to the region's
    char *calendar;    // id or id@version
    char *policies;    // folder
    char **situations; // of its own, beside those that all packs may name
    size_t situation_count;
    struct region_clock *clocks;
    size_t clock_count;
};

struct region_file_institutions {
    char *id;
    uint32_t version;
    struct region_institution *institutions;
    unsigned institution_count;
};

struct region_file_categories {
    char *id;
    uint32_t version;
    struct region_category *categories;
    unsigned category_count;
};

struct region_file_policies {
    char *id;
    uint32_t version;
    char **use; // packs of the folder, id or id@version
    unsigned use_count;
    struct policy *packs; // the region's own
    unsigned pack_count;
};

struct region_file_staff {
    char *id;
    uint32_t version;
    struct region_staff *staff;
    unsigned staff_count;
};

struct region_file_hooks {
    char *id;
    uint32_t version;
    struct region_hook *hooks;
    unsigned hook_count;
};

struct region_file_templates {
    char *id;
    uint32_t version;
    struct region_template *templates;
    unsigned template_count;
};

struct region_file_commitments {
    char *id;
    uint32_t version;
    struct region_commitment *commitments;
    unsigned commitment_count;
};

extern const cyaml_schema_value_t region_schema_main;
extern const cyaml_schema_value_t region_schema_institutions;
extern const cyaml_schema_value_t region_schema_categories;
extern const cyaml_schema_value_t region_schema_policies;
extern const cyaml_schema_value_t region_schema_staff;
extern const cyaml_schema_value_t region_schema_hooks;
extern const cyaml_schema_value_t region_schema_templates;
extern const cyaml_schema_value_t region_schema_lexicon;
extern const cyaml_schema_value_t region_schema_commitments;
