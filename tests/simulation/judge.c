// SPDX-License-Identifier: Apache-2.0
// The promises, looked at after the last fault, when everything has become quiet.
#include "clients.h"
#include "journal.h"
#include "kafka.h"
#include "sql.h"
#include "uuid.h"
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sql_row *first_row(const char *schema, const char *table) {
    return sql_next(sql_table(schema, table)->first);
}

static bool same(const struct sql_value *value, const void *bytes, size_t size) {
    return value->size == size && memcmp(value->bytes, bytes, size) == 0;
}

static const struct sql_row *find_case(const char *case_id) {
    char bytes[16];
    uuid_bytes(case_id, bytes);
    for (const struct sql_row *row = first_row("ledger", "cases"); row != NULL;
         row = sql_next(row->next)) {
        if (same(&row->committed[0], bytes, 16)) {
            return row;
        }
    }
    return NULL;
}

// Submissions

#define MILLENNIUM_MS INT64_C(946684800000) // 2000, where SQL's times begin

static void check_submissions(void) {
    const struct sql_table *table = sql_table("ledger", "cases");
    size_t digest = sql_column(table, "content_sha256");
    size_t received = sql_column(table, "received_at");
    size_t cases = 0;
    for (size_t i = 0; i < journal.submission_count; i++) {
        const struct submission_note *note = &journal.submissions[i];
        const struct sql_row *row = note->taken ? find_case(note->case_id) : NULL;
        if (note->taken && row == NULL) {
            sim_violation("key %zu was acknowledged and is no case", i);
        } else if (note->taken && !same(&row->committed[digest], note->digest, 32)) {
            sim_violation("key %zu was acknowledged and the case has another content", i);
        } else if (note->taken && row->committed[received].number !=
                                      (note->received_at_ms - MILLENNIUM_MS) * 1000) {
            sim_violation("key %zu has a receipt of another time than its case", i);
        }
    }
    for (const struct sql_row *row = first_row("ledger", "cases"); row != NULL;
         row = sql_next(row->next)) {
        cases++;
        ledger_check_case(row->committed[0].bytes);
    }
    if (cases > journal.submission_count + journal.inbound) {
        sim_violation("%zu cases of %zu submissions", cases,
                      journal.submission_count + journal.inbound);
    }
    size_t taken = journal.inbound;
    for (size_t i = 0; i < journal.submission_count; i++) {
        taken += journal.submissions[i].taken;
    }
    if (cases < taken) {
        sim_violation("%zu cases of %zu that were taken", cases, taken);
    }
}

// Facts

struct cause {
    const struct sql_value *case_id;
    const struct sql_value *cause_id;
    int64_t last;  // sequence
    int64_t at_us; // decided
};

#define FACTS 4096

static void check_causes(void) {
    static struct cause causes[FACTS];
    size_t count = 0;
    for (const struct sql_row *row = first_row("ledger", "case_events"); row != NULL;
         row = sql_next(row->next)) {
        const struct sql_value *event = row->committed;
        size_t i = 0;
        while (i < count && !(sql_compare(causes[i].cause_id, &event[5]) == 0 &&
                              sql_compare(causes[i].case_id, &event[0]) == 0)) {
            i++;
        }
        if (i == count) {
            causes[count++] =
                (struct cause){&event[0], &event[5], event[1].number, event[7].number};
        } else if (event[1].number != causes[i].last + 1 || event[7].number != causes[i].at_us) {
            char text[37];
            uuid_text(event[5].bytes, text);
            sim_violation("cause %s was applied twice", text);
        } else {
            causes[i].last = event[1].number;
        }
    }
}

static size_t count_cause(const char *cause_id) {
    char bytes[16];
    size_t count = 0;
    uuid_bytes(cause_id, bytes);
    for (const struct sql_row *row = first_row("ledger", "case_events"); row != NULL;
         row = sql_next(row->next)) {
        count += same(&row->committed[5], bytes, 16);
    }
    return count;
}

static void check_commands(void) {
    for (size_t i = 0; i < journal.command_count; i++) {
        const struct command_note *note = &journal.commands[i];
        size_t facts = count_cause(note->cause_id);
        if (note->done && facts == 0) {
            sim_violation("command %zu was acknowledged and left no fact", i);
        } else if (!note->done && !note->unknown && facts > 0) {
            sim_violation("command %zu was refused and left %zu facts", i, facts);
        }
    }
}

// The topic

struct published {
    const void *key;
    int64_t last;
};

static int64_t header_number(const struct kafka_record *record) {
    const void *value = NULL;
    size_t size = 0;
    if (record->headers == NULL ||
        rd_kafka_header_get_last(record->headers, "ce_id", &value, &size) != 0 || size < 38) {
        sim_violation("a fact on the topic has no id");
        return 0;
    }
    return strtoll((const char *)value + 37, NULL, 10);
}

static const struct sql_value *find_fact(const void *key, int64_t sequence) {
    char bytes[16];
    uuid_bytes(key, bytes);
    for (const struct sql_row *row = first_row("ledger", "case_events"); row != NULL;
         row = sql_next(row->next)) {
        if (row->committed[1].number == sequence && same(&row->committed[0], bytes, 16)) {
            return row->committed;
        }
    }
    return NULL;
}

static struct published *find_published(struct published *list, size_t *count, const void *key) {
    size_t i = 0;
    while (i < *count && memcmp(list[i].key, key, 36) != 0) {
        i++;
    }
    if (i == *count) {
        list[(*count)++] = (struct published){.key = key};
    }
    return &list[i];
}

