// SPDX-License-Identifier: Apache-2.0
// A bundle checks out; one changed byte anywhere, or a bundle that lies under a good signature,
// does not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "export.h"
#include "work.h"

#include "common/chain.h"
#include "common/seal.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static unsigned char public_key[32];
static unsigned char secret_key[64];
static struct work work;

static void apply(enum input_kind kind, const void *of, const char *cause) {
    struct case_decision decision;
    struct case_input input = {.kind = kind, .cause_id = cause, .actor = "lin", .of.submit = of};
    assert_int_equal(work_apply(&work, &work.cases[0], &input, NOW, &decision, NULL), RC_OK);
    assert_int_equal(decision.verdict, CASE_DECIDED_FACTS);
}

// A case with a piece of evidence, its facts chained as the ledger chains them.
static int begin(void **unused) {
    static unsigned char digest[32];
    static const char *const ids[] = {CASE_ID};
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    struct case_actor actor = {.subject = "lin", .roles = ROLE_SUPERVISOR};
    struct case_command command = {.actor = &actor, .text = "照片"};
    (void)unused;
    if (seal_init(NULL) != RC_OK || work_begin(&work, ids, 1, NULL) != RC_OK) {
        return -1;
    }
    crypto_sign_keypair(public_key, secret_key);
    meta.case_id = CASE_ID;
    meta.tenant = "bureau";
    submit.meta = &meta;
    submit.content_sha256 = (ProtobufCBinaryData){32, digest};
    submit.tracking_code = "0123456789ABC";
    submit.narrative = "候诊三小时";
    submit.received_at_ms = NOW;
    apply(INPUT_SUBMIT, &submit, "11111111-1111-8111-8111-111111111111");
    command.entry = (struct case_entry){
        .sha256 = DIGEST, .media_type = "image/jpeg", .size = 12, .kind = 1, .reason = ""};
    apply(INPUT_REGISTER_EVIDENCE, &command, "22222222-2222-8222-8222-222222222222");
    apply(INPUT_ACCEPT, &command, "33333333-3333-8333-8333-333333333333");
    return 0;
}

static int end(void **unused) {
    (void)unused;
    work_free(&work);
    return 0;
}

static json_t *bundle(void) {
    const struct export_head head = {&work.cases[0].state, NOW + 1, "gao", NULL};
    json_t *json = export_begin(&head);
    for (size_t i = 0; i < work.event_count; i++) {
        const struct work_event *event = &work.events[i];
        const struct export_fact fact = {event->sequence, fact_type(event->kind),
                                         event->payload,  event->payload_size,
                                         event->previous, event->hash};
        assert_int_equal(export_add(json, &fact, NULL), RC_OK);
    }
    return json;
}

// Signs as it is and checks; the code of what is wrong, "" for a genuine one.
static const char *verdict(json_t *json, const unsigned char key[32]) {
    static struct error error;
    struct export_found found;
    assert_int_equal(export_sign(json, secret_key, NULL), RC_OK);
    char *text = export_text(json);
    error.code[0] = '\0';
    enum rc rc = export_check(text, strlen(text), key, &found, &error);
    assert_true((rc == RC_OK) == (error.code[0] == '\0'));
    free(text);
    json_decref(json);
    return error.code;
}

// Only what names other cases may be left out; else a bundle could hide what was done.
static void test_a_fact_that_names_no_other_case_can_not_be_withheld(void **unused) {
    (void)unused;
    for (size_t i = 0; i < work.event_count; i++) {
        json_t *json = bundle();
        json_t *fact = json_array_get(json_object_get(json, "facts"), i);
        assert_int_equal(export_withhold(fact, 1, NULL), RC_OK);
        assert_null(json_object_get(fact, "payload"));
        assert_int_equal(strlen(json_string_value(json_object_get(fact, "payload_sha256"))), 64);
        assert_string_equal(verdict(json, public_key), "chain");
    }
}

static void test_a_bundle_is_genuine_under_its_key_alone(void **unused) {
    (void)unused;
    unsigned char other[32] = {1};
    assert_string_equal(verdict(bundle(), public_key), "");
    assert_string_equal(verdict(bundle(), other), "signature");
}

static void test_every_changed_byte_is_found(void **unused) {
    (void)unused;
    struct error error;
    struct export_found found;
    json_t *json = bundle();
    assert_int_equal(export_sign(json, secret_key, NULL), RC_OK);
    char *text = export_text(json);
    size_t size = strlen(text);
    assert_int_equal(export_check(text, size, public_key, &found, &error), RC_OK);
    assert_int_equal(found.facts, work.event_count);
    assert_int_equal(found.evidence, 1);
    json_object_del(json, "signature");
    char *unsigned_text = export_text(json);
    assert_int_equal(export_check(unsigned_text, strlen(unsigned_text), public_key, &found, &error),
                     RC_INVALID);
    free(unsigned_text);
    for (size_t i = 0; i < size; i++) {
        for (unsigned change = 0; change < 3; change++) {
            char before = text[i];
            text[i] = (char)(before ^ "\x01\x20\x80"[change]);
            assert_int_equal(export_check(text, size, public_key, &found, &error), RC_INVALID);
            text[i] = before;
        }
    }
    assert_int_equal(export_check(text, size - 1, public_key, &found, &error), RC_INVALID);
    free(text);
    json_decref(json);
}

