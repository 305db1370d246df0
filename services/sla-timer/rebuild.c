// SPDX-License-Identifier: Apache-2.0
// A page is read while the one before it is written: both take as long.
#include "rebuild.h"

#include "store.h"

#include <pthread.h>
#include <stdio.h>

struct pages {
    struct review *review;
    char after[128]; // where the page ends; "" once there is no more
    json_t *page;    // owned; NULL: none is read
    enum rc rc;
    struct error error;
};

static void *read_page(void *argument) {
    struct pages *pages = argument;
    char path[256];
    snprintf(path, sizeof path, "/internal/v1/clocks?limit=1000&after=%s", pages->after);
    pages->rc = review_get(pages->review, path, &pages->page, &pages->error);
    const char *next = json_string_value(json_object_get(pages->page, "next"));
    snprintf(pages->after, sizeof pages->after, "%s", next == NULL ? "" : next);
    return NULL;
}

static int64_t number(const json_t *item, const char *name) {
    return json_integer_value(json_object_get(item, name));
}

static enum rc put_item(struct store_batch *batch, const json_t *item, struct error *error) {
    const char *case_id = json_string_value(json_object_get(item, "case_id"));
    const char *name = json_string_value(json_object_get(item, "name"));
    uint32_t version = (uint32_t)number(item, "version");
    int64_t due_at_ms = number(item, "due_at_ms");
    bool warned = json_is_true(json_object_get(item, "warned"));
    return json_is_true(json_object_get(item, "paused"))
               ? store_put_pause(batch, case_id, name, version, due_at_ms, error)
               : store_put(batch, case_id, name, version, warned ? 0 : number(item, "warn_at_ms"),
                           due_at_ms, error);
}

static enum rc put_items(struct redis *redis, const json_t *items, struct error *error) {
    struct store_batch batch;
    size_t index;
    json_t *item;
    enum rc rc = RC_OK;
    store_batch_begin(&batch, redis);
    json_array_foreach(items, index, item) {
        rc = rc == RC_OK ? put_item(&batch, item, error) : rc;
    }
    return rc == RC_OK ? store_batch_end(&batch, error) : rc;
}

// Writes the page that was read, while the next one is.
static enum rc write_page(struct pages *pages, struct redis *redis, struct error *error) {
    pthread_t reader;
    json_t *page = pages->page;
    bool more = pages->after[0] != '\0';
    pages->page = NULL;
    if (more && pthread_create(&reader, NULL, read_page, pages) != 0) {
        json_decref(page);
        return error_set(error, RC_INTERNAL, "the index's reader does not start");
    }
    enum rc rc = put_items(redis, json_object_get(page, "items"), error);
    if (more) {
        pthread_join(reader, NULL);
    }
    json_decref(page);
    return rc;
}

enum rc rebuild_index(const struct rebuild *rebuild, struct error *error) {
    struct pages pages = {.review = rebuild->review};
    enum rc rc = store_begin_rebuild(rebuild->redis, error);
    if (rc == RC_OK) {
        read_page(&pages);
    }
    while (rc == RC_OK && pages.rc == RC_OK && pages.page != NULL && !atomic_load(rebuild->stop)) {
        rc = write_page(&pages, rebuild->redis, error);
        rebuild->between(rebuild->context);
    }
    json_decref(pages.page);
    if (rc == RC_OK && pages.rc != RC_OK) {
        *error = pages.error;
        rc = pages.rc;
    }
    return rc != RC_OK || atomic_load(rebuild->stop) ? rc
                                                     : store_end_rebuild(rebuild->redis, error);
}
