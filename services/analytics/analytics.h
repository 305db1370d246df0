// SPDX-License-Identifier: Apache-2.0
// What a case contributes to the numbers (DOMAIN.md, section 8): pure. The contribution is a
// function of the measures, so that counting is subtracting the old one and adding the new one.
#pragma once

#include "redress/v1/facts.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEASURE_HASHES 3

enum measure_end { // without a closure
    END_NONE,
    END_NOT_ACCEPTED, // or redirected: left out of timeliness
    END_GIVEN_UP,     // withdrawn or terminated
};

// What is known of whether the complainant thinks a round's matter solved, by a rising weight: the
// newest answer counts, but for one that staff wrote down after the complainant's own.
enum measure_answer {
    ANSWER_NONE,
    ANSWER_HEARD_UNSOLVED, // staff's follow-up that reached the complainant
    ANSWER_HEARD_SOLVED,
    ANSWER_RATED_UNSOLVED, // the complainant's rating
    ANSWER_RATED_SOLVED,
};

// A round of handling ends with a rework or a reopening, closed or not.
struct measure_rounds {
    uint32_t ratings;   // of every round, at most one each; so the next two
    uint32_t satisfied; // of these 4 or 5 of 5
    uint32_t closures;
    uint32_t answered; // of the rounds that ended; so the next two
    uint32_t solved;
    uint32_t covered;           // closed and answered
    enum measure_answer answer; // of the present round
};

struct measure {
    char case_id[37];
    uint64_t sequence; // of the last fact counted; 0 before the first
    char tenant[33];
    char category[65];
    char unit[65];
    int64_t received_at_ms;
    int64_t accepted_at_ms; // 0: not yet; so the times below
    int64_t first_due_at_ms;
    int64_t first_response_at_ms;
    int64_t resolution_due_at_ms;
    int64_t replied_at_ms;
    int64_t run_replied_at_ms; // the first reply of the run that resolution_due_at_ms ends
    bool was_late;             // a run of it was breached, or replied to after its due time
    int64_t first_closed_at_ms;
    int64_t closed_at_ms; // the true closure: none while the case is in rework or reopened
    enum measure_end end;
    struct measure_rounds rounds;
    uint32_t others;  // cases of one matter with it
    bool merged;      // another of them stands for it
    uint32_t earlier; // cases of the same complainant before it; 0: no repeat
    bool supervised;  // at least once
    bool erased;      // by a fact of this batch: its hashes go
    unsigned char hashes[MEASURE_HASHES][32]; // of contacts; only set by the first fact
    size_t hash_count;
};

enum count {
    COUNT_RECEIVED,
    COUNT_ACCEPTED,
    COUNT_NOT_ACCEPTED,
    COUNT_GIVEN_UP,
    COUNT_FIRST_CLOSED,
    COUNT_CLOSED,
    COUNT_RESPONDED,
    COUNT_RESPONDED_ON_TIME,
    COUNT_REPLIED,
    COUNT_REPLIED_ON_TIME,
    COUNT_RATED, // by round, as each is rated once; so the next two
    COUNT_SATISFIED,
    COUNT_SOLVED,     // of those answered
    COUNT_MERGED,     // stood for by another case: left out of timeliness
    COUNT_REPEATED,   // the complainant had come before
    COUNT_SUPERVISED, // of those accepted
    COUNT_COVERED,    // of the closures those whose round has an answer
    COUNT_ANSWERED,   // rounds
    COUNT_CLOSURES,
    COUNT_KINDS
};

enum due_count {     // of the day on which something is due
    DUE_UNRESPONDED, // first response due then, and none yet
    DUE_OWED,        // resolution due then
    DUE_ON_TIME,     // of these replied in time
    DUE_OVERDUE,     // of these neither replied nor closed: overdue once the moment is past
    DUE_KINDS
};

struct contribution {
    int64_t counts[COUNT_KINDS];
    int64_t response_seconds; // -1: no response yet
    // Of what ended without a closure, or is merged, nothing is due. The kinds belong to
    // first_due_at_ms (unresponded) and resolution_due_at_ms (the others).
    int64_t dues[DUE_KINDS];
};

// What happened to a case while a unit had it: counted by fact, as it may happen again.
enum handling_kind {
    HANDLING_DISPATCHED,
    HANDLING_RETURNED, // the unit asked for the case to be taken back
    HANDLING_REWORKED,
    HANDLING_REOPENED,
    HANDLING_SUPERVISED,
    HANDLING_KINDS
};

struct handling {
    char tenant[33];
    char unit[65]; // who had the case; empty before the first dispatch
    char category[65];
    int64_t received_at_ms; // the case's
    enum handling_kind kind;
};

// Whether a fact of this type is a handling; its measure is the case's after the fact.
bool measure_handling(const struct measure *measure, const char *type, struct handling *handling);

// Takes a fact in; false where its sequence does not follow, which leaves the measure alone: a
// repeat, or one whose predecessors come again.
bool measure_apply(struct measure *measure, const char *type, const ProtobufCMessage *fact);
// What a fact of this type is read as: AnyFact where it does not count, which still moves the
// sequence.
const ProtobufCMessageDescriptor *measure_descriptor(const char *type);

void measure_contribution(const struct measure *measure, struct contribution *contribution);
// Whether the fact of who repeats whom may be another than before, for this case or for one that
// came after it.
bool measure_changes_repeats(const struct measure *before, const struct measure *after);
