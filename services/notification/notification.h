// SPDX-License-Identifier: Apache-2.0
// Who is told what about a fact, when, and in which words: pure rules over tables.
#pragma once

#include "common/region.h"

#include "redress/v1/facts.pb-c.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define NOTIFICATION_PLANS 16
#define NOTIFICATION_CALENDAR "CalendarMissing" // no fact: no case has it

// One notice to make: one recipient on one channel for one occurrence.
struct plan {
    char channel[16];          // "email" or "webhook"
    char recipient[81];        // "complainant", "staff:<subject>", "hook:<id>"
    const char *template_code; // constant; "" for a web hook
    bool urgent;               // ignores quiet hours, goes first
};

// What a fact says, as far as notices need it. Texts are borrowed.
struct occasion {
    const char *fact; // "CaseRegistered"
    const char *tenant;
    const char *unit;
    uint32_t level;             // of an escalation
    const char *actor;          // who caused it; nobody is asked to judge an own request
    char *const *withheld_from; // subjects who may not know
    size_t withheld_count;
    char *const *decided_by; // subjects who may not judge it
    size_t decided_count;
    const char *reviewers_of; // lowest institution whose reviewers may judge it; NULL or "": any
    const char *issuer; // subject who ordered what was done; NULL or none of the staff's: a rule
};

// Notices for this occasion; how many. contactable: the complainant left a contact.
size_t notification_plan(const struct region *region, const struct occasion *occasion,
                         bool contactable, struct plan plans[NOTIFICATION_PLANS]);

// When a notice may go out: now, or the end of the quiet hours (local hours; equal: none).
int64_t notification_not_before(int64_t now_ms, int32_t zone_offset_s, bool urgent,
                                int64_t begin_hour, int64_t end_hour);
// When its recipient may get it: now, or when the hours that they named begin ("": at any time).
int64_t notification_wanted_at(int64_t now_ms, int32_t zone_offset_s, bool urgent,
                               const char *hours);
// Before when whoever gets this notice must know: the end of the limit that it is about, due_at_ms;
// 0: no fact of this kind is about one.
int64_t notification_latest(const char *fact, int64_t due_at_ms);
// What is put off to a moment, but would come too late then, goes out now. latest_ms: 0: never
// late.
int64_t notification_in_time(int64_t now_ms, int64_t at_ms, int64_t latest_ms);

// Wait before the next attempt after so many failed ones: 1 s doubling to 5 min, with jitter in
// [0, 1) given by the caller.
int64_t notification_back_off_ms(uint32_t attempts, double jitter);

// Replaces "{name}" by the object's text of that name, or by nothing. The caller frees it. NULL
// when out of memory.
char *notification_render(const char *text, const json_t *values);

// How somebody is addressed; who gave no name, or a blank one, by what they are: the templates
// greet with "您好".
const char *notification_name(const char *name, const char *language);
