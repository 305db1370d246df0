// SPDX-License-Identifier: Apache-2.0
// The ledger against itself (hash chains, sequences, states) and against the topic of facts.
#include "command.h"
#include "scan.h"

#include "ledger/state_codec.h"

#include "common/chain.h"
#include "common/ident.h"
#include "common/pg.h"
#include "common/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_BITS 20

// One fact that the ledger holds, to be found on the topic.
struct entry {
    char id[64]; // "case id/sequence", as ce_id
    unsigned char digest[32];
    bool published;
    bool waits; // in the outbox of the snapshot
    struct entry *next;
};

struct check {
    struct entry **table;
    int64_t cases;
    int64_t events;
    int64_t messages;
    int64_t broken_chains;
    int64_t gaps;
    int64_t stale_states;
    int64_t unknown_messages;
    int64_t different_messages;
    int64_t disordered_messages;
    int64_t unpublished;
    int64_t waiting;     // for the relay, not on the topic yet
    struct entry *later; // on the topic, not in the snapshot
    char case_id[37];
    uint64_t sequence;
    unsigned char hash[32];
};

static size_t slot_of(const char *id) {
    uint64_t hash = 1469598103934665603ULL;
    for (; *id != '\0'; id++) {
        hash = (hash ^ (unsigned char)*id) * 1099511628211ULL;
    }
    return (size_t)(hash & ((1u << TABLE_BITS) - 1));
}

static struct entry *find(struct check *check, const char *id) {
    struct entry *entry = check->table[slot_of(id)];
    while (entry != NULL && strcmp(entry->id, id) != 0) {
        entry = entry->next;
    }
    return entry;
}

static bool remember(struct check *check, const char *case_id, uint64_t sequence,
                     const void *payload, size_t size) {
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return false;
    }
    snprintf(entry->id, sizeof entry->id, "%s/%" PRIu64, case_id, sequence);
    seal_sha256(payload, size, entry->digest);
    struct entry **slot = &check->table[slot_of(entry->id)];
    entry->next = *slot;
    *slot = entry;
    return true;
}

static void check_event(struct check *check, const PGresult *result, int row) {
    char case_id[37];
    unsigned char hash[32];
    size_t payload_size = 0;
    size_t size = 0;
    pg_get_uuid(result, row, 0, case_id);
    uint64_t sequence = (uint64_t)pg_get_number(result, row, 1);
    const void *payload = pg_get_bytes(result, row, 3, &payload_size);
    if (strcmp(case_id, check->case_id) != 0) {
        snprintf(check->case_id, sizeof check->case_id, "%s", case_id);
        check->sequence = 0;
        memset(check->hash, 0, sizeof check->hash);
        check->cases++;
    }
    check->gaps += sequence != check->sequence + 1;
    chain_hash(case_id, sequence, pg_get_text(result, row, 2), check->hash, payload, payload_size,
               hash);
    const void *previous = pg_get_bytes(result, row, 4, &size);
    bool good = size == 32 && memcmp(previous, check->hash, 32) == 0;
    const void *stored = pg_get_bytes(result, row, 5, &size);
    good = good && size == 32 && memcmp(stored, hash, 32) == 0;
    check->broken_chains += good ? 0 : 1;
    memcpy(check->hash, stored, size == 32 ? 32 : 0);
    check->sequence = sequence;
    check->events++;
    remember(check, case_id, sequence, payload, payload_size);
}

// Gives each row of a cursor to a check.
static enum rc walk(struct pg *pg, const char *fetch,
                    void (*take)(struct check *check, const PGresult *result, int row),
                    struct check *check, struct error *error) {
    enum rc rc = RC_OK;
    for (int rows = 1; rc == RC_OK && rows > 0;) {
        struct pg_parameters none = {0};
        PGresult *result = NULL;
        rc = pg_run_once(pg, fetch, &none, &result, error);
        rows = rc == RC_OK ? PQntuples(result) : 0;
        for (int row = 0; row < rows; row++) {
            take(check, result, row);
        }
        PQclear(result);
    }
    return rc;
}

