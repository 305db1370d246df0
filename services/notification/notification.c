// SPDX-License-Identifier: Apache-2.0
// One table says which fact is told to whom with which template.
#include "notification.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define BACK_OFF_MOST_MS 300000LL

enum audience { COMPLAINANT, LADDER };

static const struct rule {
    const char *fact;
    enum audience audience;
    const char *template_code;
    bool urgent;
} rules[] = {
    {"CaseRegistered", COMPLAINANT, "case-registered", false},
    {"CaseAccepted", COMPLAINANT, "case-accepted", false},
    {"CaseReplied", COMPLAINANT, "case-replied", false},
    {"CaseClosed", COMPLAINANT, "case-closed", false},
    {"CaseDispatched", LADDER, "case-dispatched", false},
    {"ClockWarned", LADDER, "clock-warned", true},
    {"AlarmRaised", LADDER, "alarm-raised", true},
    {"CaseEscalated", LADDER, "case-escalated", true},
    {"SupervisionOrdered", LADDER, "supervision-ordered", true},
    {"SupervisionAnswered", LADDER, "supervision-answered", false},
    {"SupervisionLifted", LADDER, "supervision-lifted", false},
    {"CoHandlerAdded", LADDER, "co-handler-added", false},
    {"CoHandlerAnswered", LADDER, "co-handler-answered", false},
};

static bool listed(char *const *codes, unsigned count, const char *code) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(codes[i], "*") == 0 || strcmp(codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static size_t plan_people(const struct region *region, const struct occasion *occasion,
                          bool contactable, const struct rule *rule, struct plan *plan) {
    snprintf(plan->channel, sizeof plan->channel, "email");
    plan->template_code = rule->template_code;
    plan->urgent = rule->urgent;
    if (rule->audience == COMPLAINANT) {
        snprintf(plan->recipient, sizeof plan->recipient, "complainant");
        return contactable ? 1 : 0;
    }
    const struct region_staff *person =
        region_ladder(region, occasion->tenant, occasion->unit, occasion->level);
    if (person == NULL) {
        return 0; // region_check makes sure that somebody is there
    }
    snprintf(plan->recipient, sizeof plan->recipient, "staff:%.72s", person->subject);
    return 1;
}

size_t notification_plan(const struct region *region, const struct occasion *occasion,
                         bool contactable, struct plan plans[NOTIFICATION_PLANS]) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && count < NOTIFICATION_PLANS; i++) {
        if (strcmp(rules[i].fact, occasion->fact) == 0) {
            count += plan_people(region, occasion, contactable, &rules[i], &plans[count]);
        }
    }
    for (size_t i = 0; i < region->hook_count && count < NOTIFICATION_PLANS; i++) {
        const struct region_hook *hook = &region->hooks[i];
        if (listed(hook->facts, hook->fact_count, occasion->fact) &&
            listed(hook->institutions, hook->institution_count, occasion->tenant)) {
            struct plan *plan = &plans[count++];
            *plan = (struct plan){.channel = "webhook", .template_code = ""};
            snprintf(plan->recipient, sizeof plan->recipient, "hook:%.70s", hook->id);
        }
    }
    return count;
}

int64_t notification_not_before(int64_t now_ms, int32_t zone_offset_s, bool urgent,
                                int64_t begin_hour, int64_t end_hour) {
    if (urgent || begin_hour == end_hour) {
        return now_ms;
    }
    int64_t local = now_ms + zone_offset_s * 1000LL;
    int64_t midnight = local - local % DAY_MS;
    int64_t hour = local % DAY_MS / HOUR_MS;
    bool over_night = begin_hour > end_hour;
    bool quiet =
        over_night ? hour >= begin_hour || hour < end_hour : hour >= begin_hour && hour < end_hour;
    if (!quiet) {
        return now_ms;
    }
    int64_t end = midnight + end_hour * HOUR_MS;
    end += over_night && hour >= begin_hour ? DAY_MS : 0;
    return end - zone_offset_s * 1000LL;
}

int64_t notification_back_off_ms(uint32_t attempts, double jitter) {
    int64_t most = attempts >= 9 ? BACK_OFF_MOST_MS : 1000LL << attempts;
    most = most > BACK_OFF_MOST_MS ? BACK_OFF_MOST_MS : most;
    int64_t half = most / 2;
    return half + (int64_t)((double)half * jitter);
}

char *notification_render(const char *text, const json_t *values) {
    char *rendered = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&rendered, &size);
    if (out == NULL) {
        return NULL;
    }
    while (*text != '\0') {
        const char *end = *text == '{' ? strchr(text, '}') : NULL;
        if (end == NULL || end - text > 32) {
            fputc(*text++, out);
            continue;
        }
        char name[33];
        snprintf(name, sizeof name, "%.*s", (int)(end - text - 1), text + 1);
        const char *value = json_string_value(json_object_get(values, name));
        fputs(value == NULL ? "" : value, out);
        text = end + 1;
    }
    if (fclose(out) != 0) {
        free(rendered);
        return NULL;
    }
    return rendered;
}
