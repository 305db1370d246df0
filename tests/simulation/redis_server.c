// SPDX-License-Identifier: Apache-2.0
// Keys and the commands that the product uses.
#include "redis_inside.h"

#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A field of a hash, a member of a sorted set (kept in order), or the one value of a text.
struct entry {
    struct entry *next;
    struct text name;
    struct text value;
    double score;
};

struct key {
    struct key *next;
    struct text name;
    struct entry *entries;
    int64_t expires_ms; // 0: never
};

static struct key *keys;

void redis_server_reset(void) { keys = NULL; }

void redis_server_flush(void) { keys = NULL; }

static struct text keep(struct text text) {
    char *bytes = sim_alloc(text.size + 1);
    memcpy(bytes, text.bytes, text.size);
    return (struct text){bytes, text.size};
}

static bool same(struct text left, struct text right) {
    return left.size == right.size && memcmp(left.bytes, right.bytes, left.size) == 0;
}

static bool is(struct text text, const char *word) {
    return strlen(word) == text.size && strncasecmp(text.bytes, word, text.size) == 0;
}

static struct key **find(struct text name) {
    struct key **at = &keys;
    while (*at != NULL) {
        if ((*at)->expires_ms != 0 && (*at)->expires_ms <= sim.now_ms) {
            *at = (*at)->next;
        } else if (same((*at)->name, name)) {
            break;
        } else {
            at = &(*at)->next;
        }
    }
    return at;
}

static struct key *make(struct text name) {
    struct key **at = find(name);
    if (*at == NULL) {
        *at = sim_alloc(sizeof **at);
        (*at)->name = keep(name);
    }
    return *at;
}

static bool drop(struct text name) {
    struct key **at = find(name);
    if (*at == NULL) {
        return false;
    }
    *at = (*at)->next;
    return true;
}

static struct entry **find_entry(struct key *key, struct text name) {
    struct entry **at = &key->entries;
    while (*at != NULL && !same((*at)->name, name)) {
        at = &(*at)->next;
    }
    return at;
}

static bool drop_entry(struct text key_name, struct text name) {
    struct key *key = *find(key_name);
    struct entry **at = key == NULL ? NULL : find_entry(key, name);
    if (at == NULL || *at == NULL) {
        return false;
    }
    *at = (*at)->next;
    if (key->entries == NULL) {
        drop(key_name);
    }
    return true;
}

static redisReply *reply_entry(const struct entry *entry) {
    return entry == NULL
               ? redis_reply_nothing()
               : redis_reply_text(REDIS_REPLY_STRING, entry->value.bytes, entry->value.size);
}

static redisReply *reply_ok(void) { return redis_reply_text(REDIS_REPLY_STATUS, "OK", 2); }

// Commands

static redisReply *run_exists(const struct call *call) {
    int64_t count = 0;
    for (size_t i = 1; i < call->count; i++) {
        count += *find(call->arguments[i]) != NULL;
    }
    return redis_reply_number(count);
}

static redisReply *run_del(const struct call *call) {
    int64_t count = 0;
    for (size_t i = 1; i < call->count; i++) {
        count += drop(call->arguments[i]);
    }
    return redis_reply_number(count);
}

static redisReply *run_time(const struct call *call) {
    char seconds[24];
    char micro[24];
    (void)call;
    int64_t ms = SIM_WALL_BASE_MS + sim.now_ms;
    redisReply *reply = redis_reply_list(2);
    int length = snprintf(seconds, sizeof seconds, "%lld", (long long)(ms / 1000));
    reply->element[0] = redis_reply_text(REDIS_REPLY_STRING, seconds, (size_t)length);
    length = snprintf(micro, sizeof micro, "%lld", (long long)(ms % 1000 * 1000));
    reply->element[1] = redis_reply_text(REDIS_REPLY_STRING, micro, (size_t)length);
    return reply;
}

static redisReply *run_get(const struct call *call) {
    struct key *key = *find(call->arguments[1]);
    return reply_entry(key == NULL ? NULL : key->entries);
}

