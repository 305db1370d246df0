// SPDX-License-Identifier: Apache-2.0
#include "staffing.h"

#include "decide.h"

#include "workflow.h"

#include <string.h>

// Who can't have the case, beside those for whom it does not exist.
struct kept_out {
    bool barred;       // had a hand in a round before
    bool in_round;     // or in this one
    const char *named; // NULL: nobody
};

static bool is_free(const struct case_state *state, const struct kept_out *out,
                    const char *subject) {
    return !case_in_conflict(state, subject) && !(out->barred && case_is_barred(state, subject)) &&
           !(out->in_round && case_will_be_barred(state, subject)) &&
           (out->named == NULL || strcmp(out->named, subject) != 0);
}

// What decides who can handle the cases of units.
struct staff {
    const struct region *region;
    const struct case_state *state;
    const struct staffing_grants *handlers;
};

static bool has_granted(const struct staff *staff, const char *unit, const struct kept_out *out) {
    for (size_t i = 0; i < staff->handlers->count; i++) {
        const struct staffing_grant *grant = &staff->handlers->people[i];
        if (strcmp(grant->unit, unit) == 0 && is_free(staff->state, out, grant->subject)) {
            return true;
        }
    }
    return false;
}

static bool has_handler(const struct staff *staff, const char *unit, const struct kept_out *out) {
    const struct region *region = staff->region;
    const struct case_state *state = staff->state;
    size_t place = 0;
    const char *subject = region_next_handler(region, state->tenant, unit, &place);
    while (subject != NULL && !is_free(state, out, subject)) {
        subject = region_next_handler(region, state->tenant, unit, &place);
    }
    return subject != NULL || has_granted(staff, unit, out);
}

// Whom the input names as a person who can't have the case; NULL: nobody.
static const char *named_in(const struct case_input *input) {
    const char *named = input->kind == INPUT_DECLARE_CONFLICT ? input->of.command->staff
                        : input->kind == INPUT_CONCERN_PERSON ? input->of.command->entry.staff_code
                                                              : NULL;
    return named == NULL || named[0] == '\0' ? NULL : named;
}

// The unit that would have the case after the input, where that has to be looked at. NULL: not.
static const char *next_unit(const struct case_state *state, const struct case_input *input) {
    enum input_kind kind = input->kind;
    if (kind == INPUT_DISPATCH || kind == INPUT_DESIGNATE || kind == INPUT_ADD_CO_HANDLER) {
        return input->of.command->unit;
    }
    // Nobody has the case yet: others of its unit may take it.
    bool waits = state->handler[0] == '\0' && workflow_is_open(state->status);
    bool looks = decide_reworks(state, input) || (waits && named_in(input) != NULL);
    return looks && state->unit[0] != '\0' ? state->unit : NULL;
}

// A co-handler's only person may be the one who is named.
static bool looks_at_co_handler(const struct case_state *state, const struct case_input *input,
                                size_t place) {
    return named_in(input) != NULL && workflow_is_in_hand(state->status) &&
           case_owes_answer(state, &state->parts.co_handlers[place]);
}

size_t staffing_units(const struct case_state *state, const struct case_input *input,
                      const char *units[STAFFING_UNITS]) {
    const char *next = next_unit(state, input);
    size_t count = 0;
    if (next != NULL) {
        units[count++] = next;
    }
    for (size_t i = 0; i < state->parts.co_handler_count; i++) {
        if (looks_at_co_handler(state, input, i)) {
            units[count++] = state->parts.co_handlers[i].unit;
        }
    }
    return count;
}

// Whether somebody of the staff supervises the case, for whom it exists. but: nor this one; NULL.
static bool has_supervisor(const struct region *region, const struct case_state *state,
                           const char *but) {
    for (size_t i = 0; i < region->staff_count; i++) {
        const struct region_staff *person = &region->staff[i];
        if (region_staff_acts(person, "supervisor", state->tenant) &&
            !case_in_conflict(state, person->subject) &&
            (but == NULL || strcmp(person->subject, but) != 0)) {
            return true;
        }
    }
    return false;
}

const char *staffing_moves_to(const struct case_state *state, const struct case_input *input) {
    bool sends = input->kind == INPUT_DISPATCH || input->kind == INPUT_DESIGNATE;
    return sends && state->unit[0] != '\0' && strcmp(state->unit, input->of.command->unit) != 0
               ? input->of.command->unit
               : NULL;
}

