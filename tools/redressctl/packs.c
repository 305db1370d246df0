// SPDX-License-Identifier: Apache-2.0
#include "packs.h"

#include "common/policy_check.h"

#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

void packs_close(struct packs *packs) {
    policy_set_free(packs->set);
    calendar_set_free(packs->calendars);
    region_free(packs->region);
}

enum rc packs_open(struct packs *packs, const char *path, const char *calendars,
                   struct error *error) {
    struct stat about;
    char folder[1024];
    char file[1024];
    char beside[1100];
    if (stat(path, &about) != 0) {
        return error_field(error, "unreadable", path, "%s: there is no such file or folder", path);
    }
    bool is_folder = S_ISDIR(about.st_mode);
    snprintf(folder, sizeof folder, "%s", path);
    snprintf(file, sizeof file, "%s", path);
    const char *directory = is_folder ? folder : dirname(folder);
    snprintf(beside, sizeof beside, "%s/../calendars", directory);
    enum rc rc =
        calendar_set_load(&packs->calendars, calendars == NULL ? beside : calendars, error);
    rc = rc == RC_OK ? policy_set_load(&packs->set, directory, is_folder ? NULL : basename(file),
                                       packs->calendars, error)
                     : rc;
    if (rc != RC_OK) {
        return rc;
    }
    packs->all = policy_set_all(packs->set, &packs->count);
    for (size_t i = 0; i < packs->count && rc == RC_OK; i++) {
        rc = policy_check_words(directory, packs->all[i], error);
    }
    return rc;
}
