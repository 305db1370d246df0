// SPDX-License-Identifier: Apache-2.0
// Peers that answer with an input (link with FAKE_NET_WRAP): each connection that hiredis or
// libcurl opens reads the next block of it, as fuzz_block cuts it, and then the end.
#pragma once

#include "fuzz.h"

void fake_net_begin(const uint8_t *data, size_t size);
// Closes what is still open.
void fake_net_end(void);
