// SPDX-License-Identifier: Apache-2.0
// What the index keeps of a case, where cases meet, and what a batch of facts makes of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bucket.h"
#include "card.h"
#include "changes.h"

#include "redress/v1/facts.pb-c.h"

#define ONE "01234567-89ab-8def-8123-456789abcdef"
#define OTHER "11234567-89ab-8def-8123-456789abcdef"
#define RECEIVED INT64_C(1770000000000)

static struct similar_case a_case(size_t hashes) {
    struct similar_case made = {.case_id = ONE,
                                .tenant = "first-hospital",
                                .category = "waiting",
                                .unit = "first-hospital.desk",
                                .received_at_ms = RECEIVED,
                                .hash_count = hashes};
    for (size_t i = 0; i < hashes; i++) {
        memset(made.hashes[i], (int)i + 1, sizeof made.hashes[i]);
    }
    similar_read(&made, "门诊排队等了三个小时没有人解释原因");
    return made;
}

static void test_a_card_is_kept_and_read_back(void **unused) {
    (void)unused;
    unsigned char card[CARD_MOST];
    for (size_t hashes = 0; hashes <= SIMILAR_HASHES; hashes++) {
        struct similar_case before = a_case(hashes);
        struct similar_case after = {.case_id = ONE};
        size_t size = card_pack(&before, card);
        assert_true(size <= sizeof card);
        memset(before.sketch.least, 0, sizeof before.sketch.least); // bands are kept instead
        assert_int_equal(card_unpack(card, size, &after, NULL), RC_OK);
        assert_memory_equal(&before, &after, sizeof before);
        for (size_t cut = 0; cut < size; cut++) {
            assert_int_equal(card_unpack(card, cut, &after, NULL), RC_INVALID);
        }
    }
}

static void test_the_longest_texts_fit_a_card(void **unused) {
    (void)unused;
    unsigned char card[CARD_MOST];
    struct similar_case entry = a_case(SIMILAR_HASHES);
    memset(entry.tenant, 'a', sizeof entry.tenant - 1);
    memset(entry.category, 'b', sizeof entry.category - 1);
    memset(entry.unit, 'c', sizeof entry.unit - 1);
    for (size_t kind = 0; kind < SIMILARITY_KINDS; kind++) {
        entry.sketch.sets[kind].count = SIMILARITY_KEPT;
        for (uint32_t i = 0; i < SIMILARITY_KEPT; i++) {
            entry.sketch.sets[kind].hashes[i] = i;
        }
    }
    assert_int_equal(card_pack(&entry, card), CARD_MOST);
    assert_int_equal(card_unpack(card, CARD_MOST, &entry, NULL), RC_OK);
}

static void test_bytes_that_no_case_gives_are_refused(void **unused) {
    (void)unused;
    unsigned char card[CARD_MOST];
    struct similar_case entry = a_case(1);
    size_t size = card_pack(&entry, card);
    static const struct {
        size_t at;
        unsigned char byte;
    } faults[] = {{0, 2}, {8, 0xFF}, {9, 33}, {10, 0xFF}, {1 + 8 + 15 + 8 + 20, 4}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        unsigned char kept = card[faults[i].at];
        card[faults[i].at] = faults[i].byte;
        assert_int_equal(card_unpack(card, size, &entry, NULL), RC_INVALID);
        card[faults[i].at] = kept;
    }
}

static void test_an_entry_tells_who_when_and_where(void **unused) {
    (void)unused;
    unsigned char bytes[BUCKET_ENTRY];
    struct bucket_entry entry;
    struct similar_case of = a_case(0);
    bucket_write(&of, bytes);
    bucket_read(bytes, &entry);
    assert_string_equal(entry.case_id, ONE);
    assert_int_equal(entry.received_at_ms, RECEIVED);
    assert_true(entry.tenant == bucket_name("first-hospital", 14));
    assert_true(entry.tenant != bucket_name("donghu-hospital", 15));
}

