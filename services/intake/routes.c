// SPDX-License-Identifier: Apache-2.0
// Submissions, public status and ratings by PIN. A submission is answered from Kafka's delivery
// report.
#include "routes_private.h"

#include "stats.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MS 20000 // later than Kafka's delivery time-out

// Codes of errors that are about meaning, not form: 422.
static unsigned status_of(const struct error *error) {
    static const char *const meaning[] = {
        "unknown-code",    "contradiction",         "bad-email", "bad-time", "not-rateable",
        "not-processable", "idempotency-key-reused"};
    for (size_t i = 0; error->rc == RC_INVALID && i < sizeof meaning / sizeof meaning[0]; i++) {
        if (strcmp(error->code, meaning[i]) == 0) {
            return 422;
        }
    }
    return strcmp(error->code, "outcome-unknown") == 0     ? 504
           : strcmp(error->code, "too-many-attempts") == 0 ? 429
           : strcmp(error->code, "link-expired") == 0      ? 410
                                                           : 0;
}

void routes_refuse(struct http_request *request, const struct error *error) {
    if (error->rc == RC_INTERNAL) {
        log_error("request failed", LOG_STR("reason", error->text));
    }
    if (strcmp(error->code, "in-flight") == 0) {
        http_set_header(request, "Retry-After", "1");
    }
    http_reply_problem(request, status_of(error), error);
}

enum rc routes_read_key(const struct http_request *request, const char **key, struct error *error) {
    *key = http_header(request, "Idempotency-Key");
    size_t size = *key == NULL ? 0 : strlen(*key);
    if (size == 0) {
        return error_field(error, "missing", "Idempotency-Key", "Idempotency-Key is missing");
    }
    return size <= 128 && text_is_clean(*key, size)
               ? RC_OK
               : error_field(error, "out-of-bounds", "Idempotency-Key",
                             "Idempotency-Key must have 1 to 128 bytes");
}

static void count_outcome(const struct pipeline_outcome *outcome) {
    enum intake_stat stat = outcome->rc == RC_OK
                                ? outcome->run->claim == CLAIM_DONE ? STAT_REPEATED : STAT_ACCEPTED
                            : outcome->rc == RC_INVALID ? STAT_REFUSED
                                                        : STAT_FAILED;
    metric_add(&intake_stats[stat], 1);
    metric_observe_us(&intake_stats[STAT_SUBMIT_SECONDS],
                      (clock_monotonic_ms() - outcome->started_ms) * 1000);
}

void routes_conclude(void *client, const struct submit *submit,
                     const struct pipeline_outcome *outcome) {
    struct http_request *request = client;
    count_outcome(outcome);
    if (outcome->rc == RC_OK) {
        http_reply_json(request, outcome->run->claim == CLAIM_DONE ? 200 : 202,
                        receipt_to_json(&outcome->run->receipt, submit->receipt_key));
        return;
    }
    routes_refuse(request, outcome->error);
}

static enum rc read_submission(const struct routes *routes, const struct http_request *request,
                               const char **key, json_t **body, struct submission *submission,
                               struct error *error) {
    size_t size = 0;
    const char *text = http_body(request, &size);
    enum rc rc = routes_read_key(request, key, error);
    rc = rc == RC_OK ? json_read_object(text, size, body, error) : rc;
    rc = rc == RC_OK ? submission_from_json(*body, submission, error) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    const struct region_edition *edition = region_book_hold(routes->submit->regions);
    rc = submission_check(submission, edition->region, clock_wall_ms(), error);
    region_book_release(edition);
    return rc;
}

// Before any work is spent on the body.
static enum rc admit(const struct routes *routes, const struct http_request *request, size_t *size,
                     struct error *error) {
    http_body(request, size);
    enum rc rc = pipeline_admits(routes->pipeline, *size, error);
    return rc == RC_OK ? backlog_admit(routes->backlog, error) : rc;
}

static void shed(struct http_request *request, const struct error *error) {
    metric_add(&intake_stats[STAT_SHED], 1);
    routes_refuse(request, error);
}

static void post_submission(struct http_request *request, void *context) {
    const struct routes *routes = context;
    struct submission submission;
    struct error error;
    const char *key = NULL;
    size_t size = 0;
    json_t *body = NULL;
    if (admit(routes, request, &size, &error) != RC_OK) {
        shed(request, &error);
        return;
    }
    if (read_submission(routes, request, &key, &body, &submission, &error) != RC_OK) {
        json_decref(body);
        metric_add(&intake_stats[STAT_REFUSED], 1);
        routes_refuse(request, &error);
        return;
    }
    const char *traceparent = http_traceparent(request);
    struct http_request *deferred = http_defer(request, ANSWER_MS);
    if (pipeline_push(routes->pipeline, deferred, body, size, &submission, key, traceparent,
                      &error) != RC_OK) {
        shed(deferred, &error);
    }
}

