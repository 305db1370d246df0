// SPDX-License-Identifier: Apache-2.0
// Ways to say the same in Chinese, folded into one symbol, so that texts compare by what they say.
// Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Bytes of the longest phrase with which the text begins, and its symbol (0: it says nothing); 0
// where it begins with none.
size_t phrasing_match(const char *text, size_t size, uint32_t *symbol);
