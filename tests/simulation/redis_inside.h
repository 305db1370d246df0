// SPDX-License-Identifier: Apache-2.0
// What the files of the simulated Redis share.
#pragma once

#include "redis_server.h"

#define ARGUMENTS 512

struct text {
    const char *bytes;
    size_t size;
};

struct call {
    const struct text *arguments;
    size_t count;
};

// redis_reply.c: freed with freeReplyObject.
redisReply *redis_reply_number(int64_t number);
redisReply *redis_reply_text(int type, const char *bytes, size_t size);
redisReply *redis_reply_nothing(void);
redisReply *redis_reply_list(size_t count); // its elements are the caller's to set

// redis_server.c
redisReply *redis_server_call(const struct call *call);
int64_t redis_server_number(struct text text);

// redis_script.c: EVAL.
redisReply *redis_script_run(const struct call *call);
