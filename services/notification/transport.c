// SPDX-License-Identifier: Apache-2.0
// At least once towards the server: a stable Message-ID lets the receiver see a repeat.
#include "transport.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMEOUT_S 20L
#define WORD_BYTES 42 // of UTF-8 in one encoded word: 75 characters at most (RFC 2047)

struct transport {
    CURL *smtp;
    CURL *http;
    char *smtp_url;
    char *from;
    unsigned char key[128];
    size_t key_size;
};

enum rc transport_new(struct transport **out, const char *smtp_url, const char *from,
                      const char *webhook_secret, struct error *error) {
    struct transport *transport = calloc(1, sizeof *transport);
    *out = transport;
    if (transport == NULL || (transport->smtp = curl_easy_init()) == NULL ||
        (transport->http = curl_easy_init()) == NULL ||
        (transport->smtp_url = strdup(smtp_url)) == NULL ||
        (transport->from = strdup(from)) == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the transport");
    }
    if (sodium_hex2bin(transport->key, sizeof transport->key, webhook_secret,
                       strlen(webhook_secret), NULL, &transport->key_size, NULL) != 0 ||
        transport->key_size < 16) {
        return error_field(error, "bad-key", "webhook.secret",
                           "webhook.secret must be 16 to 128 bytes in hex");
    }
    return RC_OK;
}

void transport_free(struct transport *transport) {
    if (transport == NULL) {
        return;
    }
    curl_easy_cleanup(transport->smtp);
    curl_easy_cleanup(transport->http);
    if (transport->smtp_url != NULL) {
        sodium_memzero(transport->smtp_url, strlen(transport->smtp_url));
    }
    free(transport->smtp_url);
    free(transport->from);
    sodium_memzero(transport->key, sizeof transport->key);
    free(transport);
}

// A subject as encoded words, split between characters, folded over lines.
static void encode_subject(const char *subject, char *header, size_t room) {
    size_t used = (size_t)snprintf(header, room, "Subject:");
    while (*subject != '\0' && used + 100 < room) {
        char word[128];
        size_t size = strnlen(subject, WORD_BYTES);
        while (size > 0 && ((unsigned char)subject[size] & 0xC0) == 0x80) {
            size--;
        }
        sodium_bin2base64(word, sizeof word, (const unsigned char *)subject, size,
                          sodium_base64_VARIANT_ORIGINAL);
        used += (size_t)snprintf(header + used, room - used,
                                 "%s=?UTF-8?B?%s?=", used > 8 ? "\r\n " : " ", word);
        subject += size;
    }
}

static struct curl_slist *mail_headers(const struct transport *transport, const struct mail *mail) {
    char line[1200];
    char date[64];
    time_t seconds = (time_t)(mail->date_ms / 1000);
    struct tm utc;
    struct curl_slist *list = NULL;
    gmtime_r(&seconds, &utc);
    strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S +0000", &utc);
    list = curl_slist_append(list, date);
    snprintf(line, sizeof line, "From: <%s>", transport->from);
    list = curl_slist_append(list, line);
    snprintf(line, sizeof line, "To: <%s>", mail->to);
    list = curl_slist_append(list, line);
    snprintf(line, sizeof line, "Message-ID: <%s@redress>", mail->message_id);
    list = curl_slist_append(list, line);
    encode_subject(mail->subject, line, sizeof line);
    list = curl_slist_append(list, line);
    return curl_slist_append(list, "Auto-Submitted: auto-generated");
}

static enum rc coded(struct error *error, enum rc rc, const char *code) {
    error_set(error, rc, "delivery failed: %s", code);
    if (error != NULL) {
        snprintf(error->code, sizeof error->code, "%s", code);
    }
    return rc;
}

static enum rc smtp_verdict(CURL *curl, CURLcode result, struct error *error) {
    long status = 0;
    char code[32];
    if (result == CURLE_OK) {
        return RC_OK;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status < 400) {
        return coded(error, RC_UNAVAILABLE, "connect");
    }
    snprintf(code, sizeof code, "smtp-%ld", status);
    return coded(error, status >= 500 ? RC_INVALID : RC_UNAVAILABLE, code);
}

enum rc transport_mail(struct transport *transport, const struct mail *mail, struct error *error) {
    CURL *curl = transport->smtp;
    struct curl_slist *recipients = curl_slist_append(NULL, mail->to);
    struct curl_slist *headers = mail_headers(transport, mail);
    curl_easy_reset(curl);
    curl_mime *mime = curl_mime_init(curl);
    curl_mimepart *part = curl_mime_addpart(mime);
    curl_mime_data(part, mail->body, CURL_ZERO_TERMINATED);
    curl_mime_type(part, "text/plain; charset=utf-8");
    curl_mime_encoder(part, "base64");
    curl_easy_setopt(curl, CURLOPT_URL, transport->smtp_url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, transport->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    enum rc rc = smtp_verdict(curl, curl_easy_perform(curl), error);
    curl_mime_free(mime);
    curl_slist_free_all(headers);
    curl_slist_free_all(recipients);
    return rc;
}

// base64(HMAC-SHA-256(key, "id.timestamp.body")), prefixed by its version.
static void sign(const struct transport *transport, const struct hook *hook, int64_t timestamp,
                 char *header, size_t room) {
    crypto_auth_hmacsha256_state state;
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    char prefix[96];
    char encoded[64];
    int size = snprintf(prefix, sizeof prefix, "%s.%" PRId64 ".", hook->id, timestamp);
    crypto_auth_hmacsha256_init(&state, transport->key, transport->key_size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)prefix, (unsigned long long)size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)hook->body, strlen(hook->body));
    crypto_auth_hmacsha256_final(&state, hash);
    sodium_bin2base64(encoded, sizeof encoded, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    snprintf(header, room, "webhook-signature: v1,%s", encoded);
}

static size_t drop_answer(char *data, size_t one, size_t size, void *context) {
    (void)data;
    (void)context;
    return one * size;
}

// 2xx is taken, 410 and other 4xx (but 408, 425, 429) are final, everything else comes again.
static enum rc http_verdict(CURL *curl, CURLcode result, struct error *error) {
    long status = 0;
    char code[32];
    if (result != CURLE_OK) {
        return coded(error, RC_UNAVAILABLE, "connect");
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
        return RC_OK;
    }
    bool later = status >= 500 || status == 408 || status == 425 || status == 429 || status < 400;
    snprintf(code, sizeof code, "http-%ld", status);
    return coded(error, later ? RC_UNAVAILABLE : RC_INVALID, code);
}

enum rc transport_hook(struct transport *transport, const struct hook *hook, struct error *error) {
    CURL *curl = transport->http;
    char line[256];
    int64_t timestamp = hook->now_ms / 1000;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    snprintf(line, sizeof line, "webhook-id: %s", hook->id);
    headers = curl_slist_append(headers, line);
    snprintf(line, sizeof line, "webhook-timestamp: %" PRId64, timestamp);
    headers = curl_slist_append(headers, line);
    sign(transport, hook, timestamp, line, sizeof line);
    headers = curl_slist_append(headers, line);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, hook->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, hook->body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    enum rc rc = http_verdict(curl, curl_easy_perform(curl), error);
    curl_slist_free_all(headers);
    return rc;
}
