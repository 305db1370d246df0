// SPDX-License-Identifier: Apache-2.0
// Staff requests to the ledger, see fake_request.h, up to the facts that a command decides. The
// Authorization header holds the claims. Any case exists, as a replied one of the first hospital,
// with an open alarm; the service token is "t".
#include "fake_request.h"
#include "regions.h"

#include "case_json.h"
#include "command_turn.h"
#include "consumer.h"
#include "query.h"
#include "routes.h"
#include "similar.h"
#include "store.h"
#include "stream.h"
#include "unit_grants.h"

#include "common/ident.h"
#include "common/json.h"
#include "common/redaction.h"

#include <string.h>

#define ALARM_ID "01234567-89ab-8def-8123-456789abcdef"

// One order that waits for its answer and one that has it, a person, an allegation, a co-handler.
static void fill_parts(struct case_parts *parts) {
    parts->order_count = 2;
    parts->orders[0] = (struct case_order){.level = 1, .trigger = 3, .issuer = "rule"};
    parts->orders[1] =
        (struct case_order){.level = 2, .trigger = 1, .issuer = "a", .answered = true};
    parts->person_count = 1;
    parts->persons[0] = (struct case_person){.kind = 1, .title = "护士"};
    parts->allegation_count = 1;
    parts->allegations[0] = (struct case_allegation){.person = 1, .category = "other"};
    parts->co_handler_count = 1;
    parts->co_handlers[0] = (struct case_co_handler){.unit = "first-hospital.nursing"};
    parts->on_behalf = true;
}

static void fill_state(struct case_state *state, const char *case_id) {
    memset(state, 0, sizeof *state);
    snprintf(state->case_id, sizeof state->case_id, "%s", case_id);
    snprintf(state->tenant, sizeof state->tenant, "first-hospital");
    snprintf(state->category, sizeof state->category, "other");
    snprintf(state->unit, sizeof state->unit, "first-hospital.nursing");
    snprintf(state->handler, sizeof state->handler, "li.wei");
    snprintf(state->language, sizeof state->language, "zh-CN");
    // The first digit of the id picks how far the case is.
    state->status = (enum case_status)(1 + (unsigned char)case_id[0] % (CASE_STATUS_COUNT - 1));
    state->sequence = 9;
    state->alarm_count = 1;
    state->alarm_ordinal = 1;
    snprintf(state->alarms[0].alarm_id, sizeof state->alarms[0].alarm_id, ALARM_ID);
    state->alarms[0].ordinal = 1;
    state->received_at_ms = INT64_C(1770000000000);
    fill_parts(&state->parts);
}

__typeof__(query_begin) __wrap_query_begin;
__typeof__(unit_grants_add) __wrap_unit_grants_add;
__typeof__(unit_grants_list) __wrap_unit_grants_list;
__typeof__(unit_grants_look) __wrap_unit_grants_look;
__typeof__(query_cases) __wrap_query_cases;
__typeof__(query_state) __wrap_query_state;
__typeof__(query_case_id) __wrap_query_case_id;
__typeof__(query_registered) __wrap_query_registered;
__typeof__(query_timeline) __wrap_query_timeline;
__typeof__(query_dialogue) __wrap_query_dialogue;
__typeof__(query_cause) __wrap_query_cause;
__typeof__(query_reply) __wrap_query_reply;
__typeof__(query_clocks) __wrap_query_clocks;
__typeof__(query_runs) __wrap_query_runs;
__typeof__(query_runs_of) __wrap_query_runs_of;
__typeof__(query_explain) __wrap_query_explain;
__typeof__(query_overdue) __wrap_query_overdue;
__typeof__(query_summary) __wrap_query_summary;
__typeof__(query_export) __wrap_query_export;
__typeof__(query_seen) __wrap_query_seen;
__typeof__(query_hide_unseen) __wrap_query_hide_unseen;
__typeof__(query_narratives) __wrap_query_narratives;
__typeof__(similar_find) __wrap_similar_find;
__typeof__(store_begin) __wrap_store_begin;
__typeof__(command_see) __wrap_command_see;
__typeof__(store_write) __wrap_store_write;
__typeof__(scope_end) __wrap_scope_end;
__typeof__(relay_wake) __wrap_relay_wake;
__typeof__(consumer_load_add) __wrap_consumer_load_add;
__typeof__(command_reveal) __wrap_command_reveal;
__typeof__(stream_listen) __wrap_stream_listen;

static enum rc give_page(json_t **page) {
    *page = json_object();
    return RC_OK;
}

enum rc __wrap_query_begin(struct pg *pg, struct access *access, struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(access->tenants[0] != '\0' && access->actor.roles != 0);
    return RC_OK;
}