// Until when somebody supervises it by a grant while the unit has it; 0: nobody does.
static int64_t supervised_until(const struct staffing_grants *grants,
                                const struct case_state *state, const char *unit, const char *but) {
    int64_t until_ms = 0;
    for (size_t i = 0; i < grants->count; i++) {
        const struct staffing_grant *grant = &grants->people[i];
        bool fits = grant->unit[0] == '\0' || strcmp(grant->unit, unit) == 0;
        bool can = fits && !case_in_conflict(state, grant->subject) &&
                   (but == NULL || strcmp(grant->subject, but) != 0);
        until_ms = can && grant->until_ms > until_ms ? grant->until_ms : until_ms;
    }
    return until_ms;
}

// What was closed goes on: who was to supervise it may have come into conflict meanwhile.
static bool opens(const struct case_state *state, const struct case_input *input) {
    enum input_kind kind = input->kind;
    return !workflow_is_open(state->status) &&
           (kind == INPUT_REOPEN || kind == INPUT_REOPEN_CASE || kind == INPUT_REVIEW ||
            kind == INPUT_RE_REVIEW || decide_reworks(state, input));
}

static bool has_lapsed(const struct case_state *state, int64_t now_ms) {
    return state->supervised_until_ms != 0 && state->supervised_until_ms <= now_ms;
}

// One input for several cases tells nothing of any one of them.
static bool is_of_cluster(const struct case_input *input) {
    return input->kind == INPUT_MERGE || input->kind == INPUT_UNMERGE;
}

bool staffing_asks_grants(const struct case_state *state, const struct case_input *input,
                          int64_t now_ms) {
    bool changes = has_lapsed(state, now_ms) || staffing_moves_to(state, input) != NULL;
    return !is_of_cluster(input) && (named_in(input) != NULL || opens(state, input) ||
                                     (workflow_is_open(state->status) && changes));
}

// Told once: of the last one who is named or left behind, or after the last grant; and anew where
// the case goes on without.
void staffing_supervision(const struct region *region, const struct case_state *state,
                          struct case_input *input, const struct staffing_grants *grants,
                          int64_t now_ms) {
    const char *named = named_in(input);
    input->unsupervised_to = NULL;
    input->supervised_until_ms = 0;
    if (!staffing_asks_grants(state, input, now_ms) || has_supervisor(region, state, named)) {
        return;
    }
    const char *next = staffing_moves_to(state, input);
    int64_t until_ms = supervised_until(grants, state, next == NULL ? state->unit : next, named);
    bool again = opens(state, input);
    bool goes_on = again || workflow_is_open(state->status);
    bool had = again || has_lapsed(state, now_ms) || has_supervisor(region, state, NULL) ||
               supervised_until(grants, state, state->unit, NULL) != 0;
    input->supervised_until_ms = until_ms;
    input->unsupervised_to = goes_on && had && until_ms == 0 ? region_bureau_unit(region) : NULL;
}

// Told before, if it could have been said before: where somebody is named, of the last one alone.
static bool is_unstaffed(const struct staff *staff, const char *unit, const struct kept_out *out) {
    struct kept_out before = *out;
    before.named = NULL;
    return !has_handler(staff, unit, out) &&
           (out->named == NULL || has_handler(staff, unit, &before));
}

// Whoever had a hand in it before may answer for a co-handler.
static bool loses_co_handler(const struct staff *staff, const struct case_input *input) {
    const struct kept_out out = {.named = named_in(input)};
    const struct case_parts *parts = &staff->state->parts;
    for (size_t i = 0; i < parts->co_handler_count; i++) {
        if (looks_at_co_handler(staff->state, input, i) &&
            is_unstaffed(staff, parts->co_handlers[i].unit, &out)) {
            return true;
        }
    }
    return false;
}

