// SPDX-License-Identifier: Apache-2.0
// One table of fields by command, then what each kind of text must be.
#include "entry.h"

#include "case_json.h"
#include "finding.h"
#include "parts_json.h"

#include "common/civil_day.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/seal.h"
#include "common/zone.h"

#include <ctype.h>
#include <string.h>

struct body {
    const char *level, *trigger, *kind, *authority, *purpose, *giver, *responsibility, *outcome;
    const char *instruction, *lift_condition, *answer, *note, *text, *report, *measure,
        *late_reason;
    const char *due, *since, *unit, *category;
    const char *title, *staff_code, *sha256, *media_type;
    const char *medical, *legal, *service, *witness, *reported_to;
    const char *cause, *owner, *effect, *stage;
    int64_t order, person, allegation, improvement, size;
    bool rights_told;
};

#define FIELD(member, required, least, most)                                                       \
    JSON_FIELD(JSON_FIELD_TEXT, struct body, member, #member, required, least, most)
#define NUMBER(member, most)                                                                       \
    JSON_FIELD(JSON_FIELD_NUMBER, struct body, member, #member, true, 1, most)
#define CODE(member, required) FIELD(member, required, 1, 32)
#define NOTE FIELD(note, false, 0, 2000)
#define DUE FIELD(due, false, 20, 39)
#define MOST_FIELDS 8
#define FIRST INPUT_SUPERVISE
#define COUNT (INPUT_RECORD_MEDIATION - FIRST + 1)

static const struct {
    size_t count;
    struct json_field fields[MOST_FIELDS];
} bodies[COUNT] = {
    [INPUT_SUPERVISE - FIRST] = {5,
                                 {CODE(level, true), CODE(trigger, false),
                                  FIELD(instruction, true, 1, 2000),
                                  FIELD(lift_condition, false, 0, 2000), DUE}},
    [INPUT_ANSWER_SUPERVISION -
        FIRST] = {2, {NUMBER(order, CASE_ORDERS), FIELD(answer, true, 1, 4000)}},
    [INPUT_LIFT_SUPERVISION - FIRST] = {2, {NUMBER(order, CASE_ORDERS), NOTE}},
    [INPUT_CONCERN_PERSON -
        FIRST] = {3,
                  {CODE(kind, true), FIELD(title, true, 1, 64), FIELD(staff_code, false, 0, 64)}},
    [INPUT_RAISE_ALLEGATION - FIRST] = {3,
                                        {NUMBER(person, CASE_PERSONS), FIELD(category, true, 1, 64),
                                         FIELD(text, true, 1, 2000)}},
    [INPUT_DECIDE_ALLEGATION -
        FIRST] = {4,
                  {NUMBER(allegation, CASE_ALLEGATIONS), CODE(outcome, true),
                   CODE(responsibility, true), FIELD(measure, false, 0, 2000)}},
    [INPUT_RECORD_AUTHORITY -
        FIRST] = {3, {CODE(authority, true), FIELD(since, true, 10, 10), NOTE}},
    [INPUT_FORM_TEAM -
        FIRST] = {7,
                  {CODE(purpose, true), FIELD(medical, true, 1, 64), FIELD(legal, true, 1, 64),
                   FIELD(service, true, 1, 64), FIELD(witness, true, 1, 128),
                   JSON_FIELD(JSON_FIELD_SWITCH, struct body, rights_told, "rights_told", true, 0,
                              0),
                   FIELD(reported_to, false, 1, 128)}},
    [INPUT_REGISTER_EVIDENCE -
        FIRST] = {5,
                  {FIELD(sha256, true, 64, 64), FIELD(media_type, true, 3, 100),
                   NUMBER(size, INT64_MAX), CODE(giver, true), FIELD(note, false, 0, 400)}},
    [INPUT_ADD_CO_HANDLER - FIRST] = {3, {FIELD(unit, true, 1, 64), DUE, NOTE}},
    [INPUT_REPORT_STAGE - FIRST] = {1, {FIELD(report, true, 1, 4000)}},
    [INPUT_ANSWER_CO_HANDLING -
        FIRST] = {2, {FIELD(answer, true, 1, 4000), FIELD(late_reason, false, 1, 2000)}},
    [INPUT_REPORT_PROGRESS - FIRST] = {1, {FIELD(text, true, 1, 8000)}},
    [INPUT_VISIT - FIRST] = {2, {CODE(outcome, true), FIELD(note, true, 1, 2000)}},
    [INPUT_OPEN_IMPROVEMENT - FIRST] = {4,
                                        {FIELD(cause, true, 1, 2000), FIELD(measure, true, 1, 2000),
                                         FIELD(owner, true, 1, 64), FIELD(due, true, 20, 39)}},
    [INPUT_COMPLETE_IMPROVEMENT -
        FIRST] = {2, {NUMBER(improvement, CASE_IMPROVEMENTS), FIELD(effect, true, 1, 2000)}},
    [INPUT_RECORD_MEDIATION - FIRST] = {2, {CODE(stage, true), FIELD(note, true, 1, 2000)}},
};

bool entry_has(enum input_kind kind) { return kind >= FIRST && kind < FIRST + COUNT; }

static const char *or_empty(const char *text) { return text == NULL ? "" : text; }

static enum rc unknown(struct error *error, const char *field) {
    return error_field(error, "unknown-code", field, "%s names nothing that exists", field);
}

static enum rc malformed(struct error *error, const char *field, const char *what) {
    return error_field(error, "malformed", field, "%s %s", field, what);
}

static enum rc read_codes(const struct body *body, bool visit, struct case_command *command,
                          struct error *error) {
    struct case_entry *entry = &command->entry;
    const struct {
        const char *field, *text;
        uint32_t (*read)(const char *);
        uint32_t *code;
    } codes[] = {
        {"level", body->level, supervision_level_read, &entry->level},
        {"trigger", body->trigger, supervision_trigger_read, &entry->kind},
        {"kind", body->kind, person_kind_read, &entry->kind},
        {"authority", body->authority, authority_read, &entry->kind},
        {"purpose", body->purpose, team_purpose_read, &entry->kind},
        {"giver", body->giver, evidence_giver_read, &entry->kind},
        {"stage", body->stage, mediation_stage_read, &entry->kind},
        {"responsibility", body->responsibility, responsibility_read, &entry->kind},
        {"outcome", body->outcome, visit ? visit_outcome_read : outcome_read, &command->outcome},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].text != NULL && (*codes[i].code = codes[i].read(codes[i].text)) == 0) {
            return unknown(error, codes[i].field);
        }
    }
    return RC_OK;
}

