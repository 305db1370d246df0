// SPDX-License-Identifier: Apache-2.0
#include "common/http.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool http_read_digits(const char *text, size_t size, int64_t *number) {
    char *end = NULL;
    errno = 0; // what is beyond every number is read as the largest
    *number = strtoll(text, &end, 10);
    return size > 0 && strspn(text, "0123456789") >= size && end == text + size && errno == 0;
}

enum rc http_query_number(const struct http_request *request, const struct http_number *asked,
                          int64_t *number, struct error *error) {
    const char *text = http_query(request, asked->name);
    *number = asked->usual;
    if (text == NULL || (http_read_digits(text, strlen(text), number) && *number >= asked->least &&
                         *number <= asked->most)) {
        return RC_OK;
    }
    return error_field(error, "out-of-bounds", asked->name,
                       "%s must be a whole number from %" PRId64 " to %" PRId64, asked->name,
                       asked->least, asked->most);
}