static enum rc check_chains(struct pg *pg, struct check *check, struct error *error) {
    enum rc rc = pg_command(pg,
                            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                            "SET LOCAL idle_in_transaction_session_timeout = 0; "
                            "DECLARE events CURSOR FOR SELECT case_id, seq, type, payload, "
                            "prev_hash, hash FROM ledger.case_events ORDER BY case_id, seq",
                            error);
    return rc == RC_OK ? walk(pg, "FETCH 2000 FROM events", check_event, check, error) : rc;
}

// What lists are asked by must be what the state says.
static bool has_its_columns(const PGresult *result, int row) {
    static struct case_state state;
    struct error error;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 0, &size);
    return state_unpack(bytes, size, &state, &error) == RC_OK &&
           strcmp(pg_get_text(result, row, 1), case_status_name(state.status)) == 0 &&
           strcmp(pg_get_text(result, row, 2), state.category) == 0 &&
           pg_get_number(result, row, 3) == state.urgency &&
           pg_get_number(result, row, 4) == state.crisis &&
           strcmp(pg_get_text(result, row, 5), state.unit) == 0;
}

static void check_row(struct check *check, const PGresult *result, int row) {
    check->stale_states += has_its_columns(result, row) ? 0 : 1;
}

static enum rc check_columns(struct pg *pg, struct check *check, struct error *error) {
    enum rc rc = pg_command(pg,
                            "DECLARE rows CURSOR FOR SELECT state, status, category, urgency, "
                            "crisis, unit FROM ledger.cases",
                            error);
    return rc == RC_OK ? walk(pg, "FETCH 2000 FROM rows", check_row, check, error) : rc;
}

// What the relay has still to publish is late, not lost. In the snapshot of the facts: what leaves
// the outbox later may come into a partition whose end was read before.
static enum rc mark_waiting(struct pg *pg, struct check *check, struct error *error) {
    struct pg_parameters none = {0};
    PGresult *result = NULL;
    enum rc rc = pg_run(pg,
                        "SELECT f.case_id, f.seq FROM ledger.outbox o, unnest(o.case_ids, o.seqs) "
                        "AS f(case_id, seq)",
                        &none, &result, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(result); row++) {
        char case_id[37];
        char id[64];
        pg_get_uuid(result, row, 0, case_id);
        snprintf(id, sizeof id, "%s/%" PRId64, case_id, pg_get_number(result, row, 1));
        struct entry *entry = find(check, id);
        if (entry != NULL) {
            entry->waits = true;
        }
    }
    PQclear(result);
    return rc;
}

// A case's row must stand at its last event, and every case must have events.
static enum rc check_states(struct pg *pg, struct check *check, struct error *error) {
    struct pg_parameters none = {0};
    PGresult *result = NULL;
    enum rc rc =
        pg_run(pg,
               "SELECT count(*) FROM ledger.cases c FULL JOIN (SELECT DISTINCT ON (case_id) "
               "case_id, seq, hash FROM ledger.case_events ORDER BY case_id, seq DESC) e "
               "USING (case_id) WHERE c.sequence IS DISTINCT FROM e.seq OR "
               "c.hash IS DISTINCT FROM e.hash",
               &none, &result, error);
    if (rc == RC_OK) {
        check->stale_states = pg_get_number(result, 0, 0);
        PQclear(result);
        rc = check_columns(pg, check, error);
    }
    rc = rc == RC_OK ? mark_waiting(pg, check, error) : rc;
    if (rc == RC_OK) {
        rc = pg_command(pg, "COMMIT", error);
    }
    return rc;
}

// Order after deduplication: a fact may come again, but never before its predecessor first came.
static bool follows(struct check *check, const char *id) {
    char before[64];
    const char *slash = strchr(id, '/');
    uint64_t sequence = slash == NULL ? 0 : strtoull(slash + 1, NULL, 10);
    if (sequence <= 1) {
        return true;
    }
    snprintf(before, sizeof before, "%.36s/%" PRIu64, id, sequence - 1);
    const struct entry *entry = find(check, before);
    return entry != NULL && entry->published;
}

// Decided after the snapshot, or never: the ledger is asked once more at the end.
static void look_later(struct check *check, const char *id, const unsigned char digest[32]) {
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        check->unknown_messages++;
        return;
    }
    snprintf(entry->id, sizeof entry->id, "%.60s", id);
    memcpy(entry->digest, digest, sizeof entry->digest);
    entry->next = check->later;
    check->later = entry;
}

