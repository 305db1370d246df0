// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocation.h"
#include "consumer.h"
#include "example_book.h"
#include "fake_batch.h"
#include "proposals.h"
#include "proposed.h"
#include "rebuild.h"
#include "review.h"
#include "rulebook.h"
#include "store.h"

#include "redress/v1/facts.pb-c.h"

#include <errno.h>
#include <pthread.h>

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW_MS INT64_C(1772413200000)
#define DAY_MS INT64_C(86400000)

static struct fake_batch batch;
static bool redis_answers;    // with OK; else nobody listens on its port
static size_t redis_commands; // that it answered
static bool distrusted;       // the index was, since the attempt began
static const char *answer;    // of the ledger, JSON

__typeof__(firing_distrust) __wrap_firing_distrust;
__typeof__(http_client_json) __wrap_http_client_json;
__typeof__(pthread_create) __wrap_pthread_create;
__typeof__(redisConnectWithTimeout) __wrap_redisConnectWithTimeout;
__typeof__(redisAppendCommandArgv) __wrap_redisAppendCommandArgv;
__typeof__(redisGetReply) __wrap_redisGetReply;
__typeof__(redisSetTimeout) __wrap_redisSetTimeout;
__typeof__(redisFree) __wrap_redisFree;
__typeof__(region_load) __wrap_region_load, __real_region_load;

void __wrap_firing_distrust(struct firing *firing) {
    (void)firing;
    distrusted = true;
}

enum rc __wrap_http_client_json(struct http_client *client, const char *method, const char *path,
                                const json_t *body, const char *const *headers, long *status,
                                json_t **given, struct error *error) {
    (void)client;
    (void)method;
    (void)path;
    (void)body;
    (void)headers;
    (void)error;
    *status = 200;
    allocation_spare(true);
    *given = json_loads(answer, 0, NULL);
    allocation_spare(false);
    assert_non_null(*given);
    return RC_OK;
}

// What a thread allocates comes in no order: none starts.
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*begin)(void *), void *argument) {
    (void)thread;
    (void)attributes;
    (void)begin;
    (void)argument;
    return EAGAIN;
}

// hiredis' own reader makes the answers, one at a time.
static redisContext connection;

redisContext *__wrap_redisConnectWithTimeout(const char *host, int port,
                                             const struct timeval timeout) {
    (void)host;
    (void)port;
    (void)timeout;
    if (redis_answers) {
        connection = (redisContext){.reader = redisReaderCreate()};
    }
    return redis_answers && connection.reader != NULL ? &connection : NULL;
}

int __wrap_redisSetTimeout(redisContext *context, const struct timeval timeout) {
    (void)context;
    (void)timeout;
    return REDIS_OK;
}

int __wrap_redisAppendCommandArgv(redisContext *context, int count, const char **arguments,
                                  const size_t *sizes) {
    (void)count;
    (void)arguments;
    (void)sizes;
    redis_commands++;
    return redisReaderFeed(context->reader, "+OK\r\n", 5);
}

int __wrap_redisGetReply(redisContext *context, void **reply) {
    return redisReaderGetReply(context->reader, reply);
}

void __wrap_redisFree(redisContext *context) { redisReaderFree(context->reader); }

// To whoever reads it a region is one allocation: each of the reading's own fails in
// allocation_common.c, some of them here.
static bool region_whole = true;

enum rc __wrap_region_load(struct region **loaded, const char *directory, struct error *error) {
    void *room = malloc(1);
    if (room == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory, as the region says");
    }
    free(room);
    allocation_spare(region_whole);
    enum rc rc = __real_region_load(loaded, directory, error);
    allocation_spare(false);
    return rc;
}

static enum rc load_twice(struct error *error) {
    struct region_book *book = NULL;
    enum rc rc = region_book_load(&book, "deploy/region/example", &rulebook_options, error);
    rc = rc == RC_OK ? region_book_reload(book, error) : rc;
    if (rc == RC_OK) {
        const struct region_edition *edition = region_book_hold(book);
        assert_ptr_equal(rulebook_of(edition)->region, edition->region);
        region_book_release(edition);
    }
    region_book_free(book);
    return rc;
}

static enum rc remember(struct error *error) {
    struct proposed *proposed = NULL;
    enum rc rc = proposed_new(&proposed, error);
    proposed_free(proposed);
    return rc;
}

static void fill_traits(Redress__V1__FactMeta *meta, Redress__V1__CaseTraits *traits) {
    redress__v1__fact_meta__init(meta);
    redress__v1__case_traits__init(traits);
    meta->case_id = CASE_ID;
    meta->sequence = 1;
    meta->tenant = "first-hospital";
    meta->decided_at_ms = NOW_MS;
    meta->traits = traits;
    traits->category = "other";
    traits->urgency = REDRESS__V1__URGENCY__URGENCY_P1;
    traits->channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
}

