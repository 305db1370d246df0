// SPDX-License-Identifier: Apache-2.0
// Who may what, printed from the tables that decide it; and what the rules answer for each role,
// command, state and relation to a case, for a reader (or a test) to hold against the table.
#include "command.h"

#include "ledger/permission.h"
#include "ledger/workflow.h"

#include "common/field.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define NAMES_SIZE 160

static const char *const scopes[] = {"never", "unit", "institution", "region", "outside"};

// What row-level security asks of the ledger's tables (migrations/0003_access.sql).
static const struct {
    const char *table;
    const char *views[3];
} tables[] = {{"cases", {"list", "show"}},
              {"case_events", {"show", "timeline"}},
              {"clocks", {"show"}},
              {"vault", {"reveal"}}};

static json_t *role_list(unsigned roles) {
    json_t *list = json_array();
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        if ((roles & 1U << place) != 0) {
            json_array_append_new(list, json_string(role_name(1U << place)));
        }
    }
    return list;
}

static json_t *who_json(const struct permission *permission) {
    json_t *who = json_object();
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        enum permission_scope scope = permission_scope(permission, 1U << place);
        if (scope != PERMISSION_NEVER) {
            json_object_set_new(who, role_name(1U << place), json_string(scopes[scope]));
        }
    }
    return who;
}

static json_t *states_json(uint32_t from) {
    json_t *list = json_array();
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        if ((from & WORKFLOW_FROM(status)) != 0) {
            json_array_append_new(list, json_string(case_status_name(status)));
        }
    }
    return list;
}

// The rows by which the command may be given at all; how it ends is the workflow's own table.
static json_t *rows_json(enum input_kind kind) {
    json_t *list = json_array();
    for (size_t i = 0; i < workflow_row_count; i++) {
        const struct workflow_row *row = &workflow_rows[i];
        if (row->command != kind || row->when != WHEN_ALWAYS) {
            continue;
        }
        json_t *guards = json_array();
        for (uint64_t guard = 1; guard != 0 && guard <= row->guards; guard <<= 1) {
            if ((row->guards & guard) != 0) {
                json_array_append_new(guards, json_string(workflow_guard_code(guard)));
            }
        }
        json_array_append_new(
            list, json_pack("{s:o, s:o}", "states", states_json(row->from), "guards", guards));
    }
    return list;
}

static json_t *commands_json(void) {
    json_t *list = json_array();
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        const struct permission *row = permission_of(kind);
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:b, s:b, s:b, s:o}", "command",
                                        case_command_name(kind), "who", who_json(row), "emergency",
                                        (int)row->emergency, "co_handling", (int)row->co_handling,
                                        "owner", (int)row->owner, "rows", rows_json(kind)));
    }
    return list;
}

static json_t *views_json(void) {
    json_t *list = json_array();
    for (enum role_view view = 0; view < VIEW_COUNT; view++) {
        const struct role_view_permission *row = role_view_permission(view);
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:o}", "view", row->name, "roles",
                                        role_list(row->roles), "closed", role_list(row->closed)));
    }
    return list;
}

static json_t *fields_json(void) {
    json_t *list = json_array();
    for (size_t i = 0; i < field_permission_count; i++) {
        json_array_append_new(list, json_pack("{s:s, s:o}", "field", field_permissions[i].name,
                                              "roles", role_list(field_permissions[i].roles)));
    }
    return list;
}

static json_t *tables_json(void) {
    json_t *object = json_object();
    for (size_t i = 0; i < COUNT(tables); i++) {
        json_t *views = json_array();
        for (size_t v = 0; v < COUNT(tables[i].views) && tables[i].views[v] != NULL; v++) {
            json_array_append_new(views, json_string(tables[i].views[v]));
        }
        json_object_set_new(object, tables[i].table, views);
    }
    return object;
}

static void print_who(const struct permission *permission) {
    const char *separator = "";
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        enum permission_scope scope = permission_scope(permission, 1U << place);
        if (scope != PERMISSION_NEVER) {
            printf("%s%s (%s)", separator, role_name(1U << place), scopes[scope]);
            separator = ", ";
        }
    }
}

// Ways beside a grant on the case or its unit.
static void print_ways(const struct permission *permission) {
    const struct {
        bool open;
        const char *text;
    } ways[] = {
        {permission->emergency, "by a broken glass"},
        {permission->co_handling, "by a grant on a co-handler's unit"},
        {permission->owner && permission->unit, "by the unit that owns an open improvement"},
        {permission->owner, "by a grant on an open improvement's unit"},
    };
    const char *separator = "";
    for (size_t i = 0; i < COUNT(ways); i++) {
        if (ways[i].open) {
            printf("%s%s", separator, ways[i].text);
            separator = ", ";
        }
    }
}

