// SPDX-License-Identifier: Apache-2.0
// Options in three passes: defaults, then the YAML file flattened to dotted keys, then the
// environment. Bounds are checked where a value is set, so that the error names its origin.
#include "common/options.h"

#include "common/seal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#define KEY_SIZE 128
#define FILE_LIMIT (256 * 1024)
#define SECRET_LIMIT 4096
#define KAFKA_PREFIX "kafka."

extern char **environ;

static void *target_of(const struct options *options, const struct option_entry *entry) {
    return (char *)options->config + entry->offset;
}

static const struct option_entry *find_entry(const struct options *options, const char *name) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            if (strcmp(options->tables[t][i].name, name) == 0) {
                return &options->tables[t][i];
            }
        }
    }
    return NULL;
}

static enum rc set_number(int64_t *target, const struct option_entry *entry, const char *value,
                          struct error *error) {
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0') {
        return error_field(error, "wrong-type", entry->name, "%s must be a whole number",
                           entry->name);
    }
    if (number < entry->least || number > entry->most) {
        return error_field(error, "out-of-bounds", entry->name,
                           "%s must be from %" PRId64 " to %" PRId64, entry->name, entry->least,
                           entry->most);
    }
    *target = number;
    return RC_OK;
}

static char *copy_text(const struct option_entry *entry, const char *value, size_t size) {
    char *copy = entry->type == OPTION_SECRET ? seal_alloc(size + 1) : malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, value, size + 1);
    }
    return copy;
}

static void free_text(const struct option_entry *entry, char *text) {
    if (entry->type == OPTION_SECRET) {
        seal_free(text);
    } else {
        free(text);
    }
}

static enum rc set_text(char **target, const struct option_entry *entry, const char *value,
                        struct error *error) {
    size_t size = strlen(value);
    if ((int64_t)size < entry->least || (int64_t)size > entry->most) {
        return error_field(error, "out-of-bounds", entry->name,
                           "%s must have from %" PRId64 " to %" PRId64 " bytes", entry->name,
                           entry->least, entry->most);
    }
    char *copy = copy_text(entry, value, size);
    if (copy == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for %s", entry->name);
    }
    free_text(entry, *target);
    *target = copy;
    return RC_OK;
}

static enum rc set_value(struct options *options, const struct option_entry *entry,
                         const char *value, struct error *error) {
    void *target = target_of(options, entry);
    if (entry->type == OPTION_NUMBER) {
        return set_number(target, entry, value, error);
    }
    if (entry->type == OPTION_TEXT || entry->type == OPTION_SECRET) {
        return set_text(target, entry, value, error);
    }
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) {
        return error_field(error, "wrong-type", entry->name, "%s must be true or false",
                           entry->name);
    }
    *(bool *)target = strcmp(value, "true") == 0;
    return RC_OK;
}

static enum rc set_kafka(struct options *options, const char *name, const char *value,
                         struct error *error) {
    struct option_pair *grown = realloc(options->kafka, (options->kafka_count + 1) * sizeof *grown);
    if (grown == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for %s", name);
    }
    options->kafka = grown;
    struct option_pair *pair = &grown[options->kafka_count];
    pair->name = strdup(name + strlen(KAFKA_PREFIX));
    pair->value = strdup(value);
    options->kafka_count++;
    if (pair->name == NULL || pair->value == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for %s", name);
    }
    return RC_OK;
}

static enum rc set_by_name(struct options *options, const char *name, const char *value,
                           struct error *error) {
    const struct option_entry *entry = find_entry(options, name);
    if (entry != NULL) {
        return set_value(options, entry, value, error);
    }
    if (strncmp(name, KAFKA_PREFIX, strlen(KAFKA_PREFIX)) == 0) {
        return set_kafka(options, name, value, error);
    }
    return error_field(error, "unknown-option", name, "there is no option %s", name);
}

static enum rc load_defaults(struct options *options, struct error *error) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            const struct option_entry *entry = &options->tables[t][i];
            if (entry->fallback == NULL) {
                continue;
            }
            enum rc rc = set_value(options, entry, entry->fallback, error);
            if (rc != RC_OK) {
                return rc;
            }
        }
    }
    return RC_OK;
}

