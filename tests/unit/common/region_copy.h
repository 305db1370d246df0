// SPDX-License-Identifier: Apache-2.0
// A copy of the example region with one place changed, and the fault that its loading must name.
#pragma once

#include "common/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EXAMPLE "deploy/region/example"

static const char *const files[] = {"region.yaml",    "institutions.yaml", "categories.yaml",
                                    "policies.yaml",  "staff.yaml",        "hooks.yaml",
                                    "templates.yaml", "lexicon.yaml",      "commitments.yaml"};

static inline char *read_text(const char *directory, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

static inline FILE *open_new(const char *directory, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    return file;
}

// The copy stands elsewhere: what the example names relative to itself is named from the root.
static inline void put_text(FILE *file, const char *text) {
    static const char relative[] = ": ../../";
    char root[400];
    assert_non_null(getcwd(root, sizeof root));
    for (const char *at; (at = strstr(text, relative)) != NULL; text = at + strlen(relative)) {
        fprintf(file, "%.*s: %s/deploy/", (int)(at - text), text, root);
    }
    fputs(text, file);
}

// A copy of the example in which the first "from" of one file is "to"; gives that line's number.
static inline unsigned copy_broken(const char *directory, const char *broken, const char *from,
                                   const char *to) {
    unsigned line = 1;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = read_text(EXAMPLE, files[i]);
        FILE *file = open_new(directory, files[i]);
        char *at = strcmp(files[i], broken) == 0 ? strstr(text, from) : NULL;
        if (at == NULL) {
            put_text(file, text);
        } else {
            char *broken_text = NULL;
            assert_true(asprintf(&broken_text, "%.*s%s%s", (int)(at - text), text, to,
                                 at + strlen(from)) > 0);
            put_text(file, broken_text);
            free(broken_text);
            for (const char *c = text; c < at; c++) {
                line += *c == '\n' ? 1 : 0;
            }
        }
        assert_true(at != NULL || strcmp(files[i], broken) != 0);
        fclose(file);
        free(text);
    }
    return line;
}

static inline void remove_copy(const char *directory) {
    char path[512];
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
}

// line_after: lines from the begin of the replaced text to where the fault stands.
struct fault {
    const char *file, *from, *to;
    unsigned line_after;
    const char *key, *what;
};

static inline void assert_fault(const struct fault *fault) {
    char directory[] = "/tmp/redress-region-XXXXXX";
    char place[80];
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    unsigned line = copy_broken(directory, fault->file, fault->from, fault->to);
    enum rc rc = region_load(&region, directory, &error);
    remove_copy(directory);
    snprintf(place, sizeof place, "/%s:%u: ", fault->file, line + fault->line_after);
    if (rc != RC_INVALID || strstr(error.text, place) == NULL ||
        strstr(error.text, fault->key) == NULL || strstr(error.text, fault->what) == NULL) {
        fail_msg("\"%s\" for \"%s\" in %s: want %s … %s … %s, got %d: %s", fault->to, fault->from,
                 fault->file, place, fault->key, fault->what, rc, error.text);
    }
    assert_null(region);
    assert_string_equal(error.field, fault->file);
}

static inline void assert_faults(const struct fault *faults, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_fault(&faults[i]);
    }
}
