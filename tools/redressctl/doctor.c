// SPDX-License-Identifier: Apache-2.0
// Each dependency and service: does it answer, which version, is it ready.
#include "command.h"
#include "kafka.h"

#include "common/http_client.h"
#include "common/pg.h"
#include "common/redis.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 3000

static void add(json_t *list, const char *name, bool up, const char *detail) {
    json_array_append_new(list,
                          json_pack("{s:s, s:b, s:s}", "name", name, "up", up, "detail", detail));
}

static void look_at_kafka(const struct arguments *arguments, json_t *list) {
    char text[256];
    const struct rd_kafka_metadata *metadata = NULL;
    struct error error;
    rd_kafka_t *handle = NULL;
    if (kafka_open(&handle, RD_KAFKA_PRODUCER, rd_kafka_conf_new(),
                   argument(arguments, "brokers", "REDRESS_KAFKA_BROKERS", "127.0.0.1:18092"),
                   &error) != RC_OK) {
        add(list, "kafka", false, error.text);
        return;
    }
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 1, NULL, &metadata, TIMEOUT_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        snprintf(text, sizeof text, "%d brokers, %d topics", metadata->broker_cnt,
                 metadata->topic_cnt);
        rd_kafka_metadata_destroy(metadata);
    } else {
        snprintf(text, sizeof text, "%s", rd_kafka_err2str(code));
    }
    add(list, "kafka", code == RD_KAFKA_RESP_ERR_NO_ERROR, text);
    rd_kafka_destroy(handle);
}

static void look_at_postgres(const struct arguments *arguments, json_t *list) {
    struct error error;
    struct pg *pg = NULL;
    struct pg_parameters none = {0};
    PGresult *result = NULL;
    char text[600];
    enum rc rc =
        pg_open(&pg, argument(arguments, "url", "REDRESS_POSTGRES_ADMIN_URL", "dbname=redress"),
                "redressctl doctor", "public", &error);
    rc = rc == RC_OK ? pg_run(pg,
                              "SELECT current_setting('server_version'), (SELECT "
                              "string_agg(service || ' ' || number, ', ') FROM (SELECT service, "
                              "max(number) AS number FROM migrations.redress_migrations GROUP BY "
                              "service ORDER BY service) m)",
                              &none, &result, &error)
                     : rc;
    if (rc == RC_OK) {
        const char *migrations = pg_get_text(result, 0, 1);
        snprintf(text, sizeof text, "%s; migrations: %s", pg_get_text(result, 0, 0),
                 migrations == NULL ? "none" : migrations);
        PQclear(result);
    } else {
        snprintf(text, sizeof text, "%s", error.text);
    }
    add(list, "postgresql", rc == RC_OK, text);
    pg_close(pg);
}

static void look_at_redis(json_t *list) {
    struct error error;
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    const char *port = getenv("REDRESS_REDIS_PORT");
    char text[600];
    enum rc rc = redis_new(&redis, "127.0.0.1", port == NULL ? 18379 : (int)strtol(port, NULL, 10),
                           TIMEOUT_MS, &error);
    rc = rc == RC_OK ? redis_command(redis, &reply, &error, "INFO", "server", NULL) : rc;
    if (rc == RC_OK) {
        const char *version = strstr(reply->str, "redis_version:");
        snprintf(text, sizeof text, "%.24s", version == NULL ? "" : version + 14);
        text[strcspn(text, "\r\n")] = '\0';
        freeReplyObject(reply);
    } else {
        snprintf(text, sizeof text, "%s", error.text);
    }
    add(list, "redis", rc == RC_OK, text);
    redis_free(redis);
}

static void look_at_service(json_t *list, const char *name, int port) {
    struct error error;
    struct http_client *client = NULL;
    char url[64];
    char text[600] = "ready";
    long status = 0;
    json_t *answer = NULL;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    enum rc rc = http_client_new(&client, url, NULL, TIMEOUT_MS, &error);
    rc = rc == RC_OK
             ? http_client_json(client, "GET", "/readyz", NULL, NULL, &status, &answer, &error)
             : rc;
    // A ready service answers with a plain text, which is no JSON; a problem says why not.
    if (status != 200) {
        const char *detail = json_string_value(json_object_get(answer, "detail"));
        snprintf(text, sizeof text, "%s", rc != RC_OK ? error.text : detail == NULL ? "" : detail);
    }
    add(list, name, status == 200, text);
    json_decref(answer);
    http_client_free(client);
}

int doctor(const struct arguments *arguments) {
    static const char *const services[] = {"intake",    "triage",       "ledger",
                                           "sla-timer", "notification", "analytics"};
    const char *base = getenv("REDRESS_PORT_BASE");
    int first = base == NULL ? 18000 : (int)strtol(base, NULL, 10);
    json_t *list = json_array();
    look_at_kafka(arguments, list);
    look_at_postgres(arguments, list);
    look_at_redis(list);
    for (int i = 0; i < 6; i++) {
        look_at_service(list, services[i], first + 11 + 10 * i);
    }
    size_t index;
    json_t *item;
    bool good = true;
    json_array_foreach(list, index, item) {
        bool up = json_is_true(json_object_get(item, "up"));
        good = good && up;
        if (!arguments->json) {
            print_cell(json_string_value(json_object_get(item, "name")), 14);
            print_cell(up ? "up" : "DOWN", 5);
            printf("%s\n", json_string_value(json_object_get(item, "detail")));
        }
    }
    if (arguments->json) {
        print_json(json_pack("{s:O}", "items", list));
    }
    json_decref(list);
    return good ? EXIT_GOOD : EXIT_UNREACHABLE;
}
