// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: taking an input apart, and saying what must hold.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Every target defines the first; the second where it prepares something once.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);
// Where a target knows what its corpus must reach: called after all of it was replayed.
void fuzz_replayed(void);

// What must hold whatever came in; a violation counts as a crash, in every build.
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition);    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// An input that is taken apart from its begin.
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

// The next byte; 0 at the end.
uint8_t fuzz_byte(struct fuzz_input *input);
// Up to the next line feed, which is dropped. Each text ends with NUL; the caller frees it.
char *fuzz_line(struct fuzz_input *input);
// As many bytes as the next two say (big endian), at most what is left; borrowed from the input.
const uint8_t *fuzz_block(struct fuzz_input *input, size_t *size);
// All that is left.
char *fuzz_rest(struct fuzz_input *input, size_t *size);

// A file in memory with these bytes, for what only reads files. The path is valid until the next
// call.
const char *fuzz_file(const void *bytes, size_t size);
// Both ends of a stream; whoever reads theirs gets the bytes.
struct fuzz_stream {
    int ours;
    int theirs;
};
struct fuzz_stream fuzz_stream_open(const void *bytes, size_t size);
