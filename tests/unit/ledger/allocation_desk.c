// SPDX-License-Identifier: Apache-2.0
// What staff are served with: commands that share a transaction, the vault's letters, live changes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"
#include "fake_batch.h"
#include "fake_libpq.h"
#include "routes_private.h"
#include "sent.h"
#include "state_codec.h"
#include "store_letters.h"
#include "stream.h"

#include "common/json.h"
#include "common/redaction.h"
#include "common/seal.h"

#include "redress/v1/facts.pb-c.h"

#include <sodium.h>

#define FIRST_CASE "01234567-89ab-8def-8123-456789abcdef"
#define SECOND_CASE "11234567-89ab-8def-8123-456789abcdef"
#define ABSENT_CASE "21234567-89ab-8def-8123-456789abcdef"
#define NOW_MS INT64_C(1772413200000)
#define LETTER "请回电"
#define TURNS 3

static const char first_bytes[16] =
    "\x01\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";
static const char second_bytes[16] =
    "\x11\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

static struct region *region;
static struct region_edition edition;
static struct fake_batch batch;
static const char *const case_ids[TURNS] = {FIRST_CASE, SECOND_CASE, ABSENT_CASE};
static uint8_t *states[2];
static size_t state_sizes[2];
static json_t *bodies[TURNS];
static json_t *claims;
static bool committed;

static unsigned char secret[SEAL_KEY_SIZE] = {7};
static struct seal_content sealed;
static unsigned char ciphertext[sizeof LETTER - 1 + SEAL_TAG_SIZE];

// A request is its place here alone.
static char place;
static struct http_request *const request = (struct http_request *)&place;
static size_t problems;
static struct error problem; // the last one
static size_t events;        // told to listeners

__typeof__(http_body) __wrap_http_body;
__typeof__(http_gather) __wrap_http_gather;
__typeof__(http_header) __wrap_http_header;
__typeof__(http_path_value) __wrap_http_path_value;
__typeof__(http_reply_problem) __wrap_http_reply_problem;
__typeof__(http_reply_problem_with) __wrap_http_reply_problem_with;
__typeof__(http_stream_begin) __wrap_http_stream_begin;
__typeof__(http_stream_end) __wrap_http_stream_end;
__typeof__(http_stream_send) __wrap_http_stream_send;
__typeof__(relay_wake) __wrap_relay_wake;

const char *__wrap_http_body(const struct http_request *asked, size_t *size) {
    (void)asked;
    *size = 0;
    return "";
}

size_t __wrap_http_gather(struct http_request *first, struct http_request **others, size_t most) {
    (void)first;
    (void)others;
    (void)most;
    return 0;
}

const char *__wrap_http_header(const struct http_request *asked, const char *name) {
    (void)asked;
    (void)name;
    return NULL;
}

const char *__wrap_http_path_value(const struct http_request *asked, const char *name) {
    (void)asked;
    (void)name;
    return "no-command";
}

void __wrap_http_reply_problem(struct http_request *asked, unsigned status,
                               const struct error *error) {
    (void)asked;
    (void)status;
    problems++;
    problem = *error;
}

void __wrap_http_reply_problem_with(struct http_request *asked, unsigned status,
                                    const struct error *error, json_t *members) {
    assert_null(members);
    __wrap_http_reply_problem(asked, status, error);
}

struct http_stream *__wrap_http_stream_begin(struct http_request *asked) {
    return (struct http_stream *)asked;
}

bool __wrap_http_stream_send(struct http_stream *stream, const char *text, size_t size) {
    (void)stream;
    (void)text;
    (void)size;
    events++;
    return true;
}

void __wrap_http_stream_end(struct http_stream *stream) { (void)stream; }
void __wrap_relay_wake(struct relay *relay) { (void)relay; }

