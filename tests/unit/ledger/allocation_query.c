// SPDX-License-Identifier: Apache-2.0
// What is read of stored facts: a fact that there is no memory for fails the reading; one that
// can't be read is shown without its content, or not at all. Whoever answers asks json_whole, as
// each attempt here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "case_json.h"
#include "command_repeat.h"
#include "fake_libpq.h"
#include "query.h"
#include "sent.h"

#include "common/json.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define CAUSE_ID "11234567-89ab-8def-8123-456789abcdef"
#define SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOW_MS INT64_C(1772413200000)
#define REPLY "已电话答复"

static unsigned char digest[CASE_DIGEST_SIZE] = {1, 2, 3};

// A stored fact.
struct stored {
    enum fact_kind kind;
    uint8_t *bytes;
    size_t size;
};

static struct stored replied, revealed, refused, offered, armed, comment;

static void keep(struct stored *stored, struct fact *fact) {
    fact->meta.case_id = CASE_ID;
    fact->meta.sequence = 2;
    fact->meta.tenant = "first-hospital";
    fact->meta.decided_at_ms = NOW_MS;
    fact->meta.cause_digest = (ProtobufCBinaryData){sizeof digest, digest};
    stored->kind = fact->kind;
    stored->bytes = fact_pack(fact, &stored->size);
    assert_non_null(stored->bytes);
}

static void keep_facts(void) {
    char *lines[] = {"five days"};
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    struct fact fact;
    fact_init(&fact, FACT_CASE_REPLIED);
    fact.body.replied.reply = REPLY;
    keep(&replied, &fact);
    fact_init(&fact, FACT_CASE_REVEALED);
    fact.body.revealed.role = "handler";
    keep(&revealed, &fact);
    fact_init(&fact, FACT_PROPOSAL_REFUSED);
    fact.body.refused.code = "erased";
    keep(&refused, &fact);
    fact_init(&fact, FACT_EVIDENCE_OFFERED);
    fact.body.evidence_offered.sha256 = SHA256;
    keep(&offered, &fact);
    fact_init(&fact, FACT_CLOCK_ARMED);
    terms.name = "resolution";
    terms.n_explanation = 1;
    terms.explanation = lines;
    fact.body.clock_armed.terms = &terms;
    keep(&armed, &fact);
    fact_init(&fact, FACT_CASE_COMMENTED);
    fact.body.commented.comment = "已电话联系";
    keep(&comment, &fact);
}

static void free_facts(void) {
    struct stored *const all[] = {&replied, &revealed, &refused, &offered, &armed, &comment};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free(all[i]->bytes);
    }
}

static void fill_payload(PGresult *rows, const struct stored *stored) {
    fake_libpq_bytes(rows, stored->bytes, stored->size);
}

static void fill_event(PGresult *rows, const struct stored *stored) {
    fake_libpq_number(rows, 2);
    fake_libpq_text(rows, fact_type(stored->kind));
    fill_payload(rows, stored);
}

// Beside what each asks for, what nobody can read.
static PGresult *answer(const char *sql) {
    static const struct stored garbled = {FACT_CASE_REPLIED, (uint8_t *)"no fact", 7};
    PGresult *rows = NULL;
    if (strncmp(sql, "SELECT seq, type, payload, actor", 32) == 0) {
        rows = fake_libpq_rows(5);
        fill_event(rows, &comment);
        fake_libpq_text(rows, "li.wei");
        fake_libpq_number(rows, 0);
        fill_event(rows, &garbled);
        fake_libpq_text(rows, "li.wei");
        fake_libpq_number(rows, 0);
    } else if (strncmp(sql, "SELECT seq, type, payload, decided_at", 37) == 0) {
        rows = fake_libpq_rows(4);
        fill_event(rows, &garbled);
        fake_libpq_number(rows, 0);
        fill_event(rows, &replied);
        fake_libpq_number(rows, 0);
    } else if (strncmp(sql, "SELECT seq, type, payload", 25) == 0) {
        fill_event(rows = fake_libpq_rows(3), &armed);
    } else if (strncmp(sql, "SELECT type, payload", 20) == 0) {
        rows = fake_libpq_rows(2);
        fake_libpq_text(rows, fact_type(refused.kind));
        fill_payload(rows, &refused);
    } else if (strstr(sql, "redress.v1.CaseReplied") != NULL) {
        fill_payload(rows = fake_libpq_rows(1), &replied);
    } else if (strstr(sql, "redress.v1.CaseRevealed") != NULL) {
        fill_payload(rows = fake_libpq_rows(1), &garbled);
        fill_payload(rows, &revealed);
    } else if (strstr(sql, "redress.v1.EvidenceOffered") != NULL) {
        fill_payload(rows = fake_libpq_rows(1), &garbled);
        fill_payload(rows, &offered);
    } else if (strstr(sql, "cause_id = $2 ORDER BY seq") != NULL) {
        fill_payload(rows = fake_libpq_rows(1), &comment);
    }
    return rows;
}

static enum rc with_store(enum rc (*asks)(struct pg *pg, struct error *error),
                          struct error *error) {
    struct pg *pg = NULL;
    sent_begin();
    enum rc rc = pg_open(&pg, "", "test", "ledger", error);
    rc = rc == RC_OK ? asks(pg, error) : rc;
    pg_close(pg);
    return sent_end(rc, error);
}

