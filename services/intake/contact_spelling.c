// SPDX-License-Identifier: Apache-2.0
#include "contact_spelling.h"

#include "common/seal.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#define POINTS 1024
#define MOBILE_DIGITS 11
#define ABROAD_DIGITS 9 // at least, with the 00

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

static bool counts_in_phone(int c) { return counts_in_number(c) || c == '+'; }

static bool counts_in_address(int c) { return !isspace(c); }

static bool is_mobile(const char *digits) {
    return strlen(digits) == MOBILE_DIGITS && digits[0] == '1' && digits[1] >= '3' &&
           strspn(digits, "0123456789") == MOBILE_DIGITS;
}

// Area code and number, without the 0 before them: 10 or 2x and 8 digits, others of 3 and 7 or 8;
// or of a service (400, 800). An extension may follow.
static bool is_fixed(const char *digits) {
    size_t count = strspn(digits, "0123456789");
    bool long_area = digits[0] >= '3';
    bool short_area = digits[0] == '2' || (digits[0] == '1' && digits[1] == '0');
    return (long_area && (count == 10 || count == 11)) || (short_area && count == 10);
}

static bool is_service(const char *digits) {
    return strncmp(digits, "400", 3) == 0 || strncmp(digits, "800", 3) == 0;
}

// Takes away what says that a number is dialled from abroad: "+", or 00 before a whole number.
static bool take_abroad(char number[CONTACT_SPELLING_SIZE]) {
    bool abroad = number[0] == '+';
    char *to = number;
    for (const char *at = number; *at != '\0'; at++) {
        if (*at != '+') {
            *to++ = *at;
        }
    }
    *to = '\0';
    if (!abroad && strncmp(number, "00", 2) == 0 && strlen(number) >= ABROAD_DIGITS) {
        memmove(number, number + 2, strlen(number) - 1);
        abroad = true;
    }
    return abroad;
}

void contact_spelling_phone(const char *from, char to[CONTACT_SPELLING_SIZE]) {
    spell(from, counts_in_phone, to);
    bool abroad = take_abroad(to);
    bool china = strncmp(to, "86", 2) == 0;
    char *national = china ? to + 2 : to;
    national += national[0] == '0' && (china || !abroad);
    if (is_mobile(national) && (china || !abroad)) {
        memmove(to, national, MOBILE_DIGITS + 1);
    } else if (china && is_fixed(national)) {
        size_t size = strlen(national) + 1;
        bool zero = !is_service(national);
        memmove(to + zero, national, size);
        to[0] = zero ? '0' : to[0];
    } else if (abroad && is_mobile(to)) { // of another country: no Chinese mobile number
        memmove(to + 1, to, MOBILE_DIGITS + 1);
        to[0] = '+';
    }
}

void contact_spelling_email(const char *from, char to[CONTACT_SPELLING_SIZE]) {
    spell(from, counts_in_address, to);
}

void contact_spelling_identity(const char *from, char to[CONTACT_SPELLING_SIZE]) {
    spell(from, counts_in_number, to);
}
