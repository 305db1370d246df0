// SPDX-License-Identifier: Apache-2.0
// Texts are heap copies of exactly their size, so that AddressSanitizer sees one byte too many.
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

uint8_t fuzz_byte(struct fuzz_input *input) {
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

static char *take_text(struct fuzz_input *input, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    if (size > 0) {
        memcpy(text, input->at, size);
    }
    text[size] = '\0';
    input->at += size;
    input->left -= size;
    return text;
}

char *fuzz_line(struct fuzz_input *input) {
    const uint8_t *end = input->left == 0 ? NULL : memchr(input->at, '\n', input->left);
    char *line = take_text(input, end == NULL ? input->left : (size_t)(end - input->at));
    (void)fuzz_byte(input);
    return line;
}

const uint8_t *fuzz_block(struct fuzz_input *input, size_t *size) {
    size_t wanted = (size_t)fuzz_byte(input) * 256;
    wanted += fuzz_byte(input);
    const uint8_t *block = input->at;
    *size = wanted < input->left ? wanted : input->left;
    input->at += *size;
    input->left -= *size;
    return block;
}

char *fuzz_rest(struct fuzz_input *input, size_t *size) {
    *size = input->left;
    return take_text(input, input->left);
}

const char *fuzz_file(const void *bytes, size_t size) {
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("fuzz", MFD_CLOEXEC);
        FUZZ_CHECK(file >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    FUZZ_CHECK(ftruncate(file, 0) == 0);
    FUZZ_CHECK(size == 0 || pwrite(file, bytes, size, 0) == (ssize_t)size);
    return path;
}

struct fuzz_stream fuzz_stream_open(const void *bytes, size_t size) {
    int ends[2];
    int room = 1024 * 1024;
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    FUZZ_CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    FUZZ_CHECK(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    FUZZ_CHECK(size == 0 || write(ends[0], bytes, size) == (ssize_t)size);
    return (struct fuzz_stream){.ours = ends[0], .theirs = ends[1]};
}
