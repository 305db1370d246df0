// SPDX-License-Identifier: Apache-2.0
// notification: its consumer and two senders; the mail server is simulated here.
#include "consumer.h"
#include "faults.h"
#include "notice.h"
#include "notification.h"
#include "sender.h"
#include "sql.h"
#include "transport.h"
#include "uuid.h"
#include "world.h"

#include "common/ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENDERS 2

struct mail_sent mails[MAILS];
size_t mail_count;

struct state {
    struct region_book *regions;
    struct bus_producer *producer;
    struct consumer *consumer;
    struct sender *senders[SENDERS];
};

struct transport {
    char from[64];
};

enum rc transport_new(struct transport **transport, const char *smtp_url, const char *from,
                      const char *webhook_secret, struct error *error) {
    (void)smtp_url;
    (void)webhook_secret;
    *transport = calloc(1, sizeof **transport);
    if (*transport == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the transport");
    }
    snprintf((*transport)->from, sizeof(*transport)->from, "%s", from);
    return RC_OK;
}

void transport_free(struct transport *transport) { free(transport); }

static uint64_t hash(uint64_t state, const char *text) {
    for (; *text != '\0'; text++) {
        state = (state ^ (unsigned char)*text) * 0x100000001b3u;
    }
    return state * 0x100000001b3u;
}

static enum rc failed(struct error *error, enum rc rc, const char *code) {
    error_set(error, rc, "delivery failed: %s", code);
    snprintf(error->code, sizeof error->code, "%s", code);
    return rc;
}

static enum rc deliver(const char *id, uint64_t content, struct error *error) {
    if (!sim_io("mail") || faults_is_down(FAULT_SMTP)) {
        return failed(error, RC_UNAVAILABLE, "connect");
    }
    if (mail_count == MAILS) {
        abort();
    }
    struct mail_sent *mail = &mails[mail_count++];
    snprintf(mail->delivery_id, sizeof mail->delivery_id, "%s", id);
    mail->content = content;
    sim_trace("mail %s taken", id);
    bool heard = sim_io("the mail server's answer");
    bool late = !sim.healing && sim_chance(16); // taken, and the answer was lost
    return heard && !late ? RC_OK : failed(error, RC_UNAVAILABLE, "connect");
}

enum rc transport_mail(struct transport *transport, const struct mail *mail, struct error *error) {
    char date[32];
    (void)transport;
    snprintf(date, sizeof date, "%lld", (long long)mail->date_ms);
    uint64_t content = hash(hash(hash(hash(7, mail->to), date), mail->subject), mail->body);
    return deliver(mail->message_id, content, error);
}

enum rc transport_hook(struct transport *transport, const struct hook *hook, struct error *error) {
    (void)transport;
    return deliver(hook->id, hash(hash(7, hook->url), hook->body), error);
}

static bool start(struct process *process, void **out) {
    struct error error;
    struct state *state = calloc(1, sizeof *state);
    (void)process;
    *out = state;
    if (state == NULL) {
        abort();
    }
    const struct bus_settings bus = {"simulated", "redress-notification", NULL, 5, false};
    enum rc rc = region_book_borrow(&state->regions, world.region, NULL, &error);
    rc = rc == RC_OK ? bus_producer_new(&state->producer, &bus, &error) : rc;
    const struct consumer_options consumer = {bus, "", state->regions, state->producer, 0, 0, 0};
    struct sender_options sender = {.postgres_url = "",
                                    .smtp_url = "",
                                    .smtp_from = "redress@example.org",
                                    .webhook_secret = "",
                                    .attempts = 20,
                                    .producer = state->producer};
    sender.attempt.webhook_url = "";
    sender.attempt.satisfaction_url = "";
    sender.attempt.satisfaction_days = 30;
    sender.regions = state->regions;
    memcpy(sender.attempt.contacts.secret_key, world.notification_secret, 32);
    rc = rc == RC_OK ? consumer_start(&state->consumer, &consumer, &error) : rc;
    for (size_t i = 0; i < SENDERS && rc == RC_OK; i++) {
        sender.reports = i == 0;
        rc = sender_start(&state->senders[i], &sender, &error);
    }
    return rc == RC_OK;
}

static void stop(void *context) {
    struct state *state = context;
    for (size_t i = 0; i < SENDERS; i++) {
        sender_free(state->senders[i]);
    }
    consumer_free(state->consumer);
    bus_producer_free(state->producer);
    region_book_free(state->regions);
    free(state);
}

const struct sim_program notification_program = {"notification", start, stop};

