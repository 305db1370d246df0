// SPDX-License-Identifier: Apache-2.0
// Fixed-size error texts: filling one never fails and never allocates.
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum rc error_set(struct error *error, enum rc rc, const char *format, ...) {
    if (error == NULL) {
        return rc;
    }
    error->rc = rc;
    error->code[0] = '\0';
    error->field[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return rc;
}

enum rc error_field(struct error *error, const char *code, const char *field, const char *format,
                    ...) {
    if (error == NULL) {
        return RC_INVALID;
    }
    error->rc = RC_INVALID;
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->field, sizeof error->field, "%s", field);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return RC_INVALID;
}

void error_prefix(struct error *error, const char *format, ...) {
    if (error == NULL) {
        return;
    }
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t used = length < 0 ? 0 : (size_t)length;
    if (used >= sizeof text) {
        used = sizeof text - 1;
    }
    snprintf(text + used, sizeof text - used, "%s", error->text);
    memcpy(error->text, text, sizeof text);
}
