// SPDX-License-Identifier: Apache-2.0
// A batch of proposals: decided, written and told whole, or not at all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consumer.h"
#include "example_book.h"
#include "fake_batch.h"
#include "fake_libpq.h"
#include "proposal.h"
#include "sent.h"
#include "state_codec.h"
#include "store.h"

#include "common/seal.h"

#define NEW_CASE "01234567-89ab-8def-8123-456789abcdef"
#define LEADING_CASE "11234567-89ab-8def-8123-456789abcdef"
#define MEMBER_CASE "21234567-89ab-8def-8123-456789abcdef"
#define REPLIED_CASE "31234567-89ab-8def-8123-456789abcdef"
#define CLUSTER_ID "41234567-89ab-8def-8123-456789abcdef"
#define SEEN_ID "51234567-89ab-8def-8123-456789abcdef"
#define DAY_MS INT64_C(86400000)
#define NOW_MS INT64_C(1772413200000)
#define KNOWN 3

// A case that is stored.
struct known {
    const char *id;
    uint8_t *state;
    size_t size;
};

static struct fake_batch batch;
static struct known known[KNOWN] = {
    {LEADING_CASE, NULL, 0}, {MEMBER_CASE, NULL, 0}, {REPLIED_CASE, NULL, 0}};
static size_t committed; // facts that the relay was told of
static relay_shards followed;
static bool answer_lost; // of the batch's commit: it is in already

__typeof__(bus_count_partitions) __wrap_bus_count_partitions;
__typeof__(relay_committed) __wrap_relay_committed;
__typeof__(relay_follow) __wrap_relay_follow;

enum rc __wrap_bus_count_partitions(struct bus_producer *producer, const char *topic,
                                    int32_t *count, struct error *error) {
    (void)producer;
    (void)topic;
    (void)error;
    *count = RELAY_SHARDS;
    return RC_OK;
}

void __wrap_relay_committed(struct relay *relay, struct work *work) {
    (void)relay;
    committed += work->event_count;
}

void __wrap_relay_follow(struct relay *relay, relay_shards shards) {
    (void)relay;
    followed = shards;
}

static void fill_uuid(PGresult *rows, const char *id) {
    unsigned char bytes[16];
    for (size_t i = 0, at = 0; i < sizeof bytes; i++, at += 2) {
        at += id[at] == '-';
        bytes[i] = (unsigned char)strtoul((const char[]){id[at], id[at + 1], '\0'}, NULL, 16);
    }
    fake_libpq_bytes(rows, bytes, sizeof bytes);
}

static PGresult *answer(const char *sql) {
    PGresult *rows = NULL;
    if (strstr(sql, "FROM migrations.redress_migrations") != NULL) {
        fake_libpq_number(rows = fake_libpq_rows(1), STORE_SCHEMA);
    } else if (strncmp(sql, "INSERT INTO kafka_offset", 24) == 0) {
        rows = fake_libpq_rows(2);
        fake_libpq_number(rows, 1);
        fake_libpq_number(rows, 0);
    } else if (answer_lost ? strncmp(sql, "SELECT count(*)", 15) == 0
                           : strncmp(sql, "UPDATE kafka_offset", 19) == 0) {
        fake_libpq_number(rows = fake_libpq_rows(1), 1);
    } else if (strncmp(sql, "SELECT case_id, state FROM cases", 32) == 0) {
        rows = fake_libpq_rows(2);
        for (size_t i = 0; i < KNOWN; i++) {
            fill_uuid(rows, known[i].id);
            fake_libpq_bytes(rows, known[i].state, known[i].size);
        }
    } else if (strncmp(sql, "SELECT DISTINCT e.case_id", 25) == 0) {
        rows = fake_libpq_rows(2);
        fill_uuid(rows, REPLIED_CASE);
        fill_uuid(rows, SEEN_ID);
    } else if (strncmp(sql, "SELECT subject, coalesce(unit", 29) == 0) {
        rows = fake_libpq_rows(3);
        fake_libpq_text(rows, "li.wei");
        fake_libpq_text(rows, "");
        fake_libpq_number(rows, 0);
    }
    return rows;
}

static enum rc keep_state(struct known *stored, const struct case_state *state) {
    stored->state = state_pack(state, &stored->size);
    return stored->state == NULL ? RC_INTERNAL : RC_OK;
}

