// SPDX-License-Identifier: Apache-2.0
// Analytics counted anew from the facts, which Kafka keeps for ever: after a version that counts
// more, what came before it is counted too. The group is forgotten first, which Kafka refuses while
// analytics runs; a fact that is read again is counted once, so an end in between harms nothing.
#include "command.h"
#include "kafka.h"

#include "common/pg.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#define GROUP "redress-analytics"
#define TIMEOUT_MS 20000

static enum rc verdict(rd_kafka_resp_err_t code, struct error *error) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND: // it has read nothing yet
        return RC_OK;
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
        return error_set(error, RC_CONFLICT, "analytics runs: stop it first");
    default:
        return error_set(error, RC_UNAVAILABLE, "Kafka: %s", rd_kafka_err2str(code));
    }
}

static enum rc read_answer(rd_kafka_event_t *event, struct error *error) {
    size_t count = 0;
    if (event == NULL) {
        return error_set(error, RC_UNAVAILABLE, "Kafka does not answer");
    }
    const rd_kafka_DeleteGroups_result_t *result = rd_kafka_event_DeleteGroups_result(event);
    if (result == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return verdict(rd_kafka_event_error(event), error);
    }
    const rd_kafka_group_result_t **groups = rd_kafka_DeleteGroups_result_groups(result, &count);
    const rd_kafka_error_t *cause = count == 0 ? NULL : rd_kafka_group_result_error(groups[0]);
    return cause == NULL ? RC_OK : verdict(rd_kafka_error_code(cause), error);
}

static enum rc forget_group(const char *brokers, struct error *error) {
    rd_kafka_t *handle = NULL;
    enum rc rc = kafka_open(&handle, RD_KAFKA_PRODUCER, rd_kafka_conf_new(), brokers, error);
    if (rc != RC_OK) {
        return rc;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_DeleteGroup_t *group = rd_kafka_DeleteGroup_new(GROUP);
    rd_kafka_DeleteGroups(handle, &group, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    rc = read_answer(event, error);
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    rd_kafka_DeleteGroup_destroy(group);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    return rc;
}

static enum rc empty(const char *url, struct error *error) {
    struct pg *pg = NULL;
    enum rc rc = pg_open(&pg, url, "redressctl analytics rebuild", "analytics", error);
    rc = rc == RC_OK ? pg_command(pg,
                                  "TRUNCATE measures, contact_hashes, daily, response_seconds, "
                                  "handlings, due_days, response_classes, response_months, "
                                  "repeats, repeat_days",
                                  error)
                     : rc;
    pg_close(pg);
    return rc;
}

int analytics_rebuild(const struct arguments *arguments) {
    struct error error;
    enum rc rc = forget_group(
        argument(arguments, "brokers", "REDRESS_KAFKA_BROKERS", "127.0.0.1:18092"), &error);
    rc = rc == RC_OK
             ? empty(argument(arguments, "url", "REDRESS_POSTGRES_ADMIN_URL", "dbname=redress"),
                     &error)
             : rc;
    if (rc != RC_OK) {
        return fail(&error);
    }
    print_json(json_pack("{s:b, s:s}", "emptied", 1, "next",
                         "start analytics: it counts every fact again"));
    return EXIT_GOOD;
}
