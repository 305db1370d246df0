// SPDX-License-Identifier: Apache-2.0
#include "allocation.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <protobuf-c/protobuf-c.h>

#include "common/json.h"

#define MOST_LIVE 65536
#define MOST_ALLOCATIONS 100000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t fail_at;
static size_t seen;
static bool spared;
static void *live[MOST_LIVE];
static size_t live_count;

void allocation_fail(size_t nth) {
    pthread_mutex_lock(&lock);
    fail_at = nth;
    seen = 0;
    pthread_mutex_unlock(&lock);
}

void allocation_spare(bool wanted) {
    pthread_mutex_lock(&lock);
    spared = wanted;
    pthread_mutex_unlock(&lock);
}

bool allocation_failed(void) {
    pthread_mutex_lock(&lock);
    bool failed = fail_at != 0 && seen >= fail_at;
    pthread_mutex_unlock(&lock);
    return failed;
}

size_t allocation_live(void) {
    pthread_mutex_lock(&lock);
    size_t count = live_count;
    pthread_mutex_unlock(&lock);
    return count;
}

static bool fails_now(void) {
    pthread_mutex_lock(&lock);
    bool fails = !spared && ++seen == fail_at;
    pthread_mutex_unlock(&lock);
    return fails;
}

static void *note(void *block) {
    pthread_mutex_lock(&lock);
    if (block != NULL && live_count < MOST_LIVE) {
        live[live_count++] = block;
    }
    pthread_mutex_unlock(&lock);
    return block;
}

// The newest first: most blocks do not live long. What a library allocated isn't there.
static void forget(const void *block) {
    pthread_mutex_lock(&lock);
    for (size_t i = live_count; block != NULL && i-- > 0;) {
        if (live[i] == block) {
            live[i] = live[--live_count];
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
FILE *__real_open_memstream(char **text, size_t *size);
void __real_free(void *block);
__typeof__(malloc) __wrap_malloc;
__typeof__(calloc) __wrap_calloc;
__typeof__(realloc) __wrap_realloc;
__typeof__(strdup) __wrap_strdup;
__typeof__(strndup) __wrap_strndup;
__typeof__(asprintf) __wrap_asprintf;
FILE *__wrap_open_memstream(char **text, size_t *size);
__typeof__(free) __wrap_free;

void *__wrap_malloc(size_t size) { return fails_now() ? NULL : note(__real_malloc(size)); }

void *__wrap_calloc(size_t count, size_t size) {
    return fails_now() ? NULL : note(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size) {
    if (fails_now()) {
        return NULL;
    }
    forget(block);
    return note(__real_realloc(block, size));
}

char *__wrap_strdup(const char *text) { return fails_now() ? NULL : note(__real_strdup(text)); }

char *__wrap_strndup(const char *text, size_t size) {
    return fails_now() ? NULL : note(__real_strndup(text, size));
}

int __wrap_asprintf(char **text, const char *format, ...) {
    if (fails_now()) {
        *text = NULL;
        return -1;
    }
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(text, format, arguments);
    va_end(arguments);
    note(size < 0 ? NULL : *text);
    return size;
}

FILE *__wrap_open_memstream(char **text, size_t *size) {
    return fails_now() ? NULL : __real_open_memstream(text, size);
}

void __wrap_free(void *block) {
    forget(block);
    __real_free(block);
}

__typeof__(protobuf_c_message_unpack) __wrap_protobuf_c_message_unpack,
    __real_protobuf_c_message_unpack;
__typeof__(protobuf_c_message_free_unpacked) __wrap_protobuf_c_message_free_unpacked,
    __real_protobuf_c_message_free_unpacked;

static void *allocate(void *unused, size_t size) {
    (void)unused;
    return malloc(size);
}

static void release(void *unused, void *block) {
    (void)unused;
    free(block);
}

static ProtobufCAllocator counted = {allocate, release, NULL};

ProtobufCMessage *__wrap_protobuf_c_message_unpack(const ProtobufCMessageDescriptor *descriptor,
                                                   ProtobufCAllocator *allocator, size_t size,
                                                   const uint8_t *bytes) {
    return __real_protobuf_c_message_unpack(descriptor, allocator == NULL ? &counted : allocator,
                                            size, bytes);
}

void __wrap_protobuf_c_message_free_unpacked(ProtobufCMessage *message,
                                             ProtobufCAllocator *allocator) {
    __real_protobuf_c_message_free_unpacked(message, allocator == NULL ? &counted : allocator);
}

// hiredis 0.14 connects by these, and ends the process where they find nothing: here they always
// do.
void *hi_malloc(size_t size);
void *hi_calloc(size_t count, size_t size);
void *hi_realloc(void *block, size_t size);
char *hi_strdup(const char *text);

void *hi_malloc(size_t size) { return note(__real_malloc(size)); }
void *hi_calloc(size_t count, size_t size) { return note(__real_calloc(count, size)); }
char *hi_strdup(const char *text) { return note(__real_strdup(text)); }

void *hi_realloc(void *block, size_t size) {
    forget(block);
    return note(__real_realloc(block, size));
}

enum rc allocation_spared(enum rc rc, struct error *error) {
    return rc == RC_OK && allocation_failed()
               ? error_set(error, RC_UNAVAILABLE, "done without the memory that was missing")
               : rc;
}

size_t allocation_try_some(allocation_attempt attempt, size_t step) {
    for (size_t nth = 1; nth < MOST_ALLOCATIONS; nth += step) {
        struct error error = {.text = ""};
        size_t before = allocation_live();
        allocation_fail(nth);
        enum rc rc = attempt(&error);
        bool failed = allocation_failed();
        allocation_fail(0);
        (void)!json_whole(NULL); // what it lacked is not the next attempt's
        size_t after = allocation_live();
        if (after != before) {
            fail_msg("allocation %zu failed: %zu blocks are left", nth, after - before);
        }
        if (!failed) {
            if (rc != RC_OK) {
                fail_msg("nothing failed, but: %s", error.text);
            }
            return nth - 1;
        }
        if ((rc != RC_INTERNAL && rc != RC_UNAVAILABLE) || error.text[0] == '\0') {
            fail_msg("allocation %zu failed: got %d \"%s\"", nth, rc, error.text);
        }
    }
    fail_msg("it never comes to an end");
    return 0;
}

size_t allocation_try_each(allocation_attempt attempt) { return allocation_try_some(attempt, 1); }
