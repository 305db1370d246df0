// SPDX-License-Identifier: Apache-2.0
// What a case was registered with is assessed whole; what its complainant writes later for danger
// alone. The proposal's id derives from the case, the text's fact and the lexicon's version:
// assessing again proposes the same. Offsets move when all proposals of a batch are in Kafka.
#include "consumer.h"

#include "rulebook.h"
#include "stats.h"

#include "common/clock.h"
#include "common/fact_record.h"
#include "common/ident.h"
#include "common/json.h"
#include "common/log.h"
#include "common/proposal.h"
#include "common/protobuf.h"

#include "redress/v1/facts.pb-c.h"
#include "redress/v1/proposals.pb-c.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A text of the complainant's, as a fact tells it.
struct text {
    const Redress__V1__FactMeta *meta;
    const char *name; // of the field
    const char *words;
    const char *category; // NULL: of a later one
    const char *request;  // what is asked for, beside it; NULL: nothing
};

struct consumer {
    struct bus_consumer *bus;
    struct bus_producer *producer;
    struct region_book *regions;
    const struct triage *triage; // held for the batch at hand
};

static void fill_reasons(const struct assessment *assessment, bool later,
                         Redress__V1__AssessmentReason *reasons,
                         Redress__V1__AssessmentReason **pointers) {
    for (size_t i = 0; i < assessment->reason_count; i++) {
        redress__v1__assessment_reason__init(&reasons[i]);
        reasons[i].rule = (char *)assessment->reasons[i].rule;
        reasons[i].term = (char *)assessment->reasons[i].term;
        reasons[i].offset = later ? 0 : assessment->reasons[i].offset; // places in the narrative
        reasons[i].length = later ? 0 : assessment->reasons[i].length;
        reasons[i].guard = (char *)assessment->reasons[i].guard;
        pointers[i] = &reasons[i];
    }
}

static void name_proposal(const struct text *text, const char *lexicon_version,
                          char proposal_id[IDENT_UUID_SIZE]) {
    char sequence[24];
    snprintf(sequence, sizeof sequence, "%" PRIu64, text->meta->sequence);
    ident_uuid_from((const char *const[]){"assess", text->meta->case_id, lexicon_version,
                                          text->category == NULL ? sequence : NULL, NULL},
                    proposal_id);
}

static enum rc propose(struct consumer *consumer, const struct text *text,
                       const struct assessment *assessment, const char *traceparent,
                       struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    Redress__V1__AssessmentReason reasons[TRIAGE_REASONS];
    Redress__V1__AssessmentReason *pointers[TRIAGE_REASONS];
    char proposal_id[IDENT_UUID_SIZE];
    bool later = text->category == NULL;
    name_proposal(text, consumer->triage->lexicon_version, proposal_id);
    fill_reasons(assessment, later, reasons, pointers);
    proposal_meta(&meta, text->meta->case_id, text->meta->tenant, proposal_id, "triage");
    message.meta = &meta;
    message.category = (char *)assessment->category;
    message.subject = (char *)assessment->subject;
    message.urgency = (Redress__V1__Urgency)assessment->urgency;
    message.crisis = (Redress__V1__CrisisLevel)assessment->crisis;
    message.confidence_permille = assessment->confidence_permille;
    message.n_reasons = assessment->reason_count;
    message.reasons = pointers;
    message.lexicon_version = (char *)consumer->triage->lexicon_version;
    message.of_later_text = later;
    return proposal_publish(consumer->producer, &message.base, &meta, traceparent, wait, error);
}

// Somebody may be about to die.
static bool is_danger(const struct assessment *assessment) {
    return assessment->urgency == REDRESS__V1__URGENCY__URGENCY_P1 ||
           assessment->crisis > REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0;
}

static enum rc assess_words(const struct consumer *consumer, const struct text *text,
                            const char *name, const char *words, struct assessment *assessment,
                            struct error *error) {
    if (!text_is_clean(words, strlen(words))) {
        return error_field(error, "bad-text", name, "%s is not clean UTF-8", name);
    }
    return triage_assess(consumer->triage, words, text->meta->tenant,
                         text->category == NULL ? "" : text->category, assessment, error);
}

static enum rc assess_text(const struct consumer *consumer, const struct text *text,
                           struct assessment *assessment, struct error *error) {
    struct assessment request;
    enum rc rc = assess_words(consumer, text, text->name, text->words, assessment, error);
    if (rc != RC_OK || text->request == NULL || text->request[0] == '\0') {
        return rc;
    }
    rc = assess_words(consumer, text, "request", text->request, &request, error);
    if (rc == RC_OK) {
        triage_raise(assessment, &request);
    }
    return rc;
}

static enum rc assess(struct consumer *consumer, const struct text *text, const char *traceparent,
                      struct bus_wait *wait, struct error *error) {
    struct assessment assessment;
    int64_t started = clock_monotonic_ms();
    enum rc rc = assess_text(consumer, text, &assessment, error);
    if (rc != RC_OK) {
        return rc;
    }
    metric_add(&triage_stats[STAT_ASSESSED], 1);
    metric_add(&triage_stats[STAT_URGENT], assessment.urgency == 1 || assessment.crisis >= 4);
    metric_observe_us(&triage_stats[STAT_ASSESS_SECONDS], (clock_monotonic_ms() - started) * 1000);
    return text->category != NULL || is_danger(&assessment)
               ? propose(consumer, text, &assessment, traceparent, wait, error)
               : RC_OK;
}

