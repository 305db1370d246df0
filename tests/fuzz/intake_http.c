// SPDX-License-Identifier: Apache-2.0
// Intake's requests, see fake_request.h: submissions up to the proposal and the receipt, the public
// status, ratings by PIN and by link, and what complainants send later. The case that the ledger
// knows is always the same; its state is told by the first character of the tracking code, and its
// second whether the PIN may be tried.
#include "fake_request.h"
#include "intake.h"
#include "published.h"
#include "regions.h"

#include "routes.h"

#include <string.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

__typeof__(backlog_admit) __wrap_backlog_admit;
__typeof__(pipeline_admits) __wrap_pipeline_admits;
__typeof__(pipeline_push) __wrap_pipeline_push;
__typeof__(store_status) __wrap_store_status;
__typeof__(store_case) __wrap_store_case;
__typeof__(store_dialogue) __wrap_store_dialogue;
__typeof__(store_same_body) __wrap_store_same_body;
__typeof__(store_rate_claim) __wrap_store_rate_claim;
__typeof__(store_rate_settle) __wrap_store_rate_settle;
__typeof__(store_pin_wait_ms) __wrap_store_pin_wait_ms;
__typeof__(store_pin_wrong) __wrap_store_pin_wrong;

static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    (void)reason;
    *(enum bus_outcome *)opaque = outcome;
}

enum rc __wrap_backlog_admit(struct backlog *backlog, struct error *error) {
    (void)backlog;
    (void)error;
    return RC_OK;
}

enum rc __wrap_pipeline_admits(struct pipeline *pipeline, size_t size, struct error *error) {
    (void)pipeline;
    (void)size;
    (void)error;
    return RC_OK;
}

// What the pipeline does with one submission, in place.
enum rc __wrap_pipeline_push(struct pipeline *pipeline, void *client, json_t *body, size_t size,
                             const struct submission *submission, const char *key,
                             const char *traceparent, struct error *error) {
    (void)pipeline;
    (void)size;
    struct submit *submit = intake_submit();
    struct submission_run run = {.claim = CLAIM_NEW};
    enum bus_outcome outcome = BUS_UNKNOWN;
    enum rc rc = submit_prepare(submit, regions_example(), submission, "web", key,
                                INT64_C(1770000000000), &run, error);
    FUZZ_CHECK(rc == RC_OK);
    rc = submit_publish(submit, submission, "web", &run, traceparent, on_report, &outcome, error);
    FUZZ_CHECK(rc == RC_OK ? outcome == BUS_DELIVERED : rc == RC_INVALID);
    const struct pipeline_outcome ended = {&run, rc, error, 0};
    routes_conclude(client, submit, &ended);
    json_decref(body);
    return RC_OK;
}

// What the ledger tells of a case whose state this character picks.
static json_t *status_of(const char *tracking_code) {
    static const char *const states[] = {"received", "replied", "closed"};
    size_t state = (unsigned char)tracking_code[0] % 3;
    json_t *status =
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:b, s:s*}", "case_id", CASE_ID,
                  "tracking_code", tracking_code, "institution", "first-hospital", "status",
                  states[state], "received_at_ms", 1, "promised_at_ms", 2, "updated_at_ms", 3,
                  "replied", state != 0, "reply", state == 0 ? NULL : "答复");
    json_object_set_new(status, "closure", json_integer(1));
    json_object_set_new(status, "rateable", json_boolean(state != 0));
    json_object_set_new(status, "writable", json_true());
    json_object_set_new(status, "withdrawable", json_boolean(state != 2));
    json_object_set_new(status, "reopenable", json_boolean(state == 2));
    json_object_set_new(status, "known", json_boolean(tracking_code[2] == 'Z'));
    return status;
}

enum rc __wrap_store_status(struct store *store, const char *tracking_code, const char *cause,
                            const char *sha256, json_t **status, struct error *error) {
    (void)store;
    FUZZ_CHECK(sha256 == NULL || strlen(sha256) == 64);
    FUZZ_CHECK(cause == NULL || ident_is_uuid(cause));
    if (tracking_code[0] == '0') {
        return error_set(error, RC_NOT_FOUND, "no case has this tracking code and PIN");
    }
    *status = status_of(tracking_code);
    return RC_OK;
}

enum rc __wrap_store_case(struct store *store, const char *case_id, const char *cause,
                          json_t **status, struct error *error) {
    (void)store;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id) && (cause == NULL || ident_is_uuid(cause)));
    *status = status_of("1000000000000");
    return RC_OK;
}

enum rc __wrap_store_dialogue(struct store *store, const char *tracking_code, int64_t after,
                              int64_t limit, json_t **page, struct error *error) {
    (void)store;
    (void)error;
    FUZZ_CHECK(strlen(tracking_code) == IDENT_TRACKING_SIZE - 1);
    FUZZ_CHECK(after >= 0 && limit >= 1 && limit <= 50);
    *page = json_pack("{s:[], s:n}", "items", "next");
    return RC_OK;
}

bool __wrap_store_same_body(struct store *store, const char *key_id,
                            const unsigned char digest[SEAL_HASH_SIZE]) {
    (void)store;
    (void)digest;
    FUZZ_CHECK(ident_is_uuid(key_id));
    return key_id[0] != '0';
}

enum rating_verdict __wrap_store_rate_claim(struct store *store, const char *case_id,
                                            uint32_t closure, const char *proposal_id) {
    (void)store;
    (void)closure;
    FUZZ_CHECK(ident_is_uuid(case_id) && ident_is_uuid(proposal_id));
    return proposal_id[0] == '0'   ? RATING_TAKEN
           : proposal_id[0] == '1' ? RATING_IN_FLIGHT
                                   : RATING_OURS;
}

void __wrap_store_rate_settle(struct store *store, const char *case_id, uint32_t closure,
                              const char *proposal_id, bool done) {
    (void)done;
    FUZZ_CHECK(__wrap_store_rate_claim(store, case_id, closure, proposal_id) == RATING_OURS);
}

int64_t __wrap_store_pin_wait_ms(struct store *store, const char *tracking_code) {
    (void)store;
    FUZZ_CHECK(strlen(tracking_code) == IDENT_TRACKING_SIZE - 1);
    return tracking_code[1] == 'Z' ? 1500 : 0;
}

void __wrap_store_pin_wrong(struct store *store, const char *tracking_code) {
    (void)store;
    FUZZ_CHECK(strlen(tracking_code) == IDENT_TRACKING_SIZE - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct routes routes = {.submit = intake_submit()};
    fake_request_run(intake_routes, intake_route_count, &routes, data, size);
    published_fits_the_ledger();
    fuzz_bus_clear();
    return 0;
}
