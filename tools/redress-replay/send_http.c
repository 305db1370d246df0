// SPDX-License-Identifier: Apache-2.0
// Many connections through one libcurl multi handle; what was not answered for good comes again.
#include "replay.h"

#include "common/clock.h"
#include "common/json.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 32
#define ATTEMPTS 30
#define BACK_OFF_MS 200

struct transfer {
    CURL *curl;
    struct curl_slist *headers;
    char *body;
    unsigned attempts;
    bool busy;
};

static size_t drop(char *data, size_t one, size_t size, void *context) {
    (void)data;
    (void)context;
    return one * size;
}

static char *make_body(const struct replay *replay, const struct row *row) {
    char time[CLOCK_TEXT_SIZE];
    json_t *body = json_pack("{s:s, s:s, s:s, s:b}", "institution", replay->institution, "channel",
                             "web", "narrative", row->text, "anonymous", 1);
    if (body != NULL && row->received_at_ms != 0) {
        clock_format(row->received_at_ms, time);
        json_object_set_new(body, "received_at", json_string(time));
    }
    char *text = json_text(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static void begin(struct replay *replay, CURLM *multi, struct transfer *transfer,
                  const struct row *row) {
    char url[600];
    char key[300];
    snprintf(url, sizeof url, "%s/v1/submissions", replay->url);
    snprintf(key, sizeof key, "Idempotency-Key: %.256s", row->key);
    transfer->body = make_body(replay, row);
    if (transfer->body == NULL) { // no memory, or text that is no UTF-8
        replay->refused++;
        return;
    }
    transfer->headers = curl_slist_append(NULL, "Content-Type: application/json");
    transfer->headers = curl_slist_append(transfer->headers, "Expect:");
    transfer->headers = curl_slist_append(transfer->headers, key);
    transfer->attempts = 1;
    transfer->busy = true;
    curl_easy_reset(transfer->curl);
    curl_easy_setopt(transfer->curl, CURLOPT_URL, url);
    curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, transfer->body);
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(transfer->curl, CURLOPT_TIMEOUT_MS, 20000L);
    curl_easy_setopt(transfer->curl, CURLOPT_PRIVATE, transfer);
    curl_multi_add_handle(multi, transfer->curl);
}

static void finish(struct transfer *transfer) {
    curl_slist_free_all(transfer->headers);
    free(transfer->body);
    transfer->headers = NULL;
    transfer->body = NULL;
    transfer->busy = false;
}

static bool worth_repeating(long status) {
    return status == 0 || status == 409 || status == 429 || status >= 500;
}

static void conclude(struct replay *replay, CURLM *multi, struct transfer *transfer) {
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi, transfer->curl);
    if (worth_repeating(status) && transfer->attempts < ATTEMPTS) {
        transfer->attempts++;
        clock_sleep_ms(BACK_OFF_MS);
        curl_multi_add_handle(multi, transfer->curl);
        return;
    }
    replay->accepted += status == 202;
    replay->repeated += status == 200;
    replay->refused += status >= 400 && !worth_repeating(status);
    replay->failed += worth_repeating(status);
    finish(transfer);
}

static void take_results(struct replay *replay, CURLM *multi) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        struct transfer *transfer = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        conclude(replay, multi, transfer);
    }
}

static bool fill(struct replay *replay, FILE *file, CURLM *multi, struct transfer *transfers) {
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct row row;
        if (transfers[i].busy) {
            continue;
        }
        if (!source_next(replay, file, &row)) {
            return false;
        }
        replay_pace(replay);
        begin(replay, multi, &transfers[i], &row);
        row_free(&row);
    }
    return true;
}

enum rc send_http(struct replay *replay, FILE *file, struct error *error) {
    struct transfer transfers[CONNECTIONS] = {0};
    CURLM *multi = curl_multi_init();
    bool more = true;
    int running = 0;
    if (multi == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for HTTP");
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        transfers[i].curl = curl_easy_init();
    }
    do {
        more = more && fill(replay, file, multi, transfers);
        curl_multi_perform(multi, &running);
        take_results(replay, multi);
        curl_multi_perform(multi, &running);
        if (running > 0) {
            curl_multi_poll(multi, NULL, 0, 100, NULL);
        }
    } while (more || running > 0);
    take_results(replay, multi);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        curl_easy_cleanup(transfers[i].curl);
    }
    curl_multi_cleanup(multi);
    return RC_OK;
}