// Walks mappings of scalars; path holds the dotted key of the mapping.
static enum rc load_node(struct options *options, yaml_document_t *document, yaml_node_t *node,
                         const char *path, struct error *error) {
    if (node->type == YAML_SCALAR_NODE) {
        return set_by_name(options, path, (const char *)node->data.scalar.value, error);
    }
    if (node->type != YAML_MAPPING_NODE || strlen(path) > KEY_SIZE - 8) {
        return error_field(error, "wrong-type", path, "line %zu: %s must be a single value",
                           node->start_mark.line + 1, path);
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(document, pair->key);
        yaml_node_t *value = yaml_document_get_node(document, pair->value);
        char child[KEY_SIZE * 2];
        if (key->type != YAML_SCALAR_NODE) {
            return error_field(error, "wrong-type", path, "line %zu: a key must be a text",
                               key->start_mark.line + 1);
        }
        snprintf(child, sizeof child, "%s%s%.*s", path, *path == '\0' ? "" : ".", KEY_SIZE,
                 (const char *)key->data.scalar.value);
        enum rc rc = load_node(options, document, value, child, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc load_document(struct options *options, yaml_parser_t *parser, struct error *error) {
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) {
        return error_set(error, RC_INVALID, "line %zu: %s", parser->problem_mark.line + 1,
                         parser->problem == NULL ? "not YAML" : parser->problem);
    }
    yaml_node_t *root = yaml_document_get_root_node(&document);
    enum rc rc = root == NULL ? RC_OK : load_node(options, &document, root, "", error);
    yaml_document_delete(&document);
    return rc;
}

static enum rc load_file(struct options *options, const char *path, struct error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(error, RC_INVALID, "%s: %s", path, strerror(errno));
    }
    yaml_parser_t parser;
    enum rc rc = RC_OK;
    fseek(file, 0, SEEK_END);
    if (ftell(file) > FILE_LIMIT) {
        rc = error_set(error, RC_INVALID, "larger than %d bytes", FILE_LIMIT);
    } else if (!yaml_parser_initialize(&parser)) {
        rc = error_set(error, RC_INTERNAL, "out of memory");
    } else {
        rewind(file);
        yaml_parser_set_input_file(&parser, file);
        rc = load_document(options, &parser, error);
        yaml_parser_delete(&parser);
    }
    fclose(file);
    if (rc != RC_OK) {
        error_prefix(error, "%s: ", path);
    }
    return rc;
}

// REDRESS_HTTP_PORT for http.port.
static void environment_name(const char *name, char text[KEY_SIZE]) {
    size_t used = (size_t)snprintf(text, KEY_SIZE, "REDRESS_%s", name);
    for (size_t i = 0; i < used && i < KEY_SIZE - 1; i++) {
        text[i] = text[i] == '.' ? '_' : (char)toupper((unsigned char)text[i]);
    }
}

// The first line of a file.
static enum rc read_secret_file(const char *name, const char *path, char value[SECRET_LIMIT],
                                struct error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_field(error, "unreadable", name, "%s: %s: %s", name, path, strerror(errno));
    }
    setvbuf(file, NULL, _IONBF, 0); // no copy is left in a buffer
    size_t size = fread(value, 1, SECRET_LIMIT - 1, file);
    fclose(file);
    value[size] = '\0';
    value[strcspn(value, "\r\n")] = '\0';
    return RC_OK;
}

static enum rc load_secret_file(struct options *options, const char *name, const char *path,
                                struct error *error) {
    char value[SECRET_LIMIT] = "";
    enum rc rc = read_secret_file(name, path, value, error);
    rc = rc == RC_OK ? set_by_name(options, name, value, error) : rc;
    seal_wipe(value, sizeof value);
    return rc;
}

// What stands in the environment can be read in /proc/PID/environ as long as the process lives.
static void wipe_environment(const char *value) { seal_wipe((char *)value, strlen(value)); }

