// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attempt.h"
#include "consumer.h"
#include "example_book.h"
#include "fake_batch.h"
#include "fake_libpq.h"
#include "sender.h"
#include "sent.h"
#include "store.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/seal.h"
#include "common/service.h"

#include "redress/v1/facts.pb-c.h"
#include "redress/v1/inbound.pb-c.h"
#include "redress/v1/notices.pb-c.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define EARLIER_ID "11234567-89ab-8def-8123-456789abcdef"
#define NOW_MS INT64_C(1772413200000)
#define SECRET "000102030405060708090a0b0c0d0e0f"

static const char case_bytes[16] =
    "\x01\x23\x45\x67\x89\xab\x8d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

static struct fake_batch batch;

__typeof__(clock_sleep_ms) __wrap_clock_sleep_ms;
__typeof__(pthread_create) __wrap_pthread_create, __real_pthread_create;
__typeof__(service_fail) __wrap_service_fail;
CURLcode __wrap_curl_easy_perform(CURL *curl);

// The sender's thread runs only while the test waits for it: what is allocated comes in order.
static bool threads; // may start
static sem_t rounds; // that ended
static sem_t go_on;
static struct error last; // by which the sender ended

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*begin)(void *), void *argument) {
    return threads ? __real_pthread_create(thread, attributes, begin, argument) : EAGAIN;
}

void __wrap_clock_sleep_ms(int64_t ms) {
    (void)ms;
    sem_post(&rounds);
    sem_wait(&go_on);
}

void __wrap_service_fail(const struct error *error) {
    last = *error;
    sem_post(&rounds);
}

CURLcode __wrap_curl_easy_perform(CURL *curl) {
    (void)curl;
    return CURLE_OK; // a mail is taken; a web hook has answered nothing yet
}

// What goes out says all that it says when nothing fails.
static size_t whole;     // bytes of that
static bool one_differs; // from it

static void compare(size_t size) {
    whole = whole == 0 ? size : whole;
    one_differs |= size != whole;
}

__typeof__(transport_hook) __wrap_transport_hook;
__typeof__(transport_mail) __wrap_transport_mail, __real_transport_mail;

enum rc __wrap_transport_hook(struct transport *transport, const struct hook *hook,
                              struct error *error) {
    (void)transport;
    (void)error;
    compare(strlen(hook->body));
    return RC_OK;
}

enum rc __wrap_transport_mail(struct transport *transport, const struct mail *mail,
                              struct error *error) {
    compare(strlen(mail->subject) + strlen(mail->body));
    return __real_transport_mail(transport, mail, error);
}

static void fill_texts(PGresult *rows, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        fake_libpq_text(rows, texts[i]);
    }
}

// Of a delivery that ended: as a case's list has it, and as the ledger is told of it.
static void fill_listed(PGresult *rows) {
    static const char *const texts[] = {"email", "complainant", "case-replied", "CaseReplied",
                                        "sent"};
    fake_libpq_bytes(rows, case_bytes, sizeof case_bytes);
    fake_libpq_number(rows, 1);
    fill_texts(rows, texts, sizeof texts / sizeof texts[0]);
    fake_libpq_number(rows, 1);
    fake_libpq_text(rows, "");
}

static void fill_unreported(PGresult *rows) {
    static const char *const texts[] = {"email", "complainant", "case-replied", "sent"};
    fake_libpq_bytes(rows, case_bytes, sizeof case_bytes);
    fake_libpq_bytes(rows, case_bytes, sizeof case_bytes);
    fake_libpq_text(rows, "first-hospital");
    fake_libpq_number(rows, 1);
    fill_texts(rows, texts, sizeof texts / sizeof texts[0]);
    fake_libpq_number(rows, 1);
    fake_libpq_text(rows, "");
}

// A mail to staff, as store_turn gives it.
static void fill_due(PGresult *rows) {
    static char recipient[96];
    const char *const texts[] = {"first-hospital", "email",       recipient,
                                 "alarm-raised",   "AlarmRaised", "{}"};
    snprintf(recipient, sizeof recipient, "staff:%s", region->staff[0].subject);
    fake_libpq_bytes(rows, case_bytes, sizeof case_bytes);
    fake_libpq_bytes(rows, case_bytes, sizeof case_bytes);
    fill_texts(rows, texts, sizeof texts / sizeof texts[0]);
    fake_libpq_number(rows, 0); // occurred_at: in 2000
    fake_libpq_number(rows, 1);
    fake_libpq_text(rows, "7F3K9QW2XM4TP");
    fake_libpq_text(rows, "zh-CN");
    for (int i = 0; i < 3; i++) {
        fake_libpq_bytes(rows, NULL, 0); // received_at, promised_at, sealed
    }
    fake_libpq_number(rows, 1);
    fake_libpq_number(rows, 1);
    fake_libpq_number(rows, 1); // urgent: at any hour
}

