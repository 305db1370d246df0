// SPDX-License-Identifier: Apache-2.0
// What clients were told.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_SUBMISSIONS 8
#define JOURNAL_COMMANDS 32

struct submission_note {
    bool taken;
    char case_id[37];
    unsigned char digest[32];
    int64_t received_at_ms; // on the receipt
};

struct command_note {
    char cause_id[37];
    bool done;
    bool unknown;
};

struct journal {
    struct submission_note submissions[JOURNAL_SUBMISSIONS];
    size_t submission_count;
    size_t inbound;
    struct command_note commands[JOURNAL_COMMANDS];
    size_t command_count;
    size_t next_command;
};
extern struct journal journal;
