// SPDX-License-Identifier: Apache-2.0
// A case's history as the ledger makes it of proposals: for each one a digit that picks its type,
// its size in two bytes, its value. The state is packed and read again on the way, and shown.
#include "regions.h"

#include "../../services/ledger/proposal.h"
#include "case_json.h"
#include "state_codec.h"
#include "work.h"

#include "redress/v1/proposals.pb-c.h"

#include <string.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

// What every field of a message must be, if a reader is to show it.
static void check_shown(const struct work_event *event) {
    struct fact fact;
    struct error error;
    ProtobufCMessage *message = NULL;
    FUZZ_CHECK(fact_unpack(event->kind, event->payload, event->payload_size, &fact, &message,
                           &error) == RC_OK);
    json_t *json = message_to_json(message);
    char *text = json_dumps(json, JSON_COMPACT);
    FUZZ_CHECK(text != NULL);
    free(text);
    json_decref(json);
    fact_release(message);
}

static void check_state(struct case_state *state) {
    static const struct case_actor actor = {.subject = "li.wei", .roles = ROLE_SUPERVISOR};
    struct error error;
    struct case_state read;
    size_t size = 0;
    uint8_t *bytes = state_pack(state, &size);
    FUZZ_CHECK(bytes != NULL && state_unpack(bytes, size, &read, &error) == RC_OK);
    free(bytes);
    FUZZ_CHECK(read.clock_count == state->clock_count && read.alarm_count == state->alarm_count);
    json_t *json = case_to_json(&read, NULL, &actor, regions_example());
    char *text = json_dumps(json, JSON_COMPACT);
    FUZZ_CHECK(text != NULL);
    free(text);
    json_decref(json);
    *state = read;
}

static void apply(struct work *work, const struct proposal *proposal) {
    struct case_decision decision;
    struct error error;
    uint64_t before = work->cases[0].state.sequence;
    FUZZ_CHECK(work_apply(work, &work->cases[0], &proposal->input, INT64_C(1770000000000),
                          &decision, &error) == RC_OK);
    FUZZ_CHECK(work->cases[0].state.sequence - before == decision.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const types[] = {
        "redress.v1.SubmitCase",     "redress.v1.AssessCase",     "redress.v1.ArmClock",
        "redress.v1.WarnClock",      "redress.v1.BreachClock",    "redress.v1.RecordDelivery",
        "redress.v1.RecordFeedback", "redress.v1.CaseRegistered", "redress.v1.RecordMessage",
        "redress.v1.OfferEvidence",  "redress.v1.WithdrawCase",   "redress.v1.ReopenCase",
        "redress.v1.NoteRepeat",     "redress.v1.EndClock"};
    struct fuzz_input input = {data, size};
    static const char *const case_ids[] = {CASE_ID};
    struct work work;
    struct error error = {.text = ""};
    FUZZ_CHECK(work_begin(&work, case_ids, 1, &error) == RC_OK);
    for (int i = 0; input.left > 0 && i < 64; i++) {
        struct proposal proposal;
        const char *type =
            types[(size_t)(fuzz_byte(&input) - '0') % (sizeof types / sizeof types[0])];
        size_t value_size = 0;
        const uint8_t *borrowed = fuzz_block(&input, &value_size);
        uint8_t *value = malloc(value_size + 1);
        FUZZ_CHECK(value != NULL);
        memcpy(value, borrowed, value_size);
        enum rc rc = proposal_read(type, CASE_ID, 36, value, value_size, &proposal, &error);
        free(value);
        FUZZ_CHECK(rc == RC_OK || (rc == RC_INVALID && error.text[0] != '\0'));
        if (rc == RC_OK) {
            apply(&work, &proposal);
            check_state(&work.cases[0].state);
        }
        proposal_free(&proposal);
    }
    for (size_t i = 0; i < work.event_count; i++) {
        check_shown(&work.events[i]);
    }
    work_free(&work);
    return 0;
}
