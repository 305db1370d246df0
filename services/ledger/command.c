// SPDX-License-Identifier: Apache-2.0
// read the body → see the case in scope → lock → repeated? → If-Match → decide → write.
#include "command.h"

#include "case_json.h"
#include "entry.h"
#include "permission.h"
#include "query.h"
#include "stats.h"
#include "store.h"
#include "store_letters.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/seal.h"

#include <stdio.h>
#include <stdlib.h>
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
    const char *missing_answers_reason;
    int64_t score;
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
#define MOST_FIELDS 5

static const struct {
    struct json_field fields[MOST_FIELDS];
    size_t count;
} bodies[INPUT_KIND_COUNT] = {
    [INPUT_ACCEPT] = {{NOTE}, 1},
    [INPUT_REFUSE] = {{FIELD(ground, true, 1, 64), FIELD(right_route, true, 1, 400), NOTE}, 3},
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
                       FIELD(missing_answers_reason, false, 0, 2000)},
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
    [INPUT_DECIDE_REVIEW] = {{FIELD(result, true, 1, 32), FIELD(findings, true, 1, 8000)}, 2},
    [INPUT_WITHDRAW] = {{REASON}, 1},
    [INPUT_REQUEST_TERMINATION] = {{REASON}, 1},
    [INPUT_TERMINATE] = {{NOTE}, 1},
    [INPUT_ARCHIVE] = {{{0}}, 0},
    [INPUT_ACKNOWLEDGE] = {{FIELD(alarm_id, true, 36, 36)}, 1},
    [INPUT_COMMENT] = {{FIELD(comment, true, 1, 4000)}, 1},
    [INPUT_SET_ASSESSMENT] = {{FIELD(urgency, true, 2, 2), FIELD(crisis, false, 2, 2),
                               FIELD(category, false, 1, 64), FIELD(subject, false, 0, 64)},
                              4},
    [INPUT_REVEAL] = {{FIELD(reason, true, 1, 400)}, 1},
    [INPUT_MESSAGE] = {{FIELD(text, true, 1, 8000)}, 1},
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
        {"outcome", body->outcome, outcome_read, &command->outcome},
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
    for (size_t i = 0; i < sizeof codes / sizeof codes[0] && rc == RC_OK; i++) {
        rc = read_code(codes[i].field, codes[i].text, codes[i].read, codes[i].code, error);
    }
    return rc;
}

static enum rc read_command(const struct ledger *ledger, const struct command_request *request,
                            struct case_command *command, struct error *error) {
    struct body body = {0};
    if (entry_has(request->kind)) {
        return entry_read(ledger->region, request->kind, request->body, command, error);
    }
    enum rc rc = json_bind(request->body, "", bodies[request->kind].fields,
                           bodies[request->kind].count, &body, error);
    rc = rc == RC_OK ? read_codes(ledger->region, request->kind, &body, command, error) : rc;
    command->text = FIRST(body.note, body.findings, body.reply, body.comment, body.reason,
                          body.resolution, body.text);
    command->unit = FIRST(body.unit, body.responsible_unit, body.proposed_unit);
    command->detail =
        FIRST(body.right_route, body.authority, body.service, body.ground, body.measure);
    command->entry.reason = FIRST(body.missing_answers_reason);
    command->alarm_id = body.alarm_id;
    command->category = body.category;
    command->subject = body.subject;
    command->score = (uint32_t)body.score;
    command->reached = body.reached;
    command->solved = body.solved;
    return rc;
}

