// SPDX-License-Identifier: Apache-2.0
// Policy packs as files: deploy/policies/<id>@<version>.yaml.
#pragma once

#include "common/calendar_file.h"
#include "common/policy.h"

struct policy_set;

// Reads and checks every pack of a folder, or the one file of it that is named (NULL: all). The
// calendars are borrowed for the set's life. Free with policy_set_free.
MUST_CHECK enum rc policy_set_load(struct policy_set **set, const char *directory, const char *file,
                                   const struct calendar_set *calendars, struct error *error);
void policy_set_free(struct policy_set *set);
// Sorted by id, then version.
const struct policy *const *policy_set_all(const struct policy_set *set, size_t *count);
