// SPDX-License-Identifier: Apache-2.0
// Handles: the calls of librdkafka that common/bus_*.c makes and that producers and consumers
// share.
#include "kafka_inside.h"

#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rd_kafka_s *kafka_handles[KAFKA_HANDLES];
size_t kafka_handle_count;

void kafka_reset(void) {
    kafka_topics_reset();
    kafka_groups_reset();
    kafka_handle_count = 0;
}

rd_kafka_conf_t *rd_kafka_conf_new(void) { return calloc(1, sizeof(rd_kafka_conf_t)); }

void rd_kafka_conf_destroy(rd_kafka_conf_t *conf) { free(conf); }

rd_kafka_conf_res_t rd_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                                      char *text, size_t room) {
    (void)text;
    (void)room;
    if (strcmp(name, "group.id") == 0) {
        snprintf(conf->group, sizeof conf->group, "%s", value);
    }
    conf->gapless = conf->gapless ||
                    (strcmp(name, "enable.gapless.guarantee") == 0 && strcmp(value, "true") == 0);
    return RD_KAFKA_CONF_OK;
}

const rd_kafka_conf_t *rd_kafka_conf(rd_kafka_t *handle) { return &handle->conf; }

rd_kafka_conf_res_t rd_kafka_conf_get(const rd_kafka_conf_t *conf, const char *name, char *value,
                                      size_t *size) {
    if (strcmp(name, "group.id") != 0) {
        return RD_KAFKA_CONF_UNKNOWN;
    }
    snprintf(value, *size, "%s", conf->group);
    return RD_KAFKA_CONF_OK;
}

void rd_kafka_mem_free(rd_kafka_t *handle, void *memory) {
    (void)handle;
    free(memory);
}

void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t *conf,
                                 void (*call)(rd_kafka_t *, const rd_kafka_message_t *, void *)) {
    conf->delivered = call;
}

void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf,
                                void (*call)(rd_kafka_t *, int, const char *, void *)) {
    (void)conf;
    (void)call;
}

void rd_kafka_conf_set_log_cb(rd_kafka_conf_t *conf,
                              void (*call)(const rd_kafka_t *, int, const char *, const char *)) {
    (void)conf;
    (void)call;
}

void rd_kafka_conf_set_rebalance_cb(rd_kafka_conf_t *conf,
                                    void (*call)(rd_kafka_t *, rd_kafka_resp_err_t,
                                                 rd_kafka_topic_partition_list_t *, void *)) {
    conf->rebalance = call;
}

void rd_kafka_conf_set_opaque(rd_kafka_conf_t *conf, void *opaque) { conf->opaque = opaque; }

rd_kafka_t *rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text, size_t room) {
    struct rd_kafka_s *handle = sim_alloc(sizeof *handle);
    (void)text;
    (void)room;
    if (kafka_handle_count == KAFKA_HANDLES) {
        abort();
    }
    handle->conf = *conf;
    handle->producing = type == RD_KAFKA_PRODUCER;
    handle->process = sim_process();
    kafka_handles[kafka_handle_count++] = handle;
    free(conf);
    return handle;
}

bool kafka_is_dead(const struct rd_kafka_s *handle) {
    return handle->process != NULL && handle->process->dead;
}

rd_kafka_resp_err_t rd_kafka_metadata(rd_kafka_t *handle, int all, rd_kafka_topic_t *only,
                                      const struct rd_kafka_metadata **metadata, int timeout_ms) {
    static struct rd_kafka_metadata_topic topics[KAFKA_TOPICS];
    static const struct rd_kafka_metadata known = {.topics = topics, .topic_cnt = KAFKA_TOPICS};
    for (size_t i = 0; i < KAFKA_TOPICS; i++) {
        topics[i].topic = (char *)kafka_topics[i].name;
        topics[i].partition_cnt = (int)kafka_topics[i].partition_count;
    }
    (void)all;
    (void)only;
    (void)timeout_ms;
    *metadata = &known;
    return kafka_is_dead(handle) || faults_is_down(FAULT_KAFKA_DOWN) ? RD_KAFKA_RESP_ERR__TRANSPORT
                                                                     : RD_KAFKA_RESP_ERR_NO_ERROR;
}

void rd_kafka_metadata_destroy(const struct rd_kafka_metadata *metadata) { (void)metadata; }

rd_kafka_resp_err_t rd_kafka_fatal_error(rd_kafka_t *handle, char *text, size_t room) {
    (void)handle;
    snprintf(text, room, "none");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void rd_kafka_destroy(rd_kafka_t *handle) {
    handle->closed = true;
    if (handle->producing) {
        kafka_give_up(handle);
    } else {
        kafka_group_leave_late(handle);
    }
}

bool kafka_is_quiet(void) {
    for (size_t i = 0; i < kafka_handle_count; i++) {
        const struct rd_kafka_s *handle = kafka_handles[i];
        if (handle->producing && !handle->closed &&
            (handle->waiting.first != NULL || handle->ended.first != NULL)) {
            return false;
        }
    }
    return kafka_groups_are_settled();
}
