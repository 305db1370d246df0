// SPDX-License-Identifier: Apache-2.0
// A database that takes everything and knows nothing (link with FAKE_PG_WRAP): the functions that
// would read rows are the target's.
#include "fuzz.h"

#include "common/pg.h"

__typeof__(pg_open) __wrap_pg_open;
__typeof__(pg_check_schema) __wrap_pg_check_schema;
__typeof__(pg_plan_by_keys) __wrap_pg_plan_by_keys;
__typeof__(pg_ensure) __wrap_pg_ensure;
__typeof__(pg_command) __wrap_pg_command;
__typeof__(pg_rollback) __wrap_pg_rollback;
__typeof__(pg_pool_take) __wrap_pg_pool_take;
__typeof__(pg_pool_give) __wrap_pg_pool_give;

enum rc __wrap_pg_open(struct pg **pg, const char *url, const char *application, const char *schema,
                       struct error *error) {
    (void)url;
    (void)application;
    (void)schema;
    (void)error;
    *pg = NULL;
    return RC_OK;
}

enum rc __wrap_pg_plan_by_keys(struct pg *pg, struct error *error) {
    (void)pg;
    (void)error;
    return RC_OK;
}

enum rc __wrap_pg_check_schema(struct pg *pg, const char *service, int expected,
                               struct error *error) {
    (void)pg;
    (void)service;
    (void)expected;
    (void)error;
    return RC_OK;
}

enum rc __wrap_pg_ensure(struct pg *pg, struct error *error) {
    (void)pg;
    (void)error;
    return RC_OK;
}

enum rc __wrap_pg_command(struct pg *pg, const char *sql, struct error *error) {
    (void)pg;
    (void)sql;
    (void)error;
    return RC_OK;
}

void __wrap_pg_rollback(struct pg *pg) { (void)pg; }

enum rc __wrap_pg_pool_take(struct pg_pool *pool, struct pg **pg, struct error *error) {
    (void)error;
    *pg = (struct pg *)pool; // never looked into
    return RC_OK;
}

void __wrap_pg_pool_give(struct pg_pool *pool, struct pg *pg) {
    FUZZ_CHECK((struct pg *)pool == pg);
}
