// SPDX-License-Identifier: Apache-2.0
// Runs statements in two steps: first everything that may have to wait, then the changes, so that a
// statement that waits has changed nothing but the locks it took.
#include "sql_run.h"

#include "sim.h"

#include <string.h>

#define CACHE 512

// Most texts are constants: found by where they lie. What lies there may change all the same.
static struct {
    const char *place;
    const char *text;
    struct statement *statement;
} cache[CACHE];

static bool run_with(struct run *run, struct statement *statement) {
    for (size_t i = 0; i < statement->with_count; i++) {
        struct cte *cte = &run->ctes[i];
        struct sql_result *result = sql_scratch(sizeof *result);
        if (sql_run_statement(run, statement->with[i].statement, result) == SQL_WAIT) {
            return false;
        }
        cte->name = statement->with[i].name;
        cte->result = result;
        run->cte_count = i + 1;
    }
    return true;
}

enum sql_outcome sql_run_statement(struct run *run, struct statement *statement,
                                   struct sql_result *result) {
    if (!run_with(run, statement)) {
        return SQL_WAIT;
    }
    sql_name_columns(run, statement, result);
    switch (statement->kind) {
    case S_SELECT:
        sql_run_select(run, statement, result);
        break;
    case S_INSERT:
        sql_run_insert(run, statement, result);
        break;
    case S_UPDATE:
    case S_DELETE:
        sql_run_change(run, statement, result);
        break;
    case S_BEGIN:
        run->session->open = true;
        break;
    case S_COMMIT:
        sql_commit(run->session);
        break;
    case S_ROLLBACK:
        sql_rollback(run->session);
        break;
    case S_SET:
        break;
    }
    if (statement->union_all != NULL && !run->waits) {
        sql_run_statement(run, statement->union_all, result);
    }
    return run->waits ? SQL_WAIT : SQL_DONE;
}

static struct statement *parsed(const char *text) {
    size_t at = (size_t)((uintptr_t)text * 0x9e3779b97f4a7c15u >> 32) % CACHE;
    for (size_t i = 0; i < CACHE; i++, at = (at + 1) % CACHE) {
        if (cache[at].place == NULL) {
            cache[at].place = text;
            cache[at].text = strdup(text);
            cache[at].statement = sql_parse(cache[at].text);
            return cache[at].statement;
        }
        if (cache[at].place == text && strcmp(cache[at].text, text) == 0) {
            return cache[at].statement;
        }
    }
    sql_no_such("room for another statement than", text);
}

enum sql_outcome sql_run(struct sql_session *session, const char *text,
                         const struct sql_value *parameters, size_t count,
                         struct sql_result *result) {
    sql_scratch_reset();
    memset(result, 0, sizeof *result);
    session->snapshot = session->snapshot < 0 ? sql_commits() : session->snapshot;
    for (struct statement *statement = parsed(text); statement != NULL;
         statement = statement->next) {
        struct run run = {.session = session, .parameters = parameters, .parameter_count = count};
        bool ends = statement->kind == S_ROLLBACK || statement->kind == S_COMMIT;
        if (session->failed && !ends) {
            memcpy(result->state, "25P02", 6);
            break;
        }
        if (sql_run_statement(&run, statement, result) == SQL_WAIT) {
            return SQL_WAIT;
        }
        if (run.state[0] != '\0') {
            memcpy(result->state, run.state, sizeof result->state);
            session->failed = true;
            break;
        }
    }
    session->snapshot = -1;
    session->idle_since_ms = sim.now_ms;
    return SQL_DONE;
}
