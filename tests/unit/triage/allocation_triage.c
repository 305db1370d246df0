// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocation.h"
#include "changes.h"
#include "consumer.h"
#include "example_book.h"
#include "fake_batch.h"
#include "meeting.h"
#include "rulebook.h"
#include "triage.h"

#include "redress/v1/facts.pb-c.h"

static struct region_rule rule = {.id = "a", .weight = 1, .category = "other"};
static char *terms[] = {"one", "two"};
static struct region_term_group groups[] = {{terms, 2}, {terms, 1}};
static struct region_lexicon lexicon = {.id = "l", .version = 1, .rules = &rule, .rule_count = 1};
static const struct region small = {.lexicon = &lexicon};

static enum rc assess(struct error *error) {
    struct triage triage = {.region = NULL};
    struct assessment assessment;
    enum rc rc = triage_init(&triage, &small, error);
    if (rc == RC_OK) {
        rc = triage_assess(&triage, "one and two", "", "", &assessment, error);
    }
    triage_close(&triage);
    return rc;
}

static enum rc take_facts(struct error *error) {
    static uint8_t hash[32], bytes[512];
    static const char *const ids[] = {"01234567-89ab-8def-8123-456789abcdef",
                                      "01234567-89ab-8def-8123-456789abcdee"};
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
    ProtobufCBinaryData contact = {sizeof hash, hash};
    struct bus_record record = {.value = bytes, .envelope = {.type = "redress.v1.CaseRegistered"}};
    struct changes *changes = NULL;
    size_t count = 0;
    meta.tenant = "first-hospital";
    fact.meta = &meta;
    meta.decided_at_ms = INT64_C(1772413200000);
    fact.received_at_ms = meta.decided_at_ms;
    fact.narrative = "门诊排队等了三个小时";
    fact.n_contact_hashes = 1;
    fact.contact_hashes = &contact;
    enum rc rc = changes_new(&changes, error);
    for (size_t i = 0; i < 2 && rc == RC_OK; i++) {
        meta.case_id = (char *)ids[i];
        record.value_size = protobuf_c_message_pack(&fact.base, bytes);
        rc = changes_take(changes, &record, error);
    }
    assert_true(rc != RC_OK || (changes_all(changes, &count) != NULL && count == 2));
    changes_free(changes);
    return rc;
}

static struct fake_batch batch;

// What a case comes with, what its complainant writes later, and what nobody can read.
static void fill_batch(void) {
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseRegistered registered = REDRESS__V1__CASE_REGISTERED__INIT;
    Redress__V1__MessageReceived message = REDRESS__V1__MESSAGE_RECEIVED__INIT;
    Redress__V1__EvidenceOffered offer = REDRESS__V1__EVIDENCE_OFFERED__INIT;
    meta.case_id = "01234567-89ab-8def-8123-456789abcdef";
    meta.tenant = "first-hospital";
    meta.sequence = 1;
    meta.decided_at_ms = INT64_C(1772413200000);
    registered.meta = message.meta = offer.meta = &meta;
    registered.received_at_ms = meta.decided_at_ms;
    registered.narrative = "门诊排队等了三个小时，收费也不对";
    registered.request = "请退费，我不想活了";
    message.text = "我不想活了";
    offer.note = "发票";
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &registered.base);
    meta.sequence = 2;
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &message.base);
    meta.sequence = 3;
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &offer.base);
    fake_batch_bytes(&batch, BUS_TOPIC_FACTS, meta.case_id, "no fact");
}

// All is proposed that follows, or the batch comes again.
static enum rc assess_facts(struct error *error) {
    struct consumer *consumer = NULL;
    const struct bus_settings bus = {.brokers = ""};
    fake_bus_count = fake_bus_dead = 0;
    enum rc rc = consumer_start(&consumer, &bus, regions, error);
    rc = rc == RC_OK ? fake_batch_feed(&batch, error) : rc;
    assert_true(rc != RC_OK || (fake_bus_count == 2 && fake_bus_dead == 1));
    consumer_free(consumer);
    return rc;
}

// Nobody listens on port 1: that is told apart from a want of memory.
static enum rc without_redis(enum rc (*asks)(struct redis *redis, struct error *error),
                             struct error *error) {
    struct redis *redis = NULL;
    enum rc rc = redis_new(&redis, "127.0.0.1", 1, 100, error);
    rc = rc == RC_OK ? asks(redis, error) : rc;
    redis_free(redis);
    return rc == RC_UNAVAILABLE && !allocation_failed() ? RC_OK : rc;
}

static enum rc add_case(struct redis *redis, struct error *error) {
    static const struct similar_case entry = {.case_id = "01234567-89ab-8def-8123-456789abcdef",
                                              .category = "fees",
                                              .hash_count = 1,
                                              .received_at_ms = 1};
    const struct store_change change = {.entry = &entry};
    return store_apply(redis, &change, 1, 1, error);
}

static enum rc change_case(struct redis *redis, struct error *error) {
    const struct store_change change = {.category = "fees"};
    return store_apply(redis, &change, 1, 1, error);
}

static enum rc count_repeats(struct redis *redis, struct error *error) {
    static const struct similar_case entry = {.hash_count = 1};
    const struct similar_case *const cases[] = {&entry};
    struct store_repeats found = {NULL, 0};
    enum rc rc = store_repeats(redis, cases, 1, 1, &found, error);
    free(found.all);
    return rc;
}

static enum rc read_meetings(struct redis *redis, struct error *error) {
    static const unsigned char fields[1][BUCKET_FIELD];
    const struct meetings_question question = {.fields = fields, .field_count = 1};
    struct meetings meetings = {NULL, 0, 0};
    enum rc rc = meetings_read(redis, &question, &meetings, error);
    meetings_close(&meetings);
    return rc;
}

static enum rc index_cases(struct error *error) { return without_redis(add_case, error); }
static enum rc index_changes(struct error *error) { return without_redis(change_case, error); }
static enum rc index_repeats(struct error *error) { return without_redis(count_repeats, error); }
static enum rc index_meetings(struct error *error) { return without_redis(read_meetings, error); }

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    rule.all = groups;
    rule.all_count = 2;
    assert_true(allocation_try_each(assess) >= 12);
    assert_true(allocation_try_each(take_facts) >= 3);
    assert_true(allocation_try_each(assess_facts) >= 6);
    assert_true(allocation_try_each(index_cases) >= 4);
    assert_true(allocation_try_each(index_changes) >= 5);
    assert_true(allocation_try_each(index_repeats) >= 2);
    assert_true(allocation_try_each(index_meetings) >= 4);
}

static int set_up(void **unused) {
    (void)unused;
    fill_batch();
    return load_regions(&rulebook_options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, unload_regions);
}
