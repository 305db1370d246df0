// SPDX-License-Identifier: Apache-2.0
// What the parts of a connection share; nobody else includes it.
#pragma once

#include "common/pg.h"

#define PG_STATEMENTS 64
#define PG_PIPELINE 64

struct pg {
    PGconn *connection;
    int session;                   // connections so far
    bool by_keys;                  // pg_plan_by_keys was called
    bool commits_later;            // pg_commit_later was called
    char *prepared[PG_STATEMENTS]; // texts, owned; the place is the name
    size_t prepared_count;
    bool pending[PG_PIPELINE]; // whether this statement's preparation precedes it in the pipeline
    size_t pending_count;
    bool unsure; // a preparation may have failed: the connection is not used again
    char *url;
    char application[64];
    char schema[64];
};

// What libpq says of the connection: RC_UNAVAILABLE. Of a result: the verdict of its SQLSTATE.
enum rc pg_connection_error(struct pg *pg, struct error *error);
enum rc pg_result_error(const PGresult *result, struct error *error);
bool pg_is_good(const PGresult *result);
// The name under which the statement is prepared on this connection; *is_new when it is still to be
// prepared. Planning costs more than running where a batch is small. Empty: the unnamed statement.
const char *pg_name_statement(struct pg *pg, const char *sql, char name[16], bool *is_new);
