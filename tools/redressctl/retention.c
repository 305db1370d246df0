// SPDX-License-Identifier: Apache-2.0
// What the policies no longer keep: archived cases so many years after their end. Proposes by
// default; --apply erases through the staff API, whose rules hold here too.
#include "cases.h"
#include "moment.h"

#include "common/clock.h"
#include "common/region.h"
#include "common/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "/v1/cases?status=archived&limit=200"

struct run {
    struct http_client *client;
    struct region *region;
    int64_t at_ms;
    bool apply;
    json_t *items; // what was found
};

static enum rc get(struct run *run, const char *path, json_t **answer, struct error *error) {
    long status = 0;
    *answer = NULL;
    enum rc rc = http_client_json(run->client, "GET", path, NULL, NULL, &status, answer, error);
    rc = rc == RC_OK ? check_status(status, *answer, error) : rc;
    if (rc != RC_OK) {
        json_decref(*answer);
        *answer = NULL;
    }
    return rc;
}

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

// 0 without one.
static int64_t time_of(const json_t *object, const char *name) {
    int64_t ms = 0;
    return clock_parse(text_of(object, name), &ms, NULL) == RC_OK ? ms : 0;
}

static bool is_end(const char *fact) {
    static const char *const ends[] = {"CaseNotAccepted", "CaseRedirected", "CaseClosed",
                                       "CaseWithdrawn",   "CaseTerminated", "ReviewDecided"};
    size_t place = 0;
    while (place < sizeof ends / sizeof ends[0] && strcmp(ends[place], fact) != 0) {
        place++;
    }
    return place < sizeof ends / sizeof ends[0];
}

// The last fact that ended it: what became true later, a notice's record or a reveal, puts nothing
// off. "" without one.
static enum rc find_end(struct run *run, const char *case_id, char end[CLOCK_TEXT_SIZE],
                        struct error *error) {
    char after[24] = "0";
    enum rc rc;
    end[0] = '\0';
    do {
        char path[128];
        size_t index;
        json_t *fact;
        json_t *page = NULL;
        snprintf(path, sizeof path, "/v1/cases/%.36s/timeline?limit=200&after=%s", case_id, after);
        rc = get(run, path, &page, error);
        json_array_foreach(json_object_get(page, "items"), index, fact) {
            if (is_end(text_of(fact, "type"))) {
                snprintf(end, CLOCK_TEXT_SIZE, "%s", text_of(fact, "at"));
            }
        }
        snprintf(after, sizeof after, "%s", text_of(page, "next"));
        json_decref(page);
    } while (rc == RC_OK && after[0] != '\0');
    return rc;
}

// The same day so many years later where the bureau is, at the same time of day.
static int64_t years_after(const struct run *run, int64_t ms, uint32_t years) {
    int64_t offset_ms = run->region->zone_offset_s * INT64_C(1000);
    int64_t local_ms = ms + offset_ms;
    civil_day day = (civil_day)(local_ms / ZONE_DAY_MS);
    return (int64_t)civil_day_add_months(day, 12 * years) * ZONE_DAY_MS + local_ms % ZONE_DAY_MS -
           offset_ms;
}

// What the ledger's rules still keep, an appeal that is open, stops no other case.
static enum rc erase(struct run *run, const char *case_id, const char *reason, bool *erased,
                     struct error *error) {
    char path[128];
    char key[96];
    long status = 0;
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/v1/cases/%.36s/erase", case_id);
    snprintf(key, sizeof key, "Idempotency-Key: retention-%.36s", case_id);
    const char *const headers[] = {key, "If-Match: *", NULL};
    json_t *body = json_pack("{s:s}", "reason", reason);
    enum rc rc =
        http_client_json(run->client, "POST", path, body, headers, &status, &answer, error);
    *erased = rc == RC_OK && status < 400;
    rc = rc == RC_OK && status != 409 ? check_status(status, answer, error) : rc;
    json_decref(body);
    json_decref(answer);
    return rc;
}

