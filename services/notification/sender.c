// SPDX-License-Identifier: Apache-2.0
// claim (with a lease) → address → render → send → record. A crash after the server took a mail
// sends that same mail again, with the same Message-ID.
#include "sender.h"

#include "notification.h"
#include "stats.h"
#include "store.h"
#include "transport.h"

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/ident.h"
#include "common/log.h"
#include "common/proposal.h"
#include "common/seal.h"
#include "common/service.h"

#include "redress/v1/inbound.pb-c.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDLE_MS 50
#define RETRY_MS 1000
#define NO_CONTACT_ATTEMPTS                                                                        \
    5 // the contact travels on a topic of its own and may come a little later

struct sender {
    struct sender_options options;
    struct pg *pg;
    struct transport *transport;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic bool healthy;
};

// One claimed row; texts are borrowed from the result.
struct job {
    char delivery_id[37];
    char case_id[37];
    const char *tenant, *channel, *recipient, *template_code, *fact, *parameters, *tracking_code,
        *language;
    int64_t occurred_at_ms, received_at_ms, promised_at_ms;
    uint32_t attempts;
    const void *sealed;
    size_t sealed_size;
};

static void read_job(const PGresult *rows, int row, struct job *job) {
    pg_get_uuid(rows, row, 0, job->delivery_id);
    pg_get_uuid(rows, row, 1, job->case_id);
    job->tenant = pg_get_text(rows, row, 2);
    job->channel = pg_get_text(rows, row, 3);
    job->recipient = pg_get_text(rows, row, 4);
    job->template_code = pg_get_text(rows, row, 5);
    job->fact = pg_get_text(rows, row, 6);
    job->parameters = pg_get_text(rows, row, 7);
    job->occurred_at_ms = pg_get_time(rows, row, 8);
    job->attempts = (uint32_t)pg_get_number(rows, row, 9);
    job->tracking_code = pg_get_text(rows, row, 10);
    job->language = pg_get_text(rows, row, 11);
    job->received_at_ms = pg_get_time(rows, row, 12);
    job->promised_at_ms = pg_get_time(rows, row, 13);
    job->sealed = pg_get_bytes(rows, row, 14, &job->sealed_size);
}

// Who a mail goes to; wiped after use.
struct address {
    char email[256];
    char name[128];
    char language[8];
};

static enum rc coded(struct error *error, enum rc rc, const char *code) {
    error_set(error, rc, "delivery failed: %s", code);
    snprintf(error->code, sizeof error->code, "%s", code);
    return rc;
}

static enum rc open_contact(const struct sender *sender, const struct job *job,
                            struct address *address, struct error *error) {
    unsigned char plain[2048];
    if (job->sealed == NULL) {
        return coded(error, job->attempts < NO_CONTACT_ATTEMPTS ? RC_UNAVAILABLE : RC_INVALID,
                     "no-contact");
    }
    if (job->sealed_size > sizeof plain || seal_box_open(sender->options.contact_key, job->sealed,
                                                         job->sealed_size, plain, error) != RC_OK) {
        return coded(error, RC_INVALID, "contact-unreadable");
    }
    Redress__V1__Contact *contact =
        redress__v1__contact__unpack(NULL, job->sealed_size - SEAL_BOX_OVERHEAD, plain);
    seal_wipe(plain, sizeof plain);
    if (contact == NULL) {
        return coded(error, RC_INVALID, "contact-unreadable");
    }
    snprintf(address->email, sizeof address->email, "%s", contact->email);
    snprintf(address->name, sizeof address->name, "%s", contact->name);
    snprintf(address->language, sizeof address->language, "%s", job->language);
    seal_wipe(contact->email, strlen(contact->email));
    seal_wipe(contact->phone, strlen(contact->phone));
    redress__v1__contact__free_unpacked(contact, NULL);
    // Only a telephone number: never another channel silently, and no SMS gateway is connected.
    return address->email[0] != '\0' ? RC_OK : coded(error, RC_INVALID, "no-email");
}

static enum rc find_address(const struct sender *sender, const struct job *job,
                            struct address *address, struct error *error) {
    if (strcmp(job->recipient, "complainant") == 0) {
        return open_contact(sender, job, address, error);
    }
    const char *subject = strchr(job->recipient, ':');
    const struct region_staff *person =
        subject == NULL ? NULL : region_staff(sender->options.region, subject + 1);
    if (person == NULL) {
        return coded(error, RC_INVALID, "unknown-staff");
    }
    snprintf(address->email, sizeof address->email, "%s", person->email);
    snprintf(address->name, sizeof address->name, "%s", person->name);
    snprintf(address->language, sizeof address->language, "%s", person->language);
    return RC_OK;
}

static void set_time(json_t *values, const char *name, int64_t ms) {
    char text[32];
    time_t seconds = (time_t)(ms / 1000);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
    json_object_set_new(values, name, json_string(ms == 0 ? "" : text));
}

