// SPDX-License-Identifier: Apache-2.0
// What rules ask of the parts of a case.
#include "case_parts.h"

#include "case.h"
#include "permission.h"
#include "workflow.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

bool case_order_is_of_region(const char *issuer, bool by_region) {
    return by_region || strcmp(issuer, CASE_BY_RULE) == 0;
}

const struct case_order *case_order_find(const struct case_state *state, uint32_t number) {
    return number >= 1 && number <= state->parts.order_count ? &state->parts.orders[number - 1]
                                                             : NULL;
}

uint32_t case_supervision_level(const struct case_state *state) {
    uint32_t level = 0;
    for (size_t i = 0; i < state->parts.order_count; i++) {
        const struct case_order *order = &state->parts.orders[i];
        level = !order->lifted && order->level > level ? order->level : level;
    }
    return level;
}

bool case_is_supervised(const struct case_state *state) {
    return case_supervision_level(state) != 0;
}

static bool has_order(const struct case_state *state, bool answered) {
    for (size_t i = 0; i < state->parts.order_count; i++) {
        const struct case_order *order = &state->parts.orders[i];
        if (!order->lifted && order->answered == answered) {
            return true;
        }
    }
    return false;
}

bool case_has_order_to_answer(const struct case_state *state) { return has_order(state, false); }

bool case_has_order_to_lift(const struct case_state *state) { return has_order(state, true); }

bool case_may_lift(const struct case_state *state, const struct case_order *order,
                   const struct case_actor *actor) {
    return actor->region || (!order->by_region && case_stands_at(state, actor, order->acting_for));
}

bool case_has_order_below_region_to_lift(const struct case_state *state) {
    bool has = false;
    for (size_t i = 0; i < state->parts.order_count && !has; i++) {
        const struct case_order *order = &state->parts.orders[i];
        has = !order->lifted && order->answered && !order->by_region;
    }
    return has;
}

bool case_has_order_to_lift_by(const struct case_state *state, const struct case_actor *actor) {
    bool has = false;
    for (size_t i = 0; i < state->parts.order_count && !has; i++) {
        const struct case_order *order = &state->parts.orders[i];
        has = !order->lifted && order->answered && case_may_lift(state, order, actor);
    }
    return has;
}

bool case_read_digest(const char *hex, unsigned char digest[32]) {
    size_t size = 0;
    return sodium_hex2bin(digest, 32, hex, strlen(hex), NULL, &size, NULL) == 0 && size == 32;
}

static bool is_among(const unsigned char (*digests)[32], size_t count, const char *sha256) {
    unsigned char digest[32];
    bool found = false;
    bool is_digest = case_read_digest(sha256, digest);
    for (size_t i = 0; is_digest && i < count && !found; i++) {
        found = memcmp(digests[i], digest, sizeof digest) == 0;
    }
    return found;
}

bool case_has_evidence(const struct case_parts *parts, const char *sha256) {
    return is_among(parts->evidence, parts->evidence_count, sha256);
}

bool case_was_offered(const struct case_state *state, const char *sha256) {
    return is_among(state->offered, state->offered_count, sha256);
}

bool case_allegations_decided(const struct case_state *state) {
    for (size_t i = 0; i < state->parts.allegation_count; i++) {
        if (state->parts.allegations[i].outcome == 0) {
            return false;
        }
    }
    return true;
}

bool case_owes_answer(const struct case_state *state, const struct case_co_handler *at) {
    return !at->answered && strcmp(at->unit, state->unit) != 0;
}

uint32_t case_co_handler_of(const struct case_state *state, const struct case_actor *actor) {
    for (size_t i = 0; i < state->parts.co_handler_count; i++) {
        const struct case_co_handler *co_handler = &state->parts.co_handlers[i];
        if (case_owes_answer(state, co_handler) && permission_works_in(actor, co_handler->unit)) {
            return (uint32_t)i + 1;
        }
    }
    return 0;
}

