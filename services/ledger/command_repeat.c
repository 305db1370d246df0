// SPDX-License-Identifier: Apache-2.0
// Costs 18 bytes a fact and one read a repeat.
#include "command_repeat.h"

#include "common/json.h"
#include "common/protobuf.h"
#include "common/seal.h"

#include <stdlib.h>
#include <string.h>

enum rc command_digest(const struct command_request *request,
                       unsigned char digest[CASE_DIGEST_SIZE], struct error *error) {
    unsigned char hash[SEAL_HASH_SIZE];
    char *body = json_text(request->body, JSON_COMPACT | JSON_SORT_KEYS);
    size_t key_size = strlen(request->idempotency_key) + 1; // with its end, which parts the two
    size_t body_size = body == NULL ? 0 : strlen(body);
    char *both = body == NULL ? NULL : malloc(key_size + body_size + 1);
    if (both == NULL) {
        free(body);
        return error_set(error, RC_INTERNAL, "out of memory for a command's digest");
    }
    memcpy(both, request->idempotency_key, key_size);
    memcpy(both + key_size, body, body_size + 1);
    seal_sha256(both, key_size + body_size, hash);
    memcpy(digest, hash, CASE_DIGEST_SIZE);
    free(both);
    free(body);
    return RC_OK;
}

static enum rc compare(const PGresult *row, const unsigned char *digest, struct command_done *done,
                       struct error *error) {
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    const void *bytes = pg_get_bytes(row, 0, 0, &size);
    enum rc rc = protobuf_unpack(&redress__v1__any_fact__descriptor, bytes, size, &message, error);
    if (rc == RC_INTERNAL) {
        return rc;
    }
    const Redress__V1__AnyFact *fact = (const Redress__V1__AnyFact *)message;
    bool told = fact != NULL && fact->meta != NULL;
    bool same = !told || fact->meta->cause_digest.len != CASE_DIGEST_SIZE ||
                memcmp(fact->meta->cause_digest.data, digest, CASE_DIGEST_SIZE) == 0;
    if (told) {
        *done = (struct command_done){fact->meta->sequence, fact->meta->decided_at_ms};
    }
    protobuf_free(message);
    return same ? RC_OK
                : error_field(error, "idempotency-key-reused", "Idempotency-Key",
                              "this key belongs to the same command with another body");
}

enum rc command_is_same(struct pg *pg, const struct case_input *input, const char *case_id,
                        struct command_done *done, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *row = NULL;
    pg_add_uuid(&parameters, case_id);
    pg_add_uuid(&parameters, input->cause_id);
    enum rc rc = pg_run(pg,
                        "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "cause_id = $2 ORDER BY seq LIMIT 1",
                        &parameters, &row, error);
    if (rc == RC_OK && PQntuples(row) == 1) {
        rc = compare(row, input->cause_digest, done, error);
    }
    PQclear(row);
    return rc;
}
