// SPDX-License-Identifier: Apache-2.0
// What the files of the simulated machine share.
#pragma once

#include "sim.h"

void sim_trace_begin(void);           // sim_trace.c
void sim_random_begin(uint64_t seed); // sim_random.c
// sim.c: ends the program, because the simulation itself can't go on.
void sim_give_up(const char *what);