// What the statements that read are answered.
static PGresult *answer(const char *sql) {
    PGresult *rows = NULL;
    if (strstr(sql, "FROM migrations.redress_migrations") != NULL) {
        fake_libpq_number(rows = fake_libpq_rows(1), STORE_SCHEMA);
    } else if (strncmp(sql, "SELECT case_id FROM cases", 25) == 0) {
        fake_libpq_bytes(rows = fake_libpq_rows(1), case_bytes, sizeof case_bytes);
    } else if (strncmp(sql, "SELECT k.recipient", 18) == 0) {
        rows = fake_libpq_rows(3);
        fake_libpq_text(rows, "complainant");
        fake_libpq_text(rows, CASE_ID);
        fake_libpq_number(rows, 0);
    } else if (strncmp(sql, "SELECT delivery_id, occasion", 28) == 0) {
        fill_listed(rows = fake_libpq_rows(9));
    } else if (strncmp(sql, "SELECT delivery_id, case_id", 27) == 0) {
        fill_unreported(rows = fake_libpq_rows(10));
    } else if (strncmp(sql, "WITH due", 8) == 0) {
        fill_due(rows = fake_libpq_rows(18));
    }
    return rows;
}

// A complainant's contact, what they and staff are told of, what says less, a calendar that ends,
// and what nobody can read.
static void fill_batch(void) {
    char *without[] = {EARLIER_ID};
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseRegistered registered = REDRESS__V1__CASE_REGISTERED__INIT;
    Redress__V1__CaseReplied replied = REDRESS__V1__CASE_REPLIED__INIT;
    Redress__V1__CaseDispatched dispatched = REDRESS__V1__CASE_DISPATCHED__INIT;
    Redress__V1__CaseUnmerged unmerged = REDRESS__V1__CASE_UNMERGED__INIT;
    Redress__V1__ContentErased erased = REDRESS__V1__CONTENT_ERASED__INIT;
    Redress__V1__CalendarMissing missing = REDRESS__V1__CALENDAR_MISSING__INIT;
    meta.case_id = CASE_ID;
    meta.sequence = 1;
    meta.tenant = "first-hospital";
    meta.decided_at_ms = NOW_MS;
    registered.meta = replied.meta = dispatched.meta = unmerged.meta = erased.meta = &meta;
    registered.contactable = 1;
    registered.tracking_code = "7F3K9QW2XM4TP";
    registered.language = "zh-CN";
    registered.received_at_ms = NOW_MS;
    replied.reply = "已电话答复";
    replied.closure = 1;
    dispatched.unit = "first-hospital.nursing";
    unmerged.n_without = 1;
    unmerged.without = without;
    missing.calendar = "cn-workdays@2026";
    missing.year = 2027;
    missing.noticed_at_ms = NOW_MS;
    fake_batch_bytes(&batch, BUS_TOPIC_CONTACTS, CASE_ID, "a sealed contact");
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &registered.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &replied.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &dispatched.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &unmerged.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &erased.base);
    fake_batch_add(&batch, BUS_TOPIC_NOTICES, &missing.base);
    fake_batch_bytes(&batch, BUS_TOPIC_FACTS, CASE_ID, "no fact");
}

// Whole or not at all: what a batch lacks memory for comes again.
static enum rc take_messages(struct error *error) {
    struct consumer *consumer = NULL;
    const struct consumer_options options = {.postgres_url = "",
                                             .regions = regions,
                                             .quiet_begin_hour = 22,
                                             .quiet_end_hour = 7,
                                             .hourly_most = 3};
    sent_begin();
    fake_bus_dead = 0;
    enum rc rc = consumer_start(&consumer, &options, error);
    rc = rc == RC_OK ? fake_batch_feed(&batch, error) : rc;
    assert_true(rc != RC_OK || fake_bus_dead == 1);
    consumer_free(consumer);
    return sent_end(rc, error);
}

static enum rc with_store(enum rc (*asks)(struct pg *pg, struct error *error),
                          struct error *error) {
    struct pg *pg = NULL;
    sent_begin();
    enum rc rc = pg_open(&pg, "", "test", "notification", error);
    rc = rc == RC_OK ? asks(pg, error) : rc;
    pg_close(pg);
    return sent_end(rc, error);
}