static enum rc take(struct run *run, const json_t *item, uint32_t years, struct error *error) {
    bool erased = false;
    char path[128];
    char reason[128];
    char end[CLOCK_TEXT_SIZE] = "";
    int64_t ended_ms = 0;
    json_t *found = NULL;
    const char *case_id = text_of(item, "case_id");
    snprintf(path, sizeof path, "/v1/cases/%.36s", case_id);
    enum rc rc = get(run, path, &found, error);
    rc = rc == RC_OK ? find_end(run, case_id, end, error) : rc;
    bool due = clock_parse(end, &ended_ms, NULL) == RC_OK &&
               time_of(found, "appeal_until") <= run->at_ms &&
               years_after(run, ended_ms, years) <= run->at_ms &&
               !json_is_true(json_object_get(found, "erased"));
    if (rc == RC_OK && due) {
        snprintf(reason, sizeof reason, "kept for %u years after its end, by the policy", years);
        rc = run->apply ? erase(run, case_id, reason, &erased, error) : RC_OK;
        json_array_append_new(run->items,
                              json_pack("{s:s, s:s, s:O, s:s, s:i, s:s, s:b}", "case_id", case_id,
                                        "institution", text_of(item, "institution"), "closed_at",
                                        json_object_get(found, "closed_at"), "ended_at", end,
                                        "years", (int)years, "reason", reason, "erased", erased));
    }
    json_decref(found);
    return rc;
}

// A case can't have ended before it came.
static enum rc take_page(struct run *run, const json_t *page, struct error *error) {
    size_t index;
    json_t *item;
    enum rc rc = RC_OK;
    json_array_foreach(json_object_get(page, "items"), index, item) {
        int64_t received_ms = time_of(item, "received_at");
        uint32_t years =
            region_retention_years(run->region, text_of(item, "institution"), received_ms);
        if (rc == RC_OK && years_after(run, received_ms, years) <= run->at_ms) {
            rc = take(run, item, years, error);
        }
    }
    return rc;
}

static enum rc walk(struct run *run, const char *institution, struct error *error) {
    char after[128] = "";
    enum rc rc;
    do {
        char path[320];
        json_t *page = NULL;
        snprintf(path, sizeof path, PAGE "%s%.32s%s%s",
                 institution == NULL ? "" : "&institution=", institution == NULL ? "" : institution,
                 after[0] == '\0' ? "" : "&after=", after);
        rc = get(run, path, &page, error);
        rc = rc == RC_OK ? take_page(run, page, error) : rc;
        snprintf(after, sizeof after, "%s", text_of(page, "next"));
        json_decref(page);
    } while (rc == RC_OK && after[0] != '\0');
    return rc;
}

static enum rc begin(const struct arguments *arguments, const char *at, struct run *run,
                     struct error *error) {
    const char *directory =
        argument(arguments, "region", "REDRESS_REGION_DIRECTORY", "deploy/region/example");
    run->items = json_array();
    enum rc rc = region_load(&run->region, directory, error);
    rc = rc == RC_OK && at != NULL ? moment_read("at", at, run->region->zone, &run->at_ms, error)
                                   : rc;
    return rc == RC_OK ? open_ledger(arguments, &run->client, error) : rc;
}

static void print_items(const json_t *items) {
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item) {
        printf("%s %s %s %s\n", text_of(item, "case_id"), text_of(item, "institution"),
               text_of(item, "ended_at"),
               json_is_true(json_object_get(item, "erased")) ? "erased" : "to be erased");
    }
    fprintf(stderr, "%zu cases\n", json_array_size(items));
}

static enum rc check_institution(const struct run *run, const char *institution,
                                 struct error *error) {
    return institution == NULL || region_institution(run->region, institution) != NULL
               ? RC_OK
               : error_field(error, "unknown-code", "institution",
                             "--institution \"%s\" is none of the region's", institution);
}

int retention_run(const struct arguments *arguments) {
    const char *institution = argument(arguments, "institution", NULL, NULL);
    const char *at = argument(arguments, "at", NULL, NULL);
    struct run run = {.at_ms = clock_wall_ms(),
                      .apply = argument(arguments, "apply", NULL, NULL) != NULL};
    struct error error;
    if (at != NULL && run.apply) {
        fprintf(stderr, "redressctl: --at is a time to rehearse for, never with --apply\n");
        return EXIT_USAGE;
    }
    enum rc rc = begin(arguments, at, &run, &error);
    rc = rc == RC_OK ? check_institution(&run, institution, &error) : rc;
    rc = rc == RC_OK ? walk(&run, institution, &error) : rc;
    http_client_free(run.client);
    region_free(run.region);
    if (rc != RC_OK) {
        json_decref(run.items);
        return fail(&error);
    }
    if (arguments->json) {
        print_json(json_pack("{s:o}", "items", run.items));
    } else {
        print_items(run.items);
        json_decref(run.items);
    }
    return EXIT_GOOD;
}
