// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocation.h"
#include "attempts.h"
#include "common/redaction.h"
#include "dialogue.h"
#include "pipeline.h"
#include "submit.h"

#include "common/region.h"

static struct submit submit;
static struct region *region;

static const struct submission submission = {.institution = "first-hospital",
                                             .channel = 2,
                                             .category = "",
                                             .narrative = "周晓岚说电话 13912345678 没人接",
                                             .request = "请回电 13912345678",
                                             .name = "周晓岚",
                                             .phone = "13912345678",
                                             .email = "zhou@example.org",
                                             .address = "",
                                             .identity_number = "",
                                             .language = "zh-CN",
                                             .on_behalf_relation = ""};

__typeof__(bus_publish) __wrap_bus_publish;

enum rc __wrap_bus_publish(struct bus_producer *producer, const struct bus_message *message,
                           bus_delivered delivered, void *opaque, struct error *error) {
    (void)producer;
    (void)message;
    (void)error;
    delivered(opaque, BUS_DELIVERED, "");
    return RC_OK;
}

static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    (void)reason;
    *(bool *)opaque = outcome == BUS_DELIVERED;
}

static enum rc publish_submission(struct error *error) {
    struct submission_run run;
    bool delivered = false;
    enum rc rc =
        submit_prepare(&submit, &submission, "web", "key", INT64_C(1770000000000), &run, error);
    if (rc == RC_OK) {
        rc = submit_publish(&submit, &submission, "web", &run, NULL, on_report, &delivered, error);
        assert_int_equal(rc == RC_OK, delivered);
    }
    return rc;
}

static enum rc propose_feedback(struct error *error) {
    Redress__V1__RecordFeedback feedback = REDRESS__V1__RECORD_FEEDBACK__INIT;
    feedback.overall = 5;
    feedback.comment = "谢谢，13912345678";
    return submit_feedback(&submit, "01234567-89ab-8def-8123-456789abcdef", "first-hospital", "key",
                           &feedback, error);
}

static enum rc send_message(struct error *error) {
    const struct dialogue message = {.kind = DIALOGUE_MESSAGE,
                                     .text = "请回电 13912345678",
                                     .sha256 = "",
                                     .media_type = "",
                                     .ground = ""};
    return dialogue_send(&submit, &message, "01234567-89ab-8def-8123-456789abcdef",
                         "first-hospital", "01234567-89ab-8def-8123-456789abcdee", NULL, error);
}

static enum rc remember_attempts(struct error *error) {
    struct attempts *attempts = NULL;
    enum rc rc = attempts_new(&attempts, error);
    attempts_free(attempts);
    return rc;
}

static enum rc start_pipeline(struct error *error) {
    struct pipeline *pipeline = NULL;
    const struct pipeline_options options = {.submit = &submit, .source = "web"};
    enum rc rc = pipeline_start(&pipeline, &options, error);
    pipeline_free(pipeline);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least;
    } attempts[] = {{publish_submission, 10},
                    {propose_feedback, 3},
                    {send_message, 4},
                    {remember_attempts, 1},
                    {start_pipeline, 1}};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_true(allocation_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

static int set_up(void **state) {
    static const unsigned char public_key[32] = {9}; // X25519's base point
    struct error error;
    (void)state;
    if (region_load(&region, "deploy/region/example", &error) != RC_OK ||
        seal_init(&error) != RC_OK || redaction_init(&error) != RC_OK) {
        return -1;
    }
    submit.region = region;
    seal_reader_init(&submit.bureau, public_key);
    seal_reader_init(&submit.notification, public_key);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    redaction_close();
    region_free(region);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
