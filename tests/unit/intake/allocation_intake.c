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
#include "backlog.h"
#include "consumer.h"
#include "dialogue.h"
#include "fake_batch.h"
#include "fake_claims.h"
#include "pipeline.h"
#include "submit.h"

#include "common/redaction.h"
#include "common/region.h"

#include "redress/v1/inbound.pb-c.h"

#include <errno.h>
#include <pthread.h>

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
                                             .hours = "",
                                             .language = "zh-CN",
                                             .on_behalf_relation = ""};

static struct fake_batch batch;

__typeof__(pthread_create) __wrap_pthread_create, __real_pthread_create;
static bool threads = true; // may start

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*begin)(void *), void *argument) {
    return threads ? __real_pthread_create(thread, attributes, begin, argument) : EAGAIN;
}

static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    (void)reason;
    *(bool *)opaque = outcome == BUS_DELIVERED;
}

static enum rc publish_submission(struct error *error) {
    struct submission_run run;
    bool delivered = false;
    static size_t whole; // bytes of it, with what is sealed
    fake_bus_bytes = 0;
    enum rc rc = submit_prepare(&submit, region, &submission, "web", "key", INT64_C(1770000000000),
                                &run, error);
    if (rc == RC_OK) {
        rc = submit_publish(&submit, &submission, "web", &run, NULL, on_report, &delivered, error);
        assert_int_equal(rc == RC_OK, delivered);
    }
    if (rc == RC_OK) {
        whole = whole == 0 ? fake_bus_bytes : whole;
        assert_int_equal(fake_bus_bytes, whole);
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

// Its thread looks at the ledger: here it does not start.
static enum rc start_backlog(struct error *error) {
    struct backlog *backlog = NULL;
    const struct backlog_options options = {"http://127.0.0.1:1", "token"};
    threads = false;
    enum rc rc = backlog_start(&backlog, &options, error);
    threads = true;
    assert_int_equal(rc, RC_INTERNAL);
    backlog_free(backlog);
    return allocation_failed() ? rc : RC_OK;
}

// Two complaints, one of them anonymous; what nobody can read, and what has no institution.
static void fill_batch(void) {
    Redress__V1__Complainant person = REDRESS__V1__COMPLAINANT__INIT;
    Redress__V1__ExternalComplaint complaint = REDRESS__V1__EXTERNAL_COMPLAINT__INIT;
    person.name = "周晓岚";
    person.phone = "13912345678";
    person.email = "zhou@example.org";
    complaint.record_id = "1";
    complaint.institution = "first-hospital";
    complaint.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    complaint.narrative = "周晓岚说电话 13912345678 没人接";
    complaint.received_at_ms = INT64_C(1770000000000);
    complaint.complainant = &person;
    fake_batch_add(&batch, BUS_TOPIC_INBOUND, &complaint.base);
    complaint.record_id = "2";
    complaint.complainant = NULL;
    complaint.anonymous = true;
    fake_batch_add(&batch, BUS_TOPIC_INBOUND, &complaint.base);
    complaint.institution = "nowhere";
    fake_batch_add(&batch, BUS_TOPIC_INBOUND, &complaint.base);
    fake_batch_bytes(&batch, BUS_TOPIC_INBOUND, "3", "no complaint");
}

// All are in Kafka and settled, or the batch comes again.
static enum rc take_complaints(struct error *error) {
    struct consumer *consumer = NULL;
    const struct bus_settings bus = {.brokers = ""};
    fake_bus_count = fake_bus_dead = fake_claims_done = 0;
    enum rc rc = consumer_start(&consumer, &bus, &submit, error);
    rc = rc == RC_OK ? fake_batch_feed(&batch, error) : rc;
    assert_int_equal(fake_claims_done, rc == RC_OK ? 2 : 0);
    assert_true(rc != RC_OK || (fake_bus_count == 2 && fake_bus_dead == 2));
    consumer_free(consumer);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least;
    } attempts[] = {{publish_submission, 40}, {propose_feedback, 3}, {send_message, 4},
                    {remember_attempts, 1},   {start_pipeline, 1},   {start_backlog, 2},
                    {take_complaints, 20}};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        struct error error;
        assert_int_equal(attempts[i].attempt(&error), RC_OK); // as it is when nothing fails
        assert_true(allocation_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

static int set_up(void **state) {
    static const unsigned char public_key[32] = {9}; // X25519's base point
    struct error error;
    (void)state;
    fill_batch();
    if (region_load(&region, "deploy/region/example", &error) != RC_OK ||
        seal_init(&error) != RC_OK || redaction_init(&error) != RC_OK) {
        return -1;
    }
    if (region_book_borrow(&submit.regions, region, NULL, &error) != RC_OK) {
        return -1;
    }
    seal_reader_init(&submit.bureau, public_key);
    seal_reader_init(&submit.notification, public_key);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    redaction_close();
    region_book_free(submit.regions);
    region_free(region);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