static PGresult *answer(const char *sql) {
    PGresult *rows = NULL;
    if (strncmp(sql, "SELECT case_id, state FROM", 26) == 0) {
        rows = fake_libpq_rows(2);
        fake_libpq_bytes(rows, first_bytes, sizeof first_bytes);
        fake_libpq_bytes(rows, states[0], state_sizes[0]);
        fake_libpq_bytes(rows, second_bytes, sizeof second_bytes);
        fake_libpq_bytes(rows, states[1], state_sizes[1]);
    } else if (strncmp(sql, "SELECT seq, sealed_key", 22) == 0) {
        rows = fake_libpq_rows(4);
        fake_libpq_number(rows, 2);
        fake_libpq_bytes(rows, sealed.sealed_key, sizeof sealed.sealed_key);
        fake_libpq_bytes(rows, sealed.nonce, sizeof sealed.nonce);
        fake_libpq_bytes(rows, ciphertext, sizeof ciphertext);
    }
    committed |= strcmp(sql, "COMMIT") == 0;
    return rows;
}

static void fill_access(struct access *access, const char *subject) {
    access->edition = &edition;
    access->claims = claims;
    access->actor =
        (struct case_actor){.subject = subject, .roles = ROLE_OPERATOR, .tenants = access->tenants};
    memcpy(access->tenants, "first-hospital", sizeof "first-hospital");
    memcpy(access->views, "show", sizeof "show");
}

static void fill_turn(struct command_turn *turn, struct access *access, size_t number) {
    memset(turn, 0, sizeof *turn);
    turn->access = access;
    turn->request = (struct command_request){.kind = INPUT_COMMENT,
                                             .case_id = case_ids[number],
                                             .idempotency_key = "key",
                                             .if_match = "*",
                                             .body = bodies[number]};
}

// Two of one user, one of another, whose case is none. Each is done or says why it is not.
static enum rc run_commands(struct error *error) {
    static struct command_turn turns[TURNS];
    static struct access access[2];
    struct command_turn *const list[TURNS] = {&turns[0], &turns[1], &turns[2]};
    struct ledger ledger = {.relay = NULL};
    committed = false;
    fill_access(&access[0], "lin");
    fill_access(&access[1], "shen");
    for (size_t i = 0; i < TURNS; i++) {
        fill_turn(&turns[i], &access[i / 2], i);
    }
    enum rc rc = pg_pool_new(&ledger.commands, "", "test", "ledger", 1, error);
    if (rc == RC_OK) {
        command_run_all(&ledger, list, TURNS);
    }
    pg_pool_free(ledger.commands);
    for (size_t i = 0; i < TURNS && rc == RC_OK; i++) {
        enum rc wanted = i < 2 ? RC_OK : RC_NOT_FOUND;
        if (turns[i].rc != wanted) {
            rc = turns[i].rc;
            *error = turns[i].error;
        } else if (wanted == RC_OK) {
            assert_true(committed && turns[i].result.state.sequence == 4);
        }
    }
    return allocation_spared(rc, error);
}

static enum rc open_letters(struct error *error) {
    const struct store_letters_asked asked = {FIRST_CASE, 9};
    struct pg *pg = NULL;
    allocation_spare(true);
    json_t *content = json_object();
    allocation_spare(false);
    sent_begin();
    enum rc rc = pg_open(&pg, "", "test", "ledger", error);
    rc = rc == RC_OK ? store_letters_open(pg, &asked, secret, content, error) : rc;
    rc = rc == RC_OK ? json_whole(error) : rc; // as whoever answers asks
    if (rc == RC_OK) {
        const json_t *letter = json_array_get(json_object_get(content, "messages"), 0);
        assert_string_equal(json_string_value(json_object_get(letter, "text")), LETTER);
    }
    json_decref(content);
    pg_close(pg);
    return sent_end(rc, error);
}

