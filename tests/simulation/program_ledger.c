// SPDX-License-Identifier: Apache-2.0
// The ledger: its consumer, relay, commands and internal reads.
#include "command.h"
#include "consumer.h"
#include "http.h"
#include "permission.h"
#include "relay.h"
#include "routes.h"
#include "sql.h"
#include "state_codec.h"
#include "uuid.h"
#include "world.h"

#include "common/chain.h"
#include "common/ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT "simulated-staff"

#define GATHERERS 2
#define GATHERED_MS 1500

// A command between its client and the transaction that it shares.
struct visit {
    struct command_turn turn;
    struct access access;
    bool taken;
    bool done;
    struct visit *next;
};

struct state {
    struct ledger_config config;
    struct ledger ledger;
    unsigned serving;
    struct visit *waiting; // eldest first
    unsigned gathering;
};

static bool start(struct process *process, void **out) {
    struct error error;
    struct state *state = calloc(1, sizeof *state);
    (void)process;
    *out = state;
    if (state == NULL) {
        abort();
    }
    const struct bus_settings bus = {"simulated", "redress-ledger", NULL, 1, false};
    struct relay_options relay = {"", bus};
    relay.bus.gapless = true;
    state->config.service_token = (char *)HTTP_TOKEN;
    state->ledger.config = &state->config;
    enum rc rc = region_book_borrow(&state->ledger.regions, world.region, NULL, &error);
    rc = rc == RC_OK ? pg_pool_new(&state->ledger.pool, "", "api", "ledger", 2, &error) : rc;
    rc = rc == RC_OK ? pg_pool_new(&state->ledger.commands, "", "commands", "ledger", 2, &error)
                     : rc;
    rc = rc == RC_OK ? relay_start(&state->ledger.relay, &relay, &error) : rc;
    rc = rc == RC_OK ? bus_producer_new(&state->ledger.dead_letters, &bus, &error) : rc;
    struct consumer_options consumer = {.postgres_url = "",
                                        .bus = bus,
                                        .instance_id = "",
                                        .relay = state->ledger.relay,
                                        .regions = state->ledger.regions,
                                        .producer = state->ledger.dead_letters};
    rc = rc == RC_OK ? consumer_start(&state->ledger.consumer, &consumer, &error) : rc;
    consumer.urgent = true;
    rc = rc == RC_OK ? consumer_start(&state->ledger.urgent, &consumer, &error) : rc;
    return rc == RC_OK;
}

static void stop(void *context) {
    struct state *state = context;
    while (state->serving > 0) {
        sim_yield();
    }
    consumer_free(state->ledger.urgent);
    consumer_free(state->ledger.consumer);
    bus_producer_free(state->ledger.dead_letters);
    relay_free(state->ledger.relay);
    pg_pool_free(state->ledger.commands);
    pg_pool_free(state->ledger.pool);
    region_book_free(state->ledger.regions);
    free(state);
}

const struct sim_program ledger_program = {"ledger", start, stop};

static const struct {
    const char *prefix;
    http_handler handler;
} routes[] = {{"/internal/v1/cases/by-tracking-code/", routes_internal_by_code},
              {"/internal/v1/cases/", routes_internal_case},
              {"/internal/v1/clocks/overdue", routes_internal_overdue},
              {"/internal/v1/clocks", routes_internal_clocks},
              {"/internal/v1/summary", routes_internal_summary}};

static void read_query(const char *path, const char *name, char *value, size_t room) {
    const char *at = strstr(path, name);
    value[0] = '\0';
    if (at != NULL) {
        at += strlen(name);
        snprintf(value, room, "%.*s", (int)strcspn(at, "&"), at);
    }
}

enum rc ledger_answer(struct process *process, const char *path, long *status, json_t **answer,
                      struct error *error) {
    struct state *state = process->state;
    struct http_request request = {.status = 0};
    size_t place = 0;
    while (place < sizeof routes / sizeof routes[0] &&
           strncmp(path, routes[place].prefix, strlen(routes[place].prefix)) != 0) {
        place++;
    }
    if (place == sizeof routes / sizeof routes[0]) {
        fprintf(stderr, "the simulation's ledger has no %s\n", path);
        abort();
    }
    snprintf(request.path_value, sizeof request.path_value, "%s",
             path + strlen(routes[place].prefix));
    read_query(path, "after=", request.after, sizeof request.after);
    read_query(path, "limit=", request.limit, sizeof request.limit);
    state->serving++;
    routes[place].handler(&request, &state->ledger);
    state->serving--;
    *status = request.status;
    *answer = request.body;
    return request.status == 0 ? error_set(error, RC_UNAVAILABLE, "no answer") : RC_OK;
}

void ledger_cause(const struct ledger_request *request, char cause_id[37]) {
    ident_uuid_from((const char *const[]){"command", SUBJECT, request->case_id, request->command,
                                          request->key, NULL},
                    cause_id);
}

