// SPDX-License-Identifier: Apache-2.0
// One libcurl handle a client; redirects are not followed, answers are bounded.
#include "common/http_client.h"

#include "common/json.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_LIMIT (4 * 1024 * 1024)

struct http_client {
    CURL *curl;
    char *base;
    char *authorization; // "Authorization: Bearer …" or NULL
    char *answer;
    size_t size;
    size_t most; // bytes of an answer
};

enum rc http_client_new(struct http_client **out, const char *base_url, const char *bearer_token,
                        int64_t timeout_ms, struct error *error) {
    struct http_client *client = calloc(1, sizeof *client);
    *out = client;
    if (client == NULL || (client->curl = curl_easy_init()) == NULL ||
        (client->base = strdup(base_url)) == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for an HTTP client");
    }
    client->most = ANSWER_LIMIT;
    if (bearer_token != NULL && bearer_token[0] != '\0' &&
        asprintf(&client->authorization, "Authorization: Bearer %s", bearer_token) < 0) {
        return error_set(error, RC_INTERNAL, "out of memory for an HTTP client");
    }
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    return RC_OK;
}

void http_client_free(struct http_client *client) {
    if (client == NULL) {
        return;
    }
    curl_easy_cleanup(client->curl);
    free(client->authorization);
    free(client->base);
    free(client->answer);
    free(client);
}

void http_client_expect(struct http_client *client, size_t most) { client->most = most; }

static size_t on_data(char *data, size_t one, size_t size, void *context) {
    (void)one;
    struct http_client *client = context;
    char *grown = client->size + size > client->most
                      ? NULL
                      : realloc(client->answer, client->size + size + 1);
    if (grown == NULL) {
        return 0; // libcurl fails the transfer
    }
    memcpy(grown + client->size, data, size);
    client->answer = grown;
    client->size += size;
    return size;
}

static enum rc perform(struct http_client *client, const char *method, const char *path,
                       const char *body, struct curl_slist *headers, long *status,
                       struct error *error) {
    char *url = NULL;
    if (asprintf(&url, "%s%s", client->base, path) < 0) {
        return error_set(error, RC_INTERNAL, "out of memory for a URL");
    }
    client->size = 0;
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body);
    if (body == NULL) {
        curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
    }
    CURLcode code = curl_easy_perform(client->curl);
    free(url);
    if (code != CURLE_OK) {
        return error_set(error, RC_UNAVAILABLE, "%s does not answer: %s", client->base,
                         curl_easy_strerror(code));
    }
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, status);
    return RC_OK;
}

enum rc http_client_json(struct http_client *client, const char *method, const char *path,
                         const json_t *body, const char *const *headers, long *status,
                         json_t **answer, struct error *error) {
    struct curl_slist *list = NULL;
    char *text = body == NULL ? NULL : json_text(body, JSON_COMPACT);
    *answer = NULL;
    if (body != NULL && text == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a request");
    }
    list = curl_slist_append(list, "Content-Type: application/json");
    list = curl_slist_append(list, "Expect:");
    if (client->authorization != NULL) {
        list = curl_slist_append(list, client->authorization);
    }
    for (; headers != NULL && *headers != NULL; headers++) {
        list = curl_slist_append(list, *headers);
    }
    enum rc rc = perform(client, method, path, text, list, status, error);
    if (rc == RC_OK && client->size > 0) {
        rc = json_read_object(client->answer, client->size, answer, error);
    }
    if (rc == RC_INVALID) {
        rc = error_set(error, RC_UNAVAILABLE, "%s answered with something else than JSON",
                       client->base);
    }
    curl_slist_free_all(list);
    free(text);
    return rc;
}
