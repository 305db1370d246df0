// SPDX-License-Identifier: Apache-2.0
// What goes wrong, drawn from the seed. Each schedule has a few kinds and a few strokes.
#pragma once

#include "sim.h"

enum sim_fault {
    FAULT_CRASH,     // of the process that was about to do I/O
    FAULT_CRASH_ANY, // of another one
    FAULT_FREEZE,    // SIGSTOP, often past the session time-out, then SIGCONT
    FAULT_PG_CUT,    // the connection ends before or after the server took the statement
    FAULT_PG_DOWN,
    FAULT_REDIS_FLUSH,
    FAULT_REDIS_DOWN,
    FAULT_KAFKA_DOWN,
    FAULT_REBALANCE,
    FAULT_CLOCK,       // a wall clock steps
    FAULT_LEDGER_AWAY, // its HTTP door
    FAULT_SMTP,
    FAULT_COUNT
};

// Draws the schedule's limits.
void faults_draw(struct sim_limits *limits);
int64_t faults_draw_skew(void); // of a wall clock
// One stroke, at an I/O call of this process.
void faults_strike(struct process *process, const char *what);
// Whether the next use of a kind that is armed by a stroke fails: taken once.
bool faults_take(enum sim_fault kind);
bool faults_is_down(enum sim_fault kind);
void faults_reset(void);
