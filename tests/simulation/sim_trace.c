// SPDX-License-Identifier: Apache-2.0
// The trace of a schedule and the first promise that it broke.
#include "sim_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *trace;
static size_t trace_used;
static size_t trace_room;

void sim_trace_begin(void) { trace_used = 0; }

void sim_trace(const char *format, ...) {
    char line[512];
    if (!sim.tracing) {
        return;
    }
    int used = snprintf(line, sizeof line, "%8lld ", (long long)sim.now_ms);
    const struct process *process = sim_process();
    if (process != NULL) {
        used += snprintf(line + used, sizeof line - (size_t)used, "%s#%d.%d ",
                         process->program->name, process->number, process->incarnation);
    }
    va_list list;
    va_start(list, format);
    used += vsnprintf(line + used, sizeof line - (size_t)used - 1, format, list);
    va_end(list);
    size_t size = (size_t)used < sizeof line - 1 ? (size_t)used : sizeof line - 2;
    line[size++] = '\n';
    if (trace_used + size > trace_room) {
        trace_room = trace_room == 0 ? 1u << 20 : trace_room * 2;
        trace = realloc(trace, trace_room);
        if (trace == NULL) {
            sim_give_up("out of memory for the trace");
        }
    }
    memcpy(trace + trace_used, line, size);
    trace_used += size;
}

void sim_write_trace(void) { fwrite(trace, 1, trace_used, stdout); }

void sim_violation(const char *format, ...) {
    if (sim.violation[0] != '\0') {
        return;
    }
    va_list list;
    va_start(list, format);
    vsnprintf(sim.violation, sizeof sim.violation, format, list);
    va_end(list);
    sim_trace("VIOLATION %s", sim.violation);
}