// What the case's policy says of the command: the pauses that it allows, the follow-ups that it
// asks for.
static enum rc ask_policy(const struct region *region, const struct case_state *state,
                          enum input_kind kind, struct case_command *command, int64_t now_ms,
                          struct error *error) {
    if (kind == INPUT_REPLY) {
        command->attempts = region_follow_up_attempts(region, state->tenant, now_ms);
    }
    if (kind != INPUT_SUSPEND) {
        return RC_OK;
    }
    struct policy_case about;
    struct policy_choice choice;
    (void)region_case(region, state->tenant, &about);
    about.category = state->category;
    about.severity = state->urgency;
    about.channel = state->channel;
    bool chosen = policy_choose(region->policies, region->policy_count, &about, "resolution",
                                state->received_at_ms, &choice);
    for (unsigned i = 0; chosen && i < choice.rule->pause_count; i++) {
        if (strcmp(choice.rule->pauses[i].ground, command->detail) == 0) {
            return RC_OK;
        }
    }
    return error_field(error, "unknown-code", "ground",
                       "the case's policy %s lets nothing wait on this ground",
                       chosen ? choice.policy->label : "");
}

// Scope first, under row-level security: what this user can't see does not exist.
static enum rc check_scope(struct pg *pg, const struct access *access, const char *case_id,
                           struct error *error) {
    struct case_state state;
    enum rc rc = query_begin(pg, access->tenants, error);
    if (rc == RC_OK) {
        rc = query_state(pg, access->tenants, case_id, &state, error);
    }
    scope_end(pg);
    return rc;
}

static enum rc coded(struct error *error, enum rc rc, const char *code, const char *text) {
    error_set(error, rc, "%s", text);
    snprintf(error->code, sizeof error->code, "%s", code);
    return rc;
}

static enum rc check_version(const struct case_state *state, const char *if_match,
                             struct error *error) {
    char version[CASE_VERSION_SIZE];
    char quoted[CASE_VERSION_SIZE + 4];
    if (if_match == NULL) {
        coded(error, RC_CONFLICT, "precondition-required",
              "If-Match with the case's ETag is needed");
        snprintf(error->field, sizeof error->field, "If-Match");
        return RC_CONFLICT;
    }
    case_version(state, version);
    snprintf(quoted, sizeof quoted, "\"%s\"", version);
    return strcmp(if_match, "*") == 0 || strcmp(if_match, quoted) == 0
               ? RC_OK
               : coded(error, RC_CONFLICT, "stale", "the case has changed; read it again");
}

static enum rc decide(struct work *work, const struct region *region, struct case_input *input,
                      struct case_command *command, const struct command_request *request,
                      struct command_result *result, struct error *error) {
    struct case_decision decision;
    struct work_case *target = &work->cases[0];
    int64_t now_ms = clock_wall_ms();
    result->repeated = work_has_cause(work, target, input->cause_id);
    enum rc rc = result->repeated ? RC_OK : check_version(&target->state, request->if_match, error);
    rc = rc == RC_OK ? ask_policy(region, &target->state, request->kind, command, now_ms, error)
                     : rc;
    rc = rc == RC_OK ? work_apply(work, target, input, now_ms, &decision, error) : rc;
    if (rc == RC_OK && decision.verdict == CASE_DECIDED_REFUSAL) {
        bool role = strcmp(decision.code, "role-not-allowed") == 0 ||
                    strcmp(decision.code, "not-your-unit") == 0;
        rc = coded(error, role ? RC_FORBIDDEN : RC_CONFLICT, decision.code, decision.text);
    }
    result->state = target->state;
    return rc;
}

static enum rc transact(struct pg *pg, const struct region *region, struct case_input *input,
                        struct case_command *command, const struct command_request *request,
                        struct command_result *result, struct error *error) {
    struct work work;
    struct work_cause cause;
    bool already = false;
    snprintf(cause.case_id, sizeof cause.case_id, "%s", request->case_id);
    snprintf(cause.cause_id, sizeof cause.cause_id, "%s", input->cause_id);
    enum rc rc = work_begin(&work, &request->case_id, 1, error);
    rc = rc == RC_OK ? store_begin(pg, NULL, 0, &work, &cause, 1, &already, error) : rc;
    rc = rc == RC_OK ? decide(&work, region, input, command, request, result, error) : rc;
    rc = rc == RC_OK ? store_write(pg, &work, error) : rc;
    if (rc != RC_OK) {
        pg_rollback(pg);
    }
    work_free(&work);
    return rc;
}

