// SPDX-License-Identifier: Apache-2.0
// Entries of any kind in the order of a time that each has. Pure.
#pragma once

#include <stddef.h>

#define TIME_ORDER_SIZE 128 // of an entry, at most

// Sorts by the int64_t at an offset in each entry; of the same time, the order stays. For lists of
// a few entries, as the changes of one clock are.
void time_order(void *list, size_t count, size_t size, size_t offset);
