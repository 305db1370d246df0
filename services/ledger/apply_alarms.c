// SPDX-License-Identifier: Apache-2.0
#include "apply_alarms.h"

#include "apply.h"

#include "common/danger.h"

#include <stdio.h>
#include <string.h>

void apply_escalated(struct case_state *state, const struct fact *fact) {
    const Redress__V1__CaseEscalated *body = &fact->body.escalated;
    struct case_alarm *alarm = (struct case_alarm *)case_alarm_find(state, body->alarm_id);
    char clock[33];
    if (alarm != NULL) {
        alarm->level = body->level;
    }
    snprintf(clock, sizeof clock, "escalation-%u", body->ordinal);
    apply_end_clock(state, clock, CLOCK_STATE_BREACHED);
}

// The oldest that somebody has makes room.
static struct case_alarm *alarm_to_raise(struct case_state *state) {
    size_t place = 0;
    if (state->alarm_count < CASE_ALARMS) {
        return &state->alarms[state->alarm_count++];
    }
    while (place < CASE_ALARMS && !state->alarms[place].acknowledged) {
        place++;
    }
    if (place == CASE_ALARMS) {
        return NULL;
    }
    memmove(&state->alarms[place], &state->alarms[place + 1],
            (CASE_ALARMS - place - 1) * sizeof *state->alarms);
    return &state->alarms[CASE_ALARMS - 1];
}

static void note_danger(struct case_state *state, const struct fact *fact,
                        struct case_alarm *alarm) {
    alarm->danger = danger_of((uint32_t)fact->traits.urgency, (uint32_t)fact->traits.crisis);
    if (alarm->danger > state->alarmed_danger) {
        state->alarmed_danger = alarm->danger;
    }
}

// Whose ladder it climbs, whoever has the case by then: others follow the case.
static bool keeps_unit(const Redress__V1__AlarmRaised *body) {
    return body->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE ||
           body->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_SUPERVISOR ||
           case_is_owed_by_part(body->clock);
}

void apply_alarm_raised(struct case_state *state, const struct fact *fact) {
    const Redress__V1__AlarmRaised *body = &fact->body.alarm_raised;
    state->alarm_ordinal = body->ordinal;
    if (body->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_SUPERVISOR) {
        state->supervised_until_ms = 0; // it is told
    }
    if (body->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE &&
        state->handled_until_ms <= fact->meta.decided_at_ms) {
        state->handled_until_ms = 0; // likewise
    }
    struct case_alarm *alarm = alarm_to_raise(state);
    if (alarm == NULL) {
        return;
    }
    memset(alarm, 0, sizeof *alarm);
    COPY(alarm->alarm_id, body->alarm_id);
    COPY(alarm->clock, body->clock);
    COPY(alarm->reviewers_of, body->reviewers_of);
    alarm->ordinal = body->ordinal;
    alarm->kind = (uint32_t)body->kind;
    if (body->kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT) {
        note_danger(state, fact, alarm);
    }
    if (keeps_unit(body)) {
        COPY(alarm->unit, body->unit);
    }
}

void apply_alarm_acknowledged(struct case_state *state, const struct fact *fact) {
    const char *id = fact->body.alarm_acknowledged.alarm_id;
    struct case_alarm *alarm = (struct case_alarm *)case_alarm_find(state, id);
    if (alarm != NULL) {
        alarm->acknowledged = true;
    }
}