static void add_clocks(Redress__V1__FactMeta *meta) {
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ClockArmed armed = REDRESS__V1__CLOCK_ARMED__INIT;
    Redress__V1__ClockWarned warned = REDRESS__V1__CLOCK_WARNED__INIT;
    Redress__V1__ClockPaused paused = REDRESS__V1__CLOCK_PAUSED__INIT;
    Redress__V1__ClockStopped stopped = REDRESS__V1__CLOCK_STOPPED__INIT;
    terms.name = "resolution";
    terms.version = 2;
    terms.started_at_ms = NOW_MS;
    terms.warn_at_ms = NOW_MS + DAY_MS;
    terms.due_at_ms = NOW_MS + 2 * DAY_MS;
    armed.meta = warned.meta = paused.meta = stopped.meta = meta;
    armed.terms = &terms;
    warned.name = paused.name = stopped.name = terms.name;
    warned.version = paused.version = stopped.version = 2;
    warned.due_at_ms = terms.due_at_ms;
    paused.until_ms = terms.due_at_ms;
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &armed.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &warned.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &paused.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &stopped.base);
}

// What begins clocks, what the index shows, what nobody can read.
static void fill_batch(void) {
    Redress__V1__FactMeta meta;
    Redress__V1__CaseTraits traits;
    Redress__V1__CaseRegistered registered = REDRESS__V1__CASE_REGISTERED__INIT;
    Redress__V1__CaseAssessed assessed = REDRESS__V1__CASE_ASSESSED__INIT;
    Redress__V1__AlarmRaised alarm = REDRESS__V1__ALARM_RAISED__INIT;
    Redress__V1__SupervisionOrdered order = REDRESS__V1__SUPERVISION_ORDERED__INIT;
    fill_traits(&meta, &traits);
    registered.meta = assessed.meta = alarm.meta = order.meta = &meta;
    registered.received_at_ms = assessed.received_at_ms = NOW_MS;
    registered.category = assessed.category = "other";
    registered.channel = traits.channel;
    assessed.urgency = traits.urgency;
    alarm.ordinal = order.order = 1;
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &registered.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &assessed.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &alarm.base);
    fake_batch_add(&batch, BUS_TOPIC_FACTS, &order.base);
    add_clocks(&meta);
    fake_batch_bytes(&batch, BUS_TOPIC_FACTS, CASE_ID, "no fact");
}

// All that follows is proposed, or the batch comes again. An index write that fails is made up for
// by a rebuild.
static enum rc take_facts(struct error *error) {
    static size_t whole;
    struct consumer *consumer = NULL;
    const struct consumer_options options = {.redis_host = "127.0.0.1", .regions = regions};
    fake_bus_count = fake_bus_dead = 0;
    distrusted = false;
    redis_answers = true;
    enum rc rc = consumer_start(&consumer, &options, error);
    rc = rc == RC_OK ? fake_batch_feed(&batch, error) : rc;
    whole = whole == 0 ? fake_bus_count : whole;
    assert_true(rc != RC_OK || (fake_bus_count == whole && fake_bus_dead == 1));
    assert_true(!distrusted || allocation_failed()); // Redis takes everything here
    consumer_free(consumer);
    return allocation_spared(rc, error);
}

static enum rc without_redis(enum rc (*asks)(struct redis *redis, struct error *error),
                             struct error *error) {
    struct redis *redis = NULL;
    redis_answers = false;
    enum rc rc = redis_new(&redis, "127.0.0.1", 1, 100, error);
    rc = rc == RC_OK ? asks(redis, error) : rc;
    redis_free(redis);
    return rc == RC_UNAVAILABLE && !allocation_failed() ? RC_OK : rc;
}

static enum rc claim(struct redis *redis, struct error *error) {
    struct store_due due[STORE_CLAIM_MOST];
    size_t count = 1;
    bool complete = false;
    enum rc rc = store_claim(redis, due, &count, &complete, error);
    assert_true(rc == RC_OK || count == 0);
    return rc;
}

// More than one round trip's changes.
static enum rc put(struct redis *redis, struct error *error) {
    struct store_batch changes;
    enum rc rc = RC_OK;
    store_batch_begin(&changes, redis);
    for (int i = 0; i <= STORE_CHANGES && rc == RC_OK; i++) {
        rc = store_put(&changes, CASE_ID, "resolution", 1, 0, NOW_MS, error);
    }
    return rc == RC_OK ? store_batch_end(&changes, error) : rc;
}

static enum rc claim_due(struct error *error) { return without_redis(claim, error); }
static enum rc write_index(struct error *error) { return without_redis(put, error); }

static const struct timer_entry entry = {
    .case_id = CASE_ID, .name = "resolution", .version = 1, .kind = TIMER_BREACH};