static const char *text_of(const json_t *page, size_t place, const char *member,
                           const char *field) {
    const json_t *item = json_array_get(json_object_get(page, "items"), place);
    item = member == NULL ? item : json_object_get(item, member);
    const char *text = json_string_value(json_object_get(item, field));
    return text == NULL ? "" : text;
}

static enum rc ask_timeline(struct pg *pg, struct error *error) {
    json_t *page = NULL;
    enum rc rc = query_timeline(pg, CASE_ID, ~0U, 0, 10, &page, error);
    rc = rc == RC_OK ? json_whole(error) : rc;
    if (rc == RC_OK) {
        assert_int_equal(json_array_size(json_object_get(page, "items")), 2);
        assert_string_equal(text_of(page, 0, "data", "comment"), "已电话联系");
        assert_string_equal(text_of(page, 1, NULL, "type"), "CaseReplied");
    }
    json_decref(page);
    return rc;
}

static enum rc ask_dialogue(struct pg *pg, struct error *error) {
    static const struct case_state state = {.case_id = CASE_ID, .language = "zh-CN"};
    json_t *page = NULL;
    enum rc rc = query_dialogue(pg, &state, 0, 10, &page, error);
    rc = rc == RC_OK ? json_whole(error) : rc;
    if (rc == RC_OK) {
        assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
        assert_string_equal(text_of(page, 0, NULL, "text"), REPLY);
    }
    json_decref(page);
    return rc;
}

static enum rc ask_reveals(struct pg *pg, struct error *error) {
    json_t *reveals = NULL;
    enum rc rc = query_reveals(pg, CASE_ID, &reveals, error);
    rc = rc == RC_OK ? json_whole(error) : rc;
    assert_true(rc != RC_OK || json_array_size(reveals) == 1);
    json_decref(reveals);
    return rc;
}

static enum rc ask_cause(struct pg *pg, struct error *error) {
    struct query_cause cause;
    enum rc rc = query_cause(pg, CASE_ID, CAUSE_ID, &cause, error);
    assert_true(rc != RC_OK || strcmp(cause.refused, "erased") == 0);
    return rc;
}

static enum rc ask_reply(struct pg *pg, struct error *error) {
    char *reply = NULL;
    enum rc rc = query_reply(pg, CASE_ID, &reply, error);
    assert_true(rc != RC_OK || strcmp(reply, REPLY) == 0);
    free(reply);
    return rc;
}

static enum rc ask_offer(struct pg *pg, struct error *error) {
    ProtobufCMessage *message = NULL;
    enum rc rc = query_offer(pg, CASE_ID, SHA256, &message, error);
    assert_int_equal(rc == RC_OK, message != NULL);
    fact_release(message);
    return rc;
}

static enum rc ask_explanation(struct pg *pg, struct error *error) {
    static const struct case_state state = {.case_id = CASE_ID,
                                            .clocks = {{.name = "resolution", .armed_sequence = 2}},
                                            .clock_count = 1};
    allocation_spare(true);
    json_t *clocks = json_pack("[{s:s}]", "name", "resolution");
    allocation_spare(false);
    enum rc rc = query_explain(pg, &state, clocks, error);
    rc = rc == RC_OK ? json_whole(error) : rc;
    const json_t *lines = json_object_get(json_array_get(clocks, 0), "explanation");
    assert_true(rc != RC_OK || json_array_size(lines) == 1);
    json_decref(clocks);
    return rc;
}

// Another body under the same key is told from the same body, or the command is tried again.
static enum rc ask_repeat(struct pg *pg, struct error *error) {
    static const unsigned char other[CASE_DIGEST_SIZE] = {9};
    struct case_input input = {.cause_id = CAUSE_ID, .cause_digest = digest};
    struct command_done done = {0, 0};
    enum rc rc = command_is_same(pg, &input, CASE_ID, &done, error);
    assert_true(rc != RC_OK || done.sequence == 2);
    input.cause_digest = other;
    rc = rc == RC_OK ? command_is_same(pg, &input, CASE_ID, &done, error) : rc;
    assert_int_not_equal(rc, RC_OK);
    return rc == RC_INVALID ? RC_OK : rc;
}

static enum rc read_timeline(struct error *error) { return with_store(ask_timeline, error); }
static enum rc read_dialogue(struct error *error) { return with_store(ask_dialogue, error); }
static enum rc read_reveals(struct error *error) { return with_store(ask_reveals, error); }
static enum rc read_cause(struct error *error) { return with_store(ask_cause, error); }
static enum rc read_reply(struct error *error) { return with_store(ask_reply, error); }
static enum rc read_offer(struct error *error) { return with_store(ask_offer, error); }
static enum rc explain(struct error *error) { return with_store(ask_explanation, error); }
static enum rc tell_repeat(struct error *error) { return with_store(ask_repeat, error); }

static void test_allocation_fails_in_a_reading_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least;
    } attempts[] = {{read_timeline, 13}, {read_dialogue, 16}, {read_reveals, 11},
                    {read_cause, 11},    {read_reply, 12},    {read_offer, 11},
                    {explain, 14},       {tell_repeat, 21}};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_true(sent_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

static int set_up(void **unused) {
    (void)unused;
    keep_facts();
    fake_libpq_answers(answer);
    return 0;
}

static int tear_down(void **unused) {
    (void)unused;
    free_facts();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_a_reading_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
