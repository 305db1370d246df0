// SPDX-License-Identifier: Apache-2.0
// One element after the other: a comma may stand inside of quotes.
#include "common/entity_tag.h"

#include <string.h>

#define BLANKS " \t"

static const char *skip(const char *at, const char *characters) {
    return at + strspn(at, characters);
}

// The quotes that end a tag; NULL where it does not end, or holds what none may.
static const char *end_of(const char *at) {
    const unsigned char *end = (const unsigned char *)at;
    while (*end > ' ' && *end != '"' && *end != '\x7f') {
        end++;
    }
    return *end == '"' ? (const char *)end : NULL;
}

bool entity_tag_matches(const char *if_match, const char *tag) {
    size_t size = strlen(tag);
    const char *at = skip(if_match, BLANKS);
    if (*at == '*') {
        return *skip(at + 1, BLANKS) == '\0';
    }
    bool matches = false;
    for (at = skip(at, BLANKS ","); *at != '\0' && !matches; at = skip(at, BLANKS ",")) {
        bool weak = strncmp(at, "W/", 2) == 0;
        at += weak ? 2 : 0;
        const char *end = *at == '"' ? end_of(at + 1) : NULL;
        if (end == NULL) {
            return false;
        }
        matches = !weak && (size_t)(end - at - 1) == size && memcmp(at + 1, tag, size) == 0;
        at = skip(end + 1, BLANKS);
        if (*at != ',' && *at != '\0') {
            return false;
        }
    }
    return matches;
}