static void test_cases_meet_by_contact_band_and_place(void **unused) {
    (void)unused;
    unsigned char one[BUCKET_FIELDS][BUCKET_FIELD];
    unsigned char other[BUCKET_FIELDS][BUCKET_FIELD];
    unsigned char contacts[2][SIMILAR_HASHES][BUCKET_FIELD];
    struct similar_case a = a_case(2);
    struct similar_case b = a_case(2);
    memset(b.hashes[0], 9, sizeof b.hashes[0]);
    assert_int_equal(bucket_bands(&a, one), SIMILARITY_BANDS);
    assert_int_equal(bucket_bands(&b, other), SIMILARITY_BANDS);
    assert_memory_equal(one, other, SIMILARITY_BANDS * BUCKET_FIELD);
    assert_memory_not_equal(one[0], one[1], BUCKET_FIELD);
    assert_int_equal(bucket_contacts(&a, contacts[0]), 2);
    assert_int_equal(bucket_contacts(&b, contacts[1]), 2);
    assert_memory_not_equal(contacts[0][0], contacts[1][0], BUCKET_FIELD);
    assert_memory_equal(contacts[0][1], contacts[1][1], BUCKET_FIELD);
    assert_true(bucket_place(&a, one[0]) && bucket_place(&b, other[0]));
    assert_memory_equal(one[0], other[0], BUCKET_FIELD);
    snprintf(b.category, sizeof b.category, "fees");
    assert_true(bucket_place(&b, other[0]));
    assert_memory_not_equal(one[0], other[0], BUCKET_FIELD);
    b.category[0] = '\0';
    assert_false(bucket_place(&b, other[0])); // all that nobody assessed yet are no place
}

// Facts as Kafka hands them over.
static void take(struct changes *changes, const ProtobufCMessage *message, const char *trace) {
    static uint8_t bytes[4096];
    struct bus_record record = {.value = bytes, .envelope_rc = RC_OK};
    assert_true(protobuf_c_message_get_packed_size(message) <= sizeof bytes);
    record.value_size = protobuf_c_message_pack(message, bytes);
    snprintf(record.envelope.type, sizeof record.envelope.type, "%s", message->descriptor->name);
    snprintf(record.envelope.traceparent, sizeof record.envelope.traceparent, "%s", trace);
    assert_int_equal(changes_take(changes, &record, NULL), RC_OK);
}

static Redress__V1__FactMeta meta_of(const char *case_id) {
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    meta.case_id = (char *)case_id;
    meta.tenant = (char *)"first-hospital";
    meta.decided_at_ms = RECEIVED;
    return meta;
}

static void take_registered(struct changes *changes, const char *case_id, bool with_contact) {
    static uint8_t hash[32] = {7};
    Redress__V1__FactMeta meta = meta_of(case_id);
    Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
    ProtobufCBinaryData contact = {sizeof hash, hash};
    fact.meta = &meta;
    fact.received_at_ms = RECEIVED;
    fact.narrative = (char *)"门诊排队等了三个小时";
    fact.n_contact_hashes = with_contact;
    fact.contact_hashes = &contact;
    take(changes, &fact.base, "trace");
}

static void take_assessed(struct changes *changes, const char *case_id, const char *category) {
    Redress__V1__FactMeta meta = meta_of(case_id);
    Redress__V1__CaseAssessed fact = REDRESS__V1__CASE_ASSESSED__INIT;
    fact.meta = &meta;
    fact.category = (char *)category;
    take(changes, &fact.base, "");
}

static void take_dispatched(struct changes *changes, const char *case_id, const char *unit) {
    Redress__V1__FactMeta meta = meta_of(case_id);
    Redress__V1__CaseDispatched fact = REDRESS__V1__CASE_DISPATCHED__INIT;
    fact.meta = &meta;
    fact.unit = (char *)unit;
    take(changes, &fact.base, "");
}

