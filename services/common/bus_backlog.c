// SPDX-License-Identifier: Apache-2.0
#include "bus_backlog.h"

#define MANY 2000 // records
#define FEW 100
#define EVERY_MS 10000

bool bus_backlog_is_over(struct bus_backlog *backlog, int64_t lag, int64_t now_ms) {
    backlog->met = backlog->met || lag >= MANY;
    if (!backlog->met || lag < 0 || lag > FEW || now_ms < backlog->next_ms) {
        return false;
    }
    *backlog = (struct bus_backlog){.next_ms = now_ms + EVERY_MS};
    return true;
}
