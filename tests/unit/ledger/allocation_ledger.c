// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocation.h"
#include "case_json.h"
#include "command_repeat.h"
#include "export.h"
#include "fact.h"
#include "plans.h"
#include "relay_fresh.h"
#include "state_codec.h"
#include "work.h"

#include "common/json.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

static uint8_t hash[32];
static uint8_t sealed_key[104];
static uint8_t nonce[24];

static Redress__V1__SubmitCase submission(Redress__V1__SealedContent *sealed) {
    Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    redress__v1__sealed_content__init(sealed);
    sealed->sealed_key = (ProtobufCBinaryData){sizeof sealed_key, sealed_key};
    sealed->nonce = (ProtobufCBinaryData){sizeof nonce, nonce};
    submit.sealed = sealed;
    submit.content_sha256 = (ProtobufCBinaryData){sizeof hash, hash};
    submit.tracking_code = "7F3K9QW2XM4TP";
    submit.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    submit.narrative = "候诊三小时";
    submit.language = "zh-CN";
    submit.source = "web";
    submit.received_at_ms = 1;
    return submit;
}

// A case of its first two facts; whatever fails, the state is that of before or of after.
static enum rc apply_inputs(struct error *error) {
    Redress__V1__SealedContent sealed;
    Redress__V1__SubmitCase submit = submission(&sealed);
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    struct case_decision decision;
    struct work work;
    meta.case_id = CASE_ID;
    meta.tenant = "first-hospital";
    submit.meta = &meta;
    const struct case_input input = {
        .kind = INPUT_SUBMIT, .cause_id = CASE_ID, .actor = "intake", .of.submit = &submit};
    enum rc rc = work_begin(&work, (const char *const[]){CASE_ID}, 1, error);
    if (rc == RC_OK) {
        rc = work_apply(&work, &work.cases[0], &input, 5, &decision, error);
        assert_int_equal(work.cases[0].state.sequence, rc == RC_OK ? decision.count : 0);
        assert_int_equal(work.cases[0].changed, rc == RC_OK);
    }
    work_free(&work);
    return rc;
}

// A text is what it is when nothing fails, whatever did.
static void compare(const char *text, size_t *whole) {
    *whole = *whole == 0 ? strlen(text) : *whole;
    assert_int_equal(strlen(text), *whole);
}

// A bundle of one fact: made, signed, written, checked.
static enum rc export_one(struct error *error) {
    static const unsigned char secret_key[64] = {1};
    static const unsigned char none[32];
    static const struct case_state state = {.case_id = CASE_ID, .sequence = 1};
    static size_t whole;
    const struct export_head head = {&state, 1, "lin", NULL};
    struct export_found found;
    struct fact fact;
    size_t size = 0;
    fact_init(&fact, FACT_EVIDENCE_REGISTERED);
    fact.meta.case_id = CASE_ID;
    uint8_t *payload = fact_pack(&fact, &size);
    json_t *bundle = payload == NULL ? NULL : export_begin(&head);
    const struct export_fact stored = {
        1, fact_type(FACT_EVIDENCE_REGISTERED), payload, size, none, none};
    enum rc rc = bundle == NULL ? error_set(error, RC_INTERNAL, "out of memory, as the caller says")
                                : export_add(bundle, &stored, error);
    rc = rc == RC_OK ? export_sign(bundle, secret_key, error) : rc;
    char *text = rc == RC_OK ? export_text(bundle) : NULL;
    if (rc == RC_OK && text == NULL) {
        rc = error_set(error, RC_INTERNAL, "out of memory, as the caller says");
    }
    if (rc == RC_OK) { // the key is another, which is told, or that there is no memory to tell
        compare(text, &whole);
        rc = export_check(text, strlen(text), none, &found, error);
        assert_int_not_equal(rc, RC_OK);
        rc = rc == RC_INVALID && !allocation_failed() ? RC_OK : rc;
    }
    free(text);
    free(payload);
    json_decref(bundle);
    return rc;
}

static enum rc pack_state(struct error *error) {
    static const struct case_state state = {
        .case_id = CASE_ID, .parts = {.order_count = 1, .evidence_count = 1, .revision = 2}};
    struct case_state read;
    size_t size = 0;
    uint8_t *bytes = state_pack(&state, &size);
    if (bytes == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory, as the caller says");
    }
    enum rc rc = state_unpack(bytes, size, &read, error);
    free(bytes);
    return rc;
}

