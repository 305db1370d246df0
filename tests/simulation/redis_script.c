// SPDX-License-Identifier: Apache-2.0
// Scripts: Lua 5.1, whose redis.call is a command of this server.
#include "redis_inside.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define LUA_DIGITS 1e14 // from here on it writes exponents

static lua_State *lua;

static void push_reply(const redisReply *reply) {
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        lua_pushnumber(lua, (lua_Number)reply->integer);
        return;
    case REDIS_REPLY_NIL:
        lua_pushboolean(lua, 0);
        return;
    case REDIS_REPLY_ARRAY:
        lua_createtable(lua, (int)reply->elements, 0);
        for (size_t i = 0; i < reply->elements; i++) {
            push_reply(reply->element[i]);
            lua_rawseti(lua, -2, (int)i + 1);
        }
        return;
    default:
        lua_pushlstring(lua, reply->str, reply->len);
    }
}

// A whole number as Lua would write it, from the end of digits: its own way goes by printf.
static bool write_whole(lua_Number number, char digits[24], struct text *text) {
    if (!(number >= 0 && number < LUA_DIGITS)) {
        return false;
    }
    int64_t left = (int64_t)number;
    char *at = digits + 23;
    if ((lua_Number)left < number) {
        return false;
    }
    *at = '\0';
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    *text = (struct text){at, (size_t)(digits + 23 - at)};
    return true;
}

static int call_redis(lua_State *state) {
    struct text arguments[ARGUMENTS];
    static char digits[ARGUMENTS][24];
    size_t count = (size_t)lua_gettop(state);
    for (size_t i = 0; i < count && i < ARGUMENTS; i++) {
        if (lua_type(state, (int)i + 1) == LUA_TNUMBER &&
            write_whole(lua_tonumber(state, (int)i + 1), digits[i], &arguments[i])) {
            continue;
        }
        arguments[i].bytes = lua_tolstring(state, (int)i + 1, &arguments[i].size);
        if (arguments[i].bytes == NULL) {
            return luaL_error(state, "an argument of redis.call is neither text nor number");
        }
    }
    redisReply *reply = redis_server_call(&(struct call){arguments, count});
    push_reply(reply);
    freeReplyObject(reply);
    return 1;
}

static redisReply *reply_of(int place) {
    size_t size = 0;
    switch (lua_type(lua, place)) {
    case LUA_TNUMBER:
        return redis_reply_number((int64_t)lua_tonumber(lua, place));
    case LUA_TSTRING: {
        const char *text = lua_tolstring(lua, place, &size);
        return redis_reply_text(REDIS_REPLY_STRING, text, size);
    }
    case LUA_TBOOLEAN:
        return lua_toboolean(lua, place) ? redis_reply_number(1) : redis_reply_nothing();
    case LUA_TTABLE: {
        redisReply *reply = redis_reply_list(lua_objlen(lua, place));
        for (size_t i = 0; i < reply->elements; i++) {
            lua_rawgeti(lua, place, (int)i + 1);
            reply->element[i] = reply_of(lua_gettop(lua));
            lua_pop(lua, 1);
        }
        return reply;
    }
    default:
        return redis_reply_nothing();
    }
}

static void set_list(const char *name, const struct text *texts, size_t count) {
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(lua, texts[i].bytes, texts[i].size);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    lua_setglobal(lua, name);
}

static void open_lua(void) {
    lua = luaL_newstate();
    luaL_openlibs(lua);
    lua_newtable(lua);
    lua_pushcfunction(lua, call_redis);
    lua_setfield(lua, -2, "call");
    lua_setglobal(lua, "redis");
    lua_newtable(lua);
    lua_setglobal(lua, "compiled");
}

// The script's function, compiled once.
static void push_script(struct text script) {
    lua_getglobal(lua, "compiled");
    lua_pushlstring(lua, script.bytes, script.size);
    lua_rawget(lua, -2);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        if (luaL_loadbuffer(lua, script.bytes, script.size, "script") != 0) {
            fprintf(stderr, "Lua: %s\n", lua_tostring(lua, -1));
            abort();
        }
        lua_pushlstring(lua, script.bytes, script.size);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, -4);
    }
    lua_remove(lua, -2);
}

redisReply *redis_script_run(const struct call *call) {
    size_t key_count = (size_t)redis_server_number(call->arguments[2]);
    if (lua == NULL) {
        open_lua();
    }
    set_list("KEYS", call->arguments + 3, key_count);
    set_list("ARGV", call->arguments + 3 + key_count, call->count - 3 - key_count);
    push_script(call->arguments[1]);
    redisReply *reply = NULL;
    if (lua_pcall(lua, 0, 1, 0) != 0) {
        char text[200];
        int size = snprintf(text, sizeof text, "ERR %s", lua_tostring(lua, -1));
        reply = redis_reply_text(REDIS_REPLY_ERROR, text, (size_t)size);
    } else {
        reply = reply_of(lua_gettop(lua));
    }
    lua_settop(lua, 0);
    return reply;
}