// Two of one matter, the first of which leads; one that was replied.
static enum rc keep_states(void) {
    static struct case_state state = {.tenant = "first-hospital",
                                      .sequence = 3,
                                      .category = "other",
                                      .urgency = 3,
                                      .crisis = 1,
                                      .unit = "first-hospital.nursing",
                                      .language = "zh-CN",
                                      .tracking_code = "7F3K9QW2XM4TP",
                                      .received_at_ms = NOW_MS,
                                      .status = CASE_INVESTIGATING};
    struct case_clock *clock = &state.clocks[state.clock_count++];
    memcpy(clock->name, "resolution", sizeof "resolution");
    clock->version = 1;
    clock->started_at_ms = NOW_MS;
    clock->due_at_ms = NOW_MS + DAY_MS;
    clock->stops_on = MILESTONE_COUNT;
    memcpy(state.case_id, REPLIED_CASE, sizeof state.case_id);
    state.status = CASE_REPLIED;
    enum rc rc = keep_state(&known[2], &state);
    state.status = CASE_INVESTIGATING;
    memcpy(state.cluster.cluster_id, CLUSTER_ID, sizeof state.cluster.cluster_id);
    memcpy(state.cluster.others[state.cluster.other_count++], MEMBER_CASE, 37);
    state.cluster.leads = true;
    memcpy(state.case_id, LEADING_CASE, sizeof state.case_id);
    rc = rc == RC_OK ? keep_state(&known[0], &state) : rc;
    memcpy(state.cluster.others[0], LEADING_CASE, 37);
    state.cluster.leads = false;
    memcpy(state.case_id, MEMBER_CASE, sizeof state.case_id);
    return rc == RC_OK ? keep_state(&known[1], &state) : rc;
}

// Each with an id of its own.
static void add(Redress__V1__ProposalMeta *meta, const char *case_id,
                const ProtobufCMessage *proposal) {
    static char id[] = "a0234567-89ab-8def-8123-456789abcdef";
    meta->case_id = (char *)case_id;
    meta->proposal_id = meta->proposal_id[0] == '5' ? meta->proposal_id : id;
    fake_batch_add(&batch, BUS_TOPIC_PROPOSALS, proposal);
    fake_batch_key(&batch, case_id);
    meta->proposal_id = id;
    id[1]++;
}

static Redress__V1__SealedContent sealed_content(void) {
    static uint8_t key[SEAL_SEALED_KEY_SIZE], nonce[SEAL_NONCE_SIZE], text[SEAL_TAG_SIZE + 8];
    Redress__V1__SealedContent sealed = REDRESS__V1__SEALED_CONTENT__INIT;
    sealed.sealed_key = (ProtobufCBinaryData){sizeof key, key};
    sealed.nonce = (ProtobufCBinaryData){sizeof nonce, nonce};
    sealed.ciphertext = (ProtobufCBinaryData){sizeof text, text};
    return sealed;
}

static void add_submission(Redress__V1__ProposalMeta *meta) {
    static uint8_t hash[32], contact[48];
    Redress__V1__SealedContent sealed = sealed_content();
    Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    submit.meta = meta;
    submit.sealed = &sealed;
    submit.sealed_contact = (ProtobufCBinaryData){sizeof contact, contact};
    submit.content_sha256 = (ProtobufCBinaryData){sizeof hash, hash};
    submit.tracking_code = "7F3K9QW2XM4TP";
    submit.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    submit.narrative = "候诊三小时";
    submit.language = "zh-CN";
    submit.source = "web";
    submit.received_at_ms = NOW_MS;
    add(meta, NEW_CASE, &submit.base);
}

static void add_clock(Redress__V1__ProposalMeta *meta) {
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ArmClock arm = REDRESS__V1__ARM_CLOCK__INIT;
    arm.meta = meta;
    arm.terms = &terms;
    arm.reason = "started";
    terms.name = "first-response";
    terms.version = 1;
    terms.started_at_ms = NOW_MS;
    terms.due_at_ms = NOW_MS + DAY_MS;
    add(meta, NEW_CASE, &arm.base);
}