static const struct store_result ended[] = {
    {.delivery_id = CASE_ID, .state = "sent"},
    {.delivery_id = EARLIER_ID, .state = "pending", .failure = "connect", .next_attempt_ms = 1}};

static enum rc ask_turn(struct pg *pg, struct error *error) {
    PGresult *rows = NULL;
    enum rc rc = store_turn(pg, ended, 2, &rows, error);
    assert_true(rc != RC_OK || PQntuples(rows) == 1);
    PQclear(rows);
    return rc;
}

static enum rc ask_conclusion(struct pg *pg, struct error *error) {
    return store_conclude(pg, ended, 2, error);
}

static enum rc ask_unreported(struct pg *pg, struct error *error) {
    PGresult *rows = NULL;
    enum rc rc = store_unreported(pg, &rows, error);
    rc = rc == RC_OK ? store_reported(pg, rows, error) : rc;
    PQclear(rows);
    return rc;
}

static enum rc ask_deliveries(struct pg *pg, struct error *error) {
    json_t *page = NULL;
    enum rc rc = store_deliveries(pg, CASE_ID, &page, error);
    rc = rc == RC_OK ? json_whole(error) : rc; // as whoever answers asks
    assert_int_equal(rc == RC_OK, json_array_size(json_object_get(page, "items")) == 1);
    json_decref(page);
    return rc;
}

static enum rc take_turn(struct error *error) { return with_store(ask_turn, error); }
static enum rc conclude(struct error *error) { return with_store(ask_conclusion, error); }
static enum rc report(struct error *error) { return with_store(ask_unreported, error); }
static enum rc list_deliveries(struct error *error) { return with_store(ask_deliveries, error); }

// More notices than the list has room for at first, all put off but the first few.
static enum rc put_off(struct error *error) {
    const struct cap_notice notice = {.recipient = "staff:li.wei", .counted = true, .at_ms = 1};
    struct cap_batch notices = {0};
    enum rc rc = RC_OK;
    for (int i = 0; i < 200 && rc == RC_OK; i++) {
        rc = cap_add(&notices, &notice, error);
    }
    rc = rc == RC_OK ? cap_apply(&notices, NULL, 0, 3, error) : rc;
    assert_true(rc != RC_OK || (notices.count == 200 && notices.list[199].capped));
    cap_free(&notices);
    return rc;
}

static enum rc render(struct error *error) {
    allocation_spare(true);
    json_t *values = json_pack("{s:s}", "name", "周晓岚");
    allocation_spare(false);
    char *text = notification_render("{name}：您好 {absent}", values);
    json_decref(values);
    if (text == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory, as the caller says");
    }
    assert_string_equal(text, "周晓岚：您好 ");
    free(text);
    return RC_OK;
}

static enum rc open_transport(struct transport **transport, struct error *error) {
    return transport_new(transport, "smtp://127.0.0.1:1", "bureau@example.org", SECRET, error);
}

// A mail to staff: addressed, rendered twice, handed over. Without memory it isn't sent, but later.
static enum rc send_mail(struct error *error) {
    char recipient[96];
    struct transport *transport = NULL;
    struct attempt_options options = {.webhook_url = "", .region = region};
    struct job job = {.delivery_id = CASE_ID,
                      .case_id = CASE_ID,
                      .tenant = "first-hospital",
                      .channel = "email",
                      .recipient = recipient,
                      .template_code = "alarm-raised",
                      .fact = "AlarmRaised",
                      .parameters = "{\"unit\": \"first-hospital.nursing\"}",
                      .tracking_code = "7F3K9QW2XM4TP",
                      .language = "zh-CN",
                      .occurred_at_ms = NOW_MS,
                      .urgent = true};
    snprintf(recipient, sizeof recipient, "staff:%s", region->staff[0].subject);
    enum rc rc = open_transport(&transport, error);
    rc = rc == RC_OK ? attempt_make(&options, transport, &job, error) : rc;
    transport_free(transport);
    return rc;
}

static enum rc send_hook(struct error *error) {
    struct transport *transport = NULL;
    struct attempt_options options = {.webhook_url = "http://127.0.0.1:1", .region = region};
    struct job job = {.delivery_id = CASE_ID,
                      .case_id = CASE_ID,
                      .tenant = "first-hospital",
                      .channel = "webhook",
                      .recipient = "hook:hospital",
                      .fact = "CaseDispatched",
                      .parameters = "{\"unit\": \"first-hospital.nursing\"}",
                      .tracking_code = "7F3K9QW2XM4TP",
                      .occurred_at_ms = NOW_MS};
    enum rc rc = open_transport(&transport, error);
    rc = rc == RC_OK ? attempt_make(&options, transport, &job, error) : rc;
    transport_free(transport);
    return rc;
}

