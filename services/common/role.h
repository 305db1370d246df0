// SPDX-License-Identifier: Apache-2.0
// Who somebody is: the roles of staff, machines and the complainant, and which reads each may do.
// One half of the permission table; the ledger's permission.h and field.h are the other, and
// `redressctl permissions show` prints all of it. Pure.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// As bits. A token's claim "roles" and a region's staff name them.
enum role {
    ROLE_OPERATOR = 1,
    ROLE_HANDLER = 2,
    ROLE_SUPERVISOR = 4,
    ROLE_AUDITOR = 8,
    ROLE_ADMINISTRATOR = 16,
    ROLE_REVIEWER = 32,
    ROLE_COUNSELLOR = 64,
    ROLE_PANEL_MEMBER = 128,
    ROLE_INTEGRATOR = 256,
    ROLE_MONITOR = 512,
    ROLE_COMPLAINANT = 1024, // by tracking code and PIN, never by a token
};
#define ROLE_COUNT 11
#define ROLE_PEOPLE                                                                                \
    (ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR | ROLE_AUDITOR | ROLE_ADMINISTRATOR |          \
     ROLE_REVIEWER | ROLE_COUNSELLOR)

// "panel-member"; NULL for what is no role.
const char *role_name(unsigned role);
// 0 for an unknown name.
unsigned role_read(const char *name);
// The bits of a claim's list of names; what is not understood, or no token may claim, gives none.
unsigned role_read_claim(const json_t *list);

// The names of these bits, separated by commas, cut to the room.
void role_write(unsigned roles, char *text, size_t room);
// Reads them back.
unsigned role_read_names(const char *text);

enum role_view {
    VIEW_LIST,
    VIEW_SHOW,
    VIEW_TIMELINE,
    VIEW_EXPORT,  // whole and signed, so that nothing in it can be masked
    VIEW_SIMILAR, // cases that may be of the same matter
    VIEW_CHANGES,
    VIEW_INDICATORS,
    VIEW_STATUS,
    VIEW_COUNT
};

struct role_view_permission {
    const char *name;
    unsigned roles;  // any of them
    unsigned closed; // those of them that see cases only once they are closed
};
const struct role_view_permission *role_view_permission(enum role_view view);

bool role_may_view(unsigned roles, enum role_view view);
// Whether these roles see closed cases only.
bool role_sees_closed_only(unsigned roles, enum role_view view);
