// SPDX-License-Identifier: Apache-2.0
// One of a region's files: a digit picks which, the others are those of small/. What loads can be
// asked everything that a service asks.
#include "fuzz.h"

#include "common/deadline.h"
#include "common/region.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 9

static const char *const names[FILES] = {"region.yaml",    "institutions.yaml", "categories.yaml",
                                         "policies.yaml",  "staff.yaml",        "hooks.yaml",
                                         "templates.yaml", "calendar.yaml",     "lexicon.yaml"};
static char directory[] = "/dev/shm/redress-fuzz-XXXXXX";

static void write_file(const char *name, const void *bytes, size_t size) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    FUZZ_CHECK(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    close(file);
}

static void restore_file(size_t which) {
    char path[256];
    char bytes[16384];
    snprintf(path, sizeof path, "tests/fuzz/small/%s", names[which]);
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file != NULL);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    FUZZ_CHECK(size < sizeof bytes);
    fclose(file);
    write_file(names[which], bytes, size);
}

static void remove_directory(void) {
    for (size_t i = 0; i < FILES; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    FUZZ_CHECK(mkdtemp(directory) != NULL);
    atexit(remove_directory);
    for (size_t i = 0; i < FILES; i++) {
        restore_file(i);
    }
    struct region *region = NULL;
    struct error error = {.text = ""};
    if (region_load(&region, directory, &error) != RC_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    region_free(region);
    return 0;
}

static void ask_institution(const struct region *region, const char *code) {
    const struct region_policy *policy = region_policy(region, code);
    FUZZ_CHECK(policy != NULL);
    FUZZ_CHECK(region_ladder(region, code, "", 0) != NULL);
    FUZZ_CHECK(region_ladder(region, code, "no-unit", 9) != NULL);
    for (unsigned i = 0; i < policy->clock_count; i++) {
        for (unsigned urgency = 0; urgency <= 4; urgency++) {
            struct deadline deadline;
            int64_t start = INT64_C(1770000000000);
            if (deadline_compute(region, policy, &policy->clocks[i], urgency, start, &deadline)) {
                FUZZ_CHECK(deadline.due_at_ms >= start &&
                           deadline.warn_at_ms <= deadline.due_at_ms);
            }
        }
    }
    FUZZ_CHECK(deadline_of_limit(region, policy->escalation_step, 0) >= 0);
}

static void ask(const struct region *region) {
    for (size_t i = 0; i < region->institution_count; i++) {
        ask_institution(region, region->institutions[i].code);
        for (unsigned u = 0; u < region->institutions[i].unit_count; u++) {
            const char *unit = region->institutions[i].units[u].code;
            FUZZ_CHECK(region_ladder(region, region->institutions[i].code, unit, 0) != NULL);
        }
    }
    for (unsigned i = 0; i < region->lexicon->rule_count; i++) {
        const struct region_rule *rule = &region->lexicon->rules[i];
        FUZZ_CHECK(rule->urgency == NULL || strlen(rule->urgency) == 2);
        FUZZ_CHECK(rule->crisis == NULL || strlen(rule->crisis) == 2);
        FUZZ_CHECK(rule->category == NULL || rule->category[0] == '\0' ||
                   region_category(region, rule->category) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct region *region = NULL;
    struct error error = {.text = ""};
    size_t which = (size_t)(fuzz_byte(&input) - '0') % FILES;
    write_file(names[which], input.at, input.left);
    enum rc rc = region_load(&region, directory, &error);
    FUZZ_CHECK(rc == RC_OK || (rc == RC_INVALID && error.text[0] != '\0'));
    FUZZ_CHECK((rc == RC_OK) == (region != NULL));
    if (rc == RC_OK) {
        ask(region);
    }
    region_free(region);
    restore_file(which);
    return 0;
}
