// SPDX-License-Identifier: Apache-2.0
// redress-replay: submits the rows of a JSON Lines file, over HTTP or Kafka.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct replay {
    const char *file;
    const char *institution;
    const char *url;
    const char *brokers;
    int64_t rate; // rows a second; 0: as fast as it goes
    bool kafka;
    bool json;
    bool progress; // standard error is a terminal
    int64_t sent, accepted, repeated, refused, failed;
    int64_t started_ms;
    int64_t total; // rows in the file
};

// One row: texts are owned; row_free.
struct row {
    char *key;
    char *text;
    int64_t received_at_ms; // 0: none
};

// The next row; false at the end. A line that is no row counts as refused and is passed over.
bool source_next(struct replay *replay, FILE *file, struct row *row);
void row_free(struct row *row);

// Waits for a row's turn under the rate, and shows progress.
void replay_pace(struct replay *replay);

MUST_CHECK enum rc send_http(struct replay *replay, FILE *file, struct error *error);
MUST_CHECK enum rc send_kafka(struct replay *replay, FILE *file, struct error *error);
