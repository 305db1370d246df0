// SPDX-License-Identifier: Apache-2.0
// DOMAIN: whom it serves.
#include "common/role.h"

#include <stdio.h>
#include <string.h>

#define OF_CASEWORK                                                                                \
    (ROLE_OPERATOR | ROLE_COUNSELLOR | ROLE_HANDLER | ROLE_SUPERVISOR | ROLE_REVIEWER |            \
     ROLE_AUDITOR)
#define OF_CASES (ROLE_PEOPLE | ROLE_PANEL_MEMBER | ROLE_INTEGRATOR)

static const char *const names[ROLE_COUNT] = {
    "operator",   "handler",      "supervisor", "auditor", "administrator", "reviewer",
    "counsellor", "panel-member", "integrator", "monitor", "complainant"};

// A panel scores closed cases; a monitor sees numbers; a complainant has a code, no token.
static const struct role_view_permission views[VIEW_COUNT] = {
    [VIEW_LIST] = {"list", OF_CASES, ROLE_PANEL_MEMBER},
    [VIEW_SHOW] = {"show", OF_CASES, ROLE_PANEL_MEMBER},
    [VIEW_TIMELINE] = {"timeline", OF_CASES, ROLE_PANEL_MEMBER},
    [VIEW_EXPORT] = {"export", ROLE_SUPERVISOR | ROLE_AUDITOR, 0},
    [VIEW_SIMILAR] = {"similar", OF_CASEWORK, 0},
    [VIEW_CHANGES] = {"changes", ROLE_PEOPLE | ROLE_INTEGRATOR, 0},
    [VIEW_INDICATORS] = {"indicators", ROLE_PEOPLE | ROLE_PANEL_MEMBER | ROLE_MONITOR, 0},
    [VIEW_STATUS] = {"status", ROLE_COMPLAINANT, 0},
};

const char *role_name(unsigned role) {
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        if (role == 1U << place) {
            return names[place];
        }
    }
    return NULL;
}

unsigned role_read(const char *name) {
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        if (strcmp(names[place], name) == 0) {
            return 1U << place;
        }
    }
    return 0;
}

unsigned role_read_claim(const json_t *list) {
    unsigned bits = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        bits |= json_is_string(entry) ? role_read(json_string_value(entry)) : 0;
    }
    return bits & ~(unsigned)ROLE_COMPLAINANT;
}

void role_write(unsigned roles, char *text, size_t room) {
    size_t used = 0;
    text[0] = '\0';
    for (unsigned place = 0; place < ROLE_COUNT && used < room; place++) {
        if ((roles & 1U << place) != 0) {
            used += (size_t)snprintf(text + used, room - used, "%s%s", used == 0 ? "" : ",",
                                     names[place]);
        }
    }
}

unsigned role_read_names(const char *text) {
    unsigned roles = 0;
    char name[32];
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        roles |= role_read(name);
        text += size + (text[size] == ',');
    }
    return roles;
}

const struct role_view_permission *role_view_permission(enum role_view view) {
    return &views[view];
}

bool role_may_view(unsigned roles, enum role_view view) { return (roles & views[view].roles) != 0; }

bool role_sees_closed_only(unsigned roles, enum role_view view) {
    return (roles & views[view].roles & ~views[view].closed) == 0;
}
