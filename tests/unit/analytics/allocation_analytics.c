// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consumer.h"
#include "example_book.h"
#include "fake_batch.h"
#include "fake_libpq.h"
#include "indicators.h"
#include "sent.h"
#include "store.h"

#include "common/json.h"

#include "redress/v1/facts.pb-c.h"

#define NEW_CASE "01234567-89ab-8def-8123-456789abcdef"
#define KNOWN_CASE "11234567-89ab-8def-8123-456789abcdef"
#define DECIDED_MS INT64_C(1772413200000)
#define TOTALS 29 // columns of the indicators

static struct fake_batch batch;

// The case that is known had one fact; the totals are numbers, the units' rows begin with texts.
static PGresult *answer(const char *sql) {
    static const char known[16] =
        "\x11\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";
    PGresult *rows = NULL;
    if (strstr(sql, "FROM migrations.redress_migrations") != NULL) {
        fake_libpq_number(rows = fake_libpq_rows(1), STORE_SCHEMA);
    } else if (strncmp(sql, "SELECT case_id, sequence", 24) == 0) {
        rows = fake_libpq_rows(27);
        fake_libpq_bytes(rows, known, sizeof known);
        fake_libpq_number(rows, 1);
        for (int i = 2; i < 5; i++) {
            fake_libpq_text(rows, "bureau");
        }
        for (int i = 5; i < 27; i++) {
            fake_libpq_number(rows, i);
        }
    } else if (strstr(sql, "FROM handlings JOIN scope USING (tenant) WHERE day") != NULL) {
        int columns =
            strncmp(sql, "WITH scope AS (", 15) == 0 && strstr(sql, "totals") == NULL ? 8 : TOTALS;
        rows = fake_libpq_rows(columns);
        for (int i = 0; i < columns; i++) {
            if (columns == 8 && i < 3) {
                fake_libpq_text(rows, "bureau");
            } else {
                fake_libpq_number(rows, i);
            }
        }
    }
    return rows;
}

static void add(Redress__V1__FactMeta *meta, const ProtobufCMessage *fact) {
    fake_batch_add(&batch, BUS_TOPIC_FACTS, fact);
    meta->sequence++;
}

// A case that comes, is handled, merged and erased; one that was known; what nobody can read.
static void fill_batch(void) {
    static uint8_t hash[32];
    ProtobufCBinaryData contact = {sizeof hash, hash};
    char *with[] = {KNOWN_CASE};
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseRegistered registered = REDRESS__V1__CASE_REGISTERED__INIT;
    Redress__V1__CaseAccepted accepted = REDRESS__V1__CASE_ACCEPTED__INIT;
    Redress__V1__CaseDispatched dispatched = REDRESS__V1__CASE_DISPATCHED__INIT;
    Redress__V1__CaseMerged merged = REDRESS__V1__CASE_MERGED__INIT;
    Redress__V1__RepeatRecognised repeat = REDRESS__V1__REPEAT_RECOGNISED__INIT;
    meta.case_id = NEW_CASE;
    meta.tenant = "first-hospital";
    meta.sequence = 1;
    meta.decided_at_ms = DECIDED_MS;
    registered.meta = accepted.meta = dispatched.meta = merged.meta = repeat.meta = &meta;
    registered.received_at_ms = DECIDED_MS;
    registered.category = "fees";
    registered.n_contact_hashes = 1;
    registered.contact_hashes = &contact;
    dispatched.unit = "first-hospital.nursing";
    merged.n_with = 1;
    merged.with = with;
    repeat.earlier = 2;
    add(&meta, &registered.base);
    add(&meta, &accepted.base);
    add(&meta, &dispatched.base);
    add(&meta, &merged.base);
    add(&meta, &repeat.base);
    meta.case_id = KNOWN_CASE;
    meta.sequence = 2;
    Redress__V1__CaseReplied replied = REDRESS__V1__CASE_REPLIED__INIT;
    Redress__V1__ContentErased erased = REDRESS__V1__CONTENT_ERASED__INIT;
    replied.meta = erased.meta = &meta;
    add(&meta, &replied.base);
    add(&meta, &erased.base);
    fake_batch_bytes(&batch, BUS_TOPIC_FACTS, NEW_CASE, "no fact");
}

// Whole or not at all: what a batch lacks memory for comes again.
static enum rc count_facts(struct error *error) {
    struct consumer *consumer = NULL;
    sent_begin();
    const struct consumer_options options = {.postgres_url = "", .regions = regions};
    fake_bus_dead = 0;
    enum rc rc = consumer_start(&consumer, &options, error);
    rc = rc == RC_OK ? fake_batch_feed(&batch, error) : rc;
    assert_true(rc != RC_OK || fake_bus_dead == 1);
    consumer_free(consumer);
    return sent_end(rc, error);
}

static enum rc ask(enum rc (*read)(struct pg *, const struct indicator_query *, json_t **,
                                   struct error *),
                   struct error *error) {
    const struct indicator_query query = {"2026-02-01", "2026-02-28", "bureau",
                                          "bureau",     DECIDED_MS,   DECIDED_MS};
    struct pg *pg = NULL;
    json_t *answered = NULL;
    sent_begin();
    enum rc rc = pg_open(&pg, "", "test", "analytics", error);
    rc = rc == RC_OK ? read(pg, &query, &answered, error) : rc;
    rc = rc == RC_OK ? json_whole(error) : rc; // as whoever answers asks
    assert_true(rc != RC_OK || answered != NULL);
    json_decref(answered);
    pg_close(pg);
    return sent_end(rc, error);
}

static enum rc read_indicators(struct error *error) { return ask(indicators_read, error); }
static enum rc read_units(struct error *error) { return ask(indicators_read_units, error); }

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    assert_true(sent_try_each(count_facts) >= 100);
    assert_true(sent_try_each(read_indicators) >= 12);
    assert_true(sent_try_each(read_units) >= 10);
}

static int set_up(void **unused) {
    (void)unused;
    fake_libpq_answers(answer);
    fill_batch();
    return load_regions(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, unload_regions);
}
