// SPDX-License-Identifier: Apache-2.0
// One table says which fact is told to whom with which template.
#include "notification.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define BACK_OFF_MOST_MS 300000LL
#define REVIEWERS_MOST 8

#define RUNGS 8    // looked at for somebody who may know
#define AUDITORS 3 // told of a broken glass at most

enum audience {
    COMPLAINANT,
    LADDER,     // of the unit that has the case
    SUPERVISOR, // of the bureau
    REVIEWERS,  // all whose scope holds the institution and who decided nothing of it
    AUDIT,
    ADMINISTRATORS, // of the region
};

static const struct rule {
    const char *fact;
    enum audience audience;
    const char *template_code;
    bool urgent;
} rules[] = {
    {"CaseRegistered", COMPLAINANT, "case-registered", false},
    {"CaseAccepted", COMPLAINANT, "case-accepted", false},
    {"CaseNotAccepted", COMPLAINANT, "case-not-accepted", false},
    {"CaseRedirected", COMPLAINANT, "case-redirected", false},
    {"CaseReplied", COMPLAINANT, "case-replied", false},
    {"CaseClosed", COMPLAINANT, "case-closed", false},
    {"CaseReopened", COMPLAINANT, "case-reopened", false},
    {"ReworkOrdered", COMPLAINANT, "case-rework", false},
    {"ReworkOrdered", LADDER, "rework-ordered", false},
    {"ReviewDecided", COMPLAINANT, "review-decided", false},
    {"CaseWithdrawn", COMPLAINANT, "case-withdrawn", false},
    {"CaseTerminated", COMPLAINANT, "case-terminated", false},
    {"MessageSent", COMPLAINANT, "message-sent", false},
    {"ProgressTold", COMPLAINANT, "progress-told", false},
    {"ImprovementOpened", LADDER, "improvement-opened", false},
    {"MessageReceived", LADDER, "message-received", false},
    {"EvidenceOffered", LADDER, "evidence-offered", false},
    {"CaseReopened", LADDER, "reopened", false},
    {"CaseWithdrawn", LADDER, "withdrawn", false},
    {"CaseDispatched", LADDER, "case-dispatched", false},
    {"CaseDesignated", LADDER, "case-designated", false},
    {"ReturnRequested", SUPERVISOR, "return-requested", false},
    {"TerminationRequested", SUPERVISOR, "termination-requested", false},
    {"ReviewRequested", REVIEWERS, "review-requested", false},
    {"FinalReviewRequested", REVIEWERS, "review-requested", false},
    {"ClockWarned", LADDER, "clock-warned", true},
    {"AlarmRaised", LADDER, "alarm-raised", true},
    {"CaseEscalated", LADDER, "case-escalated", true},
    {"ExtensionRequested", LADDER, "extension-requested", true},
    {"ExtensionDecided", COMPLAINANT, "case-extended", false},
    {"CaseResumed", COMPLAINANT, "case-resumed", false},
    {"GlassBroken", LADDER, "glass-broken", true},
    {"GlassBroken", AUDIT, "glass-broken", true},
    {"SupervisionOrdered", LADDER, "supervision-ordered", true},
    {"SupervisionAnswered", LADDER, "supervision-answered", false},
    {"SupervisionLifted", LADDER, "supervision-lifted", false},
    {"CoHandlerAdded", LADDER, "co-handler-added", false},
    {"CoHandlerAnswered", LADDER, "co-handler-answered", false},
    {NOTIFICATION_CALENDAR, ADMINISTRATORS, "calendar-missing", false},
};

static bool listed(char *const *codes, unsigned count, const char *code) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(codes[i], "*") == 0 || strcmp(codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_subject(char *const *subjects, size_t count, const char *subject) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(subjects[i], subject) == 0) {
            return true;
        }
    }
    return false;
}

static bool may_know(const struct occasion *occasion, const char *subject) {
    return !is_subject(occasion->withheld_from, occasion->withheld_count, subject);
}

static bool may_judge(const struct occasion *occasion, const char *subject) {
    return may_know(occasion, subject) &&
           !is_subject(occasion->decided_by, occasion->decided_count, subject);
}

// The first from this rung up who may know, of the unit, else of the institutions above.
static const struct region_staff *ladder_person(const struct region *region,
                                                const struct occasion *occasion, uint32_t level) {
    const char *unit = occasion->unit;
    const struct region_institution *at = region_institution(region, occasion->tenant);
    for (int depth = 0; at != NULL && depth < RUNGS; depth++) {
        for (uint32_t rung = level; rung < level + RUNGS; rung++) {
            const struct region_staff *person = region_ladder(region, at->code, unit, rung);
            if (person != NULL && may_know(occasion, person->subject)) {
                return person;
            }
        }
        at = unit[0] != '\0'      ? at
             : at->parent == NULL ? NULL
                                  : region_institution(region, at->parent);
        unit = "";
    }
    return NULL;
}