static void take_erased(struct changes *changes, const char *case_id) {
    Redress__V1__FactMeta meta = meta_of(case_id);
    Redress__V1__ContentErased fact = REDRESS__V1__CONTENT_ERASED__INIT;
    fact.meta = &meta;
    take(changes, &fact.base, "");
}

static void test_a_batch_is_one_change_a_case(void **unused) {
    (void)unused;
    struct changes *changes = NULL;
    size_t count = 0;
    assert_int_equal(changes_new(&changes, NULL), RC_OK);
    take_registered(changes, ONE, true);
    take_assessed(changes, OTHER, "fees");
    take_assessed(changes, ONE, "waiting");
    take_dispatched(changes, OTHER, "desk");
    take_dispatched(changes, ONE, "ward");
    take_assessed(changes, OTHER, "manners");
    const struct store_change *all = changes_all(changes, &count);
    assert_int_equal(count, 2);
    assert_string_equal(all[0].case_id, ONE);
    assert_string_equal(all[0].entry->category, "waiting");
    assert_string_equal(all[0].entry->unit, "ward");
    assert_true(all[0].category == NULL && all[0].unit == NULL && all[0].entry->bands[0] != 0);
    assert_true(all[1].entry == NULL && !all[1].erased);
    assert_string_equal(all[1].category, "manners");
    assert_string_equal(all[1].unit, "desk");
    assert_string_equal(changes_trace(changes, ONE), "trace");
    assert_string_equal(changes_trace(changes, OTHER), "");
    assert_ptr_equal(changes_callers(changes, &count)[0], all[0].entry);
    assert_int_equal(count, 1);
    changes_free(changes);
}

static void test_an_erased_case_stays_erased(void **unused) {
    (void)unused;
    struct changes *changes = NULL;
    size_t count = 0;
    assert_int_equal(changes_new(&changes, NULL), RC_OK);
    take_registered(changes, ONE, true);
    take_erased(changes, ONE);
    take_assessed(changes, ONE, "waiting");
    take_erased(changes, OTHER);
    const struct store_change *all = changes_all(changes, &count);
    assert_int_equal(count, 2);
    assert_true(all[0].erased && all[0].entry == NULL && all[0].category == NULL);
    assert_true(all[1].erased);
    (void)changes_callers(changes, &count);
    assert_int_equal(count, 0);
    changes_free(changes);
}

static void test_what_says_nothing_to_the_index_is_passed_over(void **unused) {
    (void)unused;
    struct changes *changes = NULL;
    struct bus_record broken = {.value = "\xFF", .value_size = 1, .envelope_rc = RC_OK};
    size_t count = 0;
    Redress__V1__FactMeta meta = meta_of(ONE);
    Redress__V1__CaseClosed closed = REDRESS__V1__CASE_CLOSED__INIT;
    closed.meta = &meta;
    assert_int_equal(changes_new(&changes, NULL), RC_OK);
    take(changes, &closed.base, "");
    snprintf(broken.envelope.type, sizeof broken.envelope.type, "redress.v1.CaseRegistered");
    assert_int_equal(changes_take(changes, &broken, NULL), RC_OK);
    broken.envelope_rc = RC_INVALID;
    assert_int_equal(changes_take(changes, &broken, NULL), RC_OK);
    (void)changes_all(changes, &count);
    assert_int_equal(count, 0);
    take_registered(changes, ONE, false);
    (void)changes_callers(changes, &count);
    assert_int_equal(count, 0); // nobody to come again
    changes_free(changes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_card_is_kept_and_read_back),
        cmocka_unit_test(test_the_longest_texts_fit_a_card),
        cmocka_unit_test(test_bytes_that_no_case_gives_are_refused),
        cmocka_unit_test(test_an_entry_tells_who_when_and_where),
        cmocka_unit_test(test_cases_meet_by_contact_band_and_place),
        cmocka_unit_test(test_a_batch_is_one_change_a_case),
        cmocka_unit_test(test_an_erased_case_stays_erased),
        cmocka_unit_test(test_what_says_nothing_to_the_index_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
