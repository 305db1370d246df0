// SPDX-License-Identifier: Apache-2.0
// sla-timer and the ledger write to each other about one case: what each said and the other has
// not heard yet. For the tests of what they make of it together.
#pragma once

#include <stdbool.h>
struct case_input;
struct case_command;
static void tell_facts(void);
static bool ask_policies(struct case_input *input, struct case_command *command);
#define ON_DECIDED() tell_facts()
#define ON_SAID(input, command) ask_policies(input, command)
#include "../ledger/case_story.h"

#include "arming.h"
#include "ask.h"
#include "plans.h"

#include "common/bus.h"
#include "common/proposal.h"
#include "common/proposal_topic.h"

// Whoever wants the facts as they are told.
#ifndef ON_TOLD
#define ON_TOLD() (void)0
#endif
#ifndef LETTERS
#define LETTERS 1500
#endif

static struct region *region;
static struct timer_rules rules;
static struct timer_arm arms[TIMER_ARMS];

// What was said and not heard yet.
struct letter {
    enum fact_kind kind; // of a fact
    const ProtobufCMessageDescriptor *descriptor;
    uint8_t bytes[16 * 1024];
    size_t size;
};
struct mailbox {
    struct letter letters[LETTERS];
    size_t count, heard;
};
// Of one telling of the case.
struct mail {
    struct mailbox facts, proposals, urgent;
    struct proposed *proposed;
};
static struct mail *mail;
static bool by_two_ways; // what is urgent comes when it likes
static size_t run_on;    // cases that were found not to wait any more

// xorshift64*: Marsaglia, Xorshift RNGs, 2003; the multiplier is Vigna's.
static uint64_t seed;
static uint32_t draw(uint32_t below) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static struct letter *write_letter(struct mailbox *box) {
    assert_in_range(box->count, 0, LETTERS - 1);
    return &box->letters[box->count++];
}

// In the place of the bus.
void proposal_meta(Redress__V1__ProposalMeta *meta, const char *case_id, const char *tenant,
                   const char *proposal_id, const char *service) {
    redress__v1__proposal_meta__init(meta);
    meta->case_id = (char *)case_id;
    meta->tenant = (char *)tenant;
    meta->proposal_id = (char *)proposal_id;
    meta->source = (char *)service;
}

enum rc proposal_publish(struct bus_producer *producer, const ProtobufCMessage *message,
                         const Redress__V1__ProposalMeta *meta, const char *traceparent,
                         struct bus_wait *wait, struct error *error) {
    (void)producer, (void)meta, (void)traceparent, (void)wait, (void)error;
    bool urgent = by_two_ways && strcmp(proposal_topic(message), BUS_TOPIC_URGENT) == 0;
    struct letter *letter = write_letter(urgent ? &mail->urgent : &mail->proposals);
    letter->descriptor = message->descriptor;
    letter->size = protobuf_c_message_get_packed_size(message);
    assert_in_range(letter->size, 1, sizeof letter->bytes);
    protobuf_c_message_pack(message, letter->bytes);
    return RC_OK;
}

static void tell_facts(void) {
    ON_TOLD();
    for (size_t i = 0; i < decision.count; i++) {
        size_t size = 0;
        uint8_t *bytes = fact_pack(&decision.facts[i], &size);
        struct letter *letter = write_letter(&mail->facts);
        assert_non_null(bytes);
        assert_in_range(size, 1, sizeof letter->bytes);
        memcpy(letter->bytes, bytes, size);
        letter->size = size;
        letter->kind = decision.facts[i].kind;
        free(bytes);
    }
}

static struct plans plans; // of the last command: the decision borrows from them

static bool ask_policies(struct case_input *input, struct case_command *command) {
    struct error error;
    plans_free(&plans);
    bool may = case_permits(&state, input->kind, command->actor) == NULL &&
               plans_make(&plans, region, &state, input->kind, command, now, &error) == RC_OK;
    if (may && input->kind == INPUT_SET_ASSESSMENT) {
        may = plans_of_rest(&plans, region, &state, input, now, &error) == RC_OK;
        run_on += input->waits_in_vain;
    }
    return may;
}

static void hear_fact(void) {
    const struct letter *letter = &mail->facts.letters[mail->facts.heard++];
    const ProtobufCMessageDescriptor *descriptor = arming_reads(fact_type(letter->kind));
    struct error error;
    const struct arming arming = {
        .proposed = mail->proposed, .arms = arms, .rules = &rules, .now_ms = now, .error = &error};
    if (descriptor != NULL) {
        ProtobufCMessage *message =
            protobuf_c_message_unpack(descriptor, NULL, letter->size, letter->bytes);
        assert_int_equal(arming_take(&arming, message), RC_OK);
        protobuf_c_message_free_unpacked(message, NULL);
    }
}

static void hear_proposal_of(struct mailbox *box) {
    const struct letter *letter = &box->letters[box->heard++];
    ProtobufCMessage *message =
        protobuf_c_message_unpack(letter->descriptor, NULL, letter->size, letter->bytes);
    struct error error;
    struct case_input input = {.actor = "sla-timer"};
    if (letter->descriptor == &redress__v1__arm_clock__descriptor) {
        input.kind = INPUT_ARM_CLOCK;
        input.of.arm = (const Redress__V1__ArmClock *)message;
    } else if (letter->descriptor == &redress__v1__assess_case__descriptor) {
        input.kind = INPUT_ASSESS;
        input.actor = "triage";
        input.of.assess = (const Redress__V1__AssessCase *)message;
    } else {
        assert_ptr_equal(letter->descriptor, &redress__v1__end_clock__descriptor);
        input.kind = INPUT_END_CLOCK;
        input.of.end = (const Redress__V1__EndClock *)message;
    }
    plans_free(&plans);
    assert_int_equal(plans_of_rest(&plans, region, &state, &input, now, &error), RC_OK);
    put(input);
    protobuf_c_message_free_unpacked(message, NULL);
}

static inline void hear_proposal(void) { hear_proposal_of(&mail->proposals); }

static inline size_t waiting(const struct mailbox *box) { return box->count - box->heard; }

static inline int load_region(void) {
    return region_load(&region, "deploy/region/example", NULL) == RC_OK &&
                   timer_rules_init(&rules, region, NULL) == RC_OK
               ? 0
               : -1;
}
