// SPDX-License-Identifier: Apache-2.0
// UUIDs between text and the 16 bytes that the database keeps.
#pragma once

void uuid_text(const char bytes[16], char text[37]);
void uuid_bytes(const char text[36], char bytes[16]);
