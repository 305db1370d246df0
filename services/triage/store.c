// SPDX-License-Identifier: Apache-2.0
// A hash a case, and sorted sets (by time received) of the cases that share a contact, a band, or
// institution and category. One hash tag keeps them together. Sets keep the newest BUCKET_MOST.
#include "store.h"

#include "common/clock.h"
#include "common/ident.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "redress:{similar}:"
#define SENTINEL PREFIX "whole"
#define FORMAT "1" // of what is kept; another one is rebuilt
#define BUCKET_MOST "64"
#define DAY_MS 86400000LL
#define BUCKETS (SIMILAR_HASHES + SIMILARITY_BANDS + 1)
#define KEY_SIZE 192
#define FIELDS 7 // of a case in an answer

// KEYS: the case, then the sets. ARGV: id, received, the days in ms.
static const char put_script[] =
    "redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', ARGV[2] + ARGV[3])) "
    "for i = 2, #KEYS do "
    "  local k = KEYS[i] "
    "  redis.call('ZADD', k, ARGV[2], ARGV[1]) "
    "  redis.call('ZREMRANGEBYRANK', k, 0, -" BUCKET_MOST " - 1) "
    "  local top = redis.call('ZREVRANGE', k, 0, 0, 'WITHSCORES') "
    "  redis.call('PEXPIREAT', k, string.format('%.0f', top[2] + ARGV[3])) end "
    "return 1";

// KEYS: the case. ARGV: id, field, value, how long a set lasts. A category moves the case from one
// set to another, which is the last of its list.
static const char set_script[] =
    "local v = redis.call('HMGET', KEYS[1], 't', 'r', 'b', 'c') "
    "if not v[1] then return 0 end "
    "redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) "
    "if ARGV[2] == 'c' and v[4] ~= ARGV[3] then "
    "  local old = '" PREFIX "place:' .. v[1] .. ':' .. v[4] "
    "  local new = '" PREFIX "place:' .. v[1] .. ':' .. ARGV[3] "
    "  redis.call('ZREM', old, ARGV[1]) "
    "  redis.call('ZADD', new, v[2], ARGV[1]) "
    "  redis.call('ZREMRANGEBYRANK', new, 0, -" BUCKET_MOST " - 1) "
    "  redis.call('PEXPIREAT', new, string.format('%.0f', v[2] + ARGV[4])) end "
    "return 1";

// ARGV: id, the days in ms. A case's hashes are 64 hex digits each, one after the other.
static const char repeats_script[] =
    "local function of(id) "
    "  local v = redis.call('HMGET', '" PREFIX "case:' .. id, 't', 'r', 'h') "
    "  return v[1], tonumber(v[2] or 0), v[3] or '' end "
    "local function others(id, tenant, hashes, from, to) "
    "  local seen, list = {}, {} "
    "  for i = 1, #hashes, 64 do "
    "    local k = '" PREFIX "contact:' .. string.sub(hashes, i, i + 63) "
    "    for _, o in ipairs(redis.call('ZRANGEBYSCORE', k, from, to)) do "
    "      if o ~= id and not seen[o] then "
    "        seen[o] = true "
    "        if of(o) == tenant then list[#list + 1] = o end end end end "
    "  return list end "
    "local tenant, received, hashes = of(ARGV[1]) "
    "if not tenant then return {} end "
    "local ask = others(ARGV[1], tenant, hashes, received, received + ARGV[2]) "
    "ask[#ask + 1] = ARGV[1] "
    "local out = {} "
    "for _, id in ipairs(ask) do "
    "  local t, r, h = of(id) "
    "  local n = 0 "
    "  for _, o in ipairs(others(id, t, h, r - ARGV[2], r)) do "
    "    local _, at = of(o) "
    "    if at < r or (at == r and o < id) then n = n + 1 end end "
    "  if n > 0 then out[#out + 1] = id out[#out + 1] = n end end "
    "return out";