// What the bureau's notification key alone opens.
static unsigned char contact_key[SEAL_KEY_SIZE] = {7};
static unsigned char contact[256 + SEAL_BOX_OVERHEAD];
static size_t contact_size;

static enum rc seal_contact(struct error *error) {
    uint8_t bytes[256];
    unsigned char public_key[SEAL_KEY_SIZE];
    struct seal_reader reader;
    Redress__V1__Contact message = REDRESS__V1__CONTACT__INIT;
    message.email = "zhou@example.org";
    message.name = "周晓岚";
    size_t size = protobuf_c_message_pack(&message.base, bytes);
    contact_size = size + SEAL_BOX_OVERHEAD;
    crypto_scalarmult_base(public_key, contact_key);
    seal_reader_init(&reader, public_key);
    return seal_box(&reader, bytes, size, contact, error);
}

// One whose contact can't be read gets no mail, ever; whose contact lacks memory gets it later.
static enum rc tell_complainant(struct error *error) {
    struct transport *transport = NULL;
    struct attempt_options options = {.webhook_url = "", .satisfaction_url = "", .region = region};
    struct job job = {.delivery_id = CASE_ID,
                      .case_id = CASE_ID,
                      .tenant = "first-hospital",
                      .channel = "email",
                      .recipient = "complainant",
                      .template_code = "case-registered",
                      .fact = "CaseRegistered",
                      .parameters = "{}",
                      .tracking_code = "7F3K9QW2XM4TP",
                      .language = "zh-CN",
                      .occurred_at_ms = NOW_MS,
                      .sealed = contact,
                      .sealed_size = contact_size,
                      .urgent = true};
    memcpy(options.contacts.secret_key, contact_key, sizeof contact_key);
    enum rc rc = open_transport(&transport, error);
    rc = rc == RC_OK ? attempt_make(&options, transport, &job, error) : rc;
    transport_free(transport);
    return rc;
}

static const struct sender_options sender_options = {.postgres_url = "",
                                                     .smtp_url = "smtp://127.0.0.1:1",
                                                     .smtp_from = "bureau@example.org",
                                                     .webhook_secret = SECRET,
                                                     .attempt = {.webhook_url = ""},
                                                     .attempts = 3,
                                                     .reports = true};

static enum rc start_sender(struct error *error) {
    struct sender *sender = NULL;
    struct sender_options options = sender_options;
    options.regions = regions;
    threads = false;
    enum rc rc = sender_start(&sender, &options, error);
    assert_int_equal(rc, RC_INTERNAL); // its thread does not start
    sender_free(sender);
    return allocation_failed() ? rc : RC_OK;
}

// Until so many rounds are over, or the sender ended; then it goes on until it is stopped.
static void await_rounds(int count) {
    for (int i = 0; i < count; i++) {
        sem_wait(&rounds);
        if (last.text[0] != '\0') {
            return;
        }
        sem_post(&go_on);
    }
    for (int i = 0; i < 1000; i++) {
        sem_post(&go_on);
    }
}

// Sends, and tells the ledger. A round that lacks memory is tried again, or ends the service.
static enum rc send_rounds(struct error *error) {
    struct sender *sender = NULL;
    struct sender_options options = sender_options;
    options.regions = regions;
    threads = true;
    last.text[0] = '\0';
    fake_bus_count = 0;
    sem_init(&rounds, 0, 0);
    sem_init(&go_on, 0, 0);
    enum rc rc = sender_start(&sender, &options, error);
    if (rc == RC_OK) {
        await_rounds(2);
    }
    sender_free(sender);
    assert_true(rc != RC_OK || last.text[0] != '\0' || fake_bus_count > 0);
    if (rc == RC_OK && last.text[0] != '\0') {
        *error = last;
        return last.rc;
    }
    return allocation_spared(rc, error);
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least;
    } attempts[] = {{take_messages, 100}, {take_turn, 12},       {conclude, 8},
                    {report, 5},          {list_deliveries, 20}, {put_off, 5},
                    {render, 1},          {send_mail, 50},       {send_hook, 40},
                    {start_sender, 6},    {send_rounds, 100},    {tell_complainant, 50}};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        whole = 0;
        assert_true(sent_try_each(attempts[i].attempt) >= attempts[i].least);
        assert_false(one_differs);
    }
}

static int set_up(void **unused) {
    struct error error;
    (void)unused;
    fake_libpq_answers(answer);
    fill_batch();
    return seal_init(&error) == RC_OK && seal_contact(&error) == RC_OK ? load_regions(NULL) : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, unload_regions);
}
