// SPDX-License-Identifier: Apache-2.0
// What If-Match names (RFC 9110 13.1.1): "*", or a list of entity tags in quotes. Pure.
#pragma once

#include <stdbool.h>

// Whether it is "*" or lists this tag, which is given without quotes. A weak tag (W/"…") matches
// nothing, nor does whatever follows what is no tag.
bool entity_tag_matches(const char *if_match, const char *tag);
