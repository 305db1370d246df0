// SPDX-License-Identifier: Apache-2.0
// claim (with a lease) → address → render → send → tell the ledger → conclude together with the
// next claim, a round of a few at a time. A crash after the server took a mail sends that same mail
// again, with the same Message-ID.
#include "sender.h"

#include "attempt.h"
#include "notification.h"
#include "stats.h"
#include "store.h"

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/ident.h"
#include "common/log.h"
#include "common/proposal.h"
#include "common/seal.h"
#include "common/service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS 50
#define RETRY_MS 1000
#define CONTACT_COMES_MS 5000 // contact and fact are published together, and may overtake
#define CONTACT_WAIT_MS 100
#define GATHER_MS 40 // after a round of less than half a claim: a round costs the same for more

struct sender {
    struct sender_options options;
    struct pg *pg;
    struct transport *transport;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    _Atomic bool healthy;
    struct store_result results[STORE_CLAIM_MOST]; // of the last round, still to be written
    size_t result_count;
};

static void read_job(const PGresult *rows, int row, struct job *job) {
    memset(job, 0, sizeof *job);
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
    job->occasion_sequence = pg_get_number(rows, row, 15);
    job->urgent = pg_get_number(rows, row, 17) != 0;
    job->erased = pg_get_number(rows, row, 16) == 0;
}

// What the attempt means for the delivery.
static void judge(const struct sender *sender, const struct job *job, enum rc outcome,
                  const struct error *reason, struct store_result *result) {
    double jitter = (double)(random() % 1000) / 1000;
    *result = (struct store_result){.state = "sent"};
    memcpy(result->delivery_id, job->delivery_id, sizeof result->delivery_id);
    if (outcome == RC_OK) {
        metric_add(&notification_stats[STAT_SENT], 1);
        return;
    }
    snprintf(result->failure, sizeof result->failure, "%s", reason->code);
    if (job->wanted_at_ms != 0) {
        result->state = "pending";
        result->next_attempt_ms = job->wanted_at_ms;
        result->waits = true;
        metric_add(&notification_stats[STAT_WAITED], 1);
        return;
    }
    if (strcmp(reason->code, "no-contact") == 0 &&
        clock_wall_ms() - job->occurred_at_ms < CONTACT_COMES_MS) {
        result->state = "pending";
        result->next_attempt_ms = clock_wall_ms() + CONTACT_WAIT_MS;
        result->waits = true;
        metric_add(&notification_stats[STAT_RETRIED], 1);
        return;
    }
    if (strcmp(reason->code, "erased") == 0) { // nobody failed
        result->state = "failed";
        metric_add(&notification_stats[STAT_ERASED], 1);
        return;
    }
    if (outcome == RC_INVALID || job->attempts >= sender->options.attempts) {
        result->state = "failed";
        metric_add(&notification_stats[STAT_FAILED], 1);
        log_warn("delivery failed", LOG_STR("delivery", job->delivery_id),
                 LOG_STR("code", reason->code));
        return;
    }
    result->state = "pending";
    result->next_attempt_ms = clock_wall_ms() + notification_back_off_ms(job->attempts, jitter);
    metric_add(&notification_stats[STAT_RETRIED], 1);
}

// An ended delivery, as the ledger is told of it.
struct ending {
    const char *delivery_id, *case_id, *tenant, *channel, *recipient, *template_code, *state,
        *failure;
    int64_t occasion_sequence;
    uint32_t attempts;
};

static enum rc publish_ending(struct sender *sender, const struct ending *ending,
                              struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__RecordDelivery message = REDRESS__V1__RECORD_DELIVERY__INIT;
    char proposal_id[IDENT_UUID_SIZE];
    ident_uuid_from((const char *const[]){"record-delivery", ending->delivery_id, NULL},
                    proposal_id);
    proposal_meta(&meta, ending->case_id, ending->tenant, proposal_id, "notification");
    message.meta = &meta;
    message.delivery_id = (char *)ending->delivery_id;
    message.occasion_sequence = (uint64_t)ending->occasion_sequence;
    message.channel = (char *)ending->channel;
    message.recipient = (char *)ending->recipient;
    message.template_ = (char *)(ending->template_code[0] == '\0' ? "fact" : ending->template_code);
    message.state = strcmp(ending->state, "sent") == 0
                        ? REDRESS__V1__DELIVERY_STATE__DELIVERY_STATE_SENT
                        : REDRESS__V1__DELIVERY_STATE__DELIVERY_STATE_FAILED;
    message.attempts = ending->attempts;
    message.failure = (char *)ending->failure;
    return proposal_publish(sender->options.producer, &message.base, &meta, NULL, wait, error);
}