const char *staffing_alarm(const struct region *region, const struct case_state *state,
                           const struct case_input *input, const struct staffing_grants *handlers) {
    const struct staff staff = {region, state, handlers};
    const char *named = named_in(input);
    const char *unit = next_unit(state, input);
    struct kept_out out = {.barred = input->kind != INPUT_ADD_CO_HANDLER, // may have had it before
                           .in_round = decide_reworks(state, input),
                           .named = named};
    bool loses = named != NULL && strcmp(state->handler, named) == 0;
    bool unit_less =
        out.in_round && state->unit[0] == '\0'; // settled at once; the desk must find one
    bool unstaffed = unit != NULL && is_unstaffed(&staff, unit, &out);
    return loses || unit_less || unstaffed || loses_co_handler(&staff, input)
               ? region_bureau_unit(region)
               : NULL;
}

static bool is_under_review(const struct case_state *state) {
    return state->status == CASE_REVIEW || state->status == CASE_RE_REVIEW;
}

bool staffing_asks_reviewers(const struct case_state *state, const struct case_input *input) {
    return input->kind == INPUT_REVIEW || input->kind == INPUT_RE_REVIEW ||
           (named_in(input) != NULL && is_under_review(state));
}

static bool has_in_scope(const struct region_staff *person, const char *institution) {
    for (unsigned i = 0; i < person->institution_count; i++) {
        if (strcmp(person->institutions[i], "*") == 0 ||
            strcmp(person->institutions[i], institution) == 0) {
            return true;
        }
    }
    return false;
}

// Whether they act for the level that reviews the case, or one above it.
static bool is_above(const struct case_state *state, const struct region_staff *person) {
    const char *lowest = case_review_level(state);
    size_t place = 0;
    while (place < state->line.count && strcmp(state->line.codes[place], lowest) != 0) {
        place++;
    }
    while (place < state->line.count && !has_in_scope(person, state->line.codes[place])) {
        place++;
    }
    return place < state->line.count;
}

// but: nor this one; NULL.
static bool may_review(const struct case_state *state, const struct region_staff *person,
                       const char *but) {
    return is_above(state, person) && !case_in_conflict(state, person->subject) &&
           !case_has_decided(state, person->subject) && case_has_room_for(state, person->subject) &&
           (but == NULL || strcmp(person->subject, but) != 0);
}

static bool has_reviewer(const struct region *region, const struct case_state *state,
                         const struct staffing_grants *reviewers, const char *but) {
    for (size_t i = 0; i < region->staff_count; i++) {
        const struct region_staff *person = &region->staff[i];
        if (region_staff_acts(person, "reviewer", state->tenant) &&
            may_review(state, person, but)) {
            return true;
        }
    }
    for (size_t i = 0; i < reviewers->count; i++) { // a grant gives the role and no level
        const struct region_staff *person = region_staff(region, reviewers->people[i].subject);
        if (person != NULL && may_review(state, person, but)) {
            return true;
        }
    }
    return false;
}

const char *staffing_review_alarm(const struct region *region, const struct case_state *state,
                                  const struct case_input *input,
                                  const struct staffing_grants *reviewers) {
    const char *named = named_in(input);
    if (!staffing_asks_reviewers(state, input) || has_reviewer(region, state, reviewers, named) ||
        (named != NULL && !has_reviewer(region, state, reviewers, NULL))) {
        return NULL;
    }
    return region_bureau_unit(region);
}

// Who begins the investigation, or decides at once, of a case whose handler lost it has it then.
static bool takes(const struct case_state *state, const struct case_input *input) {
    bool begins = input->kind == INPUT_INVESTIGATE || input->kind == INPUT_DECIDE;
    return input->kind == INPUT_SIGN ||
           (begins && state->status == CASE_SIGNED && state->handler[0] == '\0');
}

bool staffing_asks_handler(const struct case_state *state, const struct case_input *input,
                           int64_t now_ms) {
    bool lapsed = state->handled_until_ms != 0 && state->handled_until_ms <= now_ms &&
                  state->handler[0] != '\0' && workflow_awaits_reply(state->status);
    return !is_of_cluster(input) && (lapsed || takes(state, input));
}

static bool is_own_handler(const struct region *region, const struct case_state *state,
                           const char *subject) {
    size_t place = 0;
    const char *one = region_next_handler(region, state->tenant, state->unit, &place);
    while (one != NULL && strcmp(one, subject) != 0) {
        one = region_next_handler(region, state->tenant, state->unit, &place);
    }
    return one != NULL;
}

