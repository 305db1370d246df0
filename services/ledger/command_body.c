// SPDX-License-Identifier: Apache-2.0
#include "command_body.h"

#include "case_json.h"
#include "command_access.h"
#include "entry.h"
#include "finding.h"

#include "common/clock_run.h"
#include "common/json.h"
#include "common/policy.h"

#include <stdio.h>
#include <string.h>

// All that any command may carry; each kind names its own fields below.
struct body {
    const char *note;
    const char *unit;
    const char *outcome;
    const char *responsible_unit;
    const char *findings;
    const char *reply;
    const char *comment;
    const char *reason;
    const char *alarm_id;
    const char *urgency;
    const char *crisis;
    const char *category;
    const char *subject;
    const char *ground;
    const char *right_route;
    const char *authority;
    const char *service;
    const char *resolution;
    const char *proposed_unit;
    const char *measure;
    const char *result;
    const char *text;
    const char *clock;
    const char *plan;
    const char *value_unit;
    json_t *situations;
    int64_t value;
    const char *missing_answers_reason;
    const char *staff;
    const char *role;
    const char *until;
    const char *with;
    const char *earlier_case;
    int64_t score;
    bool granted;
    bool reached;
    bool solved;
};

#define FIELD(member, required, least, most)                                                       \
    JSON_FIELD(JSON_FIELD_TEXT, struct body, member, #member, required, least, most)
#define NUMBER(member, required, least, most)                                                      \
    JSON_FIELD(JSON_FIELD_NUMBER, struct body, member, #member, required, least, most)
#define SWITCH(member, required)                                                                   \
    JSON_FIELD(JSON_FIELD_SWITCH, struct body, member, #member, required, 0, 0)
#define NOTE FIELD(note, false, 0, 2000)
#define REASON FIELD(reason, true, 1, 2000)
#define MOST_FIELDS 6

static const struct {
    struct json_field fields[MOST_FIELDS];
    size_t count;
} bodies[INPUT_KIND_COUNT] = {
    [INPUT_ACCEPT] = {{NOTE}, 1},
    [INPUT_REFUSE] = {{FIELD(ground, true, 1, 64), FIELD(right_route, true, 1, 400), NOTE,
                       FIELD(earlier_case, false, 1, 64)},
                      4},
    [INPUT_REDIRECT] = {{FIELD(authority, true, 1, 128), NOTE}, 2},
    [INPUT_TRANSFER_EMERGENCY] = {{FIELD(service, true, 1, 64), NOTE}, 2},
    [INPUT_RESOLVE_ON_SPOT] = {{FIELD(resolution, true, 1, 8000)}, 1},
    [INPUT_DISPATCH] = {{FIELD(unit, true, 1, 64), NOTE}, 2},
    [INPUT_REQUEST_RETURN] = {{REASON, FIELD(proposed_unit, true, 1, 64)}, 2},
    [INPUT_DESIGNATE] = {{FIELD(unit, true, 1, 64), NOTE}, 2},
    [INPUT_SIGN] = {{{0}}, 0},
    [INPUT_INVESTIGATE] = {{{0}}, 0},
    [INPUT_SUSPEND] = {{FIELD(ground, true, 1, 64), NOTE}, 2},
    [INPUT_RESUME] = {{NOTE}, 1},
    [INPUT_DECIDE] = {{FIELD(outcome, true, 1, 32), FIELD(findings, true, 1, 8000),
                       FIELD(responsible_unit, false, 0, 64), FIELD(measure, false, 0, 2000),
                       FIELD(missing_answers_reason, false, 1, 2000)},
                      5},
    [INPUT_REPLY] = {{FIELD(reply, true, 1, 8000)}, 1},
    [INPUT_FOLLOW_UP] = {{SWITCH(reached, true), SWITCH(solved, false), NUMBER(score, false, 1, 5),
                          FIELD(note, true, 1, 2000)},
                         4},
    [INPUT_REWORK] = {{REASON}, 1},
    [INPUT_CLOSE] = {{NOTE}, 1},
    [INPUT_REOPEN] = {{FIELD(ground, true, 1, 64), REASON}, 2},
    [INPUT_REVIEW] = {{REASON}, 1},
    [INPUT_RE_REVIEW] = {{REASON}, 1},
    [INPUT_DECIDE_REVIEW] = {{FIELD(result, true, 1, 32), FIELD(findings, true, 1, 8000),
                              FIELD(outcome, false, 1, 32)},
                             3},
    [INPUT_WITHDRAW] = {{REASON}, 1},
    [INPUT_REQUEST_TERMINATION] = {{REASON}, 1},
    [INPUT_TERMINATE] = {{NOTE}, 1},
    [INPUT_ARCHIVE] = {{{0}}, 0},
    [INPUT_ACKNOWLEDGE] = {{FIELD(alarm_id, true, 36, 36)}, 1},
    [INPUT_COMMENT] = {{FIELD(comment, true, 1, 4000)}, 1},
    [INPUT_SET_ASSESSMENT] = {{FIELD(urgency, true, 2, 2), FIELD(crisis, false, 2, 2),
                               FIELD(category, false, 1, 64), FIELD(subject, false, 0, 64),
                               JSON_FIELD(JSON_FIELD_ARRAY, struct body, situations, "situations",
                                          false, 0, CLOCK_SITUATIONS),
                               FIELD(reason, false, 0, 2000)},
                              6},
    [INPUT_REVEAL] = {{FIELD(reason, true, 1, 400)}, 1},
    [INPUT_REQUEST_REVEAL] = {{FIELD(reason, true, 1, 400)}, 1},
    [INPUT_APPROVE_REVEAL] = {{FIELD(staff, true, 1, 64), NOTE}, 2},
    [INPUT_DECLARE_CONFLICT] = {{FIELD(staff, true, 1, 64), REASON}, 2},
    [INPUT_ERASE] = {{REASON}, 1},
    [INPUT_GRANT] = {{FIELD(staff, true, 1, 64), FIELD(role, true, 1, 32),
                      FIELD(until, true, 20, 40), REASON},
                     4},
    [INPUT_BREAK_GLASS] = {{REASON}, 1},
    [INPUT_MESSAGE] = {{FIELD(text, true, 1, 8000)}, 1},
    [INPUT_REQUEST_EXTENSION] = {{FIELD(clock, true, 1, 32), NUMBER(value, true, 1, 3660),
                                  JSON_FIELD(JSON_FIELD_TEXT, struct body, value_unit, "unit", true,
                                             1, 32),
                                  REASON, FIELD(plan, true, 1, 2000)},
                                 5},
    [INPUT_DECIDE_EXTENSION] = {{SWITCH(granted, true), NOTE}, 2},
    [INPUT_PAUSE_CLOCK] = {{FIELD(clock, true, 1, 32), FIELD(ground, true, 1, 64), NOTE}, 3},
    [INPUT_RESUME_CLOCK] = {{FIELD(clock, true, 1, 32), NOTE}, 2},
    [INPUT_MERGE] = {{FIELD(with, true, 1, 36), REASON}, 2},
    [INPUT_UNMERGE] = {{REASON}, 1},
};

// The first that was given; "" where none was.
static const char *first_of(const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (texts[i] != NULL) {
            return texts[i];
        }
    }
    return "";
}
#define FIRST(...)                                                                                 \
    first_of((const char *const[]){__VA_ARGS__},                                                   \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static enum rc unknown(struct error *error, const char *field) {
    return error_field(error, "unknown-code", field, "%s names nothing that exists", field);
}

static enum rc check_unit(const struct region *region, const char *field, const char *unit,
                          struct error *error) {
    return unit == NULL || unit[0] == '\0' || region_department(region, unit, NULL) != NULL
               ? RC_OK
               : unknown(error, field);
}

// Reads one code, where it was given.
static enum rc read_code(const char *field, const char *text, uint32_t (*read)(const char *),
                         uint32_t *code, struct error *error) {
    if (text == NULL) {
        return RC_OK;
    }
    *code = read(text);
    return *code == 0 ? unknown(error, field) : RC_OK;
}

// Codes that the contract or the region's files define.
static enum rc read_codes(const struct region *region, enum input_kind kind,
                          const struct body *body, struct case_command *command,
                          struct error *error) {
    const struct {
        const char *field;
        const char *text;
        uint32_t (*read)(const char *);
        uint32_t *code;
    } codes[] = {
        {"outcome", body->outcome, outcome_read,
         kind == INPUT_DECIDE_REVIEW ? &command->changed_to : &command->outcome},
        {"result", body->result, review_result_read, &command->outcome},
        {"ground", kind == INPUT_REFUSE ? body->ground : NULL, not_accepted_ground_read,
         &command->outcome},
        {"ground", kind == INPUT_REOPEN ? body->ground : NULL, reopen_ground_read,
         &command->outcome},
        {"urgency", body->urgency, urgency_read, &command->urgency},
        {"crisis", body->crisis, crisis_read, &command->crisis},
    };
    enum rc rc = check_unit(region, "unit", body->unit, error);
    rc = rc == RC_OK ? check_unit(region, "responsible_unit", body->responsible_unit, error) : rc;
    rc = rc == RC_OK ? check_unit(region, "proposed_unit", body->proposed_unit, error) : rc;
    if (rc == RC_OK && body->category != NULL && region_category(region, body->category) == NULL) {
        rc = unknown(error, "category");
    }
    if (rc == RC_OK && body->staff != NULL && region_staff(region, body->staff) == NULL) {
        rc = unknown(error, "staff");
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0] && rc == RC_OK; i++) {
        rc = read_code(codes[i].field, codes[i].text, codes[i].read, codes[i].code, error);
    }
    return rc;
}

static bool situation_exists(const struct region *region, const char *code) {
    if (strcmp(code, CASE_ADVERSE_EFFECT) == 0) {
        return true;
    }
    for (size_t p = 0; p < region->policy_count; p++) {
        for (unsigned r = 0; r < region->policies[p]->rule_count; r++) {
            const struct policy_when *when = &region->policies[p]->rules[r].when;
            for (unsigned i = 0; i < when->situation_count; i++) {
                if (strcmp(when->situations[i], code) == 0) {
                    return true;
                }
            }
        }
    }
    return false;
}

// Packs name crisis levels among their situations, but those are told as the crisis.
static bool is_situation(const struct region *region, const json_t *item) {
    const char *code = json_string_value(item);
    return code != NULL && strchr(code, ',') == NULL && crisis_read(code) == 0 &&
           strcmp(code, policy_crisis(0)) != 0 && situation_exists(region, code);
}

static bool is_before(const json_t *list, size_t count, const json_t *item) {
    bool before = false;
    for (size_t i = 0; i < count && !before; i++) {
        before = json_equal(json_array_get(list, i), item);
    }
    return before;
}

// Joined by commas, as the state keeps them.
static enum rc read_situations(const struct region *region, const json_t *list,
                               char joined[CASE_SITUATIONS_SIZE], struct error *error) {
    size_t used = 0;
    joined[0] = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (!is_situation(region, item)) {
            return unknown(error, "situations");
        }
        if (is_before(list, i, item)) {
            return error_field(error, "out-of-bounds", "situations", "a situation is there twice");
        }
        used += (size_t)snprintf(joined + used, CASE_SITUATIONS_SIZE - used, "%s%s",
                                 i == 0 ? "" : ",", json_string_value(item));
        if (used >= CASE_SITUATIONS_SIZE) {
            return error_field(error, "out-of-bounds", "situations", "situations are too many");
        }
    }
    return RC_OK;
}

// Whoever was reached said whether it is settled: silence would order a rework.
static enum rc check_reached(const struct command_request *request, const struct body *body,
                             struct error *error) {
    return request->kind != INPUT_FOLLOW_UP || !body->reached ||
                   json_object_get(request->body, "solved") != NULL
               ? RC_OK
               : error_field(error, "missing", "solved", "solved is missing");
}

// A review that changes the decision says to what.
static enum rc check_changed(const struct command_request *request,
                             const struct case_command *command, struct error *error) {
    bool changed = command->outcome == REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CHANGED;
    if (request->kind != INPUT_DECIDE_REVIEW || changed == (command->changed_to != 0)) {
        return RC_OK;
    }
    return error_field(error, changed ? "missing" : "unexpected", "outcome",
                       changed ? "outcome must say what the decision is changed to"
                               : "outcome belongs to the result changed");
}

static bool says(const char *text) { return text != NULL && !text_is_blank(text); }

static enum rc check_decision(enum input_kind kind, const struct body *body,
                              const struct case_command *command, struct error *error) {
    const struct finding finding = {.outcome = command->outcome,
                                    .unit = says(body->responsible_unit),
                                    .measure = says(body->measure)};
    return kind == INPUT_DECIDE ? finding_check(&finding, error) : RC_OK;
}

enum rc command_body_read(const struct region *region, const struct command_request *request,
                          struct case_command *command, char situations[CASE_SITUATIONS_SIZE],
                          struct error *error) {
    struct body body = {0};
    if (entry_has(request->kind)) {
        return entry_read(region, request->kind, request->body, command, error);
    }
    enum rc rc = json_bind(request->body, "", bodies[request->kind].fields,
                           bodies[request->kind].count, &body, error);
    rc = rc == RC_OK ? check_reached(request, &body, error) : rc;
    rc = rc == RC_OK ? read_codes(region, request->kind, &body, command, error) : rc;
    rc = rc == RC_OK ? check_changed(request, command, error) : rc;
    rc = rc == RC_OK ? check_decision(request->kind, &body, command, error) : rc;
    if (rc == RC_OK && body.situations != NULL) {
        rc = read_situations(region, body.situations, situations, error);
        command->situations = situations;
    }
    command->text = FIRST(body.note, body.findings, body.reply, body.comment, body.reason,
                          body.resolution, body.text);
    command->unit = FIRST(body.unit, body.responsible_unit, body.proposed_unit);
    command->detail =
        FIRST(body.right_route, body.authority, body.service, body.ground, body.measure);
    command->entry.reason = FIRST(body.missing_answers_reason);
    command->relation.with = body.with != NULL ? body.with : body.earlier_case;
    command->alarm_id = body.alarm_id;
    command->category = body.category;
    command->subject = body.subject;
    command->staff = body.staff;
    rc = rc == RC_OK ? access_term_read(request->kind, body.role, body.until, command, error) : rc;
    command->clock = body.clock;
    command->plan = body.plan;
    command->value = (uint32_t)body.value;
    command->value_unit = body.value_unit;
    command->granted = body.granted;
    command->score = (uint32_t)body.score;
    command->reached = body.reached;
    command->solved = body.solved;
    return rc;
}