static json_t *fact_at(json_t *json, size_t place) {
    return json_array_get(json_object_get(json, "facts"), place);
}

// Whoever holds the key may not tell tales either: the facts' own chain says otherwise.
static void test_a_signed_lie_is_found(void **unused) {
    (void)unused;
    json_t *json = bundle();
    json_array_remove(json_object_get(json, "facts"), 1);
    assert_string_equal(verdict(json, public_key), "chain");
    json = bundle();
    json_array_remove(json_object_get(json, "facts"), work.event_count - 1);
    assert_string_equal(verdict(json, public_key), "chain");
    json = bundle();
    json_object_set_new(fact_at(json, 0), "payload", json_string("AAAA"));
    assert_string_equal(verdict(json, public_key), "chain");
    json = bundle();
    json_object_set_new(fact_at(json, 0), "type", json_string("redress.v1.NoSuch"));
    assert_string_equal(verdict(json, public_key), "chain");
    json = bundle();
    json_object_set_new(json_object_get(fact_at(json, 0), "data"), "narrative",
                        json_string("别的"));
    assert_string_equal(verdict(json, public_key), "digest");
    json = bundle();
    json_object_set_new(fact_at(json, 0), "actor", json_string("gao"));
    assert_string_equal(verdict(json, public_key), "digest");
    json = bundle();
    json_array_clear(json_object_get(json, "evidence"));
    assert_string_equal(verdict(json, public_key), "evidence");
    json = bundle();
    json_object_set_new(json, "status", json_string("closed"));
    assert_string_equal(verdict(json, public_key), "state");
}

// Packs every fact anew as change leaves it, into a chain that fits.
static void change_facts(void (*change)(struct fact *)) {
    unsigned char previous[32] = {0};
    for (size_t i = 0; i < work.event_count; i++) {
        struct work_event *event = &work.events[i];
        struct fact fact;
        ProtobufCMessage *message = NULL;
        assert_int_equal(
            fact_unpack(event->kind, event->payload, event->payload_size, &fact, &message, NULL),
            RC_OK);
        Redress__V1__CaseTraits *traits = fact.meta.traits;
        change(&fact);
        if (traits != NULL) {
            fact.traits = *traits;
        }
        free(event->payload);
        event->payload = fact_pack(&fact, &event->payload_size);
        memcpy(event->previous, previous, sizeof previous);
        chain_hash(fact.meta.case_id, event->sequence, fact_type(event->kind), previous,
                   event->payload, event->payload_size, event->hash);
        memcpy(previous, event->hash, sizeof previous);
        fact_release(message);
    }
    memcpy(work.cases[0].state.hash, previous, sizeof previous);
}

static void forget_move(struct fact *fact) {
    fact->meta.from_status = "";
    fact->meta.to_status = "";
}

static void move_elsewhere(struct fact *fact) {
    fact->meta.to_status = fact->kind == FACT_CASE_ACCEPTED ? "closed" : fact->meta.to_status;
}

static void
test_facts_from_before_moves_were_kept_are_genuine_and_wrong_moves_are_found(void **unused) {
    (void)unused;
    json_t *json = bundle();
    assert_string_equal(json_string_value(json_object_get(fact_at(json, 0), "to")), "received");
    assert_string_equal(verdict(json, public_key), "");
    json = bundle();
    json_object_set_new(fact_at(json, 0), "to", json_string("closed"));
    assert_string_equal(verdict(json, public_key), "digest");
    change_facts(move_elsewhere);
    assert_string_equal(verdict(bundle(), public_key), "state");
    change_facts(forget_move);
    json = bundle();
    assert_null(json_object_get(fact_at(json, 0), "to"));
    assert_string_equal(verdict(json, public_key), "");
}

static void test_what_is_no_bundle_is_refused(void **unused) {
    (void)unused;
    static const char *const texts[] = {
        "", "[]", "{", "{}", "{\"signature\":\"00\"}", "null", "{\"a\":1,\"a\":2}"};
    struct error error;
    struct export_found found;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(export_check(texts[i], strlen(texts[i]), public_key, &found, &error),
                         RC_INVALID);
        assert_string_equal(error.code, "form");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_bundle_is_genuine_under_its_key_alone),
        TEST(test_a_fact_that_names_no_other_case_can_not_be_withheld),
        TEST(test_every_changed_byte_is_found),
        TEST(test_a_signed_lie_is_found),
        TEST(test_facts_from_before_moves_were_kept_are_genuine_and_wrong_moves_are_found),
        TEST(test_what_is_no_bundle_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
