// SPDX-License-Identifier: Apache-2.0
// One table a question.
#include "policy_known.h"

#include "common/milestone.h"
#include "common/role.h"

#include <stddef.h>
#include <string.h>

#define BIT(name) MILESTONE_BIT(MILESTONE_##name)
#define EVERY (MILESTONE_BIT(MILESTONE_COUNT) - 1)

// Whether a text is one of those that a list names, parted by ", ".
static bool is_among(const char *list, const char *text) {
    size_t size = strlen(text);
    for (const char *at = list; at != NULL; at = strchr(at, ' ')) {
        at += *at == ' ' ? 1 : 0;
        if (size > 0 && strcspn(at, ",") == size && strncmp(at, text, size) == 0) {
            return true;
        }
    }
    return false;
}

bool policy_knows_type(const char *institution_type) {
    return is_among(POLICY_TYPES_TEXT, institution_type);
}

bool policy_knows_situation(const char *situation) {
    return is_among(POLICY_SITUATIONS_TEXT, situation);
}

bool policy_knows_ground(const char *ground) { return is_among(POLICY_GROUNDS_TEXT, ground); }

bool policy_knows_restart(const char *ground) { return is_among(POLICY_RESTARTS_TEXT, ground); }

// What comes once, with what comes only after it. Most things can come again, after a rework or a
// reopening, and have no row.
static const struct {
    enum milestone stop;
    uint64_t starts; // after which it can't come any more
} rows[] = {
    // The first fact of a case; only its call may be older.
    {MILESTONE_CASE_REGISTERED,
     EVERY & ~(BIT(CALL_OFFERED) | BIT(CALL_ANSWERED) | BIT(CALL_ENDED))},
    // Each review once, then final.
    {MILESTONE_REVIEW_REQUESTED,
     BIT(REVIEW_DECIDED) | BIT(RE_REVIEW_OPEN) | BIT(RE_REVIEW_REQUESTED) | BIT(RE_REVIEW_DECIDED)},
    {MILESTONE_REVIEW_DECIDED,
     BIT(RE_REVIEW_OPEN) | BIT(RE_REVIEW_REQUESTED) | BIT(RE_REVIEW_DECIDED)},
    {MILESTONE_RE_REVIEW_REQUESTED, BIT(RE_REVIEW_DECIDED)},
};

bool policy_may_follow(enum milestone start, enum milestone stop) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].stop == stop && (rows[i].starts & MILESTONE_BIT(start)) != 0) {
            return false;
        }
    }
    return start != stop && !milestone_implies(start, stop);
}

static const struct {
    enum milestone begin, end;
    const char *clock;
} own[] = {
    {MILESTONE_SUPERVISION_ORDERED, MILESTONE_SUPERVISION_ANSWERED, "supervision"},
    {MILESTONE_CO_HANDLER_ADDED, MILESTONE_CO_HANDLER_ANSWERED, "co-handling"},
};

bool policy_is_told(const char *clock, enum milestone milestone) {
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        bool its = own[i].begin == milestone || own[i].end == milestone;
        bool is_own = strcmp(own[i].clock, clock) == 0;
        if (its || is_own) {
            return its && is_own;
        }
    }
    return milestone_is_told(milestone);
}

bool policy_is_duty(const char *clock) {
    return is_among("first_response, resolution, sign_for, supervision, co-handling", clock) ||
           strncmp(clock, "follow_up_", strlen("follow_up_")) == 0;
}

static const struct {
    unsigned role;
    uint32_t policy;
} pairs[] = {{ROLE_OPERATOR, POLICY_OPERATOR},     {ROLE_HANDLER, POLICY_HANDLER},
             {ROLE_SUPERVISOR, POLICY_SUPERVISOR}, {ROLE_REVIEWER, POLICY_REVIEWER},
             {ROLE_COUNSELLOR, POLICY_COUNSELLOR}, {ROLE_ADMINISTRATOR, POLICY_ADMINISTRATOR}};

uint32_t policy_roles_of(unsigned roles) {
    uint32_t mask = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        mask |= (roles & pairs[i].role) != 0 ? pairs[i].policy : 0U;
    }
    return mask;
}

unsigned policy_roles_to(uint32_t policy_roles) {
    unsigned mask = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        mask |= (policy_roles & pairs[i].policy) != 0 ? pairs[i].role : 0U;
    }
    return mask;
}