bool case_answers_missing(const struct case_state *state) {
    for (size_t i = 0; i < state->parts.co_handler_count; i++) {
        if (case_owes_answer(state, &state->parts.co_handlers[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t number_after(const char *clock, const char *prefix) {
    unsigned number = 0;
    int used = 0;
    size_t size = strlen(prefix);
    bool whole = strncmp(clock, prefix, size) == 0 &&
                 sscanf(clock + size, "%3u%n", &number, &used) == 1 &&
                 clock[size + (size_t)used] == '\0';
    return whole ? number : 0;
}

bool case_is_part_clock(const char *clock) {
    return case_outlives(clock) || number_after(clock, "co-handling-") != 0;
}

bool case_is_improvement(const char *clock) { return number_after(clock, "improvement-") != 0; }

bool case_outlives(const char *clock) {
    return number_after(clock, "supervision-") != 0 || case_is_improvement(clock);
}

bool case_part_waits(const struct case_state *state, const char *clock) {
    const struct case_order *order = case_order_find(state, number_after(clock, "supervision-"));
    uint32_t number = number_after(clock, "co-handling-");
    if (order != NULL) {
        return !order->answered && !order->lifted;
    }
    uint32_t improvement = number_after(clock, "improvement-");
    if (improvement != 0) {
        return improvement <= state->improvement_count &&
               !state->improvements[improvement - 1].done;
    }
    return number >= 1 && number <= state->parts.co_handler_count &&
           case_owes_answer(state, &state->parts.co_handlers[number - 1]) &&
           workflow_is_in_hand(state->status);
}

bool case_is_owed_by_part(const char *clock) {
    return case_is_improvement(clock) || number_after(clock, "co-handling-") != 0;
}

const char *case_clock_unit(const struct case_state *state, const char *clock) {
    uint32_t co_handler = number_after(clock, "co-handling-");
    uint32_t improvement = number_after(clock, "improvement-");
    if (co_handler >= 1 && co_handler <= state->parts.co_handler_count) {
        return state->parts.co_handlers[co_handler - 1].unit;
    }
    return improvement >= 1 && improvement <= state->improvement_count
               ? state->improvements[improvement - 1].owner
               : state->unit;
}

static size_t add_unit(char *units, size_t size, size_t used, const char *unit) {
    return used + (size_t)snprintf(units + used, size - used, "%s%s", used == 0 ? "" : ",", unit);
}

void case_part_units(const struct case_state *state, char *units, size_t size) {
    size_t used = 0;
    units[0] = '\0';
    for (size_t i = 0; i < state->parts.co_handler_count; i++) {
        used = add_unit(units, size, used, state->parts.co_handlers[i].unit);
    }
    for (size_t i = 0; i < state->improvement_count; i++) {
        used = add_unit(units, size, used, state->improvements[i].owner);
    }
}

// Another unit that leads since may be the one that was asked. Of a handling before this one
// nothing is known.
static int64_t co_handling_ended_at(const struct case_state *state, uint32_t number,
                                    int64_t since_ms) {
    const struct case_parts *parts = &state->parts;
    const struct case_co_handler *at =
        number <= parts->co_handler_count ? &parts->co_handlers[number - 1] : NULL;
    if (at == NULL || (at->answered && at->answered_at_ms == 0) ||
        case_reached_since(state, CASE_RESTARTED, since_ms, 1) != 0) {
        return 0;
    }
    const int64_t ends[] = {
        at->answered_at_ms,
        case_reached_since(state, MILESTONE_CASE_DISPATCHED, since_ms + 1, 1),
        case_reached_since(state, MILESTONE_CASE_DECIDED, since_ms, 1),
        case_reached_since(state, CASE_WAY_ENDED, since_ms, 1),
    };
    int64_t first = 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        first = ends[i] != 0 && (first == 0 || ends[i] < first) ? ends[i] : first;
    }
    return first;
}

int64_t case_part_ended_at(const struct case_state *state, const char *clock, int64_t since_ms) {
    const struct case_order *order = case_order_find(state, number_after(clock, "supervision-"));
    uint32_t improvement = number_after(clock, "improvement-");
    uint32_t co_handler = number_after(clock, "co-handling-");
    if (order != NULL) {
        return order->ended_at_ms;
    }
    if (improvement != 0 && improvement <= state->improvement_count) {
        return state->improvements[improvement - 1].done_at_ms;
    }
    return co_handler == 0 ? 0 : co_handling_ended_at(state, co_handler, since_ms);
}