// A case that comes, is assessed and writes; one that is rated, twice the same; one whose
// complainant takes it back, so that another leads; what can't be read, and what is of no case.
static void fill_batch(void) {
    Redress__V1__SealedContent sealed = sealed_content();
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__AssessCase assess = REDRESS__V1__ASSESS_CASE__INIT;
    Redress__V1__RecordMessage message = REDRESS__V1__RECORD_MESSAGE__INIT;
    Redress__V1__RecordFeedback feedback = REDRESS__V1__RECORD_FEEDBACK__INIT;
    Redress__V1__WithdrawCase withdraw = REDRESS__V1__WITHDRAW_CASE__INIT;
    meta.tenant = "first-hospital";
    meta.source = "intake";
    assess.meta = message.meta = feedback.meta = withdraw.meta = &meta;
    assess.category = "other";
    assess.urgency = REDRESS__V1__URGENCY__URGENCY_P3;
    assess.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0;
    assess.lexicon_version = "l@1";
    message.text = "还有一件事";
    message.sealed = &sealed;
    feedback.overall = 1;
    withdraw.reason = "已解决";
    add_submission(&meta);
    add(&meta, NEW_CASE, &assess.base);
    add_clock(&meta);
    add(&meta, NEW_CASE, &message.base);
    add(&meta, REPLIED_CASE, &feedback.base);
    meta.proposal_id = SEEN_ID;
    add(&meta, REPLIED_CASE, &feedback.base);
    add(&meta, LEADING_CASE, &withdraw.base);
    add(&meta, CLUSTER_ID, &feedback.base);
    fake_batch_bytes(&batch, BUS_TOPIC_PROPOSALS, NEW_CASE, "no proposal");
}

// Its partition is assigned first, as Kafka does it.
static enum rc assign(struct error *error) {
    int64_t offset = -1;
    enum rc rc = fake_bus_handlers.assigned(fake_bus_handlers.context, BUS_TOPIC_PROPOSALS, 0,
                                            &offset, error);
    if (rc == RC_OK) {
        assert_int_equal(offset, 0);
        fake_bus_handlers.settled(fake_bus_handlers.context);
        assert_int_equal(followed, relay_shards_of(0, RELAY_SHARDS));
    }
    return rc;
}

static enum rc feed(struct error *error) {
    struct consumer *consumer = NULL;
    const struct consumer_options options = {
        .postgres_url = "", .instance_id = "", .regions = regions};
    sent_begin();
    fake_bus_dead = committed = 0;
    enum rc rc = consumer_start(&consumer, &options, error);
    rc = rc == RC_OK ? assign(error) : rc;
    rc = rc == RC_OK ? fake_batch_feed(&batch, error) : rc;
    consumer_free(consumer);
    return rc;
}

static enum rc apply_batch(struct error *error) {
    static size_t whole;
    answer_lost = false;
    enum rc rc = feed(error);
    whole = whole == 0 ? committed : whole;
    assert_int_equal(committed, rc == RC_OK ? whole : 0);
    assert_true(rc != RC_OK || fake_bus_dead == 2);
    return sent_end(rc, error);
}

// Nothing of it is done once more.
static enum rc pass_over(struct error *error) {
    answer_lost = true;
    enum rc rc = feed(error);
    assert_int_equal(committed + fake_bus_dead, 0);
    return sent_end(rc, error);
}

static void test_allocation_fails_in_a_batch_cleanly(void **unused) {
    (void)unused;
    assert_true(sent_try_each(apply_batch) >= 140);
    assert_true(sent_try_each(pass_over) >= 30);
}

// Its partitions may be others than those whose cases are decided here.
static void test_urgent_consumer_leaves_the_relay_where_it_is(void **unused) {
    (void)unused;
    struct consumer *consumer = NULL;
    struct error error;
    int64_t offset = -1;
    const struct consumer_options options = {
        .postgres_url = "", .instance_id = "", .regions = regions, .urgent = true};
    answer_lost = false;
    assert_int_equal(consumer_start(&consumer, &options, &error), RC_OK);
    assert_string_equal(fake_bus_topic, BUS_TOPIC_URGENT);
    followed = RELAY_ALL;
    committed = 0;
    void *context = fake_bus_handlers.context;
    assert_int_equal(fake_bus_handlers.assigned(context, BUS_TOPIC_URGENT, 0, &offset, &error),
                     RC_OK);
    fake_bus_handlers.settled(context);
    assert_int_equal(followed, RELAY_ALL);
    assert_int_equal(fake_batch_feed(&batch, &error), RC_OK);
    assert_true(committed > 0); // the facts are the relay's, who keeps its own
    fake_bus_handlers.revoked(context, BUS_TOPIC_URGENT, 0);
    assert_int_equal(followed, RELAY_ALL);
    consumer_free(consumer);
}

static int set_up(void **unused) {
    (void)unused;
    fake_libpq_answers(answer);
    fill_batch();
    return keep_states() == RC_OK ? load_regions(NULL) : -1;
}

static int tear_down(void **unused) {
    for (size_t i = 0; i < KNOWN; i++) {
        free(known[i].state);
    }
    return unload_regions(unused);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_a_batch_cleanly),
        cmocka_unit_test(test_urgent_consumer_leaves_the_relay_where_it_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