static enum rc check_region(const struct region *region, const struct body *body,
                            struct error *error) {
    const struct {
        const char *field, *subject;
    } members[] = {{"medical", body->medical},
                   {"legal", body->legal},
                   {"service", body->service},
                   // Another spelling of one's code would not keep the case from them.
                   {"staff_code", body->staff_code}};
    if (body->owner != NULL && region_department(region, body->owner, NULL) == NULL) {
        return unknown(error, "owner");
    }
    if (body->unit != NULL && region_department(region, body->unit, NULL) == NULL) {
        return unknown(error, "unit");
    }
    if (body->category != NULL && region_category(region, body->category) == NULL) {
        return unknown(error, "category");
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].subject != NULL && members[i].subject[0] != '\0' &&
            region_staff(region, members[i].subject) == NULL) {
            return unknown(error, members[i].field);
        }
    }
    return RC_OK;
}

// Neither a number to call nor an address: a title or a place has none, not even one that redaction
// (staff_texts.c), which was here before, does not know as a person's.
static bool looks_personal(const char *text) {
    unsigned digits = 0;
    for (; *text != '\0'; text++) {
        digits += isdigit((unsigned char)*text) ? 1 : 0;
        if (*text == '@' || digits >= 6) {
            return true;
        }
    }
    return false;
}

static bool is_code(const char *text) {
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return text[size] == '\0';
}