static void print_roles(const char *name, unsigned roles, unsigned closed) {
    char names[NAMES_SIZE];
    role_write(roles & ~closed, names, sizeof names);
    printf("| %s | %s", name, names);
    role_write(roles & closed, names, sizeof names);
    printf(names[0] == '\0' ? "%s |\n" : ", %s (closed cases) |\n", names);
}

static void print_tables(void) {
    printf("| command | who (whose cases) | beside a grant on the case or its unit |\n"
           "| --- | --- | --- |\n");
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        printf("| %s | ", case_command_name(kind));
        print_who(permission_of(kind));
        printf(" | ");
        print_ways(permission_of(kind));
        printf(" |\n");
    }
    printf("\n| read | who |\n| --- | --- |\n");
    for (enum role_view view = 0; view < VIEW_COUNT; view++) {
        const struct role_view_permission *row = role_view_permission(view);
        print_roles(row->name, row->roles, row->closed);
    }
    printf("\n| field | who |\n| --- | --- |\n");
    for (size_t i = 0; i < field_permission_count; i++) {
        print_roles(field_permissions[i].name, field_permissions[i].roles, 0);
    }
}

int permissions_show(const struct arguments *arguments) {
    if (!arguments->json) {
        print_tables();
        return EXIT_GOOD;
    }
    print_json(json_pack("{s:o, s:o, s:o, s:o, s:o}", "roles", role_list((1U << ROLE_COUNT) - 1),
                         "commands", commands_json(), "views", views_json(), "fields",
                         fields_json(), "row_level_security", tables_json()));
    return EXIT_GOOD;
}

// A case of the institution "own" whose guards hold as far as they can hold together.
static void fill_case(struct case_state *state, enum case_status status) {
    memset(state, 0, sizeof *state);
    snprintf(state->case_id, sizeof state->case_id, "01234567-89ab-8def-8123-456789abcdef");
    snprintf(state->tenant, sizeof state->tenant, "own");
    snprintf(state->unit, sizeof state->unit, "own.unit");
    snprintf(state->termination_requester, sizeof state->termination_requester, "somebody");
    case_reveal_note(&state->reveal_requests, "somebody", false, 0);
    state->status = status;
    state->alarm_count = 1;
    state->improvement_count = 1;
    snprintf(state->improvements[0].owner, sizeof state->improvements[0].owner, "own.owner");
    state->followed_up = true;
}

static const struct relation {
    const char *name;
    const char *tenants;
    const char *unit; // NULL: of none
    bool region, conflict;
} relations[] = {{"unit", "own", "own.unit", false, false},
                 {"owner", "own", "own.owner", false, false}, // of an open improvement
                 {"institution", "own,another", NULL, false, false},
                 {"region", "own,another", NULL, true, false},
                 {"outside", "another", NULL, false, false},
                 {"conflict", "own,another", "own.unit", true, true}};

static json_t *walk_one(const struct relation *relation, unsigned roles, enum case_status status) {
    const struct case_actor actor = {.subject = "me",
                                     .roles = roles,
                                     .units = &relation->unit,
                                     .unit_count = relation->unit != NULL,
                                     .tenants = relation->tenants,
                                     .region = relation->region};
    struct case_state state;
    json_t *answers = json_object();
    fill_case(&state, status);
    if (relation->conflict) {
        case_add_conflict(&state, actor.subject);
    }
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        const char *code = case_permits(&state, kind, &actor);
        json_object_set_new(answers, case_command_name(kind),
                            json_string(code == NULL ? "" : code));
    }
    return answers;
}

int permissions_walk(const struct arguments *arguments) {
    (void)arguments;
    json_t *items = json_array();
    for (unsigned place = 0; place < ROLE_COUNT; place++) {
        for (size_t r = 0; r < COUNT(relations); r++) {
            for (enum case_status s = CASE_RECEIVED; s < CASE_STATUS_COUNT; s++) {
                json_array_append_new(
                    items, json_pack("{s:s, s:s, s:s, s:o}", "role", role_name(1U << place),
                                     "relation", relations[r].name, "state", case_status_name(s),
                                     "answers", walk_one(&relations[r], 1U << place, s)));
            }
        }
    }
    print_json(json_pack("{s:o}", "items", items));
    return EXIT_GOOD;
}
