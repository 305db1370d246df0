// SPDX-License-Identifier: Apache-2.0
// The simulated Redis: texts, hashes and sorted sets, and the product's own Lua scripts run by
// Lua 5.1, as in Redis.
#pragma once

#include <hiredis/hiredis.h>
#include <stddef.h>
#include <stdint.h>

void redis_server_reset(void);
void redis_server_flush(void);
// One command; the reply is freed with freeReplyObject.
redisReply *redis_server_run(size_t count, const char *const *arguments, const size_t *sizes);
