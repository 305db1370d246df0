// SPDX-License-Identifier: Apache-2.0
// Makes Kafka's topics what deploy/topics.yaml says, by the admin API.
#include "command.h"
#include "kafka.h"
#include "scan.h"

#include "common/yaml_file.h"

#include <inttypes.h>
#include <libgen.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 20000

struct setting {
    char *name;
    char *value;
};

struct topic {
    char *name;
    int32_t partitions;
    int32_t replication;
    struct setting *settings;
    unsigned setting_count;
};

struct topic_file {
    struct topic *topics;
    unsigned topic_count;
};

static const cyaml_schema_field_t setting_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct setting, name, 1, 128),
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct setting, value, 1, 128),
    CYAML_FIELD_END};
static const cyaml_schema_value_t setting_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct setting, setting_fields)};
static const cyaml_schema_field_t topic_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct topic, name, 1, 249),
    CYAML_FIELD_INT("partitions", CYAML_FLAG_DEFAULT, struct topic, partitions),
    CYAML_FIELD_INT("replication", CYAML_FLAG_DEFAULT, struct topic, replication),
    CYAML_FIELD_SEQUENCE_COUNT("settings", CYAML_FLAG_POINTER, struct topic, settings,
                               setting_count, &setting_entry, 0, 32),
    CYAML_FIELD_END};
static const cyaml_schema_value_t topic_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct topic, topic_fields)};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("topics", CYAML_FLAG_POINTER, struct topic_file, topics, topic_count,
                               &topic_entry, 1, 64),
    CYAML_FIELD_END};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct topic_file, file_fields)};

// A setting's value. Where the file's replication is overridden, the majority of the replicas must
// have a record before it counts: one of them may be away, and none may be the only one to know.
static const char *value_of(const struct setting *setting, int replication, char *text,
                            size_t size) {
    if (replication == 0 || strcmp(setting->name, "min.insync.replicas") != 0) {
        return setting->value;
    }
    snprintf(text, size, "%d", replication / 2 + 1);
    return text;
}

// Waits for the answer to one request; RC_CONFLICT where the topic is there already.
static enum rc await(rd_kafka_queue_t *queue, const char *name, bool created, struct error *error) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    rd_kafka_resp_err_t code =
        event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    size_t count = 0;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && created) {
        const rd_kafka_topic_result_t **results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
        code = rd_kafka_topic_result_error(results[0]);
    } else if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rd_kafka_ConfigResource_t **results = rd_kafka_AlterConfigs_result_resources(
            rd_kafka_event_AlterConfigs_result(event), &count);
        code = rd_kafka_ConfigResource_error(results[0]);
    }
    rd_kafka_event_destroy(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return RC_OK;
    }
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return RC_CONFLICT;
    }
    return error_set(error, RC_UNAVAILABLE, "topic %s: %s", name, rd_kafka_err2str(code));
}

static enum rc create(rd_kafka_t *handle, rd_kafka_queue_t *queue, const struct topic *topic,
                      int replication, struct error *error) {
    char text[256];
    rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(
        topic->name, topic->partitions, replication > 0 ? replication : topic->replication, text,
        sizeof text);
    if (wanted == NULL) {
        return error_field(error, "bad-topic", topic->name, "%s: %s", topic->name, text);
    }
    for (unsigned i = 0; i < topic->setting_count; i++) {
        const char *value = value_of(&topic->settings[i], replication, text, sizeof text);
        rd_kafka_NewTopic_set_config(wanted, topic->settings[i].name, value);
    }
    rd_kafka_CreateTopics(handle, &wanted, 1, NULL, queue);
    enum rc rc = await(queue, topic->name, true, error);
    rd_kafka_NewTopic_destroy(wanted);
    return rc;
}

// The number of partitions stays what it was when the topic was made: with another one, cases would
// change their partition, and their facts their order.
static enum rc compare(rd_kafka_t *handle, const struct topic *topic, struct error *error) {
    int partitions = 0;
    enum rc rc = scan_partitions(handle, topic->name, &partitions, error);
    return rc != RC_OK || partitions == topic->partitions
               ? rc
               : error_field(error, "other-partitions", "partitions",
                             "topic %s has %d partitions, the file says %" PRId32
                             "; they are chosen once, so let the file say what is",
                             topic->name, partitions, topic->partitions);
}

static enum rc alter(rd_kafka_t *handle, rd_kafka_queue_t *queue, const struct topic *topic,
                     int replication, struct error *error) {
    char text[16];
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic->name);
    for (unsigned i = 0; i < topic->setting_count; i++) {
        rd_kafka_ConfigResource_set_config(
            resource, topic->settings[i].name,
            value_of(&topic->settings[i], replication, text, sizeof text));
    }
    rd_kafka_AlterConfigs(handle, &resource, 1, NULL, queue);
    enum rc rc = await(queue, topic->name, false, error);
    rd_kafka_ConfigResource_destroy(resource);
    return rc;
}

static enum rc apply(const struct topic_file *file, const struct arguments *arguments,
                     struct error *error) {
    int replication = (int)strtol(argument(arguments, "replication", NULL, "0"), NULL, 10);
    rd_kafka_t *handle = NULL;
    enum rc rc = kafka_open(
        &handle, RD_KAFKA_PRODUCER, rd_kafka_conf_new(),
        argument(arguments, "brokers", "REDRESS_KAFKA_BROKERS", "127.0.0.1:18092"), error);
    if (rc != RC_OK) {
        return rc;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    for (unsigned i = 0; i < file->topic_count && rc == RC_OK; i++) {
        rc = create(handle, queue, &file->topics[i], replication, error);
        rc = rc == RC_CONFLICT ? compare(handle, &file->topics[i], error) : rc;
        rc = rc == RC_OK ? alter(handle, queue, &file->topics[i], replication, error) : rc;
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    return rc;
}

int topics_apply(const struct arguments *arguments) {
    struct error error;
    void *content = NULL;
    char directory[1024];
    char name[1024];
    const char *path = argument(arguments, "file", NULL, "deploy/topics.yaml");
    snprintf(directory, sizeof directory, "%s", path);
    snprintf(name, sizeof name, "%s", path);
    enum rc rc = yaml_file_load(dirname(directory), basename(name), &file_schema, &content, &error);
    const struct topic_file *file = content;
    rc = rc == RC_OK ? apply(file, arguments, &error) : rc;
    if (rc == RC_OK) {
        json_t *names = json_array();
        for (unsigned i = 0; i < file->topic_count; i++) {
            json_array_append_new(names, json_string(file->topics[i].name));
        }
        print_json(json_pack("{s:o}", "topics", names));
    }
    yaml_file_free(&file_schema, content);
    return rc == RC_OK ? EXIT_GOOD : fail(&error);
}
