// SPDX-License-Identifier: Apache-2.0
// What the ledger's parts share while it runs. Made and owned by main.c.
#pragma once

#include "config.h"
#include "relay.h"

#include "common/http.h"
#include "common/jwt.h"
#include "common/pg.h"
#include "common/region_book.h"

struct consumer;
struct stream;

struct ledger {
    const struct ledger_config *config;
    struct region_book *regions;
    struct jwt_keys *keys;
    unsigned char bureau_secret[32];
    unsigned char export_secret[64]; // Ed25519
    struct pg_pool *pool;            // reads
    struct pg_pool *commands;        // they find everything by keys
    struct relay *relay;
    struct bus_producer *dead_letters;
    struct consumer *consumer;
    struct consumer *urgent;
    struct stream *stream;
    struct http_server *http;
};
