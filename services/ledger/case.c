// SPDX-License-Identifier: Apache-2.0
// The names of states, and what is asked of a state.
#include "case.h"

#include "common/escalation.h"

#include <stdio.h>
#include <string.h>

static const char *const status_names[CASE_STATUS_COUNT] = {
    [CASE_NONE] = "none",
    [CASE_RECEIVED] = "received",
    [CASE_TRIAGED] = "triaged",
    [CASE_NOT_ACCEPTED] = "not-accepted",
    [CASE_REDIRECTED] = "redirected",
    [CASE_EMERGENCY_TRANSFERRED] = "emergency-transferred",
    [CASE_ACCEPTED] = "accepted",
    [CASE_RESOLVED_ON_SPOT] = "resolved-on-spot",
    [CASE_DISPATCHED] = "dispatched",
    [CASE_RETURN_REQUESTED] = "return-requested",
    [CASE_DESIGNATED] = "designated",
    [CASE_SIGNED] = "signed",
    [CASE_INVESTIGATING] = "investigating",
    [CASE_SUSPENDED] = "suspended",
    [CASE_DECIDED] = "decided",
    [CASE_REPLIED] = "replied",
    [CASE_FOLLOW_UP] = "follow-up",
    [CASE_REWORK] = "rework",
    [CASE_CLOSED] = "closed",
    [CASE_REVIEW] = "review",
    [CASE_RE_REVIEW] = "re-review",
    [CASE_FINAL] = "final",
    [CASE_WITHDRAWN] = "withdrawn",
    [CASE_TERMINATED] = "terminated",
    [CASE_ARCHIVED] = "archived",
};

const char *case_status_name(enum case_status status) { return status_names[status]; }

enum case_status case_status_read(const char *name) {
    for (int i = CASE_RECEIVED; i < CASE_STATUS_COUNT; i++) {
        if (strcmp(status_names[i], name) == 0) {
            return (enum case_status)i;
        }
    }
    return CASE_NONE;
}

bool case_has_open_alarm(const struct case_state *state) {
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (!state->alarms[i].acknowledged) {
            return true;
        }
    }
    return false;
}

uint32_t case_danger_that_waits(const struct case_state *state) {
    uint32_t worst = 0;
    for (size_t i = 0; i < state->alarm_count; i++) {
        const struct case_alarm *alarm = &state->alarms[i];
        if (alarm->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT && !alarm->acknowledged) {
            uint32_t danger = alarm->danger == 0 ? 1 : alarm->danger;
            worst = danger > worst ? danger : worst;
        }
    }
    return worst;
}

bool case_crisis_waits(const struct case_state *state) {
    return case_danger_that_waits(state) >= REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3;
}

bool case_has_alarm_room(const struct case_state *state, size_t taken, size_t kept) {
    size_t places = CASE_ALARMS - state->alarm_count;
    for (size_t i = 0; i < state->alarm_count; i++) {
        places += state->alarms[i].acknowledged ? 1 : 0;
    }
    return places > taken + kept;
}

const struct case_clock *case_clock_find(const struct case_state *state, const char *name) {
    for (size_t i = 0; i < state->clock_count; i++) {
        if (strcmp(state->clocks[i].name, name) == 0) {
            return &state->clocks[i];
        }
    }
    return NULL;
}

const struct case_alarm *case_alarm_find(const struct case_state *state, const char *alarm_id) {
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (strcmp(state->alarms[i].alarm_id, alarm_id) == 0) {
            return &state->alarms[i];
        }
    }
    return NULL;
}

const struct case_alarm *case_alarm_of_clock(const struct case_state *state, const char *clock) {
    unsigned ordinal = 0;
    if (sscanf(clock, "escalation-%u", &ordinal) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (state->alarms[i].ordinal == ordinal) {
            return &state->alarms[i];
        }
    }
    return NULL;
}

size_t case_place_for_clock(const struct case_state *state) {
    size_t place = 0;
    while (place < state->clock_count &&
           (!escalation_is(state->clocks[place].name) ||
            case_alarm_of_clock(state, state->clocks[place].name) != NULL)) {
        place++;
    }
    return place;
}

const struct case_clock *case_clock_held_to(const struct case_state *state) {
    const struct case_clock *resolution = case_clock_find(state, "resolution");
    return resolution != NULL ? resolution : case_clock_find(state, "first_response");
}

bool case_is_in_mediation(const struct case_state *state) {
    return state->mediation == REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_REQUESTED ||
           state->mediation == REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_ACCEPTED;
}

bool case_urgency_is_major(uint32_t urgency) {
    return urgency == REDRESS__V1__URGENCY__URGENCY_P1 ||
           urgency == REDRESS__V1__URGENCY__URGENCY_P2;
}

bool case_is_major(const struct case_state *state) {
    return case_urgency_is_major(state->urgency) ||
           state->parts.team.purpose == REDRESS__V1__TEAM_PURPOSE__TEAM_PURPOSE_MAJOR_DISPUTE;
}

bool case_is_overdue(const struct case_state *state) {
    for (size_t i = 0; i < state->clock_count; i++) {
        if (state->clocks[i].state == CLOCK_STATE_BREACHED &&
            !escalation_is(state->clocks[i].name)) {
            return true;
        }
    }
    return false;
}

