// SPDX-License-Identifier: Apache-2.0
#include "contact_spelling.h"

#include "common/seal.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define POINTS 1024
#define MOBILE_DIGITS 11

// Full-width forms and the like as their plain ones, in place of points; what is no UTF-8 or too
// long stays as it came.
static const char *fold(const char *from, utf8proc_int32_t points[POINTS]) {
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)from, (utf8proc_ssize_t)strlen(from), points,
                           POINTS - 1, options);
    if (count < 0 || count >= POINTS || utf8proc_reencode(points, count, options) < 0) {
        return from;
    }
    return (const char *)points;
}

static void spell(const char *from, bool (*counts)(int), char to[CONTACT_SPELLING_SIZE]) {
    utf8proc_int32_t points[POINTS];
    size_t used = 0;
    const char *at = fold(from, points);
    for (; *at != '\0' && used + 1 < CONTACT_SPELLING_SIZE; at++) {
        int c = (unsigned char)*at;
        if (counts(c)) {
            to[used++] = (char)tolower(c);
        }
    }
    to[used] = '\0';
    seal_wipe(points, sizeof points);
}

static bool counts_in_number(int c) { return isdigit(c) || c == 'X' || c == 'x'; }

static bool counts_in_address(int c) { return !isspace(c); }

static bool is_mobile(const char *digits) {
    return strlen(digits) == MOBILE_DIGITS && digits[0] == '1' && digits[1] >= '3' &&
           strspn(digits, "0123456789") == MOBILE_DIGITS;
}

void contact_spelling_phone(const char *from, char to[CONTACT_SPELLING_SIZE]) {
    static const char *const prefixes[] = {"86", "0086", "0"};
    spell(from, counts_in_number, to);
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        size_t size = strlen(prefixes[i]);
        if (strncmp(to, prefixes[i], size) == 0 && is_mobile(to + size)) {
            memmove(to, to + size, MOBILE_DIGITS + 1);
            return;
        }
    }
}

void contact_spelling_email(const char *from, char to[CONTACT_SPELLING_SIZE]) {
    spell(from, counts_in_address, to);
}

void contact_spelling_identity(const char *from, char to[CONTACT_SPELLING_SIZE]) {
    spell(from, counts_in_number, to);
}
