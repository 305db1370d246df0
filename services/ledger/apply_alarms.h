// SPDX-License-Identifier: Apache-2.0
// For case_apply.c alone: alarms, and how far each has climbed.
#pragma once

#include "case.h"

void apply_alarm_raised(struct case_state *state, const struct fact *fact);
void apply_alarm_acknowledged(struct case_state *state, const struct fact *fact);
void apply_escalated(struct case_state *state, const struct fact *fact);
