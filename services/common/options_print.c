// SPDX-License-Identifier: Apache-2.0
// What --help and --config print, and which of it nobody may read.
#include "common/options.h"

#include <inttypes.h>
#include <string.h>

bool option_kafka_is_secret(const char *name) {
    static const char *const words[] = {"password", "key", "secret", "oauthbearer.config"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(name, words[i]) != NULL) {
            return strstr(name, ".location") == NULL;
        }
    }
    return false;
}

void options_print_help(const struct options *options, FILE *to) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            const struct option_entry *entry = &options->tables[t][i];
            fprintf(to, "  %-28s %s (%s)\n", entry->name, entry->help,
                    entry->fallback == NULL      ? "must be set"
                    : entry->fallback[0] == '\0' ? "default: none"
                                                 : entry->fallback);
        }
    }
    fprintf(to, "  %-28s %s\n", "kafka.<property>", "handed to librdkafka as it is");
}

static void print_value(const struct options *options, const struct option_entry *entry, FILE *to) {
    const void *target = (const char *)options->config + entry->offset;
    if (entry->type == OPTION_NUMBER) {
        fprintf(to, "%s: %" PRId64 "\n", entry->name, *(const int64_t *)target);
    } else if (entry->type == OPTION_SWITCH) {
        fprintf(to, "%s: %s\n", entry->name, *(const bool *)target ? "true" : "false");
    } else {
        const char *text = *(char *const *)target;
        fprintf(to, "%s: \"%s\"\n", entry->name,
                text == NULL                                      ? ""
                : entry->type == OPTION_SECRET && text[0] != '\0' ? "***"
                                                                  : text);
    }
}

void options_print_config(const struct options *options, FILE *to) {
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < options->counts[t]; i++) {
            print_value(options, &options->tables[t][i], to);
        }
    }
    for (size_t i = 0; i < options->kafka_count; i++) {
        const char *name = options->kafka[i].name;
        fprintf(to, "kafka.%s: \"%s\"\n", name,
                option_kafka_is_secret(name) ? "***" : options->kafka[i].value);
    }
}
