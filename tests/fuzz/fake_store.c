// SPDX-License-Identifier: Apache-2.0
#include "fake_store.h"

#include "fuzz_bus.h"
#include "regions.h"

#include "consumer.h"
#include "store.h"

#include "common/clock.h"
#include "common/json.h"

#include <string.h>

#define UUID_OID 2950
#define MOST_AN_HOUR 3

__typeof__(store_contactable) __wrap_store_contactable;
__typeof__(store_past) __wrap_store_past;
__typeof__(store_batch_write) __wrap_store_batch_write;
__typeof__(store_batch_delivery) __wrap_store_batch_delivery;
void __real_store_batch_delivery(struct store_batch *batch, const struct store_delivery *delivery,
                                 const struct plan *plan);

static size_t planned;

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

static void set_uuid(PGresult *rows, int row, const char *text) {
    char bytes[16] = {0};
    for (size_t i = 0, nibble = 0; i < 36; i++) {
        if (text[i] != '-') {
            bytes[nibble / 2] = (char)(bytes[nibble / 2] << 4 | digit(text[i]));
            nibble++;
        }
    }
    FUZZ_CHECK(PQsetvalue(rows, row, 0, bytes, sizeof bytes));
}

enum rc __wrap_store_contactable(struct pg *pg, const char *const *case_ids, size_t count,
                                 PGresult **rows, struct error *error) {
    PGresAttDesc column = {.name = "case_id", .typid = UUID_OID, .format = 1, .typlen = 16};
    int row = 0;
    (void)pg;
    (void)error;
    *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    FUZZ_CHECK(count > 0 && *rows != NULL && PQsetResultAttrs(*rows, 1, &column));
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(i == 0 || strcmp(case_ids[i - 1], case_ids[i]) < 0);
        if (case_ids[i][35] != '0') {
            set_uuid(*rows, row++, case_ids[i]);
        }
    }
    return RC_OK;
}

enum rc __wrap_store_past(struct pg *pg, const struct cap_batch *batch, int64_t since_ms,
                          int64_t most, struct cap_past **past, size_t *count,
                          struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(most == MOST_AN_HOUR && batch->count > 0);
    *count = 2 * batch->count;
    *past = calloc(*count, sizeof **past);
    FUZZ_CHECK(*past != NULL);
    for (size_t i = 0; i < *count; i++) {
        const struct cap_notice *notice = &batch->list[i / 2];
        struct cap_past *entry = &(*past)[i];
        snprintf(entry->recipient, sizeof entry->recipient, "%s", notice->recipient);
        snprintf(entry->case_id, sizeof entry->case_id, "%s", notice->case_id);
        entry->at_ms = since_ms + 1000;
    }
    return RC_OK;
}

enum rc __wrap_store_batch_write(struct pg *pg, struct store_batch *batch, struct error *error) {
    (void)pg;
    (void)error;
    for (size_t i = 0; i < sizeof batch->deliveries / sizeof batch->deliveries[0]; i++) {
        FUZZ_CHECK(!batch->deliveries[i].failed);
        FUZZ_CHECK(batch->deliveries[i].count == batch->deliveries[0].count);
    }
    FUZZ_CHECK(!batch->cases[0].failed && !batch->erased.failed && !batch->apart[0].failed);
    FUZZ_CHECK(batch->contacts[0].count == batch->contacts[1].count);
    return RC_OK;
}

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
    planned++;
    __real_store_batch_delivery(batch, delivery, plan);
}

void fake_store_start(void) {
    static struct consumer *consumer;
    const struct consumer_options options = {.postgres_url = "",
                                             .regions = regions_book(),
                                             .quiet_begin_hour = 22,
                                             .quiet_end_hour = 7,
                                             .hourly_most = MOST_AN_HOUR};
    struct error error;
    FUZZ_CHECK(consumer_start(&consumer, &options, &error) == RC_OK);
}

size_t fake_store_planned(void) {
    size_t count = planned;
    planned = 0;
    return count;
}