static enum rc check_later_one(struct pg *pg, struct check *check, const struct entry *entry,
                               struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    unsigned char digest[32];
    size_t size = 0;
    char case_id[37];
    const char *slash = strchr(entry->id, '/');
    snprintf(case_id, sizeof case_id, "%.36s", entry->id);
    if (slash == NULL || !ident_is_uuid(case_id)) {
        check->unknown_messages++;
        return RC_OK;
    }
    pg_add_uuid(&parameters, case_id);
    pg_add_int8(&parameters, strtoll(slash + 1, NULL, 10));
    enum rc rc =
        pg_run(pg, "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND seq = $2",
               &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (PQntuples(result) == 0) {
        check->unknown_messages++;
    } else {
        const void *payload = pg_get_bytes(result, 0, 0, &size);
        seal_sha256(payload, size, digest);
        check->different_messages += memcmp(digest, entry->digest, sizeof digest) != 0;
    }
    PQclear(result);
    return RC_OK;
}

static enum rc check_later(struct pg *pg, struct check *check, struct error *error) {
    enum rc rc = RC_OK;
    for (struct entry *entry = check->later; entry != NULL;) {
        struct entry *next = entry->next;
        rc = rc == RC_OK ? check_later_one(pg, check, entry, error) : rc;
        free(entry);
        entry = next;
    }
    return rc;
}

static bool check_message(void *context, const rd_kafka_message_t *message) {
    struct check *check = context;
    char id[130];
    unsigned char digest[32];
    scan_header(message, "ce_id", id, sizeof id);
    struct entry *entry = find(check, id);
    check->messages++;
    seal_sha256(message->payload, message->len, digest);
    if (entry == NULL) {
        look_later(check, id, digest);
        return true;
    }
    check->different_messages += memcmp(digest, entry->digest, sizeof digest) != 0;
    check->disordered_messages += !entry->published && !follows(check, id);
    entry->published = true;
    return true;
}

static void count_unpublished(struct check *check) {
    for (size_t i = 0; i < (1u << TABLE_BITS); i++) {
        for (struct entry *entry = check->table[i]; entry != NULL;) {
            struct entry *next = entry->next;
            check->unpublished += !entry->published && !entry->waits;
            check->waiting += !entry->published && entry->waits;
            free(entry);
            entry = next;
        }
    }
    free(check->table);
}

int verify(const struct arguments *arguments) {
    struct error error;
    struct pg *pg = NULL;
    struct check check = {.table = calloc(1u << TABLE_BITS, sizeof(struct entry *))};
    enum rc rc =
        pg_open(&pg, argument(arguments, "url", "REDRESS_POSTGRES_ADMIN_URL", "dbname=redress"),
                "redressctl verify", "ledger", &error);
    rc = rc == RC_OK ? check_chains(pg, &check, &error) : rc;
    rc = rc == RC_OK ? check_states(pg, &check, &error) : rc;
    rc =
        rc == RC_OK
            ? scan_topic(argument(arguments, "brokers", "REDRESS_KAFKA_BROKERS", "127.0.0.1:18092"),
                         BUS_TOPIC_FACTS, check_message, &check, &error)
            : rc;
    rc = rc == RC_OK ? check_later(pg, &check, &error) : rc;
    count_unpublished(&check);
    pg_close(pg);
    if (rc != RC_OK) {
        return fail(&error);
    }
    int64_t wrong = check.broken_chains + check.gaps + check.stale_states + check.unknown_messages +
                    check.different_messages + check.disordered_messages + check.unpublished;
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {{"cases", check.cases},
                  {"events", check.events},
                  {"messages", check.messages},
                  {"waiting", check.waiting},
                  {"broken_chains", check.broken_chains},
                  {"gaps", check.gaps},
                  {"stale_states", check.stale_states},
                  {"unknown_messages", check.unknown_messages},
                  {"different_messages", check.different_messages},
                  {"disordered_messages", check.disordered_messages},
                  {"unpublished", check.unpublished}};
    json_t *report = json_object();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        json_object_set_new(report, counts[i].name, json_integer(counts[i].count));
    }
    json_object_set_new(report, "clean", json_boolean(wrong == 0));
    print_json(report);
    return wrong == 0 ? EXIT_GOOD : EXIT_FAILED;
}
