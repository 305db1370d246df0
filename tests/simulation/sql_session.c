// SPDX-License-Identifier: Apache-2.0
// Transactions: what COMMIT makes true and ROLLBACK takes back; advisory locks outlive both.
#include "sql_run.h"

#include <string.h>

#define ADVISORY 64

static int64_t commits;
static struct {
    struct sql_session *session;
    int64_t space, key;
} advisory[ADVISORY];

int64_t sql_commits(void) { return commits; }

static void end_transaction(struct sql_session *session, bool keeps) {
    keeps = keeps && !session->failed;
    commits += keeps ? 1 : 0;
    for (size_t i = 0; i < session->touched_count; i++) {
        struct sql_row *row = session->touched[i];
        if (row->writer == session) {
            if (keeps) {
                sql_on_change(row->table, row->committed, row->pending);
                row->created = row->committed == NULL ? commits : row->created;
                row->committed = row->pending;
            }
            row->writer = NULL;
            row->pending = NULL;
            row->table->littered = row->table->littered || row->committed == NULL;
        }
        row->locker = row->locker == session ? NULL : row->locker;
    }
    session->touched_count = 0;
    session->open = false;
    session->failed = false;
    session->snapshot = -1;
}

void sql_forget_locks(void) { memset(advisory, 0, sizeof advisory); }

void sql_commit(struct sql_session *session) { end_transaction(session, true); }

void sql_rollback(struct sql_session *session) { end_transaction(session, false); }

void sql_end_session(struct sql_session *session) {
    sql_rollback(session);
    for (size_t i = 0; i < ADVISORY; i++) {
        if (advisory[i].session == session) {
            advisory[i].session = NULL;
        }
    }
}

bool sql_try_advisory(struct sql_session *session, int64_t space, int64_t key) {
    size_t place = ADVISORY;
    for (size_t i = 0; i < ADVISORY; i++) {
        if (advisory[i].session == NULL) {
            place = i;
        } else if (advisory[i].space == space && advisory[i].key == key) {
            return advisory[i].session == session;
        }
    }
    if (place == ADVISORY) {
        sql_no_such("room for another", "advisory lock");
    }
    advisory[place].session = session;
    advisory[place].space = space;
    advisory[place].key = key;
    return true;
}

bool sql_give_advisory(struct sql_session *session, int64_t space, int64_t key) {
    for (size_t i = 0; i < ADVISORY; i++) {
        if (advisory[i].session == session && advisory[i].space == space &&
            advisory[i].key == key) {
            advisory[i].session = NULL;
            return true;
        }
    }
    return false;
}
