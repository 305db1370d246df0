// SPDX-License-Identifier: Apache-2.0
// The linker puts these in the place of malloc and its kin in our own objects, where failpoints are
// compiled in (tools/cmake/redress.cmake); what protobuf-c decodes is in them (protobuf.c), and
// so is JSON (json.c). What another library allocates for itself goes on as ever, because several
// end the process where they get no memory.
#include "common/failpoint.h"

#ifdef REDRESS_FAILPOINTS

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__typeof__(malloc) __real_malloc, __wrap_malloc;
__typeof__(calloc) __real_calloc, __wrap_calloc;
__typeof__(realloc) __real_realloc, __wrap_realloc;
__typeof__(strdup) __real_strdup, __wrap_strdup;
__typeof__(strndup) __real_strndup, __wrap_strndup;
__typeof__(open_memstream) __real_open_memstream, __wrap_open_memstream;

static bool finds_none(void) { return failpoint_pass("allocation"); }

void *__wrap_malloc(size_t size) { return finds_none() ? NULL : __real_malloc(size); }

void *__wrap_calloc(size_t count, size_t size) {
    return finds_none() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    return finds_none() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text) { return finds_none() ? NULL : __real_strdup(text); }

char *__wrap_strndup(const char *text, size_t size) {
    return finds_none() ? NULL : __real_strndup(text, size);
}

FILE *__wrap_open_memstream(char **text, size_t *size) {
    return finds_none() ? NULL : __real_open_memstream(text, size);
}

#else

// A translation unit may not be empty.
extern int failpoint_allocation_absent;
int failpoint_allocation_absent;

#endif