// What the relay keeps in memory: a fact is there whole or not at all, with its contact.
static enum rc keep_fact(struct error *error) {
    uint8_t contact[] = {1, 2, 3};
    struct work_case of = {.state = {.case_id = CASE_ID},
                           .vault = {.contact = {sizeof contact, contact}}};
    struct work_event event = {
        .of = &of, .sequence = 1, .kind = FACT_CASE_REGISTERED, .payload_size = 8};
    struct work work = {.events = &event, .event_count = 1};
    struct relay_kept kept = {0};
    struct relay_fresh *fresh = relay_fresh_new();
    event.payload = calloc(1, event.payload_size);
    bool begun = fresh != NULL && event.payload != NULL;
    if (begun) {
        relay_fresh_put(fresh, &work, RELAY_ALL);
    }
    bool found = begun && relay_fresh_take(fresh, CASE_ID, 1, &kept);
    assert_true(!begun || found == (event.payload == NULL)); // taken over, or the caller's still
    assert_true(!found || (kept.contact_size == sizeof contact && kept.contact != NULL));
    relay_kept_free(&kept);
    free(event.payload);
    relay_fresh_free(fresh);
    return found ? RC_OK : error_set(error, RC_INTERNAL, "out of memory, as the caller says");
}

static enum rc digest_command(struct error *error) {
    unsigned char digest[CASE_DIGEST_SIZE];
    allocation_spare(true);
    json_t *body = json_pack("{s:s}", "note", "已电话联系");
    allocation_spare(false);
    struct command_request request = {.body = body, .idempotency_key = "key"};
    enum rc rc = command_digest(&request, digest, error);
    json_decref(body);
    return rc;
}

// What a suspension makes of the clocks; the region is loaded before anything fails.
static const struct region *region;

static enum rc plan_suspension(struct error *error) {
    static const struct case_state state = {.case_id = CASE_ID,
                                            .tenant = "first-hospital",
                                            .status = CASE_INVESTIGATING,
                                            .clocks = {{.name = "resolution",
                                                        .version = 1,
                                                        .started_at_ms = INT64_C(1772413200000),
                                                        .due_at_ms = INT64_C(1773072000000),
                                                        .policy_version = "cn-medical@1"}},
                                            .clock_count = 1};
    const struct case_actor actor = {.subject = "shen-yue", .roles = ROLE_HANDLER};
    struct case_command command = {.actor = &actor, .detail = "appraisal", .text = ""};
    struct plans plans;
    enum rc rc =
        plans_make(&plans, region, &state, INPUT_SUSPEND, &command, INT64_C(1772413200000), error);
    assert_true(rc != RC_OK || command.plan_count == 1);
    plans_free(&plans);
    return rc;
}

// A case as its handler sees it: masked, with what they may do next.
static enum rc show_case(struct error *error) {
    static const struct case_state state = {
        .case_id = CASE_ID,
        .tenant = "first-hospital",
        .status = CASE_INVESTIGATING,
        .unit = "first-hospital.nursing",
        .handler = "shen-yue",
        .clocks = {{.name = "resolution", .due_at_ms = INT64_C(1773072000000), .warn_count = 1}},
        .clock_count = 1,
        .alarms = {{.alarm_id = CASE_ID, .kind = 1}},
        .alarm_count = 1};
    static size_t whole;
    const struct case_actor actor = {
        .subject = "shen-yue", .roles = ROLE_HANDLER, .tenants = "first-hospital"};
    json_t *json = case_to_json(&state, NULL, &actor, region);
    char *text = json_text(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL) {
        return error_set(error, RC_UNAVAILABLE, "out of memory, as the caller says");
    }
    compare(text, &whole);
    free(text);
    return RC_OK;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    struct error error;
    (void)unused;
    assert_true(allocation_try_each(apply_inputs) >= 4);
    assert_true(allocation_try_each(pack_state) >= 1);
    assert_int_equal(export_one(&error), RC_OK);
    assert_true(allocation_try_each(export_one) >= 50);
    assert_true(allocation_try_each(digest_command) >= 1);
    assert_true(allocation_try_each(keep_fact) >= 3);
}

static void test_a_plan_short_of_memory_is_none_and_a_case_is_not_shown(void **unused) {
    (void)unused;
    struct error error;
    struct region *loaded = NULL;
    assert_int_equal(region_load(&loaded, "deploy/region/example", NULL), RC_OK);
    region = loaded;
    assert_true(allocation_try_each(plan_suspension) >= 2);
    assert_int_equal(show_case(&error), RC_OK);
    assert_true(allocation_try_each(show_case) >= 150);
    region_free(loaded);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
        cmocka_unit_test(test_a_plan_short_of_memory_is_none_and_a_case_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
