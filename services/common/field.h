// SPDX-License-Identifier: Apache-2.0
// Which roles read which fields of cases and facts: the permission table's third part. What no row
// names is masked for everybody. Pure.
#pragma once

#include "common/role.h"

#include <jansson.h>
#include <stddef.h>

struct field_permission {
    const char *name; // "narrative"; "CaseCommented.comment" goes before "comment"
    unsigned roles;   // bits of enum role, any of them
};

extern const struct field_permission field_permissions[]; // by name
extern const size_t field_permission_count;

// Of a case's field (fact NULL) or a fact's ("CaseDecided"); 0 where no row names it.
unsigned field_roles(const char *fact, const char *name);

// Puts null for what none of these roles reads and lists the names in "masked". Gives back the
// object itself; NULL for NULL.
json_t *field_mask(json_t *object, const char *fact, unsigned roles);
// The same of what says its fields under other names: which field a name stands for.
typedef const char *(*field_said)(const void *context, const char *name);
json_t *field_mask_said(json_t *object, const char *fact, unsigned roles, field_said said,
                        const void *context);