static struct visit *new_visit(struct state *state, const struct ledger_request *request) {
    struct visit *visit = calloc(1, sizeof *visit);
    struct visit **place = &state->waiting;
    if (visit == NULL) {
        abort();
    }
    visit->access.actor =
        (struct case_actor){.subject = SUBJECT,
                            .roles = ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR,
                            .grants = visit->access.grants};
    snprintf(visit->access.tenants, sizeof visit->access.tenants, "demo-clinic");
    visit->access.edition = region_book_hold(state->ledger.regions);
    visit->turn.access = &visit->access;
    visit->turn.request = (struct command_request){.kind = case_command_read(request->command),
                                                   .case_id = request->case_id,
                                                   .idempotency_key = request->key,
                                                   .if_match = request->if_match,
                                                   .body = request->body};
    while (*place != NULL) {
        place = &(*place)->next;
    }
    *place = visit;
    return visit;
}

// As a worker of the HTTP server does: whoever waits shares its transaction.
static void gather(struct state *state) {
    struct visit *visits[COMMAND_TURNS];
    struct command_turn *turns[COMMAND_TURNS];
    size_t count = 0;
    state->gathering++;
    if (sim_chance(2)) {
        sim_sleep(sim_below(GATHERED_MS));
    }
    for (; count < COMMAND_TURNS && state->waiting != NULL; count++) {
        visits[count] = state->waiting;
        turns[count] = &visits[count]->turn;
        state->waiting = visits[count]->next;
        visits[count]->taken = true;
    }
    sim_trace("ledger: %zu commands together", count);
    command_run_all(&state->ledger, turns, count);
    for (size_t i = 0; i < count; i++) {
        visits[i]->done = true;
    }
    state->gathering--;
}

enum ledger_outcome ledger_command(struct process *process, const struct ledger_request *request,
                                   char code[48]) {
    struct state *state = process->state;
    state->serving++;
    struct visit *visit = new_visit(state, request);
    while (!visit->done) {
        if (!visit->taken && state->gathering < GATHERERS) {
            gather(state);
        } else {
            sim_sleep(1);
        }
    }
    enum rc rc = visit->turn.rc;
    snprintf(code, 48, "%s", visit->turn.error.code);
    region_book_release(visit->access.edition);
    free(visit);
    state->serving--;
    if (rc == RC_OK) {
        return LEDGER_DONE;
    }
    return rc == RC_UNAVAILABLE || rc == RC_INTERNAL || (rc == RC_CONFLICT && code[0] == '2')
               ? LEDGER_UNKNOWN
               : LEDGER_REFUSED;
}

// The judge's view of one case: rules of clocks told again, beside the product's fold.

struct clock_view {
    char name[33];
    uint32_t version;
    int64_t warn_at_ms[CASE_WARNS + 1]; // ended by 0
    int64_t due_at_ms;
    unsigned warned;
    bool runs;
};

struct view {
    const char *case_id;
    struct clock_view clocks[CASE_CLOCKS];
    size_t count;
    int64_t latest_ms; // of the facts so far, by the clocks of those who decided them
};

static struct clock_view *find_clock(struct view *view, const char *name) {
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(view->clocks[i].name, name) == 0) {
            return &view->clocks[i];
        }
    }
    return NULL;
}

static void arm(struct view *view, const Redress__V1__ClockTerms *terms) {
    struct clock_view *clock = find_clock(view, terms->name);
    if (clock == NULL) {
        clock = &view->clocks[view->count++];
        *clock = (struct clock_view){.version = 0};
        snprintf(clock->name, sizeof clock->name, "%s", terms->name);
    }
    if (terms->version != clock->version + 1) {
        sim_violation("case %s: clock %s goes from version %u to %u", view->case_id, terms->name,
                      clock->version, terms->version);
    }
    clock->version = terms->version;
    memset(clock->warn_at_ms, 0, sizeof clock->warn_at_ms);
    clock->warn_at_ms[0] = terms->warn_at_ms;
    for (size_t i = 0; i < terms->n_later_warns_at_ms; i++) {
        clock->warn_at_ms[i + 1] = terms->later_warns_at_ms[i];
    }
    if (terms->warns_passed > clock->warned) {
        sim_violation("case %s: clock %s is armed with %u warnings told, but %u were",
                      view->case_id, terms->name, terms->warns_passed, clock->warned);
    }
    clock->due_at_ms = terms->due_at_ms;
    clock->runs = true;
    clock->warned = terms->warns_passed;
}

static void end(struct view *view, const char *name, uint32_t version, int64_t at_ms,
                int64_t not_before_ms, const char *how) {
    struct clock_view *clock = find_clock(view, name);
    if (clock == NULL || !clock->runs) {
        sim_violation("case %s: clock %s is %s and does not run", view->case_id, name, how);
    } else if (clock->version != version) {
        sim_violation("case %s: clock %s is %s in version %u of %u", view->case_id, name, how,
                      version, clock->version);
    } else if (at_ms < not_before_ms) {
        sim_violation("case %s: clock %s is %s %lld ms early", view->case_id, name, how,
                      (long long)(not_before_ms - at_ms));
    } else {
        clock->runs = false;
    }
}

