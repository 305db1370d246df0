// SPDX-License-Identifier: Apache-2.0
// Facts are packed before any is folded in, because they borrow from the state that they change.
#include "work.h"

#include "workflow.h"

#include "common/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_cases(const void *id, const void *entry) {
    return strcmp(id, ((const struct work_case *)entry)->state.case_id);
}

static int compare_ids(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

#define ROOM_STEP 64

static bool make_room(struct work_room *room, size_t count, size_t step) {
    if (count > room->count) {
        free(room->cases);
        room->count = (count + step - 1) / step * step;
        room->cases = malloc(room->count * sizeof *room->cases);
    }
    if (room->cases == NULL) {
        room->count = 0;
        return false;
    }
    memset(room->cases, 0, count * sizeof *room->cases);
    return true;
}

// Of the ids each once, sorted; how many these are.
static size_t sort_once(const char **ids, size_t count) {
    size_t kept = 0;
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(ids[i], ids[kept - 1]) != 0) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

enum rc work_begin_in(struct work_room *room, struct work *work, const char *const *case_ids,
                      size_t count, struct error *error) {
    struct work_room own = {0};
    memset(work, 0, sizeof *work);
    const char **ids = malloc((count + 1) * sizeof *ids);
    if (ids == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for %zu cases", count);
    }
    memcpy(ids, case_ids, count * sizeof *ids);
    size_t kept = sort_once(ids, count);
    bool made = room == NULL ? make_room(&own, kept + 1, 1) : make_room(room, kept + 1, ROOM_STEP);
    if (!made) {
        free(ids);
        return error_set(error, RC_INTERNAL, "out of memory for %zu cases", kept);
    }
    work->room = room;
    work->cases = room == NULL ? own.cases : room->cases;
    work->case_count = kept;
    for (size_t i = 0; i < kept; i++) {
        char *case_id = work->cases[i].state.case_id;
        snprintf(case_id, sizeof work->cases[0].state.case_id, "%s", ids[i]);
    }
    free(ids);
    return RC_OK;
}

enum rc work_begin(struct work *work, const char *const *case_ids, size_t count,
                   struct error *error) {
    return work_begin_in(NULL, work, case_ids, count, error);
}

void work_free(struct work *work) {
    for (size_t i = 0; i < work->event_count; i++) {
        free(work->events[i].payload);
    }
    free(work->events);
    free(work->causes);
    free(work->letters);
    for (size_t i = 0; i < work->case_count; i++) {
        free(work->cases[i].clocks_before);
    }
    if (work->room == NULL) {
        free(work->cases);
    }
    memset(work, 0, sizeof *work);
}

struct work_case *work_find(const struct work *work, const char *case_id) {
    return bsearch(case_id, work->cases, work->case_count, sizeof *work->cases, compare_cases);
}

enum rc work_loaded(struct work_case *target, struct error *error) {
    size_t size = target->state.clock_count * sizeof *target->clocks_before;
    target->clocks_before = size == 0 ? NULL : malloc(size);
    if (size > 0 && target->clocks_before == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a case's clocks");
    }
    if (size > 0) {
        memcpy(target->clocks_before, target->state.clocks, size);
    }
    target->stored = true;
    target->clock_count_before = target->state.clock_count;
    target->conflict_count_before = target->state.conflict_count;
    return RC_OK;
}

bool work_clock_changed(const struct work_case *target, size_t place) {
    const struct case_clock *now = &target->state.clocks[place];
    if (place >= target->clock_count_before) {
        return true;
    }
    const struct case_clock *before = &target->clocks_before[place];
    return strcmp(now->name, before->name) != 0 || now->version != before->version ||
           now->state != before->state || now->due_at_ms != before->due_at_ms ||
           case_clock_next_warn(now) != case_clock_next_warn(before);
}

const char *work_clock_ended(const struct work_case *target, size_t place) {
    const struct case_clock *now = &target->state.clocks[place];
    if (place < target->clock_count_before) {
        const struct case_clock *before = &target->clocks_before[place];
        if (strcmp(now->name, before->name) != 0) {
            return before->name;
        }
    }
    return work_clock_changed(target, place) && !case_clock_is_open(now) ? now->name : NULL;
}

// Doubles an array; room for one more element is certain afterwards.
static enum rc grow(void **array, size_t *capacity, size_t count, size_t size,
                    struct error *error) {
    if (count < *capacity) {
        return RC_OK;
    }
    size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *grown = realloc(*array, wanted * size);
    if (grown == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for %zu entries", wanted);
    }
    *array = grown;
    *capacity = wanted;
    return RC_OK;
}

enum rc work_add_cause(struct work *work, struct work_case *target, const char *cause_id,
                       struct error *error) {
    enum rc rc = grow((void **)&work->causes, &work->cause_capacity, work->cause_count,
                      sizeof *work->causes, error);
    if (rc == RC_OK) {
        struct work_cause *cause = &work->causes[work->cause_count++];
        memcpy(cause->case_id, target->state.case_id, sizeof cause->case_id);
        snprintf(cause->cause_id, sizeof cause->cause_id, "%s", cause_id);
        cause->next = target->last_cause;
        target->last_cause = work->cause_count;
    }
    return rc;
}

bool work_has_cause(const struct work *work, const struct work_case *target, const char *cause_id) {
    for (size_t place = target->last_cause; place != 0; place = work->causes[place - 1].next) {
        if (strcmp(work->causes[place - 1].cause_id, cause_id) == 0) {
            return true;
        }
    }
    return false;
}

static enum rc add_event(struct work *work, struct work_case *target, struct fact *fact,
                         uint64_t sequence, const unsigned char previous[32], struct error *error) {
    enum rc rc = grow((void **)&work->events, &work->event_capacity, work->event_count,
                      sizeof *work->events, error);
    if (rc != RC_OK) {
        return rc;
    }
    struct work_event *event = &work->events[work->event_count];
    fact->meta.sequence = sequence;
    event->payload = fact_pack(fact, &event->payload_size);
    if (event->payload == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a fact");
    }
    work->event_count++;
    event->of = target;
    event->sequence = sequence;
    event->kind = fact->kind;
    event->decided_at_ms = fact->meta.decided_at_ms;
    memcpy(event->previous, previous, sizeof event->previous);
    snprintf(event->cause_id, sizeof event->cause_id, "%s", fact->meta.cause_id);
    snprintf(event->actor, sizeof event->actor, "%s", fact->meta.actor);
    chain_hash(fact->meta.case_id, sequence, fact_type(fact->kind), previous, event->payload,
               event->payload_size, event->hash);
    return RC_OK;
}

// What is stored beside facts and state.
static void note_access(struct work_case *target, const struct fact *fact,
                        const struct case_input *input) {
    if (fact->kind == FACT_CONTENT_ERASED) {
        target->erased = true;
    } else if (fact->kind == FACT_ACCESS_GRANTED) {
        const struct case_command *command = input->of.command;
        target->grant = (struct work_grant){command->staff, role_name(command->role), command->text,
                                            command->until_ms, false};
    } else if (fact->kind == FACT_GLASS_BROKEN) {
        const struct case_command *command = input->of.command;
        target->grant = (struct work_grant){command->actor->subject, target->glass_roles,
                                            command->text, command->until_ms, true};
        snprintf(target->glass_roles, sizeof target->glass_roles, "%s",
                 fact->body.glass_broken.roles);
    }
}

// Where a fact moves the case, it says so, and by whose deadline; where the case is then.
static enum case_status note_move(struct fact *fact, enum case_status from,
                                  const struct case_clock *held_to) {
    enum case_status to = workflow_next(from, fact->kind);
    if (workflow_moves(from, fact->kind)) {
        fact->meta.policy_version = (char *)(held_to == NULL ? "" : held_to->policy_version);
        fact->meta.calendar_version = (char *)(held_to == NULL ? "" : held_to->calendar_version);
        fact->meta.from_status = (char *)(from == CASE_NONE ? "" : case_status_name(from));
        fact->meta.to_status = (char *)case_status_name(to);
    }
    return to;
}

static enum rc record_facts(struct work *work, struct work_case *target,
                            struct case_decision *decision, const struct case_input *input,
                            struct error *error) {
    unsigned char previous[32];
    enum case_status status = target->state.status;
    const struct case_clock *held_to = case_clock_held_to(&target->state);
    memcpy(previous, target->state.hash, sizeof previous);
    for (size_t i = 0; i < decision->count; i++) {
        status = note_move(&decision->facts[i], status, held_to);
        enum rc rc = add_event(work, target, &decision->facts[i], target->state.sequence + i + 1,
                               previous, error);
        if (rc != RC_OK) {
            return rc;
        }
        struct work_event *event = &work->events[work->event_count - 1];
        memcpy(previous, event->hash, sizeof previous);
        snprintf(event->traceparent, sizeof event->traceparent, "%s",
                 input->traceparent == NULL ? "" : input->traceparent);
    }
    for (size_t i = 0; i < decision->count; i++) {
        note_access(target, &decision->facts[i], input);
        case_apply(&target->state, &decision->facts[i]);
    }
    target->state.sequence += decision->count;
    memcpy(target->state.hash, previous, sizeof previous);
    target->changed = true;
    return RC_OK;
}

static const ProtobufCMessageDescriptor *const proposal_types[INPUT_PROPOSAL_COUNT] = {
    [INPUT_SUBMIT] = &redress__v1__submit_case__descriptor,
    [INPUT_ASSESS] = &redress__v1__assess_case__descriptor,
    [INPUT_ARM_CLOCK] = &redress__v1__arm_clock__descriptor,
    [INPUT_WARN_CLOCK] = &redress__v1__warn_clock__descriptor,
    [INPUT_BREACH_CLOCK] = &redress__v1__breach_clock__descriptor,
    [INPUT_END_CLOCK] = &redress__v1__end_clock__descriptor,
    [INPUT_RECORD_DELIVERY] = &redress__v1__record_delivery__descriptor,
    [INPUT_RECORD_FEEDBACK] = &redress__v1__record_feedback__descriptor,
    [INPUT_RECORD_MESSAGE] = &redress__v1__record_message__descriptor,
    [INPUT_OFFER_EVIDENCE] = &redress__v1__offer_evidence__descriptor,
    [INPUT_WITHDRAW_CASE] = &redress__v1__withdraw_case__descriptor,
    [INPUT_REOPEN_CASE] = &redress__v1__reopen_case__descriptor,
    [INPUT_NOTE_REPEAT] = &redress__v1__note_repeat__descriptor,
};

// The refusal of a proposal about an existing case is itself a fact.
static void refusal_to_fact(const struct case_state *state, const struct case_input *input,
                            int64_t now_ms, struct case_decision *decision) {
    struct fact *fact = &decision->facts[0];
    fact_init(fact, FACT_PROPOSAL_REFUSED);
    fact->meta.case_id = (char *)state->case_id;
    fact->meta.tenant = (char *)state->tenant;
    fact->meta.decided_at_ms = now_ms;
    fact->meta.actor = (char *)input->actor;
    fact->meta.cause_id = (char *)input->cause_id;
    fact->meta.n_withheld_from = decision->withheld_count;
    fact->meta.withheld_from = decision->withheld_from;
    fact->body.refused.proposal_type = (char *)proposal_types[input->kind]->name;
    fact->body.refused.code = (char *)decision->code;
    decision->count = 1;
}

// What the vault gets beside the facts.
static enum rc keep_sealed(struct work *work, struct work_case *target,
                           const struct case_input *input, const struct case_decision *decision,
                           struct error *error) {
    if (input->kind == INPUT_SUBMIT && target->state.status == CASE_NONE) {
        target->vault.sealed = input->of.submit->sealed;
        target->vault.contact = input->of.submit->sealed_contact;
    }
    if (input->kind != INPUT_RECORD_MESSAGE || decision->facts[0].kind != FACT_MESSAGE_RECEIVED) {
        return RC_OK;
    }
    enum rc rc = grow((void **)&work->letters, &work->letter_capacity, work->letter_count,
                      sizeof *work->letters, error);
    if (rc == RC_OK) {
        work->letters[work->letter_count++] =
            (struct work_letter){target, target->state.sequence + 1, input->of.message->sealed};
    }
    return rc;
}

enum rc work_apply(struct work *work, struct work_case *target, const struct case_input *input,
                   int64_t now_ms, struct case_decision *decision, struct error *error) {
    decision->count = 0;
    decision->verdict = CASE_DECIDED_NOTHING;
    if (work_has_cause(work, target, input->cause_id)) {
        return RC_OK;
    }
    case_decide(&target->state, input, now_ms, decision);
    if (decision->verdict == CASE_DECIDED_NOTHING) {
        return RC_OK;
    }
    if (decision->verdict == CASE_DECIDED_REFUSAL) {
        if (input->kind >= INPUT_PROPOSAL_COUNT || target->state.status == CASE_NONE) {
            return RC_OK;
        }
        refusal_to_fact(&target->state, input, now_ms, decision);
    }
    enum rc rc = keep_sealed(work, target, input, decision, error);
    rc = rc == RC_OK ? work_add_cause(work, target, input->cause_id, error) : rc;
    return rc == RC_OK ? record_facts(work, target, decision, input, error) : rc;
}

enum rc work_pass_lead(struct work *work, struct work_case *member, const struct case_input *input,
                       bool leads, int64_t now_ms, struct error *error) {
    struct case_decision decision;
    case_decide_lead(&member->state, input, leads, now_ms, &decision);
    enum rc rc = work_has_cause(work, member, input->cause_id)
                     ? RC_OK
                     : work_add_cause(work, member, input->cause_id, error);
    return rc == RC_OK ? record_facts(work, member, &decision, input, error) : rc;
}