// Names that people know instead of codes.
static const char *clock_title(const char *clock, const char *language) {
    static const struct {
        const char *clock, *chinese, *english;
    } titles[] = {{"first_response", "首次回复", "first response"},
                  {"resolution", "办结", "resolution"},
                  {"", "紧急案件", "urgent case"}};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (strcmp(titles[i].clock, clock) == 0) {
            return strcmp(language, "en") == 0 ? titles[i].english : titles[i].chinese;
        }
    }
    return clock;
}

static json_t *values_of(const struct sender *sender, const struct job *job,
                         const struct address *address) {
    json_t *values = json_loads(job->parameters, 0, NULL);
    const struct region_institution *institution =
        region_institution(sender->options.region, job->tenant);
    if (values == NULL) {
        return NULL;
    }
    const char *unit = json_string_value(json_object_get(values, "unit"));
    const struct region_department *department =
        region_department(sender->options.region, unit == NULL ? "" : unit, NULL);
    const char *clock = json_string_value(json_object_get(values, "clock"));
    json_int_t due = json_integer_value(json_object_get(values, "due_at_ms"));
    json_object_set_new(values, "case_id", json_string(job->case_id));
    json_object_set_new(values, "tracking_code", json_string(job->tracking_code));
    json_object_set_new(values, "institution",
                        json_string(institution == NULL ? job->tenant : institution->name));
    json_object_set_new(values, "unit", json_string(department == NULL ? "" : department->name));
    json_object_set_new(values, "name",
                        json_string(address->name[0] != '\0'               ? address->name
                                    : strcmp(address->language, "en") == 0 ? "Sir or Madam"
                                                                           : "您"));
    json_object_set_new(values, "clock",
                        json_string(clock_title(clock == NULL ? "" : clock, address->language)));
    set_time(values, "received_at", job->received_at_ms);
    set_time(values, "due_at", due != 0 ? due : job->promised_at_ms);
    return values;
}

static enum rc send_mail(struct sender *sender, const struct job *job, struct error *error) {
    struct address address = {.email = ""};
    enum rc rc = find_address(sender, job, &address, error);
    const struct region_template *text =
        rc == RC_OK ? region_template(sender->options.region, job->template_code, address.language)
                    : NULL;
    if (rc == RC_OK && text == NULL) {
        rc = coded(error, RC_INVALID, "no-template");
    }
    if (rc == RC_OK) {
        json_t *values = values_of(sender, job, &address);
        char *subject = values == NULL ? NULL : notification_render(text->subject, values);
        char *body = values == NULL ? NULL : notification_render(text->body, values);
        const struct mail mail = {job->delivery_id, job->occurred_at_ms, address.email, subject,
                                  body};
        rc = subject == NULL || body == NULL
                 ? error_set(error, RC_INTERNAL, "out of memory for a mail")
                 : transport_mail(sender->transport, &mail, error);
        json_decref(values);
        free(subject);
        free(body);
    }
    seal_wipe(&address, sizeof address);
    return rc;
}

static const char *hook_url(const struct sender *sender, const struct job *job) {
    const char *id = strchr(job->recipient, ':');
    const struct region *region = sender->options.region;
    if (sender->options.webhook_url[0] != '\0') {
        return sender->options.webhook_url;
    }
    for (size_t i = 0; id != NULL && i < region->hook_count; i++) {
        if (strcmp(region->hooks[i].id, id + 1) == 0) {
            return region->hooks[i].url;
        }
    }
    return NULL;
}

static enum rc send_hook(struct sender *sender, const struct job *job, struct error *error) {
    char time[CLOCK_TEXT_SIZE];
    const char *url = hook_url(sender, job);
    if (url == NULL) {
        return coded(error, RC_INVALID, "unknown-hook");
    }
    clock_format(job->occurred_at_ms, time);
    json_t *data = json_loads(job->parameters, 0, NULL);
    json_t *body =
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:o}}", "type", job->fact, "timestamp", time,
                  "data", "case_id", job->case_id, "tracking_code", job->tracking_code,
                  "institution", job->tenant, "details", data == NULL ? json_object() : data);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    const struct hook hook = {job->delivery_id, url, text, clock_wall_ms()};
    enum rc rc = text == NULL ? error_set(error, RC_INTERNAL, "out of memory for a web hook")
                              : transport_hook(sender->transport, &hook, error);
    free(text);
    return rc;
}

static enum rc record(struct sender *sender, const struct job *job, enum rc outcome,
                      const struct error *reason, struct error *error) {
    double jitter = (double)(random() % 1000) / 1000;
    if (outcome == RC_OK) {
        metric_add(&notification_stats[STAT_SENT], 1);
        return store_sent(sender->pg, job->delivery_id, error);
    }
    if (outcome == RC_INVALID || job->attempts >= sender->options.attempts) {
        metric_add(&notification_stats[STAT_FAILED], 1);
        log_warn("delivery failed", LOG_STR("delivery", job->delivery_id),
                 LOG_STR("code", reason->code));
        return store_failed(sender->pg, job->delivery_id, reason->code, error);
    }
    metric_add(&notification_stats[STAT_RETRIED], 1);
    return store_retry(sender->pg, job->delivery_id,
                       notification_back_off_ms(job->attempts, jitter), reason->code, error);
}