static void check_topic(void) {
    static struct published published[FACTS];
    const struct kafka_topic *topic = kafka_topic("redress.facts");
    size_t count = 0;
    size_t facts = 0;
    size_t rows = 0;
    for (size_t p = 0; p < topic->partition_count; p++) {
        for (size_t i = 0; i < topic->partitions[p].count; i++) {
            const struct kafka_record *record = &topic->partitions[p].records[i];
            int64_t sequence = header_number(record);
            struct published *entry = find_published(published, &count, record->key);
            const struct sql_value *event = find_fact(record->key, sequence);
            if (event == NULL || !same(&event[4], record->value, record->value_size)) {
                sim_violation("fact %.36s/%" PRId64 " on the topic is not in the ledger",
                              (const char *)record->key, sequence);
            } else if (sequence == entry->last + 1) {
                entry->last = sequence;
                facts++;
            } else if (sequence > entry->last) {
                sim_violation("fact %.36s/%" PRId64 " is on the topic before %" PRId64,
                              (const char *)record->key, sequence, entry->last + 1);
            }
        }
    }
    for (const struct sql_row *row = first_row("ledger", "case_events"); row != NULL;
         row = sql_next(row->next)) {
        rows++;
    }
    if (facts != rows) {
        sim_violation("%zu facts on the topic, %zu in the ledger", facts, rows);
    }
}

// The fence

static void check_fences(void) {
    const struct sql_table *table = sql_table("ledger", "kafka_offset");
    for (const struct sql_row *row = sql_next(table->first); row != NULL;
         row = sql_next(row->next)) {
        int64_t next = row->committed[sql_column(table, "next_offset")].number;
        size_t partition = (size_t)row->committed[sql_column(table, "partition")].number;
        const struct sql_value *name = &row->committed[sql_column(table, "topic")];
        char text[64];
        snprintf(text, sizeof text, "%.*s", (int)name->size, name->bytes);
        int64_t end = (int64_t)kafka_topic(text)->partitions[partition].count;
        if (next != end && !(next == -2 && end == 0)) {
            sim_violation("%s/%zu stands at %" PRId64 " of %" PRId64, text, partition, next, end);
        }
    }
}

void sql_on_change(const struct sql_table *table, const struct sql_value *before,
                   const struct sql_value *after) {
    if (strcmp(table->name, "kafka_offset") != 0 || before == NULL) {
        return;
    }
    size_t next = sql_column(table, "next_offset");
    size_t epoch = sql_column(table, "epoch");
    if (after[next].number < before[next].number || after[epoch].number < before[epoch].number) {
        sim_violation("the fence of partition %" PRId64 " moves back from %" PRId64 " to %" PRId64,
                      after[sql_column(table, "partition")].number, before[next].number,
                      after[next].number);
    }
}

// No proposal is passed over: what a proposal must leave behind is there.

static bool leaves_a_fact(const char *type, size_t size) {
    static const char *const types[] = {"redress.v1.SubmitCase", "redress.v1.RecordDelivery"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i]) == size && memcmp(types[i], type, size) == 0) {
            return true;
        }
    }
    return false;
}

static void check_proposal(const struct kafka_record *record) {
    const void *id = NULL;
    const void *type = NULL;
    size_t id_size = 0;
    size_t type_size = 0;
    char text[37];
    if (rd_kafka_header_get_last(record->headers, "ce_id", &id, &id_size) != 0 ||
        rd_kafka_header_get_last(record->headers, "ce_type", &type, &type_size) != 0 ||
        id_size != 36 || !leaves_a_fact(type, type_size)) {
        return;
    }
    snprintf(text, sizeof text, "%.36s", (const char *)id);
    if (count_cause(text) == 0) {
        sim_violation("%.*s %s was passed over", (int)type_size, (const char *)type, text);
    }
}

static void check_proposals(const struct kafka_topic *topic) {
    for (size_t p = 0; p < topic->partition_count; p++) {
        for (size_t i = 0; i < topic->partitions[p].count; i++) {
            check_proposal(&topic->partitions[p].records[i]);
        }
    }
}

void judge_all(void) {
    check_fences();
    check_causes();
    check_topic();
    check_submissions();
    check_commands();
    check_proposals(kafka_topic("redress.proposals"));
    check_proposals(kafka_topic("redress.proposals.urgent"));
    notification_check();
}

static bool deliveries_ended(void) {
    const struct sql_table *table = sql_table("notification", "deliveries");
    size_t reported = sql_column(table, "reported");
    for (const struct sql_row *row = sql_next(table->first); row != NULL;
         row = sql_next(row->next)) {
        if (row->committed[reported].number == 0) {
            return false;
        }
    }
    return true;
}

// A promise of days, such as the next message about progress, stays armed when all else is at rest.
static bool clocks_ended(void) {
    const struct sql_table *table = sql_table("ledger", "clocks");
    size_t due = sql_column(table, "due_at");
    for (const struct sql_row *row = sql_next(table->first); row != NULL;
         row = sql_next(row->next)) {
        if (row->committed[due].number / 1000 + MILLENNIUM_MS <
            SIM_WALL_BASE_MS + sim.now_ms + SIM_HORIZON_MS) {
            return false;
        }
    }
    return true;
}

bool judge_is_quiet(void) {
    for (size_t i = 0; i < sim.process_count; i++) {
        if (!sim.processes[i].running || sim_is_frozen(&sim.processes[i])) {
            return false;
        }
    }
    return kafka_is_quiet() && first_row("ledger", "outbox") == NULL && clocks_ended() &&
           deliveries_ended();
}

void judge_trace_unrest(void) {
    sim_trace("at rest: Kafka %d, outbox %d, clocks %d, deliveries %d", kafka_is_quiet(),
              first_row("ledger", "outbox") == NULL, clocks_ended(), deliveries_ended());
    kafka_trace();
}
