// SPDX-License-Identifier: Apache-2.0
// Checking a bundle offline: its form and signature first, then that it says what its bytes say.
#include "case_json.h"
#include "export.h"
#include "export_private.h"
#include "workflow.h"

#include "common/chain.h"
#include "common/json.h"
#include "common/seal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRONG(error, code, ...)                                                                    \
    ({                                                                                             \
        error_fill(error, RC_INVALID, code, "", __VA_ARGS__);                                      \
        RC_INVALID;                                                                                \
    })

struct checking {
    json_t *bundle;
    struct case_state state; // folded from the facts
    json_t *evidence;        // as the facts say
    unsigned char hash[32];  // of the last fact
    size_t withheld;
    unsigned char *payload; // room for the longest
    size_t room;
};

static const char *text_of(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

// Any other spelling of the same JSON is another file: so each byte counts.
static enum rc check_form(const char *text, size_t size, const json_t *bundle,
                          struct error *error) {
    char *form = export_text(bundle);
    if (form == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a bundle");
    }
    size -= size > 0 && text[size - 1] == '\n' ? 1 : 0;
    bool same = strlen(form) == size && memcmp(form, text, size) == 0;
    free(form);
    return same ? RC_OK : WRONG(error, "form", "the bundle is not written as it was exported");
}

static enum rc check_signature(json_t *bundle, const unsigned char public_key[32],
                               struct error *error) {
    unsigned char signature[SEAL_SIGNATURE_SIZE];
    char hex[2 * SEAL_SIGNATURE_SIZE + 1] = "";
    const char *given = text_of(bundle, "signature");
    if (seal_key_read(given, "signature", signature, sizeof signature, NULL) == RC_OK) {
        seal_hex(signature, sizeof signature, hex);
    }
    bool good = hex[0] != '\0' && strcmp(given, hex) == 0; // upper case: another spelling
    json_object_del(bundle, "signature");
    char *text = export_text(bundle);
    if (text == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a bundle");
    }
    good = good && seal_verify(public_key, text, strlen(text), signature, NULL) == RC_OK;
    free(text);
    return good ? RC_OK
                : WRONG(error, "signature", "the signature does not fit this bundle and this key");
}

static enum rc read_payload(struct checking *checking, const json_t *json, size_t *size,
                            struct error *error) {
    const char *text = text_of(json, "payload");
    size_t length = strlen(text);
    if (checking->payload == NULL || length > checking->room) {
        unsigned char *grown = realloc(checking->payload, length + 1);
        if (grown == NULL) {
            return error_set(error, RC_INTERNAL, "out of memory for a fact");
        }
        checking->payload = grown;
        checking->room = length;
    }
    return sodium_base642bin(checking->payload, checking->room, text, length, NULL, size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0
               ? RC_OK
               : WRONG(error, "chain", "a payload is not base64");
}

static enum rc check_chain(struct checking *checking, const json_t *json,
                           const unsigned char digest[32], struct error *error) {
    unsigned char hash[32];
    char hex[65];
    char previous[65];
    uint64_t sequence = checking->state.sequence + 1;
    seal_hex(checking->hash, 32, previous);
    chain_link(text_of(checking->bundle, "case_id"), sequence, text_of(json, "type"),
               checking->hash, digest, hash);
    seal_hex(hash, sizeof hash, hex);
    if (json_integer_value(json_object_get(json, "sequence")) != (json_int_t)sequence ||
        strcmp(text_of(json, "previous"), previous) != 0 ||
        strcmp(text_of(json, "hash"), hex) != 0) {
        return WRONG(error, "chain", "fact %" PRIu64 " does not fit into the chain", sequence);
    }
    memcpy(checking->hash, hash, sizeof hash);
    return RC_OK;
}

// Where a fact says that it moved the case is where the facts before it lead; facts from before
// moves were kept say nothing.
static bool moves_rightly(const struct checking *checking, const json_t *json,
                          enum fact_kind kind) {
    enum case_status from = checking->state.status;
    const char *said_from = text_of(json, "from");
    const char *said_to = text_of(json, "to");
    if (said_to[0] == '\0') {
        return said_from[0] == '\0';
    }
    return workflow_moves(from, kind) &&
           strcmp(said_from, from == CASE_NONE ? "" : case_status_name(from)) == 0 &&
           strcmp(said_to, case_status_name(workflow_next(from, kind))) == 0;
}

static enum rc check_move(const struct checking *checking, const json_t *json, enum fact_kind kind,
                          struct error *error) {
    return moves_rightly(checking, json, kind)
               ? RC_OK
               : WRONG(error, "state", "fact %" PRIu64 " says that it moved the case elsewhere",
                       checking->state.sequence + 1);
}

// The readable half of a fact is what its bytes say.
static enum rc check_reading(const struct checking *checking, const json_t *json,
                             const struct fact *fact, const ProtobufCMessage *message,
                             struct error *error) {
    json_t *data = message_to_json(message);
    bool same =
        json_equal(data, json_object_get(json, "data")) &&
        json_integer_value(json_object_get(json, "decided_at_ms")) == fact->meta.decided_at_ms &&
        strcmp(text_of(json, "actor"), fact->meta.actor) == 0 &&
        strcmp(text_of(checking->bundle, "case_id"), fact->meta.case_id) == 0 &&
        strcmp(text_of(json, "from"), fact->meta.from_status) == 0 &&
        strcmp(text_of(json, "to"), fact->meta.to_status) == 0 &&
        strcmp(text_of(json, "policy_version"), fact->meta.policy_version) == 0 &&
        strcmp(text_of(json, "calendar_version"), fact->meta.calendar_version) == 0 &&
        fact->meta.sequence == checking->state.sequence + 1;
    json_decref(data);
    return same ? RC_OK
                : WRONG(error, "digest", "fact %" PRIu64 " says other than its bytes",
                        checking->state.sequence + 1);
}

// Of a fact whose bytes name what the reader does not see, only its place in the chain is checked;
// what it does to the case follows from its kind.
static enum rc check_withheld(struct checking *checking, const json_t *json, enum fact_kind kind,
                              struct error *error) {
    struct fact fact;
    unsigned char digest[32];
    bool names_others =
        kind == FACT_CASE_MERGED || kind == FACT_CASE_UNMERGED || kind == FACT_CASE_NOT_ACCEPTED;
    if (!names_others || json_object_get(json, "payload") != NULL ||
        seal_key_read(text_of(json, "payload_sha256"), "payload_sha256", digest, sizeof digest,
                      NULL) != RC_OK) {
        return WRONG(error, "chain", "a fact is withheld that names no other case");
    }
    enum rc rc = check_chain(checking, json, digest, error);
    rc = rc == RC_OK ? check_move(checking, json, kind, error) : rc;
    if (rc == RC_OK) {
        fact_init(&fact, kind);
        case_apply(&checking->state, &fact);
        checking->state.sequence++;
        checking->withheld++;
    }
    return rc;
}

static enum rc check_fact(struct checking *checking, const json_t *json, struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    unsigned char digest[32];
    size_t size = 0;
    enum fact_kind kind = fact_kind_of(text_of(json, "type"));
    if (kind == FACT_KIND_COUNT) {
        return WRONG(error, "chain", "\"%s\" is no type of fact", text_of(json, "type"));
    }
    if (json_object_get(json, "withheld") != NULL) {
        return check_withheld(checking, json, kind, error);
    }
    enum rc rc = read_payload(checking, json, &size, error);
    if (rc == RC_OK) {
        seal_sha256(checking->payload, size, digest);
        rc = check_chain(checking, json, digest, error);
    }
    if (rc == RC_OK) {
        rc = fact_unpack_or_none(kind, checking->payload, size, &fact, &message, error);
    }
    if (rc == RC_OK && message == NULL) {
        rc = WRONG(error, "digest", "the bytes of a fact do not decode");
    }
    if (rc == RC_OK && kind == FACT_CLOCK_ARMED && fact.body.clock_armed.terms == NULL) {
        rc = WRONG(error, "digest", "a clock has no terms");
    }
    rc = rc == RC_OK ? check_reading(checking, json, &fact, message, error) : rc;
    rc = rc == RC_OK ? check_move(checking, json, kind, error) : rc;
    if (rc == RC_OK) {
        case_apply(&checking->state, &fact);
        checking->state.sequence++;
    }
    if (rc == RC_OK && export_is_evidence(kind)) {
        json_array_append_new(checking->evidence, export_evidence(&fact));
    }
    fact_release(message);
    return rc;
}

// What the bundle sums up follows from the facts.
static enum rc check_sum(const struct checking *checking, struct error *error) {
    const json_t *bundle = checking->bundle;
    const json_t *head = json_object_get(bundle, "head");
    const struct case_state *state = &checking->state;
    char hex[65];
    seal_hex(checking->hash, sizeof checking->hash, hex);
    if (json_integer_value(json_object_get(head, "sequence")) != (json_int_t)state->sequence ||
        strcmp(text_of(head, "hash"), hex) != 0) {
        return WRONG(error, "chain", "the chain does not end where the bundle says");
    }
    if (!json_equal(json_object_get(bundle, "evidence"), checking->evidence)) {
        return WRONG(error, "evidence", "the evidence listed is not what the facts registered");
    }
    bool same = strcmp(text_of(bundle, "status"), case_status_name(state->status)) == 0 &&
                strcmp(text_of(bundle, "tracking_code"), state->tracking_code) == 0 &&
                strcmp(text_of(bundle, "institution"), state->tenant) == 0;
    return same ? RC_OK : WRONG(error, "state", "the case is not where its facts lead");
}

static enum rc check_bundle(struct checking *checking, const unsigned char public_key[32],
                            struct error *error) {
    size_t index;
    json_t *json;
    if (strcmp(text_of(checking->bundle, "format"), EXPORT_FORMAT) != 0) {
        return WRONG(error, "form", "it is no " EXPORT_FORMAT);
    }
    enum rc rc = check_signature(checking->bundle, public_key, error);
    json_array_foreach(json_object_get(checking->bundle, "facts"), index, json) {
        rc = rc == RC_OK ? check_fact(checking, json, error) : rc;
    }
    return rc == RC_OK ? check_sum(checking, error) : rc;
}

enum rc export_check(const char *text, size_t size, const unsigned char public_key[32],
                     struct export_found *found, struct error *error) {
    struct checking checking = {.bundle = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL)};
    if (!json_is_object(checking.bundle)) {
        json_decref(checking.bundle);
        return json_whole(error) != RC_OK ? RC_UNAVAILABLE
                                          : WRONG(error, "form", "it is no JSON object");
    }
    checking.evidence = json_array();
    enum rc rc = check_form(text, size, checking.bundle, error);
    rc = rc == RC_OK ? check_bundle(&checking, public_key, error) : rc;
    if (rc == RC_OK) {
        snprintf(found->case_id, sizeof found->case_id, "%s", checking.state.case_id);
        found->facts = checking.state.sequence;
        found->evidence = json_array_size(checking.evidence);
        found->withheld = checking.withheld;
        seal_hex(checking.hash, sizeof checking.hash, found->head);
    }
    free(checking.payload);
    json_decref(checking.evidence);
    json_decref(checking.bundle);
    return json_whole(rc == RC_OK || rc == RC_INVALID ? error : NULL) != RC_OK ? RC_UNAVAILABLE
                                                                               : rc;
}
