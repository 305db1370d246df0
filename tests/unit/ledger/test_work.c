// SPDX-License-Identifier: Apache-2.0
// What is written of a decision: each fact that moves its case says from where to where.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permission.h"
#include "work.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define UNIT "bureau.complaints"

static struct work work;
static unsigned causes;

static int begin(void **unused) {
    static const char *const ids[] = {CASE_ID};
    (void)unused;
    causes = 0;
    if (work_begin(&work, ids, 1, NULL) != RC_OK) {
        return -1;
    }
    struct case_state *state = &work_find(&work, CASE_ID)->state;
    memset(state, 0, sizeof *state);
    memcpy(state->case_id, CASE_ID, sizeof CASE_ID);
    return 0;
}

static int end(void **unused) {
    (void)unused;
    work_free(&work);
    return 0;
}

static void put(struct case_input input) {
    char cause_id[37];
    struct error error;
    struct case_decision decision;
    snprintf(cause_id, sizeof cause_id, "10000000-0000-8000-8000-%012u", ++causes);
    input.cause_id = cause_id;
    assert_int_equal(work_apply(&work, work_find(&work, CASE_ID), &input, NOW, &decision, &error),
                     RC_OK);
    assert_int_equal(decision.verdict, CASE_DECIDED_FACTS);
}

static void submit(void) {
    static unsigned char digest[32];
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__SubmitCase message = REDRESS__V1__SUBMIT_CASE__INIT;
    meta.case_id = CASE_ID;
    meta.tenant = "bureau";
    message.meta = &meta;
    message.content_sha256 = (ProtobufCBinaryData){32, digest};
    message.tracking_code = "0123456789ABC";
    put((struct case_input){.kind = INPUT_SUBMIT, .actor = "intake", .of.submit = &message});
}

static void give(enum input_kind kind, struct case_command command) {
    static const char *const units[] = {UNIT};
    const struct case_actor actor = {
        .subject = "lin",
        .roles = ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR,
        .units = units,
        .unit_count = 1,
    };
    command.actor = &actor;
    command.text = "text";
    command.detail = "";
    command.unit = command.unit == NULL ? UNIT : command.unit;
    command.entry.reason = "";
    put((struct case_input){.kind = kind, .actor = "lin", .of.command = &command});
}

static void test_each_fact_that_moves_a_case_says_from_where_to_where(void **unused) {
    (void)unused;
    static const struct {
        enum fact_kind kind;
        const char *from, *to;
    } rows[] = {
        {FACT_CASE_REGISTERED, "", "received"},
        {FACT_CASE_COMMENTED, "", ""},
        {FACT_CASE_ACCEPTED, "received", "accepted"},
        {FACT_CASE_DISPATCHED, "accepted", "dispatched"},
        {FACT_CASE_DISPATCHED, "dispatched", "dispatched"}, // to another unit
        {FACT_CASE_SIGNED, "dispatched", "signed"},
        {FACT_INVESTIGATION_STARTED, "signed", "investigating"}, // both of one command
        {FACT_CASE_DECIDED, "investigating", "decided"},
        {FACT_CASE_COMMENTED, "", ""},
        {FACT_CASE_WITHDRAWN, "decided", "withdrawn"},
        {FACT_CASE_ARCHIVED, "withdrawn", "archived"},
    };
    submit();
    give(INPUT_COMMENT, (struct case_command){0});
    give(INPUT_ACCEPT, (struct case_command){0});
    give(INPUT_DISPATCH, (struct case_command){.unit = "bureau.other"});
    give(INPUT_DISPATCH, (struct case_command){0});
    give(INPUT_SIGN, (struct case_command){0});
    give(INPUT_DECIDE, (struct case_command){.outcome = 1});
    give(INPUT_COMMENT, (struct case_command){0});
    give(INPUT_WITHDRAW, (struct case_command){0});
    give(INPUT_ARCHIVE, (struct case_command){0});
    assert_int_equal(work.event_count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < work.event_count; i++) {
        struct fact fact;
        ProtobufCMessage *message = NULL;
        const struct work_event *event = &work.events[i];
        assert_int_equal(event->kind, rows[i].kind);
        assert_int_equal(
            fact_unpack(event->kind, event->payload, event->payload_size, &fact, &message, NULL),
            RC_OK);
        assert_string_equal(fact.meta.from_status, rows[i].from);
        assert_string_equal(fact.meta.to_status, rows[i].to);
        fact_release(message);
    }
}

static void test_room_holds_each_case_once_and_is_empty_for_the_next_set(void **unused) {
    static const char *const ids[] = {CASE_ID, "00000000-89ab-8def-8123-456789abcdef", CASE_ID};
    struct work_room room = {0};
    struct work set;
    (void)unused;
    assert_int_equal(work_begin_in(&room, &set, ids, 3, NULL), RC_OK);
    assert_int_equal(set.case_count, 2);
    const struct work_case *place = set.cases;
    work_find(&set, CASE_ID)->state.clock_count = 1;
    assert_int_equal(work_loaded(work_find(&set, CASE_ID), NULL), RC_OK);
    work_free(&set);
    assert_int_equal(work_begin_in(&room, &set, ids, 3, NULL), RC_OK);
    assert_ptr_equal(set.cases, place);
    assert_false(work_find(&set, CASE_ID)->stored);
    assert_int_equal(work_find(&set, CASE_ID)->state.clock_count, 0);
    work_free(&set);
    free(room.cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_holds_each_case_once_and_is_empty_for_the_next_set),
        cmocka_unit_test_setup_teardown(test_each_fact_that_moves_a_case_says_from_where_to_where,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
