// SPDX-License-Identifier: Apache-2.0
// Claims that are not understood open nothing.
#include "common/scope.h"

#include <stdio.h>
#include <string.h>

static void add(char scope[SCOPE_SIZE], const char *code) {
    size_t used = strlen(scope);
    if (!scope_contains(scope, code) && used + strlen(code) + 2 < SCOPE_SIZE) {
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

bool scope_contains(const char *scope, const char *code) {
    size_t size = strlen(code);
    for (const char *at = scope; size > 0; at++) {
        size_t length = strcspn(at, ",");
        if (length == size && memcmp(at, code, size) == 0) {
            return true;
        }
        at += length;
        if (*at == '\0') {
            break;
        }
    }
    return false;
}

bool scope_is_region(const char *scope, const struct region *region) {
    size_t count = scope[0] != '\0';
    for (const char *at = strchr(scope, ','); at != NULL; at = strchr(at + 1, ',')) {
        count++;
    }
    return count == region->institution_count;
}

enum rc scope_begin(struct pg *pg, const char *role, const struct scope_reader *reader,
                    struct error *error) {
    struct pg_parameters parameters = {0};
    char sql[128];
    snprintf(sql, sizeof sql, "BEGIN READ ONLY; SET LOCAL ROLE %s", role);
    enum rc rc = pg_command(pg, sql, error);
    if (rc != RC_OK) {
        return rc;
    }
    pg_add_text(&parameters, reader->tenants);
    pg_add_text(&parameters, reader->subject);
    pg_add_text(&parameters, reader->views);
    pg_add_text(&parameters, reader->closed_only ? "on" : "off");
    return pg_run(pg,
                  "SELECT set_config('redress.tenants', $1, true), "
                  "set_config('redress.subject', $2, true), "
                  "set_config('redress.views', $3, true), "
                  "set_config('redress.closed_only', $4, true)",
                  &parameters, NULL, error);
}

enum rc scope_queue(struct pg *pg, const char *role, const struct scope_reader *reader,
                    struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_text(&parameters, reader->tenants);
    pg_add_text(&parameters, reader->subject);
    pg_add_text(&parameters, reader->views);
    pg_add_text(&parameters, reader->closed_only ? "on" : "off");
    pg_add_text(&parameters, role);
    return pg_queue(pg,
                    "SELECT set_config('redress.tenants', $1, true), "
                    "set_config('redress.subject', $2, true), "
                    "set_config('redress.views', $3, true), "
                    "set_config('redress.closed_only', $4, true), set_config('role', $5, true)",
                    &parameters, error);
}

void scope_end(struct pg *pg) {
    struct error ignored;
    enum rc rc = pg_command(pg, "ROLLBACK", &ignored);
    (void)rc; // a lost connection has rolled back by itself
}
