// SPDX-License-Identifier: Apache-2.0
// What is decided about a request from its head alone: framing, then route.
#include "http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct head {
    unsigned lengths;
    unsigned encodings;
    unsigned hosts;
    unsigned count;
    bool control; // a control character in a value
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
    (void)kind;
    struct head *head = context;
    head->count++;
    head->lengths += strcasecmp(name, "Content-Length") == 0;
    head->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
    head->hosts += strcasecmp(name, "Host") == 0;
    for (const char *at = value; at != NULL && *at != '\0'; at++) {
        head->control = head->control || ((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7f;
    }
    return MHD_YES;
}

// libmicrohttpd 0.9.75 lets these pass, and a proxy in front may read them differently: request
// smuggling (RFC 9112, section 6.3).
enum rc http_headers_check(const struct http_request *request, unsigned *status,
                           struct error *error) {
    struct head head = {0};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, count_header, &head);
    if (head.lengths > 1 || head.encodings > 1 || (head.lengths > 0 && head.encodings > 0)) {
        return error_field(error, "ambiguous-length", "Content-Length",
                           "the length of the body is ambiguous");
    }
    if (head.hosts != 1) {
        return error_field(error, "bad-host", "Host", "exactly one Host header is needed");
    }
    if (head.control || head.count > 64) {
        return error_field(error, "bad-header", "headers", "the headers are out of bounds");
    }
    const char *length = http_header(request, "Content-Length");
    if (length != NULL && (strlen(length) > 10 || strspn(length, "0123456789") != strlen(length) ||
                           strtoull(length, NULL, 10) > request->server->options.body_limit)) {
        *status = 413;
        return error_field(error, "too-large", "Content-Length", "the body may have %zu bytes",
                           request->server->options.body_limit);
    }
    return RC_OK;
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
            if (values != NULL) {
                values[used] = strndup(path, size);
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
    for (size_t i = 0; i < options->route_count; i++) {
        const struct http_route *route = &options->routes[i];
        if (!path_matches(route->path, request->path, NULL)) {
            continue;
        }
        if (strcmp(route->method, request->method) == 0) {
            request->route = route;
            path_matches(route->path, request->path, request->values);
            return RC_OK;
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