enum rc command_run(struct ledger *ledger, const struct access *access,
                    const struct command_request *request, struct command_result *result,
                    struct error *error) {
    struct case_command command = {.actor = &access->actor};
    char cause_id[IDENT_UUID_SIZE];
    struct pg *pg = NULL;
    enum rc rc = read_command(ledger, request, &command, error);
    if (rc != RC_OK) {
        return rc;
    }
    ident_uuid_from((const char *const[]){"command", access->actor.subject, request->case_id,
                                          case_command_name(request->kind),
                                          request->idempotency_key, NULL},
                    cause_id);
    struct case_input input = {.kind = request->kind,
                               .cause_id = cause_id,
                               .actor = access->actor.subject,
                               .traceparent = request->traceparent,
                               .of.command = &command};
    rc = pg_pool_take(ledger->pool, &pg, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = check_scope(pg, access, request->case_id, error);
    rc = rc == RC_OK ? transact(pg, ledger->region, &input, &command, request, result, error) : rc;
    pg_pool_give(ledger->pool, pg);
    metric_add(&ledger_stats[rc == RC_OK ? STAT_COMMANDS_DONE : STAT_COMMANDS_REFUSED], 1);
    if (rc == RC_OK) {
        relay_wake(ledger->relay);
    }
    return rc;
}

static enum rc open_content(const struct ledger *ledger, const PGresult *row, const char *case_id,
                            json_t **content, struct error *error) {
    struct seal_content sealed;
    size_t key_size = 0;
    size_t nonce_size = 0;
    size_t size = 0;
    const void *key = pg_get_bytes(row, 0, 0, &key_size);
    const void *nonce = pg_get_bytes(row, 0, 1, &nonce_size);
    const void *ciphertext = pg_get_bytes(row, 0, 2, &size);
    if (key_size != sizeof sealed.sealed_key || nonce_size != sizeof sealed.nonce ||
        size < SEAL_TAG_SIZE) {
        return error_set(error, RC_INTERNAL, "the vault's row is damaged");
    }
    memcpy(sealed.sealed_key, key, key_size);
    memcpy(sealed.nonce, nonce, nonce_size);
    unsigned char *plain = malloc(size);
    if (plain == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for sealed content");
    }
    enum rc rc =
        seal_content_open(ledger->bureau_secret, case_id, &sealed, ciphertext, size, plain, error);
    if (rc == RC_OK) {
        rc = json_read_object((const char *)plain, size - SEAL_TAG_SIZE, content, error);
    }
    seal_wipe(plain, size);
    free(plain);
    return rc == RC_OK ? RC_OK : error_set(error, RC_INTERNAL, "sealed content does not open");
}

enum rc command_reveal(struct ledger *ledger, const struct access *access, const char *case_id,
                       json_t **content, struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg *pg = NULL;
    PGresult *row = NULL;
    enum rc rc = pg_pool_take(ledger->pool, &pg, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = query_begin(pg, access->tenants, error);
    if (rc == RC_OK) {
        pg_add_uuid(&parameters, case_id);
        rc = pg_run(pg, "SELECT sealed_key, nonce, ciphertext FROM ledger.vault WHERE case_id = $1",
                    &parameters, &row, error);
    }
    if (rc == RC_OK && PQntuples(row) == 0) {
        rc = coded(error, RC_NOT_FOUND, "erased", "the sealed content was erased");
    }
    rc = rc == RC_OK ? open_content(ledger, row, case_id, content, error) : rc;
    rc = rc == RC_OK ? store_letters_open(pg, case_id, ledger->bureau_secret, *content, error) : rc;
    scope_end(pg);
    PQclear(row);
    pg_pool_give(ledger->pool, pg);
    return rc;
}
