// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/seal.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define PLAIN "周晓岚, 13912345678"

static unsigned char secret_key[SEAL_KEY_SIZE];
static unsigned char other_key[SEAL_KEY_SIZE] = {1};
static struct seal_reader reader;

static void test_seal_content_opens_for_its_case_and_key_only(void **state) {
    (void)state;
    struct seal_content sealed;
    struct error error;
    unsigned char ciphertext[sizeof PLAIN + SEAL_TAG_SIZE];
    unsigned char plain[sizeof PLAIN];
    assert_int_equal(
        seal_content(&reader, CASE_ID, PLAIN, sizeof PLAIN, &sealed, ciphertext, &error), RC_OK);
    assert_int_equal(seal_content_open(secret_key, CASE_ID, &sealed, ciphertext, sizeof ciphertext,
                                       plain, &error),
                     RC_OK);
    assert_memory_equal(plain, PLAIN, sizeof PLAIN);
    assert_int_equal(seal_content_open(other_key, CASE_ID, &sealed, ciphertext, sizeof ciphertext,
                                       plain, &error),
                     RC_INVALID);
    assert_int_equal(seal_content_open(secret_key, "another case", &sealed, ciphertext,
                                       sizeof ciphertext, plain, &error),
                     RC_INVALID);
    assert_int_equal(seal_content_open(secret_key, CASE_ID, &sealed, ciphertext, SEAL_TAG_SIZE - 1,
                                       plain, &error),
                     RC_INVALID);
    ciphertext[3] ^= 1;
    assert_int_equal(seal_content_open(secret_key, CASE_ID, &sealed, ciphertext, sizeof ciphertext,
                                       plain, &error),
                     RC_INVALID);
}

static struct seal_opener opener_of(const unsigned char *key) {
    struct seal_opener opener = {.known_count = 0};
    memcpy(opener.secret_key, key, sizeof opener.secret_key);
    return opener;
}

// Two boxes of the same text have nothing in common but, within a minute, the sender's public key.
static void test_seal_box_opens_for_its_reader_and_is_never_the_same(void **state) {
    (void)state;
    struct error error;
    unsigned char boxes[2][sizeof PLAIN + SEAL_BOX_OVERHEAD];
    unsigned char plain[sizeof PLAIN];
    struct seal_opener opener = opener_of(secret_key);
    struct seal_opener other = opener_of(other_key);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(seal_box(&reader, PLAIN, sizeof PLAIN, boxes[i], &error), RC_OK);
        assert_int_equal(seal_box_open(&opener, boxes[i], sizeof boxes[i], plain, &error), RC_OK);
        assert_memory_equal(plain, PLAIN, sizeof PLAIN);
    }
    assert_memory_not_equal(boxes[0] + 32, boxes[1] + 32, sizeof boxes[0] - 32);
    assert_int_equal(seal_box_open(&other, boxes[0], sizeof boxes[0], plain, &error), RC_INVALID);
    assert_int_equal(seal_box_open(&opener, boxes[0], SEAL_BOX_OVERHEAD - 1, plain, &error),
                     RC_INVALID);
}

static void test_seal_box_agrees_anew_after_a_thousand(void **state) {
    (void)state;
    struct error error;
    struct seal_reader fresh;
    unsigned char box[1 + SEAL_BOX_OVERHEAD];
    unsigned char first[32];
    seal_reader_init(&fresh, reader.public_key);
    for (int i = 0; i < 1001; i++) {
        assert_int_equal(seal_box(&fresh, "x", 1, box, &error), RC_OK);
        if (i == 0) {
            memcpy(first, box, sizeof first);
        }
    }
    assert_memory_not_equal(first, box, sizeof first);
}

// More sealers take turns than an opener remembers, and one of them forges what it seals.
static void test_seal_opener_tells_sealers_apart(void **state) {
    (void)state;
    struct error error;
    struct seal_opener opener = opener_of(secret_key);
    struct seal_reader sealers[SEAL_AGREEMENTS + 1];
    for (unsigned i = 0; i < 4 * (SEAL_AGREEMENTS + 1); i++) {
        struct seal_reader *sealer = &sealers[i % (SEAL_AGREEMENTS + 1)];
        unsigned char box[1 + SEAL_BOX_OVERHEAD];
        unsigned char plain = 0;
        if (i <= SEAL_AGREEMENTS) {
            seal_reader_init(sealer, reader.public_key);
        }
        assert_int_equal(seal_box(sealer, "x", 1, box, &error), RC_OK);
        assert_int_equal(seal_box_open(&opener, box, sizeof box, &plain, &error), RC_OK);
        assert_int_equal(plain, 'x');
        box[0] ^= 1;
        assert_int_equal(seal_box_open(&opener, box, sizeof box, &plain, &error), RC_INVALID);
    }
    unsigned char unusable[1 + SEAL_BOX_OVERHEAD] = {0};
    unsigned char plain;
    assert_int_equal(seal_box_open(&opener, unusable, sizeof unusable, &plain, &error), RC_INVALID);
}

static void test_seal_key_is_hex_of_its_size(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        enum rc rc;
    } rows[] = {{"00ff10Ab", RC_OK},       {"00ff10ab\r\n", RC_OK},  {"00ff10", RC_INVALID},
                {"00ff10ab0", RC_INVALID}, {"00ff10zz", RC_INVALID}, {"00ff 10ab", RC_INVALID},
                {"", RC_INVALID}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char key[4];
        struct error error;
        assert_int_equal(seal_key_read(rows[i].hex, "keys.test", key, sizeof key, &error),
                         rows[i].rc);
        if (rows[i].rc == RC_OK) {
            assert_memory_equal(key, "\x00\xff\x10\xab", 4);
        } else {
            assert_string_equal(error.field, "keys.test");
        }
    }
}

static void test_seal_hash_depends_on_key_domain_and_parts(void **state) {
    (void)state;
    unsigned char hashes[4][SEAL_HASH_SIZE];
    seal_keyed_hash(other_key, "d", (const char *const[]){"ab", "c", NULL}, hashes[0]);
    seal_keyed_hash(other_key, "d", (const char *const[]){"a", "bc", NULL}, hashes[1]);
    seal_keyed_hash(other_key, "e", (const char *const[]){"ab", "c", NULL}, hashes[2]);
    seal_keyed_hash(secret_key, "d", (const char *const[]){"ab", "c", NULL}, hashes[3]);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) {
            assert_memory_not_equal(hashes[i], hashes[j], SEAL_HASH_SIZE);
        }
    }
}

static int make_keys(void **state) {
    static const unsigned char seed[32] = {5};
    unsigned char public_key[SEAL_KEY_SIZE];
    struct error error;
    (void)state;
    if (seal_init(&error) != RC_OK || crypto_box_seed_keypair(public_key, secret_key, seed) != 0) {
        return -1;
    }
    seal_reader_init(&reader, public_key);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_content_opens_for_its_case_and_key_only),
        cmocka_unit_test(test_seal_box_opens_for_its_reader_and_is_never_the_same),
        cmocka_unit_test(test_seal_opener_tells_sealers_apart),
        cmocka_unit_test(test_seal_box_agrees_anew_after_a_thousand),
        cmocka_unit_test(test_seal_key_is_hex_of_its_size),
        cmocka_unit_test(test_seal_hash_depends_on_key_domain_and_parts),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