static struct text text_of_case(const ProtobufCMessage *message) {
    const Redress__V1__CaseRegistered *fact = (const Redress__V1__CaseRegistered *)message;
    return (struct text){fact->meta, "narrative", fact->narrative, fact->category, fact->request};
}

static struct text text_of_message(const ProtobufCMessage *message) {
    const Redress__V1__MessageReceived *fact = (const Redress__V1__MessageReceived *)message;
    return (struct text){fact->meta, "text", fact->text, NULL, NULL};
}

static struct text text_of_reopening(const ProtobufCMessage *message) {
    const Redress__V1__CaseReopened *fact = (const Redress__V1__CaseReopened *)message;
    return (struct text){fact->meta, "reason", fact->by_complainant ? fact->reason : "", NULL,
                         NULL};
}

static struct text text_of_evidence(const ProtobufCMessage *message) {
    const Redress__V1__EvidenceOffered *fact = (const Redress__V1__EvidenceOffered *)message;
    return (struct text){fact->meta, "note", fact->note, NULL, NULL};
}

static struct text text_of_rating(const ProtobufCMessage *message) {
    const Redress__V1__FeedbackRecorded *fact = (const Redress__V1__FeedbackRecorded *)message;
    return (struct text){fact->meta, "comment", fact->comment, NULL, NULL};
}

static struct text text_of_withdrawal(const ProtobufCMessage *message) {
    const Redress__V1__CaseWithdrawn *fact = (const Redress__V1__CaseWithdrawn *)message;
    return (struct text){fact->meta, "reason", fact->by_complainant ? fact->reason : "", NULL,
                         NULL};
}

static const struct source {
    const ProtobufCMessageDescriptor *descriptor;
    struct text (*text_of)(const ProtobufCMessage *fact);
} sources[] = {
    {&redress__v1__case_registered__descriptor, text_of_case},
    {&redress__v1__message_received__descriptor, text_of_message},
    {&redress__v1__case_reopened__descriptor, text_of_reopening},
    {&redress__v1__evidence_offered__descriptor, text_of_evidence},
    {&redress__v1__feedback_recorded__descriptor, text_of_rating},
    {&redress__v1__case_withdrawn__descriptor, text_of_withdrawal},
};

// NULL where nobody has written anything.
static const struct source *source_of(const char *type) {
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(sources[i].descriptor->name, type) == 0) {
            return &sources[i];
        }
    }
    return NULL;
}

static enum rc assess_record(struct consumer *consumer, const struct bus_record *record,
                             struct bus_wait *wait, struct error *error) {
    ProtobufCMessage *message = NULL;
    enum rc rc = fact_record_check(record, error);
    const struct source *source = rc == RC_OK ? source_of(record->envelope.type) : NULL;
    if (source == NULL) {
        return rc;
    }
    rc = fact_record_read(record, source->descriptor, &message, error);
    struct text text = rc == RC_OK ? source->text_of(message) : (struct text){.words = ""};
    if (text.words[0] != '\0') {
        rc = assess(consumer, &text, record->envelope.traceparent, wait, error);
    }
    protobuf_free(message);
    return rc;
}

static enum rc take(struct consumer *consumer, const struct bus_record *record,
                    struct bus_wait *wait, struct error *error) {
    struct error reason;
    enum rc rc = assess_record(consumer, record, wait, &reason);
    if (rc != RC_INVALID) {
        *error = rc == RC_OK ? *error : reason;
        return rc;
    }
    metric_add(&triage_stats[STAT_DEAD], 1);
    log_warn("fact kept as a dead letter", LOG_STR("code", reason.code),
             LOG_INT("partition", record->partition), LOG_INT("offset", record->offset));
    return bus_dead_letter(consumer->producer, record, "triage", &reason, error);
}

static enum rc on_batch(void *context, const struct bus_record *records, size_t count,
                        struct error *error) {
    struct consumer *consumer = context;
    struct bus_wait wait;
    enum rc rc = RC_OK;
    const struct region_edition *edition = region_book_hold(consumer->regions);
    consumer->triage = rulebook_of(edition);
    bus_wait_init(&wait);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = take(consumer, &records[i], &wait, error);
    }
    consumer->triage = NULL;
    region_book_release(edition);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

enum rc consumer_start(struct consumer **out, const struct bus_settings *bus,
                       struct region_book *regions, struct error *error) {
    struct consumer *consumer = calloc(1, sizeof *consumer);
    *out = consumer;
    if (consumer == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the consumer");
    }
    consumer->regions = regions;
    const struct bus_consumer_settings settings = {
        .bus = *bus,
        .group = "redress-triage",
        .topics = {BUS_TOPIC_FACTS, NULL},
        .patience_ms = 50,
        .handlers = {.context = consumer, .handle = on_batch},
        .lag = &triage_stats[STAT_LAG],
    };
    enum rc rc = bus_producer_new(&consumer->producer, bus, error);
    return rc == RC_OK ? bus_consumer_start(&consumer->bus, &settings, error) : rc;
}

bool consumer_ready(struct consumer *consumer, struct error *why) {
    return bus_producer_ready(consumer->producer, why) && bus_consumer_ready(consumer->bus, why);
}

void consumer_free(struct consumer *consumer) {
    if (consumer == NULL) {
        return;
    }
    bus_consumer_free(consumer->bus);
    bus_producer_free(consumer->producer);
    free(consumer);
}
