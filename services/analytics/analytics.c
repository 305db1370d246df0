// SPDX-License-Identifier: Apache-2.0
// One function a fact, one table that picks it.
#include "analytics.h"

#include <stdio.h>
#include <string.h>

#define SATISFIED_FROM 4 // of 5

#define COPY(target, source) snprintf(target, sizeof(target), "%s", source)

// Every fact message begins with its meta, as in each message of facts.proto.
struct fact_header {
    ProtobufCMessage base;
    Redress__V1__FactMeta *meta;
};

static int64_t when(const ProtobufCMessage *fact) {
    return ((const struct fact_header *)fact)->meta->decided_at_ms;
}

static void on_registered(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__CaseRegistered *fact = (const Redress__V1__CaseRegistered *)message;
    COPY(measure->tenant, fact->meta->tenant);
    COPY(measure->category, fact->category[0] == '\0' ? "other" : fact->category);
    measure->received_at_ms = fact->received_at_ms;
    for (size_t i = 0; i < fact->n_contact_hashes && measure->hash_count < MEASURE_HASHES; i++) {
        if (fact->contact_hashes[i].len == 32) {
            memcpy(measure->hashes[measure->hash_count++], fact->contact_hashes[i].data, 32);
        }
    }
}

static void on_assessed(struct measure *measure, const ProtobufCMessage *message) {
    COPY(measure->category, ((const Redress__V1__CaseAssessed *)message)->category);
}

static void note_response(struct measure *measure, const ProtobufCMessage *message) {
    if (measure->first_response_at_ms == 0) {
        measure->first_response_at_ms = when(message);
    }
}

static void on_accepted(struct measure *measure, const ProtobufCMessage *message) {
    measure->accepted_at_ms = when(message);
    note_response(measure, message);
}

static void on_not_accepted(struct measure *measure, const ProtobufCMessage *message) {
    (void)message;
    measure->end = END_NOT_ACCEPTED;
}

static void on_given_up(struct measure *measure, const ProtobufCMessage *message) {
    (void)message;
    if (measure->closed_at_ms == 0) { // else it stays closed: a review was given up
        measure->end = END_GIVEN_UP;
    }
}

static void on_transferred(struct measure *measure, const ProtobufCMessage *message) {
    note_response(measure, message);
}

static void on_designated(struct measure *measure, const ProtobufCMessage *message) {
    COPY(measure->unit, ((const Redress__V1__CaseDesignated *)message)->unit);
}

static bool is_solved(enum measure_answer answer) {
    return answer == ANSWER_HEARD_SOLVED || answer == ANSWER_RATED_SOLVED;
}

// The rounds with the present one among those that ended.
static struct measure_rounds rounds_ended(const struct measure *measure) {
    struct measure_rounds rounds = measure->rounds;
    bool answered = rounds.answer != ANSWER_NONE;
    rounds.answered += answered;
    rounds.solved += is_solved(rounds.answer);
    rounds.covered += answered && measure->closed_at_ms != 0;
    rounds.answer = ANSWER_NONE;
    return rounds;
}

static bool is_reply_late(const struct measure *measure) {
    return measure->resolution_due_at_ms != 0 &&
           measure->run_replied_at_ms > measure->resolution_due_at_ms;
}

static void on_taken_up_again(struct measure *measure, const ProtobufCMessage *message) {
    (void)message;
    measure->was_late |= is_reply_late(measure);
    measure->rounds = rounds_ended(measure);
    measure->end = END_NONE;
    measure->closed_at_ms = 0;
}

static void on_dispatched(struct measure *measure, const ProtobufCMessage *message) {
    COPY(measure->unit, ((const Redress__V1__CaseDispatched *)message)->unit);
}

static void on_replied(struct measure *measure, const ProtobufCMessage *message) {
    measure->replied_at_ms = when(message);
    if (measure->run_replied_at_ms == 0) { // a rework that begins no other run owes nothing anew
        measure->run_replied_at_ms = measure->replied_at_ms;
    }
    note_response(measure, message);
}

