// SPDX-License-Identifier: Apache-2.0
// A fact as notification reads it: a digit that picks its type, then the value. After 'c' comes a
// sealed contact.
#include "fake_bus.h"
#include "regions.h"

#include "consumer.h"
#include "store.h"

#include "common/json.h"

#include <string.h>

__typeof__(store_contactable) __wrap_store_contactable;
__typeof__(store_batch_write) __wrap_store_batch_write;
__typeof__(store_batch_delivery) __wrap_store_batch_delivery;
void __real_store_batch_delivery(struct store_batch *batch, const struct store_delivery *delivery,
                                 const struct plan *plan);

enum rc __wrap_store_contactable(struct pg *pg, const char *const *case_ids, size_t count,
                                 PGresult **rows, struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(count == 1 && case_ids[0] != NULL);
    *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    return RC_OK;
}

enum rc __wrap_store_batch_write(struct pg *pg, struct store_batch *batch, struct error *error) {
    (void)pg;
    (void)error;
    for (size_t i = 0; i < sizeof batch->deliveries / sizeof batch->deliveries[0]; i++) {
        FUZZ_CHECK(!batch->deliveries[i].failed);
        FUZZ_CHECK(batch->deliveries[i].count == batch->deliveries[0].count);
    }
    return RC_OK;
}

// What is said is said with these parameters, in every language.
void __wrap_store_batch_delivery(struct store_batch *batch, const struct store_delivery *delivery,
                                 const struct plan *plan) {
    static const char *const languages[] = {"zh-CN", "en"};
    json_t *values = NULL;
    struct error error;
    FUZZ_CHECK(json_read_object(delivery->parameters, strlen(delivery->parameters), &values,
                                &error) == RC_OK);
    for (size_t i = 0; i < 2 && plan->template_code[0] != '\0'; i++) {
        const struct region_template *text =
            region_template(regions_example(), plan->template_code, languages[i]);
        char *body = text == NULL ? NULL : notification_render(text->body, values);
        FUZZ_CHECK(text == NULL || body != NULL);
        FUZZ_CHECK(body == NULL || text_is_clean(body, strlen(body)));
        free(body);
    }
    json_decref(values);
    __real_store_batch_delivery(batch, delivery, plan);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static struct consumer *consumer;
    const struct consumer_options options = {
        .postgres_url = "", .regions = regions_book(), .quiet_begin_hour = 22, .quiet_end_hour = 7};
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(consumer_start(&consumer, &options, &error) == RC_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const types[] = {
        "redress.v1.CaseRegistered", "redress.v1.CaseAccepted",    "redress.v1.CaseDispatched",
        "redress.v1.CaseReplied",    "redress.v1.CaseClosed",      "redress.v1.ClockWarned",
        "redress.v1.AlarmRaised",    "redress.v1.CaseEscalated",   "redress.v1.CaseNotAccepted",
        "redress.v1.ReviewDecided",  "redress.v1.MessageReceived", "redress.v1.EvidenceOffered"};
    bool contact = size > 0 && data[0] == 'c';
    const char *topic = contact ? BUS_TOPIC_CONTACTS : BUS_TOPIC_FACTS;
    FUZZ_CHECK(fake_bus_feed(topic, types, sizeof types / sizeof types[0], data, size) == RC_OK);
    fake_bus_clear();
    return 0;
}