// Whether the PIN is the code's. Nothing is looked up: that a case is absent can't be seen from a
// wrong PIN, by no clock either.
static enum rc check_pin(const struct submit *submit, const char *code, const char *given,
                         struct error *error) {
    char pin[IDENT_PIN_SIZE];
    ident_pin(submit->derive_key, code, pin);
    bool equal = ident_pin_equal(given, pin);
    seal_wipe(pin, sizeof pin);
    if (equal) {
        return RC_OK;
    }
    store_pin_wrong(submit->store, code);
    return error_set(error, RC_NOT_FOUND, "no case has this tracking code and PIN");
}

static enum rc check_wait(const struct submit *submit, struct http_request *request,
                          const char *code, struct error *error) {
    char seconds[24];
    int64_t wait_ms = store_pin_wait_ms(submit->store, code);
    if (wait_ms == 0) {
        return RC_OK;
    }
    snprintf(seconds, sizeof seconds, "%lld", (long long)(wait_ms + 999) / 1000);
    http_set_header(request, "Retry-After", seconds);
    error_set(error, RC_CONFLICT, "too many wrong PINs; wait %s seconds", seconds);
    snprintf(error->code, sizeof error->code, "too-many-attempts");
    return RC_CONFLICT;
}

enum rc routes_read_code(const struct http_request *request, char code[IDENT_TRACKING_SIZE],
                         struct error *error) {
    return ident_tracking_read(http_path_value(request, "code"), code, error);
}

enum rc routes_check_pin(const struct submit *submit, struct http_request *request,
                         const char *code, struct error *error) {
    enum rc rc = check_wait(submit, request, code, error);
    return rc == RC_OK ? check_pin(submit, code, http_header(request, "Redress-Pin"), error) : rc;
}

// The case behind code and PIN.
static enum rc open_case(const struct submit *submit, struct http_request *request, json_t **status,
                         struct error *error) {
    char code[IDENT_TRACKING_SIZE];
    *status = NULL;
    enum rc rc = routes_read_code(request, code, error);
    rc = rc == RC_OK ? routes_check_pin(submit, request, code, error) : rc;
    return rc == RC_OK ? store_status(submit->store, code, NULL, NULL, status, error) : rc;
}

static json_t *time_of(const json_t *status, const char *name) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(json_integer_value(json_object_get(status, name)), text);
    return json_string(text);
}

// When somebody saw who the complainant is, and by which role; no name.
static json_t *seen_by(const json_t *status) {
    json_t *list = json_array();
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(status, "reveals"), index, entry) {
        json_array_append_new(list, json_pack("{s:o, s:O}", "at", time_of(entry, "at_ms"), "role",
                                              json_object_get(entry, "role")));
    }
    return list;
}

// How far the earlier case of the same matter is; NULL where there is none.
static json_t *earlier_of(const json_t *status) {
    static const char *const told[] = {"progress", "ground", "ground_title", "right_route"};
    const json_t *earlier = json_object_get(status, "earlier");
    json_t *body = earlier == NULL
                       ? NULL
                       : json_pack("{s:O, s:o}", "status", json_object_get(earlier, "status"),
                                   "received_at", time_of(earlier, "received_at_ms"));
    for (size_t i = 0; body != NULL && i < sizeof told / sizeof told[0]; i++) {
        json_object_set(body, told[i], json_object_get(earlier, told[i]));
    }
    return body;
}

