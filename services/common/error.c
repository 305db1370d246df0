// SPDX-License-Identifier: Apache-2.0
// Fixed-size error texts: filling one never fails and never allocates.
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_fill(struct error *error, enum rc rc, const char *code, const char *field,
                const char *format, ...) {
    if (error == NULL) {
        return;
    }
    error->rc = rc;
    // The field may be a part of this very error.
    char copy[sizeof error->field];
    snprintf(copy, sizeof copy, "%s", field);
    snprintf(error->code, sizeof error->code, "%s", code);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    memcpy(error->field, copy, sizeof copy);
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
