// SPDX-License-Identifier: Apache-2.0
// Where something stands in a YAML file, so that a message can name the line. Reads the file again;
// only used once something is wrong.
#pragma once

#include "common/error.h"

// One key of one entry: the mapping whose entry_key ("code") has the value entry.
struct yaml_place {
    const char *file; // "staff.yaml"
    const char *entry_key;
    const char *entry;
    const char *key;
    unsigned nth; // which of the entries of this name, from 1; 0: the last one
};

// Line of a key from so many lines on, 0 when it isn't there.
unsigned yaml_place_key(const char *path, const char *key, unsigned from_line);
// Line of the place's key, else of its entry, else of the first word that is the entry's, else 0.
unsigned yaml_place_line(const char *path, const struct yaml_place *place);

// Fills the error with "DIRECTORY/FILE:LINE: ENTRY: KEY: WHAT" and returns RC_INVALID.
enum rc yaml_fault(const char *directory, const struct yaml_place *place, struct error *error,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
