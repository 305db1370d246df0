// SPDX-License-Identifier: Apache-2.0
// What people read instead of a code.
#pragma once

// The title of a clock, a ground, a pause's ground, a review's result or an outcome, as parameters
// name it ("clock", "ground", "pause", "level", "result", "outcome", "refusal"), in this language;
// the code itself where it has none.
const char *title_of(const char *parameter, const char *code, const char *language);
