// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state.pb-c.h"
#include "state_codec.h"

static void fill_clock(struct case_clock *clock) {
    memcpy(clock->name, "resolution", 11);
    clock->version = 3;
    clock->started_at_ms = 1;
    clock->warn_at_ms[0] = 2;
    clock->warn_at_ms[1] = 22;
    clock->warn_count = 2;
    clock->due_at_ms = 3;
    clock->state = CLOCK_STATE_PAUSED;
    clock->stops_on = MILESTONE_CASE_REPLIED;
    clock->lapses = true;
    clock->provisional = true;
    clock->warned = 1;
    clock->armed_sequence = 5;
    memcpy(clock->restarted_on, "rework", 7);
    memcpy(clock->policy_version, "cn-medical@1", 13);
    memcpy(clock->calendar_version, "cn-state-council@1", 19);
}

static void fill_cluster(struct case_cluster *cluster) {
    memcpy(cluster->cluster_id, "00000000-0000-8000-8000-00000000c1c1", 37);
    memcpy(cluster->same_as, "11234567-89ab-8def-8123-456789abcdef", 37);
    memcpy(cluster->others[0], "21234567-89ab-8def-8123-456789abcdef", 37);
    memcpy(cluster->others[1], "31234567-89ab-8def-8123-456789abcdef", 37);
    cluster->other_count = 2;
    cluster->leads = true;
    cluster->earlier = 23;
}

static void fill_alarm(struct case_state *state) {
    state->alarm_count = 1;
    state->alarm_ordinal = 4;
    state->alarms[0] =
        (struct case_alarm){"a", 4, 2, "resolution", 2, true, "bureau.complaints", 5, "bureau"};
}

static void fill_change(struct case_change *change) {
    memcpy(change->clock, "resolution", 11);
    memcpy(change->ground, "appraisal", 10);
    change->from_ms = 18;
    change->to_ms = 19;
    change->until_ms = 20;
    change->limit.value = 21;
    change->limit.unit = LIMIT_WORKING_DAYS;
    change->limit.keeps_last_day = true;
    change->alone = true;
}

static void fill_access(struct case_state *state) {
    case_add_conflict(state, "shen");
    case_add_conflict(state, "gao");
    case_reveal_note(&state->reveal_requests, "cao", false, 24);
    case_reveal_note(&state->reveal_requests, "zhou", true, 25);
    state->reveals = 18;
    state->erased = true;
}

static void fill_hands(struct case_hands *hands) {
    hands->count = 2;
    hands->people[0] = (struct case_hand){"lin", CASE_HANDLED | CASE_JUDGED, false, true};
    hands->people[1] = (struct case_hand){"ren", CASE_REVIEWED, true, false};
    hands->designated_count = 2;
    memcpy(hands->designated[0], "bureau.complaints", 18);
    memcpy(hands->designated[1], "bureau.other", 13);
    hands->returned_count = 1;
    memcpy(hands->returned[0], "bureau.desk", 12);
}

// Every byte of the numbers is set, so that a field that is left out shows.
static void fill(struct case_state *state) {
    memset(state, 0, sizeof *state);
    memcpy(state->case_id, "01234567-89ab-8def-8123-456789abcdef", 37);
    memset(state->hash, 7, sizeof state->hash);
    memset(state->content_sha256, 9, sizeof state->content_sha256);
    memcpy(state->tenant, "bureau", 7);
    memcpy(state->tracking_code, "0123456789ABC", 14);
    memcpy(state->category, "fees", 5);
    memcpy(state->subject, "refund", 7);
    memcpy(state->unit, "bureau.complaints", 18);
    memcpy(state->handler, "lin", 4);
    memcpy(state->language, "zh-CN", 6);
    memcpy(state->decider, "shen", 5);
    fill_hands(&state->hands);
    memcpy(state->reviewer, "ren", 4);
    state->sequence = 11;
    state->status = CASE_SIGNED;
    state->channel = 2;
    state->urgency = 1;
    state->crisis = 4;
    state->person_urgency = 2;
    state->person_crisis = 3;
    state->outcome = 1;
    state->received_at_ms = 12;
    state->promised_at_ms = 13;
    state->anonymous = true;
    state->contactable = true;
    state->alarmed_danger = 5;
    state->rating = 5;
    state->first_response_at_ms = 14;
    state->replied_at_ms = 15;
    state->first_replied_at_ms = 11;
    state->closed_at_ms = 16;
    state->updated_at_ms = 17;
    state->looked_at_ms = 26;
    fill_access(state);
    state->visits = 21;
    state->failed_visits = 27;
    state->improvement_count = 1;
    state->improvements[0] = (struct case_improvement){"bureau.complaints", 22, true, 28};
    state->rounds = 18;
    state->messages = 19;
    state->offers = 20;
    state->offered_count = 2;
    memset(state->offered, 6, 2 * sizeof state->offered[0]);
    state->clock_count = 1;
    fill_clock(&state->clocks[0]);
    state->change_count = 1;
    fill_change(&state->changes[0]);
    memcpy(state->extension.clock, "resolution", 11);
    memcpy(state->extension.requester, "shen", 5);
    state->extension.sequence = 22;
    memcpy(state->situations, "petition", 9);
    for (int i = 0; i < MILESTONE_COUNT; i++) {
        state->reached_at_ms[i] = 30 + i;
    }
    state->ended_at_ms = 90;
    state->rested_at_ms = 91;
    state->ran_on_at_ms = 92;
    state->reached_before_count = 2;
    state->reached_before[0] = (struct case_reached){MILESTONE_CASE_ASSESSED, 5, 6};
    state->reached_before[1] = (struct case_reached){CASE_WAY_ENDED, 7, 0};
    fill_alarm(state);
    struct case_parts *parts = &state->parts;
    parts->order_count = 1;
    parts->orders[0] = (struct case_order){2, 6, "rule", 18, 19, true, true, 23, true, "bureau"};
    parts->person_count = 1;
    parts->persons[0] = (struct case_person){1, "护士", "N-7"};
    parts->allegation_count = 1;
    parts->allegations[0] = (struct case_allegation){1, "fees", 2, 5};
    parts->evidence_count = 1;
    memset(parts->evidence[0], 5, sizeof parts->evidence[0]);
    parts->team = (struct case_team){2, "cao-bin", "tang-wei", "shen-yue"};
    parts->co_handler_count = 1;
    parts->co_handlers[0] = (struct case_co_handler){"bureau.complaints", 20, true, true, 29};
    parts->authority = 3;
    memcpy(parts->authority_since, "2026-02-13", 11);
    parts->on_behalf = true;
    parts->repeats = 2;
    parts->revision = 21;
    fill_cluster(&state->cluster);
}

