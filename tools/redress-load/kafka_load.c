// SPDX-License-Identifier: Apache-2.0
// Complaints as integrators publish them. Their case ids are intake's secret, so a case is known by
// its trace: each record has a traceparent of its own, which its facts carry on.
#include "load.h"

#include "common/bus.h"
#include "common/clock.h"
#include "common/ident.h"

#include "redress/v1/inbound.pb-c.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDLE_US 100
#define END_WAIT_US 20000000

struct driver {
    const struct load_options *options;
    struct facts *facts;
    struct http_report *report;
    struct bus_producer *producer;
    char *narrative;
    int64_t begun;
    pthread_mutex_t lock; // guards the report's answers
    _Atomic int64_t open; // records without a report
};

struct record {
    struct driver *driver;
    int64_t intended_us;
};

// On the producer's thread.
static void on_report(void *opaque, enum bus_outcome outcome, const char *reason) {
    struct record *record = opaque;
    struct driver *driver = record->driver;
    (void)reason;
    pthread_mutex_lock(&driver->lock);
    driver->report->answers[outcome == BUS_DELIVERED ? 2 : 0]++;
    if (outcome == BUS_DELIVERED) {
        histogram_add(&driver->report->latency, load_now_us() - record->intended_us);
    }
    pthread_mutex_unlock(&driver->lock);
    free(record);
    atomic_fetch_sub(&driver->open, 1);
}

static enum rc publish(struct driver *driver, struct record *record, int64_t number,
                       struct error *error) {
    Redress__V1__ExternalComplaint complaint = REDRESS__V1__EXTERNAL_COMPLAINT__INIT;
    Redress__V1__Complainant who = REDRESS__V1__COMPLAINANT__INIT;
    struct envelope envelope = {.type = "redress.v1.ExternalComplaint", .source = "redress-load"};
    char id[IDENT_UUID_SIZE];
    char key[128];
    char email[64];
    uint8_t packed[32 * 1024];
    snprintf(key, sizeof key, "%s-%" PRId64, driver->options->key_prefix, number);
    snprintf(email, sizeof email, "load%" PRId64 "@example.org", number);
    ident_uuid_from((const char *const[]){"load", key, NULL}, id);
    complaint.record_id = key;
    complaint.institution = (char *)driver->options->institution;
    complaint.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    complaint.narrative = driver->narrative;
    complaint.anonymous = !driver->options->with_contact;
    who.name = "测试";
    who.email = email;
    complaint.complainant = driver->options->with_contact ? &who : NULL;
    snprintf(envelope.id, sizeof envelope.id, "%s", key);
    snprintf(envelope.traceparent, sizeof envelope.traceparent,
             "00-%.8s%.4s%.4s%.4s%.12s-00f067aa0ba902b7-01", id, id + 9, id + 14, id + 19, id + 24);
    envelope.time_ms = clock_wall_ms();
    facts_expect(driver->facts, id, record->intended_us);
    const struct bus_message message = {
        .topic = BUS_TOPIC_INBOUND,
        .key = key,
        .key_size = strlen(key),
        .value = packed,
        .value_size = redress__v1__external_complaint__pack(&complaint, packed),
        .envelope = &envelope};
    return bus_publish(driver->producer, &message, on_report, record, error);
}

static enum rc begin(struct driver *driver, int64_t intended_us, struct error *error) {
    struct record *record = malloc(sizeof *record);
    if (record == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a record");
    }
    *record = (struct record){driver, intended_us};
    workload_narrative(driver->options, driver->begun, driver->narrative);
    atomic_fetch_add(&driver->open, 1);
    driver->report->late += load_now_us() - intended_us > 1000;
    enum rc rc = publish(driver, record, driver->begun, error);
    if (rc != RC_OK) {
        atomic_fetch_sub(&driver->open, 1);
        free(record);
    }
    driver->begun += rc == RC_OK;
    return rc;
}

static bool more_wanted(const struct driver *driver, int64_t now_us) {
    const struct load_options *options = driver->options;
    return (options->count == 0 || driver->begun < options->count) &&
           (options->seconds == 0 ||
            now_us < driver->report->started_us + options->seconds * 1000000);
}

// In the closed loop as many records are without a report as there would be connections.
static bool is_due(const struct driver *driver, int64_t now_us, int64_t *intended_us) {
    const struct load_options *options = driver->options;
    *intended_us = options->rate == 0
                       ? now_us
                       : driver->report->started_us + driver->begun * 1000000 / options->rate;
    return options->rate == 0 ? atomic_load(&driver->open) < options->connections
                              : *intended_us <= now_us;
}

static enum rc drive(struct driver *driver, struct error *error) {
    enum rc rc = RC_OK;
    driver->report->started_us = load_now_us();
    for (int64_t now; rc == RC_OK && more_wanted(driver, now = load_now_us());) {
        int64_t intended_us = 0;
        if (is_due(driver, now, &intended_us)) {
            rc = begin(driver, intended_us, error);
        } else {
            usleep(IDLE_US);
        }
    }
    int64_t until = load_now_us() + END_WAIT_US;
    while (atomic_load(&driver->open) > 0 && load_now_us() < until) {
        usleep(IDLE_US);
    }
    driver->report->ended_us = load_now_us();
    return rc;
}

enum rc kafka_load(const struct load_options *options, struct facts *facts,
                   struct http_report *report, struct error *error) {
    const struct bus_settings bus = {options->brokers, "redress-load", NULL, 1, false};
    struct driver driver = {.options = options, .facts = facts, .report = report};
    pthread_mutex_init(&driver.lock, NULL);
    driver.narrative = malloc((size_t)options->narrative_bytes + 1);
    enum rc rc = driver.narrative == NULL
                     ? error_set(error, RC_INTERNAL, "out of memory for a narrative")
                     : bus_producer_new(&driver.producer, &bus, error);
    rc = rc == RC_OK ? drive(&driver, error) : rc;
    bus_producer_free(driver.producer);
    free(driver.narrative);
    pthread_mutex_destroy(&driver.lock);
    return rc;
}
