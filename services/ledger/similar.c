// SPDX-License-Identifier: Apache-2.0
// No connection to PostgreSQL is held while triage is asked. Two walls, each enough alone: triage
// gives only cases of the scope's institutions and of what was granted and has not ended, and their
// rows are read under row-level security, which also keeps those in conflict away.
#include "similar.h"

#include "permission.h"
#include "query.h"

#include "common/field.h"
#include "common/http_client.h"

#include <stdio.h>
#include <string.h>

#define TRIAGE_TIMEOUT_MS 2000
#define MOST 20
#define GRANTS_SIZE 4096 // as triage takes
#define CASE_IDS (GRANTS_SIZE / 37)

// Names separated by commas, as many as fit.
struct names {
    char text[GRANTS_SIZE];
    size_t used;
};

// What was granted beside the scope's institutions: units, and cases by their ids, among them those
// that a granted unit co-handles, which triage can't tell.
struct granted {
    struct names units, cases;
};

static enum rc no_role(struct error *error) {
    error_fill(error, RC_FORBIDDEN, "role-not-allowed", "",
               "similar cases are for those who handle the case");
    return RC_FORBIDDEN;
}

static void add_name(struct names *names, const char *name) {
    if (name[0] != '\0' && names->used + strlen(name) + 2 <= sizeof names->text) {
        names->used += (size_t)snprintf(names->text + names->used, sizeof names->text - names->used,
                                        "%s%s", names->used == 0 ? "" : ",", name);
    }
}

static enum rc list_granted(struct pg *pg, const struct case_actor *actor, struct granted *granted,
                            struct error *error) {
    char ids[CASE_IDS][37];
    size_t count = 0;
    for (size_t i = 0; i < actor->grant_count; i++) {
        add_name(&granted->units, actor->grants[i].unit);
        add_name(&granted->cases, actor->grants[i].case_id);
    }
    enum rc rc = granted->units.used == 0
                     ? RC_OK
                     : query_co_handled(pg, granted->units.text, ids, CASE_IDS, &count, error);
    for (size_t i = 0; i < count; i++) {
        add_name(&granted->cases, ids[i]);
    }
    return rc;
}

static enum rc see_case(struct ledger *ledger, struct access *access, const char *case_id,
                        unsigned *roles, struct granted *granted, struct error *error) {
    struct case_state state;
    struct pg *pg = NULL;
    enum rc rc = pg_pool_take(ledger->pool, &pg, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = query_begin(pg, access, error);
    rc = rc == RC_OK ? query_state(pg, &access->actor, case_id, &state, error) : rc;
    rc = rc == RC_OK ? list_granted(pg, &access->actor, granted, error) : rc;
    scope_end(pg);
    pg_pool_give(ledger->pool, pg);
    if (rc == RC_OK) {
        *roles = permission_roles_on(&state, &access->actor);
        rc = role_may_view(*roles, VIEW_SIMILAR) ? RC_OK : no_role(error);
    }
    return rc;
}

static enum rc ask_triage(const struct ledger *ledger, const struct access *access,
                          const char *case_id, const struct granted *granted, json_t **found,
                          struct error *error) {
    struct http_client *client = NULL;
    long status = 0;
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s}", "case_id", case_id, "institutions", access->tenants,
                  "units", granted->units.text, "cases", granted->cases.text);
    enum rc rc = http_client_new(&client, ledger->config->triage_url, ledger->config->service_token,
                                 TRIAGE_TIMEOUT_MS, error);
    rc = rc == RC_OK ? http_client_json(client, "POST", "/internal/v1/similar", body, NULL, &status,
                                        found, error)
                     : rc;
    if (rc == RC_OK && status != 200) {
        json_decref(*found);
        *found = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "triage can't tell similar cases now");
    }
    http_client_free(client);
    json_decref(body);
    return rc;
}

static const char *id_of(const json_t *item) {
    const char *id = json_string_value(json_object_get(item, "case_id"));
    return id == NULL ? "" : id;
}

static json_t *find(const json_t *seen, const char *case_id) {
    size_t index;
    json_t *item;
    json_array_foreach(seen, index, item) {
        if (strcmp(id_of(item), case_id) == 0) {
            return item;
        }
    }
    return NULL;
}

// Evidence and case as one object, in triage's order; who is not seen is left out.
static json_t *join(const json_t *found, const json_t *seen, unsigned roles) {
    json_t *items = json_array();
    size_t index;
    json_t *evidence;
    json_array_foreach(found, index, evidence) {
        json_t *item = find(seen, id_of(evidence));
        if (item != NULL) {
            json_t *whole = field_mask(json_copy(evidence), NULL, roles);
            json_object_update(whole, item);
            json_array_append_new(items, whole);
        }
    }
    return items;
}

static enum rc see_found(struct ledger *ledger, struct access *access, const json_t *found,
                         unsigned roles, json_t **items, struct error *error) {
    const char *ids[MOST];
    size_t count = 0;
    struct pg *pg = NULL;
    struct query_seen seen = {NULL, 0};
    for (size_t i = 0; i < json_array_size(found) && count < MOST; i++) {
        ids[count++] = id_of(json_array_get(found, i));
    }
    enum rc rc = pg_pool_take(ledger->pool, &pg, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = query_begin(pg, access, error);
    rc = rc == RC_OK ? query_seen(pg, &access->actor, ids, count, &seen, error) : rc;
    scope_end(pg);
    pg_pool_give(ledger->pool, pg);
    if (rc == RC_OK) {
        *items = join(found, seen.items, roles);
    }
    json_decref(seen.items);
    return rc;
}

enum rc similar_find(struct ledger *ledger, struct access *access, const char *case_id,
                     json_t **answer, struct error *error) {
    json_t *found = NULL;
    json_t *items = NULL;
    unsigned roles = 0;
    struct granted granted = {.units = {.used = 0}};
    enum rc rc = see_case(ledger, access, case_id, &roles, &granted, error);
    rc = rc == RC_OK ? ask_triage(ledger, access, case_id, &granted, &found, error) : rc;
    rc = rc == RC_OK
             ? see_found(ledger, access, json_object_get(found, "items"), roles, &items, error)
             : rc;
    if (rc == RC_OK) {
        bool known = json_is_true(json_object_get(found, "known"));
        *answer = json_pack("{s:b, s:o}", "known", known, "items", items);
    }
    json_decref(found);
    return rc;
}
