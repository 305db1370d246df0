// SPDX-License-Identifier: Apache-2.0
// malloc for one thread: a list of free blocks for each size. The C library's is made for many
// threads and costs a schedule a tenth of its time. Builds with sanitizers keep theirs, which also
// sees misuse.
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(REDRESS_SANITIZED)

#define UNIT 16
#define SMALL 1024                // up to here a class for each multiple of UNIT
#define STEPS 4                   // beyond, so many for each doubling
#define LARGEST ((size_t)1 << 40) // nobody asks for more
#define CLASSES (SMALL / UNIT + STEPS * 31)
#define CHUNK ((size_t)8 << 20)

// Before each block.
struct head {
    uint32_t class;
    uint32_t offset;   // of an aligned block, from where it was taken
    struct head *next; // of a free one
};
_Static_assert(sizeof(struct head) == UNIT, "blocks are aligned");

static struct head *freed[CLASSES];
static char *chunk;
static size_t chunk_left;

static size_t class_of(size_t size) {
    if (size <= SMALL) {
        return size == 0 ? 0 : (size - 1) / UNIT;
    }
    const unsigned doubling = 63 - (unsigned)__builtin_clzll(size - 1); // 2^doubling < size
    const size_t step = ((size - 1) >> (doubling - 2)) & (STEPS - 1);
    return SMALL / UNIT + (doubling - 10) * STEPS + step;
}

static size_t size_of(size_t class) {
    if (class < SMALL / UNIT) {
        return (class + 1) * UNIT;
    }
    const size_t above = class - SMALL / UNIT;
    return (STEPS + above % STEPS + 1) << (above / STEPS + 8);
}

static struct head *carve(size_t class) {
    const size_t size = sizeof(struct head) + size_of(class);
    if (size > chunk_left) {
        const size_t room = size > CHUNK ? size : CHUNK;
        char *fresh = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (fresh == MAP_FAILED) {
            return NULL;
        }
        chunk = fresh;
        chunk_left = room;
    }
    struct head *head = (struct head *)chunk;
    chunk += size;
    chunk_left -= size;
    head->class = (uint32_t) class;
    head->offset = 0;
    return head;
}

void *malloc(size_t size) {
    if (size > LARGEST) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t class = class_of(size);
    struct head *head = freed[class];
    if (head != NULL) {
        freed[class] = head->next;
    } else if ((head = carve(class)) == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    return head + 1;
}

static struct head *head_of(const void *block) {
    struct head *head = (struct head *)block - 1;
    return (struct head *)((char *)head - head->offset);
}

void free(void *block) {
    if (block == NULL) {
        return;
    }
    struct head *head = head_of(block);
    head->next = freed[head->class];
    freed[head->class] = head;
}

void *calloc(size_t count, size_t size) {
    size_t all = 0;
    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = malloc(all);
    return block == NULL ? NULL : memset(block, 0, all);
}

size_t malloc_usable_size(void *block) {
    if (block == NULL) {
        return 0;
    }
    const struct head *head = head_of(block);
    return size_of(head->class) - (size_t)((char *)block - (char *)(head + 1));
}

void *realloc(void *block, size_t size) {
    const size_t old = malloc_usable_size(block);
    if (block != NULL && size <= old && size > old / 2) {
        return block;
    }
    void *moved = malloc(size);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, old < size ? old : size);
        free(block);
    }
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size) {
    char *block = malloc(size + alignment);
    if (block == NULL || alignment <= UNIT) {
        return block;
    }
    char *aligned = (char *)(((uintptr_t)block + alignment - 1) & ~(uintptr_t)(alignment - 1));
    if (aligned != block) {
        ((struct head *)aligned - 1)->offset = (uint32_t)(aligned - block);
    }
    return aligned;
}

void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = aligned_alloc(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

#endif
