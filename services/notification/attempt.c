// SPDX-License-Identifier: Apache-2.0
// address → render → send. Addresses are wiped once a mail is handed over.
#include "attempt.h"

#include "notification.h"

#include "common/clock.h"
#include "common/seal.h"

#include "redress/v1/inbound.pb-c.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static enum rc open_contact(const struct attempt_options *options, const struct job *job,
                            struct address *address, struct error *error) {
    unsigned char plain[2048];
    // The contact travels on a topic of its own, and whoever reads that may be down for long: this
    // is tried as often as a mail server that does not answer.
    if (job->sealed == NULL) {
        return coded(error, RC_UNAVAILABLE, "no-contact");
    }
    if (job->sealed_size > sizeof plain ||
        seal_box_open(options->contact_key, job->sealed, job->sealed_size, plain, error) != RC_OK) {
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

static enum rc find_address(const struct attempt_options *options, const struct job *job,
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
                  {"supervision", "督办答复", "answer to supervision"},
                  {"co-handling", "协办答复", "answer of a co-handler"},
                  {"", "紧急案件", "urgent case"}};
    size_t size = strcspn(clock, "0123456789");
    size -= size > 0 && clock[size] != '\0' && clock[size - 1] == '-' ? 1 : 0; // "supervision-1"
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (strlen(titles[i].clock) == size && strncmp(titles[i].clock, clock, size) == 0) {
            return strcmp(language, "en") == 0 ? titles[i].english : titles[i].chinese;
        }
    }
    return clock;
}

static json_t *values_of(const struct attempt_options *options, const struct job *job,
                         const struct address *address) {
    json_t *values = json_loads(job->parameters, 0, NULL);
    const struct region_institution *institution = region_institution(options->region, job->tenant);
    if (values == NULL) {
        return NULL;
    }
    const char *unit = json_string_value(json_object_get(values, "unit"));
    const struct region_department *department =
        region_department(options->region, unit == NULL ? "" : unit, NULL);
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

static enum rc send_mail(const struct attempt_options *options, struct transport *transport,
                         const struct job *job, struct error *error) {
    struct address address = {.email = ""};
    enum rc rc = find_address(options, job, &address, error);
    const struct region_template *text =
        rc == RC_OK ? region_template(options->region, job->template_code, address.language) : NULL;
    if (rc == RC_OK && text == NULL) {
        rc = coded(error, RC_INVALID, "no-template");
    }
    if (rc == RC_OK) {
        json_t *values = values_of(options, job, &address);
        char *subject = values == NULL ? NULL : notification_render(text->subject, values);
        char *body = values == NULL ? NULL : notification_render(text->body, values);
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
    json_t *body =
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:o}}", "type", job->fact, "timestamp", time,
                  "data", "case_id", job->case_id, "tracking_code", job->tracking_code,
                  "institution", job->tenant, "details", data == NULL ? json_object() : data);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    const struct hook hook = {job->delivery_id, url, text, clock_wall_ms()};
    enum rc rc = text == NULL ? error_set(error, RC_INTERNAL, "out of memory for a web hook")
                              : transport_hook(transport, &hook, error);
    free(text);
    return rc;
}

enum rc attempt_make(const struct attempt_options *options, struct transport *transport,
                     const struct job *job, struct error *error) {
    return strcmp(job->channel, "webhook") == 0 ? send_hook(options, transport, job, error)
                                                : send_mail(options, transport, job, error);
}
