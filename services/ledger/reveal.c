// SPDX-License-Identifier: Apache-2.0
// The vault's row of a case, opened for a member of staff; that it happened is a fact already.
#include "command.h"

#include "query.h"
#include "store_letters.h"

#include "common/json.h"
#include "common/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum rc open_content(const struct ledger *ledger, const PGresult *row, const char *case_id,
                            json_t **content, struct error *error) {
    struct seal_content sealed;
    size_t key_size = 0;
    size_t nonce_size = 0;
    size_t size = 0;
    const void *key = pg_get_bytes(row, 0, 0, &key_size);
    const void *nonce = pg_get_bytes(row, 0, 1, &nonce_size);
    const void *ciphertext = pg_get_bytes(row, 0, 2, &size);
    if (key_size != sizeof sealed.sealed_key || nonce_size != sizeof sealed.nonce ||
        size < SEAL_TAG_SIZE) {
        return error_set(error, RC_INTERNAL, "the vault's row is damaged");
    }
    memcpy(sealed.sealed_key, key, key_size);
    memcpy(sealed.nonce, nonce, nonce_size);
    unsigned char *plain = malloc(size);
    if (plain == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for sealed content");
    }
    enum rc rc =
        seal_content_open(ledger->bureau_secret, case_id, &sealed, ciphertext, size, plain, error);
    if (rc == RC_OK) {
        rc = json_read_object((const char *)plain, size - SEAL_TAG_SIZE, content, error);
    }
    seal_wipe(plain, size);
    free(plain);
    return rc == RC_OK || rc == RC_UNAVAILABLE
               ? rc
               : error_set(error, RC_INTERNAL, "sealed content does not open");
}

enum rc command_reveal(struct ledger *ledger, const struct command_turn *reveal, json_t **content,
                       struct error *error) {
    const char *case_id = reveal->request.case_id;
    const struct store_letters_asked asked = {case_id, reveal->result.sequence};
    struct pg_parameters parameters = {0};
    struct pg *pg = NULL;
    PGresult *row = NULL;
    enum rc rc = pg_pool_take(ledger->pool, &pg, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = query_begin(pg, reveal->access, error);
    if (rc == RC_OK) {
        pg_add_uuid(&parameters, case_id);
        rc = pg_run(pg, "SELECT sealed_key, nonce, ciphertext FROM ledger.vault WHERE case_id = $1",
                    &parameters, &row, error);
    }
    if (rc == RC_OK && PQntuples(row) == 0) {
        rc = error_set(error, RC_NOT_FOUND, "the sealed content was erased");
        snprintf(error->code, sizeof error->code, "erased");
    }
    rc = rc == RC_OK ? open_content(ledger, row, case_id, content, error) : rc;
    rc = rc == RC_OK ? store_letters_open(pg, &asked, ledger->bureau_secret, *content, error) : rc;
    scope_end(pg);
    PQclear(row);
    pg_pool_give(ledger->pool, pg);
    return rc;
}
