// SPDX-License-Identifier: Apache-2.0
// A grant has a role and an end; a broken glass ends by itself.
#include "command_access.h"

#include "permission.h"
#include "plans.h"

#include "common/clock.h"

#include <stdio.h>

// What is granted is work on a case, not the region's administration nor a machine's place.
#define GRANTABLE                                                                                  \
    (ROLE_OPERATOR | ROLE_COUNSELLOR | ROLE_HANDLER | ROLE_SUPERVISOR | ROLE_REVIEWER |            \
     ROLE_AUDITOR)

// Copied: another region may be loaded while the state is shown.
void access_ask_line(const struct region *region, struct case_state *state) {
    const char *codes[REGION_LINE];
    state->line.count = region_line(region, state->tenant, codes);
    for (size_t i = 0; i < state->line.count; i++) {
        snprintf(state->line.codes[i], sizeof state->line.codes[i], "%s", codes[i]);
    }
}

void access_ask_policy(const struct region *region, struct case_state *state, int64_t now_ms) {
    state->asked_at_ms = now_ms;
    state->reveal_needs_approval =
        region_reveal_approval(region, state->tenant, state->received_at_ms);
    int64_t appeal_ms = plans_appeal_until(region, state);
    state->appeal_until_ms = appeal_ms > now_ms ? appeal_ms : 0;
    state->visit_attempts = region_follow_up_attempts(region, state->tenant, now_ms);
    state->review_too_late = plans_review_too_late(region, state, now_ms);
    state->extension_denied_to = plans_extension_denied_to(region, state, now_ms);
    access_ask_line(region, state);
}

static enum rc read_until(const char *text, int64_t now_ms, int64_t *until_ms,
                          struct error *error) {
    if (clock_parse(text, until_ms, NULL) != RC_OK) {
        return error_field(error, "bad-time", "until", "until must be an RFC 3339 time");
    }
    return *until_ms > now_ms && *until_ms <= now_ms + COMMAND_GRANT_MOST_MS
               ? RC_OK
               : error_field(error, "out-of-bounds", "until", "until must be within 90 days");
}

enum rc access_term_read(enum input_kind kind, const char *role, const char *until,
                         struct case_command *command, struct error *error) {
    int64_t now_ms = clock_wall_ms();
    if (kind == INPUT_BREAK_GLASS) {
        command->until_ms = now_ms + COMMAND_GLASS_MS;
    }
    if (kind != INPUT_GRANT) {
        return RC_OK;
    }
    command->role = role_read(role) & GRANTABLE;
    if (command->role == 0) {
        enum rc rc = error_field(error, "unknown-code", "role", "no such role can be granted");
        return rc;
    }
    return read_until(until, now_ms, &command->until_ms, error);
}
