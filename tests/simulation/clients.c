// SPDX-License-Identifier: Apache-2.0
#include "clients.h"

#include "faults.h"
#include "http.h"
#include "journal.h"
#include "kafka.h"
#include "shape.h"
#include "sql.h"
#include "uuid.h"
#include "world.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/proposal_topic.h"

#include "redress/v1/inbound.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct journal journal;
static unsigned running;

bool clients_done(void) { return running == 0; }

static json_t *make_body(size_t key, unsigned version) {
    char narrative[64];
    snprintf(narrative, sizeof narrative, "complaint %zu, text %u", key, version);
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "institution", "demo-clinic", "channel",
                     "web", "narrative", narrative, "complainant", "name", "Wang Xiaoming", "email",
                     "wang@example.org");
}

static struct process *find_intake(void) {
    size_t from = sim_below((uint32_t)sim.process_count);
    for (size_t i = 0; i < sim.process_count; i++) {
        struct process *process = &sim.processes[(from + i) % sim.process_count];
        if (process->program == &intake_program && process->running && !process->dead &&
            !sim_is_frozen(process)) {
            return process;
        }
    }
    return NULL;
}

// One request. A client gives up after a while; its request may go on.
static void submit_once(struct intake_client *client) {
    struct process *intake = find_intake();
    client->outcome = INTAKE_UNKNOWN;
    if (intake == NULL) {
        return;
    }
    struct process *self = sim_enter(intake);
    intake_submit(intake, client);
    sim_enter(self);
    while (client->outcome == 0) {
        sim_wait(client, INT64_MAX);
    }
}

static void note(size_t key, unsigned version, const struct intake_client *client) {
    struct submission_note *entry = &journal.submissions[key];
    sim_trace("client: key %zu text %u: outcome %d %s", key, version, client->outcome,
              client->code);
    if (client->outcome == INTAKE_TAKEN) {
        memcpy(entry->case_id, client->case_id, sizeof entry->case_id);
        if (entry->taken && memcmp(entry->digest, client->digest, 32) != 0) {
            sim_violation("key %zu was acknowledged for two contents", key);
        }
        if (entry->taken && entry->received_at_ms != client->received_at_ms) {
            sim_violation("key %zu got two receipts", key);
        }
        entry->received_at_ms = client->received_at_ms;
        memcpy(entry->digest, client->digest, 32);
        entry->taken = true;
    } else if (client->outcome == INTAKE_REFUSED && entry->taken &&
               memcmp(entry->digest, client->digest, 32) == 0) {
        sim_violation("key %zu was acknowledged, and refused when the same came again", key);
    }
}

// Submits until it has an answer, then sometimes again, sometimes with another text. Where there
// are two intakes, two do so under each key, at once.
static void *submitter(void *argument) {
    size_t key = (size_t)argument;
    char name[32];
    unsigned repeats = sim_below(3);
    snprintf(name, sizeof name, "key-%zu", key);
    for (unsigned tries = 0; tries < 60; tries++) {
        unsigned version = sim_chance(5) ? 1 : 0;
        struct intake_client *client = sim_alloc(sizeof *client);
        client->key = name;
        client->body = make_body(key, version);
        sim_sleep(tries == 0 ? shape_pause(2000) : sim_below(2000));
        submit_once(client);
        note(key, version, client);
        json_decref(client->body);
        if ((client->outcome == INTAKE_TAKEN || client->outcome == INTAKE_REFUSED) &&
            repeats-- == 0) {
            break;
        }
    }
    running--;
    return NULL;
}

static rd_kafka_headers_t *make_headers(const char *id, const char *type, const char *source) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(5);
    rd_kafka_header_add(headers, "ce_specversion", -1, "1.0", -1);
    rd_kafka_header_add(headers, "ce_id", -1, id, -1);
    rd_kafka_header_add(headers, "ce_type", -1, type, -1);
    rd_kafka_header_add(headers, "ce_source", -1, source, -1);
    return headers;
}

static void append_complaint(const char *id, const char *narrative) {
    uint8_t bytes[512];
    Redress__V1__ExternalComplaint message = REDRESS__V1__EXTERNAL_COMPLAINT__INIT;
    message.record_id = (char *)id;
    message.institution = (char *)"demo-clinic";
    message.channel = REDRESS__V1__CHANNEL__CHANNEL_PHONE;
    message.narrative = (char *)narrative;
    message.anonymous = true;
    message.received_at_ms = SIM_WALL_BASE_MS;
    size_t size = redress__v1__external_complaint__pack(&message, bytes);
    kafka_append(kafka_topic("redress.inbound"), id, strlen(id), bytes, size,
                 make_headers(id, "redress.v1.ExternalComplaint", "simulated"));
}

// Each record once or twice, as at-least-once senders do; record 0 comes with two contents.
static void *integrator(void *argument) {
    size_t count = (size_t)argument;
    for (size_t i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "record-%zu", i);
        for (unsigned copies = 1 + sim_below(2); copies > 0; copies--) {
            sim_sleep(shape_pause(3000));
            append_complaint(id, "waited for three hours");
        }
        journal.inbound++;
    }
    running--;
    return NULL;
}

static bool pick_case(struct sql_value *case_id, char text[37]) {
    const struct sql_table *cases = sql_table("ledger", "cases");
    size_t count = 0;
    for (const struct sql_row *row = sql_next(cases->first); row != NULL;
         row = sql_next(row->next)) {
        if (sim_below((uint32_t)++count) == 0) {
            *case_id = row->committed[0];
        }
    }
    if (count > 0) {
        uuid_text(case_id->bytes, text);
    }
    return count > 0;
}

