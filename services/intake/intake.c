// SPDX-License-Identifier: Apache-2.0
// Bounds of a submission stand in one table; what a table can't say follows in short checks.
#include "intake.h"

#include "common/clock.h"
#include "common/json.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const char *const channels[] = {"",       "phone",  "web",   "wechat",     "app",
                                       "window", "letter", "email", "institution"};

struct body {
    const char *institution, *channel, *category, *narrative, *request, *received_at,
        *on_behalf_relation;
    bool anonymous;
    json_t *complainant;
};

struct person {
    const char *name, *phone, *email, *address, *identity_number, *language;
};

#define TEXT(struct_, member, required, least, most)                                               \
    JSON_FIELD(JSON_FIELD_TEXT, struct struct_, member, #member, required, least, most)

static const struct json_field body_fields[] = {
    TEXT(body, institution, true, 1, 32),
    TEXT(body, channel, true, 1, 16),
    TEXT(body, category, false, 0, 64),
    TEXT(body, narrative, true, 1, 24000),
    TEXT(body, request, false, 0, 2000),
    TEXT(body, received_at, false, 20, 39),
    TEXT(body, on_behalf_relation, false, 0, 64),
    JSON_FIELD(JSON_FIELD_SWITCH, struct body, anonymous, "anonymous", false, 0, 0),
    JSON_FIELD(JSON_FIELD_OBJECT, struct body, complainant, "complainant", false, 0, 0),
};

static const struct json_field person_fields[] = {
    TEXT(person, name, false, 0, 100),           TEXT(person, phone, false, 0, 40),
    TEXT(person, email, false, 0, 254),          TEXT(person, address, false, 0, 400),
    TEXT(person, identity_number, false, 0, 40), TEXT(person, language, false, 2, 5),
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static enum rc wrong(struct error *error, const char *code, const char *field, const char *what) {
    return error_field(error, code, field, "%s %s", field, what);
}

static const char *or_empty(const char *text) { return text == NULL ? "" : text; }

static enum rc read_person(const json_t *object, struct submission *submission,
                           struct error *error) {
    struct person person = {0};
    enum rc rc = object == NULL ? RC_OK
                                : json_bind(object, "complainant", person_fields,
                                            COUNT(person_fields), &person, error);
    submission->name = or_empty(person.name);
    submission->phone = or_empty(person.phone);
    submission->email = or_empty(person.email);
    submission->address = or_empty(person.address);
    submission->identity_number = or_empty(person.identity_number);
    submission->language = person.language == NULL ? "zh-CN" : person.language;
    return rc;
}

static enum rc read_channel(const char *name, uint32_t *channel, struct error *error) {
    for (uint32_t i = 1; i < COUNT(channels); i++) {
        if (strcmp(channels[i], name) == 0) {
            *channel = i;
            return RC_OK;
        }
    }
    return wrong(error, "unknown-code", "channel", "names no channel");
}

enum rc submission_from_json(const json_t *object, struct submission *submission,
                             struct error *error) {
    struct body body = {0};
    memset(submission, 0, sizeof *submission);
    enum rc rc = json_bind(object, "", body_fields, COUNT(body_fields), &body, error);
    rc = rc == RC_OK ? read_channel(body.channel, &submission->channel, error) : rc;
    rc = rc == RC_OK ? read_person(body.complainant, submission, error) : rc;
    if (rc == RC_OK && body.received_at != NULL &&
        clock_parse(body.received_at, &submission->received_at_ms, error) != RC_OK) {
        rc = wrong(error, "bad-time", "received_at", "is not an RFC 3339 time with zone");
    }
    if (rc == RC_OK && body.anonymous && body.complainant != NULL) {
        rc = wrong(error, "contradiction", "complainant", "must be absent where anonymous");
    }
    submission->institution = body.institution;
    submission->category = or_empty(body.category);
    submission->narrative = body.narrative;
    submission->request = or_empty(body.request);
    submission->anonymous = body.anonymous;
    submission->on_behalf_relation = or_empty(body.on_behalf_relation);
    return rc;
}

static enum rc check_bytes(const char *field, const char *text, size_t least, size_t most,
                           struct error *error) {
    size_t size = strlen(text);
    if (size < least || size > most) {
        return error_field(error, "out-of-bounds", field, "%s must have %zu to %zu bytes", field,
                           least, most);
    }
    return text_is_clean(text, size) ? RC_OK
                                     : wrong(error, "bad-text", field, "is not clean UTF-8");
}

enum rc submission_from_message(const Redress__V1__ExternalComplaint *message,
                                struct submission *submission, struct error *error) {
    const Redress__V1__Complainant none = REDRESS__V1__COMPLAINANT__INIT;
    const Redress__V1__Complainant *person =
        message->complainant == NULL ? &none : message->complainant;
    *submission = (struct submission){
        .institution = message->institution,
        .channel = (uint32_t)message->channel,
        .category = message->category,
        .narrative = message->narrative,
        .request = message->request,
        .received_at_ms = message->received_at_ms,
        .anonymous = message->anonymous,
        .name = person->name,
        .phone = person->phone,
        .email = person->email,
        .address = person->address,
        .identity_number = person->identity_number,
        .language = person->language[0] == '\0' ? "zh-CN" : person->language,
        .on_behalf_relation = message->on_behalf_relation,
    };
    const struct {
        const char *field;
        const char *text;
        size_t least, most;
    } bounds[] = {{"record_id", message->record_id, 1, 128},
                  {"institution", submission->institution, 1, 32},
                  {"category", submission->category, 0, 64},
                  {"narrative", submission->narrative, 1, 24000},
                  {"request", submission->request, 0, 2000},
                  {"on_behalf_relation", submission->on_behalf_relation, 0, 64},
                  {"complainant.name", submission->name, 0, 100},
                  {"complainant.phone", submission->phone, 0, 40},
                  {"complainant.email", submission->email, 0, 254},
                  {"complainant.address", submission->address, 0, 400},
                  {"complainant.identity_number", submission->identity_number, 0, 40}};
    for (size_t i = 0; i < COUNT(bounds); i++) {
        enum rc rc =
            check_bytes(bounds[i].field, bounds[i].text, bounds[i].least, bounds[i].most, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    if (submission->channel < 1 || submission->channel >= COUNT(channels)) {
        return wrong(error, "unknown-code", "channel", "names no channel");
    }
    if (submission->anonymous && message->complainant != NULL) {
        return wrong(error, "contradiction", "complainant", "must be absent where anonymous");
    }
    return RC_OK;
}

static bool applies_to(const struct region_category *category, const char *type) {
    for (unsigned i = 0; i < category->institution_type_count; i++) {
        if (strcmp(category->institution_types[i], type) == 0) {
            return true;
        }
    }
    return false;
}

// Enough to refuse what can't be an address or a header injection; only delivery proves an address.
static bool looks_like_email(const char *text) {
    const char *at = strchr(text, '@');
    return at != NULL && at != text && strchr(at + 1, '@') == NULL && strchr(at + 1, '.') != NULL &&
           text[strlen(text) - 1] != '.' && strcspn(text, " \t\r\n<>,;:\"\\()[]") == strlen(text);
}

enum rc submission_check(const struct submission *submission, const struct region *region,
                         int64_t now_ms, struct error *error) {
    const struct region_institution *institution =
        region_institution(region, submission->institution);
    const struct region_category *category = region_category(region, submission->category);
    if (institution == NULL) {
        return wrong(error, "unknown-code", "institution", "names no institution of this region");
    }
    if (submission->category[0] != '\0' &&
        (category == NULL || !applies_to(category, institution->type))) {
        return wrong(error, "unknown-code", "category", "names no category of this institution");
    }
    if (text_is_blank(submission->narrative)) {
        return wrong(error, "out-of-bounds", "narrative", "is blank");
    }
    if (submission->email[0] != '\0' && !looks_like_email(submission->email)) {
        return wrong(error, "bad-email", "complainant.email", "is not an e-mail address");
    }
    if (strcmp(submission->language, "zh-CN") != 0 && strcmp(submission->language, "en") != 0) {
        return wrong(error, "unknown-code", "complainant.language", "must be zh-CN or en");
    }
    if (submission->received_at_ms < 0 || submission->received_at_ms > now_ms + INTAKE_FUTURE_MS) {
        return wrong(error, "bad-time", "received_at", "lies in the future");
    }
    return RC_OK;
}

static bool add_normal(crypto_hash_sha256_state *state, const char *text) {
    utf8proc_uint8_t *normal = utf8proc_NFC((const utf8proc_uint8_t *)text);
    if (normal == NULL) {
        return false;
    }
    crypto_hash_sha256_update(state, normal, strlen((const char *)normal) + 1);
    free(normal);
    return true;
}

enum rc submission_digest(const struct submission *submission, unsigned char digest[SEAL_HASH_SIZE],
                          struct error *error) {
    char numbers[64];
    crypto_hash_sha256_state state;
    snprintf(numbers, sizeof numbers, "%u %lld %d", submission->channel,
             (long long)submission->received_at_ms, submission->anonymous);
    const char *const texts[] = {"redress-content-v1",
                                 numbers,
                                 submission->institution,
                                 submission->category,
                                 submission->narrative,
                                 submission->request,
                                 submission->name,
                                 submission->phone,
                                 submission->email,
                                 submission->address,
                                 submission->identity_number,
                                 submission->language,
                                 submission->on_behalf_relation};
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (!add_normal(&state, texts[i])) {
            return error_set(error, RC_INTERNAL, "out of memory for a digest");
        }
    }
    crypto_hash_sha256_final(&state, digest);
    return RC_OK;
}
