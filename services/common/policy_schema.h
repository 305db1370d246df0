// SPDX-License-Identifier: Apache-2.0
// The YAML schema of a policy pack; for the files that hold packs.
#pragma once

#include "common/policy.h"

#include <cyaml/cyaml.h>

extern const cyaml_schema_value_t policy_schema_file;  // a file that is one pack
extern const cyaml_schema_value_t policy_schema_entry; // a pack in a list
extern const cyaml_schema_value_t policy_schema_rule;  // a rule in a list

// What packs call a channel of the contract, 1 and up; NULL beyond the last.
const char *policy_schema_channel(unsigned channel);
