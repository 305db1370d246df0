// SPDX-License-Identifier: Apache-2.0
// Inputs applied to cases in memory, and what has to be written for them: the middle between the
// pure rules (case.h) and the database (store.h). One set of work is one transaction.
#pragma once

#include "case.h"

// One fact that became true, packed and chained.
struct work_event {
    const struct work_case *of;
    uint64_t sequence;
    enum fact_kind kind;
    uint8_t *payload; // owned
    size_t payload_size;
    unsigned char previous[32];
    unsigned char hash[32];
    char cause_id[37];
    char actor[CASE_CODE_SIZE];
    int64_t decided_at_ms;
    char traceparent[56]; // may be empty
};

// What the vault keeps of a new case; borrows from the proposal.
struct work_vault {
    const Redress__V1__SealedContent *sealed;
    ProtobufCBinaryData contact; // empty where there is none
};

// Roles for a time that a fact gives; borrows from the command.
struct work_grant {
    const char *subject; // NULL: none
    const char *roles;   // names, separated by commas
    const char *reason;
    int64_t until_ms;
    bool glass; // a broken one
};

// A complainant's message as it was written, for the vault; borrows from the proposal.
struct work_letter {
    const struct work_case *of;
    uint64_t sequence; // of its fact
    const Redress__V1__SealedContent *sealed;
};

struct work_case {
    struct case_state state;
    struct case_clock *clocks_before; // as they were stored; owned
    size_t clock_count_before;
    size_t conflict_count_before;
    bool stored; // it was there before this work
    bool changed;
    bool erased; // the vault's row goes
    struct work_grant grant;
    char glass_roles[96];
    struct work_vault vault; // sealed is NULL unless the case is new
    size_t last_cause;       // its newest cause's place in the work's causes plus 1; 0: none
};

struct work_cause {
    char case_id[37];
    char cause_id[37];
    size_t next; // the case's cause before; as last_cause
};

// Where the cases of one set after the other stand: they are large, and their holes in the heap
// would not fit the next ones. Zero-initialise; free cases at the end.
struct work_room {
    struct work_case *cases;
    size_t count;
};

struct work {
    struct work_room *room;  // NULL: cases are its own
    struct work_case *cases; // sorted by case id
    size_t case_count;
    bool passes_held; // a case that another transaction holds stays CASE_NONE instead of waited for
    struct work_cause *causes; // seen before or in this set
    size_t cause_count;
    size_t cause_capacity;
    struct work_event *events;
    size_t event_count;
    size_t event_capacity;
    struct work_letter *letters;
    size_t letter_count;
    size_t letter_capacity;
};

// Room for the cases with these ids (borrowed; any order, repeats allowed), all CASE_NONE.
MUST_CHECK enum rc work_begin(struct work *work, const char *const *case_ids, size_t count,
                              struct error *error);
// The same in a room that one thread uses again and again.
MUST_CHECK enum rc work_begin_in(struct work_room *room, struct work *work,
                                 const char *const *case_ids, size_t count, struct error *error);
void work_free(struct work *work);

struct work_case *work_find(const struct work *work, const char *case_id);
// Takes a stored state over as what the case was before this work.
MUST_CHECK enum rc work_loaded(struct work_case *target, struct error *error);
// Whether the clock at this place of the state differs from what is stored.
bool work_clock_changed(const struct work_case *target, size_t place);
// The name of the clock that was stored as open at this place and is no longer; NULL: none.
const char *work_clock_ended(const struct work_case *target, size_t place);
MUST_CHECK enum rc work_add_cause(struct work *work, struct work_case *target, const char *cause_id,
                                  struct error *error);
bool work_has_cause(const struct work *work, const struct work_case *target, const char *cause_id);

// Decides one input for the case, packs and chains its facts and folds them in. A refused proposal
// becomes a ProposalRefused fact (but for an unknown case); a refused command stays in *decision.
// A cause seen before gives CASE_DECIDED_NOTHING.
MUST_CHECK enum rc work_apply(struct work *work, struct work_case *target,
                              const struct case_input *input, int64_t now_ms,
                              struct case_decision *decision, struct error *error);

// What follows of an input that was applied to the case that led a cluster: its member leads from
// now on, or no more.
MUST_CHECK enum rc work_pass_lead(struct work *work, struct work_case *member,
                                  const struct case_input *input, bool leads, int64_t now_ms,
                                  struct error *error);
