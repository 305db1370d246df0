// SPDX-License-Identifier: Apache-2.0
// One of a region's files: a byte picks which, '0' and up, the others are those of small/. What
// loads can be asked everything that a service asks.
#include "fuzz.h"

#include "common/deadline.h"
#include "common/region.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 11

static const char *const names[FILES] = {
    "region.yaml",  "institutions.yaml", "categories.yaml",    "policies.yaml",
    "staff.yaml",   "hooks.yaml",        "templates.yaml",     "calendars/c@1.yaml",
    "lexicon.yaml", "commitments.yaml",  "packs/shared@1.yaml"};
static const char *const folders[] = {"calendars", "packs"};
static bool loaded[FILES]; // of an input
static char directory[] = "/dev/shm/redress-fuzz-XXXXXX";

static void folder_path(size_t which, char path[256]) {
    snprintf(path, 256, "%s/%s", directory, folders[which]);
}

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
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[256];
        folder_path(i, path);
        rmdir(path);
    }
    rmdir(directory);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    FUZZ_CHECK(mkdtemp(directory) != NULL);
    atexit(remove_directory);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[256];
        folder_path(i, path);
        FUZZ_CHECK(mkdir(path, 0700) == 0);
    }
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

static void ask_clock(const struct region *region, const char *code, const char *clock) {
    const int64_t start = INT64_C(1770000000000);
    struct policy_case about;
    FUZZ_CHECK(region_case(region, code, &about));
    for (about.severity = 0; about.severity < POLICY_SEVERITIES; about.severity++) {
        struct deadline deadline;
        if (deadline_compute(region->policies, region->policy_count, &about, clock, start,
                             &deadline)) {
            FUZZ_CHECK(deadline.due_at_ms >= start && deadline.warn_count > 0 &&
                       deadline.warn_at_ms[0] <= deadline.due_at_ms);
        }
    }
}

// The clocks of every pack, be it of the folder, of the region's own or a commitment.
static void ask_institution(const struct region *region, const char *code) {
    FUZZ_CHECK(region_ladder(region, code, "", 0) != NULL);
    FUZZ_CHECK(region_ladder(region, code, "no-unit", 9) != NULL);
    for (size_t i = 0; i < region->policy_count; i++) {
        const struct policy *policy = region->policies[i];
        for (unsigned r = 0; r < policy->rule_count; r++) {
            ask_clock(region, code, policy->rules[r].clock);
        }
    }
}

// What intake publishes of it, and whose it is.
static void ask_commitment(const struct region *region, size_t place) {
    const struct region_commitment *commitment = &region->commitments[place];
    const struct policy *policy = &commitment->policy;
    FUZZ_CHECK(region_institution(region, commitment->institution) != NULL);
    FUZZ_CHECK(commitment->text[0] != '\0' && policy->title[0] != '\0');
    FUZZ_CHECK(policy->layer == POLICY_INSTITUTION && policy->institution_count == 1);
    FUZZ_CHECK(strlen(commitment->published) == 10 && strlen(policy->effective_from) == 10);
    for (unsigned r = 0; r < policy->rule_count; r++) {
        FUZZ_CHECK(strncmp(policy->rules[r].clock, "commitment-", 11) == 0);
    }
}

static void ask(const struct region *region) {
    for (size_t i = 0; i < region->institution_count; i++) {
        ask_institution(region, region->institutions[i].code);
        for (unsigned u = 0; u < region->institutions[i].unit_count; u++) {
            const char *unit = region->institutions[i].units[u].code;
            FUZZ_CHECK(region_ladder(region, region->institutions[i].code, unit, 0) != NULL);
        }
    }
    for (size_t i = 0; i < region->commitment_count; i++) {
        ask_commitment(region, i);
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
        loaded[which] = true;
    }
    region_free(region);
    restore_file(which);
    return 0;
}

// The corpus has one of each file that loads.
void fuzz_replayed(void) {
    for (size_t i = 0; i < FILES; i++) {
        FUZZ_CHECK(loaded[i]);
    }
}