// The judge's view: as many rows as the rules call for, each ended, each mail one and the same.

static bool is_text(const struct sql_value *value, const char *text) {
    return value->size == strlen(text) && memcmp(value->bytes, text, value->size) == 0;
}

static void check_copies(void) {
    for (size_t i = 0; i < mail_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(mails[i].delivery_id, mails[j].delivery_id) == 0 &&
                mails[i].content != mails[j].content) {
                sim_violation("delivery %s went out in two versions", mails[i].delivery_id);
            }
        }
    }
}

// The ledger was told once, and of the end that it had.
static void check_record(const char *id, bool sent) {
    char cause[37];
    char bytes[16];
    size_t facts = 0;
    ident_uuid_from((const char *const[]){"record-delivery", id, NULL}, cause);
    uuid_bytes(cause, bytes);
    const struct sql_table *events = sql_table("ledger", "case_events");
    for (const struct sql_row *row = sql_next(events->first); row != NULL;
         row = sql_next(row->next)) {
        const struct sql_value *event = row->committed;
        if (memcmp(event[5].bytes, bytes, 16) != 0) {
            continue;
        }
        Redress__V1__DeliveryRecorded *fact = redress__v1__delivery_recorded__unpack(
            NULL, event[4].size, (const uint8_t *)event[4].bytes);
        facts++;
        if (fact == NULL ||
            sent != (fact->state == REDRESS__V1__DELIVERY_STATE__DELIVERY_STATE_SENT)) {
            sim_violation("delivery %s ended otherwise than the ledger was told", id);
        }
        redress__v1__delivery_recorded__free_unpacked(fact, NULL);
    }
    if (facts != 1) {
        sim_violation("the ledger has %zu facts of delivery %s", facts, id);
    }
}

static void check_row(const struct sql_table *table, const struct sql_value *row) {
    char id[37];
    size_t copies = 0;
    uuid_text(row[sql_column(table, "delivery_id")].bytes, id);
    for (size_t i = 0; i < mail_count; i++) {
        copies += strcmp(mails[i].delivery_id, id) == 0;
    }
    const struct sql_value *state = &row[sql_column(table, "state")];
    if (is_text(state, "pending") || row[sql_column(table, "reported")].number == 0) {
        sim_violation("delivery %s never ends", id);
    } else if (is_text(state, "sent") && copies == 0) {
        sim_violation("delivery %s counts as sent and was not", id);
    }
    check_record(id, is_text(state, "sent"));
}

static bool is_contactable(const struct sql_value *case_id) {
    const struct sql_table *table = sql_table("notification", "cases");
    for (const struct sql_row *row = sql_next(table->first); row != NULL;
         row = sql_next(row->next)) {
        if (sql_compare(&row->committed[0], case_id) == 0) {
            return row->committed[sql_column(table, "contactable")].number != 0;
        }
    }
    return false;
}

// Of some kinds only what says so.
static bool is_occasion(const struct sql_value *event, const char *type) {
    const ProtobufCMessageDescriptor *descriptor = notice_descriptor(type);
    ProtobufCMessage *fact = descriptor == NULL
                                 ? NULL
                                 : protobuf_c_message_unpack(descriptor, NULL, event[4].size,
                                                             (const uint8_t *)event[4].bytes);
    bool is = fact != NULL && notice_is_occasion(fact);
    protobuf_c_message_free_unpacked(fact, NULL);
    return is;
}

void notification_check(void) {
    const struct sql_table *table = sql_table("notification", "deliveries");
    size_t rows = 0;
    size_t wanted = 0;
    check_copies();
    for (const struct sql_row *row = sql_next(table->first); row != NULL;
         row = sql_next(row->next)) {
        check_row(table, row->committed);
        rows++;
    }
    const struct sql_table *events = sql_table("ledger", "case_events");
    for (const struct sql_row *row = sql_next(events->first); row != NULL;
         row = sql_next(row->next)) {
        struct plan plans[NOTIFICATION_PLANS];
        char type[76];
        const struct sql_value *said = &row->committed[3];
        snprintf(type, sizeof type, "%.*s", (int)said->size, said->bytes);
        if (!is_occasion(row->committed, type)) {
            continue;
        }
        const struct occasion occasion = {type + 11, "demo-clinic", "", 0,    "",  NULL,
                                          0,         NULL,          0,  NULL, NULL};
        wanted += notification_plan(world.region, &occasion, is_contactable(row->committed), plans);
    }
    if (rows != wanted) {
        sim_violation("%zu deliveries instead of %zu", rows, wanted);
    }
}
