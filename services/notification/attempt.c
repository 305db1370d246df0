// SPDX-License-Identifier: Apache-2.0
// address → render → send. Addresses are wiped once a mail is handed over.
#include "attempt.h"

#include "notice.h"
#include "notification.h"

#include "common/clock.h"
#include "common/hours.h"
#include "common/json.h"
#include "common/protobuf.h"
#include "common/role.h"
#include "common/satisfaction.h"
#include "common/seal.h"
#include "common/title.h"

#include "redress/v1/inbound.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS 86400000LL

// Who a mail goes to; wiped after use.
struct address {
    char email[256];
    char name[128];
    char language[8];
    char hours[HOURS_SIZE];
};

static enum rc coded(struct error *error, enum rc rc, const char *code) {
    error_set(error, rc, "delivery failed: %s", code);
    snprintf(error->code, sizeof error->code, "%s", code);
    return rc;
}

static enum rc open_contact(struct attempt_options *options, const struct job *job,
                            struct address *address, struct error *error) {
    unsigned char plain[2048];
    if (job->erased) {
        return coded(error, RC_INVALID, "erased");
    }
    // The contact travels on a topic of its own, and whoever reads that may be down for long: this
    // is tried as often as a mail server that does not answer.
    if (job->sealed == NULL) {
        return coded(error, RC_UNAVAILABLE, "no-contact");
    }
    if (job->sealed_size > sizeof plain ||
        seal_box_open(&options->contacts, job->sealed, job->sealed_size, plain, error) != RC_OK) {
        return coded(error, RC_INVALID, "contact-unreadable");
    }
    ProtobufCMessage *message = NULL;
    enum rc rc = protobuf_unpack(&redress__v1__contact__descriptor, plain,
                                 job->sealed_size - SEAL_BOX_OVERHEAD, &message, error);
    seal_wipe(plain, sizeof plain);
    if (rc != RC_OK) {
        return rc == RC_INVALID ? coded(error, rc, "contact-unreadable") : rc;
    }
    const Redress__V1__Contact *contact = (const Redress__V1__Contact *)message;
    snprintf(address->email, sizeof address->email, "%s", contact->email);
    snprintf(address->name, sizeof address->name, "%s", contact->name);
    snprintf(address->language, sizeof address->language, "%s", job->language);
    snprintf(address->hours, sizeof address->hours, "%s", contact->hours);
    seal_wipe(contact->email, strlen(contact->email));
    seal_wipe(contact->phone, strlen(contact->phone));
    protobuf_free(message);
    // Only a telephone number: never another channel silently, and no SMS gateway is connected.
    return address->email[0] != '\0' ? RC_OK : coded(error, RC_INVALID, "no-email");
}