static void test_state_round_trip_changes_nothing(void **unused) {
    (void)unused;
    struct case_state before;
    struct case_state after;
    size_t size = 0;
    fill(&before);
    uint8_t *bytes = state_pack(&before, &size);
    assert_non_null(bytes);
    assert_int_equal(state_unpack(bytes, size, &after, NULL), RC_OK);
    assert_memory_equal(&before, &after, sizeof before);
    free(bytes);
}

// As it was written before there were hands: one handler and one decider of the round before.
static void test_state_of_before_tells_who_had_a_hand_in_it(void **unused) {
    (void)unused;
    uint8_t hash[32] = {7};
    Redress__Ledger__CaseState message = REDRESS__LEDGER__CASE_STATE__INIT;
    message.hash = message.content_sha256 = (ProtobufCBinaryData){32, hash};
    message.status = CASE_SIGNED;
    message.previous_handler = "lin";
    message.previous_decider = message.decider = "cao";
    message.handler = "shen";
    message.reviewer = "ren";
    message.designated_unit = "bureau.complaints";
    uint8_t bytes[512];
    size_t size = redress__ledger__case_state__pack(&message, bytes);
    struct case_state state;
    assert_int_equal(state_unpack(bytes, size, &state, NULL), RC_OK);
    assert_true(case_is_barred(&state, "lin"));
    assert_true(case_is_barred(&state, "cao"));
    assert_true(case_has_decided(&state, "cao"));
    assert_false(case_is_barred(&state, "shen"));
    assert_true(case_will_be_barred(&state, "shen"));
    assert_true(case_has_decided(&state, "ren"));
    assert_false(case_will_be_barred(&state, "ren"));
    assert_true(case_was_designated(&state, "bureau.complaints"));
}

static void test_state_of_before_tells_who_may_see_the_content(void **unused) {
    (void)unused;
    uint8_t hash[32] = {7};
    Redress__Ledger__CaseState message = REDRESS__LEDGER__CASE_STATE__INIT;
    message.hash = message.content_sha256 = (ProtobufCBinaryData){32, hash};
    message.reveal_requester = "cao";
    message.reveal_approved_for = "zhou";
    message.updated_at_ms = 27;
    uint8_t bytes[512];
    size_t size = redress__ledger__case_state__pack(&message, bytes);
    struct case_state state;
    assert_int_equal(state_unpack(bytes, size, &state, NULL), RC_OK);
    assert_int_equal(state.reveal_requests.count, 2);
    assert_true(case_reveal_waits(&state.reveal_requests, "zhou"));
    const struct case_reveal *zhou = case_reveal_find(&state.reveal_requests, "zhou");
    assert_true(case_reveal_is_approved(zhou, 27 + CASE_REVEAL_APPROVED_MS - 1));
    assert_true(case_reveal_is_over(zhou, 27 + CASE_REVEAL_APPROVED_MS));
}

static void test_an_approval_from_before_they_ended_ends_too(void **unused) {
    (void)unused;
    uint8_t hash[32] = {7};
    Redress__Ledger__RevealState reveal = REDRESS__LEDGER__REVEAL_STATE__INIT;
    Redress__Ledger__RevealState *reveals[] = {&reveal};
    Redress__Ledger__CaseState message = REDRESS__LEDGER__CASE_STATE__INIT;
    message.hash = message.content_sha256 = (ProtobufCBinaryData){32, hash};
    message.n_reveal_requests = 1;
    message.reveal_requests = reveals;
    reveal.staff = "zhou";
    reveal.approved = true;
    reveal.at_ms = 27;
    uint8_t bytes[512];
    size_t size = redress__ledger__case_state__pack(&message, bytes);
    struct case_state state;
    assert_int_equal(state_unpack(bytes, size, &state, NULL), RC_OK);
    const struct case_reveal *zhou = case_reveal_find(&state.reveal_requests, "zhou");
    assert_true(zhou->approved_until_ms == 27 + CASE_REVEAL_APPROVED_MS);
}

static void test_state_damaged_is_an_error(void **unused) {
    (void)unused;
    struct case_state state;
    struct error error;
    static const uint8_t garbage[] = {0xff, 0xff, 0xff};
    assert_int_equal(state_unpack(garbage, sizeof garbage, &state, &error), RC_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_round_trip_changes_nothing),
        cmocka_unit_test(test_state_of_before_tells_who_had_a_hand_in_it),
        cmocka_unit_test(test_state_of_before_tells_who_may_see_the_content),
        cmocka_unit_test(test_an_approval_from_before_they_ended_ends_too),
        cmocka_unit_test(test_state_damaged_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
