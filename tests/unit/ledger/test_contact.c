// SPDX-License-Identifier: Apache-2.0
// What complainants do by tracking code and PIN, and by the one-time link: every state of a case.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permission.h"
#include "workflow.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)

static struct case_state state;
static struct case_decision decision;

static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    memcpy(state.case_id, CASE_ID, sizeof CASE_ID);
    memcpy(state.tenant, "bureau", 7);
    memcpy(state.unit, "bureau.complaints", 18);
    state.status = CASE_INVESTIGATING;
    return 0;
}

// Decides and folds; "" or the refusal's code.
static const char *put(struct case_input input) {
    input.cause_id = CASE_ID;
    input.actor = "intake";
    case_decide(&state, &input, NOW, &decision);
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
    }
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static const char *write_message(void) {
    Redress__V1__RecordMessage message = REDRESS__V1__RECORD_MESSAGE__INIT;
    message.text = "请回电";
    return put((struct case_input){.kind = INPUT_RECORD_MESSAGE, .of.message = &message});
}

// A piece with another digest than those before.
static const char *offer_evidence(void) {
    static unsigned pieces;
    char digest[65];
    Redress__V1__OfferEvidence offer = REDRESS__V1__OFFER_EVIDENCE__INIT;
    snprintf(digest, sizeof digest, "%064x", pieces++);
    offer.sha256 = digest;
    offer.media_type = "image/jpeg";
    offer.size = 7;
    return put((struct case_input){.kind = INPUT_OFFER_EVIDENCE, .of.evidence = &offer});
}

static void test_what_is_registered_is_not_offered_anew(void **unused) {
    (void)unused;
    Redress__V1__OfferEvidence offer = REDRESS__V1__OFFER_EVIDENCE__INIT;
    char digest[] = "abababababababababababababababababababababababababababababababab";
    offer.sha256 = digest;
    offer.media_type = "image/png";
    offer.size = 7;
    memset(state.parts.evidence[0], 0xab, sizeof state.parts.evidence[0]);
    state.parts.evidence_count = 1;
    const struct case_input input = {.kind = INPUT_OFFER_EVIDENCE, .of.evidence = &offer};
    assert_string_equal(put(input), "already-registered");
    assert_string_equal(decision.field, "sha256");
    digest[0] = 'c';
    assert_string_equal(put(input), "");
}

// Nor with another type: the first one stands.
static void test_what_was_offered_is_not_offered_again(void **unused) {
    (void)unused;
    Redress__V1__OfferEvidence offer = REDRESS__V1__OFFER_EVIDENCE__INIT;
    char digest[] = "abababababababababababababababababababababababababababababababab";
    offer.sha256 = digest;
    offer.media_type = "image/png";
    offer.size = 7;
    const struct case_input input = {.kind = INPUT_OFFER_EVIDENCE, .of.evidence = &offer};
    assert_string_equal(put(input), "");
    offer.media_type = "image/jpeg";
    assert_string_equal(put(input), "already-offered");
    assert_string_equal(decision.field, "sha256");
    assert_int_equal(state.offers, 1);
    digest[63] = 'c';
    assert_string_equal(put(input), "");
    assert_int_equal(state.offered_count, 2);
}

static const char *withdraw(void) {
    Redress__V1__WithdrawCase message = REDRESS__V1__WITHDRAW_CASE__INIT;
    message.reason = "已解决";
    return put((struct case_input){.kind = INPUT_WITHDRAW_CASE, .of.withdraw = &message});
}

static const char *reopen(void) {
    Redress__V1__ReopenCase message = REDRESS__V1__REOPEN_CASE__INIT;
    message.ground = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS;
    message.reason = "有录像";
    return put((struct case_input){.kind = INPUT_REOPEN_CASE, .of.reopen = &message});
}

static const char *rate(uint32_t closure, uint32_t overall) {
    Redress__V1__RecordFeedback message = REDRESS__V1__RECORD_FEEDBACK__INIT;
    message.overall = overall;
    message.solved = true;
    message.closure = closure;
    return put((struct case_input){.kind = INPUT_RECORD_FEEDBACK, .of.feedback = &message});
}

static void test_a_message_reaches_the_unit_in_every_state_but_the_archive(void **unused) {
    (void)unused;
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        begin(NULL);
        state.status = status;
        assert_string_equal(write_message(), status == CASE_ARCHIVED ? "wrong-state" : "");
        assert_string_equal(offer_evidence(), status == CASE_ARCHIVED ? "wrong-state" : "");
        assert_int_equal(state.status, status);
    }
    begin(NULL);
    write_message();
    assert_int_equal(decision.facts[0].kind, FACT_MESSAGE_RECEIVED);
    assert_string_equal(decision.facts[0].body.message_received.unit, "bureau.complaints");
    offer_evidence();
    assert_int_equal(decision.facts[0].body.evidence_offered.size, 7);
    assert_string_equal(decision.facts[0].body.evidence_offered.unit, "bureau.complaints");
}

