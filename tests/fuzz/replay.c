// SPDX-License-Identifier: Apache-2.0
// Runs a target over the files of some directories, in a build without libFuzzer: what a corpus
// holds stays true with every compiler and sanitizer.
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

#pragma weak LLVMFuzzerInitialize
#pragma weak fuzz_replayed

#define INPUT_LIMIT (1024 * 1024)

static void replay(const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_LIMIT);
    FUZZ_CHECK(file != NULL && bytes != NULL);
    size_t size = fread(bytes, 1, INPUT_LIMIT, file);
    fclose(file);
    uint8_t *exact = malloc(size + 1);
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, bytes, size);
    free(bytes);
    fprintf(stderr, "%s\n", path); // the last one named is the one that failed
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static size_t replay_directory(const char *name) {
    size_t count = 0;
    DIR *directory = opendir(name);
    if (directory == NULL) {
        return 0; // a target without regressions
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[1024];
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
            replay(path);
            count++;
        }
    }
    closedir(directory);
    return count;
}

int main(int count, char **arguments) {
    size_t replayed = 0;
    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&count, &arguments);
    }
    for (int i = 1; i < count; i++) {
        replayed += replay_directory(arguments[i]);
    }
    if (fuzz_replayed != NULL) {
        fuzz_replayed();
    }
    printf("%zu inputs replayed\n", replayed);
    return replayed == 0; // an empty corpus proves nothing
}