static void append_assessment(const char *case_id, size_t number) {
    uint8_t bytes[512];
    char id[37];
    char digits[24];
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    snprintf(digits, sizeof digits, "%zu", number);
    ident_uuid_from((const char *const[]){"assess", digits, NULL}, id);
    meta.proposal_id = id;
    meta.case_id = (char *)case_id;
    meta.tenant = (char *)"demo-clinic";
    meta.source = (char *)"triage";
    message.meta = &meta;
    message.category = (char *)"service-attitude";
    message.subject = (char *)"";
    message.urgency = (Redress__V1__Urgency)(1 + sim_below(4));
    message.crisis = (Redress__V1__CrisisLevel)(1 + sim_below(2));
    message.lexicon_version = (char *)"simulated@1";
    size_t size = redress__v1__assess_case__pack(&message, bytes);
    for (unsigned copies = 1 + sim_below(2); copies > 0; copies--) {
        const char *topic = sim_chance(5) ? "redress.proposals" : proposal_topic(&message.base);
        kafka_append(kafka_topic(topic), case_id, 36, bytes, size,
                     make_headers(id, "redress.v1.AssessCase", "redress/triage"));
    }
}

// Stands in for triage: urgencies that change, so that clocks are armed anew. One of before there
// was an urgent topic may have written the other copy.
static void *assessor(void *argument) {
    size_t count = (size_t)argument;
    for (size_t i = 0; i < count; i++) {
        struct sql_value case_id;
        char text[37];
        sim_sleep(shape_pause(12000));
        if (pick_case(&case_id, text)) {
            append_assessment(text, i);
            sim_trace("client: assesses %s", text);
        }
    }
    running--;
    return NULL;
}

static json_t *make_alarm(const char *case_id) {
    char alarm[37];
    ident_uuid_from((const char *const[]){"alarm", case_id, sim_chance(2) ? "1" : "2", NULL},
                    alarm);
    return json_pack("{s:s}", "alarm_id", alarm);
}

static const struct {
    const char *command;
    const char *body; // NULL: made for the case
} commands[] = {
    {"accept", "{}"},
    {"dispatch", "{\"unit\": \"demo-clinic.desk\"}"},
    {"sign", "{}"},
    {"investigate", "{}"},
    {"decide", "{\"outcome\": \"upheld\", \"findings\": \"it was so\"}"},
    {"reply", "{\"reply\": \"we are sorry\"}"},
    {"follow-up", "{\"reached\": true, \"solved\": true, \"note\": \"by telephone\"}"},
    {"close", "{}"},
    {"rework", "{\"reason\": \"again\"}"},
    {"acknowledge", NULL},
    {"comment", "{\"comment\": \"noted\"}"},
    {"assess", "{\"urgency\": \"P1\"}"},
    {"assess", "{\"urgency\": \"P3\"}"},
};

// One command, repeated with its key while its outcome is unknown, sometimes once more.
static void command(size_t number) {
    struct sql_value case_id;
    char text[37];
    char key[24];
    char code[48] = "";
    if (!pick_case(&case_id, text) || journal.command_count == JOURNAL_COMMANDS) {
        return;
    }
    size_t place = sim_below(sizeof commands / sizeof commands[0]);
    snprintf(key, sizeof key, "command-%zu", number);
    const struct ledger_request request = {.command = commands[place].command,
                                           .case_id = text,
                                           .key = key,
                                           .if_match = "*",
                                           .body = commands[place].body == NULL
                                                       ? make_alarm(text)
                                                       : json_loads(commands[place].body, 0, NULL)};
    struct command_note *entry = &journal.commands[journal.command_count++];
    ledger_cause(&request, entry->cause_id);
    unsigned repeats = sim_below(2);
    for (unsigned tries = 0; tries < 20; tries++) {
        struct process *ledger = http_find_ledger();
        enum ledger_outcome outcome = LEDGER_UNKNOWN;
        if (ledger != NULL) {
            struct process *self = sim_enter(ledger);
            int incarnation = ledger->incarnation;
            outcome = ledger_command(ledger, &request, code);
            bool cut = ledger->dead || ledger->incarnation != incarnation;
            sim_enter(self);
            outcome = cut ? LEDGER_UNKNOWN : outcome;
        }
        sim_trace("client: %s of %s: outcome %d %s", request.command, text, outcome, code);
        entry->done = entry->done || outcome == LEDGER_DONE;
        entry->unknown = entry->unknown || outcome == LEDGER_UNKNOWN;
        if (outcome != LEDGER_UNKNOWN && repeats-- == 0) {
            break;
        }
        sim_sleep(100 + sim_below(1500));
    }
    json_decref(request.body);
}

static void *staff(void *argument) {
    size_t count = (size_t)argument;
    for (size_t i = 0; i < count; i++) {
        sim_sleep(shape_pause(8000));
        command(journal.next_command++);
    }
    running--;
    return NULL;
}

// Keeps the schedule open to faults after the clients have their answers.
static void *lull(void *argument) {
    sim_sleep(shape.lull_ms);
    running--;
    return argument;
}

static void start(const char *name, void *(*run)(void *), size_t argument) {
    running++;
    sim_fiber(name, NULL, run, (void *)argument); // NOLINT(performance-no-int-to-ptr)
}

void clients_start(void) {
    memset(&journal, 0, sizeof journal);
    running = 0;
    journal.submission_count = shape.submissions;
    for (size_t i = 0; i < shape.submissions; i++) {
        start("submitter", submitter, i);
        if (shape.processes[SHAPE_INTAKE] > 1) {
            start("rival", submitter, i);
        }
    }
    start("integrator", integrator, shape.inbound);
    start("assessor", assessor, shape.assessments);
    for (unsigned i = 0; i < shape.staff; i++) {
        start("staff", staff, shape.commands[i]);
    }
    start("lull", lull, 0);
}
