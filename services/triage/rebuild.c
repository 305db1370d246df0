// SPDX-License-Identifier: Apache-2.0
// The ledger tells no case whose content was erased.
#include "rebuild.h"

#include "bucket.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 500
#define REDIS_TIMEOUT_MS 2000
#define LEDGER_TIMEOUT_MS 10000
#define PAGE 50 // narratives of one answer: the longest ones fit

struct rebuild {
    struct redis *redis;
    struct http_client *ledger;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
};

struct page { // large: not for a stack
    struct similar_case entries[PAGE];
    struct store_change changes[PAGE];
    size_t count;
};

static void copy(char *target, size_t room, const char *source) {
    snprintf(target, room, "%s", source == NULL ? "" : source);
}
#define COPY(target, source) copy(target, sizeof(target), source)

static const char *text_of(const json_t *item, const char *name) {
    const char *text = json_string_value(json_object_get(item, name));
    return text == NULL ? "" : text;
}

static void read_hashes(const json_t *list, struct similar_case *entry) {
    size_t index;
    json_t *hash;
    json_array_foreach(list, index, hash) {
        const char *hex = json_string_value(hash);
        size_t bytes = 0;
        if (hex != NULL && entry->hash_count < SIMILAR_HASHES &&
            sodium_hex2bin(entry->hashes[entry->hash_count], 32, hex, strlen(hex), NULL, &bytes,
                           NULL) == 0 &&
            bytes == 32) {
            entry->hash_count++;
        }
    }
}

static void read_items(const json_t *items, struct page *page) {
    size_t place;
    json_t *item;
    json_array_foreach(items, place, item) {
        if (page->count == PAGE) {
            return;
        }
        struct similar_case *entry = &page->entries[page->count];
        entry->received_at_ms = json_integer_value(json_object_get(item, "received_at_ms"));
        COPY(entry->case_id, text_of(item, "case_id"));
        COPY(entry->tenant, text_of(item, "institution"));
        COPY(entry->category, text_of(item, "category"));
        COPY(entry->unit, text_of(item, "unit"));
        read_hashes(json_object_get(item, "contact_hashes"), entry);
        similar_read(entry, text_of(item, "narrative"));
        COPY(page->changes[page->count].case_id, text_of(item, "case_id"));
        page->changes[page->count++].entry = entry;
    }
}

static enum rc put_items(struct rebuild *rebuild, const json_t *items, struct error *error) {
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a page of narratives");
    }
    read_items(items, page);
    enum rc rc = store_apply(rebuild->redis, page->changes, page->count, clock_wall_ms(), error);
    free(page);
    return rc;
}

static enum rc get_page(struct rebuild *rebuild, const char *after, json_t **page,
                        struct error *error) {
    char path[160];
    long status = 0;
    snprintf(path, sizeof path, "/internal/v1/narratives?limit=%d&after=%s", PAGE, after);
    enum rc rc = http_client_json(rebuild->ledger, "GET", path, NULL, NULL, &status, page, error);
    if (rc == RC_OK && status != 200) {
        json_decref(*page);
        *page = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "the ledger answered with status %ld", status);
    }
    return rc;
}

static enum rc read_all(struct rebuild *rebuild, struct error *error) {
    char after[96];
    snprintf(after, sizeof after, "%" PRId64 "_00000000-0000-0000-0000-000000000000",
             clock_wall_ms() - (int64_t)(SIMILAR_DAYS * BUCKET_DAY_MS));
    enum rc rc = RC_OK;
    while (rc == RC_OK && after[0] != '\0') {
        json_t *page = NULL;
        if (atomic_load(&rebuild->stop)) {
            return error_set(error, RC_UNAVAILABLE, "the service stops");
        }
        rc = get_page(rebuild, after, &page, error);
        rc = rc == RC_OK ? put_items(rebuild, json_object_get(page, "items"), error) : rc;
        COPY(after, text_of(page, "next"));
        json_decref(page);
    }
    rc = rc == RC_OK ? store_set_whole(rebuild->redis, error) : rc;
    if (rc == RC_OK) {
        metric_add(&triage_stats[STAT_REBUILDS], 1);
        log_info("index of similar cases rebuilt from the ledger");
    }
    return rc;
}

static void *run(void *argument) {
    struct rebuild *rebuild = argument;
    bool failed = false;
    while (!atomic_load(&rebuild->stop)) {
        struct error error;
        bool whole = false;
        enum rc rc = store_is_whole(rebuild->redis, &whole, &error);
        rc = rc == RC_OK && !whole ? read_all(rebuild, &error) : rc;
        if (rc != RC_OK && !failed) { // said once, until it works again
            log_warn("the index of similar cases can't be kept", LOG_STR("reason", error.text));
        }
        failed = rc != RC_OK;
        clock_sleep_ms(LOOK_MS);
    }
    return NULL;
}

enum rc rebuild_start(struct rebuild **out, const struct index_options *options,
                      struct error *error) {
    struct rebuild *rebuild = calloc(1, sizeof *rebuild);
    *out = rebuild;
    if (rebuild == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the index's rebuilding");
    }
    enum rc rc = redis_new(&rebuild->redis, options->redis_host, options->redis_port,
                           REDIS_TIMEOUT_MS, error);
    rc = rc == RC_OK ? http_client_new(&rebuild->ledger, options->ledger_url,
                                       options->service_token, LEDGER_TIMEOUT_MS, error)
                     : rc;
    if (rc == RC_OK && pthread_create(&rebuild->thread, NULL, run, rebuild) != 0) {
        rc = error_set(error, RC_INTERNAL, "the index's thread does not start");
    }
    rebuild->started = rc == RC_OK;
    return rc;
}

void rebuild_free(struct rebuild *rebuild) {
    if (rebuild == NULL) {
        return;
    }
    if (rebuild->started) {
        atomic_store(&rebuild->stop, true);
        pthread_join(rebuild->thread, NULL);
    }
    http_client_free(rebuild->ledger);
    redis_free(rebuild->redis);
    free(rebuild);
}
