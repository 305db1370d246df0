// SPDX-License-Identifier: Apache-2.0
// Writing a bundle. What the facts say in JSON is there to be read; their bytes are what counts.
#include "export.h"

#include "case_json.h"
#include "export_private.h"
#include "parts_json.h"

#include "common/json.h"
#include "common/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

json_t *export_begin(const struct export_head *head) {
    const struct case_state *state = head->state;
    char hash[65];
    seal_hex(state->hash, sizeof state->hash, hash);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:[], s:[], s:{s:I, s:s}}", "format",
                     EXPORT_FORMAT, "case_id", state->case_id, "tracking_code",
                     state->tracking_code, "institution", state->tenant, "status",
                     case_status_name(state->status), "flags", flags_to_json(state), "exported_at",
                     time_to_json(head->exported_at_ms), "exported_by", head->exported_by, "facts",
                     "evidence", "head", "sequence", (json_int_t)state->sequence, "hash", hash);
}

static json_t *bytes_to_json(const void *bytes, size_t size) {
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (text == NULL) {
        return NULL;
    }
    sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_string(text);
    free(text);
    return json;
}

bool export_is_evidence(enum fact_kind kind) {
    return kind == FACT_EVIDENCE_REGISTERED || kind == FACT_EVIDENCE_OFFERED;
}

json_t *export_evidence(const struct fact *fact) {
    bool offered = fact->kind == FACT_EVIDENCE_OFFERED;
    json_t *json = message_to_json(&fact->body.base);
    if (offered) {
        json_object_set_new(json, "giver", json_string("EVIDENCE_GIVER_COMPLAINANT"));
    }
    json_object_set_new(json, "offered", json_boolean(offered)); // by the public door
    json_object_set_new(json, "registered_at_ms", json_integer(fact->meta.decided_at_ms));
    return json;
}

enum rc export_add(json_t *bundle, const struct export_fact *stored, struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    char previous[65];
    char hash[65];
    enum fact_kind kind = fact_kind_of(stored->type);
    if (kind == FACT_KIND_COUNT) {
        return error_set(error, RC_INTERNAL, "%s is no type of fact", stored->type);
    }
    enum rc rc = fact_unpack(kind, stored->payload, stored->size, &fact, &message, error);
    if (rc != RC_OK) {
        return rc;
    }
    seal_hex(stored->previous, 32, previous);
    seal_hex(stored->hash, 32, hash);
    json_t *json = json_pack("{s:I, s:s, s:s, s:I, s:o, s:s, s:s, s:o}", "sequence",
                             (json_int_t)stored->sequence, "type", stored->type, "actor",
                             fact.meta.actor, "decided_at_ms", (json_int_t)fact.meta.decided_at_ms,
                             "payload", bytes_to_json(stored->payload, stored->size), "previous",
                             previous, "hash", hash, "data", message_to_json(message));
    fact_move_to_json(&fact, json);
    bool good = json != NULL && json_array_append_new(json_object_get(bundle, "facts"), json) == 0;
    if (good && export_is_evidence(kind)) {
        good =
            json_array_append_new(json_object_get(bundle, "evidence"), export_evidence(&fact)) == 0;
    }
    fact_release(message);
    return good ? RC_OK : error_set(error, RC_INTERNAL, "out of memory for a bundle");
}

enum rc export_withhold(json_t *fact, size_t names, struct error *error) {
    const char *text = json_string_value(json_object_get(fact, "payload"));
    size_t length = text == NULL ? 0 : strlen(text);
    unsigned char hash[32];
    char hex[65];
    size_t size = 0;
    unsigned char *bytes = malloc(length + 1);
    bool good = bytes != NULL && sodium_base642bin(bytes, length, text, length, NULL, &size, NULL,
                                                   sodium_base64_VARIANT_ORIGINAL) == 0;
    if (good) {
        seal_sha256(bytes, size, hash);
        seal_hex(hash, sizeof hash, hex);
        good = json_object_del(fact, "payload") == 0 &&
               json_object_set_new(fact, "payload_sha256", json_string(hex)) == 0 &&
               json_object_set_new(fact, "withheld", json_integer((json_int_t)names)) == 0;
    }
    free(bytes);
    return good ? RC_OK : error_set(error, RC_INTERNAL, "a fact can't be withheld");
}

char *export_text(const json_t *bundle) { return json_text(bundle, JSON_COMPACT | JSON_SORT_KEYS); }

enum rc export_sign(json_t *bundle, const unsigned char secret_key[64], struct error *error) {
    unsigned char signature[SEAL_SIGNATURE_SIZE];
    char hex[2 * SEAL_SIGNATURE_SIZE + 1];
    char *text = export_text(bundle);
    if (text == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a bundle");
    }
    seal_sign(secret_key, text, strlen(text), signature);
    free(text);
    seal_hex(signature, sizeof signature, hex);
    return json_object_set_new(bundle, "signature", json_string(hex)) == 0
               ? RC_OK
               : error_set(error, RC_INTERNAL, "out of memory for a bundle");
}
