// SPDX-License-Identifier: Apache-2.0
// What a case is made of beside its way: supervision orders, persons and allegations, evidence, a
// special team, co-handlers. The state keeps what rules ask for; texts stay in the facts. Each list
// is bounded: what is more is refused. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_CODE_SIZE 65
#define CASE_ORDERS 16
#define CASE_OWN_ORDERS 8   // of those, issued below the region
#define CASE_LEVEL_ORDERS 4 // of those, issued by one level
#define CASE_BY_RULE "rule" // issues the orders that nobody of the staff does
#define CASE_PERSONS 12
#define CASE_ALLEGATIONS 24
#define CASE_EVIDENCE 48
#define CASE_CO_HANDLERS 8
#define CASE_DATE_SIZE 11 // "2026-02-13"

struct case_order { // its number is its place and 1
    uint32_t level;
    uint32_t trigger;
    char issuer[CASE_CODE_SIZE]; // a supervisor, or CASE_BY_RULE
    int64_t ordered_at_ms;
    int64_t due_at_ms; // 0: its clock alone knows
    bool answered;
    bool lifted;
    int64_t ended_at_ms; // answered or lifted; 0: not yet, or before the ledger kept it
    bool by_region;      // issued by a rule or staff of the whole region, who alone lift it
    char acting_for[33]; // the level that issued it (case_levels.h); "" not known, or a rule
};

struct case_person { // its number is its place and 1
    uint32_t kind;
    char title[CASE_CODE_SIZE];
    char staff_code[CASE_CODE_SIZE]; // "" not known
};

struct case_allegation { // its number is its place and 1
    uint32_t person;
    char category[CASE_CODE_SIZE];
    uint32_t outcome; // 0 not decided
    uint32_t responsibility;
};

struct case_team {
    uint32_t purpose; // 0: none was formed
    char medical[CASE_CODE_SIZE];
    char legal[CASE_CODE_SIZE];
    char service[CASE_CODE_SIZE];
};

struct case_co_handler { // its number is its place and 1
    char unit[CASE_CODE_SIZE];
    int64_t due_at_ms; // 0: its clock alone knows
    bool reported;     // how far it is
    bool answered;
    int64_t answered_at_ms; // 0: not yet, or before the ledger kept it
};

struct case_parts {
    struct case_order orders[CASE_ORDERS];
    size_t order_count;
    struct case_person persons[CASE_PERSONS];
    size_t person_count;
    struct case_allegation allegations[CASE_ALLEGATIONS];
    size_t allegation_count;
    unsigned char evidence[CASE_EVIDENCE][32]; // SHA-256
    size_t evidence_count;
    struct case_team team;
    struct case_co_handler co_handlers[CASE_CO_HANDLERS]; // of this handling
    size_t co_handler_count;
    uint32_t authority; // on whose behalf: what lets them; 0 not shown
    char authority_since[CASE_DATE_SIZE];
    bool on_behalf;
    uint32_t repeats;  // reworks and reopenings
    uint32_t revision; // of all this: what an ETag tells
};

// What a command about these says, beside what all commands may. Borrowed texts.
struct case_entry {
    uint32_t number; // of the order, person, allegation
    uint32_t level;
    uint32_t kind; // trigger, kind of person, authority, purpose, giver, degree of responsibility
    int64_t due_at_ms; // 0: as the policy says
    uint64_t size;
    const char *reason; // late; answers missing; "" none
    const char *since;
    const char *title;
    const char *staff_code;
    const char *sha256;       // 64 hexadecimal digits
    unsigned char digest[32]; // the same
    const char *media_type;
    const char *medical, *legal, *service, *witness, *reported_to;
    bool rights_told;
};

struct case_state;
struct case_actor;
// Whether only the region's staff lift it, also where a rule's order of before does not say so.
bool case_order_is_of_region(const char *issuer, bool by_region);
// NULL where there is none of this number.
const struct case_order *case_order_find(const struct case_state *state, uint32_t number);
bool case_is_supervised(const struct case_state *state); // an order is open
// The highest of the open ones; 0: none.
uint32_t case_supervision_level(const struct case_state *state);
bool case_has_order_to_answer(const struct case_state *state);
bool case_has_order_to_lift(const struct case_state *state);
// Whether the user's level may lift this order: the one that issued it, or one above.
bool case_may_lift(const struct case_state *state, const struct case_order *order,
                   const struct case_actor *actor);
// Of the orders to lift, one that others than the region's staff may; one that this user may.
bool case_has_order_below_region_to_lift(const struct case_state *state);
bool case_has_order_to_lift_by(const struct case_state *state, const struct case_actor *actor);
// Of 64 hexadecimal digits; false where it is anything else, and the digest is then undefined.
bool case_read_digest(const char *hex, unsigned char digest[32]);
// Whether the complainant has offered a piece with this digest.
bool case_was_offered(const struct case_state *state, const char *sha256);
// Whether a piece with this digest, 64 hexadecimal digits, is registered.
bool case_has_evidence(const struct case_parts *parts, const char *sha256);
bool case_allegations_decided(const struct case_state *state);
// The number of this user's unit among those that have not answered; 0: it is none of them.
uint32_t case_co_handler_of(const struct case_state *state, const struct case_actor *actor);
bool case_answers_missing(const struct case_state *state); // of a co-handler
// Whether this one's answer is missing: while its unit leads, it owes none to itself.
bool case_owes_answer(const struct case_state *state, const struct case_co_handler *at);
// Whether a clock is one of an order's, co-handler's or improvement's, "supervision-3", and may
// run: that of an order or an improvement, which are their own entities, on a case that has ended
// too.
bool case_is_part_clock(const char *clock);
bool case_outlives(const char *clock);
bool case_is_improvement(const char *clock); // no rule has a say in it
bool case_part_waits(const struct case_state *state, const char *clock);
// Whose clock it is: the unit that owes what it waits for, the co-handler's, the improvement's
// owner, else the one that has the case. Borrowed.
const char *case_clock_unit(const struct case_state *state, const char *clock);
// Whether that is a part's own unit, whoever has the case.
bool case_is_owed_by_part(const char *clock);
// The units with a part in the case that the one that has it has not, separated by commas: whoever
// has a grant on one of them sees it. size: CASE_PART_UNITS_SIZE.
void case_part_units(const struct case_state *state, char *units, size_t size);
// When one that began then and waits no more ended; 0: the state does not know.
int64_t case_part_ended_at(const struct case_state *state, const char *clock, int64_t since_ms);
