// SPDX-License-Identifier: Apache-2.0
// One table says which fact is told to whom with which template.
#include "notification.h"

#include "common/hours.h"
#include "common/json.h"

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
    ISSUER,     // whoever lifts the order, else the bureau's supervisor
    REVIEWERS,  // all whose scope holds the institution and who decided nothing of it
    AUDIT,
    ADMINISTRATORS, // of the region
};

enum haste {
    PATIENT, // waits for quiet hours, for those that its recipient named, and for the cap
    TIMELY,  // the same, but not beyond the limit that it is about
    URGENT,  // waits for nothing
};

static const struct rule {
    const char *fact;
    enum audience audience;
    const char *template_code;
    enum haste haste;
} rules[] = {
    {"CaseRegistered", COMPLAINANT, "case-registered", PATIENT},
    {"CaseAccepted", COMPLAINANT, "case-accepted", PATIENT},
    {"CaseNotAccepted", COMPLAINANT, "case-not-accepted", PATIENT},
    {"CaseRedirected", COMPLAINANT, "case-redirected", PATIENT},
    {"CaseReplied", COMPLAINANT, "case-replied", PATIENT},
    {"CaseClosed", COMPLAINANT, "case-closed", PATIENT},
    {"CaseReopened", COMPLAINANT, "case-reopened", PATIENT},
    {"ReworkOrdered", COMPLAINANT, "case-rework", PATIENT},
    {"ReworkOrdered", LADDER, "rework-ordered", PATIENT},
    {"ReviewDecided", COMPLAINANT, "review-decided", PATIENT},
    {"CaseWithdrawn", COMPLAINANT, "case-withdrawn", PATIENT},
    {"CaseTerminated", COMPLAINANT, "case-terminated", PATIENT},
    {"MessageSent", COMPLAINANT, "message-sent", PATIENT},
    {"ProgressTold", COMPLAINANT, "progress-told", PATIENT},
    {"ImprovementOpened", LADDER, "improvement-opened", PATIENT},
    {"MessageReceived", LADDER, "message-received", PATIENT},
    {"EvidenceOffered", LADDER, "evidence-offered", PATIENT},
    {"CaseReopened", LADDER, "reopened", PATIENT},
    {"CaseWithdrawn", LADDER, "withdrawn", PATIENT},
    {"CaseDispatched", LADDER, "case-dispatched", PATIENT},
    {"CaseDesignated", LADDER, "case-designated", PATIENT},
    {"ReturnRequested", SUPERVISOR, "return-requested", PATIENT},
    {"TerminationRequested", SUPERVISOR, "termination-requested", PATIENT},
    {"ReviewRequested", REVIEWERS, "review-requested", PATIENT},
    {"FinalReviewRequested", REVIEWERS, "review-requested", PATIENT},
    {"ClockWarned", LADDER, "clock-warned", TIMELY},
    {"AlarmRaised", LADDER, "alarm-raised", URGENT},
    {"CaseEscalated", LADDER, "case-escalated", URGENT},
    {"ExtensionRequested", LADDER, "extension-requested", TIMELY},
    {"ExtensionDecided", COMPLAINANT, "case-extended", PATIENT},
    {"CaseResumed", COMPLAINANT, "case-resumed", PATIENT},
    {"ClockArmed", COMPLAINANT, "case-resumed", PATIENT},
    {"GlassBroken", LADDER, "glass-broken", URGENT},
    {"GlassBroken", AUDIT, "glass-broken", URGENT},
    {"SupervisionOrdered", LADDER, "supervision-ordered", URGENT},
    {"SupervisionAnswered", ISSUER, "supervision-answered", PATIENT},
    {"SupervisionLifted", LADDER, "supervision-lifted", PATIENT},
    {"CoHandlerAdded", LADDER, "co-handler-added", PATIENT},
    {"CoHandlerAnswered", LADDER, "co-handler-answered", PATIENT},
    {NOTIFICATION_CALENDAR, ADMINISTRATORS, "calendar-missing", PATIENT},
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
        .channel = "email", .template_code = rule->template_code, .urgent = rule->haste == URGENT};
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

// Of the bureau; where nobody of it may know, whoever may above those whom it is about.
static const struct region_staff *supervisor_for(const struct region *region,
                                                 const struct occasion *occasion) {
    const struct region_but but = {occasion->actor, occasion->withheld_from,
                                   occasion->withheld_count};
    const struct region_staff *person = region_bureau_supervisor(region, occasion->tenant, &but);
    struct occasion bureau = *occasion;
    bureau.unit = "";
    return person == NULL || may_know(occasion, person->subject)
               ? person
               : ladder_person(region, &bureau, 1);
}

