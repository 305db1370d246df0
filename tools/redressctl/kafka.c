// SPDX-License-Identifier: Apache-2.0
// The services' own reading of the environment, with a table of what is no property of librdkafka.
#include "kafka.h"

#include "common/options.h"

struct settings {
    char *brokers;
    char *instance_id;
};

// Both are read elsewhere, or for a service: here they only must not be taken for properties.
static const struct option_entry entries[] = {
    OPTION(OPTION_TEXT, struct settings, brokers, "kafka.brokers", "", 0, 1024,
           "host:port of Kafka brokers, separated by commas"),
    OPTION(OPTION_TEXT, struct settings, instance_id, "kafka.instance_id", "", 0, 64,
           "group.instance.id of a service"),
};

static enum rc set_property(rd_kafka_conf_t *conf, const struct option_pair *pair,
                            struct error *error) {
    char text[256];
    if (rd_kafka_conf_set(conf, pair->name, pair->value, text, sizeof text) == RD_KAFKA_CONF_OK) {
        return RC_OK;
    }
    return error_field(error, "bad-option", pair->name, "kafka.%s: %s", pair->name,
                       option_kafka_is_secret(pair->name) ? "not a good value" : text);
}

// Secrets are wiped where they stood, so the environment is read once for all handles.
static enum rc read_environment(const struct options **out, struct error *error) {
    static struct settings settings;
    static struct options options = {.tables = {entries, NULL},
                                     .counts = {sizeof entries / sizeof entries[0], 0},
                                     .config = &settings};
    static bool loaded;
    *out = &options;
    if (loaded) {
        return RC_OK;
    }
    enum rc rc = options_load(&options, NULL, error);
    loaded = rc == RC_OK;
    return rc;
}

static enum rc configure(rd_kafka_conf_t *conf, const char *brokers, struct error *error) {
    const struct option_pair servers = {"bootstrap.servers", (char *)brokers};
    const struct options *options = NULL;
    enum rc rc = read_environment(&options, error);
    for (size_t i = 0; rc == RC_OK && i < options->kafka_count; i++) {
        rc = set_property(conf, &options->kafka[i], error);
    }
    return rc == RC_OK ? set_property(conf, &servers, error) : rc;
}

enum rc kafka_open(rd_kafka_t **handle, rd_kafka_type_t type, rd_kafka_conf_t *conf,
                   const char *brokers, struct error *error) {
    char text[256];
    *handle = NULL;
    rd_kafka_conf_set_log_cb(conf, NULL);
    enum rc rc = configure(conf, brokers, error);
    if (rc == RC_OK && (*handle = rd_kafka_new(type, conf, text, sizeof text)) != NULL) {
        return RC_OK;
    }
    rd_kafka_conf_destroy(conf);
    return rc == RC_OK ? error_field(error, "bad-option", "kafka", "Kafka: %s", text) : rc;
}
