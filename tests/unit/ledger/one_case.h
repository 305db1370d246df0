// SPDX-License-Identifier: Apache-2.0
// One case that tests drive: decided and folded as the ledger does, by people who may do anything,
// with harmless defaults for whatever a test does not name.
#pragma once

#include "case.h"
#include "permission.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define UNIT "bureau.complaints"

extern const char *const units[2];
extern struct case_state state;
extern struct case_decision decision; // the last one
extern int64_t now;
extern bool of_region;        // whether people act for the whole region
extern const char *tenants;   // institutions in their scope; NULL: any
extern const char *unstaffed; // who is told where nobody could act after the next input; NULL

// Registers the case anew; for cmocka's set-up.
int begin(void **unused);

// The code of the refusal, or "".
const char *give(enum input_kind kind, const char *subject, struct case_command command);
const char *simply(enum input_kind kind); // by "lin"
// A command that the policy has a say in, for the resolution; what rests alone is the mediation.
const char *plan(enum input_kind kind, const char *subject, bool granted);

void feedback(bool solved, uint32_t overall);
// The complainant writes, offers evidence, takes the case back or wants it reopened.
void contact(enum input_kind kind);
void note_repeat(uint32_t earlier);
void arm(const char *name);
void arm_since(const char *name, int64_t started_at_ms);
void arm_again(const char *reason); // the resolution, if it is armed
void breach(const char *name);
void end_clock(const char *name); // no rule lets its run go on
void follow_up(bool reached, bool solved);
// Answers and lifts every order, as a closure asks for.
void settle(void);

// Gives commands that must be taken, one after the other.
void go(const enum input_kind *way, size_t count);
#define GO(...)                                                                                    \
    go((const enum input_kind[]){__VA_ARGS__},                                                     \
       sizeof((const enum input_kind[]){__VA_ARGS__}) / sizeof(enum input_kind))
#define TO_REPLIED INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY
