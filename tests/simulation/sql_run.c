// SPDX-License-Identifier: Apache-2.0
// Runs statements in two steps: first everything that may have to wait, then the changes, so that a
// statement that waits has changed nothing but the locks it took.
#include "sql_run.h"

#include "sim.h"

#include <stdio.h>
#include <string.h>

#define CACHE 512

static struct {
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
        for (size_t c = 0; c < result->column_count && c < SQL_COLUMNS; c++) {
            snprintf(cte->columns[c], sizeof cte->columns[c], "%s", result->columns[c]);
        }
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
    size_t place = 0;
    for (; place < CACHE && cache[place].text != NULL; place++) {
        if (strcmp(cache[place].text, text) == 0) {
            return cache[place].statement;
        }
    }
    if (place == CACHE) {
        sql_no_such("room for another statement than", text);
    }
    cache[place].text = strdup(text);
    cache[place].statement = sql_parse(text);
    return cache[place].statement;
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