static void on_feedback(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__FeedbackRecorded *fact = (const Redress__V1__FeedbackRecorded *)message;
    measure->rounds.ratings++;
    measure->rounds.satisfied += fact->overall >= SATISFIED_FROM;
    measure->rounds.answer = fact->solved ? ANSWER_RATED_SOLVED : ANSWER_RATED_UNSOLVED;
}

static void on_follow_up(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__FollowUpRecorded *fact = (const Redress__V1__FollowUpRecorded *)message;
    if (fact->reached && measure->rounds.answer < ANSWER_RATED_UNSOLVED) {
        measure->rounds.answer = fact->solved ? ANSWER_HEARD_SOLVED : ANSWER_HEARD_UNSOLVED;
    }
}

// What ended in time without a reply, in an emergency, owes none.
static bool ends_in_time(const struct measure *measure) {
    return measure->run_replied_at_ms == 0 && !measure->was_late &&
           measure->closed_at_ms <= measure->resolution_due_at_ms;
}

static void on_closed(struct measure *measure, const ProtobufCMessage *message) {
    measure->closed_at_ms = when(message);
    measure->resolution_due_at_ms = ends_in_time(measure) ? 0 : measure->resolution_due_at_ms;
    measure->rounds.closures++;
    if (measure->first_closed_at_ms == 0) {
        measure->first_closed_at_ms = measure->closed_at_ms;
    }
}

// A run that began again after a reply needs another one, which may have been heard already.
static void arm_resolution(struct measure *measure, const Redress__V1__ClockTerms *terms) {
    bool again =
        terms->restarted_on[0] != '\0' && terms->started_at_ms >= measure->run_replied_at_ms;
    measure->resolution_due_at_ms = terms->due_at_ms;
    if (again) {
        bool replied = measure->replied_at_ms > terms->started_at_ms;
        measure->run_replied_at_ms = replied ? measure->replied_at_ms : 0;
    }
}

static void on_armed(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__ClockTerms *terms = ((const Redress__V1__ClockArmed *)message)->terms;
    if (terms != NULL && strcmp(terms->name, "first_response") == 0) {
        measure->first_due_at_ms = terms->due_at_ms;
    } else if (terms != NULL && strcmp(terms->name, "resolution") == 0) {
        arm_resolution(measure, terms);
    }
}

// While it rests: at the latest then.
static void on_paused(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__ClockPaused *fact = (const Redress__V1__ClockPaused *)message;
    if (fact->terms != NULL && strcmp(fact->name, "resolution") == 0) {
        measure->resolution_due_at_ms = fact->terms->due_at_ms;
    }
}

// Of a clock that rests nothing else tells the date.
static void on_extended(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__ExtensionDecided *fact = (const Redress__V1__ExtensionDecided *)message;
    if (fact->granted && strcmp(fact->clock, "resolution") == 0) {
        measure->resolution_due_at_ms = fact->due_at_ms;
    }
}

// What no rule lets run yet is owed by nobody.
static void on_stopped(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__ClockStopped *fact = (const Redress__V1__ClockStopped *)message;
    if (fact->displaced && strcmp(fact->name, "first_response") == 0) {
        measure->first_due_at_ms = 0;
    } else if (fact->displaced && strcmp(fact->name, "resolution") == 0) {
        measure->resolution_due_at_ms = 0;
    }
}

// Though it is taken up again before anybody replied.
static void on_breached(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__ClockBreached *fact = (const Redress__V1__ClockBreached *)message;
    measure->was_late |= strcmp(fact->name, "resolution") == 0;
}

// Who joins was not of the cluster before; who leaves was.
static void on_merged(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__CaseMerged *fact = (const Redress__V1__CaseMerged *)message;
    measure->others += (uint32_t)fact->n_with;
    measure->merged = !fact->leads;
}

static void on_unmerged(struct measure *measure, const ProtobufCMessage *message) {
    const Redress__V1__CaseUnmerged *fact = (const Redress__V1__CaseUnmerged *)message;
    uint32_t gone = (uint32_t)fact->n_without;
    measure->others -= gone < measure->others ? gone : measure->others;
    measure->merged = measure->others > 0 && !fact->leads;
}

