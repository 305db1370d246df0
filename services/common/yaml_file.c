// SPDX-License-Identifier: Apache-2.0
// libcyaml reports by log lines; they are turned into one message.
#include "common/yaml_file.h"

#include "common/yaml_place.h"
#include "yaml_strict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LIMIT (1024 * 1024)

// What libcyaml says about a failure: the reason first, then where.
struct load_log {
    char reason[256];
    char place[128];
    char field[128]; // the mapping field around it, where place is an entry of a list
};

static void on_log(cyaml_log_t level, void *context, const char *format, va_list arguments) {
    struct load_log *log = context;
    char line[256];
    (void)level;
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    if (strstr(text, "Backtrace") != NULL) {
        return;
    }
    if (strstr(text, "line:") != NULL) {
        char *to = log->place[0] == '\0' ? log->place : log->field;
        if (to[0] == '\0' && (to == log->place || strstr(text, "mapping field") != NULL)) {
            snprintf(to, sizeof log->place, "%.120s", text + strspn(text, " "));
        }
    } else if (log->reason[0] == '\0') {
        snprintf(log->reason, sizeof log->reason, "%s", text);
    }
}

static cyaml_config_t config_for(struct load_log *log) {
    return (cyaml_config_t){.log_fn = on_log,
                            .log_ctx = log,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_DEFAULT};
}

// "PATH:LINE: REASON in mapping field 'KEY'". What libcyaml calls an unexpected key it places where
// the one before ends; such a key is looked up.
static enum rc explain(const char *file, const char *path, const struct load_log *log,
                       cyaml_err_t code, struct error *error) {
    static const char unexpected[] = "Unexpected key: ";
    const char *reason = log->reason[0] == '\0' ? cyaml_strerror(code) : log->reason;
    const char *at = strstr(log->place, "line: ");
    unsigned line = at == NULL ? 0 : (unsigned)strtoul(at + 6, NULL, 10);
    bool in_list = strstr(log->place, "mapping field") == NULL;
    int place_size = (int)strcspn(log->place, "(");
    int field_size = in_list ? (int)strcspn(log->field, "(") : 0;
    if (strncmp(reason, unexpected, sizeof unexpected - 1) == 0) {
        unsigned found = yaml_place_key(path, reason + sizeof unexpected - 1, line);
        line = found == 0 ? line : found;
    }
    return error_field(error, "bad-yaml", file, "%s:%u: %s %.*s%.*s", path, line, reason,
                       place_size, log->place, field_size, log->field);
}

enum rc yaml_file_load(const char *directory, const char *file, const cyaml_schema_value_t *schema,
                       void **content, struct error *error) {
    char path[1200];
    struct stat about;
    struct load_log log = {.reason = ""};
    cyaml_config_t config = config_for(&log);
    snprintf(path, sizeof path, "%s/%s", directory, file);
    if (stat(path, &about) != 0) {
        return error_field(error, "unreadable", file, "%s: there is no such file", path);
    }
    if (about.st_size > FILE_LIMIT) {
        return error_field(error, "too-large", file, "%s: larger than %d bytes", path, FILE_LIMIT);
    }
    enum rc rc = yaml_strict_check(path, file, schema, error);
    if (rc != RC_OK) {
        return rc;
    }
    cyaml_err_t code = cyaml_load_file(path, &config, schema, (cyaml_data_t **)content, NULL);
    if (code != CYAML_OK) {
        return explain(file, path, &log, code, error);
    }
    if (*content == NULL) { // a file without a document is fine to libcyaml
        return error_field(error, "bad-yaml", file, "%s:1: it is empty", path);
    }
    return RC_OK;
}

void yaml_file_free(const cyaml_schema_value_t *schema, void *content) {
    struct load_log log;
    cyaml_config_t config = config_for(&log);
    if (content != NULL) {
        cyaml_free(&config, schema, content, 0);
    }
}
