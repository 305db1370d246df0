// SPDX-License-Identifier: Apache-2.0
// The golden binary of each message decodes for ever, with every field known, and packs to itself.
// What a message may allocate, and how deep it goes, is bounded for each.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/protobuf.h"

#include "redress/v1/facts.pb-c.h"
#include "redress/v1/inbound.pb-c.h"
#include "redress/v1/notices.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#define M(name) &redress__v1__##name##__descriptor
static const ProtobufCMessageDescriptor *const messages[] = {
    M(external_complaint),
    M(complainant),
    M(contact),
    M(proposal_meta),
    M(fact_meta),
    M(assessment_reason),
    M(clock_terms),
    M(sealed_content),
    M(submit_case),
    M(assess_case),
    M(arm_clock),
    M(warn_clock),
    M(calendar_missing),
    M(breach_clock),
    M(end_clock),
    M(milestone_reached),
    M(record_delivery),
    M(record_feedback),
    M(any_fact),
    M(case_registered),
    M(case_assessed),
    M(case_accepted),
    M(case_dispatched),
    M(case_signed),
    M(case_decided),
    M(case_replied),
    M(feedback_recorded),
    M(case_closed),
    M(case_commented),
    M(case_revealed),
    M(clock_armed),
    M(clock_warned),
    M(clock_breached),
    M(clock_stopped),
    M(case_escalated),
    M(alarm_raised),
    M(alarm_acknowledged),
    M(delivery_recorded),
    M(proposal_refused),
    M(case_archived),
    M(case_designated),
    M(case_not_accepted),
    M(case_redirected),
    M(case_reopened),
    M(case_resolved_on_spot),
    M(case_resumed),
    M(case_suspended),
    M(case_terminated),
    M(case_transferred_to_emergency),
    M(case_withdrawn),
    M(evidence_offered),
    M(final_review_requested),
    M(follow_up_recorded),
    M(investigation_started),
    M(message_received),
    M(message_sent),
    M(offer_evidence),
    M(record_message),
    M(reopen_case),
    M(return_requested),
    M(review_decided),
    M(review_requested),
    M(rework_ordered),
    M(termination_requested),
    M(withdraw_case),
    M(access_granted),
    M(allegation_decided),
    M(allegation_raised),
    M(authority_recorded),
    M(case_merged),
    M(case_traits),
    M(case_unmerged),
    M(clock_change),
    M(clock_paused),
    M(clock_run),
    M(co_handler_added),
    M(co_handler_answered),
    M(conflict_declared),
    M(content_erased),
    M(evidence_registered),
    M(extension_decided),
    M(extension_requested),
    M(follow_up_visited),
    M(glass_broken),
    M(improvement_done),
    M(improvement_opened),
    M(mediation_recorded),
    M(note_repeat),
    M(person_concerned),
    M(progress_told),
    M(repeat_recognised),
    M(reveal_approved),
    M(reveal_requested),
    M(stage_reported),
    M(supervision_answered),
    M(supervision_lifted),
    M(supervision_ordered),
    M(team_formed),
};

static size_t read_golden(const char *name, uint8_t *bytes, size_t room) {
    char path[256];
    snprintf(path, sizeof path, "tests/golden/%s.bin", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

static void test_golden_messages_decode(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        uint8_t bytes[8192];
        uint8_t again[8192];
        size_t size = read_golden(messages[i]->short_name, bytes, sizeof bytes);
        assert_true(size > 0);
        ProtobufCMessage *message = protobuf_c_message_unpack(messages[i], NULL, size, bytes);
        assert_non_null(message);
        assert_int_equal(message->n_unknown_fields, 0);
        assert_int_equal(protobuf_c_message_pack(message, again), size);
        assert_memory_equal(bytes, again, size);
        protobuf_c_message_free_unpacked(message, NULL);
    }
}

#define RECORD 8192

// A field again and again, empty or 0: of two bytes or three each time.
static size_t write_field(const ProtobufCFieldDescriptor *field, uint8_t *bytes) {
    bool sized = field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING ||
                 field->type == PROTOBUF_C_TYPE_BYTES;
    uint32_t tag = field->id << 3 | (sized ? 2 : 0);
    size_t size = 0;
    while (size + 3 <= RECORD) {
        if (tag >= 128) {
            bytes[size++] = (uint8_t)(tag | 128);
        }
        bytes[size++] = (uint8_t)(tag >= 128 ? tag >> 7 : tag);
        bytes[size++] = 0;
    }
    return size;
}

static void test_what_is_well_formed_finds_room(void **unused) {
    (void)unused;
    static uint8_t bytes[RECORD];
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        for (unsigned f = 0; f < messages[i]->n_fields; f++) {
            ProtobufCMessage *message = NULL;
            struct error error = {.text = ""};
            size_t size = write_field(&messages[i]->fields[f], bytes);
            if (protobuf_unpack(messages[i], bytes, size, &message, &error) != RC_OK) {
                fail_msg("%s.%s: %s", messages[i]->name, messages[i]->fields[f].name, error.text);
            }
            protobuf_free(message);
        }
    }
}

static size_t depth_of(const ProtobufCMessageDescriptor *descriptor) {
    size_t most = 0;
    for (unsigned f = 0; f < descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[f];
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            assert_ptr_not_equal(field->descriptor, descriptor);
            size_t depth = depth_of(field->descriptor);
            most = depth > most ? depth : most;
        }
    }
    return most + 1;
}

// protobuf-c reads a part of a part by calling itself.
static void test_no_message_is_deep(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        assert_in_range(depth_of(messages[i]), 1, 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_messages_decode),
        cmocka_unit_test(test_what_is_well_formed_finds_room),
        cmocka_unit_test(test_no_message_is_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
