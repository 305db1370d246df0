// SPDX-License-Identifier: Apache-2.0
// Claims that are not understood open nothing.
#include "common/scope.h"

#include <stdio.h>
#include <string.h>

static void add(char scope[SCOPE_SIZE], const char *code) {
    size_t used = strlen(scope);
    if (used + strlen(code) + 2 < SCOPE_SIZE) {
        snprintf(scope + used, SCOPE_SIZE - used, "%s%s", used == 0 ? "" : ",", code);
    }
}

void scope_read(const json_t *claims, const struct region *region, char scope[SCOPE_SIZE]) {
    size_t index;
    json_t *entry;
    scope[0] = '\0';
    json_array_foreach(json_object_get(claims, "institutions"), index, entry) {
        const char *code = json_string_value(entry);
        for (size_t i = 0; code != NULL && i < region->institution_count; i++) {
            if (strcmp(code, "*") == 0 || strcmp(code, region->institutions[i].code) == 0) {
                add(scope, region->institutions[i].code);
            }
        }
    }
}