// The ledger knows nothing of what is no case's.
static bool is_of_case(const struct job *job) {
    return strcmp(job->fact, NOTIFICATION_CALENDAR) != 0;
}

// Tells the ledger of what ended in this round. Where Kafka does not confirm, the rows stay
// unreported and report_ended tells of them later: the proposal's id makes a repeat harmless.
static void report_round(struct sender *sender, const struct job *jobs,
                         struct store_result *results, size_t count) {
    struct bus_wait wait;
    struct error ignored;
    enum rc rc = RC_OK;
    bus_wait_init(&wait);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct job *job = &jobs[i];
        const struct ending ending = {job->delivery_id, job->case_id,       job->tenant,
                                      job->channel,     job->recipient,     job->template_code,
                                      results[i].state, results[i].failure, job->occasion_sequence,
                                      job->attempts};
        if (strcmp(results[i].state, "pending") != 0 && is_of_case(job)) {
            rc = publish_ending(sender, &ending, &wait, &ignored);
        }
    }
    enum rc end = bus_wait_end(&wait, &ignored);
    bool confirmed = rc == RC_OK && end == RC_OK;
    for (size_t i = 0; i < count; i++) {
        results[i].reported =
            strcmp(results[i].state, "pending") != 0 && (confirmed || !is_of_case(&jobs[i]));
    }
}

// Sends until all claimed jobs are tried or half of their lease is over: the others come again.
static size_t send_jobs(struct sender *sender, const PGresult *rows, struct job *jobs,
                        struct store_result *results) {
    int64_t until = clock_monotonic_ms() + STORE_LEASE_MS / 2;
    size_t tried = 0;
    const struct region_edition *edition = region_book_hold(sender->options.regions);
    sender->options.attempt.region = edition->region;
    for (int row = 0; row < PQntuples(rows) && clock_monotonic_ms() < until; row++, tried++) {
        struct job *job = &jobs[tried];
        struct error reason = {.code = ""};
        read_job(rows, row, job);
        enum rc outcome = attempt_make(&sender->options.attempt, sender->transport, job, &reason);
        FAILPOINT("notification-sent");
        judge(sender, job, outcome, &reason, &results[tried]);
    }
    sender->options.attempt.region = NULL;
    region_book_release(edition);
    return tried;
}

// One round; *count is how many were due. Results that can't be written come again: their leases
// end.
static enum rc send_due(struct sender *sender, int *count, struct error *error) {
    struct job jobs[STORE_CLAIM_MOST];
    PGresult *rows = NULL;
    enum rc rc = pg_ensure(sender->pg, error);
    rc = rc == RC_OK ? store_turn(sender->pg, sender->results, sender->result_count, &rows, error)
                     : rc;
    sender->result_count = 0;
    *count = rc == RC_OK ? PQntuples(rows) : 0;
    if (*count > 0) {
        sender->result_count = send_jobs(sender, rows, jobs, sender->results);
        report_round(sender, jobs, sender->results, sender->result_count);
    }
    PQclear(rows);
    return rc;
}

static void conclude_last(struct sender *sender) {
    struct error error;
    enum rc rc = pg_ensure(sender->pg, &error);
    rc = rc == RC_OK ? store_conclude(sender->pg, sender->results, sender->result_count, &error)
                     : rc;
    if (rc != RC_OK) {
        log_warn("the last mails may be sent again", LOG_STR("reason", error.text));
    }
}

static enum rc publish_row(struct sender *sender, const PGresult *rows, int row,
                           struct bus_wait *wait, struct error *error) {
    char delivery_id[37];
    char case_id[37];
    pg_get_uuid(rows, row, 0, delivery_id);
    pg_get_uuid(rows, row, 1, case_id);
    const struct ending ending = {delivery_id,
                                  case_id,
                                  pg_get_text(rows, row, 2),
                                  pg_get_text(rows, row, 4),
                                  pg_get_text(rows, row, 5),
                                  pg_get_text(rows, row, 6),
                                  pg_get_text(rows, row, 7),
                                  pg_get_text(rows, row, 9),
                                  pg_get_number(rows, row, 3),
                                  (uint32_t)pg_get_number(rows, row, 8)};
    return publish_ending(sender, &ending, wait, error);
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
        rc = publish_row(sender, rows, row, &wait, error);
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
        } else if (count < STORE_CLAIM_MOST / 2) {
            clock_sleep_ms(count == 0 ? IDLE_MS : GATHER_MS);
        }
    }
    conclude_last(sender);
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
    rc = rc == RC_OK ? pg_plan_by_keys(sender->pg, error) : rc;
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
