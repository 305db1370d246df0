// SPDX-License-Identifier: Apache-2.0
// Numbered SQL files beside the service that owns the schema, each applied once, in one transaction
// with its record, under an advisory lock. A file that was applied may never change.
#include "command.h"

#include "common/pg.h"
#include "common/seal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES 3
#define MIGRATIONS 256

static const char *const services[SERVICES] = {"ledger", "notification", "analytics"};

// Roles, schemas and the record of migrations; repeating it changes nothing.
static const char *const groundwork[] = {
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'redress_ledger') THEN "
    "CREATE ROLE redress_ledger LOGIN; END IF; "
    "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'redress_ledger_api') THEN "
    "CREATE ROLE redress_ledger_api NOLOGIN; END IF; "
    "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'redress_notification') THEN "
    "CREATE ROLE redress_notification LOGIN; END IF; "
    "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'redress_analytics') THEN "
    "CREATE ROLE redress_analytics LOGIN; END IF; "
    "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'redress_analytics_api') THEN "
    "CREATE ROLE redress_analytics_api NOLOGIN; END IF; END $$",
    "GRANT redress_ledger_api TO redress_ledger",
    "GRANT redress_analytics_api TO redress_analytics",
    "CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION redress_ledger",
    "CREATE SCHEMA IF NOT EXISTS notification AUTHORIZATION redress_notification",
    "CREATE SCHEMA IF NOT EXISTS analytics AUTHORIZATION redress_analytics",
    "CREATE SCHEMA IF NOT EXISTS migrations",
    ("CREATE TABLE IF NOT EXISTS migrations.redress_migrations (service text NOT NULL, "
     "number integer NOT NULL, name text NOT NULL, sha256 bytea NOT NULL, "
     "applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (service, number))"),
    "GRANT USAGE ON SCHEMA migrations TO redress_ledger, redress_notification, redress_analytics",
    ("GRANT SELECT ON migrations.redress_migrations TO redress_ledger, redress_notification, "
     "redress_analytics"),
};

static int is_migration(const struct dirent *entry) {
    const char *name = entry->d_name;
    size_t size = strlen(name);
    return size > 9 && strspn(name, "0123456789") == 4 && name[4] == '_' &&
           strcmp(name + size - 4, ".sql") == 0;
}

static enum rc already_applied(struct pg *pg, const char *service, int number, const char *name,
                               const unsigned char digest[32], bool *applied, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    size_t size = 0;
    pg_add_text(&parameters, service);
    pg_add_int4(&parameters, number);
    enum rc rc = pg_run(pg,
                        "SELECT sha256 FROM migrations.redress_migrations WHERE service = $1 AND "
                        "number = $2",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    *applied = PQntuples(result) == 1;
    const void *known = *applied ? pg_get_bytes(result, 0, 0, &size) : NULL;
    if (*applied && (size != 32 || memcmp(known, digest, 32) != 0)) {
        rc = error_field(error, "changed", name,
                         "services/%s/migrations/%s was changed after it was applied", service,
                         name);
    }
    PQclear(result);
    return rc;
}

static enum rc apply_one(struct pg *pg, const char *service, int number, const char *name,
                         const char *sql, const unsigned char digest[32], struct error *error) {
    struct pg_parameters parameters = {0};
    char prologue[160];
    snprintf(prologue, sizeof prologue,
             "BEGIN; SET LOCAL ROLE redress_%s; SET LOCAL search_path = %s", service, service);
    enum rc rc = pg_command(pg, prologue, error);
    rc = rc == RC_OK ? pg_command(pg, sql, error) : rc;
    rc = rc == RC_OK ? pg_command(pg, "RESET ROLE", error) : rc;
    if (rc == RC_OK) {
        pg_add_text(&parameters, service);
        pg_add_int4(&parameters, number);
        pg_add_text(&parameters, name);
        pg_add_bytes(&parameters, digest, 32);
        rc = pg_run(pg,
                    "INSERT INTO migrations.redress_migrations (service, number, name, sha256) "
                    "VALUES ($1, $2, $3, $4)",
                    &parameters, NULL, error);
    }
    rc = rc == RC_OK ? pg_command(pg, "COMMIT", error) : rc;
    if (rc != RC_OK) {
        struct error ignored;
        enum rc rolled_back = pg_command(pg, "ROLLBACK", &ignored);
        (void)rolled_back;
        error_prefix(error, "services/%s/migrations/%s: ", service, name);
    }
    return rc;
}

static enum rc migrate_file(struct pg *pg, const char *directory, const char *service, int number,
                            const char *name, json_t *done, struct error *error) {
    char path[1200];
    char *sql = NULL;
    unsigned char digest[32];
    bool applied = false;
    snprintf(path, sizeof path, "%s/%s/migrations/%s", directory, service, name);
    if (strtol(name, NULL, 10) != number) {
        return error_field(error, "gap", name, "%s: number %04d is missing before it", path,
                           number);
    }
    enum rc rc = read_text(path, &sql, error);
    if (rc == RC_OK) {
        seal_sha256(sql, strlen(sql), digest);
        rc = already_applied(pg, service, number, name, digest, &applied, error);
    }
    if (rc == RC_OK && !applied) {
        rc = apply_one(pg, service, number, name, sql, digest, error);
        json_array_append_new(done, json_sprintf("%s/%s", service, name));
    }
    free(sql);
    return rc;
}

static enum rc migrate_service(struct pg *pg, const char *directory, const char *service,
                               json_t *done, struct error *error) {
    char path[1100];
    struct dirent **entries = NULL;
    snprintf(path, sizeof path, "%s/%s/migrations", directory, service);
    int count = scandir(path, &entries, is_migration, alphasort);
    enum rc rc = RC_OK;
    if (count < 0) {
        return error_field(error, "unreadable", path, "%s: there is no such folder", path);
    }
    for (int i = 0; i < count; i++) {
        if (rc == RC_OK) {
            rc = migrate_file(pg, directory, service, i + 1, entries[i]->d_name, done, error);
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static enum rc migrate_all(struct pg *pg, const char *directory, json_t *done,
                           struct error *error) {
    enum rc rc = pg_command(pg,
                            "SET lock_timeout = 0; SELECT pg_advisory_lock(hashtext('redress "
                            "migrations'))",
                            error);
    for (size_t i = 0; i < sizeof groundwork / sizeof groundwork[0] && rc == RC_OK; i++) {
        rc = pg_command(pg, groundwork[i], error);
    }
    for (size_t i = 0; i < SERVICES && rc == RC_OK; i++) {
        rc = migrate_service(pg, directory, services[i], done, error);
    }
    return rc;
}

int migrate_apply(const struct arguments *arguments) {
    struct error error;
    struct pg *pg = NULL;
    json_t *done = json_array();
    const char *url = argument(arguments, "url", "REDRESS_POSTGRES_ADMIN_URL", "dbname=redress");
    enum rc rc = pg_open(&pg, url, "redressctl migrate", "public", &error);
    rc = rc == RC_OK
             ? migrate_all(pg, argument(arguments, "directory", NULL, "services"), done, &error)
             : rc;
    pg_close(pg);
    if (rc != RC_OK) {
        json_decref(done);
        return fail(&error);
    }
    print_json(json_pack("{s:o}", "applied", done));
    return EXIT_GOOD;
}
