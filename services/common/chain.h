// SPDX-License-Identifier: Apache-2.0
// The hash chain of a case's facts: change one byte of the past and every later hash is wrong.
#pragma once

#include <stddef.h>
#include <stdint.h>

// SHA-256 over "redress-chain-v1" NUL, case id (36 characters) NUL, sequence as 8 bytes big endian,
// type NUL, previous hash (32 zero bytes for the first fact), SHA-256 of the payload as stored.
void chain_hash(const char *case_id, uint64_t sequence, const char *type,
                const unsigned char previous[32], const void *payload, size_t size,
                unsigned char hash[32]);
// The same from the payload's SHA-256, for who may not see the payload.
void chain_link(const char *case_id, uint64_t sequence, const char *type,
                const unsigned char previous[32], const unsigned char digest[32],
                unsigned char hash[32]);
