// SPDX-License-Identifier: Apache-2.0
// What complainants send and read about their case, by tracking code and PIN, anonymous ones too.
// Sent is what Kafka has; whether the case's state allows it is the ledger's to decide, and asked
// of it beforehand so that a refusal is told at once.
#include "routes_private.h"

#include "dialogue.h"
#include "stats.h"

#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 50

// One thing sent.
struct sent {
    const char *key;
    char code[IDENT_TRACKING_SIZE];
    struct dialogue dialogue;
    unsigned char digest[SEAL_HASH_SIZE];
    char proposal_id[IDENT_UUID_SIZE];
    json_t *body;
    json_t *status; // of the case
};

static enum rc read_sent(struct http_request *request, enum dialogue_kind kind, struct sent *sent,
                         struct error *error) {
    size_t size = 0;
    const char *text = http_body(request, &size);
    enum rc rc = routes_read_key(request, &sent->key, error);
    rc = rc == RC_OK ? json_read_object(text, size, &sent->body, error) : rc;
    rc = rc == RC_OK ? dialogue_read(kind, sent->body, &sent->dialogue, error) : rc;
    return rc == RC_OK ? routes_read_code(request, sent->code, error) : rc;
}

// The body is part of the proposal's id, so that a key that is used again for another body, which
// Redis has forgotten, loses nothing.
static void identify(struct sent *sent, char key_id[IDENT_UUID_SIZE]) {
    char hex[2 * SEAL_HASH_SIZE + 1];
    const char *name = dialogue_name(sent->dialogue.kind);
    dialogue_digest(&sent->dialogue, sent->digest);
    seal_hex(sent->digest, sizeof sent->digest, hex);
    ident_uuid_from((const char *const[]){name, sent->code, sent->key, NULL}, key_id);
    ident_uuid_from((const char *const[]){name, sent->code, sent->key, hex, NULL},
                    sent->proposal_id);
}

static enum rc propose(struct submit *submit, const struct http_request *request,
                       const struct sent *sent, struct error *error) {
    bool decided = false;
    enum rc rc = dialogue_judge(sent->dialogue.kind, sent->status, &decided, error);
    return rc == RC_OK && !decided
               ? dialogue_send(submit, &sent->dialogue,
                               json_string_value(json_object_get(sent->status, "case_id")),
                               json_string_value(json_object_get(sent->status, "institution")),
                               sent->proposal_id, http_traceparent(request), error)
               : rc;
}

static enum rc take(struct submit *submit, struct http_request *request, enum dialogue_kind kind,
                    struct sent *sent, struct error *error) {
    char key_id[IDENT_UUID_SIZE];
    enum rc rc = read_sent(request, kind, sent, error);
    rc = rc == RC_OK ? routes_check_pin(submit, request, sent->code, error) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    identify(sent, key_id);
    const char *sha256 = kind == DIALOGUE_EVIDENCE ? sent->dialogue.sha256 : NULL;
    rc = store_status(submit->store, sent->code, sent->proposal_id, sha256, &sent->status, error);
    if (rc == RC_OK && !store_same_body(submit->store, key_id, sent->digest)) {
        rc = error_field(error, "idempotency-key-reused", "Idempotency-Key",
                         "this key was used with another body");
    }
    return rc == RC_OK ? propose(submit, request, sent, error) : rc;
}

static void answer(struct http_request *request, void *context, enum dialogue_kind kind) {
    struct sent sent = {.body = NULL};
    struct error error;
    enum rc rc = take(((const struct routes *)context)->submit, request, kind, &sent, &error);
    json_decref(sent.body);
    json_decref(sent.status);
    if (rc != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    metric_add(&intake_stats[STAT_DIALOGUE], 1);
    // Who offers evidence is told that its bytes are still theirs to keep.
    http_reply_json(request, 202,
                    json_pack("{s:s, s:s*}", "status", "accepted", "content",
                              kind == DIALOGUE_EVIDENCE ? "not-taken" : NULL));
}

void routes_post_message(struct http_request *request, void *context) {
    answer(request, context, DIALOGUE_MESSAGE);
}

void routes_post_evidence(struct http_request *request, void *context) {
    answer(request, context, DIALOGUE_EVIDENCE);
}

void routes_post_withdrawal(struct http_request *request, void *context) {
    answer(request, context, DIALOGUE_WITHDRAWAL);
}

void routes_post_reopening(struct http_request *request, void *context) {
    answer(request, context, DIALOGUE_REOPENING);
}

void routes_get_messages(struct http_request *request, void *context) {
    static const char *const names[] = {"after", "limit", NULL};
    static const struct http_number sequence = {"after", 0, 0, INT64_MAX};
    static const struct http_number most = {"limit", PAGE, 1, PAGE};
    struct submit *submit = ((const struct routes *)context)->submit;
    char code[IDENT_TRACKING_SIZE];
    struct error error;
    int64_t after = 0;
    int64_t limit = 0;
    json_t *page = NULL;
    enum rc rc = http_query_only(request, names, &error);
    rc = rc == RC_OK ? http_query_number(request, &sequence, &after, &error) : rc;
    rc = rc == RC_OK ? http_query_number(request, &most, &limit, &error) : rc;
    rc = rc == RC_OK ? routes_read_code(request, code, &error) : rc;
    rc = rc == RC_OK ? routes_check_pin(submit, request, code, &error) : rc;
    rc = rc == RC_OK ? store_dialogue(submit->store, code, after, limit, &page, &error) : rc;
    if (rc != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    http_reply_json(request, 200, page);
}
