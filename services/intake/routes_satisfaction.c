// SPDX-License-Identifier: Apache-2.0
// Ratings by the one-time link of a mail: the token stands for the PIN, for one closure of one
// case.
#include "routes_private.h"

#include "stats.h"

#include "common/clock.h"
#include "common/satisfaction.h"

#include <stdio.h>
#include <string.h>

static enum rc read_token(const struct submit *submit, const struct http_request *request,
                          struct satisfaction *what, struct error *error) {
    return satisfaction_read(submit->satisfaction_key, http_path_value(request, "token"),
                             clock_wall_ms(), what, error);
}

static enum rc not_now(struct error *error, const char *code, const char *text) {
    error_set(error, RC_CONFLICT, "%s", text);
    snprintf(error->code, sizeof error->code, "%s", code);
    return RC_CONFLICT;
}

static enum rc erased(struct error *error) {
    return not_now(
        error, "erased",
        "what the case held was erased, and it can't be carried on; a new complaint can");
}

static bool is_true(const json_t *status, const char *name) {
    return json_is_true(json_object_get(status, name));
}

enum rc routes_check_rateable(const json_t *status, struct error *error) {
    if (is_true(status, "rated")) {
        return not_now(error, "already-rated", "this closure was rated before");
    }
    if (is_true(status, "erased")) {
        return erased(error);
    }
    return is_true(status, "rateable") ? RC_OK
                                       : not_now(error, "not-rateable", "nothing can be rated now");
}

// Why this closure can't be rated now; the ledger judges again.
static enum rc check_rateable(const json_t *status, const struct satisfaction *what,
                              struct error *error) {
    if (json_integer_value(json_object_get(status, "closure")) != (json_int_t)what->closure) {
        return not_now(error, "link-superseded", "the case was handled again since");
    }
    return routes_check_rateable(status, error);
}

void routes_get_satisfaction(struct http_request *request, void *context) {
    const struct submit *submit = ((const struct routes *)context)->submit;
    struct satisfaction what;
    struct error error;
    struct error why;
    char expires[CLOCK_TEXT_SIZE];
    json_t *status = NULL;
    enum rc rc = read_token(submit, request, &what, &error);
    rc = rc == RC_OK ? store_case(submit->store, what.case_id, NULL, &status, &error) : rc;
    if (rc != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    const char *code = json_string_value(json_object_get(status, "institution"));
    const struct region_edition *edition = region_book_hold(submit->regions);
    const struct region_institution *institution =
        region_institution(edition->region, code == NULL ? "" : code);
    clock_format(what.expires_at_ms, expires);
    http_set_header(request, "Cache-Control", "no-store");
    http_set_header(request, "Referrer-Policy", "no-referrer");
    http_reply_json(request, 200,
                    json_pack("{s:s, s:b, s:s}", "institution",
                              institution == NULL ? "" : institution->name, "rateable",
                              check_rateable(status, &what, &why) == RC_OK, "expires_at", expires));
    region_book_release(edition);
    json_decref(status);
}

enum rc routes_propose_rating(const struct submit *submit, const json_t *status,
                              const char *proposal_id, Redress__V1__RecordFeedback *feedback,
                              struct error *error) {
    const char *case_id = json_string_value(json_object_get(status, "case_id"));
    uint32_t closure = (uint32_t)json_integer_value(json_object_get(status, "closure"));
    enum rating_verdict verdict = store_rate_claim(submit->store, case_id, closure, proposal_id);
    if (verdict == RATING_TAKEN) {
        return not_now(error, "already-rated", "this closure was rated before");
    }
    if (verdict == RATING_IN_FLIGHT) {
        return not_now(error, "in-flight", "another rating of this closure is being taken in now");
    }
    enum rc rc =
        submit_feedback(submit, case_id, json_string_value(json_object_get(status, "institution")),
                        proposal_id, feedback, error);
    if (rc == RC_OK || strcmp(error->code, "outcome-unknown") != 0) {
        store_rate_settle(submit->store, case_id, closure, proposal_id, rc == RC_OK);
    }
    return rc;
}

static enum rc rate(const struct submit *submit, const struct satisfaction *what, const char *key,
                    Redress__V1__RecordFeedback *feedback, struct error *error) {
    char proposal_id[IDENT_UUID_SIZE];
    char hex[2 * SEAL_HASH_SIZE + 1];
    unsigned char digest[SEAL_HASH_SIZE];
    char said[64];
    json_t *status = NULL;
    snprintf(said, sizeof said, "%u|%u|%u|%d|", feedback->overall, feedback->timeliness,
             feedback->attitude, feedback->solved);
    seal_keyed_hash(submit->derive_key, "redress-rating-v1",
                    (const char *const[]){said, feedback->comment, NULL}, digest);
    seal_hex(digest, sizeof digest, hex);
    ident_uuid_from((const char *const[]){"satisfaction", what->case_id, key, hex, NULL},
                    proposal_id);
    enum rc rc = store_case(submit->store, what->case_id, proposal_id, &status, error);
    if (rc == RC_OK && !is_true(status, "known")) { // else this very rating was decided before
        feedback->closure = what->closure;
        rc = check_rateable(status, what, error);
        rc = rc == RC_OK ? routes_propose_rating(submit, status, proposal_id, feedback, error) : rc;
    }
    json_decref(status);
    return rc;
}

void routes_post_satisfaction(struct http_request *request, void *context) {
    const struct submit *submit = ((const struct routes *)context)->submit;
    struct satisfaction what;
    struct error error;
    const char *key = NULL;
    json_t *body = NULL;
    Redress__V1__RecordFeedback feedback;
    enum rc rc = routes_read_key(request, &key, &error);
    rc = rc == RC_OK ? read_token(submit, request, &what, &error) : rc;
    rc = rc == RC_OK ? routes_read_rating(request, &body, &feedback, &error) : rc;
    rc = rc == RC_OK ? rate(submit, &what, key, &feedback, &error) : rc;
    json_decref(body);
    if (rc != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    metric_add(&intake_stats[STAT_FEEDBACK], 1);
    http_reply_json(request, 202, json_pack("{s:s}", "status", "accepted"));
}