// Of what Kafka did not get all, nothing is done.
static enum rc await(struct bus_wait *wait, enum rc rc, struct error *error) {
    enum rc end = bus_wait_end(wait, rc == RC_OK ? error : NULL);
    assert_int_equal(rc == RC_OK, end == RC_OK);
    return rc;
}

static enum rc propose_firing(struct error *error) {
    struct bus_wait wait;
    bus_wait_init(&wait);
    return await(&wait, proposals_fire(NULL, &entry, NOW_MS, &wait, error), error);
}

static enum rc propose_end(struct error *error) {
    Redress__V1__FactMeta meta;
    Redress__V1__CaseTraits traits;
    const struct timer_end end = {"resolution", NOW_MS, "", ""};
    struct bus_wait wait;
    fill_traits(&meta, &traits);
    bus_wait_init(&wait);
    return await(&wait, proposals_end(NULL, &meta, &end, NULL, &wait, error), error);
}

// A clock whose pause has ended is computed again from what the ledger tells.
static enum rc resume(struct error *error) {
    struct review review = {.regions = regions};
    fake_bus_count = 0;
    answer =
        "{\"items\": [{\"case_id\": \"" CASE_ID "\", \"name\": \"resolution\", \"version\": 1, "
        "\"paused\": true, \"tenant\": \"first-hospital\", \"category\": \"other\", "
        "\"urgency\": 2, \"channel\": 1, \"started_at_ms\": 1772413200000, "
        "\"due_at_ms\": 1773072000000, \"warns_at_ms\": [], \"changes\": [], "
        "\"policy_version\": \"cn-medical@1\"}]}";
    enum rc rc = http_client_new(&review.ledger, "http://127.0.0.1:1", "token", 100, error);
    rc = rc == RC_OK ? review_resume(&review, &entry, error) : rc;
    assert_int_equal(fake_bus_count, rc == RC_OK);
    http_client_free(review.ledger);
    return rc;
}

static void nothing_between(void *context) { (void)context; }

// The index is filled from a page, whole or not at all.
static enum rc rebuild(struct error *error) {
    static const _Atomic bool stop;
    struct redis *redis = NULL;
    struct review review = {.regions = regions};
    answer =
        "{\"items\": [{\"case_id\": \"" CASE_ID "\", \"name\": \"resolution\", \"version\": 1, "
        "\"warn_at_ms\": 1772986600000, \"due_at_ms\": 1773072000000}, "
        "{\"case_id\": \"" CASE_ID "\", \"name\": \"acceptance\", \"version\": 2, "
        "\"paused\": true, \"due_at_ms\": 1773072000000}]}";
    redis_answers = true;
    redis_commands = 0;
    enum rc rc = redis_new(&redis, "127.0.0.1", 1, 100, error);
    const struct rebuild how = {
        .redis = redis, .review = &review, .stop = &stop, .between = nothing_between};
    rc = rc == RC_OK ? rebuild_index(&how, error) : rc;
    redis_free(redis);
    // Begin, write, end; whose answer may lack memory, so that all of it is done again.
    assert_true(rc == RC_OK ? redis_commands == 3 : redis_commands <= 3);
    return rc;
}

static enum rc start_firing(struct error *error) {
    struct firing *firing = NULL;
    const struct firing_options options = {.redis_host = "127.0.0.1",
                                           .redis_port = 1,
                                           .ledger_url = "http://127.0.0.1:1",
                                           .service_token = "token",
                                           .regions = regions,
                                           .calendar_missing_from = "12-01"};
    enum rc rc = firing_start(&firing, &options, error);
    assert_int_equal(rc, RC_INTERNAL); // its thread does not start
    firing_free(firing);
    return allocation_failed() ? rc : RC_OK;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    static const struct {
        allocation_attempt attempt;
        size_t least;
    } attempts[] = {{load_twice, 8},  {remember, 1},       {take_facts, 13}, {claim_due, 3},
                    {write_index, 3}, {propose_firing, 1}, {propose_end, 1}, {resume, 4},
                    {rebuild, 3},     {start_firing, 5}};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        struct error error;
        assert_int_equal(attempts[i].attempt(&error), RC_OK); // as it is when nothing fails
        assert_true(allocation_try_each(attempts[i].attempt) >= attempts[i].least);
    }
}

static void test_a_reading_that_ends_half_way_leaves_nothing(void **unused) {
    (void)unused;
    region_whole = false;
    assert_true(allocation_try_some(load_twice, 97) >= 1000);
    region_whole = true;
}

static int set_up(void **unused) {
    (void)unused;
    fill_batch();
    return load_regions(&rulebook_options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
        cmocka_unit_test(test_a_reading_that_ends_half_way_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, unload_regions);
}
