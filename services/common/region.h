// SPDX-License-Identifier: Apache-2.0
// A region's files (deploy/region/<name>/), read by schema (libcyaml) and cross-checked: every code
// that one file names exists in another. Immutable after loading; safe to share between threads.
#pragma once

#include "common/calendar.h"
#include "common/error.h"
#include "common/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGION_LINE 9 // most levels of the tree of institutions

struct region_staff {
    char *subject; // the JWT's sub
    char *name;
    char *email;
    char **roles; // as role.h names them
    unsigned role_count;
    char **institutions; // codes, or "*"
    unsigned institution_count;
    char **units; // unit codes
    unsigned unit_count;
    char *language; // "zh-CN" or "en"
    char *hours;    // in which mails come, "08:00-20:00" (hours.h); NULL: at any time
};

struct region_department {
    char *code; // unique in the region, "gulou-hospital.nursing"
    char *name;
    char **ladder; // staff subjects, lowest rung first
    unsigned ladder_count;
};

struct region_institution {
    char *code; // tenant, [a-z0-9-], at most 32 bytes
    char *name;
    char *type;   // "hospital", "mental-health-centre", "help-line" ...
    char *parent; // code; empty for the bureau
    struct region_department *units;
    unsigned unit_count;
    char **ladder; // for cases that no unit has yet
    unsigned ladder_count;
};

struct region_subject {
    char *code;
    char *name;
};
struct region_category {
    char *code; // stable leaf code, "service-attitude"
    char *name;
    struct region_subject *subjects;
    unsigned subject_count;
    char **institution_types; // where it applies
    unsigned institution_type_count;
};

struct region_hook { // a web hook subscriber
    char *id;
    char *url;
    char **facts; // short fact names, "CaseRegistered", or "*"
    unsigned fact_count;
    char **institutions; // codes or "*"
    unsigned institution_count;
};

// What an institution promises in public: each version stays; its terms are clocks on the cases of
// the days on which it holds.
struct region_commitment {
    char *institution;    // code
    char *text;           // the promise as people read it
    char *published;      // date
    struct policy policy; // id, version, title, calendar, from, until, rules; also in policies
};

struct region_clock { // what people read instead of the code of a clock of its own
    char *code;
    char *chinese;
    char *english;
};

struct region_template { // one language of one message
    char *code;          // "case-registered"
    char *language;      // "zh-CN", "en"
    char *subject;
    char *body; // "{name}" placeholders from a fixed list; checked while loading
};

struct region_term_group {
    char **terms;
    unsigned term_count;
};                   // any of the terms
struct region_rule { // of the triage lexicon
    char *id;
    struct region_term_group *all; // each group must match within one sentence
    unsigned all_count;
    char *urgency;   // "P1".."P4" or empty
    char *crisis;    // "R0".."R4" or empty
    char *category;  // or empty
    char *subject;   // or empty
    uint32_t weight; // for choosing category; 1-100
    bool guarded;    // negation and third-person guards apply
};
struct region_lexicon {
    char *id;
    uint32_t version;
    struct region_rule *rules;
    unsigned rule_count;
    char **negations; // 没有 不会 …
    unsigned negation_count;
    char **third_persons; // 朋友 同事 新闻 …
    unsigned third_person_count;
};

struct region {
    char *id;
    uint32_t version;
    char *name;
    char *zone;        // "Asia/Shanghai"
    char **situations; // that its packs may name beside those that all know
    size_t situation_count;
    struct region_clock *clocks; // none where it has no clocks of its own
    size_t clock_count;
    int32_t zone_offset_s; // of that zone; the region has no daylight saving time
    const struct calendar *calendar;
    struct region_institution *institutions;
    size_t institution_count;
    struct region_category *categories;
    size_t category_count;
    char *category_version;
    const struct policy **policies; // in force here, sorted by id and version
    size_t policy_count;
    struct region_staff *staff;
    size_t staff_count;
    struct region_hook *hooks;
    size_t hook_count;
    struct region_template *templates;
    size_t template_count;
    struct region_lexicon *lexicon;
    struct region_commitment *commitments; // none where the file is absent
    size_t commitment_count;
    void *internal; // what the loader owns
};

// Reads and checks every file. An error names file, line and key. Free with region_free.
MUST_CHECK enum rc region_load(struct region **region, const char *directory, struct error *error);
void region_free(struct region *region);

// Lookups; NULL when absent.
const struct region_institution *region_institution(const struct region *region, const char *code);
const struct region_department *region_department(const struct region *region, const char *unit,
                                                  const struct region_institution **institution);
// Whether any institution has this type.
bool region_has_type(const struct region *region, const char *type);
// What people read instead of a clock's code, in this language; the code itself where neither all
// regions nor this one have a title for it.
const char *region_clock_title(const struct region *region, const char *clock,
                               const char *language);
// Whether the region declares this situation as its own.
bool region_has_situation(const struct region *region, const char *situation);
const struct region_category *region_category(const struct region *region, const char *code);
const struct region_staff *region_staff(const struct region *region, const char *subject);
// Fills the codes of the institution and of those above it, up to the bureau; how many. Codes are
// the region's. 0 for an unknown institution.
size_t region_line(const struct region *region, const char *institution,
                   const char *codes[REGION_LINE]);
// Fills what packs ask of a case from its institution; false where it is unknown. Every institution
// has a first_response and a resolution, whatever the severity (checked while loading).
bool region_case(const struct region *region, const char *institution, struct policy_case *about);
// The pack whose ladder a case's alarms climb: that of its first response at that moment.
const struct policy *region_alarm_policy(const struct region *region, const char *institution,
                                         int64_t at_ms);
// Failed follow-ups after which a case of the institution may be closed, by that pack.
uint32_t region_follow_up_attempts(const struct region *region, const char *institution,
                                   int64_t at_ms);
// Whether that pack wants reveals approved by another supervisor.
bool region_reveal_approval(const struct region *region, const char *institution, int64_t at_ms);
// Years after its closure for which that pack keeps what is sealed of a case.
uint32_t region_retention_years(const struct region *region, const char *institution,
                                int64_t at_ms);
const struct region_template *region_template(const struct region *region, const char *code,
                                              const char *language);
// Who of a unit handles cases of an institution, one after the other: place begins at 0. NULL:
// nobody else.
const char *region_next_handler(const struct region *region, const char *institution,
                                const char *unit, size_t *place);
// The first unit of the bureau itself; "" where it has none.
const char *region_bureau_unit(const struct region *region);
// Who is told of an alarm: the rung (0 lowest, above the top gives the top) of the unit's ladder,
// else the institution's, else its parents'. Never NULL for a known institution.
const struct region_staff *region_ladder(const struct region *region, const char *institution,
                                         const char *unit, uint32_t rung);
// Whether cases of the institution are in this person's scope.
bool region_staff_sees(const struct region_staff *person, const char *institution);
// Whether the person has this role and the institution in scope.
bool region_staff_acts(const struct region_staff *person, const char *role,
                       const char *institution);
// Whom a search passes over.
struct region_but {
    const char *subject; // who asks
    char *const *others; // who may not know
    size_t other_count;
};
// The supervisor on the ladder of the bureau above an institution, but for these subjects; where
// the ladder has no other one, the first who supervises the institution; else the ladder's top.
// NULL for an unknown institution.
const struct region_staff *region_bureau_supervisor(const struct region *region,
                                                    const char *institution,
                                                    const struct region_but *but);