static void get_status(struct http_request *request, void *context) {
    const struct submit *submit = ((const struct routes *)context)->submit;
    struct error error;
    json_t *status = NULL;
    if (open_case(submit, request, &status, &error) != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    json_t *body = json_pack(
        "{s:O, s:O, s:O, s:o, s:o, s:o, s:b, s:b}", "tracking_code",
        json_object_get(status, "tracking_code"), "institution",
        json_object_get(status, "institution"), "status", json_object_get(status, "status"),
        "received_at", time_of(status, "received_at_ms"), "promised_at",
        time_of(status, "promised_at_ms"), "updated_at", time_of(status, "updated_at_ms"),
        "rateable", json_is_true(json_object_get(status, "rateable")), "reopenable",
        json_is_true(json_object_get(status, "reopenable")));
    json_t *reply = json_object_get(status, "reply");
    if (body != NULL && reply != NULL) {
        json_object_set(body, "reply", reply);
    }
    if (body != NULL) {
        json_object_set_new(body, "identity_seen", seen_by(status));
        json_object_set_new(body, "erased",
                            json_boolean(json_is_true(json_object_get(status, "erased"))));
    }
    if (body != NULL) {
        json_object_set_new(body, "earlier", earlier_of(status));
    }
    json_decref(status);
    http_reply_json(request, 200, body);
}

enum rc routes_read_rating(const struct http_request *request, json_t **body,
                           Redress__V1__RecordFeedback *feedback, struct error *error) {
    struct rating {
        int64_t overall, timeliness, attitude;
        bool solved;
        const char *comment;
    } rating = {.comment = ""};
    static const struct json_field fields[] = {
        JSON_FIELD(JSON_FIELD_NUMBER, struct rating, overall, "overall", true, 1, 5),
        JSON_FIELD(JSON_FIELD_NUMBER, struct rating, timeliness, "timeliness", false, 1, 5),
        JSON_FIELD(JSON_FIELD_NUMBER, struct rating, attitude, "attitude", false, 1, 5),
        JSON_FIELD(JSON_FIELD_SWITCH, struct rating, solved, "solved", true, 0, 0),
        JSON_FIELD(JSON_FIELD_TEXT, struct rating, comment, "comment", false, 0, 2000)};
    size_t size = 0;
    const char *text = http_body(request, &size);
    enum rc rc = json_read_object(text, size, body, error);
    if (rc == RC_OK) {
        rc = json_bind(*body, "", fields, sizeof fields / sizeof fields[0], &rating, error);
    }
    redress__v1__record_feedback__init(feedback);
    feedback->overall = (uint32_t)rating.overall;
    feedback->timeliness = (uint32_t)rating.timeliness;
    feedback->attitude = (uint32_t)rating.attitude;
    feedback->solved = rating.solved;
    feedback->comment = (char *)rating.comment;
    return rc;
}

static enum rc check_replied(const json_t *status, struct error *error) {
    if (!json_is_true(json_object_get(status, "replied"))) {
        return error_field(error, "not-rateable", "tracking_code",
                           "the case has no reply yet that could be rated");
    }
    return RC_OK;
}

// The same rating again is answered as it was. Another one, while the case is handled again, must
// not count as that of the closure to come.
static enum rc propose_rating(const struct submit *submit, const char *case_id, const char *key,
                              Redress__V1__RecordFeedback *feedback, struct error *error) {
    char proposal_id[IDENT_UUID_SIZE];
    json_t *status = NULL;
    ident_uuid_from((const char *const[]){"feedback", case_id, key, NULL}, proposal_id);
    enum rc rc = store_case(submit->store, case_id, proposal_id, &status, error);
    if (rc == RC_OK && !json_is_true(json_object_get(status, "known"))) {
        rc = routes_check_rateable(status, error);
        rc = rc == RC_OK ? routes_propose_rating(submit, status, proposal_id, feedback, error) : rc;
    }
    json_decref(status);
    return rc;
}

static void post_feedback(struct http_request *request, void *context) {
    const struct submit *submit = ((const struct routes *)context)->submit;
    struct error error;
    const char *key = NULL;
    json_t *body = NULL;
    json_t *status = NULL;
    Redress__V1__RecordFeedback feedback;
    enum rc rc = routes_read_key(request, &key, &error);
    rc = rc == RC_OK ? routes_read_rating(request, &body, &feedback, &error) : rc;
    rc = rc == RC_OK ? open_case(submit, request, &status, &error) : rc;
    rc = rc == RC_OK ? check_replied(status, &error) : rc;
    const char *case_id = json_string_value(json_object_get(status, "case_id"));
    rc = rc == RC_OK ? propose_rating(submit, case_id, key, &feedback, &error) : rc;
    json_decref(body);
    json_decref(status);
    if (rc != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    metric_add(&intake_stats[STAT_FEEDBACK], 1);
    http_reply_json(request, 202, json_pack("{s:s}", "status", "accepted"));
}

#define READ (HTTP_BLOCKING | HTTP_NO_BODY)
const struct http_route intake_routes[] = {
    {"POST", "/v1/submissions", post_submission, 0},
    {"GET", "/v1/submissions/{code}", get_status, READ},
    {"POST", "/v1/submissions/{code}/feedback", post_feedback, HTTP_BLOCKING},
    {"POST", "/v1/submissions/{code}/messages", routes_post_message, HTTP_BLOCKING},
    {"GET", "/v1/submissions/{code}/messages", routes_get_messages, READ},
    {"POST", "/v1/submissions/{code}/evidence", routes_post_evidence, HTTP_BLOCKING},
    {"POST", "/v1/submissions/{code}/withdrawal", routes_post_withdrawal, HTTP_BLOCKING},
    {"POST", "/v1/submissions/{code}/reopening", routes_post_reopening, HTTP_BLOCKING},
    {"GET", "/v1/satisfaction/{token}", routes_get_satisfaction, READ},
    {"POST", "/v1/satisfaction/{token}", routes_post_satisfaction, HTTP_BLOCKING},
    {"GET", "/v1/commitments", routes_get_commitments, HTTP_NO_BODY},
};
const size_t intake_route_count = sizeof intake_routes / sizeof intake_routes[0];
