// SPDX-License-Identifier: Apache-2.0
// What is decided about a request from its head alone: framing, then route.
#include "http_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT 64

struct head {
    uintptr_t line_end; // where the line before ended
    const char *last;   // the end of the last value
    unsigned lengths;
    unsigned encodings;
    unsigned hosts;
    unsigned count;
    bool malformed;
};

static bool is_token(const char *name) {
    static const char letters[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return name[0] != '\0' && name[strspn(name, letters)] == '\0';
}

static bool has_control(const char *value) {
    for (; *value != '\0'; value++) {
        if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f) {
            return true;
        }
    }
    return false;
}

// libmicrohttpd 0.9.75 hands out slices of one buffer in which it has put NULs over each line's
// end. So a name stands exactly two bytes behind the value before it, unless the line ended with a
// bare LF, was folded, had no name, or its value was cut at a NUL: none of which it refuses itself.
static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
    (void)kind;
    struct head *head = context;
    if (value == NULL) {
        head->malformed = true;
        return MHD_NO;
    }
    head->count++;
    head->lengths += strcasecmp(name, "Content-Length") == 0;
    head->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
    head->hosts += strcasecmp(name, "Host") == 0;
    head->malformed = head->malformed || (uintptr_t)name != head->line_end + 2 || !is_token(name) ||
                      has_control(value);
    head->last = value + strlen(value);
    head->line_end = (uintptr_t)head->last;
    return MHD_YES;
}

// The empty line behind the last header was CR LF as well.
static bool ends_well(const struct head *head) {
    static const char ends[4] = {0};
    return head->last != NULL && memcmp(head->last, ends, sizeof ends) == 0;
}

static enum rc length_check(const struct http_request *request, unsigned *status,
                            struct error *error) {
    const char *length = http_header(request, "Content-Length");
    if (length == NULL) {
        return RC_OK;
    }
    if (length[0] == '\0' || length[strspn(length, "0123456789")] != '\0') {
        return error_field(error, "bad-length", "Content-Length", "not a number of bytes");
    }
    if (strlen(length) > 10 || strtoull(length, NULL, 10) > request->server->options.body_limit) {
        *status = 413;
        return error_field(error, "too-large", "Content-Length", "the body may have %zu bytes",
                           request->server->options.body_limit);
    }
    return RC_OK;
}

// libmicrohttpd lets these pass, and a proxy in front may read them differently: request smuggling
// (RFC 9112, section 6.3).
enum rc http_headers_check(const struct http_request *request, const char *version,
                           unsigned *status, struct error *error) {
    struct head head = {.line_end = (uintptr_t)(version + strlen(version))};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, count_header, &head);
    if (head.lengths > 1 || head.encodings > 1 || (head.lengths > 0 && head.encodings > 0)) {
        return error_field(error, "ambiguous-length", "Content-Length",
                           "the length of the body is ambiguous");
    }
    if (head.hosts != 1) {
        return error_field(error, "bad-host", "Host", "exactly one Host header is needed");
    }
    if (head.malformed || head.count > HEADER_LIMIT || !ends_well(&head)) {
        return error_field(error, "bad-header", "headers", "the headers are malformed");
    }
    const char *encoding = http_header(request, "Transfer-Encoding");
    if (encoding != NULL &&
        (strcasecmp(encoding, "chunked") != 0 || strcmp(version, "HTTP/1.1") != 0)) {
        return error_field(error, "bad-encoding", "Transfer-Encoding", "only chunked is known");
    }
    return length_check(request, status, error);
}

// Trailers could smuggle what was checked in the head.
bool http_has_trailers(const struct http_request *request) {
    return MHD_get_connection_values(request->connection, MHD_FOOTER_KIND, NULL, NULL) > 0;
}

// Leaves "%00" and broken escapes as they are: a decoded NUL would cut the path.
size_t http_unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    char *out = text;
    for (const char *at = text; *at != '\0'; at++) {
        char digits[3] = {0};
        if (*at == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2])) {
            memcpy(digits, at + 1, 2);
        }
        char byte = (char)strtoul(digits, NULL, 16);
        *out++ = byte == '\0' ? *at : byte;
        at += byte == '\0' ? 0 : 2;
    }
    *out = '\0';
    return (size_t)(out - text);
}

// Matches one path against a template; values are kept where given.
static bool path_matches(const char *pattern, const char *path, char **values) {
    size_t used = 0;
    while (*pattern != '\0' && *path != '\0') {
        if (*pattern == '{') {
            size_t size = strcspn(path, "/");
            if (size == 0 || used == HTTP_PATH_VALUES) {
                return false;
            }
            if (values != NULL && (values[used] = strndup(path, size)) == NULL) {
                return false;
            }
            used++;
            path += size;
            pattern = strchr(pattern, '}') + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == '\0' && *path == '\0';
}

enum rc http_route_find(struct http_request *request, struct error *error) {
    const struct http_options *options = &request->server->options;
    char allowed[96] = "";
    // libmicrohttpd sends the head only.
    const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
    for (size_t i = 0; i < options->route_count; i++) {
        const struct http_route *route = &options->routes[i];
        if (!path_matches(route->path, request->path, NULL)) {
            continue;
        }
        if (strcmp(route->method, method) == 0) {
            request->route = route;
            return path_matches(route->path, request->path, request->values)
                       ? RC_OK
                       : error_set(error, RC_UNAVAILABLE, "there is no memory for the path now");
        }
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof allowed - used, "%s%s", used == 0 ? "" : ", ",
                 route->method);
    }
    if (allowed[0] != '\0') {
        return error_field(error, "method-not-allowed", allowed, "this path allows %s", allowed);
    }
    return error_set(error, RC_NOT_FOUND, "there is nothing at this path");
}

const char *http_path_value(const struct http_request *request, const char *name) {
    const char *at = request->route->path;
    for (size_t i = 0; (at = strchr(at, '{')) != NULL; i++, at++) {
        if (strncmp(at + 1, name, strlen(name)) == 0 && at[1 + strlen(name)] == '}') {
            return request->values[i];
        }
    }
    return NULL;
}