static void on_repeat(struct measure *measure, const ProtobufCMessage *message) {
    measure->earlier = ((const Redress__V1__RepeatRecognised *)message)->earlier;
}

static void on_supervised(struct measure *measure, const ProtobufCMessage *message) {
    (void)message;
    measure->supervised = true;
}

static void on_erased(struct measure *measure, const ProtobufCMessage *message) {
    (void)message;
    measure->erased = true;
    measure->hash_count = 0;
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    void (*apply)(struct measure *, const ProtobufCMessage *);
} kinds[] = {
    {&redress__v1__case_registered__descriptor, on_registered},
    {&redress__v1__case_assessed__descriptor, on_assessed},
    {&redress__v1__case_accepted__descriptor, on_accepted},
    {&redress__v1__case_not_accepted__descriptor, on_not_accepted},
    {&redress__v1__case_redirected__descriptor, on_not_accepted},
    {&redress__v1__case_transferred_to_emergency__descriptor, on_transferred},
    {&redress__v1__case_withdrawn__descriptor, on_given_up},
    {&redress__v1__case_terminated__descriptor, on_given_up},
    {&redress__v1__case_reopened__descriptor, on_taken_up_again},
    {&redress__v1__rework_ordered__descriptor, on_taken_up_again},
    {&redress__v1__case_dispatched__descriptor, on_dispatched},
    {&redress__v1__case_designated__descriptor, on_designated},
    {&redress__v1__case_replied__descriptor, on_replied},
    {&redress__v1__feedback_recorded__descriptor, on_feedback},
    {&redress__v1__follow_up_recorded__descriptor, on_follow_up},
    {&redress__v1__case_closed__descriptor, on_closed},
    {&redress__v1__clock_armed__descriptor, on_armed},
    {&redress__v1__clock_paused__descriptor, on_paused},
    {&redress__v1__extension_decided__descriptor, on_extended},
    {&redress__v1__clock_stopped__descriptor, on_stopped},
    {&redress__v1__clock_breached__descriptor, on_breached},
    {&redress__v1__case_merged__descriptor, on_merged},
    {&redress__v1__case_unmerged__descriptor, on_unmerged},
    {&redress__v1__repeat_recognised__descriptor, on_repeat},
    {&redress__v1__supervision_ordered__descriptor, on_supervised},
    {&redress__v1__content_erased__descriptor, on_erased},
};

const ProtobufCMessageDescriptor *measure_descriptor(const char *type) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].descriptor->name, type) == 0) {
            return kinds[i].descriptor;
        }
    }
    return &redress__v1__any_fact__descriptor;
}

bool measure_apply(struct measure *measure, const char *type, const ProtobufCMessage *fact) {
    const Redress__V1__FactMeta *meta = ((const struct fact_header *)fact)->meta;
    if (meta->sequence != measure->sequence + 1) {
        return false;
    }
    measure->sequence = meta->sequence;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].descriptor->name, type) == 0) {
            kinds[i].apply(measure, fact);
        }
    }
    return true;
}

// What was refused and taken up after all was never closed: it is no reopened closure.
static bool counts_as(const struct measure *measure, enum handling_kind kind) {
    return kind != HANDLING_REOPENED || measure->first_closed_at_ms != 0;
}

bool measure_handling(const struct measure *measure, const char *type, struct handling *handling) {
    static const struct {
        const char *type;
        enum handling_kind kind;
    } handlings[] = {
        {"redress.v1.CaseDispatched", HANDLING_DISPATCHED},
        {"redress.v1.CaseDesignated", HANDLING_DISPATCHED},
        {"redress.v1.ReturnRequested", HANDLING_RETURNED},
        {"redress.v1.ReworkOrdered", HANDLING_REWORKED},
        {"redress.v1.CaseReopened", HANDLING_REOPENED},
        {"redress.v1.SupervisionOrdered", HANDLING_SUPERVISED},
    };
    for (size_t i = 0; i < sizeof handlings / sizeof handlings[0]; i++) {
        if (strcmp(handlings[i].type, type) == 0 && counts_as(measure, handlings[i].kind)) {
            COPY(handling->tenant, measure->tenant);
            COPY(handling->unit, measure->unit);
            COPY(handling->category, measure->category);
            handling->received_at_ms = measure->received_at_ms;
            handling->kind = handlings[i].kind;
            return true;
        }
    }
    return false;
}