// One round; *count is how many were due.
static enum rc send_due(struct sender *sender, int *count, struct error *error) {
    PGresult *rows = NULL;
    enum rc rc = pg_ensure(sender->pg, error);
    rc = rc == RC_OK ? store_claim(sender->pg, &rows, error) : rc;
    *count = rc == RC_OK ? PQntuples(rows) : 0;
    for (int row = 0; row < *count && rc == RC_OK; row++) {
        struct job job;
        struct error reason = {.code = ""};
        read_job(rows, row, &job);
        enum rc outcome = strcmp(job.channel, "webhook") == 0 ? send_hook(sender, &job, &reason)
                                                              : send_mail(sender, &job, &reason);
        FAILPOINT("notification-sent");
        rc = record(sender, &job, outcome, &reason, error);
    }
    PQclear(rows);
    return rc;
}

static enum rc publish_record(struct sender *sender, const PGresult *rows, int row,
                              struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__RecordDelivery message = REDRESS__V1__RECORD_DELIVERY__INIT;
    char delivery_id[37];
    char case_id[37];
    char proposal_id[IDENT_UUID_SIZE];
    pg_get_uuid(rows, row, 0, delivery_id);
    pg_get_uuid(rows, row, 1, case_id);
    ident_uuid_from((const char *const[]){"record-delivery", delivery_id, NULL}, proposal_id);
    proposal_meta(&meta, case_id, pg_get_text(rows, row, 2), proposal_id, "notification");
    message.meta = &meta;
    message.delivery_id = delivery_id;
    message.occasion_sequence = (uint64_t)pg_get_number(rows, row, 3);
    message.channel = (char *)pg_get_text(rows, row, 4);
    message.recipient = (char *)pg_get_text(rows, row, 5);
    message.template_ = (char *)pg_get_text(rows, row, 6);
    message.template_ = message.template_[0] == '\0' ? "fact" : message.template_;
    message.state = strcmp(pg_get_text(rows, row, 7), "sent") == 0
                        ? REDRESS__V1__DELIVERY_STATE__DELIVERY_STATE_SENT
                        : REDRESS__V1__DELIVERY_STATE__DELIVERY_STATE_FAILED;
    message.attempts = (uint32_t)pg_get_number(rows, row, 8);
    message.failure = (char *)pg_get_text(rows, row, 9);
    return proposal_publish(sender->options.producer, &message.base, &meta, NULL, wait, error);
}

static enum rc report_ended(struct sender *sender, struct error *error) {
    PGresult *rows = NULL;
    struct bus_wait wait;
    enum rc rc = store_unreported(sender->pg, &rows, error);
    if (rc != RC_OK || PQntuples(rows) == 0) {
        PQclear(rows);
        return rc;
    }
    bus_wait_init(&wait);
    for (int row = 0; row < PQntuples(rows) && rc == RC_OK; row++) {
        rc = publish_record(sender, rows, row, &wait, error);
    }
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    rc = rc == RC_OK ? end : rc;
    rc = rc == RC_OK ? store_reported(sender->pg, rows, error) : rc;
    PQclear(rows);
    return rc;
}

static void *run(void *argument) {
    struct sender *sender = argument;
    while (!atomic_load(&sender->stop)) {
        struct error error;
        int count = 0;
        enum rc rc = send_due(sender, &count, &error);
        if (rc == RC_OK && sender->options.reports) {
            rc = report_ended(sender, &error);
        }
        atomic_store(&sender->healthy, rc == RC_OK);
        if (rc == RC_INTERNAL) {
            service_fail(&error);
            return NULL;
        }
        if (rc != RC_OK) {
            log_warn("sender waits", LOG_STR("reason", error.text));
            clock_sleep_ms(RETRY_MS);
        } else if (count == 0) {
            clock_sleep_ms(IDLE_MS);
        }
    }
    return NULL;
}

enum rc sender_start(struct sender **out, const struct sender_options *options,
                     struct error *error) {
    struct sender *sender = calloc(1, sizeof *sender);
    *out = sender;
    if (sender == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the sender");
    }
    sender->options = *options;
    enum rc rc = pg_open(&sender->pg, options->postgres_url, "redress-notification sender",
                         "notification", error);
    rc = rc == RC_OK ? transport_new(&sender->transport, options->smtp_url, options->smtp_from,
                                     options->webhook_secret, error)
                     : rc;
    if (rc == RC_OK && pthread_create(&sender->thread, NULL, run, sender) != 0) {
        rc = error_set(error, RC_INTERNAL, "the sender's thread does not start");
    }
    sender->started = rc == RC_OK;
    return rc;
}

bool sender_ready(struct sender *sender, struct error *why) {
    if (!atomic_load(&sender->healthy)) {
        error_set(why, RC_UNAVAILABLE, "the sender does not reach PostgreSQL or Kafka");
        return false;
    }
    return true;
}

void sender_free(struct sender *sender) {
    if (sender == NULL) {
        return;
    }
    if (sender->started) {
        atomic_store(&sender->stop, true);
        pthread_join(sender->thread, NULL);
    }
    transport_free(sender->transport);
    pg_close(sender->pg);
    seal_wipe(&sender->options, sizeof sender->options);
    free(sender);
}
