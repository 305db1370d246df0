// SPDX-License-Identifier: Apache-2.0
// Entries of the index as texts, "case id/clock/version/w|b|r".
#include "sla_timer.h"

#include "common/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char entry_kinds[TIMER_ENTRY_KINDS] = {'w', 'b', 'r'};

void timer_entry_write(const struct timer_entry *entry, char member[TIMER_MEMBER_SIZE]) {
    snprintf(member, TIMER_MEMBER_SIZE, "%s/%s/%" PRIu32 "/%c", entry->case_id, entry->name,
             entry->version, entry_kinds[entry->kind]);
}

bool timer_entry_read(const char *member, struct timer_entry *entry) {
    char kind = 0;
    int used = 0;
    if (sscanf(member, "%36[^/]/%32[^/]/%" SCNu32 "/%c%n", entry->case_id, entry->name,
               &entry->version, &kind, &used) != 4 ||
        member[used] != '\0' || !ident_is_uuid(entry->case_id)) {
        return false;
    }
    const char *place = memchr(entry_kinds, kind, sizeof entry_kinds);
    entry->kind = place == NULL ? TIMER_WARN : (enum timer_entry_kind)(place - entry_kinds);
    return place != NULL;
}