static enum rc find_address(struct attempt_options *options, const struct job *job,
                            struct address *address, struct error *error) {
    if (strcmp(job->recipient, "complainant") == 0) {
        return open_contact(options, job, address, error);
    }
    const char *subject = strchr(job->recipient, ':');
    const struct region_staff *person =
        subject == NULL ? NULL : region_staff(options->region, subject + 1);
    if (person == NULL) {
        return coded(error, RC_INVALID, "unknown-staff");
    }
    snprintf(address->email, sizeof address->email, "%s", person->email);
    snprintf(address->name, sizeof address->name, "%s", person->name);
    snprintf(address->language, sizeof address->language, "%s", person->language);
    snprintf(address->hours, sizeof address->hours, "%s",
             person->hours == NULL ? "" : person->hours);
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

static const char *text_of(const json_t *values, const char *name) {
    const char *text = json_string_value(json_object_get(values, name));
    return text == NULL ? "" : text;
}

static void name_unit(const struct region *region, json_t *values, const char *parameter) {
    const struct region_department *department =
        region_department(region, text_of(values, parameter), NULL);
    json_object_set_new(values, parameter, json_string(department == NULL ? "" : department->name));
}

// The link by which the complainant, and nobody else who reads of the fact, rates its closure. It
// follows from the fact alone, so that a mail that is sent again is the same.
static void set_link(const struct attempt_options *options, const struct job *job, json_t *values) {
    char token[SATISFACTION_TOKEN_SIZE];
    char link[640];
    unsigned long closure = strtoul(text_of(values, "closure"), NULL, 10);
    struct satisfaction what = {.closure = (uint32_t)closure,
                                .expires_at_ms =
                                    job->occurred_at_ms + options->satisfaction_days * DAY_MS};
    if (closure == 0 || strcmp(job->recipient, "complainant") != 0) {
        return;
    }
    snprintf(what.case_id, sizeof what.case_id, "%s", job->case_id);
    satisfaction_write(options->satisfaction_key, &what, token);
    snprintf(link, sizeof link, "%s%s", options->satisfaction_url, token);
    json_object_set_new(values, "link", json_string(link));
}

static json_t *values_of(const struct attempt_options *options, const struct job *job,
                         const struct address *address) {
    static const char *const titled[] = {"ground", "level", "result", "earlier_progress"};
    json_t *values = json_loads(job->parameters, 0, NULL);
    const struct region_institution *institution = region_institution(options->region, job->tenant);
    if (values == NULL) {
        return NULL;
    }
    json_int_t due = json_integer_value(json_object_get(values, "due_at_ms"));
    json_object_set_new(values, "case_id", json_string(job->case_id));
    json_object_set_new(values, "tracking_code", json_string(job->tracking_code));
    json_object_set_new(values, "institution",
                        json_string(institution == NULL ? job->tenant : institution->name));
    json_object_set_new(values, "name",
                        json_string(notification_name(address->name, address->language)));
    name_unit(options->region, values, "unit");
    name_unit(options->region, values, "proposed_unit");
    for (size_t i = 0; i < sizeof titled / sizeof titled[0]; i++) {
        const char *title = title_of(titled[i], text_of(values, titled[i]), address->language);
        json_object_set_new(values, titled[i], json_string(title));
    }
    const char *clock = text_of(values, "clock");
    json_object_set_new(values, "clock",
                        json_string(region_clock_title(options->region, clock, address->language)));
    // A sentence of its own: most reviews change nothing.
    const char *outcome = text_of(values, "outcome");
    json_object_set_new(values, "changed_to",
                        json_string(title_of("changed_to", outcome, address->language)));
    set_link(options, job, values);
    set_time(values, "received_at", job->received_at_ms);
    set_time(values, "due_at", due != 0 ? due : job->promised_at_ms);
    return values;
}

// Of what a fact is about, as its parameters say it.
static int64_t latest_of(const struct job *job) {
    json_t *values = json_loads(job->parameters, 0, NULL);
    int64_t due_at_ms = json_integer_value(json_object_get(values, "due_at_ms"));
    json_decref(values);
    return notification_latest(job->fact, due_at_ms);
}

// Nobody gets a mail outside the hours that they named, unless it would come too late then.
static enum rc await_hours(const struct attempt_options *options, const struct address *address,
                           struct job *job, struct error *error) {
    int64_t now_ms = clock_wall_ms();
    int64_t wanted_at_ms =
        notification_wanted_at(now_ms, options->region->zone_offset_s, job->urgent, address->hours);
    if (wanted_at_ms != now_ms) {
        wanted_at_ms = notification_in_time(now_ms, wanted_at_ms, latest_of(job));
        enum rc rc = json_whole(error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    job->wanted_at_ms = wanted_at_ms == now_ms ? 0 : wanted_at_ms;
    return wanted_at_ms == now_ms ? RC_OK : coded(error, RC_UNAVAILABLE, "outside-hours");
}

static enum rc send_mail(struct attempt_options *options, struct transport *transport,
                         struct job *job, struct error *error) {
    struct address address = {.email = ""};
    enum rc rc = find_address(options, job, &address, error);
    rc = rc == RC_OK ? await_hours(options, &address, job, error) : rc;
    const struct region_template *text =
        rc == RC_OK ? region_template(options->region, job->template_code, address.language) : NULL;
    if (rc == RC_OK && text == NULL) {
        rc = coded(error, RC_INVALID, "no-template");
    }
    if (rc == RC_OK) {
        json_t *values = values_of(options, job, &address);
        bool whole = json_whole(NULL) == RC_OK && values != NULL;
        char *subject = whole ? notification_render(text->subject, values) : NULL;
        char *body = whole ? notification_render(text->body, values) : NULL;
        const struct mail mail = {job->delivery_id, job->occurred_at_ms, address.email, subject,
                                  body};
        rc = subject == NULL || body == NULL
                 ? error_set(error, RC_INTERNAL, "out of memory for a mail")
                 : transport_mail(transport, &mail, error);
        json_decref(values);
        free(subject);
        free(body);
    }
    seal_wipe(&address, sizeof address);
    return rc;
}

static const char *hook_url(const struct attempt_options *options, const struct job *job) {
    const char *id = strchr(job->recipient, ':');
    const struct region *region = options->region;
    if (options->webhook_url[0] != '\0') {
        return options->webhook_url;
    }
    for (size_t i = 0; id != NULL && i < region->hook_count; i++) {
        if (strcmp(region->hooks[i].id, id + 1) == 0) {
            return region->hooks[i].url;
        }
    }
    return NULL;
}

static enum rc send_hook(const struct attempt_options *options, struct transport *transport,
                         const struct job *job, struct error *error) {
    char time[CLOCK_TEXT_SIZE];
    const char *url = hook_url(options, job);
    if (url == NULL) {
        return coded(error, RC_INVALID, "unknown-hook");
    }
    clock_format(job->occurred_at_ms, time);
    json_t *data = json_loads(job->parameters, 0, NULL);
    notice_mask(data, job->fact, ROLE_INTEGRATOR);
    json_t *body =
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:o}}", "type", job->fact, "timestamp", time,
                  "data", "case_id", job->case_id, "tracking_code", job->tracking_code,
                  "institution", job->tenant, "details", data == NULL ? json_object() : data);
    char *text = json_text(body, JSON_COMPACT);
    json_decref(body);
    const struct hook hook = {job->delivery_id, url, text, clock_wall_ms()};
    enum rc rc = text == NULL ? error_set(error, RC_INTERNAL, "out of memory for a web hook")
                              : transport_hook(transport, &hook, error);
    free(text);
    return rc;
}

enum rc attempt_make(struct attempt_options *options, struct transport *transport, struct job *job,
                     struct error *error) {
    return strcmp(job->channel, "webhook") == 0 ? send_hook(options, transport, job, error)
                                                : send_mail(options, transport, job, error);
}
