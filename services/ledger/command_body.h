// SPDX-License-Identifier: Apache-2.0
// What a command's body may say: which fields each kind has, and that codes exist.
#pragma once

#include "command.h"

// Reads the body into the command, whose texts live as long as the body does; situations are joined
// in the given room. RC_INVALID names the field.
MUST_CHECK enum rc command_body_read(const struct region *region,
                                     const struct command_request *request,
                                     struct case_command *command,
                                     char situations[CASE_SITUATIONS_SIZE], struct error *error);