static bool is_media_type(const char *text) {
    const char *slash = strchr(text, '/');
    static const char token[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_!#$&^";
    return slash != NULL && slash != text && slash[1] != '\0' &&
           text + strspn(text, token) == slash && slash[1 + strspn(slash + 1, token)] == '\0';
}

static enum rc check_texts(const struct body *body, struct error *error) {
    const struct {
        const char *field, *text;
    } impersonal[] = {{"title", body->title}, {"witness", body->witness}};
    for (size_t i = 0; i < sizeof impersonal / sizeof impersonal[0]; i++) {
        if (impersonal[i].text != NULL && looks_personal(impersonal[i].text)) {
            return error_field(error, "personal-data", impersonal[i].field,
                               "%s may hold no number and no address of a person",
                               impersonal[i].field);
        }
    }
    if (body->staff_code != NULL && !is_code(body->staff_code)) {
        return malformed(error, "staff_code", "has letters, digits, '.', '-' and '_' alone");
    }
    if (body->media_type != NULL && !is_media_type(body->media_type)) {
        return malformed(error, "media_type", "must be like image/jpeg");
    }
    return RC_OK;
}

static bool is_to_come(const struct region *region, civil_day day) {
    int64_t local_ms = clock_wall_ms() + region->zone_offset_s * INT64_C(1000);
    return day > local_ms / ZONE_DAY_MS;
}

static enum rc read_times(const struct region *region, const struct body *body,
                          struct case_entry *entry, struct error *error) {
    civil_day day;
    if (body->since != NULL && !civil_day_parse(body->since, &day)) {
        return malformed(error, "since", "must be a date like 2026-02-13");
    }
    if (body->since != NULL && is_to_come(region, day)) {
        return error_field(error, "out-of-bounds", "since", "since is a day to come");
    }
    if (body->due == NULL) {
        return RC_OK;
    }
    return clock_parse(body->due, &entry->due_at_ms, NULL) == RC_OK &&
                   clock_is_time(entry->due_at_ms)
               ? RC_OK
               : malformed(error, "due", "must be a time with its zone");
}

// Lower-case, so that the same bytes are the same text.
static enum rc read_digest(const struct body *body, struct case_entry *entry, struct error *error) {
    if (body->sha256 == NULL) {
        return RC_OK;
    }
    bool lower = body->sha256[strspn(body->sha256, "0123456789abcdef")] == '\0';
    return lower && seal_key_read(body->sha256, "sha256", entry->digest, sizeof entry->digest,
                                  NULL) == RC_OK
               ? RC_OK
               : malformed(error, "sha256", "must be 64 lower-case hexadecimal digits");
}

static enum rc check_finding(enum input_kind kind, const struct body *body,
                             const struct case_command *command, struct error *error) {
    const struct finding finding = {.outcome = command->outcome,
                                    .responsibility = command->entry.kind,
                                    .measure =
                                        body->measure != NULL && !text_is_blank(body->measure)};
    return kind == INPUT_DECIDE_ALLEGATION ? finding_check(&finding, error) : RC_OK;
}

static void fill(const struct body *body, struct case_command *command) {
    const char *const texts[] = {body->instruction, body->answer, body->text,  body->report,
                                 body->note,        body->cause,  body->effect};
    struct case_entry *entry = &command->entry;
    command->text = "";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        command->text = texts[i] != NULL ? texts[i] : command->text;
    }
    command->unit = or_empty(body->unit == NULL ? body->owner : body->unit);
    command->category = or_empty(body->category);
    command->detail = or_empty(body->measure == NULL ? body->lift_condition : body->measure);
    entry->number = (uint32_t)(body->order + body->person + body->allegation +
                               body->improvement); // one of them
    entry->size = (uint64_t)body->size;
    entry->reason = or_empty(body->late_reason);
    entry->since = or_empty(body->since);
    entry->title = or_empty(body->title);
    entry->staff_code = or_empty(body->staff_code);
    entry->sha256 = or_empty(body->sha256);
    entry->media_type = or_empty(body->media_type);
    entry->medical = or_empty(body->medical);
    entry->legal = or_empty(body->legal);
    entry->service = or_empty(body->service);
    entry->witness = or_empty(body->witness);
    entry->reported_to = or_empty(body->reported_to);
    entry->rights_told = body->rights_told;
}

enum rc entry_read(const struct region *region, enum input_kind kind, const json_t *json,
                   struct case_command *command, struct error *error) {
    struct body body = {0};
    enum rc rc =
        json_bind(json, "", bodies[kind - FIRST].fields, bodies[kind - FIRST].count, &body, error);
    if (kind == INPUT_SUPERVISE) {
        command->entry.kind = REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_ORDERED;
    }
    rc = rc == RC_OK ? read_codes(&body, kind == INPUT_VISIT, command, error) : rc;
    rc = rc == RC_OK ? check_finding(kind, &body, command, error) : rc;
    rc = rc == RC_OK ? check_texts(&body, error) : rc;
    rc = rc == RC_OK ? check_region(region, &body, error) : rc;
    rc = rc == RC_OK ? read_times(region, &body, &command->entry, error) : rc;
    rc = rc == RC_OK ? read_digest(&body, &command->entry, error) : rc;
    fill(&body, command);
    return rc;
}