// Of a rule's order, and where the issuer may not know it any more, the bureau's.
static const struct region_staff *issuer_of(const struct region *region,
                                            const struct occasion *occasion) {
    const struct region_staff *person =
        occasion->issuer == NULL ? NULL : region_staff(region, occasion->issuer);
    bool lifts = person != NULL && region_staff_acts(person, "supervisor", occasion->tenant) &&
                 may_know(occasion, person->subject);
    return lifts ? person : supervisor_for(region, occasion);
}

// Whether the person reviews for that institution or one above it.
static bool stands_above(const struct region *region, const struct occasion *occasion,
                         const struct region_staff *person) {
    const char *codes[REGION_LINE];
    size_t count = region_line(region, occasion->tenant, codes);
    const char *lowest = occasion->reviewers_of == NULL ? "" : occasion->reviewers_of;
    size_t place = 0;
    while (place < count && lowest[0] != '\0' && strcmp(codes[place], lowest) != 0) {
        place++;
    }
    while (place < count && !region_staff_acts(person, "reviewer", codes[place])) {
        place++;
    }
    return place < count;
}

// Those who may decide it. Where the region has none of them, the bureau's supervisor must find
// one: never nobody.
static size_t plan_reviewers(const struct region *region, const struct occasion *occasion,
                             const struct rule *rule, struct plan *plans, size_t room) {
    size_t count = 0;
    for (size_t i = 0; i < region->staff_count && count < room && count < REVIEWERS_MOST; i++) {
        const struct region_staff *person = &region->staff[i];
        if (region_staff_acts(person, "reviewer", occasion->tenant) &&
            may_judge(occasion, person->subject) && stands_above(region, occasion, person)) {
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

// Above the first rung somebody has to be told who can do something about it: who stands there on
// the ladder of another institution's unit may not even see the case.
static size_t plan_own_ladder(const struct region *region, const struct occasion *occasion,
                              const struct rule *rule, struct plan *plan) {
    struct occasion own = *occasion;
    own.unit = "";
    return plan_person(rule, ladder_person(region, &own, own.level), plan);
}

// What reviewers owe is told to them, then up the ladder of the institution that reviews.
static size_t plan_reviewing_ladder(const struct region *region, const struct occasion *occasion,
                                    const struct rule *rule, struct plan *plans, size_t room) {
    struct occasion reviewing = *occasion;
    if (occasion->level == 0) {
        return plan_reviewers(region, occasion, rule, plans, room);
    }
    reviewing.tenant = occasion->reviewers_of;
    reviewing.unit = "";
    return plan_person(rule, ladder_person(region, &reviewing, occasion->level), plans);
}

// Where nobody on the ladder may know, administrators can grant somebody the case: never nobody.
static size_t plan_ladder(const struct region *region, const struct occasion *occasion,
                          const struct rule *rule, struct plan *plans, size_t room) {
    const struct region_staff *person = ladder_person(region, occasion, occasion->level);
    bool owed = occasion->reviewers_of != NULL && occasion->reviewers_of[0] != '\0';
    size_t count = owed ? plan_reviewing_ladder(region, occasion, rule, plans, room)
                        : plan_person(rule, person, plans);
    if (!owed && count > 0 && occasion->level > 0 && room > count &&
        !region_staff_sees(person, occasion->tenant)) {
        count += plan_own_ladder(region, occasion, rule, &plans[count]);
    }
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
    case ISSUER:
        return plan_person(rule, issuer_of(region, occasion), plans);
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
    const struct hours open = {(uint32_t)end_hour * 60, (uint32_t)begin_hour * 60};
    return hours_next(open, zone_offset_s, now_ms);
}

int64_t notification_wanted_at(int64_t now_ms, int32_t zone_offset_s, bool urgent,
                               const char *hours) {
    struct hours wanted;
    return urgent || !hours_read(hours, &wanted) ? now_ms
                                                 : hours_next(wanted, zone_offset_s, now_ms);
}

int64_t notification_latest(const char *fact, int64_t due_at_ms) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].haste == TIMELY && strcmp(rules[i].fact, fact) == 0) {
            return due_at_ms;
        }
    }
    return 0;
}

int64_t notification_in_time(int64_t now_ms, int64_t at_ms, int64_t latest_ms) {
    return latest_ms != 0 && at_ms >= latest_ms ? now_ms : at_ms;
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

const char *notification_name(const char *name, const char *language) {
    return !text_is_blank(name) ? name : strcmp(language, "en") == 0 ? "Sir or Madam" : "投诉人";
}
