// SPDX-License-Identifier: Apache-2.0
// Who uses the system from outside, and what they were told: submitters over HTTP, an integrator
// over Kafka, something that assesses, staff. And the judge that compares what they were told with
// what became of it.
#pragma once

#include <stdbool.h>

void clients_start(void);
// Everyone has ended.
bool clients_done(void);
// Looks at every promise; sim_violation names the first broken one.
void judge_all(void);
// Nothing is left to do anywhere.
bool judge_is_quiet(void);
// What is not, for a schedule that does not end.
void judge_trace_unrest(void);
