// SPDX-License-Identifier: Apache-2.0
// Replies, as hiredis would have made them.
#include "redis_inside.h"

#include <stdlib.h>
#include <string.h>

static redisReply *reply_new(int type) {
    redisReply *reply = calloc(1, sizeof *reply);
    if (reply == NULL) {
        abort();
    }
    reply->type = type;
    return reply;
}

redisReply *redis_reply_number(int64_t number) {
    redisReply *reply = reply_new(REDIS_REPLY_INTEGER);
    reply->integer = number;
    return reply;
}

redisReply *redis_reply_text(int type, const char *bytes, size_t size) {
    redisReply *reply = reply_new(type);
    reply->str = malloc(size + 1);
    if (reply->str == NULL) {
        abort();
    }
    memcpy(reply->str, bytes, size);
    reply->str[size] = '\0';
    reply->len = size;
    return reply;
}

redisReply *redis_reply_nothing(void) { return reply_new(REDIS_REPLY_NIL); }

redisReply *redis_reply_list(size_t count) {
    redisReply *reply = reply_new(REDIS_REPLY_ARRAY);
    reply->elements = count;
    reply->element = calloc(count + 1, sizeof(redisReply *));
    return reply;
}
