// SPDX-License-Identifier: Apache-2.0
// Makes the n-th allocation of our own modules fail, and counts what they leave behind. The linker
// puts these in the place of malloc and its kin (redress_allocation_test), and what protobuf-c
// allocates for a message, jansson for JSON and hiredis for a command and its answer fails too;
// what another library allocates for itself goes on as ever, because several end the process where
// they get no memory, hiredis while it connects as well.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

// From now on the nth allocation fails, once; 0: none does. Counted over all threads.
void allocation_fail(size_t nth);
// While spared, none fails and none is counted: what another test lets fail.
void allocation_spare(bool spared);
// Whether it came to that.
bool allocation_failed(void);
// Blocks that our modules allocated and nobody has freed.
size_t allocation_live(void);

// Does something, frees all of it, and says how it went.
typedef enum rc (*allocation_attempt)(struct error *error);

// Attempts it with the first, the second, … allocation failing, until one attempt meets no failure.
// That one must be RC_OK, each before it RC_INTERNAL or RC_UNAVAILABLE with a text, and none may
// leave a block behind. Returns how many allocations there were. Uses cmocka's assertions.
size_t allocation_try_each(allocation_attempt attempt);
// The same with the first and every step-th after it, where there are thousands alike; returns how
// many there were at least.
size_t allocation_try_some(allocation_attempt attempt, size_t step);
// For an attempt of what may go on without some of its memory: what is RC_OK though an allocation
// failed becomes RC_UNAVAILABLE. The attempt has checked that nothing of the result is missing.
enum rc allocation_spared(enum rc rc, struct error *error);