int64_t redis_server_number(struct text text) { return strtoll(text.bytes, NULL, 10); }

static redisReply *run_set(const struct call *call) {
    bool absent = false;
    int64_t life_s = 0;
    for (size_t i = 3; i < call->count; i++) {
        absent = absent || is(call->arguments[i], "NX");
        life_s =
            is(call->arguments[i], "EX") ? redis_server_number(call->arguments[i + 1]) : life_s;
    }
    if (absent && *find(call->arguments[1]) != NULL) {
        return redis_reply_nothing();
    }
    struct key *key = make(call->arguments[1]);
    key->entries = sim_alloc(sizeof *key->entries);
    key->entries->value = keep(call->arguments[2]);
    key->expires_ms = life_s == 0 ? 0 : sim.now_ms + life_s * 1000;
    return reply_ok();
}

static redisReply *run_incr(const struct call *call) {
    char digits[24];
    struct key *key = make(call->arguments[1]);
    if (key->entries == NULL) {
        key->entries = sim_alloc(sizeof *key->entries);
        key->entries->value = (struct text){"0", 1};
    }
    int64_t count = redis_server_number(key->entries->value) + 1;
    int size = snprintf(digits, sizeof digits, "%lld", (long long)count);
    key->entries->value = keep((struct text){digits, (size_t)size});
    return redis_reply_number(count);
}

static redisReply *run_expire(const struct call *call) {
    struct key *key = *find(call->arguments[1]);
    if (key != NULL) {
        key->expires_ms = sim.now_ms + redis_server_number(call->arguments[2]) * 1000;
    }
    return redis_reply_number(key != NULL);
}

static redisReply *run_hset(const struct call *call) {
    int64_t added = 0;
    struct key *key = make(call->arguments[1]);
    for (size_t i = 2; i + 1 < call->count; i += 2) {
        struct entry **at = find_entry(key, call->arguments[i]);
        if (*at == NULL) {
            *at = sim_alloc(sizeof **at);
            (*at)->name = keep(call->arguments[i]);
            added++;
        }
        (*at)->value = keep(call->arguments[i + 1]);
    }
    return redis_reply_number(added);
}

static redisReply *run_hmget(const struct call *call) {
    struct key *key = *find(call->arguments[1]);
    redisReply *reply = redis_reply_list(call->count - 2);
    for (size_t i = 2; i < call->count; i++) {
        reply->element[i - 2] =
            reply_entry(key == NULL ? NULL : *find_entry(key, call->arguments[i]));
    }
    return reply;
}

static redisReply *run_hget(const struct call *call) {
    struct key *key = *find(call->arguments[1]);
    return reply_entry(key == NULL ? NULL : *find_entry(key, call->arguments[2]));
}

// For two replies of each entry; elements tells how many there are so far.
static redisReply *make_list(const struct key *key) {
    size_t room = 0;
    for (const struct entry *entry = key == NULL ? NULL : key->entries; entry != NULL;
         entry = entry->next) {
        room += 2;
    }
    redisReply *reply = redis_reply_list(room);
    reply->elements = 0;
    return reply;
}

static redisReply *run_hgetall(const struct call *call) {
    struct key *key = *find(call->arguments[1]);
    redisReply *reply = make_list(key);
    for (struct entry *entry = key == NULL ? NULL : key->entries; entry != NULL;
         entry = entry->next) {
        reply->element[reply->elements++] =
            redis_reply_text(REDIS_REPLY_STRING, entry->name.bytes, entry->name.size);
        reply->element[reply->elements++] = reply_entry(entry);
    }
    return reply;
}

static redisReply *run_drop_entries(const struct call *call) {
    int64_t count = 0;
    for (size_t i = 2; i < call->count; i++) {
        count += drop_entry(call->arguments[1], call->arguments[i]);
    }
    return redis_reply_number(count);
}

