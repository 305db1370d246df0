// SPDX-License-Identifier: Apache-2.0
#include "uuid.h"

static const char digits[] = "0123456789abcdef";

void uuid_text(const char bytes[16], char text[37]) {
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *text++ = '-';
        }
        *text++ = digits[(unsigned char)bytes[i] >> 4];
        *text++ = digits[(unsigned char)bytes[i] & 15];
    }
    *text = '\0';
}

static int value_of(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

void uuid_bytes(const char text[36], char bytes[16]) {
    for (int i = 0; i < 16; i++) {
        text += *text == '-' ? 1 : 0;
        bytes[i] = (char)(value_of(text[0]) * 16 + value_of(text[1]));
        text += 2;
    }
}