static enum rc load_environment_entry(struct options *options, const struct option_entry *entry,
                                      struct error *error) {
    char name[KEY_SIZE];
    environment_name(entry->name, name);
    const char *value = getenv(name);
    if (value != NULL) {
        enum rc rc = set_value(options, entry, value, error);
        if (entry->type == OPTION_SECRET) {
            wipe_environment(value);
            unsetenv(name);
        }
        if (rc != RC_OK) {
            error_prefix(error, "%s: ", name);
            return rc;
        }
    }
    size_t used = strlen(name);
    snprintf(name + used, sizeof name - used, "_FILE");
    const char *path = getenv(name);
    if (path == NULL || entry->type != OPTION_SECRET) {
        return RC_OK;
    }
    return load_secret_file(options, entry->name, path, error);
}

static enum rc load_kafka_entry(struct options *options, char name[KEY_SIZE], const char *value,
                                struct error *error) {
    static const char suffix[] = ".file";
    size_t size = strlen(name);
    if (size > sizeof suffix && strcmp(name + size - (sizeof suffix - 1), suffix) == 0) {
        name[size - (sizeof suffix - 1)] = '\0';
        return load_secret_file(options, name, value, error);
    }
    enum rc rc = set_kafka(options, name, value, error);
    if (option_kafka_is_secret(name)) {
        wipe_environment(value);
    }
    return rc;
}

// By the variable, because kafka.instance_id and kafka.instance.id share one.
static bool has_entry(const struct options *options, const char *variable, size_t size) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            char name[KEY_SIZE];
            environment_name(options->tables[t][i].name, name);
            if (strlen(name) == size && strncmp(name, variable, size) == 0) {
                return true;
            }
        }
    }
    return false;
}

// REDRESS_KAFKA_<NAME> without an entry of its own is a librdkafka property.
static enum rc load_kafka_environment(struct options *options, struct error *error) {
    static const char prefix[] = "REDRESS_KAFKA_";
    for (char **at = environ; *at != NULL; at++) {
        const char *value = strchr(*at, '=');
        if (strncmp(*at, prefix, sizeof prefix - 1) != 0 || value == NULL ||
            has_entry(options, *at, (size_t)(value - *at))) {
            continue;
        }
        char name[KEY_SIZE];
        int length =
            snprintf(name, sizeof name, "%s%.*s", KAFKA_PREFIX,
                     (int)(value - *at - (long)(sizeof prefix - 1)), *at + sizeof prefix - 1);
        for (int i = 0; i < length && i < KEY_SIZE - 1; i++) {
            name[i] = name[i] == '_' ? '.' : (char)tolower((unsigned char)name[i]);
        }
        enum rc rc = load_kafka_entry(options, name, value + 1, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc load_environment(struct options *options, struct error *error) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            enum rc rc = load_environment_entry(options, &options->tables[t][i], error);
            if (rc != RC_OK) {
                return rc;
            }
        }
    }
    return load_kafka_environment(options, error);
}

static enum rc check_given(const struct options *options, struct error *error) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            const struct option_entry *entry = &options->tables[t][i];
            bool text = entry->type == OPTION_TEXT || entry->type == OPTION_SECRET;
            if (text && *(char **)target_of(options, entry) == NULL) {
                return error_field(error, "missing", entry->name, "%s must be set: %s", entry->name,
                                   entry->help);
            }
        }
    }
    return RC_OK;
}

enum rc options_load(struct options *options, const char *file, struct error *error) {
    enum rc rc = seal_init(error);
    rc = rc == RC_OK ? load_defaults(options, error) : rc;
    if (rc == RC_OK && file != NULL) {
        rc = load_file(options, file, error);
    }
    if (rc == RC_OK) {
        rc = load_environment(options, error);
    }
    return rc == RC_OK ? check_given(options, error) : rc;
}

static void free_secret(char *value) {
    if (value != NULL) {
        explicit_bzero(value, strlen(value));
    }
    free(value);
}

void options_free(struct options *options) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            const struct option_entry *entry = &options->tables[t][i];
            if (entry->type == OPTION_TEXT || entry->type == OPTION_SECRET) {
                char **target = target_of(options, entry);
                free_text(entry, *target);
                *target = NULL;
            }
        }
    }
    for (size_t i = 0; i < options->kafka_count; i++) {
        free(options->kafka[i].name);
        free_secret(options->kafka[i].value);
    }
    free(options->kafka);
    options->kafka = NULL;
    options->kafka_count = 0;
}