static void count_rounds(const struct measure *measure, int64_t counts[COUNT_KINDS]) {
    struct measure_rounds rounds = rounds_ended(measure);
    counts[COUNT_RATED] = rounds.ratings;
    counts[COUNT_SATISFIED] = rounds.satisfied;
    counts[COUNT_ANSWERED] = rounds.answered;
    counts[COUNT_SOLVED] = rounds.solved;
    counts[COUNT_CLOSURES] = rounds.closures;
    counts[COUNT_COVERED] = rounds.covered;
}

static bool in_time(int64_t at_ms, int64_t due_ms) { return due_ms == 0 || at_ms <= due_ms; }

// Every run of it; the present one where it has a reply.
static bool is_replied_in_time(const struct measure *measure) {
    return measure->run_replied_at_ms != 0 && !measure->was_late &&
           in_time(measure->run_replied_at_ms, measure->resolution_due_at_ms);
}

static void count_dues(const struct measure *measure, int64_t dues[DUE_KINDS]) {
    if (measure->end != END_NONE || measure->merged) {
        return;
    }
    bool owed = measure->resolution_due_at_ms != 0;
    bool replied = measure->run_replied_at_ms != 0;
    dues[DUE_UNRESPONDED] = measure->first_due_at_ms != 0 && measure->first_response_at_ms == 0;
    dues[DUE_OWED] = owed;
    dues[DUE_ON_TIME] = owed && is_replied_in_time(measure);
    dues[DUE_OVERDUE] = owed && !replied && measure->closed_at_ms == 0;
}

void measure_contribution(const struct measure *measure, struct contribution *contribution) {
    int64_t *counts = contribution->counts;
    bool timely =
        measure->end != END_NOT_ACCEPTED && !measure->merged; // else left out of timeliness
    bool responded = timely && measure->first_response_at_ms != 0;
    bool replied = timely && measure->replied_at_ms != 0;
    memset(contribution, 0, sizeof *contribution);
    contribution->response_seconds = -1;
    if (measure->sequence == 0) {
        return;
    }
    counts[COUNT_RECEIVED] = 1;
    counts[COUNT_ACCEPTED] = measure->accepted_at_ms != 0;
    counts[COUNT_NOT_ACCEPTED] = measure->end == END_NOT_ACCEPTED;
    counts[COUNT_GIVEN_UP] = measure->end == END_GIVEN_UP;
    counts[COUNT_FIRST_CLOSED] = measure->first_closed_at_ms != 0;
    counts[COUNT_CLOSED] = measure->closed_at_ms != 0;
    counts[COUNT_RESPONDED] = responded;
    counts[COUNT_RESPONDED_ON_TIME] =
        responded && in_time(measure->first_response_at_ms, measure->first_due_at_ms);
    counts[COUNT_REPLIED] = replied;
    counts[COUNT_REPLIED_ON_TIME] = replied && is_replied_in_time(measure);
    counts[COUNT_MERGED] = measure->merged;
    counts[COUNT_REPEATED] = measure->earlier > 0;
    counts[COUNT_SUPERVISED] = measure->supervised && measure->accepted_at_ms != 0;
    count_rounds(measure, counts);
    if (responded) {
        int64_t elapsed = measure->first_response_at_ms - measure->received_at_ms;
        contribution->response_seconds = elapsed < 0 ? 0 : elapsed / 1000;
    }
    count_dues(measure, contribution->dues);
}

bool measure_changes_repeats(const struct measure *before, const struct measure *after) {
    bool matters = after->accepted_at_ms != 0 || after->closed_at_ms != 0 ||
                   before->closed_at_ms != 0; // once accepted, always
    return matters && (after->erased || before->closed_at_ms != after->closed_at_ms ||
                       (before->accepted_at_ms != 0) != (after->accepted_at_ms != 0) ||
                       strcmp(before->unit, after->unit) != 0 ||
                       strcmp(before->category, after->category) != 0);
}