static void test_messages_and_evidence_are_bounded(void **unused) {
    (void)unused;
    for (unsigned i = 0; i < CASE_MESSAGES; i++) {
        assert_string_equal(write_message(), "");
    }
    assert_string_equal(write_message(), "too-many-messages");
    for (unsigned i = 0; i < CASE_OFFERS; i++) {
        assert_string_equal(offer_evidence(), "");
    }
    assert_string_equal(offer_evidence(), "too-much-evidence");
}

static void test_a_complainant_takes_back_what_is_open_and_its_clocks_stop(void **unused) {
    (void)unused;
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        begin(NULL);
        state.status = status;
        state.clock_count = 1;
        state.clocks[0] = (struct case_clock){.name = "resolution", .version = 1, .due_at_ms = NOW};
        assert_string_equal(withdraw(), workflow_is_open(status) ? "" : "wrong-state");
        assert_int_equal(state.status, workflow_is_open(status) ? CASE_WITHDRAWN : status);
        assert_int_equal(case_clock_runs(&state.clocks[0]), !workflow_is_open(status));
    }
    begin(NULL);
    withdraw();
    assert_true(decision.facts[0].body.withdrawn.by_complainant);
}

static void test_a_complainant_reopens_only_what_ended_for_them(void **unused) {
    (void)unused;
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        bool may = status == CASE_CLOSED || status == CASE_NOT_ACCEPTED;
        begin(NULL);
        state.status = status;
        assert_string_equal(reopen(), may ? "" : "wrong-state");
        assert_int_equal(state.status, may ? CASE_TRIAGED : status);
    }
}

static void test_a_link_rates_its_own_closure_once(void **unused) {
    (void)unused;
    state.status = CASE_CLOSED;
    assert_string_equal(rate(2, 5), "link-superseded"); // of a round that is not there yet
    assert_string_equal(rate(1, 5), "");
    assert_int_equal(decision.facts[0].body.feedback.closure, 1);
    assert_string_equal(rate(1, 4), "already-rated");
    assert_string_equal(rate(0, 4), "already-rated"); // by PIN neither
    assert_int_equal(state.rating, 5);
    assert_string_equal(reopen(), "");
    state.status = CASE_CLOSED;
    assert_string_equal(rate(1, 5), "link-superseded");
    assert_string_equal(rate(2, 4), "");
    assert_int_equal(state.rating, 4);
}

static void test_no_command_of_staff_rates(void **unused) {
    (void)unused;
    struct case_actor actor = {.subject = "lin", .roles = ~0U};
    struct case_command command = {.actor = &actor,
                                   .text = "t",
                                   .unit = "u",
                                   .detail = "d",
                                   .alarm_id = "",
                                   .reached = true,
                                   .solved = true,
                                   .score = 5};
    assert_null(case_command_name(INPUT_RECORD_FEEDBACK));
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
            const struct workflow_row *row = workflow_find(status, kind, WHEN_ALWAYS);
            for (size_t i = 0; row != NULL && i < row->fact_count; i++) {
                assert_int_not_equal(row->facts[i], FACT_FEEDBACK_RECORDED);
            }
        }
    }
    begin(NULL);
    state.status = CASE_REPLIED;
    put((struct case_input){.kind = INPUT_FOLLOW_UP, .of.command = &command});
    assert_int_equal(state.rating, 0); // what staff heard is no rating
}

static void test_staff_write_to_the_complainant(void **unused) {
    (void)unused;
    static const char *const units[] = {"bureau.complaints"};
    struct case_actor handler = {
        .subject = "shen", .roles = ROLE_HANDLER, .units = units, .unit_count = 1};
    struct case_actor stranger = {
        .subject = "xu", .roles = ROLE_HANDLER, .units = NULL, .unit_count = 0};
    struct case_command command = {.actor = &handler, .text = "请补充"};
    assert_string_equal(put((struct case_input){.kind = INPUT_MESSAGE, .of.command = &command}),
                        "");
    assert_int_equal(decision.facts[0].kind, FACT_MESSAGE_SENT);
    assert_string_equal(decision.facts[0].body.message_sent.text, "请补充");
    command.actor = &stranger;
    assert_string_equal(put((struct case_input){.kind = INPUT_MESSAGE, .of.command = &command}),
                        "not-your-unit");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_registered_is_not_offered_anew),
        TEST(test_what_was_offered_is_not_offered_again),
        TEST(test_a_message_reaches_the_unit_in_every_state_but_the_archive),
        TEST(test_messages_and_evidence_are_bounded),
        TEST(test_a_complainant_takes_back_what_is_open_and_its_clocks_stop),
        TEST(test_a_complainant_reopens_only_what_ended_for_them),
        TEST(test_a_link_rates_its_own_closure_once),
        TEST(test_no_command_of_staff_rates),
        TEST(test_staff_write_to_the_complainant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