void staffing_handler(const struct region *region, const struct case_state *state,
                      struct case_input *input, const struct staffing_grants *grants,
                      int64_t now_ms) {
    bool taken = takes(state, input);
    const char *subject = taken ? input->actor : state->handler;
    int64_t until_ms = 0;
    input->handled_until_ms = 0;
    input->unhandled_to = NULL;
    if (!staffing_asks_handler(state, input, now_ms) || is_own_handler(region, state, subject)) {
        return;
    }
    for (size_t i = 0; i < grants->count; i++) {
        const struct staffing_grant *grant = &grants->people[i];
        bool later = strcmp(grant->subject, subject) == 0 && grant->until_ms > until_ms;
        until_ms = later ? grant->until_ms : until_ms;
    }
    input->handled_until_ms = taken ? until_ms : 0;
    input->unhandled_to = !taken && until_ms == 0 ? region_bureau_unit(region) : NULL;
}

// Where the case is after the input, as far as its state tells.
static enum case_status status_after(const struct case_state *state,
                                     const struct case_input *input) {
    const struct workflow_row *row = workflow_find(state->status, input->kind, WHEN_ALWAYS);
    return row == NULL || row->to == CASE_NONE ? state->status : row->to;
}

// Nobody has taken it, and its unit is to; what moves it looks for itself who can.
static bool waits_for_unit(const struct case_state *state, const struct case_input *input) {
    bool waits = state->status == CASE_REWORK ||
                 (workflow_is_in_hand(state->status) && state->status != CASE_RETURN_REQUESTED);
    return waits && state->handler[0] == '\0' && state->unit[0] != '\0' &&
           input->kind != INPUT_DISPATCH && status_after(state, input) == state->status;
}

size_t staffing_waiting(const struct case_state *state, const struct case_input *input,
                        const char *units[STAFFING_UNITS]) {
    size_t count = 0;
    bool in_hand = !is_of_cluster(input) && workflow_is_in_hand(status_after(state, input));
    if (!is_of_cluster(input) && waits_for_unit(state, input)) {
        units[count++] = state->unit;
    }
    for (size_t i = 0; in_hand && i < state->parts.co_handler_count; i++) {
        if (case_owes_answer(state, &state->parts.co_handlers[i])) {
            units[count++] = state->parts.co_handlers[i].unit;
        }
    }
    return count;
}

bool staffing_is_reviewed(const struct case_state *state, const struct case_input *input) {
    return is_under_review(state) && !is_of_cluster(input) &&
           status_after(state, input) == state->status;
}

static void keep_lasting(const struct staffing_grants *grants, int64_t now_ms,
                         struct staffing_grants *lasting) {
    lasting->count = 0;
    for (size_t i = 0; i < grants->count; i++) {
        if (grants->people[i].until_ms > now_ms) {
            lasting->people[lasting->count++] = grants->people[i];
        }
    }
}

// Whoever had a hand in it before may answer for a co-handler, but not take it.
static bool has_ended(const struct region *region, const struct case_state *state,
                      const struct case_input *input, const struct staffing_grants *handlers,
                      const struct staffing_grants *lasting) {
    const struct staff before = {region, state, handlers};
    const struct staff after = {region, state, lasting};
    const char *units[STAFFING_UNITS];
    size_t count = staffing_waiting(state, input, units);
    bool ended = false;
    for (size_t i = 0; i < count && !ended; i++) {
        const struct kept_out out = {.barred = units[i] == state->unit};
        ended = has_handler(&before, units[i], &out) && !has_handler(&after, units[i], &out);
    }
    return ended;
}

const char *staffing_ended_alarm(const struct region *region, const struct case_state *state,
                                 const struct case_input *input,
                                 const struct staffing_grants *handlers,
                                 const struct staffing_grants *reviewers, int64_t now_ms) {
    struct staffing_grants lasting;
    keep_lasting(handlers, now_ms, &lasting);
    bool ended = has_ended(region, state, input, handlers, &lasting);
    if (!ended && staffing_is_reviewed(state, input)) {
        keep_lasting(reviewers, now_ms, &lasting);
        ended = has_reviewer(region, state, reviewers, NULL) &&
                !has_reviewer(region, state, &lasting, NULL);
    }
    return ended ? region_bureau_unit(region) : NULL;
}