static bool comes_before(const struct entry *left, const struct entry *right) {
    if (left->score < right->score || left->score > right->score) {
        return left->score < right->score;
    }
    size_t size = left->name.size < right->name.size ? left->name.size : right->name.size;
    int order = memcmp(left->name.bytes, right->name.bytes, size);
    return order != 0 ? order < 0 : left->name.size < right->name.size;
}

static redisReply *run_zadd(const struct call *call) {
    int64_t added = 0;
    for (size_t i = 2; i + 1 < call->count; i += 2) {
        added += !drop_entry(call->arguments[1], call->arguments[i + 1]);
        struct key *key = make(call->arguments[1]);
        struct entry *entry = sim_alloc(sizeof *entry);
        entry->name = keep(call->arguments[i + 1]);
        entry->score = strtod(call->arguments[i].bytes, NULL);
        struct entry **at = &key->entries;
        while (*at != NULL && comes_before(*at, entry)) {
            at = &(*at)->next;
        }
        entry->next = *at;
        *at = entry;
    }
    return redis_reply_number(added);
}

static redisReply *run_zcard(const struct call *call) {
    struct key *key = *find(call->arguments[1]);
    int64_t count = 0;
    for (struct entry *entry = key == NULL ? NULL : key->entries; entry != NULL;
         entry = entry->next) {
        count++;
    }
    return redis_reply_number(count);
}

static redisReply *run_range(const struct call *call) {
    bool scores = false;
    int64_t most = INT64_MAX;
    for (size_t i = 4; i < call->count; i++) {
        scores = scores || is(call->arguments[i], "WITHSCORES");
        most = is(call->arguments[i], "LIMIT") ? redis_server_number(call->arguments[i + 2]) : most;
    }
    struct key *key = *find(call->arguments[1]);
    double least = is(call->arguments[2], "-inf") ? -1e300 : strtod(call->arguments[2].bytes, NULL);
    double highest =
        is(call->arguments[3], "+inf") ? 1e300 : strtod(call->arguments[3].bytes, NULL);
    redisReply *reply = make_list(key);
    for (struct entry *entry = key == NULL ? NULL : key->entries; entry != NULL;
         entry = entry->next) {
        if (entry->score < least || entry->score > highest || most-- <= 0) {
            continue;
        }
        reply->element[reply->elements++] =
            redis_reply_text(REDIS_REPLY_STRING, entry->name.bytes, entry->name.size);
        if (scores) {
            char digits[40];
            int size = snprintf(digits, sizeof digits, "%.17g", entry->score);
            reply->element[reply->elements++] =
                redis_reply_text(REDIS_REPLY_STRING, digits, (size_t)size);
        }
    }
    return reply;
}

static const struct {
    const char *name;
    redisReply *(*run)(const struct call *call);
    size_t least;
} commands[] = {{"EXISTS", run_exists, 2},     {"DEL", run_del, 2},
                {"TIME", run_time, 1},         {"GET", run_get, 2},
                {"SET", run_set, 3},           {"INCR", run_incr, 2},
                {"EXPIRE", run_expire, 3},     {"HSET", run_hset, 4},
                {"HMGET", run_hmget, 3},       {"HGET", run_hget, 3},
                {"HGETALL", run_hgetall, 2},   {"HDEL", run_drop_entries, 3},
                {"ZREM", run_drop_entries, 3}, {"ZADD", run_zadd, 4},
                {"ZCARD", run_zcard, 2},       {"ZRANGEBYSCORE", run_range, 4},
                {"EVAL", redis_script_run, 3}};

redisReply *redis_server_call(const struct call *call) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (is(call->arguments[0], commands[i].name) && call->count >= commands[i].least) {
            return commands[i].run(call);
        }
    }
    fprintf(stderr, "the simulation's Redis does not know %.*s\n", (int)call->arguments[0].size,
            call->arguments[0].bytes);
    abort();
}

redisReply *redis_server_run(size_t count, const char *const *arguments, const size_t *sizes) {
    struct text texts[ARGUMENTS];
    if (count > ARGUMENTS) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        texts[i] = (struct text){arguments[i], sizes[i]};
    }
    return redis_server_call(&(struct call){texts, count});
}
