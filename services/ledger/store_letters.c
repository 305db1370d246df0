// SPDX-License-Identifier: Apache-2.0
#include "store_letters.h"

#include "common/json.h"
#include "common/seal.h"

#include <stdlib.h>
#include <string.h>

static const char insert_letters[] =
    "INSERT INTO vault_messages (case_id, seq, sealed_key, nonce, ciphertext) "
    "SELECT b.* FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) "
    "AS b(case_id, seq, sealed_key, nonce, ciphertext) JOIN vault v ON v.case_id = b.case_id";

enum rc store_letters_queue(struct pg *pg, const struct work *work, size_t *queued,
                            struct error *error) {
    static const enum pg_element types[5] = {PG_UUID, PG_INT8, PG_BYTES, PG_BYTES, PG_BYTES};
    struct pg_array a[5];
    struct pg_parameters parameters = {0};
    if (work->letter_count == 0) {
        return RC_OK;
    }
    for (size_t i = 0; i < 5; i++) {
        pg_array_begin(&a[i], types[i]);
    }
    for (size_t i = 0; i < work->letter_count; i++) {
        const struct work_letter *letter = &work->letters[i];
        pg_array_uuid(&a[0], letter->of->state.case_id);
        pg_array_number(&a[1], (int64_t)letter->sequence);
        pg_array_bytes(&a[2], letter->sealed->sealed_key.data, letter->sealed->sealed_key.len);
        pg_array_bytes(&a[3], letter->sealed->nonce.data, letter->sealed->nonce.len);
        pg_array_bytes(&a[4], letter->sealed->ciphertext.data, letter->sealed->ciphertext.len);
    }
    for (size_t i = 0; i < 5; i++) {
        pg_add_array(&parameters, &a[i]);
    }
    *queued += 1;
    return pg_queue(pg, insert_letters, &parameters, error);
}

static enum rc open_letter(const PGresult *rows, int row, const char *case_id,
                           const unsigned char bureau_secret[32], json_t *list,
                           struct error *error) {
    struct seal_content sealed;
    size_t key_size = 0;
    size_t nonce_size = 0;
    size_t size = 0;
    const void *key = pg_get_bytes(rows, row, 1, &key_size);
    const void *nonce = pg_get_bytes(rows, row, 2, &nonce_size);
    const void *ciphertext = pg_get_bytes(rows, row, 3, &size);
    if (key_size != sizeof sealed.sealed_key || nonce_size != sizeof sealed.nonce ||
        size < SEAL_TAG_SIZE) {
        return error_set(error, RC_INTERNAL, "a message in the vault is damaged");
    }
    memcpy(sealed.sealed_key, key, key_size);
    memcpy(sealed.nonce, nonce, nonce_size);
    unsigned char *plain = malloc(size);
    if (plain == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a sealed message");
    }
    enum rc rc = seal_content_open(bureau_secret, case_id, &sealed, ciphertext, size, plain, error);
    if (rc == RC_OK) {
        json_array_append_new(
            list, json_pack("{s:I, s:o}", "sequence", (json_int_t)pg_get_number(rows, row, 0),
                            "text", json_stringn((const char *)plain, size - SEAL_TAG_SIZE)));
    }
    seal_wipe(plain, size);
    free(plain);
    return rc;
}

enum rc store_letters_open(struct pg *pg, const struct store_letters_asked *asked,
                           const unsigned char bureau_secret[32], json_t *content,
                           struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    json_t *list = json_array();
    pg_add_uuid(&parameters, asked->case_id);
    pg_add_int8(&parameters, (int64_t)asked->before);
    enum rc rc = pg_run(pg,
                        "SELECT seq, sealed_key, nonce, ciphertext FROM ledger.vault_messages "
                        "WHERE case_id = $1 AND seq < $2 ORDER BY seq",
                        &parameters, &rows, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(rows); row++) {
        rc = open_letter(rows, row, asked->case_id, bureau_secret, list, error);
    }
    PQclear(rows);
    json_object_set_new(content, "messages", list);
    return rc;
}