enum rc __wrap_query_cases(struct pg *pg, const struct query_filter *filter, json_t **page,
                           struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(filter->limit >= 1 && filter->limit <= 200 && filter->urgency <= 4);
    FUZZ_CHECK(filter->after == NULL || text_is_clean(filter->after, strlen(filter->after)));
    return give_page(page);
}

enum rc __wrap_query_state(struct pg *pg, const struct case_actor *actor, const char *case_id,
                           struct case_state *state, struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id) && (actor == NULL || actor->tenants[0] != '\0'));
    fill_state(state, case_id);
    return RC_OK;
}

enum rc __wrap_query_case_id(struct pg *pg, const char *tracking_code, char case_id[37],
                             struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(tracking_code != NULL);
    memcpy(case_id, ALARM_ID, 37);
    return RC_OK;
}

enum rc __wrap_query_registered(struct pg *pg, const char *case_id, ProtobufCMessage **message,
                                struct error *error) {
    (void)pg;
    (void)case_id;
    (void)error;
    *message = protobuf_c_message_unpack(&redress__v1__case_registered__descriptor, NULL, 0, NULL);
    return RC_OK;
}

enum rc __wrap_query_timeline(struct pg *pg, const char *case_id, unsigned roles, int64_t after,
                              int64_t limit, json_t **page, struct error *error) {
    (void)pg;
    (void)roles;
    (void)after;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id) && limit >= 1 && limit <= 200);
    return give_page(page);
}

enum rc __wrap_query_dialogue(struct pg *pg, const struct case_state *state, int64_t after,
                              int64_t limit, json_t **page, struct error *error) {
    (void)pg;
    (void)after;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(state->case_id) && limit >= 1 && limit <= 1000);
    return give_page(page);
}

enum rc __wrap_query_cause(struct pg *pg, const char *case_id, const char *cause_id,
                           struct query_cause *cause, struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id) && ident_is_uuid(cause_id));
    *cause = (struct query_cause){.known = cause_id[0] == '0'};
    return RC_OK;
}

enum rc __wrap_query_reply(struct pg *pg, const char *case_id, char **reply, struct error *error) {
    (void)pg;
    (void)case_id;
    (void)error;
    *reply = NULL;
    return RC_OK;
}

enum rc __wrap_query_clocks(struct pg *pg, const char *after, int64_t limit, json_t **page,
                            struct error *error) {
    (void)pg;
    (void)after;
    (void)error;
    FUZZ_CHECK(limit >= 1 && limit <= 1000);
    return give_page(page);
}

enum rc __wrap_query_runs(struct pg *pg, const char *after, int64_t limit, json_t **page,
                          struct error *error) {
    return __wrap_query_clocks(pg, after, limit, page, error);
}

enum rc __wrap_query_runs_of(struct pg *pg, const char *case_id, json_t **page,
                             struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id));
    return give_page(page);
}

enum rc __wrap_query_explain(struct pg *pg, const struct case_state *state, json_t *clocks,
                             struct error *error) {
    (void)pg;
    (void)state;
    (void)error;
    FUZZ_CHECK(json_is_array(clocks) || json_is_null(clocks)); // null: masked
    return RC_OK;
}

enum rc __wrap_query_overdue(struct pg *pg, int64_t now_ms, int64_t limit, json_t **page,
                             struct error *error) {
    (void)pg;
    (void)now_ms;
    (void)error;
    FUZZ_CHECK(limit >= 1 && limit <= 1000);
    return give_page(page);
}

enum rc __wrap_query_summary(struct pg *pg, json_t **summary, struct error *error) {
    (void)pg;
    (void)error;
    return give_page(summary);
}

enum rc __wrap_query_export(struct pg *pg, const struct export_head *head, json_t *bundle,
                            struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(head->exported_by[0] != '\0' && json_is_object(bundle));
    return RC_OK;
}

enum rc __wrap_query_seen(struct pg *pg, const struct case_actor *actor,
                          const char *const *case_ids, size_t count, struct query_seen *seen,
                          struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(actor->tenants[0] != '\0');
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(ident_is_uuid(case_ids[i]));
    }
    *seen = (struct query_seen){json_array(), 0};
    return RC_OK;
}

enum rc __wrap_query_hide_unseen(struct pg *pg, const struct case_actor *actor, json_t *page,
                                 struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(actor->tenants[0] != '\0' && json_is_object(page));
    return RC_OK;
}

enum rc __wrap_query_narratives(struct pg *pg, const char *after, int64_t limit, json_t **page,
                                struct error *error) {
    (void)pg;
    (void)after;
    (void)error;
    FUZZ_CHECK(limit >= 1 && limit <= 1000);
    return give_page(page);
}

