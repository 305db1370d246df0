// SPDX-License-Identifier: Apache-2.0
#include "common/policy_file.h"

#include "common/yaml_file.h"
#include "common/yaml_place.h"
#include "policy_check.h"
#include "policy_schema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct policy_set {
    struct policy **policies;
    size_t count;
};

static int is_yaml(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".yaml") == 0;
}

static enum rc load_file(struct policy_set *set, const struct policy_checking *checking) {
    void *content = NULL;
    char name[80];
    enum rc rc = yaml_file_load(checking->directory, checking->file, &policy_schema_file, &content,
                                checking->error);
    if (rc != RC_OK) {
        return rc;
    }
    struct policy *policy = content;
    set->policies[set->count++] = policy;
    snprintf(name, sizeof name, "%s@%u.yaml", policy->id, policy->version);
    if (strcmp(name, checking->file) != 0) {
        const struct yaml_place place = {checking->file, "id", policy->id, "version", 0};
        return yaml_fault(checking->directory, &place, checking->error,
                          "the file's name must be %s", name);
    }
    return policy_finish(checking, policy);
}

static enum rc load_all(struct policy_set *set, struct policy_checking *checking,
                        struct dirent **names, int count) {
    enum rc rc = RC_OK;
    for (int i = 0; i < count && rc == RC_OK; i++) {
        checking->file = names[i]->d_name;
        rc = load_file(set, checking);
    }
    return rc;
}

static int by_id_and_version(const void *a, const void *b) {
    const struct policy *one = *(struct policy *const *)a;
    const struct policy *other = *(struct policy *const *)b;
    int order = strcmp(one->id, other->id);
    return order != 0 ? order : (one->version > other->version) - (one->version < other->version);
}

static enum rc load_folder(struct policy_set *set, struct policy_checking *checking) {
    struct dirent **names = NULL;
    int count = scandir(checking->directory, &names, is_yaml, versionsort);
    if (count < 0) {
        return error_field(checking->error, "unreadable", "policies", "%s: there is no such folder",
                           checking->directory);
    }
    set->policies = calloc((size_t)count + 1, sizeof(struct policy *));
    enum rc rc = set->policies == NULL
                     ? error_set(checking->error, RC_INTERNAL, "out of memory for policies")
                     : load_all(set, checking, names, count);
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
    return rc;
}

enum rc policy_set_load(struct policy_set **out, const char *directory, const char *file,
                        const struct calendar_set *calendars, struct error *error) {
    struct policy_checking checking = {directory, file, calendars, error};
    struct policy_set *set = calloc(1, sizeof *set);
    *out = NULL;
    if (set == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for policies");
    }
    enum rc rc = RC_OK;
    if (file == NULL) {
        rc = load_folder(set, &checking);
    } else {
        set->policies = calloc(1, sizeof(struct policy *));
        rc = set->policies == NULL ? error_set(error, RC_INTERNAL, "out of memory for policies")
                                   : load_file(set, &checking);
    }
    if (rc != RC_OK) {
        policy_set_free(set);
        return rc;
    }
    qsort(set->policies, set->count, sizeof(struct policy *), by_id_and_version);
    *out = set;
    return RC_OK;
}

void policy_set_free(struct policy_set *set) {
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        yaml_file_free(&policy_schema_file, set->policies[i]);
    }
    free(set->policies);
    free(set);
}

const struct policy *const *policy_set_all(const struct policy_set *set, size_t *count) {
    *count = set->count;
    return (const struct policy *const *)set->policies;
}