bool case_clock_was_extended(const struct case_state *state, const char *name) {
    const struct case_clock *clock = case_clock_find(state, name);
    for (size_t i = 0; clock != NULL && i < state->change_count; i++) {
        if (state->changes[i].limit.value != 0 && case_change_counts(clock, &state->changes[i])) {
            return true;
        }
    }
    return false;
}

bool case_is_extended(const struct case_state *state) {
    for (size_t i = 0; i < state->clock_count; i++) {
        if (case_clock_is_open(&state->clocks[i]) &&
            case_clock_was_extended(state, state->clocks[i].name)) {
            return true;
        }
    }
    return false;
}

bool case_is_promise(const struct case_clock *clock) {
    return clock->stops_on == MILESTONE_PROGRESS_TOLD || clock->stops_on == MILESTONE_VISIT_DONE;
}

uint32_t case_closure(const struct case_state *state) { return state->rounds + 1; }

bool case_clock_runs(const struct case_clock *clock) {
    return clock != NULL &&
           (clock->state == CLOCK_STATE_RUNNING || clock->state == CLOCK_STATE_WARNED);
}

int64_t case_clock_next_warn(const struct case_clock *clock) {
    return clock->warned < clock->warn_count ? clock->warn_at_ms[clock->warned] : 0;
}

bool case_clock_is_open(const struct case_clock *clock) {
    return case_clock_runs(clock) || (clock != NULL && clock->state == CLOCK_STATE_PAUSED);
}

int64_t case_rests_since(const struct case_state *state, int64_t started_at_ms, int64_t at_ms) {
    int64_t since_ms = state->rested_at_ms == 0 ? at_ms : state->rested_at_ms;
    since_ms = started_at_ms > since_ms ? started_at_ms : since_ms;
    return since_ms < at_ms ? since_ms : at_ms;
}

bool case_clock_is_of_reviewers(const struct case_state *state, const char *name) {
    const struct case_clock *clock = case_clock_find(state, name);
    bool stops = clock != NULL && (clock->stops_on == MILESTONE_REVIEW_DECIDED ||
                                   clock->stops_on == MILESTONE_RE_REVIEW_DECIDED);
    return stops || strcmp(name, "review") == 0 || strcmp(name, "re_review") == 0;
}

int64_t case_rests_until(const struct case_state *state, int64_t since_ms, int64_t at_ms) {
    return state->ran_on_at_ms > since_ms && state->ran_on_at_ms < at_ms ? state->ran_on_at_ms
                                                                         : at_ms;
}

const char *case_suspension_ground(const struct case_state *state) {
    return state->status == CASE_SUSPENDED ? state->rested_on : "";
}

const struct case_change *case_pause_find(const struct case_state *state, const char *clock) {
    for (size_t i = 0; i < state->change_count; i++) {
        const struct case_change *change = &state->changes[i];
        if (change->ground[0] != '\0' && change->to_ms == 0 && strcmp(change->clock, clock) == 0) {
            return change;
        }
    }
    return NULL;
}

bool case_clock_rests_alone(const struct case_state *state, const struct case_clock *clock) {
    const struct case_change *pause = clock == NULL ? NULL : case_pause_find(state, clock->name);
    return pause != NULL && pause->alone;
}

bool case_change_counts(const struct case_clock *clock, const struct case_change *change) {
    return strcmp(change->clock, clock->name) == 0 && change->from_ms >= clock->started_at_ms;
}

size_t case_clock_changes(const struct case_state *state, const char *name) {
    const struct case_clock *clock = case_clock_find(state, name);
    size_t count = 0;
    for (size_t i = 0; clock != NULL && i < state->change_count; i++) {
        count += case_change_counts(clock, &state->changes[i]) ? 1 : 0;
    }
    return count;
}

bool case_clock_was_changed(const struct case_state *state, const char *name) {
    return case_clock_changes(state, name) > 0;
}

bool case_is_closed(enum case_status status) {
    return status == CASE_CLOSED || status == CASE_FINAL || status == CASE_ARCHIVED;
}

bool case_in_conflict(const struct case_state *state, const char *subject) {
    for (size_t i = 0; i < state->conflict_count; i++) {
        if (strcmp(state->conflicts[i], subject) == 0) {
            return true;
        }
    }
    return false;
}

// Their place is empty until the team is formed anew.
static void leave_team(struct case_team *team, const char *subject) {
    char *const members[] = {team->medical, team->legal, team->service};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(members[i], subject) == 0) {
            members[i][0] = '\0';
        }
    }
}

void case_add_conflict(struct case_state *state, const char *subject) {
    if (state->conflict_count < CASE_CONFLICTS && !case_in_conflict(state, subject)) {
        char *place = state->conflicts[state->conflict_count++];
        snprintf(place, sizeof state->conflicts[0], "%s", subject);
        if (strcmp(state->handler, subject) == 0) {
            state->handler[0] = '\0'; // another one signs for it or acts
        }
        case_reveal_end(&state->reveal_requests, subject);
        leave_team(&state->parts.team, subject);
    }
}
