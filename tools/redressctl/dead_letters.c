// SPDX-License-Identifier: Apache-2.0
// What could not be processed: seen without opening it, and sent again.
#include "command.h"
#include "kafka.h"
#include "scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 10000

static const char *brokers_of(const struct arguments *arguments) {
    return argument(arguments, "brokers", "REDRESS_KAFKA_BROKERS", "127.0.0.1:18092");
}

static json_t *describe(const rd_kafka_message_t *message) {
    static const char *const names[] = {
        "redress_reason_code",   "redress_reason_field", "redress_reason_text",
        "redress_service",       "redress_origin_topic", "redress_origin_partition",
        "redress_origin_offset", "redress_dead_at",      "redress_replayed_from"};
    json_t *item = json_pack("{s:o, s:I}", "place",
                             json_sprintf("%d/%" PRId64, message->partition, message->offset),
                             "bytes", (json_int_t)message->len);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char value[600];
        scan_header(message, names[i], value, sizeof value);
        json_object_set_new(item, names[i] + strlen("redress_"), json_string(value));
    }
    return item;
}

static bool list_each(void *context, const rd_kafka_message_t *message) {
    json_array_append_new(context, describe(message));
    return true;
}

int dead_letters_list(const struct arguments *arguments) {
    struct error error;
    json_t *items = json_array();
    if (scan_topic(brokers_of(arguments), BUS_TOPIC_DEAD_LETTERS, list_each, items, &error) !=
        RC_OK) {
        json_decref(items);
        return fail(&error);
    }
    if (arguments->json) {
        print_json(json_pack("{s:o}", "items", items));
        return EXIT_GOOD;
    }
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item) {
        static const char *const cells[] = {"place",        "service",      "reason_code",
                                            "reason_field", "origin_topic", "dead_at"};
        for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
            print_cell(json_string_value(json_object_get(item, cells[i])), 20);
        }
        printf("\n");
    }
    fprintf(stderr, "%zu dead letters\n", json_array_size(items));
    json_decref(items);
    return EXIT_GOOD;
}

// Looks for one message; what is done with it happens while it is there.
struct wanted {
    int32_t partition;
    int64_t offset;
    bool found;
    bool replay;
    bool sent;
    rd_kafka_t *producer;
};

static void on_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque) {
    (void)handle;
    ((struct wanted *)opaque)->sent = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void replay(struct wanted *wanted, const rd_kafka_message_t *message) {
    char topic[250];
    char from[64];
    rd_kafka_headers_t *headers = NULL;
    scan_header(message, "redress_origin_topic", topic, sizeof topic);
    snprintf(from, sizeof from, "%d/%" PRId64, message->partition, message->offset);
    if (topic[0] == '\0' || rd_kafka_message_headers(message, &headers) != 0) {
        return;
    }
    rd_kafka_headers_t *copy = rd_kafka_headers_copy(headers);
    rd_kafka_header_add(copy, "redress_replayed_from", -1, from, -1);
    if (rd_kafka_producev(wanted->producer, RD_KAFKA_V_TOPIC(topic),
                          RD_KAFKA_V_KEY(message->key, message->key_len),
                          RD_KAFKA_V_VALUE(message->payload, message->len),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(copy),
                          RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_flush(wanted->producer, WAIT_MS);
    } else {
        rd_kafka_headers_destroy(copy);
    }
}

static bool find_each(void *context, const rd_kafka_message_t *message) {
    struct wanted *wanted = context;
    if (message->partition != wanted->partition || message->offset != wanted->offset) {
        return true;
    }
    wanted->found = true;
    if (wanted->replay) {
        replay(wanted, message);
    } else {
        print_json(describe(message));
    }
    return false;
}

static int find(const struct arguments *arguments, struct wanted *wanted) {
    struct error error;
    if (sscanf(arguments->positional[0], "%" SCNd32 "/%" SCNd64, &wanted->partition,
               &wanted->offset) != 2) {
        fprintf(stderr, "redressctl: a place is written PARTITION/OFFSET, as 0/12\n");
        return EXIT_USAGE;
    }
    if (scan_topic(brokers_of(arguments), BUS_TOPIC_DEAD_LETTERS, find_each, wanted, &error) !=
        RC_OK) {
        return fail(&error);
    }
    if (!wanted->found) {
        fprintf(stderr, "redressctl: there is no dead letter at %s\n", arguments->positional[0]);
        return EXIT_FAILED;
    }
    return EXIT_GOOD;
}

int dead_letters_show(const struct arguments *arguments) {
    struct wanted wanted = {.replay = false};
    return find(arguments, &wanted);
}

int dead_letters_replay(const struct arguments *arguments) {
    struct wanted wanted = {.replay = true};
    char text[256];
    struct error error;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "enable.idempotence", "true", text, sizeof text);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_opaque(conf, &wanted);
    if (kafka_open(&wanted.producer, RD_KAFKA_PRODUCER, conf, brokers_of(arguments), &error) !=
        RC_OK) {
        return fail(&error);
    }
    int code = find(arguments, &wanted);
    rd_kafka_destroy(wanted.producer);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (!wanted.sent) {
        fprintf(stderr, "redressctl: Kafka did not take it; nothing was sent\n");
        return EXIT_UNREACHABLE;
    }
    print_json(json_pack("{s:s}", "replayed", arguments->positional[0]));
    return EXIT_GOOD;
}
