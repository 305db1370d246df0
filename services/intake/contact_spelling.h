// SPDX-License-Identifier: Apache-2.0
// One spelling of each telephone number, address and identity number, so that a complainant is
// known again however they write theirs.
#pragma once

#define CONTACT_SPELLING_SIZE 256

// Each writes "" where nothing counts; what is longer is cut. Wipe what they write.
// Without the prefix that a Chinese mobile number needs from abroad, or once needed from another
// province [ours]: a number of that shape is of no other country.
void contact_spelling_phone(const char *from, char to[CONTACT_SPELLING_SIZE]);
void contact_spelling_email(const char *from, char to[CONTACT_SPELLING_SIZE]);
void contact_spelling_identity(const char *from, char to[CONTACT_SPELLING_SIZE]);