static void plan_mail(const struct rule *rule, struct plan *plan) {
    *plan = (struct plan){
        .channel = "email", .template_code = rule->template_code, .urgent = rule->urgent};
}

static size_t plan_person(const struct rule *rule, const struct region_staff *person,
                          struct plan *plan) {
    if (person == NULL) {
        return 0;
    }
    plan_mail(rule, plan);
    snprintf(plan->recipient, sizeof plan->recipient, "staff:%.72s", person->subject);
    return 1;
}

static const struct region_staff *supervisor_for(const struct region *region,
                                                 const struct occasion *occasion) {
    const struct region_staff *person =
        region_bureau_supervisor(region, occasion->tenant, occasion->actor);
    return person == NULL || may_know(occasion, person->subject)
               ? person
               : ladder_person(region, occasion, 1);
}

// Those who may decide it. Where the region has none of them, the bureau's supervisor must find
// one: never nobody.
static size_t plan_reviewers(const struct region *region, const struct occasion *occasion,
                             const struct rule *rule, struct plan *plans, size_t room) {
    size_t count = 0;
    for (size_t i = 0; i < region->staff_count && count < room && count < REVIEWERS_MOST; i++) {
        const struct region_staff *person = &region->staff[i];
        if (region_staff_acts(person, "reviewer", occasion->tenant) &&
            may_judge(occasion, person->subject)) {
            count += plan_person(rule, person, &plans[count]);
        }
    }
    return count > 0 ? count : plan_person(rule, supervisor_for(region, occasion), plans);
}

static size_t plan_role(const struct region *region, const struct occasion *occasion,
                        const char *role, const struct rule *rule, struct plan *plans,
                        size_t room) {
    size_t count = 0;
    for (size_t i = 0; i < region->staff_count && count < room; i++) {
        const struct region_staff *person = &region->staff[i];
        if (region_staff_acts(person, role, occasion->tenant) &&
            may_know(occasion, person->subject)) {
            count += plan_person(rule, person, &plans[count]);
        }
    }
    return count;
}

// Where the region has no administrator, the bureau's supervisor must find one: never nobody.
static size_t plan_administrators(const struct region *region, const struct occasion *occasion,
                                  const struct rule *rule, struct plan *plans, size_t room) {
    size_t count = plan_role(region, occasion, "administrator", rule, plans, room);
    return count > 0 ? count : plan_person(rule, supervisor_for(region, occasion), plans);
}

// Where nobody on the ladder may know, administrators can grant somebody the case: never nobody.
static size_t plan_ladder(const struct region *region, const struct occasion *occasion,
                          const struct rule *rule, struct plan *plans, size_t room) {
    size_t count = plan_person(rule, ladder_person(region, occasion, occasion->level), plans);
    return count > 0 ? count : plan_role(region, occasion, "administrator", rule, plans, room);
}

// room is at least 1.
static size_t plan_people(const struct region *region, const struct occasion *occasion,
                          bool contactable, const struct rule *rule, struct plan *plans,
                          size_t room) {
    switch (rule->audience) {
    case COMPLAINANT:
        if (!contactable) {
            return 0;
        }
        plan_mail(rule, plans);
        snprintf(plans->recipient, sizeof plans->recipient, "complainant");
        return 1;
    case LADDER:
        return plan_ladder(region, occasion, rule, plans, room);
    case SUPERVISOR:
        return plan_person(rule, supervisor_for(region, occasion), plans);
    case REVIEWERS:
        return plan_reviewers(region, occasion, rule, plans, room);
    case AUDIT:
        return plan_role(region, occasion, "auditor", rule, plans,
                         room < AUDITORS ? room : AUDITORS);
    case ADMINISTRATORS:
        return plan_administrators(region, occasion, rule, plans, room);
    }
    return 0;
}

size_t notification_plan(const struct region *region, const struct occasion *occasion,
                         bool contactable, struct plan plans[NOTIFICATION_PLANS]) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && count < NOTIFICATION_PLANS; i++) {
        if (strcmp(rules[i].fact, occasion->fact) == 0) {
            count += plan_people(region, occasion, contactable, &rules[i], &plans[count],
                                 NOTIFICATION_PLANS - count);
        }
    }
    bool is_fact = strcmp(occasion->fact, NOTIFICATION_CALENDAR) != 0; // what hooks may hear
    for (size_t i = 0; i < region->hook_count && count < NOTIFICATION_PLANS && is_fact; i++) {
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