// KEYS: sentinel, the case. ARGV: id, format, how many at most, codes of institutions between
// commas. The case comes first; sets of contacts stand before those of bands.
static const char candidates_script[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[2] then return {0} end "
    "local function add(out, id, k) "
    "  local v = redis.call('HMGET', k, 't', 'c', 'u', 'r', 'h', 'k') "
    "  if not v[1] then return false end "
    "  out[#out + 1] = id "
    "  for i = 1, 6 do out[#out + 1] = v[i] or '' end "
    "  return true end "
    "local out = {1} "
    "if not add(out, ARGV[1], KEYS[2]) then return out end "
    "local left = tonumber(ARGV[3]) "
    "local seen = {[ARGV[1]] = true} "
    "local sets = redis.call('HGET', KEYS[2], 'b') or '' "
    "sets = sets .. ' place:' .. out[3] .. ':' .. out[4] "
    "for name in string.gmatch(sets, '[^ ]+') do "
    "  for _, id in ipairs(redis.call('ZREVRANGE', '" PREFIX "' .. name, 0, -1)) do "
    "    if left > 0 and not seen[id] then "
    "      seen[id] = true "
    "      local k = '" PREFIX "case:' .. id "
    "      local t = redis.call('HGET', k, 't') "
    "      if t and string.find(ARGV[4], ',' .. t .. ',', 1, true) and add(out, id, k) then "
    "        left = left - 1 end end end end "
    "return out";

static enum rc command(struct redis *redis, size_t count, const char *const *arguments,
                       const size_t *sizes, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_command_argv(redis, &reply, count, arguments, sizes, error);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

static enum rc script(struct redis *redis, const char *text, const char *const *keys,
                      size_t key_count, const char *const *arguments, size_t argument_count,
                      struct error *error) {
    redisReply *reply = NULL;
    enum rc rc =
        redis_script(redis, &reply, text, keys, key_count, arguments, argument_count, error);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

static void case_key(const char *case_id, char key[KEY_SIZE]) {
    snprintf(key, KEY_SIZE, PREFIX "case:%s", case_id);
}

// The names of a case's sets but for its place, which changes with the category.
static size_t name_sets(const struct similar_case *entry, char names[BUCKETS][KEY_SIZE]) {
    size_t count = 0;
    for (size_t i = 0; i < entry->hash_count; i++) {
        char hex[65];
        sodium_bin2hex(hex, sizeof hex, entry->hashes[i], 32);
        snprintf(names[count++], KEY_SIZE, "contact:%s", hex);
    }
    for (unsigned band = 0; band < SIMILARITY_BANDS; band++) {
        uint32_t key = similarity_band(&entry->sketch, band);
        if (key != 0) {
            snprintf(names[count++], KEY_SIZE, "band:%u:%08" PRIx32, band, key);
        }
    }
    return count;
}

static enum rc put_case(struct redis *redis, const struct similar_case *entry,
                        const char names[BUCKETS][KEY_SIZE], size_t name_count,
                        struct error *error) {
    char key[KEY_SIZE];
    char received[24];
    char hashes[SIMILAR_HASHES * 64 + 1] = "";
    char sets[BUCKETS * KEY_SIZE] = "";
    unsigned char sketch[SIMILARITY_PACKED_MOST];
    size_t used = 0;
    case_key(entry->case_id, key);
    snprintf(received, sizeof received, "%" PRId64, entry->received_at_ms);
    for (size_t i = 0; i < entry->hash_count; i++) {
        sodium_bin2hex(hashes + i * 64, 65, entry->hashes[i], 32);
    }
    for (size_t i = 0; i < name_count; i++) {
        used += (size_t)snprintf(sets + used, sizeof sets - used, "%s ", names[i]);
    }
    size_t size = similarity_pack(&entry->sketch, sketch);
    const char *const arguments[] = {"HSET", key,
                                     "t",    entry->tenant,
                                     "c",    entry->category,
                                     "u",    entry->unit,
                                     "r",    received,
                                     "h",    hashes,
                                     "b",    sets,
                                     "k",    (const char *)sketch};
    size_t sizes[16];
    for (size_t i = 0; i < 15; i++) {
        sizes[i] = strlen(arguments[i]);
    }
    sizes[15] = size;
    return command(redis, 16, arguments, sizes, error);
}

enum rc store_put(struct redis *redis, const struct similar_case *entry, int64_t now_ms,
                  struct error *error) {
    char names[BUCKETS][KEY_SIZE];
    char keys[BUCKETS + 1][KEY_SIZE + sizeof PREFIX];
    const char *pointers[BUCKETS + 1]; // the case, its sets, its place last
    char received[24];
    char days[24];
    if (entry->received_at_ms < now_ms - SIMILAR_DAYS * DAY_MS) {
        return RC_OK;
    }
    size_t count = name_sets(entry, names);
    case_key(entry->case_id, keys[0]);
    for (size_t i = 0; i < count; i++) {
        snprintf(keys[i + 1], sizeof keys[0], PREFIX "%.150s", names[i]);
    }
    snprintf(keys[count + 1], sizeof keys[0], PREFIX "place:%s:%s", entry->tenant, entry->category);
    for (size_t i = 0; i < count + 2; i++) {
        pointers[i] = keys[i];
    }
    snprintf(received, sizeof received, "%" PRId64, entry->received_at_ms);
    snprintf(days, sizeof days, "%lld", SIMILAR_DAYS * DAY_MS);
    enum rc rc = put_case(redis, entry, (const char(*)[KEY_SIZE])names, count, error);
    return rc == RC_OK ? script(redis, put_script, pointers, count + 2,
                                (const char *const[]){entry->case_id, received, days}, 3, error)
                       : rc;
}

static enum rc set(struct redis *redis, const char *case_id, const char *field, const char *value,
                   struct error *error) {
    char key[KEY_SIZE];
    char days[24];
    case_key(case_id, key);
    snprintf(days, sizeof days, "%lld", SIMILAR_DAYS * DAY_MS);
    return script(redis, set_script, (const char *const[]){key}, 1,
                  (const char *const[]){case_id, field, value, days}, 4, error);
}

enum rc store_set_category(struct redis *redis, const char *case_id, const char *category,
                           struct error *error) {
    return set(redis, case_id, "c", category, error);
}

enum rc store_set_unit(struct redis *redis, const char *case_id, const char *unit,
                       struct error *error) {
    return set(redis, case_id, "u", unit, error);
}

enum rc store_repeats(struct redis *redis, const char *case_id,
                      struct store_repeat repeats[STORE_REPEATS], size_t *count,
                      struct error *error) {
    char days[24];
    redisReply *reply = NULL;
    *count = 0;
    snprintf(days, sizeof days, "%lld", SIMILAR_DAYS * DAY_MS);
    enum rc rc = redis_script(redis, &reply, repeats_script, (const char *const[]){""}, 0,
                              (const char *const[]){case_id, days}, 2, error);
    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i + 1 < reply->elements && *count < STORE_REPEATS; i += 2) {
        const char *id = redis_text(reply->element[i]);
        int64_t earlier = redis_number(reply->element[i + 1]);
        if (ident_is_uuid(id) && earlier > 0 && earlier <= UINT32_MAX) {
            snprintf(repeats[*count].case_id, sizeof repeats[0].case_id, "%s", id);
            repeats[(*count)++].earlier = (uint32_t)earlier;
        }
    }
    freeReplyObject(reply);
    return RC_OK;
}

static bool copy(char *target, size_t room, const char *source) {
    size_t size = strlen(source);
    if (size >= room) {
        return false;
    }
    memcpy(target, source, size + 1);
    return true;
}

static bool read_hashes(const char *hex, struct similar_case *entry) {
    size_t size = strlen(hex);
    entry->hash_count = size / 64;
    if (size % 64 != 0 || entry->hash_count > SIMILAR_HASHES) {
        return false;
    }
    for (size_t i = 0; i < entry->hash_count; i++) {
        size_t bytes = 0;
        if (sodium_hex2bin(entry->hashes[i], 32, hex + 64 * i, 64, NULL, &bytes, NULL) != 0 ||
            bytes != 32) {
            return false;
        }
    }
    return true;
}

// What Redis holds may be damaged or of another build: such a case is left out.
static bool read_case(redisReply *const *fields, struct similar_case *entry) {
    const redisReply *sketch = fields[6];
    entry->received_at_ms = redis_number(fields[4]);
    return ident_is_uuid(redis_text(fields[0])) &&
           copy(entry->case_id, sizeof entry->case_id, redis_text(fields[0])) &&
           copy(entry->tenant, sizeof entry->tenant, redis_text(fields[1])) &&
           copy(entry->category, sizeof entry->category, redis_text(fields[2])) &&
           copy(entry->unit, sizeof entry->unit, redis_text(fields[3])) &&
           clock_is_time(entry->received_at_ms) && read_hashes(redis_text(fields[5]), entry) &&
           sketch->type == REDIS_REPLY_STRING &&
           similarity_unpack((const unsigned char *)sketch->str, (size_t)sketch->len,
                             &entry->sketch, NULL) == RC_OK;
}

static enum rc read_candidates(const redisReply *reply, struct similar_case *self,
                               struct similar_case *cases, size_t *count, bool *known,
                               struct error *error) {
    if (reply->elements == 0 || redis_number(reply->element[0]) != 1) {
        return error_set(error, RC_UNAVAILABLE, "the index of similar cases is being rebuilt");
    }
    *known = reply->elements > FIELDS && read_case(reply->element + 1, self);
    for (size_t at = 1 + FIELDS; *known && at + FIELDS <= reply->elements; at += FIELDS) {
        if (*count < STORE_CANDIDATES && read_case(reply->element + at, &cases[*count])) {
            (*count)++;
        }
    }
    return RC_OK;
}

enum rc store_candidates(struct redis *redis, const char *case_id, const char *tenants,
                         struct similar_case *self, struct similar_case *cases, size_t *count,
                         bool *known, struct error *error) {
    char key[KEY_SIZE];
    char most[16];
    redisReply *reply = NULL;
    size_t room = strlen(tenants) + 3;
    char *scope = malloc(room);
    *count = 0;
    *known = false;
    if (scope == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a scope");
    }
    snprintf(scope, room, ",%s,", tenants);
    case_key(case_id, key);
    snprintf(most, sizeof most, "%d", STORE_CANDIDATES);
    enum rc rc =
        redis_script(redis, &reply, candidates_script, (const char *const[]){SENTINEL, key}, 2,
                     (const char *const[]){case_id, FORMAT, most, scope}, 4, error);
    free(scope);
    if (rc == RC_OK) {
        rc = read_candidates(reply, self, cases, count, known, error);
        freeReplyObject(reply);
    }
    return rc;
}

enum rc store_is_whole(struct redis *redis, bool *whole, struct error *error) {
    redisReply *reply = NULL;
    *whole = false;
    enum rc rc = redis_command(redis, &reply, error, "GET", SENTINEL, NULL);
    if (rc == RC_OK) {
        *whole = strcmp(redis_text(reply), FORMAT) == 0;
        freeReplyObject(reply);
    }
    return rc;
}

enum rc store_set_whole(struct redis *redis, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(redis, &reply, error, "SET", SENTINEL, FORMAT, NULL);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}
