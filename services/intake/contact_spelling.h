// SPDX-License-Identifier: Apache-2.0
// One spelling of each telephone number, address and identity number, so that a complainant is
// known again however they write theirs.
#pragma once

#define CONTACT_SPELLING_SIZE 256

// Each writes "" where nothing counts; what is longer is cut. Wipe what they write.
// A Chinese number, mobile or fixed, as it is dialled inside the country: without +86, 0086 or 86,
// a mobile one also without the 0 that it once needed from another province [ours]. A number of
// another country without "+" or 00, but that "+" stays where a Chinese mobile number looks the
// same.
void contact_spelling_phone(const char *from, char to[CONTACT_SPELLING_SIZE]);
void contact_spelling_email(const char *from, char to[CONTACT_SPELLING_SIZE]);
void contact_spelling_identity(const char *from, char to[CONTACT_SPELLING_SIZE]);