// Who listens is told, or that there is no room.
static enum rc follow_changes(struct error *error) {
    static struct access access;
    struct stream *stream = NULL;
    const struct bus_settings bus = {.brokers = ""};
    fill_access(&access, "lin");
    problems = events = 0;
    enum rc rc = stream_start(&stream, &bus, error);
    if (rc == RC_OK) {
        stream_listen(stream, request, &access);
        rc = fake_batch_feed(&batch, error);
        assert_int_equal(events, rc == RC_OK && problems == 0);
    }
    stream_free(stream);
    if (rc == RC_OK && problems > 0) {
        *error = problem;
        return problem.rc;
    }
    return rc;
}

// A request that is no command's is answered once, also without memory.
static enum rc refuse_request(struct error *error) {
    struct ledger ledger = {.relay = NULL};
    problems = 0;
    routes_command(request, &ledger);
    assert_int_equal(problems, 1);
    *error = problem;
    return problem.rc == RC_NOT_FOUND ? RC_OK : problem.rc;
}

// An empty body is an empty object, in which nothing is said to be missing that there is no room
// for.
static enum rc read_nothing(struct error *error) {
    json_t *body = NULL;
    enum rc rc = routes_read_body(request, &body, error);
    assert_true(rc != RC_OK || body != NULL);
    json_decref(body);
    return rc;
}

static void test_allocation_fails_at_the_desk_cleanly(void **unused) {
    (void)unused;
    assert_true(sent_try_each(run_commands) >= 60);
    assert_true(sent_try_each(open_letters) >= 5);
    assert_true(sent_try_each(follow_changes) >= 3);
    assert_true(sent_try_each(refuse_request) >= 1);
    assert_true(sent_try_each(read_nothing) >= 1);
}

static enum rc keep_states(void) {
    static struct case_state state = {.case_id = FIRST_CASE,
                                      .tenant = "first-hospital",
                                      .sequence = 3,
                                      .category = "other",
                                      .urgency = 3,
                                      .crisis = 1,
                                      .unit = "first-hospital.nursing",
                                      .language = "zh-CN",
                                      .received_at_ms = NOW_MS,
                                      .status = CASE_INVESTIGATING};
    states[0] = state_pack(&state, &state_sizes[0]);
    memcpy(state.case_id, SECOND_CASE, sizeof state.case_id);
    states[1] = state_pack(&state, &state_sizes[1]);
    return states[0] != NULL && states[1] != NULL ? RC_OK : RC_INTERNAL;
}

static void fill_batch(void) {
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseAccepted accepted = REDRESS__V1__CASE_ACCEPTED__INIT;
    meta.case_id = FIRST_CASE;
    meta.tenant = "first-hospital";
    meta.sequence = 4;
    meta.decided_at_ms = NOW_MS;
    accepted.meta = &meta;
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &accepted.base);
}

static enum rc seal_letter(struct error *error) {
    unsigned char public_key[SEAL_KEY_SIZE];
    struct seal_reader reader;
    crypto_scalarmult_base(public_key, secret);
    seal_reader_init(&reader, public_key);
    return seal_content(&reader, FIRST_CASE, LETTER, sizeof LETTER - 1, &sealed, ciphertext, error);
}

static int set_up(void **unused) {
    struct error error;
    (void)unused;
    fake_libpq_answers(answer);
    fill_batch();
    claims = json_pack("{s:I}", "exp", (json_int_t)4102444800);
    for (size_t i = 0; i < TURNS; i++) {
        bodies[i] = json_pack("{s:s}", "comment", "已电话联系");
    }
    bool good = seal_init(&error) == RC_OK && redaction_init(&error) == RC_OK &&
                region_load(&region, "deploy/region/example", &error) == RC_OK &&
                keep_states() == RC_OK && seal_letter(&error) == RC_OK;
    edition.region = region;
    return good ? 0 : -1;
}

static int tear_down(void **unused) {
    (void)unused;
    for (size_t i = 0; i < TURNS; i++) {
        json_decref(bodies[i]);
    }
    json_decref(claims);
    free(states[0]);
    free(states[1]);
    region_free(region);
    redaction_close();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_at_the_desk_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