enum rc __wrap_similar_find(struct ledger *ledger, struct access *access, const char *case_id,
                            json_t **answer, struct error *error) {
    (void)ledger;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(case_id) && access->tenants[0] != '\0');
    return give_page(answer);
}

enum rc __wrap_command_see(struct pg *pg, struct command_turn *const *turns, size_t count,
                           struct error *error) {
    (void)pg;
    (void)error;
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(ident_is_uuid(turns[i]->request.case_id));
        FUZZ_CHECK(turns[i]->access->actor.roles != 0 && turns[i]->access->tenants[0] != '\0');
    }
    return RC_OK;
}

enum rc __wrap_store_begin(struct pg *pg, const struct store_fence *fences, size_t fence_count,
                           struct work *work, const struct work_cause *causes, size_t cause_count,
                           bool *already, struct error *error) {
    (void)pg;
    (void)fences;
    (void)error;
    FUZZ_CHECK(fence_count == 0 && cause_count == 1 && ident_is_uuid(causes[0].cause_id));
    for (size_t i = 0; i < work->case_count; i++) {
        char case_id[37];
        memcpy(case_id, work->cases[i].state.case_id, sizeof case_id);
        fill_state(&work->cases[i].state, case_id);
    }
    *already = false;
    return RC_OK;
}

// What is written is text for the database and decodes again.
enum rc __wrap_store_write(struct pg *pg, const struct work *work, struct error *error) {
    (void)pg;
    for (size_t i = 0; i < work->event_count; i++) {
        const struct work_event *event = &work->events[i];
        struct fact fact;
        ProtobufCMessage *message = NULL;
        FUZZ_CHECK(text_is_clean(event->traceparent, strlen(event->traceparent)));
        FUZZ_CHECK(text_is_clean(event->actor, strlen(event->actor)));
        FUZZ_CHECK(fact_unpack(event->kind, event->payload, event->payload_size, &fact, &message,
                               error) == RC_OK);
        json_t *json = message_to_json(message);
        FUZZ_CHECK(json != NULL);
        json_decref(json);
        fact_release(message);
    }
    return RC_OK;
}

void __wrap_scope_end(struct pg *pg) { (void)pg; }

void __wrap_relay_wake(struct relay *relay) { (void)relay; }

void __wrap_consumer_load_add(struct consumer *consumer, struct consumer_load *load) {
    (void)consumer;
    *load = (struct consumer_load){0};
}

enum rc __wrap_command_reveal(struct ledger *ledger, const struct command_turn *reveal,
                              json_t **content, struct error *error) {
    (void)ledger;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(reveal->request.case_id) && reveal->access->actor.roles != 0);
    return give_page(content);
}

void __wrap_stream_listen(struct stream *stream, struct http_request *request,
                          const struct access *access) {
    (void)stream;
    FUZZ_CHECK(access->actor.tenants[0] != '\0' && access->actor.subject != NULL);
    http_reply_json(request, 200, json_object());
}

enum rc __wrap_unit_grants_add(struct pg *pg, const struct unit_grant *grant, json_t **shown,
                               struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(grant->grant_id) && grant->subject[0] != '\0' &&
               grant->until_ms > grant->granted_at_ms && grant->reason[0] != '\0');
    *shown = json_object();
    return RC_OK;
}

enum rc __wrap_unit_grants_list(struct pg *pg, const char *unit, int64_t now_ms, json_t **page,
                                struct error *error) {
    (void)pg;
    (void)error;
    FUZZ_CHECK(unit[0] != '\0' && now_ms > 0);
    *page = json_object();
    return RC_OK;
}

enum rc __wrap_unit_grants_look(struct pg *pg, const struct region *region,
                                const struct case_state *state, struct case_input *input,
                                int64_t now_ms, struct error *error) {
    const struct staffing_grants grants = {.count = 0};
    (void)pg;
    (void)error;
    FUZZ_CHECK(now_ms > 0);
    input->unstaffed_to = staffing_alarm(region, state, input, &grants);
    staffing_supervision(region, state, input, &grants, now_ms);
    return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct ledger_config config = {.service_token = "t"};
    static int pool; // never looked into, but not NULL
    static bool compiled;
    struct error error;
    compiled = compiled || redaction_init(&error) == RC_OK;
    FUZZ_CHECK(compiled);
    struct ledger ledger = {
        .config = &config, .regions = regions_book(), .pool = (struct pg_pool *)&pool};
    fake_request_run(ledger_routes, ledger_route_count, &ledger, data, size);
    return 0;
}
