// SPDX-License-Identifier: Apache-2.0
// Policy packs: which limit runs on which case, who set it, what may pause, extend or restart it,
// who is told (deploy/policies/README.md). Immutable once loaded. Choosing is pure.
#pragma once

#include "common/calendar.h"
#include "common/limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_LABEL_SIZE 65
#define POLICY_FILE_SIZE (POLICY_LABEL_SIZE + 5) // "cn-medical@1.yaml"
#define POLICY_PATH_SIZE 1024
#define POLICY_SEVERITIES 5 // 0: not assessed, 1-4: P1-P4
// Names of clocks in all packs of a region: at most so many start at one fact. A region with more
// is refused (region_check), so that none is dropped when it starts (sla-timer).
#define POLICY_CLOCKS_MOST 64

enum policy_layer { POLICY_NATIONAL, POLICY_REGION, POLICY_INSTITUTION };
enum policy_source_kind { POLICY_LAW, POLICY_STANDARD, POLICY_PLAN, POLICY_OURS };

// Roles, as bits.
enum policy_role {
    POLICY_OPERATOR = 1,
    POLICY_HANDLER = 2,
    POLICY_SUPERVISOR = 4,
    POLICY_REVIEWER = 8,
    POLICY_COUNSELLOR = 16,
    POLICY_ADMINISTRATOR = 32,
    POLICY_COMPLAINANT = 64,
};

struct policy_source {
    enum policy_source_kind kind;
    char *text; // "医疗机构投诉管理办法 第二十四条"
};

// What a case must be for a rule to hold; what is absent does not matter.
struct policy_when {
    char **situations; // "several-departments", "petition"; any of them
    unsigned situation_count;
    char **categories;
    unsigned category_count;
    uint32_t channels;   // bit n: channel n of the contract
    uint32_t severities; // bit n: Pn; bit 0: not assessed
};

struct policy_pause {
    char *ground;     // "appraisal"
    struct limit cap; // of all pauses on this ground together
};

struct policy_extension {
    uint32_t count;             // how often at most
    struct limit *limit;        // each at most so long; NULL: unbounded
    bool unbounded;             // as agreed or determined; then there is no limit
    struct limit *reason_above; // longer ones need their reason told; NULL: all do
    uint32_t approved_by;       // roles, any of them
    uint32_t tell;              // roles
};

struct policy_rule {
    char *id;    // unique in its file
    char *clock; // "first_response", "resolution"
    struct policy_source source;
    bool statutory;           // a law's limit: no layer above may outlast it
    bool longer_law_prevails; // a longer statutory limit of its layer or below goes before this one
    struct policy_when when;
    char *starts_on; // fact; NULL: see after
    char *after;     // clock whose stop starts this one; NULL: see starts_on
    char *stops_on;  // fact
    bool lapses;     // a right that ends unused, not a duty: its end alarms nobody
    struct limit limit;
    uint32_t *warn_percents; // NULL: 75, 50 where the limit is at most 2 h
    unsigned warn_count;
    struct policy_pause *pauses;
    unsigned pause_count;
    struct policy_extension *extension; // NULL: none
    char **restarts;                    // grounds on which it begins again
    unsigned restart_count;
};

struct policy_level {
    struct limit after; // the level before; 0 for the first
    uint32_t tell;      // roles: whoever stands on this rung of the unit's ladder has one of them
};

struct policy_ladder {
    struct policy_level *levels;
    unsigned level_count;
    uint32_t most; // levels climbed at most while nobody acknowledges; the last one repeats
};

// What a closure needs where the complainant can't be asked (DOMAIN: closing needs a follow-up
// contact or documented failed attempts; three is ours).
#define POLICY_FOLLOW_UP_ATTEMPTS 3
struct policy_closure {
    uint32_t follow_up_attempts;
};

// Whether another supervisor approves before anybody sees who the complainant is.
struct policy_identity {
    bool approval;
};

// How long after its closure a case keeps what is sealed. DOMAIN: at least three years [std].
#define POLICY_RETENTION_YEARS 3
struct policy_retention {
    uint32_t years;
};

struct policy {
    char *id;
    uint32_t version;
    char *title;
    enum policy_layer layer;
    char *calendar_name;   // "cn-state-council"
    char *effective_from;  // date on which a clock starts; inclusive
    char *effective_until; // inclusive; NULL: open
    char **institution_types;
    unsigned institution_type_count; // 0: all
    char **institutions;             // of the institution layer
    unsigned institution_count;
    struct policy_rule *rules;
    unsigned rule_count;
    struct policy_ladder ladder;
    struct policy_closure *closure;     // NULL: POLICY_FOLLOW_UP_ATTEMPTS
    struct policy_identity *identity;   // NULL: no approval
    struct policy_retention *retention; // NULL: POLICY_RETENTION_YEARS
    // Filled while loading.
    char label[POLICY_LABEL_SIZE];    // "cn-medical@1"
    char directory[POLICY_PATH_SIZE]; // of the file in which it stands, for messages
    char file[POLICY_FILE_SIZE];
    const struct calendar *calendar;
    civil_day from, until;
};

// What rules ask of a case. Borrowed texts; NULL or 0 where not known.
struct policy_case {
    const char *institution;
    const char *institution_type;
    const char *category;
    unsigned severity; // 0: not assessed, 1-4
    unsigned channel;  // 0: not known, 1-8
    const char *const *situations;
    size_t situation_count;
};

// The rule that holds, and the statutory rule that bounds it: of a layer below, or of its own where
// it gives way to a law.
struct policy_choice {
    const struct policy *policy;
    const struct policy_rule *rule;
    const struct policy *law_policy; // NULL: none
    const struct policy_rule *law;
};

// The rule of a clock for a case that starts it then: of the highest layer; there, of the most
// particular (P1 and crises from R3 before situation before category before channel before other
// severities); of each pack only the
// newest version in force. False where none holds. The packs are sorted by id and version.
bool policy_choose(const struct policy *const *policies, size_t count,
                   const struct policy_case *about, const char *clock, int64_t start_ms,
                   struct policy_choice *choice);
// Whether a pack holds at all for a case, on the day of a moment.
bool policy_holds(const struct policy *policy, const struct policy_case *about, int64_t at_ms);
// Whether a rule holds for a case, whatever goes before it.
bool policy_rule_holds(const struct policy_rule *rule, const struct policy_case *about);
// Whether a clock by this rule begins again on a ground; NULL is none.
bool policy_restarts_on(const struct policy_rule *rule, const char *ground);
// The pause that a rule allows on a ground; NULL where none.
const struct policy_pause *policy_pause_on(const struct policy_rule *rule, const char *ground);
#define POLICY_CRISES 6
// What packs call a level of crisis, as a situation; a case is in exactly one of these. "RX" is not
// known, and what is beyond.
const char *policy_crisis(uint32_t level);
// How particular a rule is for cases of a severity that it holds for; more goes first. A rule that
// selects P1, or crises from R3 alone, goes before any that does not: a petition does not wait
// where a life is at stake.
unsigned policy_weight(const struct policy_rule *rule, unsigned severity);