static int64_t due_of(struct view *view, const char *name) {
    struct clock_view *clock = find_clock(view, name);
    return clock == NULL ? 0 : clock->due_at_ms;
}

static void warn(struct view *view, const Redress__V1__ClockWarned *fact) {
    struct clock_view *clock = find_clock(view, fact->name);
    int64_t next = clock == NULL ? 0 : clock->warn_at_ms[clock->warned];
    if (next == 0 || !clock->runs || clock->version != fact->version ||
        fact->ordinal != clock->warned + 1 || fact->meta->decided_at_ms < next) {
        sim_violation("case %s: clock %s is warned against the rules", view->case_id, fact->name);
        return;
    }
    clock->warned++;
}

static void look_at_clock(struct view *view, const struct fact *fact) {
    char name[33];
    int64_t at_ms = fact->meta.decided_at_ms;
    view->latest_ms = at_ms > view->latest_ms ? at_ms : view->latest_ms;
    switch (fact->kind) {
    case FACT_CLOCK_ARMED:
        arm(view, fact->body.clock_armed.terms);
        return;
    case FACT_CLOCK_WARNED:
        warn(view, &fact->body.clock_warned);
        return;
    case FACT_CLOCK_BREACHED:
        // A ledger whose clock is behind tells that another's assessment came too late.
        end(view, fact->body.clock_breached.name, fact->body.clock_breached.version,
            view->latest_ms, due_of(view, fact->body.clock_breached.name), "breached");
        return;
    case FACT_CLOCK_STOPPED:
        end(view, fact->body.clock_stopped.name, fact->body.clock_stopped.version, at_ms, 0,
            "stopped");
        return;
    case FACT_CASE_ESCALATED:
        snprintf(name, sizeof name, "escalation-%u", fact->body.escalated.ordinal);
        end(view, name, fact->body.escalated.level, at_ms, due_of(view, name), "escalated");
        return;
    default:
        return;
    }
}

static bool same_bytes(const struct sql_value *value, const void *bytes, size_t size) {
    return value->size == size && memcmp(value->bytes, bytes, size) == 0;
}

static void fold(struct view *view, struct case_state *state, const struct sql_value *row) {
    struct fact fact;
    struct error error;
    ProtobufCMessage *message = NULL;
    char type[64];
    snprintf(type, sizeof type, "%.*s", (int)row[3].size, row[3].bytes);
    if (fact_unpack(fact_kind_of(type), (const uint8_t *)row[4].bytes, row[4].size, &fact, &message,
                    &error) != RC_OK) {
        sim_violation("case %s: %s", view->case_id, error.text);
        return;
    }
    unsigned char hash[32];
    chain_hash(view->case_id, (uint64_t)row[1].number, type, state->hash, row[4].bytes, row[4].size,
               hash);
    if (!same_bytes(&row[8], state->hash, 32) || !same_bytes(&row[9], hash, 32)) {
        sim_violation("case %s: the chain breaks at %lld", view->case_id, (long long)row[1].number);
    }
    look_at_clock(view, &fact);
    case_apply(state, &fact);
    state->sequence = (uint64_t)row[1].number;
    memcpy(state->hash, hash, sizeof hash);
    fact_release(message);
}

static const struct sql_row *find_event(const char case_id[16], int64_t sequence) {
    const struct sql_row *row = sql_next(sql_table("ledger", "case_events")->first);
    while (row != NULL &&
           !(same_bytes(&row->committed[0], case_id, 16) && row->committed[1].number == sequence)) {
        row = sql_next(row->next);
    }
    return row;
}

void ledger_check_case(const char case_id[16]) {
    static struct case_state state;
    char text[37];
    uuid_text(case_id, text);
    struct view view = {.case_id = text};
    memset(&state, 0, sizeof state);
    for (int64_t sequence = 1;; sequence++) {
        const struct sql_row *row = find_event(case_id, sequence);
        if (row == NULL) {
            break;
        }
        fold(&view, &state, row->committed);
    }
    const struct sql_table *cases = sql_table("ledger", "cases");
    const struct sql_row *row = sql_next(cases->first);
    while (row != NULL && !same_bytes(&row->committed[0], case_id, 16)) {
        row = sql_next(row->next);
    }
    size_t size = 0;
    uint8_t *packed = state_pack(&state, &size);
    if (row == NULL || !same_bytes(&row->committed[sql_column(cases, "state")], packed, size)) {
        sim_violation("case %s: the stored state is not the fold of its %llu facts", text,
                      (unsigned long long)state.sequence);
    }
    free(packed);
    for (size_t i = 0; i < view.count; i++) {
        if (view.clocks[i].runs &&
            view.clocks[i].due_at_ms < SIM_WALL_BASE_MS + sim.now_ms + SIM_HORIZON_MS) {
            sim_violation("case %s: clock %s never ends", text, view.clocks[i].name);
        }
    }
}
